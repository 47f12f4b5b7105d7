// Operations on floats, and the choice of an instruction for any op.
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

// Predicates of compare instructions.
constexpr int kEq = 0, kLt = 1, kLe = 2, kUnord = 3, kNeq = 4;
constexpr int kGe = 13, kGt = 14;  // AVX only

uint64_t SignBitOf(DType dtype) { return dtype == DType::kFloat64 ? uint64_t{1} << 63 : uint64_t{1} << 31; }
uint64_t OneOf(DType dtype) { return dtype == DType::kFloat64 ? 0x3ff0000000000000u : 0x3f800000u; }

}  // namespace

Vector X64Emitter::Emit(Op op, DType result, std::span<const Vector> operands,
                        std::optional<uint64_t> shift) {
  if (operands.size() == 2 && operands[0].in_memory() && Commutes(op)) {
    const Vector swapped[] = {operands[1], operands[0]};
    return Emit(op, result, swapped, shift);
  }
  if (TakesFunction(op)) return ForeignCall(result, operands);
  Vector out;
  out.dtype = result;
  if (op == Op::kPositive) return {Use(operands[0]), result};
  if (op == Op::kBitcast && LaneBytes(result) == ItemSize(result)) return {Use(operands[0]), result};
  if (op == Op::kCast) {
    if (CastOp(operands[0].dtype, result, operands[0], &out)) return out;
    return LaneCall(op, result, operands);
  }
  if (op == Op::kSelect || op == Op::kSelectRare) {
    out.reg = Choose(result, UseMask(operands[0]), operands[1], operands[2]);
    return out;
  }
  const DType dtype = operands[0].dtype;
  const bool done = IsBool(dtype)    ? MaskOp(op, operands, &out)
                    : IsFloat(dtype) ? FloatOp(op, dtype, operands, &out)
                                     : IntegerOp(op, dtype, operands, shift, &out);
  return done ? out : LaneCall(op, result, operands);
}

Vector X64Emitter::EmitFused(FusedForm form, const Vector& x, const Vector& y, const Vector& z, int dying) {
  struct Row {
    Id f64_213, f32_213, f64_231, f32_231;
  };
  static constexpr Row kRows[] = {
      {Inst::kIdVfmadd213pd, Inst::kIdVfmadd213ps, Inst::kIdVfmadd231pd, Inst::kIdVfmadd231ps},
      {Inst::kIdVfmsub213pd, Inst::kIdVfmsub213ps, Inst::kIdVfmsub231pd, Inst::kIdVfmsub231ps},
      {Inst::kIdVfnmadd213pd, Inst::kIdVfnmadd213ps, Inst::kIdVfnmadd231pd, Inst::kIdVfnmadd231ps}};
  const Row& row = kRows[static_cast<size_t>(form)];
  const bool f64 = x.dtype == DType::kFloat64;
  // 213 leaves the result in a factor, 231 in the summand; the last operand of either may be in memory.
  if (x.in_memory() && !y.in_memory())
    return EmitFused(form, y, x, z, (dying & 4) | (dying & 1) << 1 | (dying & 2) >> 1);
  const bool in_summand = (dying & 4) != 0 && ((dying & 3) == 0 || y.in_memory());
  if (in_summand) {
    cc_.emit(f64 ? row.f64_231 : row.f32_231, Use(z), Use(x), UseLast(y));
    return z;
  }
  // A constant has to be loaded anyway: into the result, if no factor dies.
  const bool second = (dying & 3) == 2 || ((dying & 1) == 0 && y.in_memory());
  const Vector dst = (dying & 3) == 0 ? Copy(second ? y : x) : second ? y : x;
  cc_.emit(f64 ? row.f64_213 : row.f32_213, Use(dst), Use(second ? x : y), UseLast(z));
  return dst;
}

Vector X64Emitter::EmitExtreme(bool largest, const Vector& x, const Vector& y) {
  const bool f64 = x.dtype == DType::kFloat64;
  // These instructions give the second operand if a NaN takes part, and of zeros: just what a choice does.
  const Id avx =
      largest ? (f64 ? Inst::kIdVmaxpd : Inst::kIdVmaxps) : (f64 ? Inst::kIdVminpd : Inst::kIdVminps);
  const Id sse = largest ? (f64 ? Inst::kIdMaxpd : Inst::kIdMaxps) : (f64 ? Inst::kIdMinpd : Inst::kIdMinps);
  return {Binary(avx, sse, Use(x), UseLast(y)), x.dtype};
}

Vector X64Emitter::EmitChoiceBySign(const Vector& sign, const Vector& x, const Vector& y) {
  const Vec if_false = Use(y);
  const Vec dst = NewLike(if_false);
  cc_.emit(x.dtype == DType::kFloat64 ? Inst::kIdVblendvpd : Inst::kIdVblendvps, dst, if_false, Use(x),
           Use(sign));
  return {dst, x.dtype};
}

