// Numbers, pointers and initialisers from values to C, and C's values to script.
#include "src/script/foreign/convert.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "src/ffi/array_argument.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign/c_function.h"
#include "src/script/foreign/callback.h"
#include "src/script/operators.h"

namespace lathe::script {

using ffi::CKind;
using ffi::CType;
using ffi::Qualified;

std::string Place::Text() const {
  const std::string subject = name ? *name : "";
  return argument > 0 ? absl::StrCat(subject, "() argument ", argument) : subject;
}

namespace {

[[noreturn]] void Mismatch(FfiState& state, const CType& type, const Value& value, const Place& place) {
  std::string what = "'" + TypeName(state.vm, value) + "'";
  if (const CDataObject* data = AsCData(value)) what = "'" + ffi::TypeText(data->ctype) + "'";
  throw Error(ErrorKind::kType,
              absl::StrCat(place.Text(), ": expected '", ffi::TypeText(type), "', not ", what));
}

template <class T>
uint64_t BitsOf(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

// A value as a number: lazy scalars computed, typed C numbers untyped.
Value Plain(const Value& value) {
  if (const CDataObject* data = AsCData(value); data && data->ctype.type->IsArithmetic()) {
    return ResultValue(data->state, data->ctype, reinterpret_cast<const char*>(&data->bits));
  }
  return Force(value);
}

bool FitsInto(DType dtype, int64_t value) {
  return VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_integral_v<T>)
      return std::in_range<std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>>(value);
    return true;
  });
}

}  // namespace

uint64_t NumberBits(ffi::CScalar scalar, const Value& given, const Place& place) {
  const Value value = given.IsObject() ? Plain(given) : given;
  const DType dtype = ffi::DTypeOf(scalar);
  if (ffi::IsFloating(scalar)) {
    double number;
    if (!AsDouble(value, &number)) {
      throw Error(ErrorKind::kType, place.Text() + ": a number is needed");
    }
    return dtype == DType::kFloat32 ? BitsOf(static_cast<float>(number)) : BitsOf(number);
  }
  int64_t integer;
  if (value.IsScalar() && value.scalar().dtype == DType::kUInt64) {
    const uint64_t bits = value.scalar().bits;
    if (dtype == DType::kUInt64) return bits;
    if (bits > INT64_MAX) throw Error(ErrorKind::kOverflow, place.Text() + ": the number is too large");
    integer = static_cast<int64_t>(bits);
  } else if (!AsInteger(value, &integer)) {
    const auto* text = value.As<StringObject>();
    if (!text || text->text().size() != 1 || dtype != DType::kInt8) {
      throw Error(ErrorKind::kType, place.Text() + ": an integer is needed");
    }
    integer = static_cast<signed char>(text->text()[0]);
  }
  if (dtype == DType::kBool) return integer != 0;
  if (!FitsInto(dtype, integer)) {
    throw Error(ErrorKind::kOverflow,
                absl::StrCat(place.Text(), ": ", integer, " does not fit into ", std::string(Name(dtype))));
  }
  return static_cast<uint64_t>(integer);
}

