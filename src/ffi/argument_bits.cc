// Conversion of numbers, with checks.
#include "src/ffi/argument_bits.h"

#include <cstring>
#include <type_traits>
#include <utility>

namespace lathe::ffi {
namespace {

template <class T>
uint64_t BitsOf(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

}  // namespace

uint64_t NumberBits(CScalar scalar, const Argument& argument, const std::string& where) {
  const DType dtype = DTypeOf(scalar);
  const Argument::Kind kind = argument.kind();
  const bool is_unsigned = kind == Argument::Kind::kUnsigned;
  if (kind != Argument::Kind::kInteger && !is_unsigned && kind != Argument::Kind::kFloat) {
    throw Error(ErrorKind::kType, where + ": a number is needed");
  }
  if (IsFloating(scalar)) {
    const double integer = is_unsigned ? static_cast<double>(argument.bits())
                                       : static_cast<double>(static_cast<int64_t>(argument.bits()));
    const double number = kind == Argument::Kind::kFloat ? argument.number() : integer;
    return dtype == DType::kFloat32 ? BitsOf(static_cast<float>(number)) : BitsOf(number);
  }
  if (kind == Argument::Kind::kFloat) throw Error(ErrorKind::kType, where + ": an integer is needed");
  return VisitDType(dtype, [&](auto type) -> uint64_t {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      return argument.bits() != 0;
    } else if constexpr (std::is_integral_v<T>) {
      const bool fits = is_unsigned ? std::in_range<T>(argument.bits())
                                    : std::in_range<T>(static_cast<int64_t>(argument.bits()));
      if (!fits)
        throw Error(ErrorKind::kOverflow,
                    where + ": the number does not fit into " + std::string(Name(dtype)));
    }
    return argument.bits();
  });
}

}  // namespace lathe::ffi
