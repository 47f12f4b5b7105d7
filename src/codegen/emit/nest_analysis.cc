#include "src/codegen/emit/nest_analysis.h"

#include <algorithm>

#include "src/recorder/runtime/reduction_order.h"

namespace lathe {
namespace {

// Body size, in instructions of machine code, up to which the main loop is unrolled four or two times.
constexpr int kUnrollFour = 8;
constexpr int kUnrollTwo = 16;
// The same for bodies with polynomials of vector math, whose long chains of dependent operations leave
// units idle.
constexpr int kUnrollChain = 40;
// Up to which a kernel is so much bound by memory that stores past the cache can pay.
constexpr int kStreamable = 10;
// Up to which a kernel waits for its elements at a stride.
constexpr int kFewForStrided = 10;

bool IsConstantLeaf(Op op) { return op == Op::kConst || op == Op::kParam; }

// Whether the op's instruction can take operand `k` from memory at no cost.
bool TakesFromMemory(Op op, size_t k) {
  switch (op) {
    case Op::kFma:
    case Op::kAdd:
    case Op::kMul:
    case Op::kBitAnd:
    case Op::kBitOr:
    case Op::kBitXor:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return true;
    case Op::kSub:
    case Op::kDiv:
    case Op::kShiftLeft:
    case Op::kShiftRight:
      return k == 1;
    default:
      return false;
  }
}

}  // namespace

NestAnalysis::NestAnalysis(const Trace& trace, const NestPlan& plan)
    : trace_(trace), plan_(plan), uses_(trace.size(), 0), state_(trace.size(), ValueState::kInner) {
  FindAccesses();
  FindSlotAndUses();
  FindStates();
}

void NestAnalysis::FindAccesses() {
  access_of_.assign(trace_.size(), -1);
  for (size_t k = 0; k < plan_.accesses.size(); ++k) {
    int& first = access_of_[plan_.accesses[k].instruction];
    if (first < 0) first = static_cast<int>(k);
  }
}

void NestAnalysis::FindSlotAndUses() {
  const auto widen = [this](DType dtype) { slot_ = std::max(slot_, ItemSize(dtype)); };
  for (const Ref ref : plan_.body) {
    const Instruction& instruction = trace_.at(ref);
    if (IsElementwise(instruction.op) || instruction.op == Op::kLoad) widen(instruction.dtype);
    ForEachValue(ref, [&](Ref operand) {
      widen(trace_.at(operand).dtype);
      ++uses_[operand];
    });
  }
}

FrameLayout NestAnalysis::PlanFrame() const {
  FrameLayout frame;
  frame.first_index = FrameLayout::Pointer(plan_.accesses.size());
  frame.first_scalar = frame.first_index + 2 * plan_.indices.size();
  std::vector<Ref>& scalars = frame.scalars;
  for (const Ref ref : plan_.body) {
    ForEachValue(ref, [&](Ref operand) {
      if (trace_.at(operand).op != Op::kParam) return;
      if (std::find(scalars.begin(), scalars.end(), operand) == scalars.end()) scalars.push_back(operand);
    });
  }
  frame.words = frame.first_scalar + scalars.size();
  return frame;
}

void NestAnalysis::FindStates() {
  std::vector<bool> written(trace_.size(), false);
  for (const Access& access : plan_.accesses) {
    if (access.kind != Access::Kind::kLoad) written[access.buffer] = true;
  }
  const auto is_inner = [this](Ref index) {
    return static_cast<int>(trace_.at(index).attribute) == inner_loop();
  };
  for (const Ref ref : plan_.body) {
    const Op op = trace_.at(ref).op;
    ValueState state = ValueState::kFunction;
    if (op == Op::kLoad) {
      const Access& access = plan_.accesses[static_cast<size_t>(access_of_[ref])];
      if (access.inner != StrideClass::kBroadcast || written[access.buffer])
        state = ValueState::kInner;
      else if (!access.is_fixed)
        state = ValueState::kRow;
    } else if (IsElementwise(op)) {
      ForEachValue(ref, [&](Ref operand) {
        const Op operand_op = trace_.at(operand).op;
        const ValueState of = IsConstantLeaf(operand_op) ? ValueState::kFunction
                              : operand_op == Op::kIndex
                                  ? (is_inner(operand) ? ValueState::kInner : ValueState::kRow)
                                  : state_[operand];
        state = std::min(state, of);
      });
    } else {
      state = ValueState::kInner;
    }
    state_[ref] = state;
  }
}

bool NestAnalysis::CallsForeign() const {
  return std::any_of(plan_.body.begin(), plan_.body.end(),
                     [this](Ref ref) { return TakesFunction(trace_.at(ref).op); });
}

int NestAnalysis::Lanes(int vector_bytes) const {
  // C functions are compiled for SSE as a rule: with the upper parts of registers in use their instructions
  // would wait for them.
  if (CallsForeign()) vector_bytes = 16;
  // With little else to do, longer vectors would only wait for the one unit that puts elements at a stride
  // together.
  const bool strided = std::any_of(plan_.accesses.begin(), plan_.accesses.end(), [](const Access& access) {
    return access.inner == StrideClass::kGeneral;
  });
  if (strided && plan_.plain_ops <= kFewForStrided) vector_bytes = std::min(vector_bytes, 32);
  const int lanes = vector_bytes / slot_;
  const bool tree = std::any_of(plan_.accesses.begin(), plan_.accesses.end(),
                                [](const Access& access) { return access.kind == Access::Kind::kTree; });
  return tree ? std::min(lanes, static_cast<int>(kTreeLanes)) : lanes;
}

bool NestAnalysis::CanStream(int lanes) const {
  if (plan_.loops.empty() || !plan_.reductions.empty() || plan_.called_ops > 0 ||
      plan_.plain_ops > kStreamable)
    return false;
  bool stores = false;
  for (const Access& access : plan_.accesses) {
    if (access.kind == Access::Kind::kLoad) continue;
    const bool whole = access.inner == StrideClass::kUnit && lanes * ItemSize(access.dtype) >= 16 &&
                       ItemSize(access.dtype) >= 4;
    if (!whole) return false;
    stores = true;
  }
  return stores;
}

int NestAnalysis::Copies() const {
  const int size = plan_.plain_ops + 4 * plan_.called_ops;
  const bool is_chain = std::any_of(plan_.body.begin(), plan_.body.end(),
                                    [this](Ref ref) { return trace_.at(ref).op == Op::kFma; });
  return size <= kUnrollFour ? 4 : size <= (is_chain ? kUnrollChain : kUnrollTwo) ? 2 : 1;
}

std::vector<Ref> NestAnalysis::LeavesByGain(absl::FunctionRef<bool(const Instruction&)> in_memory) const {
  std::vector<Ref> leaves;  // those that instructions cannot take from memory first
  std::vector<Ref> others;
  const auto add = [](std::vector<Ref>& list, Ref leaf) {
    if (std::find(list.begin(), list.end(), leaf) == list.end()) list.push_back(leaf);
  };
  for (const Ref ref : plan_.body) {
    if (state_[ref] == ValueState::kFunction && IsElementwise(trace_.at(ref).op)) continue;
    size_t k = 0;
    ForEachValue(ref, [&](Ref operand) {
      const Instruction& leaf = trace_.at(operand);
      const bool taken = TakesFromMemory(trace_.at(ref).op, k++);
      if (!IsConstantLeaf(leaf.op)) return;
      add(leaf.op == Op::kConst && taken && in_memory(leaf) ? others : leaves, operand);
    });
  }
  // Those used most often fill up the registers: loads have a limit of their own.
  std::stable_sort(others.begin(), others.end(), [this](Ref a, Ref b) { return uses_[a] > uses_[b]; });
  for (const Ref ref : others) add(leaves, ref);
  return leaves;
}

bool NestAnalysis::IsPartOf(Ref ref, Ref user) const {
  return IsElementwise(trace_.at(ref).op) && uses_[ref] == 1 && state_[ref] == state_[user];
}

void NestAnalysis::Fold(const Fusions& fusions) {
  folded_.assign(trace_.size(), false);
  for (const Ref ref : plan_.body) {
    const Instruction& user = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    const bool sum = (user.op == Op::kAdd || user.op == Op::kSub) && IsFloat(user.dtype);
    if (sum && fusions.products) {
      const auto product = std::find_if(operands.begin(), operands.end(), [&](Ref operand) {
        return trace_.at(operand).op == Op::kMul && IsPartOf(operand, ref);
      });
      if (product != operands.end()) folded_[*product] = true;
    }
    if (user.op == Op::kSelect && IsPartOf(operands[0], ref) &&
        ((fusions.choices_by_sign && IsChoiceBySign(ref)) || ExtremeOfChoice(ref) != Op::kSelect))
      folded_[operands[0]] = true;
    if (fusions.bits) FoldBits(ref);
    if (user.op == Op::kSelectRare && state_[ref] == ValueState::kInner && IsPartOf(operands[1], ref))
      folded_[operands[1]] = true;
  }
  FindLastUses();
}

void NestAnalysis::FoldBits(Ref ref) {
  const Op op = trace_.at(ref).op;
  const std::span<const Ref> operands = trace_.operands(ref);
  if (op == Op::kSignBit) {
    const Ref bits = operands[0];
    if (trace_.at(bits).op != Op::kBitcast || !IsPartOf(bits, ref)) return;
    const Ref shift = trace_.operands(bits)[0];
    if (trace_.at(shift).op != Op::kShiftLeft || !IsPartOf(shift, bits)) return;
    const Instruction& count = trace_.at(trace_.operands(shift)[1]);
    const auto width = static_cast<uint64_t>(8 * ItemSize(trace_.at(bits).dtype));
    if (count.op == Op::kConst && count.attribute < width) folded_[bits] = folded_[shift] = true;
    return;
  }
  if (!IsBitOp(op) || ItemSize(trace_.at(ref).dtype) < 4) return;
  for (const Ref inner : operands) {
    if (!IsBitOp(trace_.at(inner).op) || !IsPartOf(inner, ref)) continue;
    const std::span<const Ref> pair = trace_.operands(inner);
    if (folded_[pair[0]] || folded_[pair[1]]) continue;
    folded_[inner] = true;
    return;
  }
}

bool NestAnalysis::IsChoiceBySign(Ref choice) const {
  const Ref condition = trace_.operands(choice)[0];
  if (trace_.at(condition).op != Op::kSignBit) return false;
  return trace_.at(trace_.operands(condition)[0]).dtype == trace_.at(choice).dtype;
}

Op NestAnalysis::ExtremeOfChoice(Ref ref) const {
  const std::span<const Ref> choice = trace_.operands(ref);
  const Instruction& comparison = trace_.at(choice[0]);
  if ((comparison.op != Op::kLess && comparison.op != Op::kGreater) || !IsFloat(trace_.at(ref).dtype))
    return Op::kSelect;
  const std::span<const Ref> compared = trace_.operands(choice[0]);
  const bool straight = choice[1] == compared[0] && choice[2] == compared[1];
  const bool crossed = choice[1] == compared[1] && choice[2] == compared[0];
  if (!straight && !crossed) return Op::kSelect;
  return (comparison.op == Op::kLess) == straight ? Op::kMinimum : Op::kMaximum;
}

void NestAnalysis::FindLastUses() {
  register_of_.resize(trace_.size());
  last_use_.assign(trace_.size(), 0);
  for (size_t at = 0; at < plan_.body.size(); ++at) {
    const Ref ref = plan_.body[at];
    const Op op = trace_.at(ref).op;
    const bool shares = op == Op::kBitcast || op == Op::kPositive || op == Op::kCast;
    register_of_[ref] = shares ? RegisterOf(trace_.operands(ref)[0]) : ref;
    if (!folded_[ref]) MarkUses(ref, at);
  }
}

void NestAnalysis::MarkUses(Ref ref, size_t position) {
  ForEachValue(ref, [&](Ref operand) {
    last_use_[RegisterOf(operand)] = position;
    if (folded_[operand]) MarkUses(operand, position);
  });
}

}  // namespace lathe
