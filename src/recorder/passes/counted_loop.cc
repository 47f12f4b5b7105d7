// Recognising counted loops. Addresses are sums modulo 2^64, so it does not matter what wraps on the way.
#include "src/recorder/passes/counted_loop.h"

#include <algorithm>

#include "src/recorder/ir/alias_classes.h"
#include "src/recorder/ir/loop_functions.h"

namespace lathe {
namespace {

constexpr int kDeepest = 8;  // operations on an index

uint64_t Bits(int64_t value) { return static_cast<uint64_t>(value); }
int64_t WrapAdd(int64_t a, int64_t b) { return static_cast<int64_t>(Bits(a) + Bits(b)); }
int64_t WrapMultiply(int64_t a, int64_t b) { return static_cast<int64_t>(Bits(a) * Bits(b)); }

}  // namespace

bool CountedLoopFinder::IsOutside(Ref ref) const {
  const uint32_t block = flow_.BlockOf(ref);
  return ref < found_.preheader.anchor && (block == kNoBlock || !flow_.LoopContains(loop_, block));
}

std::string CountedLoopFinder::Run() {
  const std::optional<Preheader> preheader = FindPreheader(trace_, flow_, loop_);
  if (!preheader) return "it is entered in several ways";
  found_.preheader = *preheader;
  if (CallsBack()) return "operations on objects or on arrays are called in it";
  if (flow_.loop(loop_).latches.size() != 1) return "it has several paths";
  found_.latch = flow_.block(flow_.loop(loop_).latches[0]).terminator();
  if (std::string obstacle = FindBody(); !obstacle.empty()) return obstacle;
  if (std::string obstacle = FindCounter(); !obstacle.empty()) return obstacle;
  if (std::string obstacle = FindSums(); !obstacle.empty()) return obstacle;
  std::vector<Ref> accesses;
  for (const LoopAccess& access : found_.accesses) accesses.push_back(access.ref);
  found_.accesses.clear();
  for (const Ref ref : accesses) {
    if (std::string obstacle = AddAccess(ref); !obstacle.empty()) return obstacle;
  }
  return "";
}

// What the recorder leaves to the interpreter's functions; it tells more about a loop than its shape does.
bool CountedLoopFinder::CallsBack() const {
  static const uint64_t kCallback = static_cast<uint64_t>(LoopFunction::kCallback);
  for (const uint32_t b : flow_.loop(loop_).blocks) {
    const FlowBlock& block = flow_.block(b);
    for (Ref ref = block.body; ref < block.end; ++ref) {
      if (trace_.at(ref).op == Op::kCall && trace_.at(ref).attribute == kCallback) return true;
    }
  }
  return false;
}

// Blocks in a row, with one guard: the condition.
std::string CountedLoopFinder::FindBody() {
  const FlowLoop& loop = flow_.loop(loop_);
  for (const uint32_t b : loop.blocks) {
    const FlowBlock& block = flow_.block(b);
    if (!flow_.Dominates(block.begin, found_.latch)) return "it has several paths";
    for (Ref ref = block.body; ref < block.end; ++ref) {
      switch (trace_.at(ref).op) {
        case Op::kGuard:
          if (guard_ != kNoRef || b != loop.header) {
            return LooksAtObject(ref) ? "the types of objects are checked in it" : "there is a check in it";
          }
          guard_ = ref;
          found_.condition = trace_.operands(ref)[0];
          break;
        case Op::kRead:
        case Op::kWrite:
          if (guard_ == kNoRef) return "an element is needed for the condition";
          found_.accesses.emplace_back().ref = ref;
          break;
        case Op::kPoll:
          if (HasElseBlock(trace_.at(ref))) return "it has several paths";
          break;
        case Op::kJump:
        case Op::kConst:
        case Op::kAddress:
        case Op::kCheckedAdd:
          break;
        default:
          if (!IsElementwise(trace_.at(ref).op)) return "there is a call or a checked operation";
      }
    }
  }
  return guard_ == kNoRef ? "it has no condition" : "";
}

// Whether a guard compares a byte of an object, its kind or the tag of a value, with what was recorded.
bool CountedLoopFinder::LooksAtObject(Ref guard) const {
  const Ref condition = trace_.operands(guard)[0];
  const Op op = trace_.at(condition).op;
  if (op != Op::kEqual && op != Op::kNotEqual) return false;
  const Instruction& byte = trace_.at(trace_.operands(condition)[0]);
  return byte.op == Op::kRead && byte.dtype == DType::kUInt8 && byte.attribute < kFirstArrayMemory;
}

std::string CountedLoopFinder::FindCounter() {
  const Op op = trace_.at(found_.condition).op;
  if (op != Op::kLess && op != Op::kGreater) return "the condition is no limit";
  found_.counter = trace_.operands(found_.condition)[0];
  found_.limit = trace_.operands(found_.condition)[1];
  const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
  const bool is_parameter = found_.counter >= header.begin && found_.counter < header.body;
  if (!is_parameter || trace_.at(found_.counter).dtype != DType::kInt64 || !IsOutside(found_.limit)) {
    return "the condition is no limit";
  }
  const Ref position = found_.counter - header.begin - 1;
  found_.start = trace_.operands(found_.preheader.jump)[position];
  const Ref next = trace_.operands(found_.latch)[position];
  const Op change = trace_.at(next).op;
  const bool by_constant = (change == Op::kAdd || change == Op::kSub) &&
                           trace_.operands(next)[0] == found_.counter && IsConstant(trace_.operands(next)[1]);
  if (!by_constant) return "the counter does not go by a constant";
  found_.step = ValueOf(trace_.operands(next)[1]);
  if (found_.step <= -(int64_t{1} << 31) || found_.step >= int64_t{1} << 31)
    return "the counter goes too far";
  if (change == Op::kSub) found_.step = -found_.step;
  const bool towards = op == Op::kLess ? found_.step > 0 : found_.step < 0;
  return towards ? "" : "the counter goes away from its limit";
}

// Nothing but the counter and sums goes from turn to turn that is needed to compute, and all checked
// operations are sums.
std::string CountedLoopFinder::FindSums() {
  const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
  for (Ref parameter = header.begin + 1; parameter < header.body; ++parameter) {
    if (parameter == found_.counter || CountUses(parameter) == 0) continue;
    if (std::string obstacle = AddSum(parameter); !obstacle.empty()) return obstacle;
  }
  // The last turn alone leaves what only exits need: it has to be able to do so from what it is given.
  const std::span<const Ref> next = trace_.operands(found_.latch);
  for (Ref parameter = header.begin + 1; parameter < header.body; ++parameter) {
    const Ref from = next[parameter - header.begin - 1];
    const bool of_turn_before = from > header.begin && from < header.body && from != parameter;
    if (of_turn_before && !IsGiven(from)) return "a value goes round";
  }
  size_t checked = 0;
  bool writes = false;
  for (const uint32_t b : flow_.loop(loop_).blocks) {
    for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
      checked += IsChecked(trace_.at(ref).op);
      writes |= trace_.at(ref).op == Op::kWrite;
    }
  }
  for (const LoopSum& sum : found_.sums) checked -= sum.checked;
  if (checked > 0) return "there is a call or a checked operation";
  if (!writes && found_.sums.empty()) return "nothing is written or summed up";
  // A turn that is made again after a sum was too large would write again.
  const bool again =
      std::any_of(found_.sums.begin(), found_.sums.end(), [](const LoopSum& s) { return s.checked; });
  return writes && again ? "there is a call or a checked operation" : "";
}

