// Work split over threads. The pool blocks rather than spins, so a core that another process holds delays
// its own piece only. Small work never comes here: the caller decides by cost.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace lathe {

// Processors that this process may use.
int AvailableThreads();

// Calls body(begin, end) for pieces that cover [0, count), cut at multiples of `grain`, on up to
// `threads` threads including the caller's. Returns when all are done.
void ParallelFor(int64_t count, int64_t grain, int threads, absl::FunctionRef<void(int64_t, int64_t)> body);

}  // namespace lathe
