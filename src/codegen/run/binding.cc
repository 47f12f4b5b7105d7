// Binding operands to a frame.
#include "src/codegen/run/binding.h"

#include <algorithm>

namespace lathe {

CompiledNest FinishNest(NestPlan plan, NestCode code) {
  CompiledNest nest;
  for (const PlannedReduction& planned : plan.reductions) {
    CompiledNest::Reduction reduction{planned, {}, {}};
    reduction.functions = FindCombiner(ExtremeOf(planned.combiner), planned.dtype);
    if (planned.is_arg) reduction.arg = FindArgFunctions(planned.combiner, planned.dtype);
    nest.reductions.push_back(reduction);
  }
  for (const Access& access : plan.accesses) {
    std::vector<int8_t>& walked = nest.walked_of_dim.emplace_back();
    for (const int own : access.loop_of_dim) {
      const auto found = std::find_if(plan.loops.begin(), plan.loops.end(), [own](const WalkedLoop& loop) {
        return loop.first <= own && own <= loop.last;
      });
      walked.push_back(own < 0 ? int8_t{-1} : static_cast<int8_t>(found - plan.loops.begin()));
    }
  }
  nest.plan = std::move(plan);
  nest.code = std::move(code);
  return nest;
}

Binding::Binding(const CompiledNest& nest, std::span<const Operand* const> buffers,
                 std::span<const int64_t> extents, std::span<const uint64_t> scalars)
    : nest_(&nest),
      strides_(nest.plan.accesses.size() * nest.plan.loops.size()),
      frame_(nest.code.frame.words) {
  for (size_t loop = 0; loop < nest.plan.loops.size(); ++loop) {
    const WalkedLoop& walked = nest.plan.loops[loop];
    int64_t extent = 1;
    for (int l = walked.first; l <= walked.last; ++l) extent *= extents[static_cast<size_t>(l)];
    extents_[loop] = extent;
    points_ *= extent;
  }
  for (size_t k = 0; k < accesses(); ++k) BindAccess(k, *buffers[k]);
  for (size_t k = 0; k < scalars.size(); ++k) SetScalar(k, scalars[k]);
  estimated_nanoseconds_ =
      static_cast<double>(points_) * (kPlainOp * nest.plan.plain_ops + kCalledOp * nest.plan.called_ops) +
      static_cast<double>(footprint_) * kByte;
}

void Binding::BindAccess(size_t access, const Operand& buffer) {
  const Access& planned = nest_->plan.accesses[access];
  SetPointer(access, static_cast<const char*>(buffer.data));
  int64_t* const strides = strides_.data() + access * static_cast<size_t>(loops());
  // Of loops walked as one the innermost that moves at all has their common stride.
  const std::vector<int8_t>& walked = nest_->walked_of_dim[access];
  for (size_t d = 0; d < walked.size(); ++d) {
    if (walked[d] >= 0 && buffer.extents[d] != 1) strides[walked[d]] = buffer.strides[d];
  }
  int64_t bytes = ItemSize(planned.dtype);
  for (int loop = 0; loop < loops(); ++loop) bytes *= strides[loop] != 0 ? extent(loop) : 1;
  footprint_ += bytes;
  if (planned.inner == StrideClass::kGeneral) frame_[FrameLayout::Stride(access)] = strides[loops() - 1];
}

void Binding::Move(int loop, int64_t steps) {
  for (size_t k = 0; k < accesses(); ++k) frame_[FrameLayout::Pointer(k)] += steps * stride(k, loop);
  frame_[IndexWord(loop)] += steps;
}

void Binding::SetRows(int loop, int64_t columns) {
  if (rows_known_ && loop == rows_loop_ && columns == rows_columns_) return;
  frame_[FrameLayout::kCountStep] = 0;
  frame_[FrameLayout::kRewind] = columns;
  for (size_t k = 0; k < accesses(); ++k) {
    const Access& access = nest_->plan.accesses[k];
    const bool moved = access.inner == StrideClass::kGeneral && access.kind != Access::Kind::kTree;
    SetGap(k, (loop < 0 ? 0 : stride(k, loop)) - (moved ? columns * stride(k, loops() - 1) : 0));
  }
  for (int l = 0; l < loops(); ++l) frame_[IndexWord(l) + 1] = l == loop ? 1 : 0;
  rows_known_ = true;
  rows_loop_ = loop;
  rows_columns_ = columns;
}

void Binding::SetSegments() {
  rows_known_ = false;
  frame_[FrameLayout::kCountStep] = sizeof(int64_t);
  frame_[FrameLayout::kRewind] = 0;
  for (size_t k = 0; k < accesses(); ++k) SetGap(k, 0);
  for (int l = 0; l < loops(); ++l) frame_[IndexWord(l) + 1] = 0;
}

}  // namespace lathe
