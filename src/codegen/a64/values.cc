// Values of the AArch64 emitter: registers and constants, loads and stores of consecutive elements.
#include <array>

#include "src/codegen/a64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

}  // namespace

A64Emitter::Vec A64Emitter::New() {
  // With a name given asmjit need not make one up, which would take longer than all the rest.
  Vec reg;
  cc_._newReg(&reg, TypeId::kInt32x4, "v");
  return reg;
}

A64Emitter::Vec A64Emitter::Whole(const Vec& reg, int width) {
  if (width == 8) return reg.d2();
  if (width == 4) return reg.s4();
  return width == 2 ? reg.h8() : reg.b16();
}
A64Emitter::Vec A64Emitter::Half(const Vec& reg, int width) {
  if (width == 4) return reg.s2();
  return width == 2 ? reg.h4() : reg.b8();
}
A64Emitter::Vec A64Emitter::Scalar(const Vec& reg, int bytes) {
  if (bytes == 16) return reg.q();
  if (bytes == 8) return reg.d();
  if (bytes == 4) return reg.s();
  if (bytes == 2) return reg.h();
  return reg.b();
}
A64Emitter::Vec A64Emitter::Lane(const Vec& reg, int width, int lane) {
  const auto index = static_cast<uint32_t>(lane);
  if (width == 8) return reg.d(index);
  if (width == 4) return reg.s(index);
  return width == 2 ? reg.h(index) : reg.b(index);
}

A64Emitter::Vec A64Emitter::Unary(Id id, const Vec& a, int width) {
  const Vec dst = New();
  cc_.emit(id, Whole(dst, width), Whole(a, width));
  return dst;
}
A64Emitter::Vec A64Emitter::Binary(Id id, const Vec& a, const Vec& b, int width) {
  const Vec dst = New();
  cc_.emit(id, Whole(dst, width), Whole(a, width), Whole(b, width));
  return dst;
}
A64Emitter::Vec A64Emitter::WithImmediate(Id id, const Vec& a, int64_t immediate, int width) {
  const Vec dst = New();
  cc_.emit(id, Whole(dst, width), Whole(a, width), imm(immediate));
  return dst;
}
A64Emitter::Vec A64Emitter::Not(const Vec& a) { return Unary(Inst::kIdMvn_v, a, 1); }
A64Emitter::Vec A64Emitter::Copied(const Vec& a) { return Unary(Inst::kIdMov_v, a, 1); }

A64Emitter::Vec A64Emitter::Zero() {
  const Vec dst = New();
  cc_.movi(dst.d2(), imm(0));
  return dst;
}
A64Emitter::Vec A64Emitter::Ones() {
  const Vec dst = New();
  cc_.movi(dst.d2(), imm(-1));
  return dst;
}
A64Emitter::Vec A64Emitter::Pattern(uint64_t bits, int width) {
  if (bits == 0) return Zero();
  const uint64_t word = width == 8 ? bits : (bits & 0xffffffffu) * 0x100000001u;
  const std::array<uint64_t, 2> words = {word, word};
  const Vec dst = New();
  cc_.ldr(dst.q(), cc_.newConst(ConstPoolScope::kLocal, words.data(), sizeof words));
  return dst;
}
A64Emitter::Vec A64Emitter::SplatGp(const Gp& value, int width) {
  const Vec dst = New();
  if (width == 8) {
    cc_.dup(dst.d2(), value.x());
  } else {
    cc_.dup(dst.s4(), value.w());
  }
  return dst;
}

A64Emitter::Vec A64Emitter::Widened(const Vec& a, bool is_signed, int width) {
  const Vec dst = New();
  cc_.emit(is_signed ? Inst::kIdSxtl_v : Inst::kIdUxtl_v, Whole(dst, width), Half(a, width / 2));
  return dst;
}
A64Emitter::Vec A64Emitter::Narrowed(const Vec& a, int width) {
  const Vec dst = New();
  cc_.xtn(Half(dst, width), Whole(a, 2 * width));
  return dst;
}

// Brings the 32-bit lanes of a narrow integer back into its range, as wrapping does.
A64Emitter::Vec A64Emitter::Normalised(DType dtype, const Vec& value) {
  if (ItemSize(dtype) >= 4) return value;
  const int count = 32 - 8 * ItemSize(dtype);
  const Vec up = WithImmediate(Inst::kIdShl_v, value, count, 4);
  return WithImmediate(IsSigned(dtype) ? Inst::kIdSshr_v : Inst::kIdUshr_v, up, count, 4);
}

