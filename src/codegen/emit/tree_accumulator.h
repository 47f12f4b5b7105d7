// One reduction over the columns of a nest: the eight lanes of runtime/reduction_order.h in one or more
// vectors, and after them the one value that is left of them.
#pragma once

#include <span>
#include <vector>

#include "src/codegen/emit/nest_target.h"
#include "src/codegen/nest/combine.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {

template <NestTarget Target>
class TreeAccumulator {
 public:
  using Emitter = typename Target::Emitter;
  using Value = typename Target::Value;

  // Emits the beginning: neutral elements in all lanes. `vectors` has at most eight lanes.
  TreeAccumulator(Target& target, const Access& access, const Emitter& vectors, const Emitter& singles)
      : target_(&target), access_(&access), vectors_(vectors), singles_(singles) {
    const uint64_t neutral = NeutralBits(access.combiner, access.dtype);
    for (int64_t lane = 0; lane < kTreeLanes; lane += vectors_.lanes())
      lanes_.push_back(vectors_.SplatConstant(access.dtype, neutral));
    const bool extreme = access.combiner == Op::kMaximum || access.combiner == Op::kMinimum;
    if (extreme && IsFloat(access.dtype)) numbers_ = vectors_.SplatConstant(DType::kBool, 1);
  }

  const Access& access() const { return *access_; }

  // Consecutive vectors, whole groups of eight lanes.
  void Combine(std::span<const Value> values) {
    for (size_t k = 0; k < values.size(); ++k) {
      const Value& variable = lanes_[k % lanes_.size()];
      if (!numbers_.is_set()) {
        vectors_.Replace(variable, EmitCombiner(vectors_, variable, values[k]));
        continue;
      }
      const bool largest = access_->combiner == Op::kMaximum;
      vectors_.Replace(variable, vectors_.EmitExtreme(largest, variable, values[k]));
      if (k % 2 == 1 || k + 1 == values.size()) vectors_.KeepOrdered(numbers_, values[k - k % 2], values[k]);
    }
  }

  // The lanes joined; from here on single elements follow.
  void Join() {
    single_ = singles_.Copy(vectors_.JoinLanes(access_->combiner, lanes_, numbers_.is_set()));
    if (!numbers_.is_set()) return;
    const asmjit::Label usual = target_->NewLabel();
    vectors_.JumpIfAll(numbers_, usual);
    singles_.Assign(single_, singles_.SplatConstant(access_->dtype, NanBits(access_->dtype)));
    target_->Bind(usual);
  }

  void CombineSingle(const Value& value) {
    singles_.Replace(single_, EmitCombiner(singles_, single_, value));
  }
  const Value& single() const { return single_; }

 private:
  // Any: payloads of NaNs are not part of a result.
  static uint64_t NanBits(DType dtype) {
    return dtype == DType::kFloat64 ? 0x7ff8000000000000u : 0x7fc00000u;
  }
  Value EmitCombiner(Emitter& emitter, const Value& x, const Value& y) const {
    const Value operands[] = {x, y};
    return emitter.Emit(access_->combiner, access_->dtype, operands, std::nullopt);
  }

  Target* target_;
  const Access* access_;
  Emitter vectors_, singles_;
  std::vector<Value> lanes_;
  // Of the larger or smaller one of floats: the lanes that had no NaN yet. It is cheaper to look for NaNs
  // apart than to pass one on in each step.
  Value numbers_;
  Value single_;
};

}  // namespace lathe
