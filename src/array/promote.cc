// The promotion lattice and the weak-scalar rules.
#include "src/array/promote.h"

#include <limits>
#include <string>

namespace lathe {
namespace {

DType SignedOfBytes(int bytes) {
  switch (bytes) {
    case 1:
      return DType::kInt8;
    case 2:
      return DType::kInt16;
    case 4:
      return DType::kInt32;
    default:
      return DType::kInt64;
  }
}

void CheckFits(int64_t value, DType dtype) {
  VisitDType(dtype, [value, dtype](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      const bool low =
          std::is_unsigned_v<T> ? value < 0 : value < static_cast<int64_t>(std::numeric_limits<T>::min());
      const bool high =
          value > 0 && static_cast<uint64_t>(value) > static_cast<uint64_t>(std::numeric_limits<T>::max());
      if (low || high) {
        throw Error(ErrorKind::kOverflow, "Python integer " + std::to_string(value) + " out of bounds for " +
                                              std::string(Name(dtype)));
      }
    }
  });
}

}  // namespace

DType Promote(DType a, DType b) {
  if (a == b) return a;
  if (IsBool(a)) return b;
  if (IsBool(b)) return a;
  if (IsFloat(a) && IsFloat(b)) return DType::kFloat64;
  if (IsFloat(b)) std::swap(a, b);
  if (IsFloat(a)) return a == DType::kFloat32 && ItemSize(b) <= 2 ? DType::kFloat32 : DType::kFloat64;
  if (IsSigned(a) == IsSigned(b)) return ItemSize(a) > ItemSize(b) ? a : b;
  const DType with_sign = IsSigned(a) ? a : b;
  const DType without = IsSigned(a) ? b : a;
  if (ItemSize(with_sign) > ItemSize(without)) return with_sign;
  if (ItemSize(without) == 8) return DType::kFloat64;
  return SignedOfBytes(2 * ItemSize(without));
}

DType InputDType(const Input& input) {
  switch (input.kind()) {
    case Input::Kind::kArray:
      return input.array().dtype();
    case Input::Kind::kWeakBool:
      return DType::kBool;
    case Input::Kind::kWeakInt:
      return DType::kInt64;
    case Input::Kind::kWeakFloat:
      return DType::kFloat64;
    case Input::Kind::kScalar:
      break;
  }
  return input.scalar().dtype;
}

DType ResultDType(std::span<const Input> inputs) {
  bool typed = false;
  bool weak_int = false;
  bool weak_float = false;
  DType result = DType::kBool;
  for (const Input& input : inputs) {
    if (input.kind() == Input::Kind::kWeakInt) {
      weak_int = true;
    } else if (input.kind() == Input::Kind::kWeakFloat) {
      weak_float = true;
    } else {
      const DType dtype = InputDType(input);
      result = typed ? Promote(result, dtype) : dtype;
      typed = true;
    }
  }
  if (weak_float && !IsFloat(result)) return DType::kFloat64;
  if (weak_int && IsBool(result)) return DType::kInt64;
  if (weak_int && IsInteger(result)) {
    for (const Input& input : inputs) {
      if (input.kind() == Input::Kind::kWeakInt) CheckFits(input.scalar().As<int64_t>(), result);
    }
  }
  return result;
}

DType FloatDTypeFor(DType dtype) {
  if (IsFloat(dtype)) return dtype;
  return ItemSize(dtype) <= 2 ? DType::kFloat32 : DType::kFloat64;
}

bool CanCastSameKind(DType from, DType to) {
  const auto level = [](DType dtype) {
    return IsBool(dtype) ? 0 : IsUnsigned(dtype) ? 1 : IsSigned(dtype) ? 2 : 3;
  };
  return level(from) <= level(to);
}

}  // namespace lathe
