// exp, tanh and erf over any algebra (algebra.h). All three reduce by a multiple of ln 2 and share one
// polynomial. Cody and Waite, Software Manual for the Elementary Functions (1980), with fma in the place of
// constants of few bits: n * ln2_hi is subtracted exactly.
#pragma once

#include "src/recorder/expand/algebra.h"
#include "src/recorder/expand/coefficients.h"

namespace lathe::expand {

template <class T>
struct ExpConstants;
template <>
struct ExpConstants<double> {
  static constexpr double kLog2E = 0x1.71547652b82fep+0;
  static constexpr double kLn2High = 0x1.62e42fefa39efp-1;
  static constexpr double kLn2Low = 0x1.abc9e3b39803fp-56;
  static constexpr double kLowest = -750;  // exp of less is 0, of more than the highest infinity
  static constexpr double kHighest = 720;
  static constexpr double kTanhOne = 22;  // tanh of more is 1
  static constexpr double kErfcEnd = 4.95;
};
template <>
struct ExpConstants<float> {
  static constexpr float kLog2E = 0x1.715476p+0f;
  static constexpr float kLn2High = 0x1.62e430p-1f;
  static constexpr float kLn2Low = -0x1.05c610p-29f;
  static constexpr float kLowest = -106;
  static constexpr float kHighest = 90;
  static constexpr float kTanhOne = 11;
  static constexpr float kErfcEnd = 2.95f;
};

// 2^n for an integer n of moderate size, given as n + kBiasedShift<T>.
template <class A>
typename A::Number PowerOfTwo(A& a, typename A::Number shifted) {
  return a.FromBits(a.ToBits(shifted) << kMantissaBits<typename A::Type>);
}

// x = n ln 2 + r, |r| <= (ln 2) / 2; `shifted` is n + kBiasedShift.
template <class A>
struct ReducedExp {
  typename A::Number shifted, n, r;
};
template <class A>
ReducedExp<A> ReduceExp(A& a, typename A::Number x) {
  using C = ExpConstants<typename A::Type>;
  const auto shift = a(kBiasedShift<typename A::Type>);
  ReducedExp<A> result;
  result.shifted = a.Fma(x, a(C::kLog2E), shift);
  result.n = result.shifted - shift;
  result.r = a.Fma(result.n, a(-C::kLn2Low), a.Fma(result.n, a(-C::kLn2High), x));
  return result;
}

// exp(r) - 1 - r, by r^2 times a polynomial.
template <class A>
typename A::Number ExpTail(A& a, typename A::Number r) {
  return (r * r) * Polynomial(a, r, Coefficients<typename A::Type>::kExp);
}

// exp where it neither overflows nor underflows.
template <class A>
typename A::Number ExpModerate(A& a, typename A::Number x) {
  const auto [shifted, n, r] = ReduceExp(a, x);
  const auto p = a.Fma(r * r, Polynomial(a, r, Coefficients<typename A::Type>::kExp), r);
  return (a(1) + p) * PowerOfTwo(a, shifted);
}

// Scaled in two steps, so that the second one rounds to a subnormal or overflows as it should.
template <class A>
typename A::Number ExpandExp(A& a, typename A::Number x) {
  using T = typename A::Type;
  using C = ExpConstants<T>;
  x = a.Select(a(C::kHighest) < x, a(C::kHighest), x);
  x = a.Select(x < a(C::kLowest), a(C::kLowest), x);
  const auto [shifted, n, r] = ReduceExp(a, x);
  const auto p = a.Fma(r * r, Polynomial(a, r, Coefficients<T>::kExp), r);
  const auto shift = a(kBiasedShift<T>);
  const auto half = a.Fma(n, a(T(0.5)), shift);
  const auto rest = (n - (half - shift)) + shift;
  return ((a(1) + p) * PowerOfTwo(a, half)) * PowerOfTwo(a, rest);
}

// tanh |x| = e / (e + 2) with e = exp(2 |x|) - 1, numerator and denominator as sums of two numbers.
template <class A>
typename A::Number ExpandTanh(A& a, typename A::Number x) {
  using T = typename A::Type;
  using C = ExpConstants<T>;
  auto y = a.Abs(x);
  y = a.Select(a(C::kTanhOne) < y, a(C::kTanhOne), y);
  y = y + y;
  const auto shift = a(kBiasedShift<T>);
  const auto shifted = a.Fma(y, a(C::kLog2E), shift);
  const auto n = shifted - shift;
  const auto exact = a.Fma(n, a(-C::kLn2High), y);
  const auto r = a.Fma(n, a(-C::kLn2Low), exact);
  const auto r_low = a.Fma(n, a(-C::kLn2Low), exact - r);
  const auto tail = ExpTail(a, r) + r_low;
  const auto p = r + tail;
  const auto p_low = (r - p) + tail;
  const auto scale = PowerOfTwo(a, shifted);
  const auto scaled = scale * p;
  const auto minus_one = scale - a(1);
  const auto e = minus_one + scaled;
  const auto e_low = a.Fma(scale, p_low, (minus_one - e) + scaled);
  const auto below = e + a(2);
  const auto below_low = (e - (below - a(2))) + e_low;
  const auto inverse = a(1) / below;
  const auto quotient = e * inverse;
  const auto rest = a.Fma(-quotient, below, e) + a.Fma(-quotient, below_low, e_low);
  return a.CopySign(a.Fma(rest, inverse, quotient), x);
}

// Near 0 an odd polynomial; from 1 on 1 - exp of a polynomial, which is log erfc.
template <class A>
typename A::Number ExpandErf(A& a, typename A::Number x) {
  using T = typename A::Type;
  using C = ExpConstants<T>;
  const auto y = a.Abs(x);
  const auto near = a.Fma(y, Polynomial(a, y * y, Coefficients<T>::kErf), y);
  auto u = y - a(1);
  u = a.Select(a(C::kErfcEnd) < u, a(C::kErfcEnd), u);
  const auto far = a(1) - ExpModerate(a, Polynomial(a, u, Coefficients<T>::kErfc));
  return a.CopySign(a.Select(y < a(1), near, far), x);
}

}  // namespace lathe::expand
