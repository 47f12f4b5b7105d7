// C types, as declarations make them: arithmetic types, enums, pointers, arrays, structs, unions, functions.
// Layout follows the System V ABI. Types are owned by a CTypes table, live as long as it and never change
// once they are complete, so they are referred to by address.
//
// Knows nothing of how values look in a script or in C++; who needs that walks these types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/dtype.h"

namespace lathe::ffi {

enum class CScalar : uint8_t {
#define C_SCALAR(ID, TEXT, CTYPE) k##ID,
#include "src/ffi/c_scalars.def"
#undef C_SCALAR
};

enum class CKind : uint8_t { kVoid, kScalar, kEnum, kPointer, kArray, kStruct, kUnion, kFunction };

struct CType;

// A type as it stands in a declaration: `const` belongs to the place, not to the type.
struct Qualified {
  const CType* type = nullptr;
  bool constant = false;
};

struct CField {
  std::string name;  // "" for a struct or union without a name, whose members are found in this one
  Qualified type;
  size_t offset = 0;   // of a bit-field: of the whole that it is a part of, which is as large as its type
  int bit_width = -1;  // of a bit-field
  int bit_offset = 0;  // in the whole, from the lowest bit
};

// How many elements a parameter `double a[2 * n]` points to: a constant times the values of other parameters.
struct CLength {
  int64_t factor = 1;
  std::vector<size_t> parameters;
};

struct CParameter {
  std::string name;  // may be ""
  const CType* type = nullptr;
  std::optional<CLength> length;
};

struct CEnumerator {
  std::string name;
  int64_t value;
};

struct CType {
  CKind kind = CKind::kVoid;
  CScalar scalar = CScalar::kInt;  // of a Scalar; of an Enum, the type of its values
  bool complete = true;            // its size is known
  bool variadic = false;           // of a Function
  bool packed = false;             // of a Struct
  size_t size = 0;
  size_t alignment = 1;
  int depth = 0;       // how deep types that are no struct are nested in it: walks over it are bounded
  std::string name;    // of an Enum, Struct or Union: the tag, perhaps ""
  std::string alias;   // of one without a tag: the name that a typedef gives it
  Qualified target;    // of a Pointer or Array; what a Function returns
  int64_t length = 0;  // of an Array that is complete
  std::vector<CField> fields;
  std::vector<CEnumerator> enumerators;
  std::vector<CParameter> parameters;

  bool Is(CKind k) const { return kind == k; }
  bool IsAggregate() const { return kind == CKind::kStruct || kind == CKind::kUnion; }
  bool IsArithmetic() const { return kind == CKind::kScalar || kind == CKind::kEnum; }
  bool IsPointerTo(CKind k) const { return kind == CKind::kPointer && target.type->kind == k; }
  // char, signed char or unsigned char.
  bool IsCharacter() const {
    return kind == CKind::kScalar && scalar >= CScalar::kChar && scalar <= CScalar::kUnsignedChar;
  }
};

// A member, found through members without a name.
struct FoundField {
  const CType* type = nullptr;  // null: there is none
  size_t offset = 0;
  bool constant = false;
  int bit_width = -1;  // of a bit-field
  int bit_offset = 0;

  bool is_bits() const { return bit_width >= 0; }
};
FoundField FindField(const CType& aggregate, std::string_view name);

// The type as C writes it: "const char *", "int (*)(int, double)".
std::string TypeText(const CType& type);
std::string TypeText(Qualified type);
// The declaration of `name`: "double j0(double)".
std::string DeclarationText(const CType& type, const std::string& name);

// Equal types; structs, unions and enums are the same only if they are one.
bool SameType(const CType& a, const CType& b);

bool IsFloating(CScalar scalar);
bool IsSignedScalar(CScalar scalar);
// The dtype whose elements are values of the type.
DType DTypeOf(CScalar scalar);

// Owns types and makes new ones.
class CTypes {
 public:
  CTypes();
  CTypes(const CTypes&) = delete;
  CTypes& operator=(const CTypes&) = delete;

  const CType* Void() const { return &types_[0]; }
  const CType* Scalar(CScalar scalar) const { return &types_[1 + static_cast<size_t>(scalar)]; }
  const CType* Pointer(Qualified target);
  // `length` < 0: incomplete.
  const CType* Array(Qualified element, int64_t length);
  // An incomplete struct or union, an empty enum or function, to be filled in.
  CType* New(CKind kind, std::string name = "");

 private:
  std::deque<CType> types_;
};

// Gives the members of a struct or union their places, and makes it complete.
void LayOut(CType* aggregate);

}  // namespace lathe::ffi
