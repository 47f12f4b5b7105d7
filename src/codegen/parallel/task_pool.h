// The pool of threads itself. This is the only place that names oneTBB, whose templates are compiled without
// ThreadSanitizer: the library is not instrumented, so what its parts hand to each other would look like
// races. thread_pool.cc tells the sanitizer what the pool promises.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"

namespace lathe {

inline constexpr int kMostPoolThreads = 256;

// Calls body(0) to body(pieces - 1) on up to `threads` threads, at most kMostPoolThreads, including the
// caller's. Returns when all are done.
void RunPieces(int64_t pieces, int threads, absl::FunctionRef<void(int64_t)> body);

}  // namespace lathe
