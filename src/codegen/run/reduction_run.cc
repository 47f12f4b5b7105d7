// The driver of reductions, in the order of runtime/reduction_order.h.
//
// Innermost loop kept: every target element begins as the combiner's neutral element, and the machine code
// combines row after row into the targets. Innermost loops reduced: each run of theirs is the tree over its
// points. The machine code gives the results of the leaves (a whole run, if it is short); upper levels are
// joined in C++. Subtrees, and results, may be computed on any thread; what is joined with what does not
// depend on it. What machine code cannot combine comes as values in scratch blocks.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "src/codegen/parallel/thread_pool.h"
#include "src/codegen/run/nest_run.h"
#include "src/codegen/run/reduction_worker.h"

namespace lathe {
namespace {

// Every target gets what combining nothing gives.
void FillIdentity(const ReductionShape& shape) {
  for (size_t r = 0; r < shape.nest.reductions.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape.nest.reductions[r];
    const uint64_t bits = reduction.is_arg ? 0 : IdentityBits(reduction.combiner, reduction.dtype);
    const auto item = static_cast<size_t>(reduction.is_arg ? 8 : shape.item(r));
    for (int64_t k = 0; k < shape.results; ++k)
      std::memcpy(shape.targets[r] + static_cast<size_t>(k) * item, &bits, item);
  }
}

// The kept loop to share between threads: the outermost with enough for all, else the one with most.
int SharedLoop(const Binding& binding, const ReductionShape& shape, int threads) {
  const int inner = binding.loops() - 1;
  const auto pieces = [&](int loop) {
    return loop == inner ? binding.extent(loop) / kColumnGrain : binding.extent(loop);
  };
  int shared = -1;
  for (int loop = shape.first_inner - 1; loop >= 0; --loop) {
    if (shape.is_reduced(loop)) continue;
    if (shared < 0 || pieces(loop) >= std::min<int64_t>(pieces(shared), 4 * threads)) shared = loop;
  }
  return shared;
}

int RunRows(const Binding& binding, const ReductionShape& shape, int threads) {
  const int inner = binding.loops() - 1;
  const int shared = SharedLoop(binding, shape, threads);
  std::atomic<bool> has_memory = true;
  const auto share = [&](int64_t begin, int64_t end) {
    ReductionWorker worker(binding, shape);
    if (!worker.has_memory()) {
      has_memory = false;
    } else if (shared == inner) {
      worker.CombineRows({}, begin, end);
    } else {
      worker.CombineRows({shared, begin, end}, 0, binding.extent(inner));
    }
  };
  ParallelFor(binding.extent(shared), shared == inner ? kColumnGrain : 1, threads, share);
  return has_memory ? threads : 0;
}

int RunRuns(const Binding& binding, const ReductionShape& shape, int threads) {
  const int shared = SharedLoop(binding, shape, threads);
  // With few results the runs themselves are shared.
  if (threads <= 1 || shared < 0 || binding.extent(shared) < 2 * threads) {
    ReductionWorker worker(binding, shape);
    return worker.has_memory() && worker.WalkRuns({}, threads) ? threads : 0;
  }
  std::atomic<bool> has_memory = true;
  ParallelFor(binding.extent(shared), 1, threads, [&](int64_t begin, int64_t end) {
    ReductionWorker worker(binding, shape);
    if (!worker.has_memory() || !worker.WalkRuns({shared, begin, end}, 1)) has_memory = false;
  });
  return has_memory ? threads : 0;
}

}  // namespace

ReductionShape::ReductionShape(const Binding& binding)
    : nest(binding.nest()),
      first_inner(nest.plan.first_inner),
      best(nest.reductions.size(), nullptr),
      targets(nest.reductions.size()) {
  const int loops = binding.loops();
  for (int loop = first_inner; loop < loops; ++loop) run *= binding.extent(loop);
  by_rows = first_inner == loops && loops > 0;
  in_one_loop = first_inner == loops - 1;
  for (int loop = 0; loop < first_inner; ++loop) {
    outer_reduced |= is_reduced(loop);
    if (!is_reduced(loop)) results *= binding.extent(loop);
  }
  for (size_t r = 0; r < nest.reductions.size(); ++r) {
    targets[r] = binding.pointer(target(r));
    uses_scratch |= nest.reductions[r].scratch >= 0;
    ordered |= nest.reductions[r].tree < 0 && !UsesTree(nest.reductions[r].combiner);
  }
}

void JoinPartials(const ReductionShape& shape, Partials* left, const Partials& right) {
  for (size_t r = 0; r < shape.nest.reductions.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape.nest.reductions[r];
    Partial& into = (*left)[r];
    if (reduction.is_arg) {
      if (reduction.arg.beats(&right[r].bits, &into.bits)) into = right[r];
    } else if (reduction.tree < 0 && !UsesTree(reduction.combiner)) {
      into = right[r];  // already contains the left
    } else {
      reduction.functions.join(&into.bits, &right[r].bits, 1);
    }
  }
}

int RunReduction(Binding& binding, int threads) {
  ReductionShape shape(binding);
  if (binding.points() == 0) {
    FillIdentity(shape);
    return 1;
  }
  if (binding.estimated_nanoseconds() < kParallelNanoseconds) threads = 1;
  // An element that is visited again by argmax or argmin needs the extreme of its earlier visits.
  absl::InlinedVector<TemporaryBlock, 1> extremes;
  for (size_t r = 0; r < shape.nest.reductions.size(); ++r) {
    if (!shape.nest.reductions[r].is_arg || (!shape.by_rows && !shape.outer_reduced)) continue;
    extremes.push_back(TemporaryBlock::Take(static_cast<size_t>(shape.results * shape.item(r))));
    shape.best[r] = extremes.back().data();
    if (!shape.best[r]) return 0;
  }
  return shape.by_rows ? RunRows(binding, shape, threads) : RunRuns(binding, shape, threads);
}

}  // namespace lathe
