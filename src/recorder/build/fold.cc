// Folding by evaluation.
#include "src/recorder/build/fold.h"

#include <array>

#include "src/recorder/expand/element_function.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {

std::optional<uint64_t> FoldConstant(const Trace& trace, Op op, DType dtype, std::span<const Ref> operands) {
  std::array<const void*, 3> inputs{};
  if (operands.empty() || operands.size() > inputs.size() || !IsPure(op)) return std::nullopt;
  for (size_t k = 0; k < operands.size(); ++k) {
    const Instruction& operand = trace.at(operands[k]);
    if (operand.op != Op::kConst) return std::nullopt;
    inputs[k] = &operand.attribute;
  }
  const ElementFunction function = FindElementFunction(op, OperandDType(trace, op, operands), dtype);
  if (function == nullptr) return std::nullopt;
  uint64_t bits = 0;
  function(&bits, inputs.data(), 1);
  return bits;
}

}  // namespace lathe
