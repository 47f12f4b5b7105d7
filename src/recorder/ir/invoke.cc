// The operands of `invoke`.
#include "src/recorder/ir/invoke.h"

#include <algorithm>

namespace lathe {

std::vector<InvokeOperand> InvokeOperands(const Trace& kernel) {
  using Kind = InvokeOperand::Kind;
  std::vector<InvokeOperand> dims, operands;
  uint32_t params = 0;
  for (Ref ref = 0; ref < kernel.size(); ++ref) {
    const Instruction& instruction = kernel.at(ref);
    if (instruction.op == Op::kDim) {
      dims.push_back({Kind::kDim, DType::kInt64, static_cast<uint32_t>(dims.size()), 0});
    }
    if (instruction.op != Op::kParam) continue;
    const uint32_t index = params++;
    if (instruction.rank == 0) {
      operands.push_back({Kind::kScalar, instruction.dtype, index, 0});
      continue;
    }
    operands.push_back({Kind::kAddress, DType::kInt64, index, 0});
    for (uint32_t d = 0; d < instruction.rank; ++d)
      operands.push_back({Kind::kStride, DType::kInt64, index, d});
  }
  for (uint32_t k = 0; k < kernel.operands(kernel.size() - 1).size(); ++k) {
    operands.push_back({Kind::kResult, DType::kInt64, k, 0});
  }
  dims.insert(dims.end(), operands.begin(), operands.end());
  return dims;
}

bool IsArrayTrace(const Trace& trace) {
  return std::none_of(trace.instructions.begin(), trace.instructions.end(), [](const Instruction& i) {
    return i.op == Op::kBlock || i.op == Op::kNest || i.op == Op::kAlloc;
  });
}

}  // namespace lathe
