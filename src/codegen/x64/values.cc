// Values of the x86-64 emitter: registers and constants, loads and stores of every dtype and stride.
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

// The low `bytes` of a register.
x86::Gp PartOf(const x86::Gp& value, int bytes) {
  if (bytes == 8) return value.r64();
  if (bytes == 4) return value.r32();
  if (bytes == 2) return value.r16();
  return value.r8();
}

x86::Mem At(const x86::Gp& base, int bytes) { return x86::ptr(base, 0, static_cast<uint32_t>(bytes)); }

}  // namespace

X64Emitter::Vec X64Emitter::New(int bytes) {
  // With a name given asmjit need not make one up, which would take longer than all the rest.
  Vec reg;
  cc_._newReg(&reg, bytes > 16 ? TypeId::kInt32x8 : TypeId::kInt32x4, "v");
  return reg;
}

X64Emitter::Vec X64Emitter::Use(const Vector& value) {
  const int bytes = Bytes(value.dtype);
  if (value.in_memory()) return Unary(Inst::kIdVmovups, 0, UseLast(value), bytes);
  return bytes > 16 ? value.reg : value.reg.xmm();
}

Operand X64Emitter::UseLast(const Vector& value) {
  if (!value.in_memory()) return Use(value);
  x86::Mem memory = value.memory;
  memory.setSize(Bytes(value.dtype) > 16 ? 32 : 16);
  return memory;
}

Vector X64Emitter::ConstantInMemory(DType dtype, uint64_t bits) {
  const int item = ItemSize(dtype);
  if (!avx_ || item < 4 || bits == 0) return {};
  return {{}, dtype, PatternAt(32, bits, item)};
}

