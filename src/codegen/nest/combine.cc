// Combining functions for every combiner of the op table, instantiated by dtype.
#include "src/codegen/nest/combine.h"

#include <cmath>
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
Combiner Make() {
  using Function = Apply<kOp, T>;
  Combiner combiner;
  combiner.join_leaves = [](const void* leaves, int64_t n, void* result) {
    const T* next = static_cast<const T*>(leaves);
    *static_cast<T*>(result) = CombineTree<T>(
        0, n, [&next](int64_t, int64_t) { return *next++; }, Function());
  };
  combiner.join_level = [](void* leaves, int64_t count, void* result) {
    T* const values = static_cast<T*>(leaves);
    for (int64_t left = count / 2; left > 0; left /= 2) {
      for (int64_t k = 0; k < left; ++k) values[k] = Function()(values[2 * k], values[2 * k + 1]);
    }
    *static_cast<T*>(result) = values[0];
  };
  combiner.tree = [](const void* values, int64_t n, void* result) {
    const T* in = static_cast<const T*>(values);
    T* out = static_cast<T*>(result);
    if constexpr (UsesTree(kOp)) {
      const auto leaf = [in](int64_t begin, int64_t count) {
        return CombineLeaf<T>(
            count, [in, begin](int64_t k) { return in[begin + k]; }, Function());
      };
      *out = CombineTree<T>(0, n, leaf, Function());
      if constexpr (kOp == Op::kAdd) *out = Function()(T{}, *out);  // a sum begins at +0
    } else {
      T product = in[0];
      for (int64_t k = 1; k < n; ++k) product = Function()(product, in[k]);
      *out = product;
    }
  };
  combiner.join = [](void* result, const void* values, int64_t n) {
    T joined = *static_cast<T*>(result);
    for (int64_t k = 0; k < n; ++k) joined = Function()(joined, static_cast<const T*>(values)[k]);
    *static_cast<T*>(result) = joined;
  };
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
    if (std::isnan(best)) return false;
    if (std::isnan(x)) return true;
  }
  return kMax ? x > best : x < best;
}
template <class T, bool kMax>
ArgFunctions MakeArg() {
  ArgFunctions functions;
  functions.beats = [](const void* x, const void* best) {
    return Beats<T, kMax>(*static_cast<const T*>(x), *static_cast<const T*>(best));
  };
  functions.find = [](const void* values, const void* extreme) {
    const T* in = static_cast<const T*>(values);
    const T wanted = *static_cast<const T*>(extreme);
    int64_t k = 0;
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(wanted)) {
        while (!std::isnan(in[k])) ++k;
        return k;
      }
    }
    while (in[k] != wanted) ++k;
    return k;
  };
  functions.join = [](const void* values, int64_t n, int64_t base, bool first, void* best,
                      int64_t* positions) {
    const T* in = static_cast<const T*>(values);
    T* extremes = static_cast<T*>(best);
    for (int64_t k = 0; k < n; ++k) {
      if (!first && !Beats<T, kMax>(in[k], extremes[k])) continue;
      extremes[k] = in[k];
      positions[k] = base;
    }
  };
  return functions;
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

bool HasTree(Op combiner, DType dtype) { return UsesTree(combiner) || !IsFloat(dtype); }

Op ExtremeOf(Op combiner) {
  if (combiner == Op::kArgMax) return Op::kMaximum;
  if (combiner == Op::kArgMin) return Op::kMinimum;
  return combiner;
}

uint64_t NeutralBits(Op combiner, DType dtype) {
  return VisitDType(dtype, [combiner, dtype](auto type) {
    using T = typename decltype(type)::type;
    using Limits = std::numeric_limits<T>;
    constexpr bool kIsFloat = std::is_floating_point_v<T>;
    switch (combiner) {
      case Op::kAdd:
        return Scalar::Of(T{}).bits;
      case Op::kMul:
        return Scalar::Of(static_cast<T>(1)).bits;
      case Op::kMaximum:
        return Scalar::Of(kIsFloat ? static_cast<T>(-Limits::infinity()) : Limits::lowest()).bits;
      case Op::kMinimum:
        return Scalar::Of(kIsFloat ? Limits::infinity() : Limits::max()).bits;
      case Op::kFmax:
        return Scalar::Of(kIsFloat ? Limits::quiet_NaN() : Limits::lowest()).bits;
      case Op::kFmin:
        return Scalar::Of(kIsFloat ? Limits::quiet_NaN() : Limits::max()).bits;
      default:
        return IdentityBits(combiner, dtype);
    }
  });
}

uint64_t IdentityBits(Op combiner, DType dtype) {
  switch (Info(combiner).identity) {
    case Identity::kOne:
      return VisitDType(
          dtype, [](auto type) { return Scalar::Of(static_cast<typename decltype(type)::type>(1)).bits; });
    case Identity::kAllOnes:
      return IsBool(dtype) ? 1 : ~uint64_t{0} >> (64 - 8 * ItemSize(dtype));
    default:
      return 0;
  }
}

ArgFunctions FindArgFunctions(Op op, DType dtype) {
  return VisitDType(dtype, [op](auto type) {
    using T = typename decltype(type)::type;
    return op == Op::kArgMax ? MakeArg<T, true>() : MakeArg<T, false>();
  });
}

}  // namespace lathe
