// The algebra that computes: expansions run on single numbers, for the interpreter and constant folding.
#pragma once

#include <bit>
#include <cmath>

#include "src/recorder/expand/algebra.h"
#include "src/recorder/expand/large_sine.h"

namespace lathe::expand {

template <class T>
struct ScalarAlgebra {
  using Type = T;
  using Number = T;
  using Bits = BitsOf<T>;
  using Mask = bool;

  T operator()(T value) const { return value; }
  Bits Constant(Bits bits) const { return bits; }
  T Fma(T x, T y, T z) const { return std::fma(x, y, z); }
  T Abs(T x) const { return std::fabs(x); }
  T CopySign(T x, T y) const { return std::copysign(x, y); }
  T Rint(T x) const { return std::nearbyint(x); }
  Bits ToBits(T x) const { return std::bit_cast<Bits>(x); }
  T FromBits(Bits bits) const { return std::bit_cast<T>(bits); }
  bool SignBit(T x) const { return std::signbit(x); }
  T Select(bool c, T x, T y) const { return c ? x : y; }
  template <class Otherwise>
  T SelectRare(bool c, const Otherwise& otherwise, T y) const {
    return __builtin_expect(c, 0) ? otherwise() : y;
  }
  T LibraryLog(T x) const { return std::log(x); }
  T LargeSin(T x) const { return eval::LargeSin(x); }
  T LargeCos(T x) const { return eval::LargeCos(x); }
  T LibraryPower(T x, T y) const { return std::pow(x, y); }

  ScalarAlgebra<double> Wide() const { return {}; }
  double Widen(T x) const { return static_cast<double>(x); }
  T Narrow(double x) const { return static_cast<T>(x); }
  bool NarrowMask(bool mask) const { return mask; }
};

}  // namespace lathe::expand
