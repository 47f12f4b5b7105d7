// Folding by evaluation.
#include "src/recorder/build/fold.h"

#include <array>

#include "src/recorder/expand/element_function.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {

std::optional<uint64_t> FoldConstants(Op op, DType operand, DType result, std::span<const uint64_t> bits) {
  std::array<const void*, 3> inputs{};
  if (bits.empty() || bits.size() > inputs.size() || !IsPure(op) || TakesFunction(op)) return std::nullopt;
  for (size_t k = 0; k < bits.size(); ++k) inputs[k] = &bits[k];
  const ElementFunction function = FindElementFunction(op, operand, result);
  if (function == nullptr) return std::nullopt;
  uint64_t folded = 0;
  function(&folded, inputs.data(), 1);
  return folded;
}

std::optional<uint64_t> FoldConstant(const Trace& trace, Op op, DType dtype, std::span<const Ref> operands) {
  std::array<uint64_t, 3> bits{};
  if (operands.empty() || operands.size() > bits.size()) return std::nullopt;
  for (size_t k = 0; k < operands.size(); ++k) {
    const Instruction& operand = trace.at(operands[k]);
    if (operand.op != Op::kConst) return std::nullopt;
    bits[k] = operand.attribute;
  }
  return FoldConstants(op, OperandDType(trace, op, operands), dtype, std::span(bits.data(), operands.size()));
}

}  // namespace lathe