// Whether the last turn gets the value that the parameter has then, whatever the turns before did.
bool CountedLoopFinder::IsGiven(Ref parameter) const {
  return parameter == found_.counter ||
         std::any_of(found_.sums.begin(), found_.sums.end(),
                     [&](const LoopSum& sum) { return sum.parameter == parameter; });
}

// How often a turn computes with the value; what only exits and the next turn need does not count.
int CountedLoopFinder::CountUses(Ref value) const {
  int count = 0;
  for (const uint32_t b : flow_.loop(loop_).blocks) {
    for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
      if (trace_.at(ref).op == Op::kJump) continue;
      const std::span<const Ref> operands = trace_.operands(ref);
      const std::span<const Ref> own = operands.first(operands.size() - SnapshotOf(trace_, ref).size());
      count += static_cast<int>(std::count(own.begin(), own.end(), value));
    }
  }
  return count;
}

std::string CountedLoopFinder::AddSum(Ref parameter) {
  const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
  const std::span<const Ref> next = trace_.operands(found_.latch);
  const Ref update = next[parameter - header.begin - 1];
  const Instruction& sum = trace_.at(update);
  const bool adds = (sum.op == Op::kAdd || sum.op == Op::kCheckedAdd) && update > header.begin;
  if (!adds || CountUses(parameter) != 1 || CountUses(update) != 0 ||
      std::count(next.begin(), next.end(), update) != 1) {
    return "a value goes round";
  }
  const std::span<const Ref> x = trace_.operands(update).first(2);
  if (x[0] != parameter && x[1] != parameter) return "a value goes round";
  if (IsFloat(sum.dtype) && !any_order_) return "the order of a sum of floats is part of its value";
  if (!IsFloat(sum.dtype) && sum.dtype != DType::kInt64) return "a sum of narrow integers";
  found_.sums.push_back({parameter, x[0] == parameter ? x[1] : x[0], sum.dtype, IsChecked(sum.op)});
  return "";
}

