// Values, memory access and choice of instructions of the x86-64 emitter.
#include "src/codegen/x64/emitter.h"

#include <limits>

#include "src/recorder/expand/element_function.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

constexpr int kStackSlot = 64;  // bytes of one operand's lanes in a lane call

// The low `bytes` of a register.
x86::Gp PartOf(const x86::Gp& value, int bytes) {
  if (bytes == 8) return value.r64();
  if (bytes == 4) return value.r32();
  if (bytes == 2) return value.r16();
  return value.r8();
}

}  // namespace

X64Emitter::Vec X64Emitter::New(int bytes) {
  if (bytes > 16) return cc_.newYmm();
  return cc_.newXmm();
}

X64Emitter::Vec X64Emitter::Use(const Vector& value) {
  return Bytes(value.dtype) > 16 ? value.reg : value.reg.xmm();
}

X64Emitter::Vec X64Emitter::Binary(Id avx, Id sse, const Vec& a, const Vec& b) {
  const Vec dst = a.isYmm() ? Vec(cc_.newYmm()) : Vec(cc_.newXmm());
  if (avx_) {
    cc_.emit(avx, dst, a, b);
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, b);
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Binary(Id avx, Id sse, const Vec& a, const Vec& b, int immediate) {
  const Vec dst = a.isYmm() ? Vec(cc_.newYmm()) : Vec(cc_.newXmm());
  if (avx_) {
    cc_.emit(avx, dst, a, b, imm(immediate));
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, b, imm(immediate));
  }
  return dst;
}

X64Emitter::Vec X64Emitter::Unary(Id avx, Id sse, const Vec& a, int bytes) {
  const Vec dst = New(bytes);
  cc_.emit(avx_ ? avx : sse, dst, a);
  return dst;
}

X64Emitter::Vec X64Emitter::UnaryImmediate(Id avx, Id sse, const Vec& a, int immediate) {
  const Vec dst = a.isYmm() ? Vec(cc_.newYmm()) : Vec(cc_.newXmm());
  cc_.emit(avx_ ? avx : sse, dst, a, imm(immediate));
  return dst;
}

X64Emitter::Vec X64Emitter::ShiftBy(Id avx, Id sse, const Vec& a, int count) {
  const Vec dst = a.isYmm() ? Vec(cc_.newYmm()) : Vec(cc_.newXmm());
  if (avx_) {
    cc_.emit(avx, dst, a, imm(count));
  } else {
    cc_.movaps(dst.as<x86::Xmm>(), a.as<x86::Xmm>());
    cc_.emit(sse, dst, imm(count));
  }
  return dst;
}

