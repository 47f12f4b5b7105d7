// Expansion of one op into IR: every row of ops.def whose LOWER is Expand, by the function of its name in
// exponential.h, logarithm.h or trigonometric.h. Knows instructions only through the sink.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// Where the instructions of an expansion go.
class ExpansionSink {
 public:
  virtual ~ExpansionSink() = default;
  virtual Ref Constant(DType dtype, uint64_t bits) = 0;
  virtual Ref Emit(Op op, DType result, std::initializer_list<Ref> operands) = 0;
};

// Emits what `op` on operands of `dtype` (float32 or float64) stands for; returns its value.
Ref ExpandOp(Op op, DType dtype, std::span<const Ref> operands, ExpansionSink& sink);

}  // namespace lathe
