// The verifier: every invariant that backends and passes may rely on, each with its own message.
#pragma once

#include "absl/status/status.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// OK, or an internal error that reads "%3 = add: operand 2 is f32, not f64", naming the guilty line by the
// value it defines or the op it is.
//
// A trace is wholly at the array level (no alloc, no nest), at the nest level, where all computation stands
// inside nests and every `ret` operand is an alloc, or at the loop level, where everything but parameters
// stands in blocks.
absl::Status Verify(const Trace& trace);

}  // namespace lathe
