// Simplification: an op about to be emitted is matched against the rules of rules.def.
#pragma once

#include <span>

#include "src/recorder/ir/trace.h"

namespace lathe {

class Builder;
struct Rule;

// The simpler value that `op` of `operands`, of the given type, is equal to; kNoRef if no rule applies.
// What the rule needs is emitted through `builder`.
Ref Simplify(Builder& builder, Op op, DType dtype, std::span<const Ref> operands, std::span<const Dim> dims);

// The same by one rule only, which must be rooted in `op`.
Ref ApplyRule(Builder& builder, const Rule& rule, Op op, DType dtype, std::span<const Ref> operands,
              std::span<const Dim> dims);

}  // namespace lathe
