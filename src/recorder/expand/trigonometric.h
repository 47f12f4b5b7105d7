// sin and cos over any algebra (algebra.h): the argument is reduced by a multiple of pi/2 in three parts (Cody
// and Waite, with fma), both polynomials are computed and one is taken. float32 goes by float64, float64
// keeps the remainder in two numbers. Larger arguments, which need more digits of pi, go to the C library: a
// rare jump.
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

// A sine or cosine of something not negative, but for the sign: that is the lowest bit but one of `quadrant`.
template <class A>
struct Quadrant {
  typename A::Number value;
  typename A::Bits quadrant;
};

template <class A>
typename A::Bits AddTurns(A& a, typename A::Bits quadrant, int quarter_turns) {
  if (quarter_turns == 0) return quadrant;
  return quadrant + a.Constant(static_cast<BitsOf<typename A::Type>>(quarter_turns));
}
template <class A>
typename A::Mask IsEven(A& a, typename A::Bits quadrant) {
  using Bits = BitsOf<typename A::Type>;
  return (quadrant & a.Constant(Bits{1})) == a.Constant(Bits{0});
}

// sin(magnitude + quarter_turns * pi/2), A::Type being double.
template <class A>
Quadrant<A> SineOfMagnitude(A& a, typename A::Number magnitude, int quarter_turns) {
  const auto shift = a(kShift<double>);
  const auto shifted = a.Fma(magnitude, a(kTwoOverPi), shift);
  const auto n = shifted - shift;
  const auto exact = a.Fma(n, a(-kHalfPi[0]), magnitude);
  const auto r = a.Fma(n, a(-kHalfPi[1]), exact);
  const auto r_low = a.Fma(n, a(-kHalfPi[2]), a.Fma(n, a(-kHalfPi[1]), exact - r));
  const auto z = r * r;
  const auto sine = r + a.Fma(z * r, Polynomial(a, z, Coefficients<double>::kSin), r_low);
  const auto half_z = z * a(0.5);
  const auto near_one = a(1) - half_z;
  const auto correction = ((a(1) - near_one) - half_z) - r * r_low;
  const auto cosine = near_one + a.Fma(z * z, Polynomial(a, z, Coefficients<double>::kCos), correction);
  const auto quadrant = AddTurns(a, a.ToBits(shifted), quarter_turns);
  return {a.Select(IsEven(a, quadrant), sine, cosine), quadrant};
}

// The same to the accuracy of float32, computed in float64.
template <class A>
Quadrant<A> ShortSineOfMagnitude(A& a, typename A::Number magnitude, int quarter_turns) {
  const auto shift = a(kShift<double>);
  const auto shifted = a.Fma(magnitude, a(kTwoOverPi), shift);
  const auto n = shifted - shift;
  const auto r = a.Fma(n, a(-kHalfPi[2]), a.Fma(n, a(-kHalfPi[1]), a.Fma(n, a(-kHalfPi[0]), magnitude)));
  const auto z = r * r;
  const auto sine = a.Fma(z * r, Polynomial(a, z, Widened(Coefficients<float>::kSin)), r);
  const auto cosine =
      a.Fma(z * z, Polynomial(a, z, Widened(Coefficients<float>::kCos)), a.Fma(z, a(-0.5), a(1)));
  const auto quadrant = AddTurns(a, a.ToBits(shifted), quarter_turns);
  return {a.Select(IsEven(a, quadrant), sine, cosine), quadrant};
}

// With the sign of the quadrant, and of `odd` if given.
template <class A>
typename A::Number Signed(A& a, const Quadrant<A>& q, const std::type_identity_t<typename A::Number>* odd) {
  using T = typename A::Type;
  auto sign = q.quadrant << (kBits<T> - 2);
  if (odd) sign = sign ^ a.ToBits(*odd);
  return a.FromBits(a.ToBits(q.value) ^ (sign & a.Constant(kSignBit<T>)));
}

template <class A>
typename A::Number ExpandSin(A& a, typename A::Number x) {
  using T = typename A::Type;
  const auto magnitude = a.Abs(x);
  const auto large = a(kLargestReduced<T>) < magnitude;
  const auto library = [&] { return a.LibrarySin(x); };
  if constexpr (sizeof(T) == 8) {
    return a.SelectRare(large, library, Signed(a, SineOfMagnitude(a, magnitude, 0), &x));
  } else {
    auto wide = a.Wide();
    const auto wide_x = a.Widen(x);
    const auto sine = ShortSineOfMagnitude(wide, wide.Abs(wide_x), 0);
    return a.SelectRare(large, library, a.Narrow(Signed(wide, sine, &wide_x)));
  }
}

template <class A>
typename A::Number ExpandCos(A& a, typename A::Number x) {
  using T = typename A::Type;
  const auto magnitude = a.Abs(x);
  const auto large = a(kLargestReduced<T>) < magnitude;
  const auto library = [&] { return a.LibraryCos(x); };
  if constexpr (sizeof(T) == 8) {
    return a.SelectRare(large, library, Signed(a, SineOfMagnitude(a, magnitude, 1), nullptr));
  } else {
    auto wide = a.Wide();
    const auto cosine = ShortSineOfMagnitude(wide, a.Widen(magnitude), 1);
    return a.SelectRare(large, library, a.Narrow(Signed(wide, cosine, nullptr)));
  }
}

}  // namespace lathe::expand
