// Conversions between dtypes, to the bit as Cast of ir/eval.h.
#include "src/codegen/x64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

constexpr uint64_t kTwo52 = 0x4330000000000000u;           // 2^52: a double whose mantissa takes 52 bits
constexpr uint64_t kTwo84 = 0x4530000000000000u;           // 2^84
constexpr uint64_t kTwo84PlusTwo52 = 0x4530000000100000u;  // 2^84 + 2^52
constexpr uint64_t kThreeTwo67 = 0x4438000000000000u;      // 3 * 2^67
constexpr uint64_t kThreeTwo67PlusTwo52 = 0x4438001000000000u;

// An integer of a dtype whose lanes hold an int32.
bool IsInt32Lane(DType dtype) { return IsInteger(dtype) && ItemSize(dtype) <= 4 && dtype != DType::kUInt32; }

}  // namespace

// Exact for the whole range: the halves are placed into the mantissas of two doubles, whose biases the
// subtraction removes; only the last addition rounds.
X64Emitter::Vec X64Emitter::Int64ToFloat64(const Vec& a) {
  const int bytes = Bytes(DType::kInt64);
  Vec high = ShiftBy(Inst::kIdVpsrad, Inst::kIdPsrad, a, 16);
  high = Binary(Inst::kIdVpblendw, Inst::kIdPblendw, high, Zero(bytes), 0x33);
  high = Binary(Inst::kIdVpaddq, Inst::kIdPaddq, high, PatternAt(bytes, kThreeTwo67, 8));
  const Vec low = Binary(Inst::kIdVpblendw, Inst::kIdPblendw, a, PatternAt(bytes, kTwo52, 8), 0x88);
  const Vec difference =
      Binary(Inst::kIdVsubpd, Inst::kIdSubpd, high, PatternAt(bytes, kThreeTwo67PlusTwo52, 8));
  return Binary(Inst::kIdVaddpd, Inst::kIdAddpd, difference, low);
}
X64Emitter::Vec X64Emitter::UInt64ToFloat64(const Vec& a) {
  const int bytes = Bytes(DType::kInt64);
  const Vec low = Binary(Inst::kIdVpblendw, Inst::kIdPblendw, a, PatternAt(bytes, kTwo52, 8), 0xcc);
  const Vec high = Binary(Inst::kIdVpor, Inst::kIdPor, ShiftBy(Inst::kIdVpsrlq, Inst::kIdPsrlq, a, 32),
                          PatternAt(bytes, kTwo84, 8));
  const Vec difference = Binary(Inst::kIdVsubpd, Inst::kIdSubpd, high, PatternAt(bytes, kTwo84PlusTwo52, 8));
  return Binary(Inst::kIdVaddpd, Inst::kIdAddpd, difference, low);
}

// Lane by lane, for lack of an instruction: what does not fit gives the smallest integer.
X64Emitter::Vec X64Emitter::FloatToInt64(DType from, const Vec& a) {
  const bool f64 = from == DType::kFloat64;
  const Id truncate = f64 ? (avx() ? Inst::kIdVcvttsd2si : Inst::kIdCvttsd2si)
                          : (avx() ? Inst::kIdVcvttss2si : Inst::kIdCvttss2si);
  const auto lane = [&](const Vec& from_low) {
    const x86::Gp value = cc_.newInt64();
    cc_.emit(truncate, value, from_low);
    return value;
  };
  const auto pair = [&](const Vec& x) {
    const Vec both = cc_.newXmm();
    cc_.emit(MoveId(8), both, lane(x));
    if (lanes_ == 1) return both;
    const Vec second = f64 ? Binary(Inst::kIdVunpckhpd, Inst::kIdUnpckhpd, x, x)
                           : Binary(Inst::kIdVshufps, Inst::kIdShufps, x, x, 0x55);
    return Binary(Inst::kIdVpinsrq, Inst::kIdPinsrq, both, lane(second), 1);
  };
  const Vec low = pair(a.xmm());
  if (lanes_ <= 2) return low;
  const Vec high = pair(f64 ? High(a) : Binary(Inst::kIdVmovhlps, Inst::kIdMovhlps, a.xmm(), a.xmm()));
  const Vec dst = cc_.newYmm();
  cc_.emit(Inst::kIdVinserti128, dst, low.ymm(), high, imm(1));
  return dst;
}
X64Emitter::Vec X64Emitter::Int64ToFloat32(const Vec& a) {
  Vec result = Zero(16);
  for (int lane = 0; lane < lanes_; ++lane) {
    const x86::Gp value = cc_.newInt64();
    const Vec half = lane >= 2 ? High(a) : a.xmm();
    // Not movq for lane 0: of a spilled register the allocator would make it a load, which movq to a general
    // register has no form for.
    cc_.emit(avx() ? Inst::kIdVpextrq : Inst::kIdPextrq, value, half, imm(lane % 2));
    const Vec converted = Zero(16);
    if (avx()) {
      cc_.emit(Inst::kIdVcvtsi2ss, converted, converted, value);
    } else {
      cc_.emit(Inst::kIdCvtsi2ss, converted, value);
    }
    result = Binary(Inst::kIdVinsertps, Inst::kIdInsertps, result, converted, lane << 4);
  }
  return result;
}

