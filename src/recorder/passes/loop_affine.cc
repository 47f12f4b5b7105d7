// Affine forms and the ends of induction variables.
#include "src/recorder/passes/loop_affine.h"

#include <algorithm>

namespace lathe {
namespace {

// Constants are small enough for a few of them, multiplied by each other, to be far from 2^63.
constexpr int64_t kLargest = int64_t{1} << 30;

bool IsSmall(int64_t value) { return -kLargest < value && value < kLargest; }

std::optional<Affine> IfSmall(const Affine& form) {
  if (!IsSmall(form.factor) || !IsSmall(form.constant)) return std::nullopt;
  return form;
}

}  // namespace

bool LoopAffine::IsOutside(Ref ref) const {
  if (ref == kNoRef) return true;
  const uint32_t block = flow_.BlockOf(ref);
  return ref < preheader_.anchor && (block == kNoBlock || !flow_.LoopContains(loop_, block));
}

std::optional<Affine> LoopAffine::Of(Ref ref, Ref point, int depth) {
  Affine form;
  if (ref == kNoRef) return form;
  if (IsInteger(trace_, ref, &form.constant)) return IfSmall(form);
  if (IsOutside(ref)) {
    form.rest = ref;
    return form;
  }
  const std::span<const Ref> operands = trace_.operands(ref);
  const Op op = trace_.at(ref).op;
  if (op == Op::kParameter && flow_.BlockOf(ref) == flow_.loop(loop_).header) {
    form.variable = ref;
    form.factor = 1;
    return form;
  }
  const bool sum = op == Op::kAdd || op == Op::kCheckedAdd;
  const bool difference = op == Op::kSub || op == Op::kCheckedSub;
  if (depth == 0 || (!sum && !difference && op != Op::kMul && op != Op::kCheckedMul)) return std::nullopt;
  const std::optional<Affine> a = Of(operands[0], point, depth - 1);
  if (!a) return std::nullopt;
  const std::optional<Affine> b = Of(operands[1], point, depth - 1);
  if (!b) return std::nullopt;
  std::optional<Affine> result = sum || difference ? Sum(*a, *b, sum ? 1 : -1) : Product(*a, *b);
  if (result) result->exact = a->exact && b->exact && ranges_.IsExact(ref, point);
  return result;
}

std::optional<Affine> LoopAffine::Sum(Affine a, const Affine& b, int sign) const {
  if (a.variable != kNoRef && b.variable != kNoRef) return std::nullopt;
  if (b.rest != kNoRef && (a.rest != kNoRef || sign < 0)) return std::nullopt;
  if (b.variable != kNoRef) {
    a.variable = b.variable;
    a.factor = sign * b.factor;
  }
  if (b.rest != kNoRef) a.rest = b.rest;
  a.constant += sign * b.constant;
  return IfSmall(a);
}

std::optional<Affine> LoopAffine::Product(Affine a, const Affine& b) const {
  if (b.variable != kNoRef || b.rest != kNoRef) {
    if (a.variable != kNoRef || a.rest != kNoRef) return std::nullopt;
    return Product(b, a);
  }
  if (a.rest != kNoRef || b.constant == 0) return std::nullopt;
  a.factor *= b.constant;
  a.constant *= b.constant;
  return IfSmall(a);
}

bool LoopAffine::IsMonotone(Ref variable, bool falls) {
  const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
  const size_t place = variable - header.begin - 1;
  const std::vector<uint32_t>& latches = flow_.loop(loop_).latches;
  return std::all_of(latches.begin(), latches.end(), [&](uint32_t latch) {
    const Ref jump = flow_.block(latch).terminator();
    const Ref next = trace_.operands(jump)[place];
    return ranges_.Holds(falls ? Difference{next, variable, 0} : Difference{variable, next, 0}, jump);
  });
}

// A limit that a guard sees to; that of a loop condition rather than that of another index check.
std::optional<End> LoopAffine::EndOfFacts(Ref variable, bool high, Ref point) const {
  for (const bool of_bounds : {false, true}) {
    for (const LoopRanges::Fact& fact : ranges_.FactsOf(variable)) {
      const Difference& says = fact.says;
      if (fact.of_bounds != of_bounds || (high ? says.x : says.y) != variable) continue;
      const Ref limit = high ? says.y : says.x;
      const Wide offset = high ? says.c : -says.c;
      if (offset <= -kLargest || offset >= kLargest || !IsOutside(limit)) continue;
      if (!ranges_.IsKnown(fact, point)) continue;
      return End{limit, static_cast<int64_t>(offset)};
    }
  }
  return std::nullopt;
}

Ends LoopAffine::EndsOf(Ref variable, Ref point) {
  Ends ends;
  const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
  ends.start = trace_.operands(preheader_.jump)[variable - header.begin - 1];
  if (!IsOutside(ends.start)) return ends;
  const bool rises = IsMonotone(variable, false);
  ends.falls = !rises && IsMonotone(variable, true);
  ends.low = rises ? End{ends.start, 0} : EndOfFacts(variable, false, point);
  ends.high = ends.falls ? End{ends.start, 0} : EndOfFacts(variable, true, point);
  const std::optional<End>& limit = ends.falls ? ends.low : ends.high;
  if ((rises || ends.falls) && limit) {
    ends.has_condition = true;
    ends.limit = limit->base;
    ends.excess = ends.falls ? 1 - limit->offset : limit->offset + 1;
  }
  return ends;
}

}  // namespace lathe
