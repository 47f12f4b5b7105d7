// Loop-invariant code motion for other passes: the pass `loop-invariants` is all there is to it.
#pragma once

#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

// Moves what does not change in a loop to its preheader and counts it. Returns where each instruction is
// now; nothing if none has moved.
std::vector<Ref> MoveInvariants(Trace& trace, int* moved);

}  // namespace lathe
