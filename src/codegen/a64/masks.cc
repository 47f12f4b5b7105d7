// Bools of the AArch64 emitter: vectors of `slot` bytes a lane, all ones or zeros.
#include "src/codegen/a64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

}  // namespace

A64Emitter::Vec A64Emitter::Choose(const Vec& mask, const Vec& if_true, const Vec& if_false) {
  cc_.bsl(mask.b16(), if_true.b16(), if_false.b16());
  return mask;
}

// The constant where the mask is set, else 0.
A64Emitter::Vec A64Emitter::Where(const Vec& mask, uint64_t bits, int width) {
  return Bitwise(Inst::kIdAnd_v, mask, Pattern(bits, width));
}

// A mask of slot width as wide as the lanes of the dtype, and back.
A64Emitter::Vec A64Emitter::MaskFor(DType dtype, const Vec& mask) {
  return slot_ == 8 && Width(dtype) == 4 ? Narrowed(mask, 4) : mask;
}
A64Emitter::Vec A64Emitter::ToSlot(DType dtype, const Vec& mask) {
  return slot_ == 8 && LaneBytes(dtype) == 4 ? Widened(mask, true, 8) : mask;
}

// Of the bytes 0 and 1 in the low end of a register, and the way back.
A64Emitter::Vec A64Emitter::LoadMask(const Vec& bytes) {
  Vec ones = bytes;
  for (int width = 2; width <= slot_; width *= 2) ones = Widened(ones, false, width);
  return Unary(Inst::kIdNeg_v, ones, slot_);
}
A64Emitter::Vec A64Emitter::PackedMask(const Vec& mask) {
  Vec packed = mask;
  for (int width = slot_ / 2; width >= 1; width /= 2) packed = Narrowed(packed, width);
  return Unary(Inst::kIdNeg_v, packed, 1);
}

// Of four lanes the smallest or largest; one lane, or two in 8 bytes, as they are.
A64Emitter::Gp A64Emitter::BitsOf(const A64Vector& mask, bool smallest) {
  const Gp bits = cc_.newInt64();
  if (lanes_ * slot_ == 8) {
    cc_.umov(bits.x(), mask.reg.d(0));
    return bits.x();
  }
  Vec lanes = mask.reg;
  if (lanes_ > 1) {
    lanes = New();
    smallest ? cc_.uminv(lanes.s(), mask.reg.s4()) : cc_.umaxv(lanes.s(), mask.reg.s4());
  }
  cc_.umov(bits.w(), lanes.s(0));
  return bits.w();
}
void A64Emitter::JumpIfNone(const A64Vector& mask, const Label& label) {
  cc_.cbz(BitsOf(mask, false), label);
}
void A64Emitter::JumpIfAll(const A64Vector& mask, const Label& label) {
  const Gp bits = BitsOf(mask, true);
  cc_.mvn(bits, bits);
  cc_.cbz(bits, label);
}

void A64Emitter::AssignWhere(const A64Vector& variable, const A64Vector& value, const A64Vector& mask) {
  const Vec lanes = MaskFor(variable.dtype, mask.reg);
  cc_.emit(Inst::kIdBit_v, variable.reg.b16(), value.reg.b16(), lanes.b16());
}

void A64Emitter::KeepOrdered(const A64Vector& mask, const A64Vector& x, const A64Vector& y) {
  const int width = ItemSize(x.dtype);
  Vec ordered = IsNumber(x.reg, width);
  if (y.reg.id() != x.reg.id()) ordered = Bitwise(Inst::kIdAnd_v, ordered, IsNumber(y.reg, width));
  const Vec lanes = ToSlot(x.dtype, ordered);
  cc_.and_(mask.reg.b16(), mask.reg.b16(), lanes.b16());
}

bool A64Emitter::MaskOp(Op op, std::span<const A64Vector> x, Vec* result) {
  const Vec& a = x[0].reg;
  const Vec& b = x.size() > 1 ? x[1].reg : a;
  switch (op) {
    case Op::kLogicalAnd:
    case Op::kBitAnd:
    case Op::kMinimum:
    case Op::kFmin:
      *result = Bitwise(Inst::kIdAnd_v, a, b);
      return true;
    case Op::kLogicalOr:
    case Op::kBitOr:
    case Op::kMaximum:
    case Op::kFmax:
      *result = Bitwise(Inst::kIdOrr_v, a, b);
      return true;
    case Op::kLogicalXor:
    case Op::kBitXor:
    case Op::kNotEqual:
      *result = Bitwise(Inst::kIdEor_v, a, b);
      return true;
    case Op::kEqual:
      *result = Not(Bitwise(Inst::kIdEor_v, a, b));
      return true;
    case Op::kLess:
      *result = Bitwise(Inst::kIdBic_v, b, a);
      return true;
    case Op::kGreater:
      *result = Bitwise(Inst::kIdBic_v, a, b);
      return true;
    case Op::kLessEqual:
      *result = Bitwise(Inst::kIdOrn_v, b, a);
      return true;
    case Op::kGreaterEqual:
      *result = Bitwise(Inst::kIdOrn_v, a, b);
      return true;
    case Op::kLogicalNot:
    case Op::kInvert:
      *result = Not(a);
      return true;
    case Op::kAbs:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      *result = a;
      return true;
    default:
      return false;
  }
}

}  // namespace lathe
