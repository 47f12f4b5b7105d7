// Runs a bound nest: walks the outer loops, and splits large work over threads.
#pragma once

#include "src/codegen/run/binding.h"

namespace lathe {

// Runs the nest on up to `threads` threads; returns how many were used, 0 if there was no memory. Changes
// the frame of the binding.
int RunNest(Binding& binding, int threads);

// The same for a nest that accumulates (reduction_run.cc).
int RunReduction(Binding& binding, int threads);

// Estimated nanoseconds from which threads are worth waking.
inline constexpr double kParallelNanoseconds = 80000;
// Columns at which a row may be cut, so that no two threads write to one cache line.
inline constexpr int64_t kColumnGrain = 512;

}  // namespace lathe
