// Constant folding: an elementwise op of constants is computed with the very function that the
// interpreter runs, so folding never changes a bit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "src/recorder/ir/trace.h"

namespace lathe {

// The bits of `op` of `operands` with result dtype `dtype`; none unless all operands are constants.
std::optional<uint64_t> FoldConstant(const Trace& trace, Op op, DType dtype, std::span<const Ref> operands);
// The same for operands given as bits, of dtype `operand`; none if the op does not exist for it.
std::optional<uint64_t> FoldConstants(Op op, DType operand, DType result, std::span<const uint64_t> bits);

}  // namespace lathe
