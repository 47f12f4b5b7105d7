// Conditions before loops. Arithmetic wraps; where that could make a condition hold, it is guarded.
#include "src/recorder/passes/loop_checks.h"

namespace lathe {

Ref CheckWriter::Emit(Op op, DType dtype, std::initializer_list<Ref> operands, uint64_t attribute) {
  Instruction instruction;
  instruction.op = op;
  instruction.dtype = dtype;
  instruction.attribute = attribute;
  instruction.line = op == Op::kConst ? 0 : line_;
  return editor_.Insert(anchor_, instruction, std::span<const Ref>(operands.begin(), operands.size()));
}

Ref CheckWriter::Both(Ref a, Ref b) {
  if (a == kNoRef || b == kNoRef) return a == kNoRef ? b : a;
  return Emit(Op::kLogicalAnd, DType::kBool, {a, b});
}

std::optional<Ref> CheckWriter::LessEqual(Ref p, Ref q, Wide c) {
  int64_t value = 0;
  if (IsInteger(trace_, p, &value)) {
    p = kNoRef;
    c -= value;
  }
  if (IsInteger(trace_, q, &value)) {
    q = kNoRef;
    c += value;
  }
  if (c <= kSmallestInteger || c >= kLargestInteger) return std::nullopt;
  if (p == kNoRef && q == kNoRef) return Emit(Op::kConst, DType::kBool, {}, c >= 0 ? 1 : 0);
  if (q == kNoRef) return Emit(Op::kLessEqual, DType::kBool, {p, Constant(c)});
  if (p == kNoRef) return Emit(Op::kGreaterEqual, DType::kBool, {q, Constant(-c)});
  if (c == 0) return Emit(Op::kLessEqual, DType::kBool, {p, q});
  if (c == -1) return Emit(Op::kLess, DType::kBool, {p, q});
  // Where p - c wraps it is too large, and nothing is said that is not so.
  if (c > 0) {
    const Ref difference = Emit(Op::kSub, DType::kInt64, {p, Constant(c)});
    return Emit(Op::kLessEqual, DType::kBool, {difference, q});
  }
  const Wide least = kSmallestInteger - c;
  const bool exact = ranges_.Holds({kNoRef, q, -least}, anchor_);
  const Ref large = exact ? kNoRef : Emit(Op::kGreaterEqual, DType::kBool, {q, Constant(least)});
  const Ref sum = Emit(Op::kAdd, DType::kInt64, {q, Constant(c)});
  return Both(large, Emit(Op::kLessEqual, DType::kBool, {p, sum}));
}

Ref CheckWriter::IsWithin(Ref value, int bits) {
  if (value == kNoRef) return kNoRef;
  const Wide limit = (Wide{1} << bits) - 1;
  const bool low = ranges_.Holds({kNoRef, value, limit}, anchor_);
  const bool high = ranges_.Holds({value, kNoRef, limit}, anchor_);
  const Ref above = low ? kNoRef : Emit(Op::kGreaterEqual, DType::kBool, {value, Constant(-limit)});
  const Ref below = high ? kNoRef : Emit(Op::kLessEqual, DType::kBool, {value, Constant(limit)});
  return Both(above, below);
}

// |factor| is less than 2^30: all sums are far from 2^63.
std::optional<Ref> CheckWriter::WriteSum(const EndCheck& check) {
  const bool unit = check.factor == 1 || check.factor == -1;
  Ref condition = IsWithin(check.base, unit ? 61 : 31);
  condition = Both(condition, IsWithin(check.rest, 61));
  Ref sum = check.base;
  if (sum != kNoRef && check.factor != 1) {
    sum = Emit(Op::kMul, DType::kInt64, {sum, Constant(check.factor)});
  }
  if (sum == kNoRef) {
    sum = check.rest;
  } else if (check.rest != kNoRef) {
    sum = Emit(Op::kAdd, DType::kInt64, {check.rest, sum});
  }
  // The sum lies within 2^62, so the constant can be taken to it: an exact addition.
  const bool fits =
      check.c > -(Wide{1} << 61) - (Wide{1} << 32) && check.c < (Wide{1} << 61) + (Wide{1} << 32);
  if (!fits) return std::nullopt;
  if (check.c != 0) {
    sum = Emit(check.is_upper ? Op::kSub : Op::kAdd, DType::kInt64, {sum, Constant(check.c)});
  }
  const Ref other = check.other == kNoRef ? Constant(0) : check.other;
  const Ref end = check.is_upper ? Emit(Op::kLessEqual, DType::kBool, {sum, other})
                                 : Emit(Op::kLessEqual, DType::kBool, {other, sum});
  return Both(condition, end);
}

std::optional<Ref> CheckWriter::Write(const EndCheck& check) {
  const bool simple = check.base == kNoRef || (check.factor == 1 && check.rest == kNoRef);
  if (!simple) return WriteSum(check);
  const Ref side = check.base == kNoRef ? check.rest : check.base;
  const Difference difference =
      check.is_upper ? Difference{side, check.other, check.c} : Difference{check.other, side, check.c};
  if (ranges_.Holds(difference, anchor_)) return kNoRef;
  return LessEqual(difference.x, difference.y, difference.c);
}

Ref CheckWriter::WriteUnreached(const Ends& ends) {
  if (!ends.has_condition) return kNoRef;
  Difference reached{ends.start, ends.limit, Wide{ends.excess} - 1};
  if (ends.falls) reached = {ends.limit, ends.start, Wide{ends.excess} - 1};
  if (ranges_.Holds(reached, anchor_)) return kNoRef;
  const std::optional<Ref> condition = LessEqual(reached.y, reached.x, -Wide{ends.excess});
  return condition ? *condition : kNoRef;
}

}  // namespace lathe
