// Conversions between dtypes, to the bit as Cast of ir/eval.h: what does not fit into an integer gives what
// x86-64's instructions give, the smallest one. Those of AArch64 give the nearest, and 0 of a NaN.
#include "src/codegen/a64/emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

constexpr uint64_t kTwo63 = 0x43e0000000000000u;  // 2^63 and 2^64 as doubles
constexpr uint64_t kTwo64 = 0x43f0000000000000u;
constexpr uint64_t kTwo31 = 0x41e0000000000000u;  // 2^31 as a double, and as a float
constexpr uint64_t kTwo31Float = 0x4f000000u;
constexpr uint64_t kSmallest64 = uint64_t{1} << 63;
constexpr uint64_t kSmallest32 = uint64_t{1} << 31;

// An integer of a dtype whose lanes hold an int32.
bool IsInt32Lane(DType dtype) { return IsInteger(dtype) && ItemSize(dtype) <= 4 && dtype != DType::kUInt32; }

}  // namespace

// Element by element: by way of float64 they would be rounded twice.
A64Emitter::Vec A64Emitter::Int64ToFloat32(DType from, const Vec& a) {
  const Vec result = New();
  for (int lane = 0; lane < lanes_; ++lane) {
    const Gp value = cc_.newInt64();
    cc_.umov(value.x(), Lane(a, 8, lane));
    const Vec converted = lane == 0 ? result : New();
    from == DType::kInt64 ? cc_.scvtf(converted.s(), value.x()) : cc_.ucvtf(converted.s(), value.x());
    if (lane > 0) cc_.ins(Lane(result, 4, lane), Lane(converted, 4, 0));
  }
  return result;
}

A64Emitter::Vec A64Emitter::ToInt64(const Vec& a) {
  const Vec fits = Binary(Inst::kIdFcmgt_v, Pattern(kTwo63, 8), a, 8);
  const Vec smallest = Pattern(kSmallest64, 8);
  return Choose(fits, Unary(Inst::kIdFcvtzs_v, a, 8), smallest);
}
// From 2^64 on 0; below 2^63 what conversion to int64 gives.
A64Emitter::Vec A64Emitter::ToUInt64(const Vec& a) {
  const Vec fits = Binary(Inst::kIdFcmgt_v, Pattern(kTwo64, 8), a, 8);
  const Vec high = Bitwise(Inst::kIdAnd_v, Unary(Inst::kIdFcvtzu_v, a, 8), fits);
  const Vec low = ToInt64(a);
  return Choose(Binary(Inst::kIdFcmge_v, a, Pattern(kTwo63, 8), 8), high, low);
}

A64Emitter::Vec A64Emitter::CastInteger(DType from, DType to, const Vec& a) {
  if (LaneBytes(from) == LaneBytes(to)) return Normalised(to, a);
  return LaneBytes(to) == 8 ? Widened(a, from != DType::kUInt32, 8) : Normalised(to, Narrowed(a, 4));
}

A64Emitter::Vec A64Emitter::CastToFloat(DType from, DType to, const Vec& a) {
  const Vec dst = New();
  if (IsFloat(from)) {
    to == DType::kFloat64 ? cc_.fcvtl(dst.d2(), a.s2()) : cc_.fcvtn(dst.s2(), a.d2());
    return dst;
  }
  const bool is_signed = from == DType::kInt64 || IsInt32Lane(from);
  const Id convert = is_signed ? Inst::kIdScvtf_v : Inst::kIdUcvtf_v;
  if (to == DType::kFloat64) return Unary(convert, LaneBytes(from) == 8 ? a : Widened(a, is_signed, 8), 8);
  return LaneBytes(from) == 8 ? Int64ToFloat32(from, a) : Unary(convert, a, 4);
}

A64Emitter::Vec A64Emitter::CastFromFloat(DType from, DType to, const Vec& a) {
  const bool is_wide = from == DType::kFloat64;
  if (IsInt32Lane(to)) {
    if (!is_wide) {
      const Vec fits = Binary(Inst::kIdFcmgt_v, Pattern(kTwo31Float, 4), a, 4);
      const Vec smallest = Pattern(kSmallest32, 4);
      return Normalised(to, Choose(fits, Unary(Inst::kIdFcvtzs_v, a, 4), smallest));
    }
    const Vec fits = Narrowed(Binary(Inst::kIdFcmgt_v, Pattern(kTwo31, 8), a, 8), 4);
    const Vec nearest = New();
    cc_.sqxtn(nearest.s2(), Unary(Inst::kIdFcvtzs_v, a, 8).d2());
    return Normalised(to, Choose(fits, nearest, Pattern(kSmallest32, 4)));
  }
  if (LaneBytes(to) == 8) {
    const Vec wide = is_wide ? a : CastToFloat(from, DType::kFloat64, a);
    return to == DType::kInt64 ? ToInt64(wide) : ToUInt64(wide);
  }
  // To uint32 by int64, cut; four lanes of float32 in two halves.
  const Vec low = Narrowed(ToInt64(is_wide ? a : CastToFloat(from, DType::kFloat64, a)), 4);
  if (is_wide || lanes_ <= 2) return low;
  const Vec high = New();
  cc_.fcvtl2(high.d2(), a.s4());
  cc_.xtn2(low.s4(), ToInt64(high).d2());
  return low;
}

bool A64Emitter::CastOp(DType from, DType to, const A64Vector& x, Vec* result) {
  const Vec& a = x.reg;
  if (IsBool(from)) {
    const uint64_t one = to == DType::kFloat64   ? 0x3ff0000000000000u
                         : to == DType::kFloat32 ? 0x3f800000u
                                                 : 1;
    *result = IsBool(to) ? a : Where(MaskFor(to, a), one, LaneBytes(to));
  } else if (from == to) {
    *result = a;
  } else if (IsBool(to)) {
    *result = ToSlot(from, IsFloat(from) ? FloatMask(Op::kNotEqual, ItemSize(from), a, Zero())
                                         : IntegerMask(Op::kNotEqual, from, a, Zero()));
  } else if (IsFloat(to)) {
    *result = CastToFloat(from, to, a);
  } else {
    *result = IsFloat(from) ? CastFromFloat(from, to, a) : CastInteger(from, to, a);
  }
  return true;
}

}  // namespace lathe
