// The table of element functions, expanded from ops.def: one loop a row and dtype. A row without a function
// of its name in eval.h, or an expansion of its name in expand/, does not compile.
#include "src/recorder/expand/element_function.h"

#include <array>
#include <cstring>

#include "src/recorder/expand/exponential.h"
#include "src/recorder/expand/logarithm.h"
#include "src/recorder/expand/scalar_algebra.h"
#include "src/recorder/expand/trigonometric.h"
#include "src/recorder/ir/eval.h"
#include "src/recorder/ir/foreign.h"

namespace lathe {
namespace {

template <Op kOp>
struct EvalOf;
#define CALL_Direct(ID) return eval::ID(x...)
#define CALL_Library(ID) return eval::ID(x...)
#define CALL_Expand(ID)                                    \
  expand::ScalarAlgebra<std::common_type_t<T...>> algebra; \
  return expand::Expand##ID(algebra, x...)
#define CALL_Foreign(ID) static_assert(sizeof...(T) == 0, "has a loop of its own")
#define ROW_Elementwise(ID, LOWER) \
  template <>                      \
  struct EvalOf<Op::k##ID> {       \
    template <class... T>          \
    static auto Call(T... x) {     \
      CALL_##LOWER(ID);            \
    }                              \
  };
#define ROW_Reduction(ID, LOWER)
#define ROW_Movement(ID, LOWER)
#define ROW_Generate(ID, LOWER)
#define ROW_Memory(ID, LOWER)
#define ROW_Control(ID, LOWER)
#define ROW_Scalar(ID, LOWER)
#define ROW_Guard(ID, LOWER)
#define ROW_Foreign(ID, LOWER)
#define OP(ID, TEXT, NUMPY, CLASS, OPERANDS, DTYPES, TYPE, IDENTITY, FLAGS, LOWER) ROW_##CLASS(ID, LOWER)
#include "src/recorder/ir/ops.def"
#undef OP
#undef ROW_Elementwise

template <DTypeClass kClass, class T>
constexpr bool kAllowed = kClass == DTypeClass::kAny ||
                          (kClass == DTypeClass::kNumber && !std::is_same_v<T, bool>) ||
                          (kClass == DTypeClass::kInteger && std::is_integral_v<T> &&
                           !std::is_same_v<T, bool>) ||
                          (kClass == DTypeClass::kIntBool && std::is_integral_v<T>) ||
                          (kClass == DTypeClass::kFloat && std::is_floating_point_v<T>) ||
                          (kClass == DTypeClass::kBool && std::is_same_v<T, bool>);

template <Op kOp, class T>
void Loop(void* out, const void* const* inputs, int64_t n) {
  constexpr int kArity = Info(kOp).operand_count;
  const T* a = static_cast<const T*>(inputs[0]);
  using R = std::conditional_t<Info(kOp).type_rule == TypeRule::kToBool, bool, T>;
  R* r = static_cast<R*>(out);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (kArity == 1) r[i] = EvalOf<kOp>::Call(a[i]);
    if constexpr (kArity == 2) r[i] = EvalOf<kOp>::Call(a[i], static_cast<const T*>(inputs[1])[i]);
    if constexpr (kArity == 3)
      r[i] =
          EvalOf<kOp>::Call(a[i], static_cast<const T*>(inputs[1])[i], static_cast<const T*>(inputs[2])[i]);
  }
}
#if defined(__x86_64__)
// The same where the processor has FMA: without it every std::fma of an expansion is a call.
template <Op kOp, class T>
__attribute__((target("fma"), flatten)) void LoopWithFma(void* out, const void* const* inputs, int64_t n) {
  Loop<kOp, T>(out, inputs, n);
}
#endif

template <class T>
void SelectLoop(void* out, const void* const* inputs, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    static_cast<T*>(out)[i] = static_cast<const bool*>(inputs[0])[i] ? static_cast<const T*>(inputs[1])[i]
                                                                     : static_cast<const T*>(inputs[2])[i];
  }
}
template <class From, class To>
void CastLoop(void* out, const void* const* inputs, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    static_cast<To*>(out)[i] = eval::Cast<To>(static_cast<const From*>(inputs[0])[i]);
}
template <int kBytes>
void CopyLoop(void* out, const void* const* inputs, int64_t n) {
  std::memmove(out, inputs[0], static_cast<size_t>(n) * kBytes);
}

// Every lane has the same function: who records the op gives it as a scalar.
void ApplyLoop(void* out, const void* const* inputs, int64_t n) {
  if (n == 0) return;
  int64_t address;
  std::memcpy(&address, inputs[0], sizeof address);
  const auto& function = *reinterpret_cast<const ForeignFunction*>(address);
  function.lanes(function, out, inputs + 1, n);
}

// Ops whose operands or results are not all of one dtype.
template <Op kOp>
constexpr bool kHasOwnLoop = kOp == Op::kSelect || kOp == Op::kSelectRare || kOp == Op::kCast ||
                             kOp == Op::kBitcast || TakesFunction(kOp);

template <Op kOp>
ElementFunction Find(DType dtype) {
  return VisitDType(dtype, [](auto type) -> ElementFunction {
    using T = typename decltype(type)::type;
    if constexpr (kAllowed<Info(kOp).dtypes, T>) {
#if defined(__x86_64__)
      if constexpr (Info(kOp).lowering == Lowering::kExpand) {
        if (__builtin_cpu_supports("fma")) return &LoopWithFma<kOp, T>;
      }
#endif
      return &Loop<kOp, T>;
    }
    return nullptr;
  });
}

}  // namespace

ElementFunction FindElementFunction(Op op, DType operand, DType result) {
  if (op == Op::kSelect || op == Op::kSelectRare) {
    return VisitDType(
        operand, [](auto type) -> ElementFunction { return &SelectLoop<typename decltype(type)::type>; });
  }
  if (op == Op::kCast) {
    return VisitDType(operand, [result](auto from) -> ElementFunction {
      return VisitDType(result, [](auto to) -> ElementFunction {
        return &CastLoop<typename decltype(from)::type, typename decltype(to)::type>;
      });
    });
  }
  if (op == Op::kBitcast) {
    if (ItemSize(operand) != ItemSize(result)) return nullptr;
    switch (ItemSize(operand)) {
      case 1:
        return &CopyLoop<1>;
      case 2:
        return &CopyLoop<2>;
      case 4:
        return &CopyLoop<4>;
      default:
        return &CopyLoop<8>;
    }
  }
  if (TakesFunction(op)) return &ApplyLoop;
  switch (op) {
#define ROW_Elementwise(ID, LOWER)        \
  case Op::k##ID:                         \
    if constexpr (kHasOwnLoop<Op::k##ID>) \
      return nullptr;                     \
    else                                  \
      return Find<Op::k##ID>(operand);
#define OP(ID, TEXT, NUMPY, CLASS, OPERANDS, DTYPES, TYPE, IDENTITY, FLAGS, LOWER) ROW_##CLASS(ID, LOWER)
#include "src/recorder/ir/ops.def"
#undef OP
    default:
      return nullptr;
  }
}

}  // namespace lathe
