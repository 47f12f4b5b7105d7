// Values of the x86-64 emitter: registers and constants, loads and stores of consecutive elements.
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

}  // namespace

X64Emitter::Vec X64Emitter::New(int bytes) {
  // With a name given asmjit need not make one up, which would take longer than all the rest.
  Vec reg;
  cc_._newReg(&reg, bytes > 32 ? TypeId::kInt32x16 : bytes > 16 ? TypeId::kInt32x8 : TypeId::kInt32x4, "v");
  return reg;
}

X64Emitter::Vec X64Emitter::Part(const Reg& reg, int bytes) {
  const Vec& vec = reg.as<Vec>();
  if (bytes > 32) return vec.zmm();
  return bytes > 16 ? static_cast<const Vec&>(vec.ymm()) : static_cast<const Vec&>(vec.xmm());
}

X64Emitter::Vec X64Emitter::Use(const Vector& value) {
  const int bytes = Bytes(value.dtype);
  if (value.in_memory()) return Unary(Inst::kIdVmovups, 0, UseLast(value), bytes);
  return Part(value.reg, bytes);
}

Operand X64Emitter::UseLast(const Vector& value) {
  if (!value.in_memory()) return Use(value);
  x86::Mem memory = value.memory;
  const int bytes = Bytes(value.dtype);
  memory.setSize(bytes > 32 ? 64 : bytes > 16 ? 32 : 16);
  return memory;
}

Vector X64Emitter::ConstantInMemory(DType dtype, uint64_t bits) {
  const int item = ItemSize(dtype);
  if (!avx() || item < 4 || bits == 0) return {};
  return {{}, dtype, PatternAt(VectorBytes(level_), bits, item)};
}

// EVEX has sized names for what does not depend on the size unless lanes are left out.
X64Emitter::Id X64Emitter::Named(Id avx, Id sse) const {
  if (level_ == VectorLevel::kSse42) return sse;
  if (level_ == VectorLevel::kAvx2) return avx;
  switch (avx) {
    case Inst::kIdVpand:
      return Inst::kIdVpandq;
    case Inst::kIdVpandn:
      return Inst::kIdVpandnq;
    case Inst::kIdVpor:
      return Inst::kIdVporq;
    case Inst::kIdVpxor:
      return Inst::kIdVpxorq;
    case Inst::kIdVroundpd:
      return Inst::kIdVrndscalepd;
    case Inst::kIdVroundps:
      return Inst::kIdVrndscaleps;
    default:
      return avx;
  }
}

