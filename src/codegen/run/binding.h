// A compiled nest, and one run's binding of it to memory: extents and strides along the walked loops, and a
// frame (nest/frame.h) for its machine code. Small nests take no memory from the heap.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/nest/combine.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

// Costs of one point, in nanoseconds: an instruction on one of a vector's lanes, a call of an element
// function, a byte moved beyond the caches.
inline constexpr double kPlainOp = 0.05;
inline constexpr double kCalledOp = 5;
inline constexpr double kByte = 0.02;

// A nest ready to run, and what never changes between runs.
struct CompiledNest {
  struct Reduction : PlannedReduction {
    Combiner functions;  // of argmax and argmin: of their extreme
    ArgFunctions arg;
  };
  NestPlan plan;
  NestCode code;
  std::vector<Reduction> reductions;
  std::vector<std::vector<int8_t>> walked_of_dim;  // per access and dimension: the walked loop, or -1
};
CompiledNest FinishNest(NestPlan plan, NestCode code);

class Binding {
 public:
  // `buffers[k]` is what access k refers to; `extents` are those of the nest's own loops; `scalars` the
  // words of the frame's scalars.
  Binding(const CompiledNest& nest, std::span<const Operand* const> buffers, std::span<const int64_t> extents,
          std::span<const uint64_t> scalars);

  const CompiledNest& nest() const { return *nest_; }
  int loops() const { return static_cast<int>(nest_->plan.loops.size()); }
  size_t accesses() const { return nest_->plan.accesses.size(); }
  int64_t extent(int loop) const { return extents_[static_cast<size_t>(loop)]; }
  int64_t points() const { return points_; }
  // Bytes from one index of a walked loop to the next.
  int64_t stride(size_t access, int loop) const {
    return strides_[access * static_cast<size_t>(loops()) + static_cast<size_t>(loop)];
  }
  // Of all accesses together, each counted as if dense.
  int64_t footprint() const { return footprint_; }
  // Of one thread's work, in nanoseconds.
  double estimated_nanoseconds() const { return estimated_nanoseconds_; }

  // ---- The frame. A copy of a Binding has a frame of its own, for another thread.
  char* pointer(size_t access) const { return reinterpret_cast<char*>(frame_[FrameLayout::Pointer(access)]); }
  void SetPointer(size_t access, const char* address) {
    frame_[FrameLayout::Pointer(access)] = reinterpret_cast<int64_t>(address);
  }
  void SetScalar(size_t k, uint64_t bits) {
    frame_[nest_->code.frame.Scalar(k)] = static_cast<int64_t>(bits);
  }
  void SetGap(size_t access, int64_t bytes) {
    frame_[FrameLayout::Gap(access)] = bytes;
    rows_known_ = false;
  }
  // Moves all accesses and the loop's counter to a later (or earlier) index of a loop.
  void Move(int loop, int64_t steps);
  // Every access moves along `loop` from row to row of `columns` columns; with no loop (-1) all rows are one.
  void SetRows(int loop, int64_t columns);
  // The rows' counts of columns are read one by one, and a row goes on where the last one ended.
  void SetSegments();
  void SetStreaming(bool on) { frame_[FrameLayout::kStream] = on ? 1 : 0; }
  // Runs `rows` rows with the counts at `counts`.
  void Call(int64_t rows, const int64_t* counts) {
    frame_[FrameLayout::kRows] = rows;
    frame_[FrameLayout::kCounts] = reinterpret_cast<int64_t>(counts);
    nest_->code.function(frame_.data());
  }

 private:
  void BindAccess(size_t access, const Operand& buffer);
  size_t IndexWord(int loop) const {
    const int own = nest_->plan.loops[static_cast<size_t>(loop)].first;
    return nest_->code.frame.IndexStart(static_cast<size_t>(own));
  }

  const CompiledNest* nest_;
  std::array<int64_t, kMaxRank> extents_;
  int64_t points_ = 1;
  int64_t footprint_ = 0;
  double estimated_nanoseconds_ = 0;
  // What the frame's gaps are set for, if known.
  bool rows_known_ = false;
  int rows_loop_ = 0;
  int64_t rows_columns_ = 0;
  absl::InlinedVector<int64_t, 16> strides_;
  absl::InlinedVector<int64_t, 48> frame_;
};

}  // namespace lathe
