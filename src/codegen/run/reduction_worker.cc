// The walk of one thread.
#include "src/codegen/run/reduction_worker.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <vector>

#include "src/codegen/parallel/thread_pool.h"

namespace lathe {
namespace {

// Columns combined into their targets at a time, so that those stay in the cache.
constexpr int64_t kRowBlock = 2048;
// Points that a part of a run must have to be worth handing to another thread.
constexpr int64_t kLeastPart = 32768;

// The leaves' depths below the top of a tree.
struct Depths {
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t most = 0;
};

int64_t* AppendLeaves(int64_t n, int64_t depth, int64_t* next, Depths* depths) {
  if (n <= kTreeLeaf) {
    depths->least = std::min(depths->least, depth);
    depths->most = std::max(depths->most, depth);
    *next = n;
    return next + 1;
  }
  const int64_t left = SplitPoint(n);
  int64_t* const middle = AppendLeaves(left, depth + 1, next, depths);
  if (n == 2 * left) return std::copy(next, middle, middle);
  return AppendLeaves(n - left, depth + 1, middle, depths);
}

template <class T>
void FillStrided(char* at, int64_t n, int64_t stride, uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  if (stride == sizeof(T)) {
    std::fill_n(reinterpret_cast<T*>(at), n, value);
    return;
  }
  for (int64_t k = 0; k < n; ++k) std::memcpy(at + k * stride, &value, sizeof(T));
}

}  // namespace

ReductionWorker::ReductionWorker(const Binding& binding, const ReductionShape& shape)
    : binding_(binding), shape_(shape), targets_(shape.targets), carried_(shape.nest.reductions.size()) {
  const size_t blocks = 2 * shape.nest.reductions.size();
  block_bytes_ = 8 * (shape.uses_scratch ? kValueChunk : kMostLeaves);
  const size_t bytes = blocks * static_cast<size_t>(block_bytes_);
  if (bytes <= small_.size()) {
    blocks_ = small_.data();
    return;
  }
  large_ = TemporaryBlock::Take(bytes);
  blocks_ = large_.data();
  has_memory_ = blocks_ != nullptr;
}

void ReductionWorker::AimAtBlocks(int64_t value_offset) {
  for (size_t r = 0; r < shape_.nest.reductions.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
    if (reduction.tree >= 0) binding_.SetPointer(static_cast<size_t>(reduction.tree), Results(r));
    if (reduction.scratch >= 0)
      binding_.SetPointer(static_cast<size_t>(reduction.scratch), Values(r) + value_offset * shape_.item(r));
  }
}

const ReductionWorker::Leaves& ReductionWorker::LeavesOf(int64_t n) {
  for (const Leaves& known : leaves_) {
    if (known.n == n) return known;
  }
  Leaves& leaves = leaves_[next_leaves_++ % leaves_.size()];
  leaves.n = n;
  Depths depths;
  leaves.count = AppendLeaves(n, 0, leaves.sizes.data(), &depths) - leaves.sizes.data();
  leaves.level = depths.least == depths.most;
  return leaves;
}

void ReductionWorker::MoveAll(int loop, int64_t steps) {
  binding_.Move(loop, steps);
  for (size_t r = 0; r < targets_.size(); ++r) targets_[r] += steps * binding_.stride(shape_.target(r), loop);
}

// ---- Innermost loops reduced

bool ReductionWorker::WalkRuns(const LoopCut& cut, int run_threads) {
  cut_ = cut;
  run_threads_ = run_threads;
  return WalkRunsFrom(0, 0, true);
}

// `position` counts the runs before in the reduced loops; `first` is true for an element's first run.
bool ReductionWorker::WalkRunsFrom(int loop, int64_t position, bool first) {
  if (loop == shape_.first_inner) return RunLong(position, first);
  const bool short_rows = loop == shape_.first_inner - 1 && shape_.in_one_loop && shape_.run <= kTreeLeaf;
  if (short_rows && !shape_.is_reduced(loop)) {
    RunShortRows(loop, position, first);
    return true;
  }
  MoveAll(loop, From(loop));
  bool done = true;
  for (int64_t i = From(loop); i < To(loop); ++i) {
    const bool reduced = shape_.is_reduced(loop);
    done &= WalkRunsFrom(loop + 1, reduced ? position * binding_.extent(loop) + i : position,
                         first && (!reduced || i == 0));
    MoveAll(loop, 1);
  }
  MoveAll(loop, -To(loop));
  return done;
}

// Runs of one leaf, a row each: many in one call.
void ReductionWorker::RunShortRows(int loop, int64_t position, bool first) {
  const int64_t begin = From(loop), end = To(loop);
  const bool direct = !shape_.outer_reduced && !shape_.uses_scratch;
  const int64_t step = direct                ? end - begin
                       : shape_.uses_scratch ? std::min(kMostLeaves, kValueChunk / shape_.run)
                                             : kMostLeaves;
  binding_.SetRows(loop, shape_.run);
  for (size_t r = 0; r < shape_.nest.reductions.size() && !direct; ++r) {
    const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
    if (reduction.tree >= 0) binding_.SetGap(static_cast<size_t>(reduction.tree), shape_.item(r));
    if (reduction.scratch >= 0)
      binding_.SetGap(static_cast<size_t>(reduction.scratch), shape_.run * shape_.item(r));
  }
  MoveAll(loop, begin);
  for (int64_t row = begin; row < end; row += step) {
    const int64_t rows = std::min(step, end - row);
    if (direct) {
      for (size_t r = 0; r < targets_.size(); ++r) binding_.SetPointer(shape_.target(r), targets_[r]);
    } else {
      AimAtBlocks(0);
    }
    binding_.Call(rows, &shape_.run);
    for (int64_t k = 0; k < rows && !direct; ++k) {
      Partials partials(targets_.size());
      for (size_t r = 0; r < targets_.size(); ++r) {
        const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
        const auto item = static_cast<size_t>(shape_.item(r));
        if (reduction.tree >= 0)
          std::memcpy(&partials[r].bits, Results(r) + static_cast<size_t>(k) * item, item);
        const char* const values = Values(r) + k * shape_.run * shape_.item(r);
        if (reduction.is_arg) partials[r].position = reduction.arg.find(values, &partials[r].bits);
        if (reduction.tree < 0) partials[r] = CombineValues(r, values, shape_.run, 0);
      }
      Deliver(partials, k, position, first);
    }
    MoveAll(loop, rows);
  }
  MoveAll(loop, -end);
}

bool ReductionWorker::RunLong(int64_t position, bool first) {
  if (run_threads_ > 1 && !shape_.ordered && shape_.run >= 2 * kLeastPart) {
    Partials result;
    if (!RunOnThreads(&result)) return false;
    Deliver(result, 0, position, first);
  } else {
    Deliver(Tree(0, shape_.run), 0, position, first);
  }
  return true;
}

// The tree's upper levels are cut into subtrees, computed anywhere, and joined as the tree says.
bool ReductionWorker::RunOnThreads(Partials* result) {
  struct Part {
    int64_t begin, count;
  };
  std::vector<Part> parts;
  const int64_t most = std::max(shape_.run / (run_threads_ * 8), kLeastPart);
  const auto collect = [&](auto& self, int64_t begin, int64_t count) -> void {
    if (count <= most) return parts.push_back({begin, count});
    self(self, begin, SplitPoint(count));
    self(self, begin + SplitPoint(count), count - SplitPoint(count));
  };
  collect(collect, 0, shape_.run);
  std::vector<Partials> partials(parts.size());
  std::atomic<bool> has_memory = true;
  ParallelFor(static_cast<int64_t>(parts.size()), 1, run_threads_, [&](int64_t begin, int64_t end) {
    ReductionWorker worker(binding_, shape_);
    if (!worker.has_memory()) has_memory = false;
    for (int64_t k = begin; k < end && worker.has_memory(); ++k) {
      const Part& part = parts[static_cast<size_t>(k)];
      partials[static_cast<size_t>(k)] = worker.Tree(part.begin, part.count);
    }
  });
  if (!has_memory) return false;
  size_t next = 0;
  const auto join = [&](auto& self, int64_t count) -> Partials {
    if (count <= most) return std::move(partials[next++]);
    Partials left = self(self, SplitPoint(count));
    JoinPartials(shape_, &left, self(self, count - SplitPoint(count)));
    return left;
  };
  *result = join(join, shape_.run);
  return true;
}

Partials ReductionWorker::Tree(int64_t begin, int64_t n) {
  if (n <= (shape_.in_one_loop && !shape_.uses_scratch ? kLeafChunk : kValueChunk)) return Chunk(begin, n);
  const int64_t left = SplitPoint(n);
  Partials result = Tree(begin, left);
  JoinPartials(shape_, &result, Tree(begin + left, n - left));
  return result;
}

Partials ReductionWorker::Chunk(int64_t begin, int64_t n) {
  Partials result(targets_.size());
  if (shape_.in_one_loop) {
    const Leaves& leaves = LeavesOf(n);
    const int inner = shape_.first_inner;
    binding_.SetSegments();
    binding_.Move(inner, begin);
    AimAtBlocks(0);
    for (size_t r = 0; r < targets_.size(); ++r) {
      const int tree = shape_.nest.reductions[r].tree;
      if (tree >= 0) binding_.SetGap(static_cast<size_t>(tree), shape_.item(r));
    }
    binding_.Call(leaves.count, leaves.sizes.data());
    binding_.Move(inner, -begin);
    CombineLeaves(leaves, begin, &result);
  } else {
    FillValues(begin, n);
  }
  for (size_t r = 0; r < targets_.size(); ++r) {
    if (shape_.nest.reductions[r].tree < 0) result[r] = CombineValues(r, Values(r), n, begin);
  }
  return result;
}

void ReductionWorker::CombineLeaves(const Leaves& leaves, int64_t begin, Partials* result) {
  for (size_t r = 0; r < targets_.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
    if (reduction.tree < 0) continue;
    Partial& partial = (*result)[r];
    if (!reduction.is_arg) {
      if (leaves.level) {
        reduction.functions.join_level(Results(r), leaves.count, &partial.bits);
      } else {
        reduction.functions.join_leaves(Results(r), leaves.n, &partial.bits);
      }
      continue;
    }
    const int64_t item = shape_.item(r);
    int64_t best = 0, best_offset = 0, offset = leaves.sizes[0];
    for (int64_t leaf = 1; leaf < leaves.count; ++leaf) {
      if (reduction.arg.beats(Results(r) + leaf * item, Results(r) + best * item)) {
        best = leaf;
        best_offset = offset;
      }
      offset += leaves.sizes[static_cast<size_t>(leaf)];
    }
    std::memcpy(&partial.bits, Results(r) + best * item, static_cast<size_t>(item));
    partial.position =
        begin + best_offset + reduction.arg.find(Values(r) + best_offset * item, &partial.bits);
  }
}

// Values of points [begin, begin + n) of the flattened run to the blocks.
void ReductionWorker::FillValues(int64_t begin, int64_t n) {
  const int loops = binding_.loops();
  if (loops == 0) {
    binding_.SetRows(-1, n);
    AimAtBlocks(0);
    binding_.Call(1, &n);
    return;
  }
  const int64_t row = binding_.extent(loops - 1);
  for (int64_t done = 0; done < n;) {
    std::array<int64_t, kMaxRank> index;
    int64_t rest = begin + done;
    for (int loop = loops - 1; loop >= shape_.first_inner; --loop) {
      index[static_cast<size_t>(loop)] = rest % binding_.extent(loop);
      rest /= binding_.extent(loop);
      binding_.Move(loop, index[static_cast<size_t>(loop)]);
    }
    const int64_t now = std::min(row - index[static_cast<size_t>(loops) - 1], n - done);
    binding_.SetRows(-1, now);
    AimAtBlocks(done);
    binding_.Call(1, &now);
    for (int loop = loops - 1; loop >= shape_.first_inner; --loop)
      binding_.Move(loop, -index[static_cast<size_t>(loop)]);
    done += now;
  }
}

// What the values of points [begin, begin + n) give; of an ordered reduction, all points up to there.
Partial ReductionWorker::CombineValues(size_t r, const char* values, int64_t n, int64_t begin) {
  const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
  Partial partial;
  if (!UsesTree(reduction.combiner) && begin > 0) {
    partial = carried_[r];
    reduction.functions.join(&partial.bits, values, n);
  } else {
    reduction.functions.tree(values, n, &partial.bits);
  }
  if (reduction.is_arg) partial.position = begin + reduction.arg.find(values, &partial.bits);
  return carried_[r] = partial;
}

// Combines a run's result into its element, `row` targets on.
void ReductionWorker::Deliver(const Partials& partials, int64_t row, int64_t position, bool first) {
  for (size_t r = 0; r < targets_.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
    const Partial& partial = partials[r];
    const int64_t stride =
        shape_.first_inner == 0 ? 0 : binding_.stride(shape_.target(r), shape_.first_inner - 1);
    char* const target = targets_[r] + row * stride;
    const auto item = static_cast<size_t>(shape_.item(r));
    if (!reduction.is_arg) {
      if (first) {
        std::memcpy(target, &partial.bits, item);
      } else {
        reduction.functions.join(target, &partial.bits, 1);
      }
      continue;
    }
    // Targets are dense; the extremes lie as densely, in their own dtype.
    const int64_t element = (target - shape_.targets[r]) / static_cast<int64_t>(sizeof(int64_t));
    char* const best = shape_.best[r] ? shape_.best[r] + element * shape_.item(r) : nullptr;
    if (!first && !reduction.arg.beats(&partial.bits, best)) continue;
    if (best) std::memcpy(best, &partial.bits, item);
    const int64_t found = position * shape_.run + partial.position;
    std::memcpy(target, &found, sizeof(found));
  }
}

// ---- Innermost loop kept

void ReductionWorker::CombineRows(const LoopCut& cut, int64_t begin, int64_t end) {
  cut_ = cut;
  const int inner = binding_.loops() - 1;
  for (int64_t column = begin; column < end; column += kRowBlock) {
    MoveAll(inner, column);
    WalkRows(0, std::min(kRowBlock, end - column), 0, true);
    MoveAll(inner, -column);
  }
}

void ReductionWorker::WalkRows(int loop, int64_t columns, int64_t position, bool first) {
  const int inner = binding_.loops() - 1;
  if (loop == inner) return CallRow(columns, position, first);
  const int64_t begin = From(loop), end = To(loop);
  const bool reduced = shape_.is_reduced(loop);
  MoveAll(loop, begin);
  if (loop == inner - 1 && !shape_.uses_scratch) {
    for (int64_t row = 0; first && row < (reduced ? 1 : end - begin); ++row) FillNeutral(columns, row, loop);
    binding_.SetRows(loop, columns);
    binding_.Call(end - begin, &columns);
    return MoveAll(loop, -begin);
  }
  for (int64_t i = begin; i < end; ++i) {
    WalkRows(loop + 1, columns, reduced ? position * binding_.extent(loop) + i : position,
             first && (!reduced || i == 0));
    MoveAll(loop, 1);
  }
  MoveAll(loop, -end);
}

void ReductionWorker::CallRow(int64_t columns, int64_t position, bool first) {
  if (first) FillNeutral(columns, 0, binding_.loops() - 1);
  binding_.SetRows(-1, columns);
  AimAtBlocks(0);
  binding_.Call(1, &columns);
  for (size_t r = 0; r < targets_.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
    if (!reduction.is_arg) continue;
    const int64_t element = (targets_[r] - shape_.targets[r]) / static_cast<int64_t>(sizeof(int64_t));
    reduction.arg.join(Values(r), columns, position, first, shape_.best[r] + element * shape_.item(r),
                       reinterpret_cast<int64_t*>(targets_[r]));
  }
}

// The targets of a row, `row` steps of `loop` on, begin as the neutral element.
void ReductionWorker::FillNeutral(int64_t columns, int64_t row, int loop) {
  for (size_t r = 0; r < targets_.size(); ++r) {
    const CompiledNest::Reduction& reduction = shape_.nest.reductions[r];
    if (reduction.rows < 0) continue;
    const auto access = static_cast<size_t>(reduction.rows);
    const uint64_t bits = NeutralBits(reduction.combiner, reduction.dtype);
    char* const at = targets_[r] + row * binding_.stride(access, loop);
    const int64_t stride = binding_.stride(access, binding_.loops() - 1);
    switch (shape_.item(r)) {
      case 1:
        FillStrided<uint8_t>(at, columns, stride, bits);
        break;
      case 2:
        FillStrided<uint16_t>(at, columns, stride, bits);
        break;
      case 4:
        FillStrided<uint32_t>(at, columns, stride, bits);
        break;
      default:
        FillStrided<uint64_t>(at, columns, stride, bits);
        break;
    }
  }
}

}  // namespace lathe
