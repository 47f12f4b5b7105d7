#include "src/codegen/emit/tree_accumulator.h"

#include "src/codegen/nest/combine.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {
namespace {

// Any: payloads of NaNs are not part of a result.
uint64_t NanBits(DType dtype) { return dtype == DType::kFloat64 ? 0x7ff8000000000000u : 0x7fc00000u; }

Vector EmitCombiner(X64Emitter& emitter, const Access& access, const Vector& x, const Vector& y) {
  const Vector operands[] = {x, y};
  return emitter.Emit(access.combiner, access.dtype, operands, std::nullopt);
}

}  // namespace

TreeAccumulator::TreeAccumulator(asmjit::x86::Compiler& compiler, const Access& access,
                                 const X64Emitter& vectors, const X64Emitter& singles)
    : cc_(compiler), access_(access), vectors_(vectors), singles_(singles) {
  const uint64_t neutral = NeutralBits(access.combiner, access.dtype);
  for (int64_t lane = 0; lane < kTreeLanes; lane += vectors_.lanes())
    lanes_.push_back(vectors_.SplatConstant(access.dtype, neutral));
  const bool extreme = access.combiner == Op::kMaximum || access.combiner == Op::kMinimum;
  if (extreme && IsFloat(access.dtype)) numbers_ = vectors_.SplatConstant(DType::kBool, 1);
}

void TreeAccumulator::Combine(std::span<const Vector> values) {
  for (size_t k = 0; k < values.size(); ++k) {
    const Vector& variable = lanes_[k % lanes_.size()];
    if (!numbers_.is_set()) {
      vectors_.Replace(variable, EmitCombiner(vectors_, access_, variable, values[k]));
      continue;
    }
    const bool largest = access_.combiner == Op::kMaximum;
    vectors_.Replace(variable, vectors_.EmitExtreme(largest, variable, values[k]));
    if (k % 2 == 1 || k + 1 == values.size()) vectors_.KeepOrdered(numbers_, values[k - k % 2], values[k]);
  }
}

void TreeAccumulator::Join() {
  single_ = singles_.Copy(vectors_.JoinLanes(access_.combiner, lanes_, numbers_.is_set()));
  if (!numbers_.is_set()) return;
  const asmjit::Label usual = cc_.newLabel();
  cc_.j(vectors_.TestAll(numbers_), usual);
  singles_.Assign(single_, singles_.SplatConstant(access_.dtype, NanBits(access_.dtype)));
  cc_.bind(usual);
}

void TreeAccumulator::CombineSingle(const Vector& value) {
  singles_.Replace(single_, EmitCombiner(singles_, access_, single_, value));
}

}  // namespace lathe
