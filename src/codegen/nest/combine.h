// The combining functions that the driver of reductions calls, by combiner and dtype: for what machine code
// leaves to it (upper levels of the tree, values in scratch blocks). Values are dense elements.
#pragma once

#include <cstdint>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

struct Combiner {
  // The tree over n > 0 elements, given the results of its leaves from left to right.
  void (*join_leaves)(const void* leaves, int64_t n, void* result);
  // The same for `count` leaves, a power of two, all equally deep in the tree: much faster. Overwrites them.
  void (*join_level)(void* leaves, int64_t count, void* result);
  // The tree over n > 0 elements themselves; in sequence for a combiner without one.
  void (*tree)(const void* values, int64_t n, void* result);
  // *result = combine(*result, *value), in sequence.
  void (*join)(void* result, const void* values, int64_t n);
};
// Of a combiner that is no argmax or argmin.
Combiner FindCombiner(Op op, DType dtype);

// Whether a segment may be combined in lanes. Multiplication of floats goes in sequence; the order of
// integers does not matter.
bool HasTree(Op combiner, DType dtype);
// The combiner of values that argmax and argmin go by; any other op as it is.
Op ExtremeOf(Op combiner);
// The element x with combine(x, y) == y for every y, to the bit: what an accumulator begins with.
uint64_t NeutralBits(Op combiner, DType dtype);
// What combining nothing gives.
uint64_t IdentityBits(Op combiner, DType dtype);

// Functions of argmax and argmin on dense elements. `extreme` is of the value's dtype.
struct ArgFunctions {
  // Whether x replaces `best`: the first extreme wins, a NaN is more extreme than any number.
  bool (*beats)(const void* x, const void* best);
  // The position of the first of `values` that equals their extreme.
  int64_t (*find)(const void* values, const void* extreme);
  // n results side by side: the values at position `base` against the best so far (unless `first`).
  void (*join)(const void* values, int64_t n, int64_t base, bool first, void* best, int64_t* positions);
};
ArgFunctions FindArgFunctions(Op op, DType dtype);

}  // namespace lathe
