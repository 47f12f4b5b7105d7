// Bools of the x86-64 emitter: masks, which are vectors at the lower levels and mask registers at AVX-512.
// Nothing outside this file tells one from the other.
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

// Shuffles: the even ones of eight 4-byte lanes in two registers.
constexpr int kEvens = 0x88;

struct LogicRow {
  uint32_t avx, sse, k;
};
constexpr LogicRow kLogic[] = {{Inst::kIdVpand, Inst::kIdPand, Inst::kIdKandw},
                               {Inst::kIdVpandn, Inst::kIdPandn, Inst::kIdKandnw},
                               {Inst::kIdVpor, Inst::kIdPor, Inst::kIdKorw},
                               {Inst::kIdVpxor, Inst::kIdPxor, Inst::kIdKxorw}};

}  // namespace

x86::KReg X64Emitter::NewMask() {
  x86::KReg mask;
  cc_._newReg(&mask, TypeId::kMask64, "m");
  return mask;
}

X64Emitter::Mask X64Emitter::UseMask(const Vector& value) {
  if (avx512()) return value.reg;
  return Use(value);
}

X64Emitter::Mask X64Emitter::Logic(MaskLogic logic, const Mask& a, const Mask& b) {
  const LogicRow& row = kLogic[static_cast<size_t>(logic)];
  if (!avx512()) return Binary(row.avx, row.sse, a.as<Vec>(), b);
  const x86::KReg dst = NewMask();
  cc_.emit(row.k, dst, a, b);
  return dst;
}

X64Emitter::Mask X64Emitter::NotMask(const Mask& a) {
  if (!avx512()) return Not(a.as<Vec>());
  const x86::KReg dst = NewMask();
  cc_.knotw(dst, a.as<x86::KReg>());
  return dst;
}

X64Emitter::Vec X64Emitter::Blend(DType dtype, const Vec& if_false, const Vec& if_true, const Mask& mask) {
  if (avx512()) {
    // Not the three-operand blend: asmjit takes the result of what is masked for an operand, too.
    const Vec dst = NewLike(if_false);
    cc_.emit(Inst::kIdVmovaps, dst, if_false);
    cc_.setExtraReg(mask);
    cc_.emit(LaneBytes(dtype) == 8 ? Inst::kIdVmovapd : Inst::kIdVmovaps, dst, if_true);
    return dst;
  }
  const Vec& vector = mask.as<Vec>();
  if (avx()) {
    const Vec dst = NewLike(if_false);
    cc_.emit(Inst::kIdVpblendvb, dst, if_false, if_true, vector);
    return dst;
  }
  const Vec left = Binary(0, Inst::kIdPand, if_true, vector);
  const Vec right = Binary(0, Inst::kIdPandn, vector, if_false);
  return Binary(0, Inst::kIdPor, left, right);
}

X64Emitter::Reg X64Emitter::Choose(DType dtype, const Mask& mask, const Vector& x, const Vector& y) {
  if (!IsBool(dtype)) return Blend(dtype, Use(y), Use(x), MaskFor(dtype, mask));
  const Mask left = Logic(MaskLogic::kAnd, mask, UseMask(x));
  return Logic(MaskLogic::kOr, left, Logic(MaskLogic::kAndNot, mask, UseMask(y)));
}

X64Emitter::Vec X64Emitter::Where(DType dtype, const Mask& mask, const x86::Mem& memory) {
  if (!avx512()) return Binary(Inst::kIdVpand, Inst::kIdPand, mask.as<Vec>(), memory);
  const Vec dst = New(Bytes(dtype));
  cc_.setExtraReg(mask);
  cc_.addInstOptions(InstOptions::kX86_ZMask);
  cc_.emit(LaneBytes(dtype) == 8 ? Inst::kIdVmovupd : Inst::kIdVmovups, dst, memory);
  return dst;
}

// Of the lanes that count. Not by kmov to a general register: of a spilled mask the allocator would make it
// a load, which that has no form for.
void X64Emitter::TestMask(const Mask& mask) {
  if (rest_.isValid() || lanes_ < 8) {
    x86::KReg lanes = rest_;
    if (!lanes.isValid()) {
      const x86::Gp bits = cc_.newInt32();
      cc_.mov(bits, imm((1 << lanes_) - 1));
      lanes = NewMask();
      cc_.kmovd(lanes, bits);
    }
    cc_.ktestw(mask.as<x86::KReg>(), lanes);
  } else if (lanes_ == 8) {
    cc_.kortestb(mask.as<x86::KReg>(), mask.as<x86::KReg>());
  } else {
    cc_.kortestw(mask.as<x86::KReg>(), mask.as<x86::KReg>());
  }
}

