// One "run:" line of a .lir file whose trace is at the loop level:
//
//   run: @f(1, 2.5, f64[1, 2, 3]) == exit 3 (4, 2.5) [1, 2, 7]
//   run interrupted: @f(1) == exit 0
//
// An argument is an element of its parameter's dtype, or an array in memory, whose address is passed. Results
// are the exit, its values, then the contents of all arrays as they are afterwards. An interrupted run is one
// with attention asked for from the beginning: the first `poll` leaves.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

struct LoopRunLine {
  struct Argument {
    std::string word;  // empty for an array
    DType dtype = DType::kFloat64;
    std::vector<uint64_t> elements;
  };
  bool interrupted = false;
  std::string call;  // the text up to "=="
  std::vector<Argument> arguments;
};

absl::StatusOr<LoopRunLine> ParseLoopRunLine(std::string_view text);

// Runs `executable`, compiled from a form of `trace` with `attention`; the results as they are written behind
// "==". Each run has memory of its own.
absl::StatusOr<std::string> ExecuteLoopRunLine(const Trace& trace, const LoopExecutable& executable,
                                               std::atomic<int>* attention, const LoopRunLine& line);

}  // namespace lathe
