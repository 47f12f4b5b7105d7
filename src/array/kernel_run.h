// Running a kernel and telling of it: the one way from a recording, a function of jit() or a statement of a
// loop to an executable. Counts, and adds a `run` to the trace log.
#pragma once

#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "src/recorder/runtime/kernel.h"

namespace lathe {

// How the kernel was found. Replays, of jit() and of statements in loops, are told if a log is open, not
// counted.
enum class RunKind : uint8_t { kMiss, kHit, kReplay };

absl::Status RunKernel(const Kernel& kernel, const Executable& executable, std::span<const Operand> params,
                       std::span<const Operand> outputs, std::span<const int64_t> dims, RunKind kind);
// Which replays of a statement are timed while a log is open. Reading the clock takes as long as a statement
// on ten elements: of those that are done within two microseconds only the first ones are timed, then one of
// sixteen by chance, which stands for those before it; all are counted.
class ReplayTiming {
 public:
  // How many runs the one that comes now stands for; 0: it is not timed.
  int64_t Weight();
  // What a timed run took, and when it ended.
  void Note(int64_t nanoseconds, int64_t end) {
    nanoseconds_ = nanoseconds;
    end_ = end;
  }
  int64_t end() const { return end_; }

 private:
  int64_t runs_ = 0;
  int64_t skipped_ = 0;  // since the last that was timed
  int64_t nanoseconds_ = 0;
  int64_t end_ = 0;
  uint32_t random_ = 1;
};

// A replay for operands that are bound.
absl::Status RunKernel(const Kernel& kernel, BoundRun& run, std::span<const Operand> params,
                       std::span<const Operand> outputs, ReplayTiming* timing);

}  // namespace lathe
