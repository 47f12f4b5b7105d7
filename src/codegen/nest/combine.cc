// Combining functions for every combiner of the op table, instantiated by dtype.
#include "src/codegen/nest/combine.h"

#include <cstring>
#include <limits>

#include "src/recorder/ir/eval.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {
namespace {

template <Op kOp, class T>
struct Apply {
  T operator()(T x, T y) const {
    if constexpr (kOp == Op::kAdd) return static_cast<T>(eval::Add(x, y));
    if constexpr (kOp == Op::kMul) return static_cast<T>(eval::Mul(x, y));
    if constexpr (kOp == Op::kMaximum) return eval::Maximum(x, y);
    if constexpr (kOp == Op::kMinimum) return eval::Minimum(x, y);
    if constexpr (kOp == Op::kFmax) return eval::Fmax(x, y);
    if constexpr (kOp == Op::kFmin) return eval::Fmin(x, y);
    if constexpr (kOp == Op::kBitAnd || kOp == Op::kLogicalAnd) return eval::BitAnd(x, y);
    if constexpr (kOp == Op::kBitOr || kOp == Op::kLogicalOr) return eval::BitOr(x, y);
    if constexpr (kOp == Op::kBitXor || kOp == Op::kLogicalXor) return eval::BitXor(x, y);
  }
};

template <Op kOp, class T>
T IdentityOf() {
  constexpr Identity kIdentity = Info(kOp).identity;
  if constexpr (kIdentity == Identity::kOne) return static_cast<T>(1);
  if constexpr (kIdentity == Identity::kAllOnes)
    return std::is_same_v<T, bool> ? static_cast<T>(1) : static_cast<T>(~uint64_t{0});
  return T{};
}

template <Op kOp, class T>
Combiner Make() {
  Combiner combiner;
  combiner.tree = [](const void* values, int64_t n, void* result) {
    const T* in = static_cast<const T*>(values);
    T* out = static_cast<T*>(result);
    const Apply<kOp, T> apply;
    if constexpr (UsesTree(kOp)) {
      *out = CombineTree<T>(
          0, n,
          [&](int64_t begin, int64_t count) {
            return CombineLeaf<T>(
                count, [&](int64_t k) { return in[begin + k]; }, apply);
          },
          apply);
    } else {
      T product = in[0];
      for (int64_t k = 1; k < n; ++k) product = apply(product, in[k]);
      *out = product;
    }
  };
  combiner.join = [](void* result, const void* values, int64_t n) {
    T* out = static_cast<T*>(result);
    const T* in = static_cast<const T*>(values);
    for (int64_t k = 0; k < n; ++k) out[k] = Apply<kOp, T>()(out[k], in[k]);
  };
  combiner.identity = [](void* result) { *static_cast<T*>(result) = IdentityOf<kOp, T>(); };
  return combiner;
}

template <Op kOp>
Combiner FindFor(DType dtype) {
  return VisitDType(dtype, [](auto type) -> Combiner {
    using T = typename decltype(type)::type;
    constexpr DTypeClass kClass = Info(kOp).dtypes;
    if constexpr ((kClass == DTypeClass::kBool && !std::is_same_v<T, bool>) ||
                  (kClass == DTypeClass::kIntBool && std::is_floating_point_v<T>) ||
                  (kClass == DTypeClass::kNumber && std::is_same_v<T, bool>)) {
      return {};
    } else {
      return Make<kOp, T>();
    }
  });
}

template <class T, bool kMax>
bool Beats(T x, T best) {
  if constexpr (std::is_floating_point_v<T>) {
    if (best != best) return false;
    if (x != x) return true;
  }
  return kMax ? x > best : x < best;
}

template <class T, bool kMax>
void Scan(const void* values, int64_t n, int64_t base, bool started, void* best, int64_t* position) {
  const T* in = static_cast<const T*>(values);
  T* extreme = static_cast<T*>(best);
  for (int64_t k = 0; k < n; ++k) {
    if ((started || k > 0) && !Beats<T, kMax>(in[k], *extreme)) continue;
    *extreme = in[k];
    *position = base + k;
  }
}
template <class T, bool kMax>
void Join(const void* row, int64_t n, int64_t base, bool started, void* best, int64_t* positions) {
  const T* in = static_cast<const T*>(row);
  T* extremes = static_cast<T*>(best);
  for (int64_t k = 0; k < n; ++k) {
    if (started && !Beats<T, kMax>(in[k], extremes[k])) continue;
    extremes[k] = in[k];
    positions[k] = base;
  }
}

}  // namespace

Combiner FindCombiner(Op op, DType dtype) {
  switch (op) {
    case Op::kAdd:
      return FindFor<Op::kAdd>(dtype);
    case Op::kMul:
      return FindFor<Op::kMul>(dtype);
    case Op::kMaximum:
      return FindFor<Op::kMaximum>(dtype);
    case Op::kMinimum:
      return FindFor<Op::kMinimum>(dtype);
    case Op::kFmax:
      return FindFor<Op::kFmax>(dtype);
    case Op::kFmin:
      return FindFor<Op::kFmin>(dtype);
    case Op::kBitAnd:
      return FindFor<Op::kBitAnd>(dtype);
    case Op::kBitOr:
      return FindFor<Op::kBitOr>(dtype);
    case Op::kBitXor:
      return FindFor<Op::kBitXor>(dtype);
    case Op::kLogicalAnd:
      return FindFor<Op::kLogicalAnd>(dtype);
    case Op::kLogicalOr:
      return FindFor<Op::kLogicalOr>(dtype);
    case Op::kLogicalXor:
      return FindFor<Op::kLogicalXor>(dtype);
    default:
      return {};
  }
}

ArgScan FindArgScan(Op op, DType dtype) {
  return VisitDType(dtype, [op](auto type) -> ArgScan {
    using T = typename decltype(type)::type;
    return op == Op::kArgMax ? &Scan<T, true> : &Scan<T, false>;
  });
}
ArgJoin FindArgJoin(Op op, DType dtype) {
  return VisitDType(dtype, [op](auto type) -> ArgJoin {
    using T = typename decltype(type)::type;
    return op == Op::kArgMax ? &Join<T, true> : &Join<T, false>;
  });
}

}  // namespace lathe
