// Operations on integers (also on narrow ones, in 32-bit lanes).
#include "src/codegen/a64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

}  // namespace

// As wide as the lanes.
A64Emitter::Vec A64Emitter::IntegerMask(Op op, DType dtype, const Vec& a, const Vec& b) {
  const int width = LaneBytes(dtype);
  const bool is_signed = !IsUnsigned(dtype);
  const Id above = is_signed ? Inst::kIdCmgt_v : Inst::kIdCmhi_v;
  const Id not_below = is_signed ? Inst::kIdCmge_v : Inst::kIdCmhs_v;
  switch (op) {
    case Op::kEqual:
      return Binary(Inst::kIdCmeq_v, a, b, width);
    case Op::kNotEqual:
      return Not(Binary(Inst::kIdCmeq_v, a, b, width));
    case Op::kLess:
      return Binary(above, b, a, width);
    case Op::kLessEqual:
      return Binary(not_below, b, a, width);
    case Op::kGreater:
      return Binary(above, a, b, width);
    default:
      return Binary(not_below, a, b, width);
  }
}

// Low 64 bits of products, from 32-bit halves.
A64Emitter::Vec A64Emitter::Multiply64(const Vec& a, const Vec& b) {
  const Vec crossed = Binary(Inst::kIdMul_v, Unary(Inst::kIdRev64_v, b, 4), a, 4);
  const Vec sums = New();
  cc_.uaddlp(sums.d2(), crossed.s4());
  const Vec product = WithImmediate(Inst::kIdShl_v, sums, 32, 8);
  const Vec low_b = Narrowed(b, 4);
  const Vec low_a = Narrowed(a, 4);
  cc_.umlal(product.d2(), low_a.s2(), low_b.s2());
  return product;
}

A64Emitter::Vec A64Emitter::IntegerSign(DType dtype, const Vec& a) {
  const int width = LaneBytes(dtype);
  const Vec zero = Zero();
  if (!IsSigned(dtype)) return Unary(Inst::kIdNeg_v, IntegerMask(Op::kNotEqual, dtype, a, zero), width);
  const Vec above = IntegerMask(Op::kGreater, dtype, a, zero);
  return Binary(Inst::kIdSub_v, IntegerMask(Op::kLess, dtype, a, zero), above, width);
}

// 1 and -1 give themselves, as does the largest uint64, which is divided by as int64; other numbers give 0,
// and 0 the smallest integer if it is signed.
A64Emitter::Vec A64Emitter::IntegerReciprocal(DType dtype, const Vec& a) {
  const int width = LaneBytes(dtype);
  const bool has_minus_one = IsSigned(dtype) || width == 8;
  const Vec size = has_minus_one ? Unary(Inst::kIdAbs_v, a, width) : a;
  const Vec own = Bitwise(Inst::kIdAnd_v, a, IntegerMask(Op::kEqual, dtype, size, Pattern(1, width)));
  if (!IsSigned(dtype)) return own;
  const uint64_t smallest = ~uint64_t{0} << (8 * ItemSize(dtype) - 1);
  return Bitwise(Inst::kIdOrr_v, own, Where(IntegerMask(Op::kEqual, dtype, a, Zero()), smallest, width));
}

A64Emitter::Vec A64Emitter::IntegerExtreme(bool largest, DType dtype, const Vec& a, const Vec& b) {
  if (LaneBytes(dtype) == 8)
    return Choose(IntegerMask(largest ? Op::kGreater : Op::kLess, dtype, a, b), a, b);
  if (IsUnsigned(dtype)) return Binary(largest ? Inst::kIdUmax_v : Inst::kIdUmin_v, a, b, 4);
  return Binary(largest ? Inst::kIdSmax_v : Inst::kIdSmin_v, a, b, 4);
}

