// Sines and cosines of arguments beyond the reduction of trigonometric.h: what LargeSin and LargeCos of
// ops.def compute. M. Payne and R. Hanek, Radian reduction for trigonometric functions, SIGNUM 18 (1983).
#pragma once

namespace lathe {

// sin(x + quarter_turns * pi/2) for any |x| >= 1, to 1 ulp; NaN for infinities and NaN. A rare jump computes
// all lanes, so smaller numbers come too: what they give is not looked at.
double SineOfLarge(double x, int quarter_turns);

namespace eval {

template <class T>
T LargeSin(T x) {
  return static_cast<T>(SineOfLarge(static_cast<double>(x), 0));
}
template <class T>
T LargeCos(T x) {
  return static_cast<T>(SineOfLarge(static_cast<double>(x), 1));
}

}  // namespace eval
}  // namespace lathe
