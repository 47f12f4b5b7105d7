// The table of functions with their signatures, and those functions of it that no library has.
#include "src/recorder/ir/loop_functions.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace lathe {

namespace loop_functions {
namespace {

// Python's %: the remainder has the sign of the divisor.
double PythonMod(double x, double y) {
  const double remainder = std::fmod(x, y);
  if (remainder == 0) return std::copysign(0.0, y);
  return (y < 0) != (remainder < 0) ? remainder + y : remainder;
}

// Python's //: the quotient that goes with the remainder, rounded to an integer.
double PythonFloorDiv(double x, double y) {
  const double remainder = std::fmod(x, y);
  double quotient = (x - remainder) / y;
  if (remainder != 0 && (y < 0) != (remainder < 0)) quotient -= 1.0;
  if (quotient == 0) return std::copysign(0.0, x / y);
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1.0 : floor;
}

// Python's ** of integers, in 64 bits.
int64_t PythonPow(int64_t base, int64_t exponent) {
  if (base == 1 || base == -1) return base == -1 && (exponent & 1) == 0 ? 1 : base;
  int64_t result = 1;
  for (auto left = static_cast<uint64_t>(exponent);;) {
    if ((left & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return INT64_MIN;
    left >>= 1;
    if (left == 0) return result;
    if (__builtin_mul_overflow(base, base, &base)) return INT64_MIN;
  }
}

int64_t Callback(int64_t address) { return reinterpret_cast<LoopCallback*>(address)->Call(); }

}  // namespace
}  // namespace loop_functions

namespace {

// What the types of a function say. The function is a template argument, so that `Invoke` calls it directly.
template <auto kFunction, class Type>
struct Function;
template <auto kFunction, class Result, class... Arguments>
struct Function<kFunction, Result (*)(Arguments...)> {
  static constexpr DType kResult = DTypeOf<Result>::kValue;
  static constexpr std::array<DType, sizeof...(Arguments)> kArguments = {DTypeOf<Arguments>::kValue...};

  static uint64_t Invoke(const uint64_t* words) {
    return InvokeWith(words, std::index_sequence_for<Arguments...>());
  }
  template <size_t... k>
  static uint64_t InvokeWith(const uint64_t* words, std::index_sequence<k...>) {
    return Scalar::Of<Result>(kFunction(Scalar{kArguments[k], words[k]}.template As<Arguments>()...)).bits;
  }
};

template <auto kFunction>
LoopFunctionInfo MakeInfo(std::string_view text, bool pure) {
  using Row = Function<kFunction, decltype(kFunction)>;
  return {text, Row::kResult, Row::kArguments, pure, reinterpret_cast<void*>(kFunction), &Row::Invoke};
}

constexpr bool Pure = true;
[[maybe_unused]] constexpr bool Impure = false;

}  // namespace

std::span<const LoopFunctionInfo> LoopFunctions() {
  static const std::array table = {
#define LOOP_FUNCTION(ID, TEXT, RESULT, ARGUMENTS, FLAGS, FUNCTION) \
  MakeInfo<static_cast<RESULT(*) ARGUMENTS>(FUNCTION)>(TEXT, FLAGS),
#include "src/recorder/ir/loop_functions.def"
#undef LOOP_FUNCTION
  };
  return table;
}

const LoopFunctionInfo* FindLoopFunction(uint64_t index) {
  const std::span<const LoopFunctionInfo> functions = LoopFunctions();
  return index < functions.size() ? &functions[index] : nullptr;
}

const LoopFunctionInfo* FindLoopFunction(std::string_view text) {
  for (const LoopFunctionInfo& info : LoopFunctions()) {
    if (info.text == text) return &info;
  }
  return nullptr;
}

}  // namespace lathe
