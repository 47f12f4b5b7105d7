// The question that the pass reuse asks, for those who find out at run time what shares memory.
#pragma once

#include "src/recorder/ir/trace.h"

namespace lathe {

// Whether the alloc may be the very memory of the parameter, in a trace at the nest level: every element is
// read before it is written over.
bool MayOverwrite(const Trace& nest, Ref alloc, Ref param);

}  // namespace lathe
