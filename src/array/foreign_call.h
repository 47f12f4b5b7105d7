// A call of a function outside Lathe, told to the trace log.
#pragma once

#include <cstdint>

#include "src/recorder/log/phase_clock.h"

namespace lathe {

// Lives while the function runs. The names are of static storage.
class ForeignCall {
 public:
  ForeignCall(const char* name, const char* library);
  ForeignCall(const ForeignCall&) = delete;
  ForeignCall& operator=(const ForeignCall&) = delete;
  ~ForeignCall();

 private:
  const char* const name_;
  const char* const library_;
  const int64_t start_;  // 0: the log is off
  PhaseScope phase_;
};

}  // namespace lathe
