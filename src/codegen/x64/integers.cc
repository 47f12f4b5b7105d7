// Operations on integers (also on narrow ones, in 32-bit lanes).
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

}  // namespace

X64Emitter::Mask X64Emitter::IntegerMask(Op op, DType dtype, Vec a, Vec b) {
  if (avx512()) return Avx512IntegerMask(op, dtype, a, b);
  const bool wide = LaneBytes(dtype) == 8;
  const bool equality = op == Op::kEqual || op == Op::kNotEqual;
  if (!equality && IsUnsigned(dtype) && ItemSize(dtype) >= 4) {
    const x86::Mem flip =
        PatternAt(Bytes(dtype), wide ? uint64_t{1} << 63 : uint64_t{1} << 31, LaneBytes(dtype));
    a = Binary(kVpxor, kPxor, a, flip);
    b = Binary(kVpxor, kPxor, b, flip);
  }
  if (op == Op::kLess || op == Op::kGreaterEqual) std::swap(a, b);
  const Vec mask = equality ? (wide ? Binary(Inst::kIdVpcmpeqq, Inst::kIdPcmpeqq, a, b)
                                    : Binary(Inst::kIdVpcmpeqd, Inst::kIdPcmpeqd, a, b))
                            : (wide ? Binary(Inst::kIdVpcmpgtq, Inst::kIdPcmpgtq, a, b)
                                    : Binary(Inst::kIdVpcmpgtd, Inst::kIdPcmpgtd, a, b));
  return op == Op::kNotEqual || op == Op::kLessEqual || op == Op::kGreaterEqual ? Not(mask) : mask;
}

// Low 64 bits of products, from 32-bit halves.
X64Emitter::Vec X64Emitter::Multiply64(const Vec& a, const Vec& b) {
  const auto high = [&](const Vec& v) { return ShiftBy(Inst::kIdVpsrlq, Inst::kIdPsrlq, v, 32); };
  const Vec low = Binary(Inst::kIdVpmuludq, Inst::kIdPmuludq, a, b);
  const Vec cross =
      Binary(Inst::kIdVpaddq, Inst::kIdPaddq, Binary(Inst::kIdVpmuludq, Inst::kIdPmuludq, high(a), b),
             Binary(Inst::kIdVpmuludq, Inst::kIdPmuludq, a, high(b)));
  return Binary(Inst::kIdVpaddq, Inst::kIdPaddq, low, ShiftBy(Inst::kIdVpsllq, Inst::kIdPsllq, cross, 32));
}

X64Emitter::Vec X64Emitter::IntegerAbs(DType dtype, const Vec& a) {
  if (!IsSigned(dtype)) return a;
  if (LaneBytes(dtype) == 4) return Unary(Inst::kIdVpabsd, Inst::kIdPabsd, a, Bytes(dtype));
  const Vec negative = IntegerMask(Op::kLess, dtype, a, Zero(Bytes(dtype))).as<Vec>();
  return Binary(Inst::kIdVpsubq, Inst::kIdPsubq, Binary(kVpxor, kPxor, a, negative), negative);
}

X64Emitter::Vec X64Emitter::IntegerSign(DType dtype, const Vec& a) {
  const int bytes = Bytes(dtype);
  if (LaneBytes(dtype) == 4) {
    const Vec low = IsSigned(dtype) ? Binary(Inst::kIdVpmaxsd, Inst::kIdPmaxsd, a, Ones(bytes)) : a;
    return IsSigned(dtype) ? Binary(Inst::kIdVpminsd, Inst::kIdPminsd, low, PatternAt(bytes, 1, 4))
                           : Binary(Inst::kIdVpminud, Inst::kIdPminud, low, PatternAt(bytes, 1, 4));
  }
  const Vec zero = Zero(bytes);
  const auto mask = [&](Op comparison) { return IntegerMask(comparison, dtype, a, zero).as<Vec>(); };
  if (!IsSigned(dtype)) return Binary(Inst::kIdVpsubq, Inst::kIdPsubq, zero, mask(Op::kNotEqual));
  return Binary(Inst::kIdVpsubq, Inst::kIdPsubq, mask(Op::kLess), mask(Op::kGreater));
}

bool X64Emitter::IntegerExtreme(Op op, DType dtype, const Vec& a, const Vector& y, Reg* result) {
  const bool largest = op == Op::kMaximum || op == Op::kFmax;
  if (LaneBytes(dtype) == 8) {
    const Vec b = Use(y);
    *result = Blend(dtype, b, a, IntegerMask(largest ? Op::kGreater : Op::kLess, dtype, a, b));
  } else if (dtype == DType::kUInt32) {
    *result = largest ? Binary(Inst::kIdVpmaxud, Inst::kIdPmaxud, a, UseLast(y))
                      : Binary(Inst::kIdVpminud, Inst::kIdPminud, a, UseLast(y));
  } else {
    *result = largest ? Binary(Inst::kIdVpmaxsd, Inst::kIdPmaxsd, a, UseLast(y))
                      : Binary(Inst::kIdVpminsd, Inst::kIdPminsd, a, UseLast(y));
  }
  return true;
}

