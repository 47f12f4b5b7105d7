// One thread's share of a reduction: calls the machine code and combines what it leaves.
#pragma once

#include <array>
#include <cstdint>

#include "src/codegen/memory/temporary_pool.h"
#include "src/codegen/run/reduction_shape.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {

// A share of the walk: of loop `loop` only [begin, end); of all others everything.
struct LoopCut {
  int loop = -1;
  int64_t begin = 0;
  int64_t end = 0;
};

class ReductionWorker {
 public:
  ReductionWorker(const Binding& binding, const ReductionShape& shape);
  bool has_memory() const { return has_memory_; }

  // Innermost loops reduced: all runs of the share, into their targets. Long runs are split over
  // `run_threads` threads. False if there was no memory.
  bool WalkRuns(const LoopCut& cut, int run_threads);
  // The tree over points [begin, begin + n) of the run at the binding's pointers.
  Partials Tree(int64_t begin, int64_t n);

  // Innermost loop kept: columns [begin, end) of the share.
  void CombineRows(const LoopCut& cut, int64_t begin, int64_t end);

 private:
  // Points whose leaves, or values, are taken in one call. Values should stay in the first-level cache.
  static constexpr int64_t kLeafChunk = 8192;
  static constexpr int64_t kValueChunk = 2048;
  static constexpr int64_t kMostLeaves = kLeafChunk / (kTreeLeaf / 2) + 1;
  // The sizes of the tree's leaves over n points.
  struct Leaves {
    int64_t n = 0;
    int64_t count = 0;
    bool level = false;  // all equally deep
    std::array<int64_t, kMostLeaves> sizes;
  };

  // Blocks that the machine code writes to: results of leaves, and values.
  char* Results(size_t r) const { return blocks_ + static_cast<int64_t>(2 * r) * block_bytes_; }
  char* Values(size_t r) const { return blocks_ + static_cast<int64_t>(2 * r + 1) * block_bytes_; }
  void AimAtBlocks(int64_t value_offset);
  const Leaves& LeavesOf(int64_t n);
  int64_t From(int loop) const { return loop == cut_.loop ? cut_.begin : 0; }
  int64_t To(int loop) const { return loop == cut_.loop ? cut_.end : binding_.extent(loop); }
  void MoveAll(int loop, int64_t steps);

  bool WalkRunsFrom(int loop, int64_t position, bool first);
  void RunShortRows(int loop, int64_t position, bool first);
  bool RunLong(int64_t position, bool first);
  bool RunOnThreads(Partials* result);
  Partials Chunk(int64_t begin, int64_t n);
  void CombineLeaves(const Leaves& leaves, int64_t begin, Partials* result);
  void FillValues(int64_t begin, int64_t n);
  Partial CombineValues(size_t r, const char* values, int64_t n, int64_t begin);
  void Deliver(const Partials& partials, int64_t row, int64_t position, bool first);

  void WalkRows(int loop, int64_t columns, int64_t position, bool first);
  void CallRow(int64_t columns, int64_t position, bool first);
  void FillNeutral(int64_t columns, int64_t offset_rows, int loop);

  Binding binding_;
  const ReductionShape& shape_;
  LoopCut cut_;
  int run_threads_ = 1;
  absl::InlinedVector<char*, 2> targets_;  // of the walk's position
  Partials carried_;                       // of ordered reductions: the run so far
  std::array<Leaves, 4> leaves_;           // of the last sizes asked for
  size_t next_leaves_ = 0;
  std::array<char, 2 * 8 * kMostLeaves> small_;
  TemporaryBlock large_;
  char* blocks_ = nullptr;
  int64_t block_bytes_ = 0;
  bool has_memory_ = true;
};

}  // namespace lathe