// ---- Pointers ---------------------------------------------------------------------------------------
namespace {

// True if a pointer to `from` may be given where one to `to` is expected.
bool PointsAlike(Qualified to, Qualified from) {
  if (from.constant && !to.constant) return false;
  const CType &a = *to.type, &b = *from.type;
  if (a.Is(CKind::kVoid) || b.Is(CKind::kVoid) || ffi::SameType(a, b)) return true;
  if (a.IsCharacter() && b.IsCharacter()) return true;
  // double a[3][3] as a parameter points to its doubles.
  if (b.Is(CKind::kArray)) return PointsAlike(to, {b.target.type, b.target.constant || from.constant});
  return a.Is(CKind::kPointer) && b.Is(CKind::kPointer) && PointsAlike(a.target, b.target) &&
         a.target.constant == b.target.constant;
}

std::optional<size_t> LeastBytes(const CType& pointer, std::optional<int64_t> least, const Place& place) {
  if (!least) return std::nullopt;
  const size_t size = std::max<size_t>(pointer.target.type->size, 1);
  size_t bytes;
  if (*least < 0) return 0;
  if (__builtin_mul_overflow(static_cast<size_t>(*least), size, &bytes)) {
    throw ValueError(place.Text() + ": the declared length is too large");
  }
  return bytes;
}

void* DataPointer(const CType& pointer, const CDataObject& data, std::optional<size_t> least,
                  const Place& place) {
  const CType& type = *data.ctype.type;
  const bool points = data.IsPointer() || type.Is(CKind::kArray) || type.IsAggregate();
  if (!points || !PointsAlike(pointer.target, data.Target()))
    Mismatch(*data.state, pointer, Value(const_cast<CDataObject*>(&data)), place);
  if (!data.memory) return data.address();
  if (data.memory->released()) throw ValueError(place.Text() + ": its memory has been released");
  if (!data.memory->writable() && !pointer.target.constant) {
    throw ValueError(place.Text() + ": the memory is read-only, but '" + ffi::TypeText(pointer) +
                     "' lets C write to it");
  }
  const int64_t known = data.KnownBytes();
  if (least && known >= 0 && static_cast<size_t>(known) < *least) {
    throw ValueError(absl::StrCat(place.Text(), ": the memory has ", known,
                                  " bytes left, the declaration asks for ", *least));
  }
  return data.address();
}

void* TextPointer(FfiState& state, const CType& pointer, const Value& value, std::optional<size_t> least,
                  const Place& place) {
  const auto& text = *value.Get<StringObject>();
  const CType& target = *pointer.target.type;
  const bool suits = target.IsCharacter() || (text.bytes() && target.Is(CKind::kVoid));
  if (!suits) Mismatch(state, pointer, value, place);
  if (!pointer.target.constant) {
    throw Error(ErrorKind::kType, absl::StrCat(place.Text(), ": '", ffi::TypeText(pointer),
                                               "' lets C write into the string, "
                                               "which never changes: pass ffi.new(\"char[]\", text)"));
  }
  if (!text.bytes() && text.text().find('\0') != std::string::npos) {
    throw ValueError(place.Text() + ": the string has a null character in it");
  }
  // The byte after the text is C's end of a string, whatever the text holds.
  if (least && text.text().size() + 1 < *least) {
    throw ValueError(absl::StrCat(place.Text(), ": the string has ", text.text().size(),
                                  " bytes, the declaration asks for ", *least));
  }
  return const_cast<char*>(text.text().c_str());
}

void* FunctionPointer(FfiState& state, const CType& pointer, const Value& value, const Place& place,
                      CallKeeper* keeper) {
  const CType& type = *pointer.target.type;
  if (const auto* function = value.As<ForeignObject>()) {
    const auto* native = dynamic_cast<const CFunctionObject*>(function);
    if (native && ffi::SameType(native->ctype, type)) return native->address;
    const auto* callback = dynamic_cast<const CallbackObject*>(function);
    if (callback && ffi::SameType(callback->ctype, type)) return callback->slot->address();
    Mismatch(state, pointer, value, place);
  }
  const bool callable = value.IsObject(ObjectKind::kFunction) || value.IsObject(ObjectKind::kBoundMethod) ||
                        value.IsObject(ObjectKind::kNative) || value.IsObject(ObjectKind::kClass);
  if (!callable) Mismatch(state, pointer, value, place);
  if (!keeper) {
    throw Error(ErrorKind::kType,
                place.Text() + ": a function that C keeps must be made by ffi.callback(type, function)");
  }
  Ref<CallbackObject> callback = Make<CallbackObject>(StateOf(state.vm), type, value);
  keeper->values.push_back(callback);
  return callback->slot->address();
}

}  // namespace

