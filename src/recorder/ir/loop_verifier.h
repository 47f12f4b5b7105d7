// The verifier of the loop level; verifier.h calls it.
#pragma once

#include "absl/status/status.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// As Verify, for a trace that has blocks.
absl::Status VerifyLoop(const Trace& trace);

}  // namespace lathe
