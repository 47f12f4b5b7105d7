// What `invoke` passes to a kernel, an array-level trace that a loop trace owns: one word for each operand,
// in an order that follows from the kernel alone. Knows the trace only.
#pragma once

#include <cstdint>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

struct InvokeOperand {
  enum class Kind : uint8_t {
    kDim,      // the extent that `index`, a dim of the kernel, has
    kScalar,   // the value of parameter `index`, of rank 0
    kAddress,  // of the first element of parameter `index`
    kStride,   // of dimension `dim` of parameter `index`, in bytes
    kResult,   // the address where result `index` is written, dense in C order
  };
  Kind kind = Kind::kDim;
  DType dtype = DType::kInt64;
  uint32_t index = 0;
  uint32_t dim = 0;
};

// All dims, then the parameters, an array's address before its strides, then the results.
std::vector<InvokeOperand> InvokeOperands(const Trace& kernel);

// Whether the trace is at the array level.
bool IsArrayTrace(const Trace& trace);

}  // namespace lathe
