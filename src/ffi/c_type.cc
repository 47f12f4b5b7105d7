// Layout, equality and spelling of C types.
#include "src/ffi/c_type.h"

#include <algorithm>
#include <type_traits>

namespace lathe::ffi {
namespace {

struct ScalarInfo {
  const char* text;
  size_t size;
  size_t alignment;
  bool floating;
  bool is_signed;
  DType dtype;
};

constexpr DType IntegerDType(size_t size, bool is_signed) {
  switch (size) {
    case 1:
      return is_signed ? DType::kInt8 : DType::kUInt8;
    case 2:
      return is_signed ? DType::kInt16 : DType::kUInt16;
    case 4:
      return is_signed ? DType::kInt32 : DType::kUInt32;
    default:
      return is_signed ? DType::kInt64 : DType::kUInt64;
  }
}

template <class T>
constexpr ScalarInfo Describe(const char* text) {
  DType dtype = IntegerDType(sizeof(T), std::is_signed_v<T>);
  if (std::is_same_v<T, bool>) dtype = DType::kBool;
  if (std::is_same_v<T, float>) dtype = DType::kFloat32;
  if (std::is_same_v<T, double>) dtype = DType::kFloat64;
  return {text, sizeof(T), alignof(T), std::is_floating_point_v<T>, std::is_signed_v<T>, dtype};
}

constexpr ScalarInfo kScalars[] = {
#define C_SCALAR(ID, TEXT, CTYPE) Describe<CTYPE>(TEXT),
#include "src/ffi/c_scalars.def"
#undef C_SCALAR
};
const ScalarInfo& Info(CScalar scalar) { return kScalars[static_cast<size_t>(scalar)]; }

size_t RoundUp(size_t value, size_t alignment) { return (value + alignment - 1) / alignment * alignment; }

bool SameTarget(Qualified a, Qualified b) { return a.constant == b.constant && SameType(*a.type, *b.type); }

bool SameParameters(const CType& a, const CType& b) {
  return std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                    [](const CParameter& x, const CParameter& y) { return SameType(*x.type, *y.type); });
}

std::string TagText(const char* word, const CType& type) {
  if (!type.name.empty()) return std::string(word) + " " + type.name;
  return type.alias.empty() ? std::string(word) + " {...}" : type.alias;
}

std::string BaseText(const CType& type) {
  switch (type.kind) {
    case CKind::kVoid:
      return "void";
    case CKind::kScalar:
      return Info(type.scalar).text;
    case CKind::kEnum:
      return TagText("enum", type);
    case CKind::kStruct:
      return TagText("struct", type);
    case CKind::kUnion:
      return TagText("union", type);
    default:
      return "";
  }
}

std::string ParametersText(const CType& function) {
  std::string text;
  for (const CParameter& parameter : function.parameters) {
    text += (text.empty() ? "" : ", ") + TypeText(*parameter.type);
  }
  if (function.variadic) text += text.empty() ? "..." : ", ...";
  return text.empty() ? "void" : text;
}

// C's declarators are written from the inside out: `inner` is what stands where the name does.
std::string Declare(Qualified place, std::string inner) {
  const CType& type = *place.type;
  switch (type.kind) {
    case CKind::kPointer: {
      std::string star = "*" + std::string(place.constant ? "const " : "") + inner;
      const CKind target = type.target.type->kind;
      if (target == CKind::kArray || target == CKind::kFunction) star = "(" + star + ")";
      return Declare(type.target, star);
    }
    case CKind::kArray:
      return Declare({type.target.type, type.target.constant || place.constant},
                     inner + "[" + (type.complete ? std::to_string(type.length) : "") + "]");
    case CKind::kFunction:
      return Declare(type.target, inner + "(" + ParametersText(type) + ")");
    default:
      break;
  }
  std::string text = (place.constant ? "const " : "") + BaseText(type);
  if (!inner.empty()) text += (inner[0] == '[' ? "" : " ") + inner;
  return text;
}

}  // namespace

bool IsFloating(CScalar scalar) { return Info(scalar).floating; }
bool IsSignedScalar(CScalar scalar) { return Info(scalar).is_signed; }
DType DTypeOf(CScalar scalar) { return Info(scalar).dtype; }

std::string TypeText(const CType& type) { return Declare({&type, false}, ""); }
std::string TypeText(Qualified type) { return Declare(type, ""); }
std::string DeclarationText(const CType& type, const std::string& name) {
  return Declare({&type, false}, name);
}