bool X64Emitter::IntegerArithmetic(Op op, DType dtype, const Vec& a, const Vector& y, Reg* result) {
  const bool wide = LaneBytes(dtype) == 8;
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
      return finish(wide ? Binary(Inst::kIdVpaddq, Inst::kIdPaddq, a, UseLast(y))
                         : Binary(Inst::kIdVpaddd, Inst::kIdPaddd, a, UseLast(y)));
    case Op::kSub:
      return finish(wide ? Binary(Inst::kIdVpsubq, Inst::kIdPsubq, a, UseLast(y))
                         : Binary(Inst::kIdVpsubd, Inst::kIdPsubd, a, UseLast(y)));
    case Op::kNeg:
      return finish(wide ? Binary(Inst::kIdVpsubq, Inst::kIdPsubq, Zero(Bytes(dtype)), a)
                         : Binary(Inst::kIdVpsubd, Inst::kIdPsubd, Zero(Bytes(dtype)), a));
    case Op::kMul:
      return finish(wide ? Multiply64(a, Use(y)) : Binary(Inst::kIdVpmulld, Inst::kIdPmulld, a, UseLast(y)));
    case Op::kSquare:
      return finish(wide ? Multiply64(a, a) : Binary(Inst::kIdVpmulld, Inst::kIdPmulld, a, a));
    case Op::kBitAnd:
      return as_is(Binary(Inst::kIdVpand, Inst::kIdPand, a, UseLast(y)));
    case Op::kBitOr:
      return as_is(Binary(Inst::kIdVpor, Inst::kIdPor, a, UseLast(y)));
    case Op::kBitXor:
      return as_is(Binary(kVpxor, kPxor, a, UseLast(y)));
    case Op::kInvert:
      return finish(Not(a));
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      return as_is(a);
    case Op::kAbs:
      return finish(IntegerAbs(dtype, a));
    case Op::kSign:
      return as_is(IntegerSign(dtype, a));
    case Op::kMaximum:
    case Op::kFmax:
    case Op::kMinimum:
    case Op::kFmin:
      return IntegerExtreme(op, dtype, a, y, result);
    default:
      return false;
  }
}

// Counts of the width or more give 0 or the sign: what the instructions do with counts taken as unsigned.
bool X64Emitter::Shift(Op op, DType dtype, const Vec& a, const Vector& y, std::optional<uint64_t> count,
                       Reg* result) {
  const bool wide = LaneBytes(dtype) == 8;
  const bool left = op == Op::kShiftLeft;
  const bool arithmetic = !left && IsSigned(dtype);
  const bool constant = count && *count < static_cast<uint64_t>(8 * ItemSize(dtype));
  if (!constant && !avx()) return false;
  const auto shift = [&](Id by_count, Id sse, Id by_vector, const Vec& value) {
    return constant ? ShiftBy(by_count, sse, value, static_cast<int>(*count))
                    : Binary(by_vector, 0, value, UseLast(y));
  };
  if (left) {
    *result = Normalised(dtype, wide ? shift(Inst::kIdVpsllq, Inst::kIdPsllq, Inst::kIdVpsllvq, a)
                                     : shift(Inst::kIdVpslld, Inst::kIdPslld, Inst::kIdVpsllvd, a));
  } else if (!wide) {
    *result = arithmetic ? shift(Inst::kIdVpsrad, Inst::kIdPsrad, Inst::kIdVpsravd, a)
                         : shift(Inst::kIdVpsrld, Inst::kIdPsrld, Inst::kIdVpsrlvd, a);
  } else if (!arithmetic) {
    *result = shift(Inst::kIdVpsrlq, Inst::kIdPsrlq, Inst::kIdVpsrlvq, a);
  } else {
    // The bits of negative numbers are turned over, shifted in zeros, and turned back.
    const Vec negative = IntegerMask(Op::kLess, dtype, a, Zero(Bytes(dtype))).as<Vec>();
    const Vec shifted =
        shift(Inst::kIdVpsrlq, Inst::kIdPsrlq, Inst::kIdVpsrlvq, Binary(kVpxor, kPxor, a, negative));
    *result = Binary(kVpxor, kPxor, shifted, negative);
  }
  return true;
}

bool X64Emitter::IntegerOp(Op op, DType dtype, std::span<const Vector> x, std::optional<uint64_t> shift,
                           Vector* result) {
  const Vec a = Use(x[0]);
  const Vector& y = x.size() > 1 ? x[1] : x[0];
  if (avx512() && Avx512Integer(op, dtype, a, y, shift, &result->reg)) return true;
  if (op == Op::kShiftLeft || op == Op::kShiftRight) return Shift(op, dtype, a, y, shift, &result->reg);
  if (IsComparison(op)) {
    result->reg = ToSlot(dtype, IntegerMask(op, dtype, a, Use(y)));
    return true;
  }
  return IntegerArithmetic(op, dtype, a, y, &result->reg);
}

}  // namespace lathe