void* PointerArgument(FfiState& state, const CType& pointer, const Value& value, std::optional<int64_t> least,
                      const Place& place, CallKeeper* keeper) {
  if (value.IsNone()) return nullptr;
  if (const CDataObject* data = AsCData(value)) {
    return DataPointer(pointer, *data, LeastBytes(pointer, least, place), place);
  }
  if (pointer.IsPointerTo(CKind::kFunction)) return FunctionPointer(state, pointer, value, place, keeper);
  if (auto* array = AsArray(value)) return ffi::ArrayAddress(pointer, array->array, least, place.Text());
  if (value.As<StringObject>()) {
    return TextPointer(state, pointer, value, LeastBytes(pointer, least, place), place);
  }
  const auto* items = SequenceItems(value);
  if (items && keeper && pointer.target.constant && pointer.target.type->complete) {
    const CType& target = *pointer.target.type;
    if (least && static_cast<int64_t>(items->size()) < *least) {
      throw ValueError(absl::StrCat(place.Text(), ": the sequence has ", items->size(),
                                    " items, the declaration asks for ", *least));
    }
    CMemoryRef memory = CMemory::Allocate(items->size() * target.size);
    for (size_t k = 0; k < items->size(); ++k) {
      StoreValue(state, target, (*items)[k], memory->data() + k * target.size, memory, place);
    }
    keeper->memory.push_back(memory);
    return memory->data();
  }
  Mismatch(state, pointer, value, place);
}

// ---- Storing ----------------------------------------------------------------------------------------
namespace {

void StorePointer(FfiState& state, const CType& type, const Value& value, char* to, const CMemoryRef& memory,
                  const Place& place) {
  void* address = PointerArgument(state, type, value, std::nullopt, place, nullptr);
  const auto offset = memory ? static_cast<size_t>(to - memory->data()) : 0;
  const CDataObject* data = AsCData(value);
  if (memory && value.IsObject() && !(data && data->memory == memory)) {
    memory->Keep(offset, value);
  } else if (memory) {
    memory->Forget(offset);
  } else if (value.IsObject() && !AsCData(value)) {
    // Nobody would keep what C is going to see there.
    throw ValueError(
        place.Text() +
        ": C owns this memory, so it cannot keep the value alive: make it with ffi.new or ffi.from_buffer "
        "and hold on to it for as long as C may use it");
  }
  std::memcpy(to, &address, sizeof address);
}

}  // namespace

void StoreValue(FfiState& state, const CType& type, const Value& value, char* to, const CMemoryRef& memory,
                const Place& place) {
  if (type.IsArithmetic()) {
    const uint64_t bits = NumberBits(type.scalar, value, place);
    std::memcpy(to, &bits, type.size);
    return;
  }
  if (type.Is(CKind::kPointer)) return StorePointer(state, type, value, to, memory, place);
  const CDataObject* data = AsCData(value);
  if (data && type.IsAggregate() && ffi::SameType(*data->ctype.type, type)) {
    data->CheckAccess(data->address(), type.size, false);
    std::memcpy(to, data->address(), type.size);
    // A copy of pointers needs what they point to as the original does.
    if (memory && data->memory) memory->Keep(static_cast<size_t>(to - memory->data()), value);
    return;
  }
  if (type.Is(CKind::kFunction) || type.Is(CKind::kVoid)) Mismatch(state, type, value, place);
  Initialise(state, {&type, false}, value, to, type.size, memory);
}

