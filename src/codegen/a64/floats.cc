// Operations on floats, and the choice of instructions for any op.
#include "src/codegen/a64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

uint64_t SignBitOf(int width) { return uint64_t{1} << (8 * width - 1); }
uint64_t OneOf(int width) { return width == 8 ? 0x3ff0000000000000u : 0x3f800000u; }
uint64_t InfinityOf(int width) { return width == 8 ? 0x7ff0000000000000u : 0x7f800000u; }

}  // namespace

A64Vector A64Emitter::Emit(Op op, DType result, std::span<const A64Vector> operands,
                           std::optional<uint64_t> shift) {
  if (TakesFunction(op)) return ForeignCall(result, operands);
  A64Vector out{{}, result};
  if (op == Op::kPositive) return {operands[0].reg, result};
  if (op == Op::kBitcast) return {Normalised(result, operands[0].reg), result};
  if (op == Op::kCast) {
    if (CastOp(operands[0].dtype, result, operands[0], &out.reg)) return out;
    return LaneCall(op, result, operands);
  }
  if (op == Op::kSelect || op == Op::kSelectRare) {
    const Vec mask = MaskFor(result, operands[0].reg);
    const bool is_own = mask.id() != operands[0].reg.id();
    out.reg = Choose(is_own ? mask : Copied(mask), operands[1].reg, operands[2].reg);
    return out;
  }
  const DType dtype = operands[0].dtype;
  const bool done = IsBool(dtype)    ? MaskOp(op, operands, &out.reg)
                    : IsFloat(dtype) ? FloatOp(op, dtype, operands, &out.reg)
                                     : IntegerOp(op, dtype, operands, shift, &out.reg);
  return done ? out : LaneCall(op, result, operands);
}

// The instruction adds to, or subtracts from, its result's register.
A64Vector A64Emitter::EmitFused(FusedForm form, const A64Vector& x, const A64Vector& y, const A64Vector& z,
                                int dying) {
  const int width = ItemSize(x.dtype);
  Vec dst = z.reg;
  if (form == FusedForm::kProductMinus) {
    dst = Unary(Inst::kIdFneg_v, z.reg, width);
  } else if ((dying & 4) == 0) {
    dst = Copied(z.reg);
  }
  cc_.emit(form == FusedForm::kMinusProduct ? Inst::kIdFmls_v : Inst::kIdFmla_v, Whole(dst, width),
           Whole(x.reg, width), Whole(y.reg, width));
  return {dst, x.dtype};
}

A64Vector A64Emitter::EmitExtreme(bool largest, const A64Vector& x, const A64Vector& y) {
  const int width = ItemSize(x.dtype);
  const Vec left = Binary(Inst::kIdFcmgt_v, largest ? x.reg : y.reg, largest ? y.reg : x.reg, width);
  return {Choose(left, x.reg, y.reg), x.dtype};
}

A64Emitter::Vec A64Emitter::IsNumber(const Vec& a, int width) {
  return Binary(Inst::kIdFcmeq_v, a, a, width);
}

A64Emitter::Vec A64Emitter::FloatMask(Op op, int width, const Vec& a, const Vec& b) {
  switch (op) {
    case Op::kEqual:
      return Binary(Inst::kIdFcmeq_v, a, b, width);
    case Op::kNotEqual:
      return Not(Binary(Inst::kIdFcmeq_v, a, b, width));
    case Op::kLess:
      return Binary(Inst::kIdFcmgt_v, b, a, width);
    case Op::kLessEqual:
      return Binary(Inst::kIdFcmge_v, b, a, width);
    case Op::kGreater:
      return Binary(Inst::kIdFcmgt_v, a, b, width);
    default:
      return Binary(Inst::kIdFcmge_v, a, b, width);
  }
}

bool A64Emitter::FloatOp(Op op, DType dtype, std::span<const A64Vector> x, Vec* result) {
  const Vec& a = x[0].reg;
  const Vec& b = x.size() > 1 ? x[1].reg : a;
  if (op == Op::kFma) {
    *result = EmitFused(FusedForm::kProductPlus, x[0], x[1], x[2], 0).reg;
    return true;
  }
  if (IsComparison(op)) {
    *result = ToSlot(dtype, FloatMask(op, ItemSize(dtype), a, b));
    return true;
  }
  return FloatArithmetic(op, dtype, a, b, result) || FloatExtreme(op, ItemSize(dtype), a, b, result) ||
         FloatShape(op, dtype, a, b, result);
}

