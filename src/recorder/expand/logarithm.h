// log and pow over any algebra (algebra.h). The argument is 2^e m with m near 1; log m is a series in
// s = (m - 1) / (m + 1). The sums are those of W. Kahan's and K. C. Ng's log (fdlibm e_log.c); pow carries
// every step in two numbers (T. J. Dekker, Numerische Mathematik 18, 1971). What is not a positive normal
// number, and powers that overflow or underflow, go to the C library: a rare jump.
#pragma once

#include "src/recorder/expand/algebra.h"
#include "src/recorder/expand/coefficients.h"
#include "src/recorder/expand/exponential.h"

namespace lathe::expand {

template <class T>
struct LogConstants;
template <>
struct LogConstants<double> {
  static constexpr uint64_t kSqrtHalf = 0x3fe6a09e667f3bcd;
  static constexpr uint64_t kOne = 0x3ff0000000000000;
  static constexpr double kExponentShift = 0x1p52;
  static constexpr double kExponentBias = 0x1p52 + 1023;
  static constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // few bits: exact times an exponent
  static constexpr double kLn2Low = 0x1.ef35793c76730p-45;
};
template <>
struct LogConstants<float> {
  static constexpr uint32_t kSqrtHalf = 0x3f3504f3;
  static constexpr uint32_t kOne = 0x3f800000;
  static constexpr float kExponentShift = 0x1p23f;
  static constexpr float kExponentBias = 0x1p23f + 127;
  static constexpr float kLn2High = 0x1.62e400p-1f;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20f;
};

// x = 2^exponent (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for a positive normal x.
template <class A>
struct SplitNumber {
  typename A::Number exponent, f;
};
template <class A>
SplitNumber<A> SplitExponent(A& a, typename A::Number x) {
  using T = typename A::Type;
  using C = LogConstants<T>;
  const auto moved = a.ToBits(x) + a.Constant(C::kOne - C::kSqrtHalf);
  const auto biased =
      a.FromBits((moved >> kMantissaBits<T>) | a.ToBits(a(C::kExponentShift))) - a(C::kExponentBias);
  const auto fraction = moved & a.Constant((BitsOf<T>{1} << kMantissaBits<T>)-1);
  return {biased, a.FromBits(fraction + a.Constant(C::kSqrtHalf)) - a(1)};
}

// log of a positive normal number.
template <class A>
typename A::Number LogNormal(A& a, typename A::Number x) {
  using T = typename A::Type;
  using C = LogConstants<T>;
  const auto [e, f] = SplitExponent(a, x);
  const auto s = f / (f + a(2));
  const auto z = s * s;
  const auto half_square = (f * a(T(0.5))) * f;
  const auto series = a.Fma(z, Polynomial(a, z, Coefficients<T>::kLog), half_square);
  const auto small = half_square - a.Fma(s, series, e * a(C::kLn2Low));
  const auto whole = e * a(C::kLn2High);
  const auto high = whole + f;
  const auto low = (whole - high) + f;
  return high + (low - small);
}

template <class A>
typename A::Number ExpandLog(A& a, typename A::Number x) {
  using T = typename A::Type;
  const auto normal = a(kSmallestNormal<T>) <= x && x < a(kInfinity<T>);
  return a.SelectRare(
      !normal, [&] { return a.LibraryLog(x); }, LogNormal(a, x));
}

// A value as the sum of two numbers, the first one being the sum rounded.
template <class A>
struct Pair {
  typename A::Number high, low;
};
// The sum of x and y, |x| >= |y| or x = 0.
template <class A>
Pair<A> FastSum(A&, typename A::Number x, typename A::Number y) {
  const auto high = x + y;
  return {high, (x - high) + y};
}
template <class A>
Pair<A> Product(A& a, const Pair<A>& x, const Pair<A>& y) {
  const auto high = x.high * y.high;
  const auto low = a.Fma(x.high, y.high, -high);
  return {high, a.Fma(x.high, y.low, a.Fma(x.low, y.high, low))};
}

// log of a positive normal number to about 2^-65, relatively.
template <class A>
Pair<A> LogPair(A& a, typename A::Number x) {
  using C = LogConstants<double>;
  const auto [e, f] = SplitExponent(a, x);
  // s = f / (2 + f), the quotient corrected by its remainder.
  const auto below = f + a(2);
  const auto below_low = f - (below - a(2));
  const auto inverse = a(1) / below;
  const auto s_high = f * inverse;
  const auto rest = a.Fma(-s_high, below_low, a.Fma(-s_high, below, f));
  const Pair<A> s = {s_high, rest * inverse};
  const Pair<A> z = Product(a, s, s);
  // log(1 + f) = s (2 + z (2/3 + z P(z))).
  const auto tail = z.high * Polynomial(a, z.high, Coefficients<double>::kLogTail);
  Pair<A> cubic = FastSum(a, a(0x1.5555555555555p-1), tail);
  cubic.low = cubic.low + a(0x1.5555555555555p-55);
  const Pair<A> product = Product(a, z, cubic);
  Pair<A> factor = FastSum(a, a(2), product.high);
  factor.low = factor.low + product.low;
  const Pair<A> series = Product(a, s, factor);
  const Pair<A> sum = FastSum(a, e * a(C::kLn2High), series.high);
  return FastSum(a, sum.high, sum.low + a.Fma(e, a(C::kLn2Low), series.low));
}

// exp of a sum of two numbers, where it neither overflows nor underflows.
template <class A>
typename A::Number ExpPair(A& a, const Pair<A>& x) {
  using C = ExpConstants<double>;
  const auto shift = a(kBiasedShift<double>);
  const auto shifted = a.Fma(x.high, a(C::kLog2E), shift);
  const auto n = shifted - shift;
  const auto exact = a.Fma(n, a(-C::kLn2High), x.high);
  const auto correction = a.Fma(n, a(-C::kLn2Low), x.low);
  const auto r = exact + correction;
  const auto r_low = (exact - r) + correction;
  const auto tail = ExpTail(a, r) + a.Fma(r_low, r, r_low);
  return (a(1) + (r + tail)) * PowerOfTwo(a, shifted);
}

// Powers of |x| where everything is normal; the sign of x, and the rest, are ExpandPower's.
template <class A>
struct PowerParts {
  typename A::Number value;
  typename A::Mask normal;
};
template <class A>
PowerParts<A> PowerOfMagnitude(A& a, typename A::Number magnitude, typename A::Number y) {
  using T = typename A::Type;
  if constexpr (sizeof(T) == 8) {
    const Pair<A> log = LogPair(a, magnitude);
    const auto high = y * log.high;
    const auto low = a.Fma(y, log.low, a.Fma(y, log.high, -high));
    return {ExpPair(a, Pair<A>{high, low}), a.Abs(high) < a(708)};
  } else {
    auto wide = a.Wide();
    const auto exponent = a.Widen(y) * LogNormal(wide, a.Widen(magnitude));
    const auto value = a.Narrow(ExpModerate(wide, exponent));
    return {value, a.NarrowMask(wide.Abs(exponent) < wide(87))};
  }
}

template <class A>
typename A::Number ExpandPower(A& a, typename A::Number x, typename A::Number y) {
  using T = typename A::Type;
  const auto magnitude = a.Abs(x);
  const auto [value, in_range] = PowerOfMagnitude(a, magnitude, y);
  const auto negative = x < a(0);
  const auto whole = a.Rint(y) == y;
  const auto half = y * a(T(0.5));
  const auto odd = whole && a.Rint(half) != half;
  const auto normal =
      a(kSmallestNormal<T>) <= magnitude && magnitude < a(kInfinity<T>) && in_range && (whole || !negative);
  return a.SelectRare(
      !normal, [&] { return a.LibraryPower(x, y); }, a.Select(negative && odd, -value, value));
}

}  // namespace lathe::expand