namespace {

void InitialiseAggregate(FfiState& state, const CType& type, const Value& value, char* to,
                         const CMemoryRef& memory) {
  const auto store = [&](const std::string& name, const Value& item) {
    const ffi::FoundField field = ffi::FindField(type, name);
    if (!field.type) {
      throw Error(ErrorKind::kAttribute,
                  absl::StrCat("'", ffi::TypeText(type), "' has no member '", name, "'"));
    }
    StoreField(state, field, item, to, memory, {&name});
  };
  if (const auto* dict = value.As<DictObject>()) {
    for (const HashTable::Entry& entry : dict->table.entries()) {
      if (entry.key.IsUndefined()) continue;
      const auto* name = entry.key.As<StringObject>();
      if (!name) throw Error(ErrorKind::kType, "the keys of an initialiser must be names of members");
      store(name->text(), entry.value);
    }
    return;
  }
  const auto* items = SequenceItems(value);
  const Place nowhere{&type.name};
  if (!items) Mismatch(state, type, value, nowhere);
  const size_t most = type.Is(CKind::kUnion) ? 1 : type.fields.size();
  if (items->size() > most) {
    throw ValueError(absl::StrCat("too many values for '", ffi::TypeText(type), "': ", items->size(), " for ",
                                  most, " members"));
  }
  for (size_t k = 0; k < items->size(); ++k) {
    const ffi::CField& field = type.fields[k];
    StoreField(state, {field.type.type, field.offset, field.type.constant, field.bit_width, field.bit_offset},
               (*items)[k], to, memory, {&field.name});
  }
}

void InitialiseArray(FfiState& state, const CType& type, const Value& value, char* to, size_t bytes,
                     const CMemoryRef& memory) {
  const CType& element = *type.target.type;
  static const std::string kInitialiser = "the initialiser";
  const Place place{&kInitialiser};
  const auto check = [&](size_t needed) {
    if (needed > bytes) {
      throw ValueError(
          absl::StrCat("the initialiser needs ", needed, " bytes, '", ffi::TypeText(type), "' has ", bytes));
    }
  };
  if (const auto* text = value.As<StringObject>(); text && element.IsCharacter()) {
    check(text->text().size());
    std::memcpy(to, text->text().data(), text->text().size());
    return;
  }
  if (auto* array = AsProperArray(value)) {
    const DType dtype = element.IsArithmetic() ? ffi::DTypeOf(element.scalar) : array->array.dtype();
    if (!ffi::Accepts(element, dtype)) Mismatch(state, type, value, place);
    check(static_cast<size_t>(array->array.size() * ItemSize(dtype)));
    Cast(array->array, dtype).CopyTo(to);
    return;
  }
  const auto* items = SequenceItems(value);
  if (!items) Mismatch(state, type, value, place);
  check(items->size() * element.size);
  for (size_t k = 0; k < items->size(); ++k) {
    StoreValue(state, element, (*items)[k], to + k * element.size, memory, place);
  }
}

}  // namespace

void Initialise(FfiState& state, Qualified type, const Value& value, char* to, size_t bytes,
                const CMemoryRef& memory) {
  static const std::string kInitialiser = "the initialiser";
  if (type.type->Is(CKind::kArray)) return InitialiseArray(state, *type.type, value, to, bytes, memory);
  const CDataObject* data = AsCData(value);
  if (type.type->IsAggregate() && !data) return InitialiseAggregate(state, *type.type, value, to, memory);
  if (type.type->IsAggregate() && !ffi::SameType(*data->ctype.type, *type.type)) {
    Mismatch(state, *type.type, value, {&kInitialiser});
  }
  StoreValue(state, *type.type, value, to, memory, {&kInitialiser});
}

// ---- Loading ----------------------------------------------------------------------------------------
namespace {

Value LoadNumber(const CType& type, const char* at) {
  Scalar scalar;
  scalar.dtype = ffi::DTypeOf(type.scalar);
  std::memcpy(&scalar.bits, at, type.size);
  if (IsFloat(scalar.dtype)) return Value::Float(scalar.To<double>());
  if (scalar.dtype == DType::kBool) return Value::Bool((scalar.bits & 0xff) != 0);
  // Lathe's integers have 64 bits with a sign; what lies beyond stays what it is.
  if (scalar.dtype == DType::kUInt64 && scalar.bits > INT64_MAX) return Value::Of(scalar);
  return Value::Int(scalar.To<int64_t>());
}

uint64_t LoadAddress(const char* at) {
  uint64_t address;
  std::memcpy(&address, at, sizeof address);
  return address;
}

}  // namespace

