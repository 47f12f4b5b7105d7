// Recording of NumPy's elementwise functions: which op, in which dtype, with which result shape.
#pragma once

#include <span>
#include <string_view>

#include "lathe/array.h"
#include "src/recorder/ir/op.h"

namespace lathe {

// The op of a ufunc by NumPy's name; false if there is none of that name.
bool FindUfunc(std::string_view name, Op* op);
// Records `op` on inputs that are first converted to `operand` dtype; the result has dtype `result`.
Array RecordElementwise(Op op, std::span<const Input> inputs, DType operand, DType result);
// Records the ufunc that is `op` with NumPy's choice of dtypes.
Array RecordUfunc(Op op, std::span<const Input> inputs);
Shape InputShape(const Input& input);

}  // namespace lathe
