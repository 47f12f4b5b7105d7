// What follows about the result of an operation from what is known of its operands.
#include "src/recorder/passes/loop_ranges.h"

namespace lathe {
namespace {

// The largest q with q * divisor <= x, for a positive divisor.
Wide Floor(Wide x, Wide divisor) { return x >= 0 ? x / divisor : -((-x + divisor - 1) / divisor); }

}  // namespace

bool LoopRanges::AskOperation(const Question& question) {
  const std::span<const Ref> operands = trace_.operands(question.x);
  int64_t value = 0;
  switch (trace_.at(question.x).op) {
    case Op::kAdd:
    case Op::kCheckedAdd:
      return AskSum(question);
    case Op::kSub:
    case Op::kCheckedSub:
      return AskDifference(question);
    case Op::kMul:
    case Op::kCheckedMul:
      return AskProduct(question);
    case Op::kBitAnd:
      return AskBits(question);
    case Op::kRemainder:
      return AskRemainder(question);
    case Op::kFloorDivide:
      return IsConstant(operands[1], &value) && value > 0 && AskQuotient(question, value);
    case Op::kShiftRight:
      if (!IsConstant(operands[1], &value) || value < 0 || value > 62) return false;
      return AskQuotient(question, int64_t{1} << value);
    case Op::kMinimum:
    case Op::kMaximum:
    case Op::kSelect:
    case Op::kCast:
      return AskChoice(question);
    default:
      return false;
  }
}

bool LoopRanges::AskSum(const Question& question) {
  const std::span<const Ref> operands = trace_.operands(question.x);
  if (!AskExact(question.x, question.point, question.depth)) return false;
  for (const size_t k : {size_t{1}, size_t{0}}) {
    int64_t step = 0;
    if (IsConstant(operands[k], &step)) {
      return Of(question, operands[1 - k], question.c - question.sign * Wide{step});
    }
  }
  // The sum is at most one operand if the other is not positive.
  for (const size_t k : {size_t{0}, size_t{1}}) {
    Question sign_of = question;
    sign_of.x = operands[1 - k];
    sign_of.y = kNoRef;
    sign_of.c = 0;
    if (Of(question, operands[k], question.c) && Ask(sign_of)) return true;
  }
  return false;
}

bool LoopRanges::AskDifference(const Question& question) {
  const std::span<const Ref> operands = trace_.operands(question.x);
  if (!AskExact(question.x, question.point, question.depth)) return false;
  int64_t step = 0;
  if (IsConstant(operands[1], &step)) {
    return Of(question, operands[0], question.c + question.sign * Wide{step});
  }
  if (question.y == kNoRef) {
    Question difference = question;
    difference.x = operands[0];
    difference.y = operands[1];
    if (Ask(difference)) return true;
  }
  Question sign_of = question;
  sign_of.x = operands[1];
  sign_of.y = kNoRef;
  sign_of.c = 0;
  sign_of.sign = -question.sign;
  return Ask(sign_of) && Of(question, operands[0], question.c);
}

bool LoopRanges::AskProduct(const Question& question) {
  const std::span<const Ref> operands = trace_.operands(question.x);
  int64_t factor = 0;
  if (question.y != kNoRef || !IsConstant(operands[1], &factor) || factor == 0) return false;
  if (!AskExact(question.x, question.point, question.depth)) return false;
  Question next = question;
  next.x = operands[0];
  next.sign = factor > 0 ? question.sign : -question.sign;
  next.c = Floor(question.c, factor > 0 ? Wide{factor} : -Wide{factor});
  return Ask(next);
}

// x & y: neither negative nor larger than an operand that is not negative.
bool LoopRanges::AskBits(const Question& question) {
  for (const Ref operand : trace_.operands(question.x)) {
    if (!AtLeast(question, operand, 0)) continue;
    if (question.sign > 0 ? Of(question, operand, question.c) : OfConstant(question, 0)) return true;
  }
  return false;
}

// With the divisor's sign, from 0 to m - 1 for a positive m.
bool LoopRanges::AskRemainder(const Question& question) {
  const std::span<const Ref> operands = trace_.operands(question.x);
  if (!AtLeast(question, operands[1], 1)) return false;
  if (question.sign < 0) return OfConstant(question, 0);
  if (Of(question, operands[1], question.c + 1)) return true;
  return AtLeast(question, operands[0], 0) && Of(question, operands[0], question.c);
}

// Rounded towards minus infinity, by a positive constant.
bool LoopRanges::AskQuotient(const Question& question, int64_t divisor) {
  const Ref dividend = trace_.operands(question.x)[0];
  if (question.y == kNoRef) {
    const Wide limit = question.c * divisor + (question.sign > 0 ? divisor - 1 : 0);
    const Wide largest = Wide{1} << 100;
    if (question.c > -largest && question.c < largest && Of(question, dividend, limit)) return true;
  }
  if (divisor == 2 && AskMiddle(question, dividend)) return true;
  if (!AtLeast(question, dividend, 0)) return false;
  return question.sign > 0 ? Of(question, dividend, question.c) : OfConstant(question, 0);
}

// (a + b) / 2 <= y + c if a + b <= 2y + 2c + 1; it is >= y - c if a + b >= 2y - 2c.
bool LoopRanges::AskMiddle(const Question& question, Ref sum) {
  const Op op = trace_.at(sum).op;
  if (op != Op::kAdd && op != Op::kCheckedAdd) return false;
  if (!AskExact(sum, question.point, question.depth)) return false;
  const Wide total = 2 * question.c + (question.sign > 0 ? 1 : 0);
  const std::span<const Ref> operands = trace_.operands(sum);
  const Wide halves[2] = {Floor(total, 2), total - Floor(total, 2)};
  for (const size_t k : {size_t{0}, size_t{1}}) {
    if (Of(question, operands[0], halves[k]) && Of(question, operands[1], halves[1 - k])) return true;
  }
  return false;
}

bool LoopRanges::AskChoice(const Question& question) {
  const std::span<const Ref> operands = trace_.operands(question.x);
  const Op op = trace_.at(question.x).op;
  if (op == Op::kCast) {
    const DType from = trace_.at(operands[0]).dtype;
    if (from == DType::kInt64) return Of(question, operands[0], question.c);
    if (!lathe::IsInteger(from) && !IsBool(from)) return false;
    const int bits = IsBool(from) ? 1 : 8 * static_cast<int>(ItemSize(from));
    if (bits >= 64) return false;
    const bool is_signed = IsSigned(from);
    const Wide high = (Wide{1} << (is_signed ? bits - 1 : bits)) - 1;
    const Wide low = is_signed ? -(Wide{1} << (bits - 1)) : Wide{0};
    return OfConstant(question, question.sign > 0 ? high : low);
  }
  const bool either = op == (question.sign > 0 ? Op::kMinimum : Op::kMaximum);
  const Ref a = operands[operands.size() - 2];
  const Ref b = operands[operands.size() - 1];
  if (either) return Of(question, a, question.c) || Of(question, b, question.c);
  return Of(question, a, question.c) && Of(question, b, question.c);
}

bool LoopRanges::AskExact(Ref ref, Ref point, int depth) {
  if (trace_.at(ref).dtype != DType::kInt64) return false;
  const Op op = trace_.at(ref).op;
  if (exact_[ref] || (IsChecked(op) && ref != point)) return true;
  const std::span<const Ref> operands = trace_.operands(ref);
  const bool product = op == Op::kMul || op == Op::kCheckedMul;
  const bool difference = op == Op::kSub || op == Op::kCheckedSub;
  if (!product && !difference && op != Op::kAdd && op != Op::kCheckedAdd) return false;
  int64_t value = 0;
  for (const size_t k : {size_t{1}, size_t{0}}) {
    if (!IsConstant(operands[k], &value) || (difference && k == 0)) continue;
    const Question about{operands[1 - k], kNoRef, 0, 1, point, depth};
    if (product) {
      if (value == 0) return true;
      const Wide limit = kLargestInteger / (value > 0 ? Wide{value} : -Wide{value});
      return IsWithin(point, depth, operands[1 - k], -limit, limit);
    }
    const Wide step = difference ? -Wide{value} : Wide{value};
    return step >= 0 ? AtMost(about, operands[1 - k], kLargestInteger - step)
                     : AtLeast(about, operands[1 - k], kSmallestInteger - step);
  }
  if (difference && IsWithin(point, depth, operands[0], 0, kLargestInteger) &&
      IsWithin(point, depth, operands[1], 0, kLargestInteger)) {
    return true;
  }
  const Wide limit = Wide{1} << (product ? 31 : 62);
  return IsWithin(point, depth, operands[0], -limit, limit - 1) &&
         IsWithin(point, depth, operands[1], -limit, limit - 1);
}

}  // namespace lathe
