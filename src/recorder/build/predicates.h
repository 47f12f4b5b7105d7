// The conditions that rules.def names. A predicate may derive the constant K.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "src/recorder/build/rules.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe::predicates {

inline Scalar ConstantC(const RuleMatch& match) {
  return {match.dtype, match.trace->at(match.bound['C']).attribute};
}

inline bool Always(RuleMatch&) { return true; }
inline bool HasSign(RuleMatch& match) { return IsSigned(match.dtype) || IsFloat(match.dtype); }
inline bool HasNoSign(RuleMatch& match) { return !HasSign(match); }
inline bool SameDType(RuleMatch& match) { return match.dtype == match.result; }
inline bool SameShape(RuleMatch& match) { return SameDims(match.trace->dims(match.bound['x']), match.dims); }

// C is a positive power of two; K = log2 C.
inline bool PowerOfTwo(RuleMatch& match) {
  return VisitDType(match.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      const T value = ConstantC(match).template As<T>();
      if (value <= 0 || !std::has_single_bit(static_cast<uint64_t>(value))) return false;
      match.derived = static_cast<uint64_t>(std::countr_zero(static_cast<uint64_t>(value)));
      return true;
    }
    return false;
  });
}

// C is a positive power of two; K = C - 1.
inline bool PowerOfTwoMask(RuleMatch& match) {
  if (!PowerOfTwo(match)) return false;
  match.derived = (uint64_t{1} << match.derived) - 1;
  return true;
}

// 1 / C is exact and normal, as is C: both are powers of two. K = 1 / C.
inline bool ExactReciprocal(RuleMatch& match) {
  return VisitDType(match.dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_floating_point_v<T>) {
      const T value = ConstantC(match).template As<T>();
      int exponent = 0;
      if (!std::isnormal(value) || std::fabs(std::frexp(value, &exponent)) != T{0.5}) return false;
      const T reciprocal = T{1} / value;
      if (!std::isnormal(reciprocal)) return false;
      match.derived = Scalar::Of(reciprocal).bits;
      return true;
    }
    return false;
  });
}

// Whether every element of `from` is one of `to`.
inline bool Widens(DType from, DType to) {
  if (from == to || IsBool(from)) return true;
  if (IsBool(to) || IsFloat(from)) return from == DType::kFloat32 && to == DType::kFloat64;
  if (IsFloat(to)) return ItemSize(from) < ItemSize(to);
  if (IsUnsigned(from))
    return ItemSize(from) < ItemSize(to) || (IsUnsigned(to) && ItemSize(from) <= ItemSize(to));
  return IsSigned(to) && ItemSize(from) <= ItemSize(to);
}

// The inner cast loses nothing, and the outer one treats its result as it would the original: a float on
// the way to an integer wraps otherwise than an integer does.
inline bool InnerCastExact(RuleMatch& match) {
  const Ref outer_operand = match.bound[0];
  const DType middle = match.trace->at(outer_operand).dtype;
  if (!Widens(match.dtype, middle)) return false;
  return !IsFloat(middle) || IsFloat(match.dtype) || IsFloat(match.result);
}

}  // namespace lathe::predicates