bool A64Emitter::IntegerArithmetic(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result) {
  const int width = LaneBytes(dtype);
  const auto finish = [&](const Vec& value) {
    *result = Normalised(dtype, value);
    return true;
  };
  const auto as_is = [&](const Vec& value) {
    *result = value;
    return true;
  };
  switch (op) {
    case Op::kAdd:
      return finish(Binary(Inst::kIdAdd_v, a, b, width));
    case Op::kSub:
      return finish(Binary(Inst::kIdSub_v, a, b, width));
    case Op::kNeg:
      return finish(Unary(Inst::kIdNeg_v, a, width));
    case Op::kMul:
      return finish(width == 8 ? Multiply64(a, b) : Binary(Inst::kIdMul_v, a, b, 4));
    case Op::kReciprocal:
      return as_is(IntegerReciprocal(dtype, a));
    case Op::kSquare:
      return finish(width == 8 ? Multiply64(a, a) : Binary(Inst::kIdMul_v, a, a, 4));
    case Op::kBitAnd:
      return as_is(Bitwise(Inst::kIdAnd_v, a, b));
    case Op::kBitOr:
      return as_is(Bitwise(Inst::kIdOrr_v, a, b));
    case Op::kBitXor:
      return as_is(Bitwise(Inst::kIdEor_v, a, b));
    case Op::kInvert:
      return finish(Not(a));
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      return as_is(a);
    case Op::kAbs:
      return IsSigned(dtype) ? finish(Unary(Inst::kIdAbs_v, a, width)) : as_is(a);
    case Op::kSign:
      return as_is(IntegerSign(dtype, a));
    case Op::kMaximum:
    case Op::kFmax:
      return as_is(IntegerExtreme(true, dtype, a, b));
    case Op::kMinimum:
    case Op::kFmin:
      return as_is(IntegerExtreme(false, dtype, a, b));
    default:
      return false;
  }
}

// Counts of the width or more, taken as unsigned, give 0 or the sign. The instructions take the lowest byte
// of a count, as signed, and shift to the right by negative ones: so all larger counts are made the lanes'
// width.
A64Emitter::Vec A64Emitter::Shift(Op op, DType dtype, const Vec& a, const Vec& count,
                                  std::optional<uint64_t> constant) {
  const int width = LaneBytes(dtype);
  const bool left = op == Op::kShiftLeft;
  const bool arithmetic = !left && IsSigned(dtype);
  if (constant && *constant < static_cast<uint64_t>(8 * ItemSize(dtype))) {
    if (*constant == 0) return a;
    const Id id = left ? Inst::kIdShl_v : arithmetic ? Inst::kIdSshr_v : Inst::kIdUshr_v;
    const Vec shifted = WithImmediate(id, a, static_cast<int64_t>(*constant), width);
    return left ? Normalised(dtype, shifted) : shifted;
  }
  const Vec most = Pattern(static_cast<uint64_t>(8 * width), width);
  Vec by = width == 4 ? Binary(Inst::kIdUmin_v, count, most, 4)
                      : Choose(Binary(Inst::kIdCmhi_v, count, most, 8), most, count);
  if (left) return Normalised(dtype, Binary(Inst::kIdUshl_v, a, by, width));
  by = Unary(Inst::kIdNeg_v, by, width);
  return Binary(arithmetic ? Inst::kIdSshl_v : Inst::kIdUshl_v, a, by, width);
}

bool A64Emitter::IntegerOp(Op op, DType dtype, std::span<const A64Vector> x, std::optional<uint64_t> shift,
                           Vec* result) {
  const Vec& a = x[0].reg;
  const Vec& b = x.size() > 1 ? x[1].reg : a;
  if (op == Op::kShiftLeft || op == Op::kShiftRight) {
    *result = Shift(op, dtype, a, b, shift);
    return true;
  }
  if (IsComparison(op)) {
    *result = ToSlot(dtype, IntegerMask(op, dtype, a, b));
    return true;
  }
  return IntegerArithmetic(op, dtype, a, b, result);
}

}  // namespace lathe
