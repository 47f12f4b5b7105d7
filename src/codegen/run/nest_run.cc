// The walk over an elementwise nest.
#include "src/codegen/run/nest_run.h"

#include <algorithm>

#include "src/codegen/parallel/thread_pool.h"

namespace lathe {
namespace {

// From this footprint on the results would drive everything else out of the cache, and be read from memory
// before they are written over.
constexpr int64_t kStreamingFootprint = int64_t{24} << 20;
constexpr uintptr_t kCacheLine = 64;

bool IsStore(const Access& access) { return access.kind == Access::Kind::kStore; }

// Whether the stores of this run should bypass the cache.
bool WantsStreaming(const Binding& binding) {
  if (!binding.nest().code.streams || binding.footprint() < kStreamingFootprint) return false;
  // A result that takes the place of an operand is in the cache already.
  const std::vector<Access>& accesses = binding.nest().plan.accesses;
  for (size_t s = 0; s < accesses.size(); ++s) {
    for (size_t k = 0; IsStore(accesses[s]) && k < accesses.size(); ++k) {
      if (!IsStore(accesses[k]) && binding.pointer(k) == binding.pointer(s)) return false;
    }
  }
  return true;
}

// Columns before all stores are aligned to cache lines, and so to whole vectors; -1 if they never are
// together.
int64_t ColumnsToAlignment(const Binding& binding) {
  const std::vector<Access>& accesses = binding.nest().plan.accesses;
  int64_t peel = -1;
  for (size_t k = 0; k < accesses.size(); ++k) {
    if (!IsStore(accesses[k])) continue;
    const auto item = static_cast<uintptr_t>(ItemSize(accesses[k].dtype));
    const auto missing =
        (kCacheLine - reinterpret_cast<uintptr_t>(binding.pointer(k)) % kCacheLine) % kCacheLine;
    if (missing % item != 0) return -1;
    const auto columns = static_cast<int64_t>(missing / item);
    if (peel >= 0 && peel != columns) return -1;
    peel = columns;
  }
  return peel;
}

// One row of columns, from the binding's pointers on, which come back.
void RunRow(Binding& binding, int64_t columns, bool stream) {
  const int inner = binding.loops() - 1;
  const int64_t aligned = stream ? ColumnsToAlignment(binding) : -1;
  const int64_t peel = aligned >= 0 && aligned < columns ? aligned : 0;
  binding.SetRows(-1, columns);
  if (peel > 0) {
    binding.Call(1, &peel);
    binding.Move(inner, peel);
  }
  const int64_t rest = columns - peel;
  binding.SetStreaming(aligned >= 0 && aligned < columns);
  binding.Call(1, &rest);
  binding.SetStreaming(false);
  if (peel > 0) binding.Move(inner, -peel);
}

// All points with walked loop `loop` in [begin, end), from the binding's pointers on, which come back.
void Walk(Binding& binding, int loop, int64_t begin, int64_t end) {
  const int loops = binding.loops();
  binding.Move(loop, begin);
  if (loop == loops - 1) {
    const int64_t columns = end - begin;
    binding.SetRows(-1, columns);
    binding.Call(1, &columns);
  } else if (loop == loops - 2) {
    const int64_t columns = binding.extent(loops - 1);
    binding.SetRows(loop, columns);
    binding.Call(end - begin, &columns);
  } else {
    for (int64_t i = begin; i < end; ++i) {
      Walk(binding, loop + 1, 0, binding.extent(loop + 1));
      binding.Move(loop, 1);
    }
    binding.Move(loop, begin - end);
  }
  binding.Move(loop, -begin);
}

// The whole nest, but of loop `cut` only [begin, end).
void WalkCut(Binding& binding, int loop, int cut, int64_t begin, int64_t end) {
  if (loop == cut) return Walk(binding, loop, begin, end);
  for (int64_t i = 0; i < binding.extent(loop); ++i) {
    WalkCut(binding, loop + 1, cut, begin, end);
    binding.Move(loop, 1);
  }
  binding.Move(loop, -binding.extent(loop));
}

}  // namespace

int RunNest(Binding& binding, int threads) {
  if (binding.nest().plan.serial) threads = 1;
  if (!binding.nest().reductions.empty()) return RunReduction(binding, threads);
  if (binding.points() == 0) return 1;
  const int loops = binding.loops();
  if (loops == 0) {
    const int64_t columns = 1;
    binding.SetRows(-1, columns);
    binding.Call(1, &columns);
    return 1;
  }
  if (binding.estimated_nanoseconds() < kParallelNanoseconds) threads = 1;
  const bool stream = loops == 1 && WantsStreaming(binding);
  if (threads <= 1) {
    if (loops == 1) {
      RunRow(binding, binding.extent(0), stream);
    } else {
      Walk(binding, 0, 0, binding.extent(0));
    }
    return 1;
  }
  // The outermost loop with enough to share, else the one with most.
  int cut = loops - 1;
  const auto pieces = [&](int loop) {
    return loop == loops - 1 ? binding.extent(loop) / kColumnGrain : binding.extent(loop);
  };
  for (int loop = loops - 2; loop >= 0; --loop) {
    if (pieces(loop) >= std::min<int64_t>(pieces(cut), 4 * threads)) cut = loop;
  }
  ParallelFor(binding.extent(cut), cut == loops - 1 ? kColumnGrain : 1, threads,
              [&](int64_t begin, int64_t end) {
                Binding mine = binding;
                if (loops > 1) return WalkCut(mine, 0, cut, begin, end);
                mine.Move(0, begin);
                RunRow(mine, end - begin, stream);
              });
  return threads;
}

}  // namespace lathe
