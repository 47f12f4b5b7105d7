// Every elementwise op as a C++ function on dense elements: primitives by their Eval (ir/eval.h), vector
// math by its expansion run on numbers (ScalarAlgebra). The interpreter, constant folding and the lanes
// that an emitter cannot do by itself all call these, so their bits are equal by construction.
#pragma once

#include <cstdint>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

// out[i] = op(inputs[0][i], inputs[1][i], ...) for i in [0, n); elements are dense, out may be an input.
using ElementFunction = void (*)(void* out, const void* const* inputs, int64_t n);

// The function of `op` for operands of `operand` dtype (of those that are not fixed to bool). `result`
// matters for Cast and Bitcast only. Null if the table does not allow the op for that dtype.
ElementFunction FindElementFunction(Op op, DType operand, DType result);

}  // namespace lathe
