// Rewriting by re-emission: a pass walks the old trace and emits it anew through a Builder, which folds,
// simplifies and merges on the way. What fold, simplify, cse and expand have in common.
#pragma once

#include <functional>
#include <span>

#include "src/recorder/build/builder.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// Called for every instruction that defines a value by computing; `operands` are already those of the new
// trace. Returns the new value, or kNoRef to have the instruction emitted as it is.
using ReplaceValue = std::function<Ref(Builder&, const Instruction&, std::span<const Ref> operands)>;

// Replaces `trace` by itself emitted through a builder with these options.
void Reemit(Trace& trace, BuilderOptions options, const ReplaceValue& replace = nullptr);

}  // namespace lathe
