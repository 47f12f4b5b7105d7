// What AVX-512 has instructions for that the lower levels put together from several. Each function says
// false, or gives no register, where the common text does well.
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

// Predicates of integer compare instructions.
int PredicateOf(Op op) {
  switch (op) {
    case Op::kEqual:
      return 0;
    case Op::kLess:
      return 1;
    case Op::kLessEqual:
      return 2;
    case Op::kNotEqual:
      return 4;
    case Op::kGreaterEqual:
      return 5;
    default:
      return 6;  // greater
  }
}

}  // namespace

X64Emitter::Mask X64Emitter::Avx512IntegerMask(Op op, DType dtype, const Vec& a, const Vec& b) {
  const bool wide = LaneBytes(dtype) == 8;
  const bool is_signed = !IsUnsigned(dtype) || ItemSize(dtype) < 4;
  const Id id =
      is_signed ? (wide ? Inst::kIdVpcmpq : Inst::kIdVpcmpd) : (wide ? Inst::kIdVpcmpuq : Inst::kIdVpcmpud);
  const x86::KReg mask = NewMask();
  cc_.emit(id, mask, a, b, imm(PredicateOf(op)));
  return mask;
}

// Of 8-byte lanes.
bool X64Emitter::Avx512Integer(Op op, DType dtype, const Vec& a, const Vector& y,
                               std::optional<uint64_t> shift, Reg* result) {
  if (LaneBytes(dtype) != 8) return false;
  const bool is_signed = IsSigned(dtype);
  const auto with = [&](Id id, const Operand& b) {
    *result = Binary(id, 0, a, b);
    return true;
  };
  switch (op) {
    case Op::kMul:
      return with(Inst::kIdVpmullq, UseLast(y));
    case Op::kSquare:
      return with(Inst::kIdVpmullq, a);
    case Op::kMaximum:
    case Op::kFmax:
      return with(is_signed ? Inst::kIdVpmaxsq : Inst::kIdVpmaxuq, UseLast(y));
    case Op::kMinimum:
    case Op::kFmin:
      return with(is_signed ? Inst::kIdVpminsq : Inst::kIdVpminuq, UseLast(y));
    case Op::kAbs:
      if (!is_signed) return false;
      *result = Unary(Inst::kIdVpabsq, 0, a, BytesOf(a));
      return true;
    case Op::kSign: {
      const Vec low = is_signed ? Binary(Inst::kIdVpmaxsq, 0, a, Ones(BytesOf(a))) : a;
      const x86::Mem one = PatternAt(BytesOf(a), 1, 8);
      *result = Binary(is_signed ? Inst::kIdVpminsq : Inst::kIdVpminuq, 0, low, one);
      return true;
    }
    case Op::kShiftRight:
      if (!is_signed) return false;
      if (!shift || *shift >= 64) return with(Inst::kIdVpsravq, UseLast(y));
      *result = ShiftBy(Inst::kIdVpsraq, 0, a, static_cast<int>(*shift));
      return true;
    default:
      return false;
  }
}

// Conversions between floats and 8-byte integers. What does not fit gives the smallest integer, as the
// scalar instructions do; those to unsigned integers would give the largest.
bool X64Emitter::Avx512Cast(DType from, DType to, const Vec& a, Reg* result) {
  const auto with = [&](Id id) {
    *result = Unary(id, 0, a, Bytes(to));
    return true;
  };
  const bool f64 = to == DType::kFloat64;
  if (f64 || to == DType::kFloat32) {
    if (from == DType::kInt64) return with(f64 ? Inst::kIdVcvtqq2pd : Inst::kIdVcvtqq2ps);
    if (from == DType::kUInt64) return with(f64 ? Inst::kIdVcvtuqq2pd : Inst::kIdVcvtuqq2ps);
    if (from == DType::kUInt32) return with(f64 ? Inst::kIdVcvtudq2pd : Inst::kIdVcvtudq2ps);
    return false;
  }
  if (to != DType::kInt64) return false;
  if (from == DType::kFloat64) return with(Inst::kIdVcvttpd2qq);
  return from == DType::kFloat32 && with(Inst::kIdVcvttps2qq);
}

}  // namespace lathe