// ---- Accesses ---------------------------------------------------------------------------------------
std::string CountedLoopFinder::AddAccess(Ref ref) {
  LoopAccess& access = found_.accesses.emplace_back();
  access.ref = ref;
  access.address = trace_.operands(ref)[0];
  access.dtype = trace_.at(ref).dtype;
  access.memory = trace_.at(ref).attribute;
  access.is_write = trace_.at(ref).op == Op::kWrite;
  Sum sum;
  if (!AddressSum(access.address, &sum)) return "an address is not affine";
  for (const Term& term : sum.terms) {
    if (term.value != found_.counter) continue;
    const int64_t factor = WrapMultiply(term.factor, found_.step);
    if (term.stride == kNoRef) {
      access.known = factor;
    } else {
      access.strides.emplace_back(term.stride, factor);
    }
  }
  if (access.is_write && access.HasKnownStride() && std::abs(access.known) < ItemSize(access.dtype)) {
    return "it writes one place again and again";
  }
  return "";
}

bool CountedLoopFinder::AddressSum(Ref address, Sum* sum) const {
  if (IsConstant(address) || trace_.at(address).op != Op::kAddress) {
    return AddProduct(address, kNoRef, 1, sum, kDeepest);
  }
  const std::span<const Ref> operands = trace_.operands(address);
  if (!AddressSum(operands[0], sum)) return false;
  for (size_t k = 1; k < operands.size(); k += 2) {
    Ref value = operands[k], stride = operands[k + 1];
    if (!IsConstant(stride) && !IsOutside(stride)) std::swap(value, stride);
    if (IsConstant(stride)) {
      if (!AddProduct(value, kNoRef, ValueOf(stride), sum, kDeepest)) return false;
    } else if (!IsOutside(stride) || !AddProduct(value, stride, 1, sum, kDeepest)) {
      return false;
    }
  }
  return true;
}

// Adds value * stride * factor.
bool CountedLoopFinder::AddProduct(Ref value, Ref stride, int64_t factor, Sum* sum, int depth) const {
  if (IsConstant(value)) {
    const int64_t product = WrapMultiply(ValueOf(value), factor);
    if (stride == kNoRef) {
      sum->constant = WrapAdd(sum->constant, product);
    } else {
      AddTerm({kNoRef, stride, product}, sum);
    }
    return true;
  }
  const Instruction& instruction = trace_.at(value);
  const bool integer = instruction.dtype == DType::kInt64 && depth > 0;
  if (integer && (instruction.op == Op::kAdd || instruction.op == Op::kSub)) {
    const Ref left = trace_.operands(value)[0], right = trace_.operands(value)[1];
    const int64_t sign = instruction.op == Op::kAdd ? factor : WrapMultiply(factor, -1);
    return AddProduct(left, stride, factor, sum, depth - 1) &&
           AddProduct(right, stride, sign, sum, depth - 1);
  }
  if (integer && instruction.op == Op::kMul) {
    const Ref left = trace_.operands(value)[0], right = trace_.operands(value)[1];
    for (const auto& [x, c] : {std::pair(left, right), std::pair(right, left)}) {
      if (IsConstant(c)) return AddProduct(x, stride, WrapMultiply(factor, ValueOf(c)), sum, depth - 1);
    }
  }
  if (value != found_.counter && !IsOutside(value)) return false;
  AddTerm({value, stride, factor}, sum);
  return true;
}

void CountedLoopFinder::AddTerm(const Term& term, Sum* sum) {
  const auto key = [](const Term& t) { return std::pair(t.value, t.stride); };
  const auto place = std::lower_bound(sum->terms.begin(), sum->terms.end(), term,
                                      [&](const Term& a, const Term& b) { return key(a) < key(b); });
  if (place == sum->terms.end() || key(*place) != key(term)) {
    sum->terms.insert(place, term);
    return;
  }
  place->factor = WrapAdd(place->factor, term.factor);
  if (place->factor == 0) sum->terms.erase(place);
}

bool CountedLoopFinder::ConstantDistance(const LoopAccess& from, const LoopAccess& to,
                                         int64_t* distance) const {
  Sum a, b;
  if (!AddressSum(from.address, &a) || !AddressSum(to.address, &b)) return false;
  const bool equal = std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
                                [](const Term& x, const Term& y) {
                                  return x.value == y.value && x.stride == y.stride && x.factor == y.factor;
                                });
  *distance = WrapAdd(b.constant, WrapMultiply(a.constant, -1));
  return equal;
}

}  // namespace lathe