X64Emitter::Vec X64Emitter::Binary(Id avx, Id sse, const Vec& a, const Operand_& b) {
  const Vec dst = NewLike(a);
  if (avx_) {
    cc_.emit(avx, dst, a, b);
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, b);
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Binary(Id avx, Id sse, const Vec& a, const Operand_& b, int immediate) {
  const Vec dst = NewLike(a);
  if (avx_) {
    cc_.emit(avx, dst, a, b, imm(immediate));
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, b, imm(immediate));
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Unary(Id avx, Id sse, const Operand_& a, int bytes) {
  const Vec dst = New(bytes);
  cc_.emit(avx_ ? avx : sse, dst, a);
  return dst;
}

X64Emitter::Vec X64Emitter::UnaryImmediate(Id avx, Id sse, const Vec& a, int immediate) {
  const Vec dst = NewLike(a);
  cc_.emit(avx_ ? avx : sse, dst, a, imm(immediate));
  return dst;
}

X64Emitter::Vec X64Emitter::ShiftBy(Id avx, Id sse, const Vec& a, int count) {
  const Vec dst = NewLike(a);
  if (avx_) {
    cc_.emit(avx, dst, a, imm(count));
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, imm(count));
  }
  return dst;
}

x86::Mem X64Emitter::PatternAt(int bytes, uint64_t bits, int width) {
  const uint64_t word = width == 8 ? bits : (bits & 0xffffffffu) * 0x100000001u;
  const uint64_t words[4] = {word, word, word, word};
  return cc_.newConst(ConstPoolScope::kLocal, words, bytes > 16 ? 32 : 16);
}

X64Emitter::Vec X64Emitter::Pattern(int bytes, uint64_t bits, int width) {
  return Unary(Inst::kIdVmovups, Inst::kIdMovups, PatternAt(bytes, bits, width), bytes);
}

X64Emitter::Vec X64Emitter::Zero(int bytes) {
  const Vec dst = New(bytes);
  if (avx_) {
    cc_.emit(Inst::kIdVpxor, dst, dst, dst);
  } else {
    cc_.emit(Inst::kIdPxor, dst, dst);
  }
  return dst;
}
X64Emitter::Vec X64Emitter::Ones(int bytes) {
  const Vec dst = New(bytes);
  if (avx_) {
    cc_.emit(Inst::kIdVpcmpeqd, dst, dst, dst);
  } else {
    cc_.emit(Inst::kIdPcmpeqd, dst, dst);
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Blend(const Vec& if_false, const Vec& if_true, const Vec& mask) {
  if (avx_) {
    const Vec dst = NewLike(if_false);
    cc_.emit(Inst::kIdVpblendvb, dst, if_false, if_true, mask);
    return dst;
  }
  const Vec left = Binary(0, Inst::kIdPand, if_true, mask);
  const Vec right = Binary(0, Inst::kIdPandn, mask, if_false);
  return Binary(0, Inst::kIdPor, left, right);
}

X64Emitter::Vec X64Emitter::High(const Vec& a) {
  const Vec high = cc_.newXmm();
  cc_.emit(Inst::kIdVextracti128, high, a, imm(1));
  return high;
}

X64Emitter::Vec X64Emitter::Widen(const Vec& mask) {
  return Unary(Inst::kIdVpmovsxdq, Inst::kIdPmovsxdq, mask.xmm(), lanes_ * 8);
}
X64Emitter::Vec X64Emitter::Narrow(const Vec& mask) {
  if (mask.isYmm()) return Binary(Inst::kIdVshufps, Inst::kIdShufps, mask.xmm(), High(mask), 0x88);
  return Binary(Inst::kIdVshufps, Inst::kIdShufps, mask, mask, 0x88);
}

// Brings the 32-bit lanes of a narrow integer back into its range, as wrapping does.
X64Emitter::Vec X64Emitter::Normalised(DType dtype, const Vec& value) {
  if (ItemSize(dtype) >= 4) return value;
  const int count = 32 - 8 * ItemSize(dtype);
  const Vec up = ShiftBy(Inst::kIdVpslld, Inst::kIdPslld, value, count);
  return IsSigned(dtype) ? ShiftBy(Inst::kIdVpsrad, Inst::kIdPsrad, up, count)
                         : ShiftBy(Inst::kIdVpsrld, Inst::kIdPsrld, up, count);
}

Vector X64Emitter::SplatConstant(DType dtype, uint64_t bits) {
  if (IsBool(dtype)) bits = bits != 0 ? ~uint64_t{0} : 0;
  const int shift = 64 - 8 * ItemSize(dtype);
  if (ItemSize(dtype) < 4 && !IsBool(dtype)) {
    bits = IsSigned(dtype) ? static_cast<uint64_t>(static_cast<int64_t>(bits << shift) >> shift)
                           : bits << shift >> shift;
  }
  const int bytes = Bytes(dtype);
  if (bits == 0) return {Zero(bytes), dtype};
  if (!avx_) return {Pattern(bytes, bits, Width(dtype)), dtype};
  const bool wide = Width(dtype) == 8;
  const x86::Mem memory = cc_.newConst(ConstPoolScope::kLocal, &bits, wide ? 8 : 4);
  return {Unary(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, 0, memory, bytes), dtype};
}

Vector X64Emitter::Splat(DType dtype, const x86::Mem& memory) {
  const int item = ItemSize(dtype);
  const bool wide = Width(dtype) == 8;
  x86::Mem address = memory;
  address.setSize(static_cast<uint32_t>(item));
  if (avx_ && item >= 4)
    return {Unary(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, 0, address, Bytes(dtype)), dtype};
  const Vec dst = New(Bytes(dtype));
  const x86::Gp value = cc_.newInt64();
  if (item < 4) {
    cc_.emit(IsSigned(dtype) ? Inst::kIdMovsx : Inst::kIdMovzx, value.r32(), address);
  } else {
    cc_.mov(PartOf(value, item), address);
  }
  if (IsBool(dtype)) cc_.neg(value);
  const x86::Gp part = PartOf(value, wide ? 8 : 4);
  if (avx_) {
    cc_.emit(wide ? Inst::kIdVmovq : Inst::kIdVmovd, dst.xmm(), part);
    cc_.emit(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, dst, dst.xmm());
  } else {
    cc_.emit(wide ? Inst::kIdMovq : Inst::kIdMovd, dst, part);
    cc_.emit(Inst::kIdPshufd, dst, dst, imm(wide ? 0x44 : 0));
  }
  return {dst, dtype};
}

// Moves 4, 8, 16 or 32 bytes between memory and the low end of a register.
X64Emitter::Id X64Emitter::MoveId(int bytes) const {
  if (bytes == 4) return avx_ ? Inst::kIdVmovd : Inst::kIdMovd;
  if (bytes == 8) return avx_ ? Inst::kIdVmovq : Inst::kIdMovq;
  return avx_ ? Inst::kIdVmovups : Inst::kIdMovups;
}

Vector X64Emitter::Load(DType dtype, const x86::Mem& memory) {
  x86::Mem address = memory;
  const int item = ItemSize(dtype);
  const int bytes = lanes_ * item;
  address.setSize(static_cast<uint32_t>(bytes));
  if (item >= 4) {
    const Vec dst = New(bytes);
    cc_.emit(MoveId(bytes), dst, address);
    return {dst, dtype};
  }
  // Narrow elements: their bytes into a register, then extended to lanes.
  const Vec packed = cc_.newXmm();
  if (bytes <= 2) {
    const x86::Gp value = cc_.newInt32();
    cc_.movzx(value, address);
    cc_.emit(MoveId(4), packed, value);
  } else {
    cc_.emit(MoveId(bytes), packed, address);
  }
  const int wide = Bytes(dtype);
  if (IsBool(dtype)) {
    if (slot_ == 8) {
      const Vec ones = Unary(Inst::kIdVpmovzxbq, Inst::kIdPmovzxbq, packed, wide);
      return {Binary(Inst::kIdVpsubq, Inst::kIdPsubq, Zero(wide), ones), dtype};
    }
    const Vec ones = Unary(Inst::kIdVpmovzxbd, Inst::kIdPmovzxbd, packed, wide);
    return {Binary(Inst::kIdVpsubd, Inst::kIdPsubd, Zero(wide), ones), dtype};
  }
  if (item == 1) {
    return {IsSigned(dtype) ? Unary(Inst::kIdVpmovsxbd, Inst::kIdPmovsxbd, packed, wide)
                            : Unary(Inst::kIdVpmovzxbd, Inst::kIdPmovzxbd, packed, wide),
            dtype};
  }
  return {IsSigned(dtype) ? Unary(Inst::kIdVpmovsxwd, Inst::kIdPmovsxwd, packed, wide)
                          : Unary(Inst::kIdVpmovzxwd, Inst::kIdPmovzxwd, packed, wide),
          dtype};
}

// The elements of a value densely in the low end of a register.
X64Emitter::Vec X64Emitter::Packed(const Vector& value) {
  const DType dtype = value.dtype;
  Vec packed = Use(value);
  if (ItemSize(dtype) >= 4) return packed;
  if (IsBool(dtype)) {
    if (slot_ == 8) packed = Narrow(packed);
    packed = ShiftBy(Inst::kIdVpsrld, Inst::kIdPsrld, packed, 31);
  }
  // 32-bit lanes to 16 bits, then to 8 if need be; the values are in range, so saturation does nothing.
  const Vec low = packed.xmm();
  const Vec high = packed.isYmm() ? High(packed) : low;
  packed = dtype == DType::kUInt16 ? Binary(Inst::kIdVpackusdw, Inst::kIdPackusdw, low, high)
                                   : Binary(Inst::kIdVpackssdw, Inst::kIdPackssdw, low, high);
  if (ItemSize(dtype) == 2) return packed;
  return IsSigned(dtype) ? Binary(Inst::kIdVpacksswb, Inst::kIdPacksswb, packed, packed)
                         : Binary(Inst::kIdVpackuswb, Inst::kIdPackuswb, packed, packed);
}

void X64Emitter::Store(const x86::Mem& memory, const Vector& value) {
  x86::Mem address = memory;
  const int bytes = lanes_ * ItemSize(value.dtype);
  address.setSize(static_cast<uint32_t>(bytes));
  const Vec packed = Packed(value);
  if (bytes <= 2) {
    const x86::Gp word = cc_.newInt32();
    cc_.emit(avx_ ? Inst::kIdVpextrd : Inst::kIdPextrd, word, packed, imm(0));
    cc_.mov(address, PartOf(word, bytes));
    return;
  }
  cc_.emit(MoveId(bytes), address, bytes <= 16 ? packed.xmm() : packed);
}

void X64Emitter::StreamingStore(const x86::Mem& memory, const Vector& value) {
  x86::Mem address = memory;
  address.setSize(static_cast<uint32_t>(lanes_ * ItemSize(value.dtype)));
  cc_.emit(avx_ ? Inst::kIdVmovntps : Inst::kIdMovntps, address, Use(value));
}

// Up to four elements of 4 or 8 bytes, from the first on, into an xmm (or, four of 8 bytes, a ymm).
X64Emitter::Vec X64Emitter::GatherQuads(DType dtype, const StridedPointer& from) {
  const x86::Mem second = x86::ptr(from.pointer, from.stride, 0, 0, static_cast<uint32_t>(ItemSize(dtype)));
  const x86::Mem third = x86::ptr(from.pointer, from.stride, 1, 0, static_cast<uint32_t>(ItemSize(dtype)));
  if (ItemSize(dtype) == 8) {
    const Vec low = Unary(Inst::kIdVmovsd, Inst::kIdMovsd, At(from.pointer, 8), 16);
    const Vec pair = Binary(Inst::kIdVmovhpd, Inst::kIdMovhpd, low, second);
    if (lanes_ == 2) return pair;
    const x86::Mem fourth = x86::ptr(from.pointer, from.three_strides, 0, 0, 8);
    const Vec high = Unary(Inst::kIdVmovsd, 0, third, 16);
    const Vec other = Binary(Inst::kIdVmovhpd, 0, high, fourth);
    const Vec dst = cc_.newYmm();
    cc_.emit(Inst::kIdVinsertf128, dst, pair.ymm(), other, imm(1));
    return dst;
  }
  Vec dst = Unary(Inst::kIdVmovss, Inst::kIdMovss, At(from.pointer, 4), 16);
  dst = Binary(Inst::kIdVinsertps, Inst::kIdInsertps, dst, second, 0x10);
  if (lanes_ == 2) return dst;
  const x86::Mem fourth = x86::ptr(from.pointer, from.three_strides, 0, 0, 4);
  dst = Binary(Inst::kIdVinsertps, Inst::kIdInsertps, dst, third, 0x20);
  return Binary(Inst::kIdVinsertps, Inst::kIdInsertps, dst, fourth, 0x30);
}

Vector X64Emitter::LoadStrided(DType dtype, const StridedPointer& from) {
  const int item = ItemSize(dtype);
  if (lanes_ == 1) return Load(dtype, x86::ptr(from.pointer));
  if (item >= 4 && lanes_ <= 4) return {GatherQuads(dtype, from), dtype};
  StridedPointer next = from;
  if (item == 4) {
    const Vec low = GatherQuads(dtype, from);
    next.pointer = cc_.newIntPtr();
    cc_.lea(next.pointer, x86::ptr(from.pointer, from.stride, 2));
    const Vec high = GatherQuads(dtype, next);
    const Vec dst = cc_.newYmm();
    cc_.emit(Inst::kIdVinsertf128, dst, low.ymm(), high, imm(1));
    return {dst, dtype};
  }
  // Narrow elements are gathered through the stack.
  const x86::Mem stack = cc_.newStack(kStackSlot, 32);
  next.pointer = cc_.newIntPtr();
  const x86::Gp value = cc_.newInt32();
  cc_.mov(next.pointer, from.pointer);
  for (int lane = 0; lane < lanes_; ++lane) {
    x86::Mem to = stack.cloneAdjusted(lane * item);
    to.setSize(static_cast<uint32_t>(item));
    cc_.movzx(value, At(next.pointer, item));
    cc_.mov(to, PartOf(value, item));
    if (lane + 1 < lanes_) cc_.add(next.pointer, from.stride);
  }
  return Load(dtype, stack);
}

void X64Emitter::StoreStrided(const StridedPointer& to, const Vector& value) {
  const int item = ItemSize(value.dtype);
  if (lanes_ == 1) return Store(x86::ptr(to.pointer), value);
  const Vec packed = Packed(value);
  const x86::Gp address = cc_.newIntPtr();
  cc_.mov(address, to.pointer);
  Vec part = packed.xmm();
  const int in_part = 16 / item;
  for (int lane = 0; lane < lanes_; ++lane) {
    if (lane == in_part) part = High(packed);
    const int at = lane % in_part;
    const x86::Mem element = At(address, item);
    if (item == 8) {
      cc_.emit(
          at == 0 ? (avx_ ? Inst::kIdVmovlps : Inst::kIdMovlps) : (avx_ ? Inst::kIdVmovhps : Inst::kIdMovhps),
          element, part);
    } else if (item == 4) {
      cc_.emit(avx_ ? Inst::kIdVextractps : Inst::kIdExtractps, element, part, imm(at));
    } else if (item == 2) {
      cc_.emit(avx_ ? Inst::kIdVpextrw : Inst::kIdPextrw, element, part, imm(at));
    } else {
      cc_.emit(avx_ ? Inst::kIdVpextrb : Inst::kIdPextrb, element, part, imm(at));
    }
    if (lane + 1 < lanes_) cc_.add(address, to.stride);
  }
}

void X64Emitter::AdvanceStrided(const StridedPointer& pointer) {
  const uint32_t shift = lanes_ == 8 ? 3 : lanes_ == 4 ? 2 : lanes_ == 2 ? 1 : 0;
  cc_.lea(pointer.pointer, x86::ptr(pointer.pointer, pointer.stride, shift));
}

Vector X64Emitter::SplatCounter(const x86::Gp& start) {
  const Vec dst = New(lanes_ * 8);
  cc_.emit(MoveId(8), dst.xmm(), start);
  if (lanes_ == 1) return {dst, DType::kInt64};
  if (avx_) {
    cc_.emit(Inst::kIdVpbroadcastq, dst, dst.xmm());
  } else {
    cc_.emit(Inst::kIdPunpcklqdq, dst, dst);
  }
  return {dst, DType::kInt64};
}

Vector X64Emitter::CounterAt(const Vector& splat, int64_t first) {
  if (lanes_ == 1 && first == 0) return splat;
  const int64_t steps[4] = {first, first + 1, first + 2, first + 3};
  const x86::Mem memory = cc_.newConst(ConstPoolScope::kLocal, steps, lanes_ > 2 ? 32 : 16);
  return {Binary(Inst::kIdVpaddq, Inst::kIdPaddq, Use(splat), memory), DType::kInt64};
}

Vector X64Emitter::Copy(const Vector& value) {
  if (value.in_memory()) return {Use(value), value.dtype};
  const Vec dst = NewLike(Use(value));
  cc_.emit(avx_ ? Inst::kIdVmovaps : Inst::kIdMovaps, dst, Use(value));
  return {dst, value.dtype};
}
void X64Emitter::Assign(const Vector& variable, const Vector& value) {
  cc_.emit(avx_ ? Inst::kIdVmovaps : Inst::kIdMovaps, Use(variable), Use(value));
}

}  // namespace lathe