A64Vector A64Emitter::SplatConstant(DType dtype, uint64_t bits) {
  if (IsBool(dtype)) return {bits != 0 ? Ones() : Zero(), dtype};
  const int shift = 64 - 8 * ItemSize(dtype);
  if (ItemSize(dtype) < 4) {
    bits = IsSigned(dtype) ? static_cast<uint64_t>(static_cast<int64_t>(bits << shift) >> shift)
                           : bits << shift >> shift;
  }
  return {Pattern(bits, Width(dtype)), dtype};
}

// An element in a general register, extended by its sign.
A64Emitter::Gp A64Emitter::LoadInteger(DType dtype, const Memory& from) {
  const Gp value = cc_.newInt64();
  switch (ItemSize(dtype)) {
    case 1:
      IsSigned(dtype) ? cc_.ldrsb(value.w(), from) : cc_.ldrb(value.w(), from);
      break;
    case 2:
      IsSigned(dtype) ? cc_.ldrsh(value.w(), from) : cc_.ldrh(value.w(), from);
      break;
    case 4:
      cc_.ldr(value.w(), from);
      break;
    default:
      cc_.ldr(value.x(), from);
  }
  return value;
}
void A64Emitter::StoreInteger(const Gp& value, int bytes, const Memory& to) {
  if (bytes == 1) {
    cc_.strb(value.w(), to);
  } else if (bytes == 2) {
    cc_.strh(value.w(), to);
  } else if (bytes == 4) {
    cc_.str(value.w(), to);
  } else {
    cc_.str(value.x(), to);
  }
}

A64Vector A64Emitter::Splat(DType dtype, const Memory& memory) {
  const int width = Width(dtype);
  if (ItemSize(dtype) < 4) {
    const Vec splat = SplatGp(LoadInteger(dtype, memory), width);
    return {IsBool(dtype) ? Unary(Inst::kIdNeg_v, splat, width) : splat, dtype};
  }
  const Vec dst = New();
  cc_.ldr(Scalar(dst, width), memory);
  cc_.dup(Whole(dst, width), Lane(dst, width, 0));
  return {dst, dtype};
}

A64Vector A64Emitter::Load(DType dtype, const Memory& memory) {
  const int item = ItemSize(dtype);
  Vec value = New();
  cc_.ldr(Scalar(value, lanes_ * item), memory);
  if (IsBool(dtype)) return {LoadMask(value), dtype};
  for (int width = 2 * item; width <= 4; width *= 2) value = Widened(value, IsSigned(dtype), width);
  return {value, dtype};
}

// The elements of a value densely in the low end of a register.
A64Emitter::Vec A64Emitter::Packed(const A64Vector& value) {
  if (IsBool(value.dtype)) return PackedMask(value.reg);
  Vec packed = value.reg;
  for (int width = 2; width >= ItemSize(value.dtype); width /= 2) packed = Narrowed(packed, width);
  return packed;
}

void A64Emitter::Store(const Memory& memory, const A64Vector& value) {
  cc_.str(Scalar(Packed(value), lanes_ * ItemSize(value.dtype)), memory);
}

A64Vector A64Emitter::SplatCounter(const Word& start) { return {SplatGp(start, 8), DType::kInt64}; }

A64Vector A64Emitter::CounterAt(const A64Vector& splat, int64_t first) {
  if (lanes_ == 1 && first == 0) return splat;
  const std::array<int64_t, 2> steps = {first, first + 1};
  const Vec dst = New();
  cc_.ldr(dst.q(), cc_.newConst(ConstPoolScope::kLocal, steps.data(), sizeof steps));
  return {Binary(Inst::kIdAdd_v, splat.reg, dst, 8), DType::kInt64};
}

void A64Emitter::Assign(const A64Vector& variable, const A64Vector& value) {
  cc_.mov(variable.reg.b16(), value.reg.b16());
}

void A64Emitter::Replace(const A64Vector& variable, const A64Vector& value) {
  BaseNode* const last = cc_.cursor();
  InstNode* const instruction = last->isInst() ? last->as<InstNode>() : nullptr;
  const bool made = instruction && instruction->opCount() > 1 && instruction->op(0).isReg() &&
                    instruction->op(0).id() == value.reg.id();
  if (!made) return Assign(variable, value);
  InstRWInfo access;
  InstAPI::queryRWInfo(cc_.arch(), instruction->baseInst(), instruction->operands(), instruction->opCount(),
                       &access);
  if (!access.operand(0).isWriteOnly()) return Assign(variable, value);
  instruction->op(0).as<Vec>().setId(variable.reg.id());
}

}  // namespace lathe