Value LoadValue(const FfiStateRef& state, Qualified type, char* at, const CMemoryRef& memory) {
  if (type.type->IsArithmetic()) return LoadNumber(*type.type, at);
  if (!type.type->Is(CKind::kPointer)) {
    return Make<CDataObject>(state, type, reinterpret_cast<uint64_t>(at), memory);
  }
  const uint64_t address = LoadAddress(at);
  // What was stored here by this script is known better than by its address.
  if (const Value* kept =
          memory && memory->bounded() ? memory->Kept(static_cast<size_t>(at - memory->data())) : nullptr) {
    const CDataObject* data = AsCData(*kept);
    if (data && data->bits == address) return Make<CDataObject>(state, type, address, data->memory);
  }
  // So are pointers into the same memory.
  const bool inside = memory && memory->bounded() && memory->Contains(address);
  return Make<CDataObject>(state, type, address, inside ? memory : nullptr);
}

// ---- Members ----------------------------------------------------------------------------------------
namespace {

uint64_t MaskOf(int width) { return width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1; }

}  // namespace

Value LoadField(const FfiStateRef& state, const ffi::FoundField& field, bool constant, char* base,
                const CMemoryRef& memory) {
  char* const at = base + field.offset;
  if (!field.is_bits()) return LoadValue(state, {field.type, constant}, at, memory);
  uint64_t bits = 0;
  std::memcpy(&bits, at, field.type->size);
  bits = bits >> field.bit_offset & MaskOf(field.bit_width);
  const bool negative = ffi::IsSignedScalar(field.type->scalar) && (bits >> (field.bit_width - 1) & 1) != 0;
  if (negative) bits |= ~MaskOf(field.bit_width);
  char whole[sizeof bits];
  std::memcpy(whole, &bits, sizeof bits);
  return LoadNumber(*field.type, whole);
}

void StoreField(FfiState& state, const ffi::FoundField& field, const Value& value, char* base,
                const CMemoryRef& memory, const Place& place) {
  char* const at = base + field.offset;
  if (!field.is_bits()) return StoreValue(state, *field.type, value, at, memory, place);
  const uint64_t bits = NumberBits(field.type->scalar, value, place);
  const uint64_t mask = MaskOf(field.bit_width);
  const bool is_signed = ffi::IsSignedScalar(field.type->scalar);
  const int unused = 64 - field.bit_width;
  const bool fits = is_signed ? static_cast<int64_t>(bits << unused) >> unused == static_cast<int64_t>(bits)
                              : (bits & mask) == bits;
  if (!fits) {
    throw Error(ErrorKind::kOverflow,
                absl::StrCat(place.Text(), ": the number does not fit into ", field.bit_width, " bits"));
  }
  uint64_t whole = 0;
  std::memcpy(&whole, at, field.type->size);
  whole = (whole & ~(mask << field.bit_offset)) | (bits & mask) << field.bit_offset;
  std::memcpy(at, &whole, field.type->size);
}

Value ResultValue(const FfiStateRef& state, Qualified type, const char* at) {
  if (type.type->Is(CKind::kVoid)) return Value::None();
  if (type.type->IsArithmetic()) return LoadNumber(*type.type, at);
  if (type.type->Is(CKind::kPointer)) return Make<CDataObject>(state, type, LoadAddress(at));
  CMemoryRef memory = CMemory::Allocate(type.type->size);
  std::memcpy(memory->data(), at, type.type->size);
  return Make<CDataObject>(state, Qualified{type.type, false}, reinterpret_cast<uint64_t>(memory->data()),
                           memory);
}

Qualified TypeOf(FfiState& state, const Value& value) {
  if (const auto* text = value.As<StringObject>()) return state.declarations.ParseType(text->text());
  if (const auto* foreign = value.As<ForeignObject>()) {
    if (const auto* type = dynamic_cast<const CTypeObject*>(foreign)) return type->ctype;
    if (const auto* data = dynamic_cast<const CDataObject*>(foreign)) return data->ctype;
    if (const auto* function = dynamic_cast<const CFunctionObject*>(foreign))
      return {&function->ctype, false};
    if (const auto* callback = dynamic_cast<const CallbackObject*>(foreign)) return {&callback->ctype, false};
  }
  throw Error(ErrorKind::kType,
              "a C type is needed, as a string or from ffi.typeof, not '" + TypeName(state.vm, value) + "'");
}

}  // namespace lathe::script