X64Emitter::Vec X64Emitter::Binary(Id avx_id, Id sse, const Vec& a, const Operand_& b) {
  const Vec dst = NewLike(a);
  if (avx()) {
    cc_.emit(Named(avx_id, sse), dst, a, b);
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, b);
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Binary(Id avx_id, Id sse, const Vec& a, const Operand_& b, int immediate) {
  const Vec dst = NewLike(a);
  if (avx()) {
    cc_.emit(Named(avx_id, sse), dst, a, b, imm(immediate));
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, b, imm(immediate));
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Unary(Id avx_id, Id sse, const Operand_& a, int bytes) {
  const Vec dst = New(bytes);
  cc_.emit(Named(avx_id, sse), dst, a);
  return dst;
}

X64Emitter::Vec X64Emitter::UnaryImmediate(Id avx_id, Id sse, const Vec& a, int immediate) {
  const Vec dst = NewLike(a);
  cc_.emit(Named(avx_id, sse), dst, a, imm(immediate));
  return dst;
}

X64Emitter::Vec X64Emitter::ShiftBy(Id avx_id, Id sse, const Vec& a, int count) {
  const Vec dst = NewLike(a);
  if (avx()) {
    cc_.emit(avx_id, dst, a, imm(count));
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, imm(count));
  }
  return dst;
}

x86::Mem X64Emitter::PatternAt(int bytes, uint64_t bits, int width) {
  const uint64_t word = width == 8 ? bits : (bits & 0xffffffffu) * 0x100000001u;
  std::array<uint64_t, 8> words;
  words.fill(word);
  return cc_.newConst(ConstPoolScope::kLocal, words.data(), bytes > 32 ? 64 : bytes > 16 ? 32 : 16);
}

X64Emitter::Vec X64Emitter::Pattern(int bytes, uint64_t bits, int width) {
  return Unary(Inst::kIdVmovups, Inst::kIdMovups, PatternAt(bytes, bits, width), bytes);
}

X64Emitter::Vec X64Emitter::Zero(int bytes) {
  const Vec dst = New(bytes);
  if (avx()) {
    cc_.emit(Named(kVpxor, kPxor), dst, dst, dst);
  } else {
    cc_.emit(Inst::kIdPxor, dst, dst);
  }
  return dst;
}
X64Emitter::Vec X64Emitter::Ones(int bytes) {
  const Vec dst = New(bytes);
  if (avx512()) {
    cc_.emit(Inst::kIdVpternlogd, dst, dst, dst, imm(0xff));
  } else if (avx()) {
    cc_.emit(Inst::kIdVpcmpeqd, dst, dst, dst);
  } else {
    cc_.emit(Inst::kIdPcmpeqd, dst, dst);
  }
  return dst;
}

// The upper half of a ymm or zmm, and two halves as one.
X64Emitter::Vec X64Emitter::High(const Vec& a) {
  const Vec high = New(BytesOf(a) / 2);
  const Id id = a.isZmm()  ? Inst::kIdVextracti64x4
                : avx512() ? Inst::kIdVextracti32x4
                           : Inst::kIdVextracti128;
  cc_.emit(id, high, a, imm(1));
  return high;
}
X64Emitter::Vec X64Emitter::Joined(const Vec& low, const Vec& high) {
  const int bytes = 2 * BytesOf(low);
  const Vec dst = New(bytes);
  const Id id = bytes > 32 ? Inst::kIdVinserti64x4 : avx512() ? Inst::kIdVinserti32x4 : Inst::kIdVinserti128;
  cc_.emit(id, dst, Part(low, bytes), high, imm(1));
  return dst;
}

// 8-byte lanes cut to 4 bytes.
X64Emitter::Vec X64Emitter::NarrowLanes(const Vec& a) {
  if (avx512()) return Unary(Inst::kIdVpmovqd, 0, a, lanes_ * 4);
  return Narrow(a);
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
  if (IsBool(dtype)) return {ConstantMask(bits != 0), dtype};
  const int shift = 64 - 8 * ItemSize(dtype);
  if (ItemSize(dtype) < 4) {
    bits = IsSigned(dtype) ? static_cast<uint64_t>(static_cast<int64_t>(bits << shift) >> shift)
                           : bits << shift >> shift;
  }
  const int bytes = Bytes(dtype);
  if (bits == 0) return {Zero(bytes), dtype};
  if (!avx()) return {Pattern(bytes, bits, Width(dtype)), dtype};
  const bool wide = Width(dtype) == 8;
  const x86::Mem memory = cc_.newConst(ConstPoolScope::kLocal, &bits, wide ? 8 : 4);
  return {Unary(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, 0, memory, bytes), dtype};
}

Vector X64Emitter::Splat(DType dtype, const x86::Mem& memory) {
  const int item = ItemSize(dtype);
  const bool wide = Width(dtype) == 8;
  x86::Mem address = memory;
  address.setSize(static_cast<uint32_t>(item));
  if (avx() && item >= 4)
    return {Unary(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, 0, address, Bytes(dtype)), dtype};
  const x86::Gp value = cc_.newInt64();
  if (item < 4) {
    cc_.emit(IsSigned(dtype) ? Inst::kIdMovsx : Inst::kIdMovzx, value.r32(), address);
  } else {
    cc_.mov(PartOf(value, item), address);
  }
  if (IsBool(dtype)) return {SplatMask(value), dtype};
  return {SplatGp(value, wide, Bytes(dtype)), dtype};
}

// The low 8 or 4 bytes of a general register in every lane.
X64Emitter::Vec X64Emitter::SplatGp(const x86::Gp& value, bool wide, int bytes) {
  const Vec dst = New(bytes);
  const x86::Gp part = PartOf(value, wide ? 8 : 4);
  if (avx()) {
    cc_.emit(wide ? Inst::kIdVmovq : Inst::kIdVmovd, dst.xmm(), part);
    cc_.emit(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, dst, dst.xmm());
  } else {
    cc_.emit(wide ? Inst::kIdMovq : Inst::kIdMovd, dst, part);
    cc_.emit(Inst::kIdPshufd, dst, dst, imm(wide ? 0x44 : 0));
  }
  return dst;
}

// Moves 4, 8 or whole registers' bytes between memory and the low end of a register.
X64Emitter::Id X64Emitter::MoveId(int bytes) const {
  if (bytes == 4) return avx() ? Inst::kIdVmovd : Inst::kIdMovd;
  if (bytes == 8) return avx() ? Inst::kIdVmovq : Inst::kIdMovq;
  return avx() ? Inst::kIdVmovups : Inst::kIdMovups;
}

X64Emitter X64Emitter::WithRest(const x86::Gp& count) const {
  X64Emitter emitter = *this;
  const x86::Gp bits = cc_.newInt32();
  cc_.mov(bits, imm(-1));
  cc_.bzhi(bits, bits, count.r32());
  emitter.rest_ = emitter.NewMask();
  cc_.kmovd(emitter.rest_, bits);
  return emitter;
}

// Moves the rest's elements of `item` bytes between a register and memory.
void X64Emitter::MoveMasked(const Operand_& to, const Operand_& from, int item) {
  cc_.setExtraReg(rest_);
  if (to.isReg()) cc_.addInstOptions(InstOptions::kX86_ZMask);
  cc_.emit(item == 8   ? Inst::kIdVmovupd
           : item == 4 ? Inst::kIdVmovups
           : item == 2 ? Inst::kIdVmovdqu16
                       : Inst::kIdVmovdqu8,
           to, from);
}

Vector X64Emitter::Load(DType dtype, const x86::Mem& memory) {
  x86::Mem address = memory;
  const int item = ItemSize(dtype);
  const int bytes = lanes_ * item;
  address.setSize(static_cast<uint32_t>(bytes));
  const Vec packed = New(bytes);
  if (rest_.isValid()) {
    address.setSize(static_cast<uint32_t>(BytesOf(packed)));
    MoveMasked(packed, address, item);
  } else if (bytes <= 2) {
    const x86::Gp value = cc_.newInt32();
    cc_.movzx(value, address);
    cc_.emit(MoveId(4), packed, value);
  } else {
    cc_.emit(MoveId(bytes), packed, address);
  }
  if (item >= 4) return {packed, dtype};
  // Narrow elements are extended to lanes.
  if (IsBool(dtype)) return {LoadMask(packed), dtype};
  const int wide = Bytes(dtype);
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
  if (IsBool(dtype)) return PackedMask(UseMask(value));
  const Vec lanes = Use(value);
  const int item = ItemSize(dtype);
  if (item >= 4) return lanes;
  if (avx512()) return Unary(item == 2 ? Inst::kIdVpmovdw : Inst::kIdVpmovdb, 0, lanes, lanes_ * item);
  // 32-bit lanes to 16 bits, then to 8 if need be; the values are in range, so saturation does nothing.
  const Vec low = lanes.xmm();
  const Vec high = lanes.isYmm() ? High(lanes) : low;
  const Vec packed = dtype == DType::kUInt16 ? Binary(Inst::kIdVpackusdw, Inst::kIdPackusdw, low, high)
                                             : Binary(Inst::kIdVpackssdw, Inst::kIdPackssdw, low, high);
  if (item == 2) return packed;
  return IsSigned(dtype) ? Binary(Inst::kIdVpacksswb, Inst::kIdPacksswb, packed, packed)
                         : Binary(Inst::kIdVpackuswb, Inst::kIdPackuswb, packed, packed);
}

void X64Emitter::Store(const x86::Mem& memory, const Vector& value) {
  x86::Mem address = memory;
  const int item = ItemSize(value.dtype);
  const int bytes = lanes_ * item;
  address.setSize(static_cast<uint32_t>(bytes));
  const Vec packed = Part(Packed(value), bytes);
  if (rest_.isValid()) {
    address.setSize(static_cast<uint32_t>(BytesOf(packed)));
    MoveMasked(address, packed, item);
  } else if (bytes <= 2) {
    const x86::Gp word = cc_.newInt32();
    cc_.emit(avx() ? Inst::kIdVpextrd : Inst::kIdPextrd, word, packed, imm(0));
    cc_.mov(address, PartOf(word, bytes));
  } else {
    cc_.emit(MoveId(bytes), address, packed);
  }
}

void X64Emitter::StreamingStore(const x86::Mem& memory, const Vector& value) {
  x86::Mem address = memory;
  address.setSize(static_cast<uint32_t>(lanes_ * ItemSize(value.dtype)));
  cc_.emit(avx() ? Inst::kIdVmovntps : Inst::kIdMovntps, address, Use(value));
}

Vector X64Emitter::SplatCounter(const x86::Gp& start) {
  const Vec dst = New(lanes_ * 8);
  if (lanes_ > 1) return {SplatGp(start, true, lanes_ * 8), DType::kInt64};
  cc_.emit(MoveId(8), dst.xmm(), start);
  return {dst, DType::kInt64};
}

Vector X64Emitter::CounterAt(const Vector& splat, int64_t first) {
  if (lanes_ == 1 && first == 0) return splat;
  std::array<int64_t, 8> steps;
  for (size_t k = 0; k < steps.size(); ++k) steps[k] = first + static_cast<int64_t>(k);
  const x86::Mem memory = cc_.newConst(ConstPoolScope::kLocal, steps.data(),
                                       lanes_ > 4   ? 64
                                       : lanes_ > 2 ? 32
                                                    : 16);
  return {Binary(Inst::kIdVpaddq, Inst::kIdPaddq, Use(splat), memory), DType::kInt64};
}

Vector X64Emitter::Copy(const Vector& value) {
  if (value.reg.isKReg()) {
    const x86::KReg mask = NewMask();
    cc_.kmovq(mask, value.reg.as<x86::KReg>());
    return {mask, value.dtype};
  }
  if (value.in_memory()) return {Use(value), value.dtype};
  const Vec dst = NewLike(Use(value));
  cc_.emit(avx() ? Inst::kIdVmovaps : Inst::kIdMovaps, dst, Use(value));
  return {dst, value.dtype};
}
void X64Emitter::Replace(const Vector& variable, const Vector& value) {
  BaseNode* const last = cc_.cursor();
  InstNode* const instruction = last->isInst() ? last->as<InstNode>() : nullptr;
  const bool made = instruction && instruction->opCount() > 1 && instruction->op(0) == value.reg;
  if (!made || instruction->hasExtraReg()) return Assign(variable, value);
  InstRWInfo access;
  InstAPI::queryRWInfo(cc_.arch(), instruction->baseInst(), instruction->operands(), instruction->opCount(),
                       &access);
  if (!access.operand(0).isWriteOnly()) return Assign(variable, value);
  Reg to = variable.reg;
  if (!to.isKReg()) to = Part(to, BytesOf(value.reg.as<Vec>()));
  instruction->setOp(0, to);
}
void X64Emitter::Assign(const Vector& variable, const Vector& value) {
  if (variable.reg.isKReg()) {
    cc_.kmovq(variable.reg.as<x86::KReg>(), value.reg.as<x86::KReg>());
  } else {
    cc_.emit(avx() ? Inst::kIdVmovaps : Inst::kIdMovaps, Use(variable), Use(value));
  }
}

}  // namespace lathe