// A constant of `width` bytes in every lane, from the function's constant pool.
X64Emitter::Vec X64Emitter::Pattern(int bytes, uint64_t bits, int width) {
  uint64_t words[4];
  const uint64_t word = width == 8 ? bits : (bits & 0xffffffffu) * 0x100000001u;
  std::fill(std::begin(words), std::end(words), word);
  const Vec dst = New(bytes);
  const size_t size = bytes > 16 ? 32 : 16;
  const x86::Mem memory = cc_.newConst(ConstPoolScope::kLocal, words, size);
  cc_.emit(avx_ ? Inst::kIdVmovups : Inst::kIdMovups, dst, memory);
  return dst;
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
    const Vec dst = if_false.isYmm() ? Vec(cc_.newYmm()) : Vec(cc_.newXmm());
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

Vector X64Emitter::Splat(DType dtype, const x86::Mem& memory) {
  const Vec dst = NewFor(dtype);
  const x86::Gp value = cc_.newInt64();
  x86::Mem address = memory;
  address.setSize(static_cast<uint32_t>(ItemSize(dtype)));
  switch (ItemSize(dtype)) {
    case 1:
      cc_.emit(IsSigned(dtype) ? Inst::kIdMovsx : Inst::kIdMovzx, value.r32(), address);
      break;
    case 2:
      cc_.emit(IsSigned(dtype) ? Inst::kIdMovsx : Inst::kIdMovzx, value.r32(), address);
      break;
    case 4:
      cc_.mov(value.r32(), address);
      break;
    default:
      cc_.mov(value, address);
      break;
  }
  if (IsBool(dtype)) cc_.neg(value);
  const bool wide = (IsBool(dtype) ? slot_ : LaneBytes(dtype)) == 8;
  if (avx_) {
    cc_.emit(wide ? Inst::kIdVmovq : Inst::kIdVmovd, dst.xmm(),
             wide ? x86::Gp(value.r64()) : x86::Gp(value.r32()));
    cc_.emit(wide ? Inst::kIdVpbroadcastq : Inst::kIdVpbroadcastd, dst, dst.xmm());
  } else {
    cc_.emit(wide ? Inst::kIdMovq : Inst::kIdMovd, dst, wide ? x86::Gp(value.r64()) : x86::Gp(value.r32()));
    cc_.emit(Inst::kIdPshufd, dst, dst, imm(wide ? 0x44 : 0));
  }
  return {dst, dtype};
}

Vector X64Emitter::Load(DType dtype, const x86::Mem& memory) {
  x86::Mem address = memory;
  const int item = ItemSize(dtype);
  if (item >= 4) {
    const int bytes = lanes_ * item;
    const Vec dst = NewFor(dtype);
    address.setSize(static_cast<uint32_t>(bytes));
    const Id id = bytes == 4   ? (avx_ ? Inst::kIdVmovd : Inst::kIdMovd)
                  : bytes == 8 ? (avx_ ? Inst::kIdVmovq : Inst::kIdMovq)
                               : (avx_ ? Inst::kIdVmovups : Inst::kIdMovups);
    cc_.emit(id, dst, address);
    return {dst, dtype};
  }
  // Narrow elements: their bytes into a register, then extended to lanes.
  const int bytes = lanes_ * item;
  const Vec packed = cc_.newXmm();
  address.setSize(static_cast<uint32_t>(bytes));
  if (bytes <= 2) {
    const x86::Gp value = cc_.newInt32();
    cc_.movzx(value, address);
    cc_.emit(avx_ ? Inst::kIdVmovd : Inst::kIdMovd, packed, value);
  } else {
    const Id id = bytes == 4   ? (avx_ ? Inst::kIdVmovd : Inst::kIdMovd)
                  : bytes == 8 ? (avx_ ? Inst::kIdVmovq : Inst::kIdMovq)
                               : (avx_ ? Inst::kIdVmovups : Inst::kIdMovups);
    cc_.emit(id, packed, address);
  }
  if (IsBool(dtype)) {
    const Vec ones = slot_ == 8 ? Unary(Inst::kIdVpmovzxbq, Inst::kIdPmovzxbq, packed, Bytes(dtype))
                                : Unary(Inst::kIdVpmovzxbd, Inst::kIdPmovzxbd, packed, Bytes(dtype));
    return {slot_ == 8 ? Binary(Inst::kIdVpsubq, Inst::kIdPsubq, Zero(Bytes(dtype)), ones)
                       : Binary(Inst::kIdVpsubd, Inst::kIdPsubd, Zero(Bytes(dtype)), ones),
            dtype};
  }
  if (item == 1) {
    return {IsSigned(dtype) ? Unary(Inst::kIdVpmovsxbd, Inst::kIdPmovsxbd, packed, Bytes(dtype))
                            : Unary(Inst::kIdVpmovzxbd, Inst::kIdPmovzxbd, packed, Bytes(dtype)),
            dtype};
  }
  return {IsSigned(dtype) ? Unary(Inst::kIdVpmovsxwd, Inst::kIdPmovsxwd, packed, Bytes(dtype))
                          : Unary(Inst::kIdVpmovzxwd, Inst::kIdPmovzxwd, packed, Bytes(dtype)),
          dtype};
}

void X64Emitter::Store(const x86::Mem& memory, const Vector& value) {
  x86::Mem address = memory;
  const DType dtype = value.dtype;
  const int bytes = lanes_ * ItemSize(dtype);
  address.setSize(static_cast<uint32_t>(bytes));
  Vec packed = Use(value);
  if (ItemSize(dtype) < 4) {
    if (IsBool(dtype)) {
      if (slot_ == 8) packed = Narrow(packed);
      packed = ShiftBy(Inst::kIdVpsrld, Inst::kIdPsrld, packed, 31);
    }
    // 32-bit lanes to 16 bits, then to 8 if need be; the values are in range, so saturation does nothing.
    const bool is_unsigned16 = dtype == DType::kUInt16;
    const Vec low = packed.xmm();
    const Vec high = packed.isYmm() ? High(packed) : low;
    packed = is_unsigned16 ? Binary(Inst::kIdVpackusdw, Inst::kIdPackusdw, low, high)
                           : Binary(Inst::kIdVpackssdw, Inst::kIdPackssdw, low, high);
    if (ItemSize(dtype) == 1) {
      packed = IsSigned(dtype) ? Binary(Inst::kIdVpacksswb, Inst::kIdPacksswb, packed, packed)
                               : Binary(Inst::kIdVpackuswb, Inst::kIdPackuswb, packed, packed);
    }
    if (bytes <= 2) {
      const x86::Gp word = cc_.newInt32();
      cc_.emit(avx_ ? Inst::kIdVmovd : Inst::kIdMovd, word, packed);
      if (bytes == 1) {
        cc_.mov(address, word.r8());
      } else {
        cc_.mov(address, word.r16());
      }
      return;
    }
  }
  const Id id = bytes == 4   ? (avx_ ? Inst::kIdVmovd : Inst::kIdMovd)
                : bytes == 8 ? (avx_ ? Inst::kIdVmovq : Inst::kIdMovq)
                             : (avx_ ? Inst::kIdVmovups : Inst::kIdMovups);
  cc_.emit(id, address, bytes <= 16 ? packed.xmm() : packed);
}

Vector X64Emitter::LoadStrided(DType dtype, const x86::Gp& pointer, const x86::Gp& stride) {
  if (lanes_ == 1) return Load(dtype, x86::ptr(pointer));
  // Elements are gathered through the stack.
  const int item = ItemSize(dtype);
  x86::Mem stack = cc_.newStack(kStackSlot, 32);
  const x86::Gp address = cc_.newInt64();
  const x86::Gp value = cc_.newInt64();
  cc_.mov(address, pointer);
  for (int lane = 0; lane < lanes_; ++lane) {
    x86::Mem from = x86::ptr(address, 0, static_cast<uint32_t>(item));
    x86::Mem to = stack.cloneAdjusted(lane * item);
    to.setSize(static_cast<uint32_t>(item));
    const x86::Gp part = PartOf(value, item);
    cc_.mov(part, from);
    cc_.mov(to, part);
    if (lane + 1 < lanes_) cc_.add(address, stride);
  }
  return Load(dtype, stack);
}

void X64Emitter::StoreStrided(const x86::Gp& pointer, const x86::Gp& stride, const Vector& value) {
  if (lanes_ == 1) return Store(x86::ptr(pointer), value);
  const int item = ItemSize(value.dtype);
  x86::Mem stack = cc_.newStack(kStackSlot, 32);
  Store(stack, value);
  const x86::Gp address = cc_.newInt64();
  const x86::Gp word = cc_.newInt64();
  cc_.mov(address, pointer);
  for (int lane = 0; lane < lanes_; ++lane) {
    x86::Mem from = stack.cloneAdjusted(lane * item);
    from.setSize(static_cast<uint32_t>(item));
    const x86::Gp part = PartOf(word, item);
    cc_.mov(part, from);
    cc_.mov(x86::ptr(address, 0, static_cast<uint32_t>(item)), part);
    if (lane + 1 < lanes_) cc_.add(address, stride);
  }
}

Vector X64Emitter::Counter(const x86::Gp& start) {
  x86::Mem stack = cc_.newStack(kStackSlot, 32);
  const x86::Gp value = cc_.newInt64();
  cc_.mov(value, start);
  for (int lane = 0; lane < lanes_; ++lane) {
    x86::Mem to = stack.cloneAdjusted(lane * 8);
    to.setSize(8);
    cc_.mov(to, value);
    if (lane + 1 < lanes_) cc_.inc(value);
  }
  return Load(DType::kInt64, stack);
}

Vector X64Emitter::Emit(Op op, DType result, std::span<const Vector> operands,
                        std::optional<uint64_t> shift) {
  Vector out;
  out.dtype = result;
  if (op == Op::kPositive) return operands[0];
  if (op == Op::kBitcast && LaneBytes(result) == ItemSize(result)) return {Use(operands[0]), result};
  if (op == Op::kCast) {
    if (CastOp(operands[0].dtype, result, operands[0], &out)) return out;
    return LaneCall(op, result, operands);
  }
  if (op == Op::kSelect) {
    if (IsBool(result)) {
      out.reg = Blend(Use(operands[2]), Use(operands[1]), Use(operands[0]));
    } else {
      out.reg = Blend(Use(operands[2]), Use(operands[1]), MaskFor(result, Use(operands[0])));
    }
    return out;
  }
  const DType dtype = operands[0].dtype;
  const bool done = IsBool(dtype)    ? MaskOp(op, operands, &out)
                    : IsFloat(dtype) ? FloatOp(op, dtype, operands, &out)
                                     : IntegerOp(op, dtype, operands, shift, &out);
  return done ? out : LaneCall(op, result, operands);
}

X64Emitter::Vec X64Emitter::FloatCompare(Op op, DType dtype, const Vec& a, const Vec& b) {
  // Predicates that signal for NaN only where a comparison is ordered; results do not depend on it.
  const int predicate = op == Op::kEqual                        ? 0
                        : op == Op::kNotEqual                   ? 4
                        : op == Op::kLess || op == Op::kGreater ? 1
                                                                : 2;
  const bool swap = op == Op::kGreater || op == Op::kGreaterEqual;
  const Vec mask = dtype == DType::kFloat64
                       ? Binary(Inst::kIdVcmppd, Inst::kIdCmppd, swap ? b : a, swap ? a : b, predicate)
                       : Binary(Inst::kIdVcmpps, Inst::kIdCmpps, swap ? b : a, swap ? a : b, predicate);
  return ToSlot(dtype, mask);
}

bool X64Emitter::FloatOp(Op op, DType dtype, std::span<const Vector> x, Vector* result) {
  const bool f64 = dtype == DType::kFloat64;
  const int bytes = Bytes(dtype);
  const int width = ItemSize(dtype);
  const Vec a = Use(x[0]);
  const Vec b = x.size() > 1 ? Use(x[1]) : a;
  const uint64_t sign = f64 ? uint64_t{1} << 63 : uint64_t{1} << 31;
  const auto pick = [&](Id avx64, Id sse64, Id avx32, Id sse32, const Vec& p, const Vec& q) {
    return f64 ? Binary(avx64, sse64, p, q) : Binary(avx32, sse32, p, q);
  };
  const auto both = [&](Id avx, Id sse, const Vec& p, const Vec& q) { return Binary(avx, sse, p, q); };
  const auto absolute = [&] { return both(Inst::kIdVpand, Inst::kIdPand, a, Pattern(bytes, ~sign, width)); };
  const auto infinity = [&] { return Pattern(bytes, f64 ? 0x7ff0000000000000u : 0x7f800000u, width); };
  const auto unordered = [&](const Vec& p) {
    return f64 ? Binary(Inst::kIdVcmppd, Inst::kIdCmppd, p, p, 3)
               : Binary(Inst::kIdVcmpps, Inst::kIdCmpps, p, p, 3);
  };
  const auto rounded = [&](int mode) {
    return f64 ? UnaryImmediate(Inst::kIdVroundpd, Inst::kIdRoundpd, a, mode)
               : UnaryImmediate(Inst::kIdVroundps, Inst::kIdRoundps, a, mode);
  };
  switch (op) {
    case Op::kAdd:
      result->reg = pick(Inst::kIdVaddpd, Inst::kIdAddpd, Inst::kIdVaddps, Inst::kIdAddps, a, b);
      return true;
    case Op::kSub:
      result->reg = pick(Inst::kIdVsubpd, Inst::kIdSubpd, Inst::kIdVsubps, Inst::kIdSubps, a, b);
      return true;
    case Op::kMul:
      result->reg = pick(Inst::kIdVmulpd, Inst::kIdMulpd, Inst::kIdVmulps, Inst::kIdMulps, a, b);
      return true;
    case Op::kSquare:
      result->reg = pick(Inst::kIdVmulpd, Inst::kIdMulpd, Inst::kIdVmulps, Inst::kIdMulps, a, a);
      return true;
    case Op::kDiv:
      result->reg = pick(Inst::kIdVdivpd, Inst::kIdDivpd, Inst::kIdVdivps, Inst::kIdDivps, a, b);
      return true;
    case Op::kReciprocal:
      result->reg = pick(Inst::kIdVdivpd, Inst::kIdDivpd, Inst::kIdVdivps, Inst::kIdDivps,
                         Pattern(bytes, f64 ? 0x3ff0000000000000u : 0x3f800000u, width), a);
      return true;
    case Op::kSqrt:
      result->reg = f64 ? Unary(Inst::kIdVsqrtpd, Inst::kIdSqrtpd, a, bytes)
                        : Unary(Inst::kIdVsqrtps, Inst::kIdSqrtps, a, bytes);
      return true;
    case Op::kFma: {
      if (!avx_) return false;
      const Vec dst = NewFor(dtype);
      cc_.emit(Inst::kIdVmovaps, dst, a);
      cc_.emit(f64 ? Inst::kIdVfmadd213pd : Inst::kIdVfmadd213ps, dst, b, Use(x[2]));
      result->reg = dst;
      return true;
    }
    case Op::kMaximum:
    case Op::kMinimum: {
      const Vec extreme = op == Op::kMaximum
                              ? pick(Inst::kIdVmaxpd, Inst::kIdMaxpd, Inst::kIdVmaxps, Inst::kIdMaxps, a, b)
                              : pick(Inst::kIdVminpd, Inst::kIdMinpd, Inst::kIdVminps, Inst::kIdMinps, a, b);
      result->reg = Blend(extreme, a, unordered(a));  // the instruction forgets a NaN on the left
      return true;
    }
    case Op::kNeg:
      result->reg = both(Inst::kIdVpxor, Inst::kIdPxor, a, Pattern(bytes, sign, width));
      return true;
    case Op::kAbs:
      result->reg = absolute();
      return true;
    case Op::kCopySign:
      result->reg = both(Inst::kIdVpor, Inst::kIdPor, absolute(),
                         both(Inst::kIdVpand, Inst::kIdPand, b, Pattern(bytes, sign, width)));
      return true;
    case Op::kRint:
      result->reg = rounded(8);
      return true;
    case Op::kFloor:
      result->reg = rounded(9);
      return true;
    case Op::kCeil:
      result->reg = rounded(10);
      return true;
    case Op::kTrunc:
      result->reg = rounded(11);
      return true;
    case Op::kIsNan:
      result->reg = ToSlot(dtype, unordered(a));
      return true;
    case Op::kIsInf:
      result->reg = FloatCompare(Op::kEqual, dtype, absolute(), infinity());
      return true;
    case Op::kIsFinite:
      result->reg = FloatCompare(Op::kLess, dtype, absolute(), infinity());
      return true;
    case Op::kSignBit:
      result->reg = ToSlot(dtype, f64 ? Binary(Inst::kIdVpcmpgtq, Inst::kIdPcmpgtq, Zero(bytes), a)
                                      : ShiftBy(Inst::kIdVpsrad, Inst::kIdPsrad, a, 31));
      return true;
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      result->reg = FloatCompare(op, dtype, a, b);
      return true;
    default:
      return false;
  }
}

X64Emitter::Vec X64Emitter::IntegerCompare(Op op, DType dtype, Vec a, Vec b) {
  const bool wide = LaneBytes(dtype) == 8;
  const int bytes = Bytes(dtype);
  const bool equality = op == Op::kEqual || op == Op::kNotEqual;
  if (!equality && IsUnsigned(dtype) && ItemSize(dtype) >= 4) {
    const Vec flip = Pattern(bytes, wide ? uint64_t{1} << 63 : uint64_t{1} << 31, LaneBytes(dtype));
    a = Binary(Inst::kIdVpxor, Inst::kIdPxor, a, flip);
    b = Binary(Inst::kIdVpxor, Inst::kIdPxor, b, flip);
  }
  if (op == Op::kLess || op == Op::kGreaterEqual) std::swap(a, b);
  const Vec mask = equality ? (wide ? Binary(Inst::kIdVpcmpeqq, Inst::kIdPcmpeqq, a, b)
                                    : Binary(Inst::kIdVpcmpeqd, Inst::kIdPcmpeqd, a, b))
                            : (wide ? Binary(Inst::kIdVpcmpgtq, Inst::kIdPcmpgtq, a, b)
                                    : Binary(Inst::kIdVpcmpgtd, Inst::kIdPcmpgtd, a, b));
  const bool invert = op == Op::kNotEqual || op == Op::kLessEqual || op == Op::kGreaterEqual;
  return ToSlot(dtype, invert ? Binary(Inst::kIdVpxor, Inst::kIdPxor, mask, Ones(bytes)) : mask);
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

bool X64Emitter::IntegerOp(Op op, DType dtype, std::span<const Vector> x, std::optional<uint64_t> shift,
                           Vector* result) {
  const bool wide = LaneBytes(dtype) == 8;
  const int bytes = Bytes(dtype);
  const Vec a = Use(x[0]);
  const Vec b = x.size() > 1 ? Use(x[1]) : a;
  const auto finish = [&](const Vec& value) {
    result->reg = Normalised(dtype, value);
    return true;
  };
  switch (op) {
    case Op::kAdd:
      return finish(wide ? Binary(Inst::kIdVpaddq, Inst::kIdPaddq, a, b)
                         : Binary(Inst::kIdVpaddd, Inst::kIdPaddd, a, b));
    case Op::kSub:
      return finish(wide ? Binary(Inst::kIdVpsubq, Inst::kIdPsubq, a, b)
                         : Binary(Inst::kIdVpsubd, Inst::kIdPsubd, a, b));
    case Op::kNeg:
      return finish(wide ? Binary(Inst::kIdVpsubq, Inst::kIdPsubq, Zero(bytes), a)
                         : Binary(Inst::kIdVpsubd, Inst::kIdPsubd, Zero(bytes), a));
    case Op::kMul:
    case Op::kSquare:
      return finish(wide ? Multiply64(a, b) : Binary(Inst::kIdVpmulld, Inst::kIdPmulld, a, b));
    case Op::kBitAnd:
      return finish(Binary(Inst::kIdVpand, Inst::kIdPand, a, b));
    case Op::kBitOr:
      return finish(Binary(Inst::kIdVpor, Inst::kIdPor, a, b));
    case Op::kBitXor:
      return finish(Binary(Inst::kIdVpxor, Inst::kIdPxor, a, b));
    case Op::kInvert:
      return finish(Binary(Inst::kIdVpxor, Inst::kIdPxor, a, Ones(bytes)));
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      result->reg = a;
      return true;
    case Op::kAbs:
      if (!IsSigned(dtype)) {
        result->reg = a;
        return true;
      }
      if (wide) return false;
      return finish(Unary(Inst::kIdVpabsd, Inst::kIdPabsd, a, bytes));
    case Op::kMaximum:
    case Op::kMinimum: {
      Vec x_wins = IntegerCompare(op == Op::kMaximum ? Op::kGreater : Op::kLess, dtype, a, b);
      result->reg = Blend(b, a, MaskFor(dtype, x_wins));
      return true;
    }
    case Op::kShiftLeft:
      if (!shift || *shift >= static_cast<uint64_t>(8 * ItemSize(dtype))) return false;
      return finish(wide ? ShiftBy(Inst::kIdVpsllq, Inst::kIdPsllq, a, static_cast<int>(*shift))
                         : ShiftBy(Inst::kIdVpslld, Inst::kIdPslld, a, static_cast<int>(*shift)));
    case Op::kShiftRight:
      if (!shift || *shift >= static_cast<uint64_t>(8 * ItemSize(dtype))) return false;
      if (wide && IsSigned(dtype)) return false;
      result->reg = wide              ? ShiftBy(Inst::kIdVpsrlq, Inst::kIdPsrlq, a, static_cast<int>(*shift))
                    : IsSigned(dtype) ? ShiftBy(Inst::kIdVpsrad, Inst::kIdPsrad, a, static_cast<int>(*shift))
                                      : ShiftBy(Inst::kIdVpsrld, Inst::kIdPsrld, a, static_cast<int>(*shift));
      return true;
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      result->reg = IntegerCompare(op, dtype, a, b);
      return true;
    default:
      return false;
  }
}

bool X64Emitter::MaskOp(Op op, std::span<const Vector> x, Vector* result) {
  const int bytes = Bytes(DType::kBool);
  const Vec a = Use(x[0]);
  const Vec b = x.size() > 1 ? Use(x[1]) : a;
  const auto inverted = [&](const Vec& v) { return Binary(Inst::kIdVpxor, Inst::kIdPxor, v, Ones(bytes)); };
  switch (op) {
    case Op::kLogicalAnd:
    case Op::kBitAnd:
    case Op::kMinimum:
      result->reg = Binary(Inst::kIdVpand, Inst::kIdPand, a, b);
      return true;
    case Op::kLogicalOr:
    case Op::kBitOr:
    case Op::kMaximum:
      result->reg = Binary(Inst::kIdVpor, Inst::kIdPor, a, b);
      return true;
    case Op::kLogicalXor:
    case Op::kBitXor:
    case Op::kNotEqual:
      result->reg = Binary(Inst::kIdVpxor, Inst::kIdPxor, a, b);
      return true;
    case Op::kEqual:
      result->reg = inverted(Binary(Inst::kIdVpxor, Inst::kIdPxor, a, b));
      return true;
    case Op::kLogicalNot:
    case Op::kInvert:
      result->reg = inverted(a);
      return true;
    case Op::kAbs:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      result->reg = a;
      return true;
    default:
      return false;
  }
}

// Exact for the whole range: the halves are placed into the mantissas of two doubles, whose biases the
// subtraction removes; only the last addition rounds.
X64Emitter::Vec X64Emitter::Int64ToFloat64(const Vec& a) {
  const int bytes = Bytes(DType::kInt64);
  Vec high = ShiftBy(Inst::kIdVpsrad, Inst::kIdPsrad, a, 16);
  high = Binary(Inst::kIdVpblendw, Inst::kIdPblendw, high, Zero(bytes), 0x33);
  high = Binary(Inst::kIdVpaddq, Inst::kIdPaddq, high, Pattern(bytes, 0x4438000000000000u, 8));  // 3 * 2^67
  const Vec low =
      Binary(Inst::kIdVpblendw, Inst::kIdPblendw, a, Pattern(bytes, 0x4330000000000000u, 8), 0x88);  // 2^52
  const Vec difference = Binary(Inst::kIdVsubpd, Inst::kIdSubpd, high,
                                Pattern(bytes, 0x4438001000000000u, 8));  // 3 * 2^67 + 2^52
  return Binary(Inst::kIdVaddpd, Inst::kIdAddpd, difference, low);
}

bool X64Emitter::CastOp(DType from, DType to, const Vector& x, Vector* result) {
  const Vec a = Use(x);
  const int bytes = Bytes(to);
  result->dtype = to;
  if (from == to) {
    result->reg = a;
    return true;
  }
  const bool small_from =
      LaneBytes(from) == 4 && IsInteger(from) && from != DType::kUInt32;  // a value of int32
  if (IsBool(to)) {
    result->reg = IsFloat(from) ? FloatCompare(Op::kNotEqual, from, a, Zero(Bytes(from)))
                                : IntegerCompare(Op::kNotEqual, from, a, Zero(Bytes(from)));
    return true;
  }
  if (IsBool(from)) {
    const Vec mask = MaskFor(to, a);
    const uint64_t one = to == DType::kFloat64   ? 0x3ff0000000000000u
                         : to == DType::kFloat32 ? 0x3f800000u
                                                 : 1;
    result->reg = Binary(Inst::kIdVpand, Inst::kIdPand, mask, Pattern(bytes, one, LaneBytes(to)));
    return true;
  }
  if (IsInteger(from) && IsInteger(to)) {
    if (LaneBytes(from) == LaneBytes(to)) {
      result->reg = Normalised(to, a);
    } else if (LaneBytes(to) == 8) {
      result->reg = from == DType::kUInt32 ? Unary(Inst::kIdVpmovzxdq, Inst::kIdPmovzxdq, a.xmm(), bytes)
                                           : Unary(Inst::kIdVpmovsxdq, Inst::kIdPmovsxdq, a.xmm(), bytes);
    } else {
      result->reg = Normalised(to, Narrow(a));
    }
    return true;
  }
  if (to == DType::kFloat64 && small_from) {
    result->reg = Unary(Inst::kIdVcvtdq2pd, Inst::kIdCvtdq2pd, a.xmm(), bytes);
  } else if (to == DType::kFloat64 && from == DType::kUInt32) {
    result->reg = Int64ToFloat64(Unary(Inst::kIdVpmovzxdq, Inst::kIdPmovzxdq, a.xmm(), bytes));
  } else if (to == DType::kFloat64 && from == DType::kInt64) {
    result->reg = Int64ToFloat64(a);
  } else if (to == DType::kFloat64 && from == DType::kFloat32) {
    result->reg = Unary(Inst::kIdVcvtps2pd, Inst::kIdCvtps2pd, a.xmm(), bytes);
  } else if (to == DType::kFloat32 && from == DType::kFloat64) {
    result->reg = Unary(Inst::kIdVcvtpd2ps, Inst::kIdCvtpd2ps, a, bytes);
  } else if (to == DType::kFloat32 && small_from) {
    result->reg = Unary(Inst::kIdVcvtdq2ps, Inst::kIdCvtdq2ps, a, bytes);
  } else if (to == DType::kInt32 && from == DType::kFloat64) {
    result->reg = Unary(Inst::kIdVcvttpd2dq, Inst::kIdCvttpd2dq, a, bytes);
  } else if (to == DType::kInt32 && from == DType::kFloat32) {
    result->reg = Unary(Inst::kIdVcvttps2dq, Inst::kIdCvttps2dq, a, bytes);
  } else {
    return false;
  }
  return true;
}

Vector X64Emitter::LaneCall(Op op, DType result, std::span<const Vector> operands) {
  // The dtype that selects the function: that of the operands not fixed to bool.
  DType dtype = operands[0].dtype;
  for (size_t k = 0; k < operands.size(); ++k) {
    if (((Info(op).bool_operands >> k) & 1) == 0) dtype = operands[k].dtype;
  }
  const ElementFunction function = FindElementFunction(op, dtype, result);
  x86::Mem stack = cc_.newStack(static_cast<uint32_t>(kStackSlot) * 4 + 32, 32);
  const x86::Gp address = cc_.newInt64();
  const x86::Gp list = cc_.newInt64();
  for (size_t k = 0; k < operands.size(); ++k) {
    const auto offset = static_cast<int32_t>(32 + kStackSlot * static_cast<int>(k + 1));
    Store(stack.cloneAdjusted(offset), operands[k]);
    cc_.lea(address, stack.cloneAdjusted(offset));
    x86::Mem entry = stack.cloneAdjusted(static_cast<int32_t>(8 * k));
    entry.setSize(8);
    cc_.mov(entry, address);
  }
  const x86::Gp out = cc_.newInt64();
  cc_.lea(list, stack);
  cc_.lea(out, stack.cloneAdjusted(32));
  InvokeNode* call = nullptr;
  cc_.invoke(&call, imm(reinterpret_cast<uint64_t>(function)),
             FuncSignatureT<void, void*, const void*, int64_t>(CallConvId::kHost));
  call->setArg(0, out);
  call->setArg(1, list);
  call->setArg(2, imm(lanes_));
  return Load(result, stack.cloneAdjusted(32));
}

}  // namespace lathe
