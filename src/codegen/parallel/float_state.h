// The floating-point state that our code runs in: IEEE, whatever another library has switched on (flush to
// zero, another rounding). Restores what it found.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lathe {

class FloatState {
 public:
  FloatState() : found_(Read()) {
    if ((found_ & kChanged) != 0) Write(kDefault);
  }
  ~FloatState() {
    if ((found_ & kChanged) != 0) Write(found_);
  }
  FloatState(const FloatState&) = delete;
  FloatState& operator=(const FloatState&) = delete;

 private:
#if defined(__x86_64__)
  using Word = unsigned;
  static Word Read() { return _mm_getcsr(); }
  static void Write(Word word) { _mm_setcsr(word); }
  static constexpr Word kDefault = 0x1f80;  // all exceptions masked, to nearest, denormals kept
  static constexpr Word kChanged = 0xe040;  // flush to zero, rounding, denormals are zero
#elif defined(__aarch64__)
  using Word = uint64_t;  // the control register FPCR
  static Word Read() {
    Word word;
    asm volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void Write(Word word) { asm volatile("msr fpcr, %0" : : "r"(word)); }
  static constexpr Word kDefault = 0;
  static constexpr Word kChanged = 0x3c80003;  // default NaN, flush to zero, rounding, other NaN rules
#else
#error "the floating-point state of this architecture is not known"
#endif
  const Word found_;
};

}  // namespace lathe
