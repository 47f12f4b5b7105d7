// Leaves of the reduction tree, identities and extremes.
#include "src/recorder/interp/combiner.h"

#include <type_traits>

namespace lathe {
namespace {

template <class T>
bool IsNan(T value) {
  return value != value;
}

template <class T, bool kMax>
bool Replaces(const void* x, const void* best) {
  T a;
  T b;
  std::memcpy(&a, x, sizeof(T));
  std::memcpy(&b, best, sizeof(T));
  if (IsNan(b)) return false;
  return IsNan(a) || (kMax ? a > b : a < b);
}

uint64_t IdentityBits(Identity identity, DType dtype) {
  return VisitDType(dtype, [&](auto type) -> uint64_t {
    using T = typename decltype(type)::type;
    if (identity == Identity::kOne) return Scalar::Of(static_cast<T>(1)).bits;
    if (identity != Identity::kAllOnes) return 0;
    if constexpr (std::is_same_v<T, bool>) return 1;
    if constexpr (std::is_integral_v<T>) return Scalar::Of(static_cast<T>(-1)).bits;
    return 0;
  });
}

}  // namespace

ReplacesExtreme FindExtreme(Op op, DType dtype) {
  return VisitDType(dtype, [&](auto type) -> ReplacesExtreme {
    using T = typename decltype(type)::type;
    return op == Op::kArgMax ? &Replaces<T, true> : &Replaces<T, false>;
  });
}

Combiner::Combiner(Op op, DType dtype)
    : op_(op),
      function_(FindElementFunction(op, dtype, dtype)),
      item_(ItemSize(dtype)),
      identity_(IdentityBits(Info(op).identity, dtype)) {}

uint64_t Combiner::Leaf(const std::byte* block, int64_t n) const {
  if (n < kTreeLanes) {
    uint64_t result = Element(block, 0);
    for (int64_t k = 1; k < n; ++k) result = Combine(result, Element(block, k));
    return result;
  }
  alignas(8) std::byte lanes[kTreeLanes * sizeof(uint64_t)];
  std::memcpy(lanes, block, static_cast<size_t>(kTreeLanes * item_));
  int64_t k = kTreeLanes;
  for (; k + kTreeLanes <= n; k += kTreeLanes) Combine(lanes, lanes, block + k * item_, kTreeLanes);
  const auto lane = [&](int64_t index) { return Element(lanes, index); };
  uint64_t result = Combine(Combine(Combine(lane(0), lane(1)), Combine(lane(2), lane(3))),
                            Combine(Combine(lane(4), lane(5)), Combine(lane(6), lane(7))));
  for (; k < n; ++k) result = Combine(result, Element(block, k));
  return result;
}

}  // namespace lathe