// One bit a lane of a mask that is a vector.
x86::Gp X64Emitter::BitsOf(const Vector& mask) {
  const x86::Gp bits = cc_.newInt32();
  const bool wide = slot_ == 8;
  cc_.emit(avx() ? (wide ? Inst::kIdVmovmskpd : Inst::kIdVmovmskps)
                 : (wide ? Inst::kIdMovmskpd : Inst::kIdMovmskps),
           bits, Use(mask));
  cc_.and_(bits, imm((1 << lanes_) - 1));
  return bits;
}

void X64Emitter::JumpIfNone(const Vector& mask, const Label& label) {
  if (avx512()) {
    TestMask(mask.reg);
  } else {
    BitsOf(mask);  // sets the flags
  }
  cc_.jz(label);
}

void X64Emitter::JumpIfAll(const Vector& mask, const Label& label) {
  if (avx512()) {
    TestMask(mask.reg);
    cc_.jc(label);
    return;
  }
  cc_.cmp(BitsOf(mask), imm((1 << lanes_) - 1));
  cc_.je(label);
}

void X64Emitter::KeepOrdered(const Vector& mask, const Vector& x, const Vector& y) {
  constexpr int kOrdered = 7;
  const DType dtype = x.dtype;
  if (avx512()) {
    cc_.setExtraReg(mask.reg);
    cc_.emit(dtype == DType::kFloat64 ? Inst::kIdVcmppd : Inst::kIdVcmpps, mask.reg, Use(x), Use(y),
             imm(kOrdered));
    return;
  }
  const Mask ordered = ToSlot(dtype, Compare(dtype, Use(x), Use(y), kOrdered));
  Replace(mask, {Logic(MaskLogic::kAnd, UseMask(mask), ordered), mask.dtype});
}

void X64Emitter::AssignWhere(const Vector& variable, const Vector& value, const Vector& mask) {
  const DType dtype = variable.dtype;
  Assign(variable, {Choose(dtype, UseMask(mask), value, variable), dtype});
}

X64Emitter::Vec X64Emitter::Widen(const Vec& mask) {
  return Unary(Inst::kIdVpmovsxdq, Inst::kIdPmovsxdq, mask.xmm(), lanes_ * 8);
}
X64Emitter::Vec X64Emitter::Narrow(const Vec& mask) {
  const Vec high = mask.isYmm() ? High(mask) : mask;
  return Binary(Inst::kIdVshufps, Inst::kIdShufps, mask.xmm(), high, kEvens);
}
X64Emitter::Mask X64Emitter::MaskFor(DType dtype, const Mask& mask) {
  const bool narrows = !avx512() && slot_ == 8 && LaneBytes(dtype) == 4 && !IsBool(dtype);
  if (narrows) return Narrow(mask.as<Vec>());
  return mask;
}
X64Emitter::Mask X64Emitter::ToSlot(DType dtype, const Mask& mask) {
  const bool widens = !avx512() && slot_ == 8 && LaneBytes(dtype) == 4;
  if (widens) return Widen(mask.as<Vec>());
  return mask;
}

// Set where the lanes of `a` have their highest bit set; of the dtype's own lane width.
X64Emitter::Mask X64Emitter::SignMask(DType dtype, const Vec& a) {
  const bool wide = LaneBytes(dtype) == 8;
  if (!avx512()) return IntegerMask(Op::kLess, wide ? DType::kInt64 : DType::kInt32, a, Zero(BytesOf(a)));
  const x86::KReg mask = NewMask();
  cc_.emit(wide ? Inst::kIdVpmovq2m : Inst::kIdVpmovd2m, mask, a);
  return mask;
}

// Of a general register that holds 0 or 1, which is overwritten.
X64Emitter::Mask X64Emitter::SplatMask(const x86::Gp& value) {
  cc_.neg(value);
  if (!avx512()) return SplatGp(value, slot_ == 8, Bytes(DType::kBool));
  const x86::KReg mask = NewMask();
  cc_.kmovd(mask, value.r32());
  return mask;
}

