// A call of a function outside Lathe, told to the trace log.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/recorder/log/phase_clock.h"

namespace lathe {

// Lives while the function runs, and so must the names. The address is the function's: calls of one function
// at one line are added up. Costs one relaxed load if the log is off.
class ForeignCall {
 public:
  ForeignCall(const void* address, std::string_view name, std::string_view library);
  ForeignCall(const ForeignCall&) = delete;
  ForeignCall& operator=(const ForeignCall&) = delete;
  ~ForeignCall();

 private:
  const void* const address_;
  const std::string_view name_;
  const std::string_view library_;
  const int64_t start_;  // 0: the log is off
  PhaseScope phase_;
};

}  // namespace lathe
