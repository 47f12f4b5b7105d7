// The floating-point state that our code runs in: IEEE, whatever another library has switched on (flush to
// zero, another rounding). Restores what it found.
#pragma once

#include <immintrin.h>

namespace lathe {

class FloatState {
 public:
  FloatState() : found_(_mm_getcsr()) {
    if ((found_ & kChanged) != 0) _mm_setcsr(kDefault);
  }
  ~FloatState() {
    if ((found_ & kChanged) != 0) _mm_setcsr(found_);
  }
  FloatState(const FloatState&) = delete;
  FloatState& operator=(const FloatState&) = delete;

 private:
  static constexpr unsigned kDefault = 0x1f80;  // all exceptions masked, to nearest, denormals kept
  static constexpr unsigned kChanged = 0xe040;  // flush to zero, rounding, denormals are zero
  const unsigned found_;
};

}  // namespace lathe