bool SameType(const CType& a, const CType& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case CKind::kVoid:
      return true;
    case CKind::kScalar:
      return a.scalar == b.scalar;
    case CKind::kPointer:
      return SameTarget(a.target, b.target);
    case CKind::kArray:
      return a.complete == b.complete && a.length == b.length && SameTarget(a.target, b.target);
    case CKind::kFunction:
      return a.variadic == b.variadic && SameTarget(a.target, b.target) && SameParameters(a, b);
    default:
      return false;
  }
}

FoundField FindField(const CType& aggregate, std::string_view name) {
  for (const CField& field : aggregate.fields) {
    if (field.name == name && !name.empty())
      return {field.type.type, field.offset, field.type.constant, field.bit_width, field.bit_offset};
    if (!field.name.empty() || field.bit_width >= 0) continue;
    FoundField inner = FindField(*field.type.type, name);
    if (inner.type) {
      inner.offset += field.offset;
      inner.constant = inner.constant || field.type.constant;
      return inner;
    }
  }
  return {};
}

CTypes::CTypes() {
  types_.emplace_back();
  for (size_t k = 0; k < std::size(kScalars); ++k) {
    CType& type = types_.emplace_back();
    type.kind = CKind::kScalar;
    type.scalar = static_cast<CScalar>(k);
    type.size = kScalars[k].size;
    type.alignment = kScalars[k].alignment;
  }
  types_[0].complete = false;
}

const CType* CTypes::Pointer(Qualified target) {
  CType* type = New(CKind::kPointer);
  type->target = target;
  type->complete = true;
  type->size = type->alignment = sizeof(void*);
  type->depth = target.type->IsAggregate() ? 1 : target.type->depth + 1;
  return type;
}

const CType* CTypes::Array(Qualified element, int64_t length) {
  CType* type = New(CKind::kArray);
  type->target = element;
  type->complete = length >= 0;
  type->length = std::max<int64_t>(length, 0);
  type->size = element.type->size * static_cast<size_t>(type->length);
  type->alignment = element.type->alignment;
  type->depth = element.type->depth + 1;
  return type;
}

CType* CTypes::New(CKind kind, std::string name) {
  CType& type = types_.emplace_back();
  type.kind = kind;
  type.name = std::move(name);
  type.complete = false;
  return &type;
}

namespace {

// Whether a bit-field without a name aligns the struct that it is in: by AAPCS64 it does, by the ABI of
// x86-64 it does not.
#if defined(__aarch64__)
constexpr bool kNamelessBitsAlign = true;
#else
constexpr bool kNamelessBitsAlign = false;
#endif

// Places a bit-field at bit `start` or, if a value of its type that is aligned would not hold it there, at
// the next such value. Returns the bit behind it.
size_t PlaceBits(size_t start, CField* field) {
  const size_t unit = field->type.type->size * 8;
  const auto width = static_cast<size_t>(field->bit_width);
  if (width == 0 || start / unit != (start + width - 1) / unit) start = RoundUp(start, unit);
  field->offset = start / unit * field->type.type->size;
  field->bit_offset = static_cast<int>(start % unit);
  return start + width;
}

}  // namespace

void LayOut(CType* aggregate) {
  size_t end = 0;  // in bits
  aggregate->alignment = 1;
  const bool is_union = aggregate->kind == CKind::kUnion;
  for (CField& field : aggregate->fields) {
    const CType& type = *field.type.type;
    const size_t alignment = aggregate->packed ? 1 : type.alignment;
    const bool is_bits = field.bit_width >= 0;
    if (!is_bits || kNamelessBitsAlign || !field.name.empty())
      aggregate->alignment = std::max(aggregate->alignment, alignment);
    const size_t start = is_union ? 0 : end;
    if (is_bits) {
      end = std::max(end, PlaceBits(start, &field));
      continue;
    }
    field.offset = RoundUp((start + 7) / 8, alignment);
    end = std::max(end, (field.offset + type.size) * 8);
  }
  std::erase_if(aggregate->fields,
                [](const CField& field) { return field.bit_width >= 0 && field.name.empty(); });
  aggregate->size = RoundUp((end + 7) / 8, aggregate->alignment);
  aggregate->complete = true;
}

}  // namespace lathe::ffi