X64Emitter::Mask X64Emitter::Compare(DType dtype, const Vec& a, const Operand_& b, int predicate) {
  if (avx512()) {
    const x86::KReg mask = NewMask();
    cc_.emit(dtype == DType::kFloat64 ? Inst::kIdVcmppd : Inst::kIdVcmpps, mask, a, b, imm(predicate));
    return mask;
  }
  return dtype == DType::kFloat64 ? Binary(Inst::kIdVcmppd, Inst::kIdCmppd, a, b, predicate)
                                  : Binary(Inst::kIdVcmpps, Inst::kIdCmpps, a, b, predicate);
}
X64Emitter::Mask X64Emitter::Unordered(DType dtype, const Vec& a) { return Compare(dtype, a, a, kUnord); }

X64Emitter::Mask X64Emitter::FloatCompare(Op op, DType dtype, const Vec& a, const Vec& b) {
  const int predicate = op == Op::kEqual                        ? kEq
                        : op == Op::kNotEqual                   ? kNeq
                        : op == Op::kLess || op == Op::kGreater ? kLt
                                                                : kLe;
  const bool swap = op == Op::kGreater || op == Op::kGreaterEqual;
  return ToSlot(dtype, Compare(dtype, swap ? b : a, swap ? a : b, predicate));
}

bool X64Emitter::FloatOp(Op op, DType dtype, std::span<const Vector> x, Vector* result) {
  const Vector& y = x.size() > 1 ? x[1] : x[0];
  if (op == Op::kFma) {
    if (!has_fma()) return false;
    result->reg = EmitFused(FusedForm::kProductPlus, x[0], x[1], x[2], 0).reg;
    return true;
  }
  if (IsComparison(op)) {
    result->reg = FloatComparison(op, dtype, x[0], y);
    return true;
  }
  const Vec a = Use(x[0]);
  if (FloatArithmetic(op, dtype == DType::kFloat64, a, y, &result->reg)) return true;
  const Vec b = Use(y);
  return FloatExtreme(op, dtype, a, b, &result->reg) || FloatShape(op, dtype, a, b, &result->reg);
}

X64Emitter::Mask X64Emitter::FloatComparison(Op op, DType dtype, const Vector& x, const Vector& y) {
  if (!y.in_memory() && !x.in_memory()) return FloatCompare(op, dtype, Use(x), Use(y));
  // With the constant last, the other way round if need be.
  const bool turn = x.in_memory();
  const auto either = [turn](int straight, int turned) { return turn ? turned : straight; };
  const int predicate = op == Op::kEqual       ? kEq
                        : op == Op::kNotEqual  ? kNeq
                        : op == Op::kLess      ? either(kLt, kGt)
                        : op == Op::kLessEqual ? either(kLe, kGe)
                        : op == Op::kGreater   ? either(kGt, kLt)
                                               : either(kGe, kLe);
  return ToSlot(dtype, Compare(dtype, Use(turn ? y : x), UseLast(turn ? x : y), predicate));
}

bool X64Emitter::FloatArithmetic(Op op, bool f64, const Vec& a, const Vector& y, Reg* result) {
  const DType dtype = f64 ? DType::kFloat64 : DType::kFloat32;
  const auto pick = [&](Id avx64, Id sse64, Id avx32, Id sse32, const Vec& p, const Operand_& q) {
    *result = f64 ? Binary(avx64, sse64, p, q) : Binary(avx32, sse32, p, q);
    return true;
  };
  const auto rounded = [&](int mode) {
    *result = f64 ? UnaryImmediate(Inst::kIdVroundpd, Inst::kIdRoundpd, a, mode)
                  : UnaryImmediate(Inst::kIdVroundps, Inst::kIdRoundps, a, mode);
    return true;
  };
  switch (op) {
    case Op::kAdd:
      return pick(Inst::kIdVaddpd, Inst::kIdAddpd, Inst::kIdVaddps, Inst::kIdAddps, a, UseLast(y));
    case Op::kSub:
      return pick(Inst::kIdVsubpd, Inst::kIdSubpd, Inst::kIdVsubps, Inst::kIdSubps, a, UseLast(y));
    case Op::kMul:
      return pick(Inst::kIdVmulpd, Inst::kIdMulpd, Inst::kIdVmulps, Inst::kIdMulps, a, UseLast(y));
    case Op::kSquare:
      return pick(Inst::kIdVmulpd, Inst::kIdMulpd, Inst::kIdVmulps, Inst::kIdMulps, a, a);
    case Op::kDiv:
      return pick(Inst::kIdVdivpd, Inst::kIdDivpd, Inst::kIdVdivps, Inst::kIdDivps, a, UseLast(y));
    case Op::kReciprocal:
      return pick(Inst::kIdVdivpd, Inst::kIdDivpd, Inst::kIdVdivps, Inst::kIdDivps,
                  Pattern(Bytes(dtype), OneOf(dtype), ItemSize(dtype)), a);
    case Op::kSqrt:
      *result = f64 ? Unary(Inst::kIdVsqrtpd, Inst::kIdSqrtpd, a, Bytes(dtype))
                    : Unary(Inst::kIdVsqrtps, Inst::kIdSqrtps, a, Bytes(dtype));
      return true;
    case Op::kRint:
      return rounded(8);  // bit 3: without the inexact exception
    case Op::kFloor:
      return rounded(9);
    case Op::kCeil:
      return rounded(10);
    case Op::kTrunc:
      return rounded(11);
    default:
      return false;
  }
}

