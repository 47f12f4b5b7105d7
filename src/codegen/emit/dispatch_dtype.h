// By which operand's dtype an op's C++ function is chosen.
#pragma once

#include <cstddef>
#include <span>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

// That of the last operand not fixed to bool. An operand is an emitter's value.
template <class Value>
DType DispatchDType(Op op, std::span<const Value> operands) {
  DType dtype = operands[0].dtype;
  for (size_t k = 0; k < operands.size(); ++k) {
    if (((Info(op).bool_operands >> k) & 1) == 0) dtype = operands[k].dtype;
  }
  return dtype;
}

}  // namespace lathe