bool A64Emitter::FloatArithmetic(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result) {
  const int width = ItemSize(dtype);
  const auto with = [&](Id id, const Vec& x, const Vec& y) {
    *result = Binary(id, x, y, width);
    return true;
  };
  const auto of = [&](Id id) {
    *result = Unary(id, a, width);
    return true;
  };
  switch (op) {
    case Op::kAdd:
      return with(Inst::kIdFadd_v, a, b);
    case Op::kSub:
      return with(Inst::kIdFsub_v, a, b);
    case Op::kMul:
      return with(Inst::kIdFmul_v, a, b);
    case Op::kSquare:
      return with(Inst::kIdFmul_v, a, a);
    case Op::kDiv:
      return with(Inst::kIdFdiv_v, a, b);
    case Op::kReciprocal:
      return with(Inst::kIdFdiv_v, Pattern(OneOf(width), width), a);
    case Op::kSqrt:
      return of(Inst::kIdFsqrt_v);
    case Op::kRint:
      return of(Inst::kIdFrintn_v);
    case Op::kFloor:
      return of(Inst::kIdFrintm_v);
    case Op::kCeil:
      return of(Inst::kIdFrintp_v);
    case Op::kTrunc:
      return of(Inst::kIdFrintz_v);
    case Op::kNeg:
      return of(Inst::kIdFneg_v);
    case Op::kAbs:
      return of(Inst::kIdFabs_v);
    default:
      return false;
  }
}

// Not by fmax and fmin: of zeros of both signs they give the positive or negative one, the op its second
// operand.
bool A64Emitter::FloatExtreme(Op op, int width, const Vec& a, const Vec& b, Vec* result) {
  switch (op) {
    case Op::kMaximum:
    case Op::kMinimum: {
      const Vec left = FloatMask(op == Op::kMaximum ? Op::kGreater : Op::kLess, width, a, b);
      *result = Choose(Bitwise(Inst::kIdOrn_v, left, IsNumber(a, width)), a, b);
      return true;
    }
    case Op::kFmax:
    case Op::kFmin: {
      const Vec left = FloatMask(op == Op::kFmax ? Op::kGreaterEqual : Op::kLessEqual, width, a, b);
      *result = Choose(Bitwise(Inst::kIdOrn_v, left, IsNumber(b, width)), a, b);
      return true;
    }
    default:
      return false;
  }
}

// What looks at or changes parts of the representation.
bool A64Emitter::FloatShape(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result) {
  const int width = ItemSize(dtype);
  const auto compared = [&](Op comparison) {
    const Vec size = Unary(Inst::kIdFabs_v, a, width);
    *result = ToSlot(dtype, FloatMask(comparison, width, size, Pattern(InfinityOf(width), width)));
    return true;
  };
  switch (op) {
    case Op::kSign:
      *result = FloatSign(dtype, a);
      return true;
    case Op::kCopySign:
      *result = Choose(Pattern(SignBitOf(width), width), b, a);
      return true;
    case Op::kIsNan:
      *result = ToSlot(dtype, Not(IsNumber(a, width)));
      return true;
    case Op::kIsInf:
      return compared(Op::kEqual);
    case Op::kIsFinite:
      return compared(Op::kLess);
    case Op::kSignBit:
      *result = ToSlot(dtype, WithImmediate(Inst::kIdSshr_v, a, 8 * width - 1, width));
      return true;
    default:
      return false;
  }
}

A64Emitter::Vec A64Emitter::FloatSign(DType dtype, const Vec& a) {
  const int width = ItemSize(dtype);
  const Vec zero = Zero();
  const Vec up = Where(FloatMask(Op::kGreater, width, a, zero), OneOf(width), width);
  const Vec down = Where(FloatMask(Op::kLess, width, a, zero), OneOf(width), width);
  const Vec sign = Binary(Inst::kIdFsub_v, up, down, width);
  return Choose(IsNumber(a, width), sign, a);
}

}  // namespace lathe
