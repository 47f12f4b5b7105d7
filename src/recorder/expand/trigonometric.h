// sin and cos over any algebra (algebra.h): the argument is reduced by a multiple of pi/2 in three parts
// (Cody and Waite, with fma), both polynomials are computed and one is taken. float32 goes by float64,
// float64 keeps the remainder in two numbers. Larger arguments, which need more digits of pi, go to the C
// library: a rare jump.
#pragma once

#include "src/recorder/expand/algebra.h"
#include "src/recorder/expand/coefficients.h"

namespace lathe::expand {

inline constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
// The second part has 33 bits: its multiples by integers below 2^20 are exact, and so is what they leave
// next to a multiple of pi/2.
inline constexpr double kHalfPi[] = {0x1.921fb54442d18p+0, 0x1.1a62633100000p-54, 0x1.1701b839a2520p-88};
template <class T>
inline constexpr T kLargestReduced = 0x1p20;

// The sine of x after `quarter_turns` more of pi/2, but for the sign, which is the lowest bit but one of the
// quadrant's number; that may have anything in its upper bits.
template <class A>
struct Quadrant {
  typename A::Number value;
  typename A::Bits number;
};

template <class A>
Quadrant<A> ChooseQuadrant(A& a, typename A::Number shifted, int quarter_turns, typename A::Number sine,
                           typename A::Number cosine) {
  auto number = a.ToBits(shifted);
  if (quarter_turns != 0) number = number + a.Constant(BitsOf<typename A::Type>{1});
  return {a.Select(a.SignBit(a.FromBits(number << 63)), cosine, sine), number};
}

template <class A>
struct SineCosine {
  typename A::Number sine, cosine;
};

// Of r - excess, |r| <= pi/4 and a little, A::Type being double. The sums are arranged so that the sine of -0
// is -0.
template <class A>
SineCosine<A> SineAndCosine(A& a, typename A::Number r, typename A::Number excess) {
  const auto z = r * r;
  const auto sine = r - a.Fma(z * r, Polynomial(a, z, Coefficients<double>::kSin), excess);
  // What rounding 1 - z/2 takes away is given back, with what the excess does to a cosine.
  const auto near_one = a.Fma(z, a(-0.5), a(1));
  const auto rounding = a.Fma(z, a(-0.5), a(1) - near_one);
  const auto small = a.Fma(r, excess, rounding);
  return {sine, near_one + a.Fma(z * z, Polynomial(a, z, Coefficients<double>::kCos), small)};
}

template <class A>
Quadrant<A> ReducedSine(A& a, typename A::Number x, int quarter_turns) {
  const auto shift = a(kShift<double>);
  const auto shifted = a.Fma(x, a(kTwoOverPi), shift);
  const auto n = shifted - shift;
  const auto exact = a.Fma(n, a(-kHalfPi[0]), x);
  const auto r = a.Fma(n, a(-kHalfPi[1]), exact);
  const auto excess = a.Fma(n, a(kHalfPi[2]), a.Fma(n, a(kHalfPi[1]), r - exact));
  const auto [sine, cosine] = SineAndCosine(a, r, excess);
  return ChooseQuadrant(a, shifted, quarter_turns, sine, cosine);
}

// The same to the accuracy of float32, computed in float64.
template <class A>
Quadrant<A> ShortReducedSine(A& a, typename A::Number x, int quarter_turns) {
  const auto shift = a(kShift<double>);
  const auto shifted = a.Fma(x, a(kTwoOverPi), shift);
  const auto n = shifted - shift;
  const auto r = a.Fma(n, a(-kHalfPi[2]), a.Fma(n, a(-kHalfPi[1]), a.Fma(n, a(-kHalfPi[0]), x)));
  const auto z = r * r;
  const auto sine = r * a.Fma(-z, Polynomial(a, z, Widened(Coefficients<float>::kSin)), a(1));
  const auto cosine =
      a.Fma(z * z, Polynomial(a, z, Widened(Coefficients<float>::kCos)), a.Fma(z, a(-0.5), a(1)));
  return ChooseQuadrant(a, shifted, quarter_turns, sine, cosine);
}

// sin(x + quarter_turns * pi/2), A::Type being double; `reduced` computes it but for the sign.
template <class A, class Reduced>
typename A::Number SignedSine(A& a, const Reduced& reduced, typename A::Number x, int quarter_turns) {
  const Quadrant<A> q = reduced(a, x, quarter_turns);
  const auto sign = (q.number << 62) & a.Constant(kSignBit<double>);
  return a.FromBits(a.ToBits(q.value) ^ sign);
}

template <class A>
typename A::Number Sine(A& a, typename A::Number x, int quarter_turns) {
  if constexpr (sizeof(typename A::Type) == 8) {
    return SignedSine(a, ReducedSine<A>, x, quarter_turns);
  } else {
    auto wide = a.Wide();
    return a.Narrow(SignedSine(wide, ShortReducedSine<decltype(wide)>, a.Widen(x), quarter_turns));
  }
}

template <class A>
typename A::Mask IsBeyondReduction(A& a, typename A::Number x) {
  return a(kLargestReduced<typename A::Type>) < a.Abs(x);
}

template <class A>
typename A::Number ExpandSin(A& a, typename A::Number x) {
  return a.SelectRare(
      IsBeyondReduction(a, x), [&] { return a.LargeSin(x); }, Sine(a, x, 0));
}

template <class A>
typename A::Number ExpandCos(A& a, typename A::Number x) {
  return a.SelectRare(
      IsBeyondReduction(a, x), [&] { return a.LargeCos(x); }, Sine(a, x, 1));
}

}  // namespace lathe::expand
