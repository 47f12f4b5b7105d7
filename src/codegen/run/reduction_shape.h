// What the driver of reductions knows of a nest before it starts, and the partial results that it joins.
#pragma once

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "src/codegen/run/binding.h"

namespace lathe {

// What a run of innermost reduced points, or a part of it, gives: the value; of argmax and argmin the
// extreme and its position.
struct Partial {
  uint64_t bits = 0;
  int64_t position = 0;
};
using Partials = absl::InlinedVector<Partial, 2>;  // by reduction

struct ReductionShape {
  explicit ReductionShape(const Binding& binding);

  size_t target(size_t r) const { return static_cast<size_t>(nest.reductions[r].target); }
  bool is_reduced(int loop) const { return nest.plan.loops[static_cast<size_t>(loop)].reduced; }
  int item(size_t r) const { return ItemSize(nest.reductions[r].dtype); }

  const CompiledNest& nest;
  int first_inner;
  int64_t run = 1;             // points of the innermost reduced loops
  int64_t results = 1;         // elements of a target
  bool by_rows = false;        // the innermost loop is kept
  bool in_one_loop = false;    // the run is one walked loop
  bool outer_reduced = false;  // an element is combined from several runs
  bool uses_scratch = false;   // some values come in scratch blocks
  bool ordered = false;        // some reduction only goes from left to right
  // Per reduction that needs them, the extremes of all its targets so far, else null; and the targets.
  absl::InlinedVector<char*, 2> best;
  absl::InlinedVector<char*, 2> targets;
};

// Joins the results of two neighbouring parts of a run.
void JoinPartials(const ReductionShape& shape, Partials* left, const Partials& right);

}  // namespace lathe
