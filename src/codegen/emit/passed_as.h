// How C's calling conventions pass the dtypes, the same in all we know of.
#pragma once

#include <asmjit/core.h>

#include "lathe/dtype.h"

namespace lathe {

// Integers of less than 32 bits are extended by the caller.
inline asmjit::TypeId PassedAs(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return asmjit::TypeId::kFloat64;
    case DType::kFloat32:
      return asmjit::TypeId::kFloat32;
    case DType::kInt64:
      return asmjit::TypeId::kInt64;
    case DType::kUInt64:
      return asmjit::TypeId::kUInt64;
    default:
      return IsSigned(dtype) ? asmjit::TypeId::kInt32 : asmjit::TypeId::kUInt32;
  }
}

}  // namespace lathe
