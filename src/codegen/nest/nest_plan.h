// How a nest is walked: in which order its loops stand, which of them become one, how each access moves
// along them, and how each reduction is carried out. Made once when a trace is compiled, from what the
// trace says of layouts; strides and symbolic extents are read at run time (run/).
//
// Machine code walks the two innermost walked loops, rows and columns; C++ walks the others. A reduction is
//   kTree     in registers: the columns are combined in the order of runtime/reduction_order.h, a segment
//             (a leaf of the tree, or a whole row) at a time, one result a segment
//   kRows     in memory: the innermost loop is kept, each value is combined into its element of the target
//   kScratch  in C++: values go densely to a scratch block, which the driver combines
// argmax and argmin over columns are both a kTree (their extreme) and a kScratch (to find its position in).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

// One load, store or accumulation of the nest. An argmax over columns makes two.
struct Access {
  enum class Kind : uint8_t { kLoad, kStore, kTree, kRows, kScratch };
  Kind kind = Kind::kLoad;
  StrideClass inner = StrideClass::kGeneral;  // along the innermost walked loop
  bool is_fixed = false;                      // moves along no loop
  DType dtype = DType::kFloat64;              // of the elements moved
  Op combiner = Op::kAdd;                     // of kTree and kRows
  Ref instruction = kNoRef;
  Ref buffer = kNoRef;
  Ref value = kNoRef;            // stored or accumulated
  std::vector<int> loop_of_dim;  // per dimension of the buffer: the nest's loop, or -1 for index 0
};

// A run of the nest's loops walked as one: extents multiply.
struct WalkedLoop {
  int first = 0;
  int last = 0;
  bool reduced = false;
};

// One accumulate instruction, by its accesses.
struct PlannedReduction {
  Op combiner = Op::kAdd;
  DType dtype = DType::kFloat64;  // of the values combined
  bool is_arg = false;
  int tree = -1;  // positions in NestPlan::accesses, -1: none
  int rows = -1;
  int scratch = -1;
  int target = -1;  // the one whose buffer is the result
};

struct NestPlan {
  std::vector<Dim> extents;       // of the nest's own loops
  std::vector<WalkedLoop> loops;  // outermost first; none if the nest has no loop
  int first_inner = 0;            // loops from here on are the innermost run of reduced loops
  std::vector<Access> accesses;
  std::vector<PlannedReduction> reductions;
  std::vector<Ref> body;         // instructions between the indices and the end
  std::vector<Ref> indices;      // Index instructions, by loop
  std::vector<bool> index_used;  // as a value, not only to address
  uint64_t reduced = 0;          // mask of the nest's loops
  int plain_ops = 0;             // of one point: instructions of machine code
  int called_ops = 0;            // of one point: calls of element functions
  bool serial = false;           // an op of it must not run on several threads
};

// A nest as the plans that carry it out, in order: one, unless its reductions are over different loops.
// `*end` becomes the position of its End.
std::vector<NestPlan> PlanNest(const Trace& trace, Ref nest, Ref* end);

// Those of all nests of a trace.
std::vector<NestPlan> PlanNests(const Trace& trace);

}  // namespace lathe
