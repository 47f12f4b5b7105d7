// File: lathe/dtype.h
//
// Element types of arrays, and one element of any of them (Scalar). The rows are in dtypes.def.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace lathe {

enum class DType : uint8_t {
#define DTYPE(ID, NAME, CTYPE, BYTES, KIND, DESCRIPTOR) k##ID,
#include "lathe/dtypes.def"
#undef DTYPE
};

enum class DTypeKind : uint8_t { kBool, kSigned, kUnsigned, kFloat };

struct DTypeInfo {
  std::string_view name;  // "float64"
  int bytes;              // size of one element
  DTypeKind kind;
  std::string_view descriptor;  // "<f8"
};

inline constexpr DTypeInfo kDTypeInfos[] = {
#define DTYPE(ID, NAME, CTYPE, BYTES, KIND, DESCRIPTOR) {NAME, BYTES, DTypeKind::k##KIND, DESCRIPTOR},
#include "lathe/dtypes.def"
#undef DTYPE
};
inline constexpr int kDTypeCount = static_cast<int>(sizeof(kDTypeInfos) / sizeof(kDTypeInfos[0]));

constexpr const DTypeInfo& Info(DType dtype) { return kDTypeInfos[static_cast<int>(dtype)]; }
constexpr int ItemSize(DType dtype) { return Info(dtype).bytes; }
constexpr std::string_view Name(DType dtype) { return Info(dtype).name; }
constexpr bool IsBool(DType dtype) { return Info(dtype).kind == DTypeKind::kBool; }
constexpr bool IsFloat(DType dtype) { return Info(dtype).kind == DTypeKind::kFloat; }
constexpr bool IsSigned(DType dtype) { return Info(dtype).kind == DTypeKind::kSigned; }
constexpr bool IsUnsigned(DType dtype) { return Info(dtype).kind == DTypeKind::kUnsigned; }
constexpr bool IsInteger(DType dtype) { return IsSigned(dtype) || IsUnsigned(dtype); }

// The dtype whose NumPy name is `name`; false if there is none.
bool FindDType(std::string_view name, DType* dtype);

// The C++ type of a dtype's element, and the dtype of a C++ type.
template <DType D>
struct CTypeOf;
template <class T>
struct DTypeOf;
#define DTYPE(ID, NAME, CTYPE, BYTES, KIND, DESCRIPTOR) \
  template <>                                           \
  struct CTypeOf<DType::k##ID> {                        \
    using Type = CTYPE;                                 \
    static_assert(sizeof(CTYPE) == (BYTES));            \
  };                                                    \
  template <>                                           \
  struct DTypeOf<CTYPE> {                               \
    static constexpr DType kValue = DType::k##ID;       \
  };
#include "lathe/dtypes.def"
#undef DTYPE

// Calls `visitor` with std::type_identity<T>, T being the C++ type of `dtype`.
template <class Visitor>
decltype(auto) VisitDType(DType dtype, Visitor&& visitor) {
  switch (dtype) {
#define DTYPE(ID, NAME, CTYPE, BYTES, KIND, DESCRIPTOR) \
  case DType::k##ID:                                    \
    return visitor(std::type_identity<CTYPE>{});
#include "lathe/dtypes.def"
#undef DTYPE
  }
  __builtin_unreachable();
}

// One element of any dtype: the value's bytes in the low end of `bits`, zero above.
struct Scalar {
  DType dtype = DType::kFloat64;
  uint64_t bits = 0;

  template <class T>
  static Scalar Of(T value) {
    Scalar scalar;
    scalar.dtype = DTypeOf<T>::kValue;
    std::memcpy(&scalar.bits, &value, sizeof(T));
    return scalar;
  }
  // The value as T, which must be the C++ type of `dtype`.
  template <class T>
  T As() const {
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
  }
  // The value converted to T as a C++ cast does.
  template <class T>
  T To() const {
    return VisitDType(
        dtype, [this](auto type) { return static_cast<T>(this->As<typename decltype(type)::type>()); });
  }
};

}  // namespace lathe
