// What the expansions of vector math are written over. An algebra A has
//
//   A::Type                 float or double; A::Number, A::Bits, A::Mask: its values, their bits as unsigned
//                           integers of the same width, and conditions, all with the usual operators
//   a(c), a.Constant(bits)  constants
//   a.Fma(x, y, z)          x * y + z, rounded once
//   a.Abs, CopySign, Rint, SignBit, ToBits, FromBits, Select(mask, x, y)
//   a.SelectRare(mask, f, y)  as Select(mask, f(), y), for a condition that hardly ever holds
//   a.LibraryLog, LibraryPower: the C library's functions; a.LargeSin, LargeCos: large_sine.h
//   a.Wide(), Widen, Narrow, NarrowMask: of float only: the algebra of double, conversions to it and back
//
// ScalarAlgebra computes (scalar_algebra.h), IrAlgebra emits instructions (expand_op.cc): one text gives the
// interpreter, constant folding and machine code, and so one result, to the bit. Nothing here may depend on
// contraction or on the order in which C++ evaluates operands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace lathe::expand {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
template <class T>
inline constexpr int kBits = 8 * sizeof(T);
template <class T>
inline constexpr int kMantissaBits = std::numeric_limits<T>::digits - 1;
template <class T>
inline constexpr BitsOf<T> kSignBit = BitsOf<T>{1} << (kBits<T> - 1);
template <class T>
inline constexpr T kSmallestNormal = std::numeric_limits<T>::min();
template <class T>
inline constexpr T kInfinity = std::numeric_limits<T>::infinity();

// Added to a number of moderate size, it leaves the nearest integer in the lowest bits of the sum.
template <class T>
inline constexpr T kShift = static_cast<T>(3) * static_cast<T>(uint64_t{1} << (kMantissaBits<T> - 1));
// The same with the bias of exponents: those bits, moved to the exponent's place, are 2 to that integer.
template <class T>
inline constexpr T kBiasedShift = kShift<T> + static_cast<T>(std::numeric_limits<T>::max_exponent - 1);

// Of coefficients lowest first: even and odd powers apart, each by Horner's rule, for half the latency.
template <class A, size_t kCount>
typename A::Number Polynomial(A& a, typename A::Number x,
                              const std::array<typename A::Type, kCount>& coefficients) {
  const auto horner = [&](size_t first, size_t step, typename A::Number t) {
    size_t k = first + (kCount - 1 - first) / step * step;
    auto result = a(coefficients[k]);
    while (k > first) result = a.Fma(result, t, a(coefficients[k -= step]));
    return result;
  };
  if constexpr (kCount < 5) return horner(0, 1, x);
  const auto square = x * x;
  return a.Fma(horner(1, 2, square), x, horner(0, 2, square));
}

// Coefficients made for float32, used in float64.
template <size_t kCount>
constexpr std::array<double, kCount> Widened(const std::array<float, kCount>& coefficients) {
  std::array<double, kCount> wide{};
  for (size_t k = 0; k < kCount; ++k) wide[k] = static_cast<double>(coefficients[k]);
  return wide;
}

}  // namespace lathe::expand
