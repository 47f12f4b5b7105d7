// Reductions of values that a nest's machine code has written to a scratch block.
#pragma once

#include <cstdint>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

// The functions of one combiner and dtype. Values are dense elements of the dtype.
struct Combiner {
  // The tree of runtime/reduction_order.h over n > 0 values (in sequence for a combiner without one).
  void (*tree)(const void* values, int64_t n, void* result);
  // *result = combine(*result, *value), element by element.
  void (*join)(void* result, const void* values, int64_t n);
  // The result of combining nothing.
  void (*identity)(void* result);
};
Combiner FindCombiner(Op op, DType dtype);

// Position of the first extreme: updates (*best, *position) with n values at positions base, base+1, ...;
// `started` says whether *best holds anything yet.
using ArgScan = void (*)(const void* values, int64_t n, int64_t base, bool started, void* best,
                         int64_t* position);
ArgScan FindArgScan(Op op, DType dtype);
// The same for n independent results: row[k] at position `base`.
using ArgJoin = void (*)(const void* row, int64_t n, int64_t base, bool started, void* best,
                         int64_t* positions);
ArgJoin FindArgJoin(Op op, DType dtype);

}  // namespace lathe
