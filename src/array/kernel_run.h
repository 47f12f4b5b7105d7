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
// A replay for operands that are bound.
absl::Status RunKernel(const Kernel& kernel, BoundRun& run, std::span<const Operand> params,
                       std::span<const Operand> outputs);

}  // namespace lathe