X64Emitter::Mask X64Emitter::ConstantMask(bool value) {
  const int bytes = Bytes(DType::kBool);
  if (!avx512()) return value ? Ones(bytes) : Zero(bytes);
  const x86::KReg mask = NewMask();
  cc_.emit(value ? Inst::kIdKxnorw : Inst::kIdKxorw, mask, mask, mask);
  return mask;
}

// Of the bytes 0 and 1 in the low end of a register.
X64Emitter::Mask X64Emitter::LoadMask(const Vec& bytes) {
  if (avx512()) {
    const x86::KReg mask = NewMask();
    cc_.emit(Inst::kIdVptestmb, mask, bytes, bytes);
    return mask;
  }
  const int wide = Bytes(DType::kBool);
  if (slot_ == 8) {
    const Vec ones = Unary(Inst::kIdVpmovzxbq, Inst::kIdPmovzxbq, bytes, wide);
    return Binary(Inst::kIdVpsubq, Inst::kIdPsubq, Zero(wide), ones);
  }
  const Vec ones = Unary(Inst::kIdVpmovzxbd, Inst::kIdPmovzxbd, bytes, wide);
  return Binary(Inst::kIdVpsubd, Inst::kIdPsubd, Zero(wide), ones);
}

// The way back.
X64Emitter::Vec X64Emitter::PackedMask(const Mask& mask) {
  if (avx512()) {
    const Vec packed = New(16);
    cc_.setExtraReg(mask);
    cc_.addInstOptions(InstOptions::kX86_ZMask);
    cc_.emit(Inst::kIdVmovdqu8, packed, PatternAt(16, 0x0101010101010101u, 8));
    return packed;
  }
  const Vec& lanes = mask.as<Vec>();
  const Vec bits = ShiftBy(Inst::kIdVpsrld, Inst::kIdPsrld, slot_ == 8 ? Narrow(lanes) : lanes, 31);
  const Vec low = bits.xmm();
  const Vec words = Binary(Inst::kIdVpackssdw, Inst::kIdPackssdw, low, bits.isYmm() ? High(bits) : low);
  return Binary(Inst::kIdVpackuswb, Inst::kIdPackuswb, words, words);
}

bool X64Emitter::MaskOp(Op op, std::span<const Vector> x, Vector* result) {
  const Mask a = UseMask(x[0]);
  const Mask b = x.size() > 1 ? UseMask(x[1]) : a;
  Mask& reg = result->reg;
  switch (op) {
    case Op::kLogicalAnd:
    case Op::kBitAnd:
    case Op::kMinimum:
    case Op::kFmin:
      reg = Logic(MaskLogic::kAnd, a, b);
      return true;
    case Op::kLogicalOr:
    case Op::kBitOr:
    case Op::kMaximum:
    case Op::kFmax:
      reg = Logic(MaskLogic::kOr, a, b);
      return true;
    case Op::kLogicalXor:
    case Op::kBitXor:
    case Op::kNotEqual:
      reg = Logic(MaskLogic::kXor, a, b);
      return true;
    case Op::kEqual:
      reg = NotMask(Logic(MaskLogic::kXor, a, b));
      return true;
    case Op::kLess:
      reg = Logic(MaskLogic::kAndNot, a, b);
      return true;
    case Op::kGreater:
      reg = Logic(MaskLogic::kAndNot, b, a);
      return true;
    case Op::kLessEqual:
      reg = NotMask(Logic(MaskLogic::kAndNot, b, a));
      return true;
    case Op::kGreaterEqual:
      reg = NotMask(Logic(MaskLogic::kAndNot, a, b));
      return true;
    case Op::kLogicalNot:
    case Op::kInvert:
      reg = NotMask(a);
      return true;
    case Op::kAbs:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      reg = a;
      return true;
    default:
      return false;
  }
}

// The eight lanes of one or two mask registers as one, in the order of a tree.
Vector X64Emitter::JoinMasks(Op combiner, std::span<const Vector> accumulators) {
  Vector joined = accumulators[0];
  for (int distance = 1; distance < lanes_; distance *= 2) {
    const x86::KReg other = NewMask();
    cc_.kshiftrw(other, joined.reg.as<x86::KReg>(), imm(distance));
    joined = Combine(combiner, joined.reg, other, joined.dtype, false);
  }
  if (accumulators.size() == 1) return joined;
  return Combine(combiner, joined.reg, JoinMasks(combiner, accumulators.subspan(1)).reg, joined.dtype, false);
}

}  // namespace lathe