X64Emitter::Vec X64Emitter::ExtendTo64(DType from, const Vec& a) {
  return from == DType::kUInt32 ? Unary(Inst::kIdVpmovzxdq, Inst::kIdPmovzxdq, a, lanes_ * 8)
                                : Unary(Inst::kIdVpmovsxdq, Inst::kIdPmovsxdq, a, lanes_ * 8);
}

X64Emitter::Vec X64Emitter::CastInteger(DType from, DType to, const Vec& a) {
  if (LaneBytes(from) == LaneBytes(to)) return Normalised(to, a);
  return LaneBytes(to) == 8 ? ExtendTo64(from, a) : Normalised(to, NarrowLanes(a));
}

bool X64Emitter::CastToFloat(DType from, DType to, const Vec& a, Reg* result) {
  if (to == DType::kFloat64) {
    if (IsInt32Lane(from)) {
      *result = Unary(Inst::kIdVcvtdq2pd, Inst::kIdCvtdq2pd, a, Bytes(to));
    } else if (from == DType::kUInt32) {
      *result = Int64ToFloat64(ExtendTo64(from, a));
    } else if (from == DType::kInt64) {
      *result = Int64ToFloat64(a);
    } else if (from == DType::kUInt64) {
      *result = UInt64ToFloat64(a);
    } else {
      *result = Unary(Inst::kIdVcvtps2pd, Inst::kIdCvtps2pd, a, Bytes(to));
    }
    return true;
  }
  if (from == DType::kFloat64) {
    *result = Unary(Inst::kIdVcvtpd2ps, Inst::kIdCvtpd2ps, a, Bytes(to));
  } else if (IsInt32Lane(from)) {
    *result = Unary(Inst::kIdVcvtdq2ps, Inst::kIdCvtdq2ps, a, Bytes(to));
  } else if (from == DType::kInt64) {
    *result = Int64ToFloat32(a);
  } else {
    return false;
  }
  return true;
}

bool X64Emitter::CastFromFloat(DType from, DType to, const Vec& a, Reg* result) {
  if (IsInt32Lane(to)) {
    const Vec whole = from == DType::kFloat64 ? Unary(Inst::kIdVcvttpd2dq, Inst::kIdCvttpd2dq, a, lanes_ * 4)
                                              : Unary(Inst::kIdVcvttps2dq, Inst::kIdCvttps2dq, a, lanes_ * 4);
    *result = Normalised(to, whole);
    return true;
  }
  // To uint32 goes by 64 bits; without 8-byte slots there is no room for them.
  if (slot_ != 8 || to == DType::kUInt64) return false;
  Reg whole;
  if (!avx512() || !Avx512Cast(from, DType::kInt64, a, &whole)) whole = FloatToInt64(from, a);
  *result = to == DType::kUInt32 ? NarrowLanes(whole.as<Vec>()) : whole.as<Vec>();
  return true;
}

bool X64Emitter::CastOp(DType from, DType to, const Vector& x, Vector* result) {
  if (IsBool(from)) {
    const Mask mask = UseMask(x);
    const uint64_t one = to == DType::kFloat64   ? 0x3ff0000000000000u
                         : to == DType::kFloat32 ? 0x3f800000u
                                                 : 1;
    result->reg = mask;
    if (!IsBool(to)) result->reg = Where(to, MaskFor(to, mask), PatternAt(Bytes(to), one, LaneBytes(to)));
    return true;
  }
  const Vec a = Use(x);
  if (from == to) {
    result->reg = a;
    return true;
  }
  if (IsBool(to)) {
    const Vec zero = Zero(Bytes(from));
    result->reg = IsFloat(from) ? FloatCompare(Op::kNotEqual, from, a, zero)
                                : ToSlot(from, IntegerMask(Op::kNotEqual, from, a, zero));
    return true;
  }
  if (avx512() && Avx512Cast(from, to, a, &result->reg)) return true;
  if (IsFloat(to)) return CastToFloat(from, to, a, &result->reg);
  if (IsFloat(from)) return CastFromFloat(from, to, a, &result->reg);
  result->reg = CastInteger(from, to, a);
  return true;
}

}  // namespace lathe