bool X64Emitter::FloatExtreme(Op op, DType dtype, const Vec& a, const Vec& b, Reg* result) {
  const bool f64 = dtype == DType::kFloat64;
  switch (op) {
    case Op::kMaximum:
    case Op::kMinimum: {
      const bool max = op == Op::kMaximum;
      const Vec extreme =
          f64 ? Binary(max ? Inst::kIdVmaxpd : Inst::kIdVminpd, max ? Inst::kIdMaxpd : Inst::kIdMinpd, a, b)
              : Binary(max ? Inst::kIdVmaxps : Inst::kIdVminps, max ? Inst::kIdMaxps : Inst::kIdMinps, a, b);
      *result = Blend(dtype, extreme, a, Unordered(dtype, a));  // the instruction forgets a NaN on the left
      return true;
    }
    case Op::kFmax:
    case Op::kFmin: {
      const Mask left = op == Op::kFmax ? Compare(dtype, b, a, kLe) : Compare(dtype, a, b, kLe);
      *result = Blend(dtype, b, a, Logic(MaskLogic::kOr, left, Unordered(dtype, b)));
      return true;
    }
    default:
      return false;
  }
}

// What looks at or changes parts of the representation.
bool X64Emitter::FloatShape(Op op, DType dtype, const Vec& a, const Vec& b, Reg* result) {
  const int bytes = Bytes(dtype);
  const int width = ItemSize(dtype);
  const uint64_t sign = SignBitOf(dtype);
  const auto absolute = [&] {
    return Binary(Inst::kIdVpand, Inst::kIdPand, a, PatternAt(bytes, sign - 1, width));
  };
  const auto infinity = [&] {
    return Pattern(bytes, dtype == DType::kFloat64 ? 0x7ff0000000000000u : 0x7f800000u, width);
  };
  switch (op) {
    case Op::kNeg:
      *result = Binary(kVpxor, kPxor, a, PatternAt(bytes, sign, width));
      return true;
    case Op::kAbs:
      *result = absolute();
      return true;
    case Op::kSign:
      *result = FloatSign(dtype, a);
      return true;
    case Op::kCopySign:
      if (avx512()) {
        *result = Copy({a, dtype}).reg;
        cc_.emit(Inst::kIdVpternlogq, result->as<Vec>(), b, PatternAt(bytes, sign, width), imm(0xd8));
        return true;
      }
      *result = Binary(Inst::kIdVpor, Inst::kIdPor, absolute(),
                       Binary(Inst::kIdVpand, Inst::kIdPand, b, PatternAt(bytes, sign, width)));
      return true;
    case Op::kIsNan:
      *result = ToSlot(dtype, Unordered(dtype, a));
      return true;
    case Op::kIsInf:
      *result = FloatCompare(Op::kEqual, dtype, absolute(), infinity());
      return true;
    case Op::kIsFinite:
      *result = FloatCompare(Op::kLess, dtype, absolute(), infinity());
      return true;
    case Op::kSignBit:
      *result = ToSlot(dtype, SignMask(dtype, a));
      return true;
    default:
      return false;
  }
}

X64Emitter::Vec X64Emitter::FloatSign(DType dtype, const Vec& a) {
  const int bytes = Bytes(dtype);
  const x86::Mem one = PatternAt(bytes, OneOf(dtype), ItemSize(dtype));
  const Vec zero = Zero(bytes);
  const Vec up = Where(dtype, Compare(dtype, zero, a, kLt), one);
  const Vec down = Where(dtype, Compare(dtype, a, zero, kLt), one);
  const Vec sign = dtype == DType::kFloat64 ? Binary(Inst::kIdVsubpd, Inst::kIdSubpd, up, down)
                                            : Binary(Inst::kIdVsubps, Inst::kIdSubps, up, down);
  return Blend(dtype, sign, a, Unordered(dtype, a));
}

}  // namespace lathe
