// The reference interpreter: a Backend that runs traces of both levels as they are written, with the same
// elementwise functions and the same order of reductions as machine code, so its bits are the ones that
// machine code must give. It is what runs before a compilation pays, and where there is no machine code.
#pragma once

#include <memory>

#include "src/recorder/runtime/backend.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

// Compile fails for an op that has no function for its dtype; Run fails when memory for a temporary
// cannot be had. A trace that holds an alloc or a nest is run point by point, any other op by op.
std::unique_ptr<Backend> MakeInterpreter();

// The same of loop traces. CompileLoop fails for a trace that does not verify.
std::unique_ptr<LoopBackend> MakeLoopInterpreter();

}  // namespace lathe
