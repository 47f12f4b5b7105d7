// C types as libffi describes them, calls and closures.
#include "src/ffi/call_interface.h"

#include <ffi.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <vector>

#include "lathe/error.h"

namespace lathe::ffi {
namespace {

ffi_type* ScalarType(CScalar scalar) {
  switch (DTypeOf(scalar)) {
    case DType::kBool:
    case DType::kUInt8:
      return &ffi_type_uint8;
    case DType::kInt8:
      return &ffi_type_sint8;
    case DType::kInt16:
      return &ffi_type_sint16;
    case DType::kUInt16:
      return &ffi_type_uint16;
    case DType::kInt32:
      return &ffi_type_sint32;
    case DType::kUInt32:
      return &ffi_type_uint32;
    case DType::kInt64:
      return &ffi_type_sint64;
    case DType::kUInt64:
      return &ffi_type_uint64;
    case DType::kFloat32:
      return &ffi_type_float;
    case DType::kFloat64:
      return &ffi_type_double;
  }
  return &ffi_type_void;
}

// A struct passed by value is described member by member; one with more is passed by address by no ABI we
// know.
constexpr size_t kMaxElements = 4096;

}  // namespace

struct CallInterface::State {
  ffi_cif cif{};
  std::vector<ffi_type*> arguments;
  std::deque<ffi_type> structs;
  std::deque<std::vector<ffi_type*>> elements;
  size_t result_bytes = sizeof(ffi_arg);
  size_t value_bytes = 0;  // of the result as the C type has it

  ffi_type* Describe(const CType& type);
  void AddElements(const CType& type, std::vector<ffi_type*>* list);
};

void CallInterface::State::AddElements(const CType& type, std::vector<ffi_type*>* list) {
  if (!type.Is(CKind::kArray)) {
    list->push_back(Describe(type));
    return;
  }
  for (int64_t k = 0; k < type.length; ++k) {
    if (list->size() > kMaxElements)
      throw Error(ErrorKind::kNotImplemented, "this struct is too large to be passed by value");
    AddElements(*type.target.type, list);
  }
}

ffi_type* CallInterface::State::Describe(const CType& type) {
  switch (type.kind) {
    case CKind::kVoid:
      return &ffi_type_void;
    case CKind::kScalar:
    case CKind::kEnum:
      return ScalarType(type.scalar);
    case CKind::kPointer:
      return &ffi_type_pointer;
    case CKind::kStruct:
      break;
    case CKind::kUnion:
      throw Error(ErrorKind::kNotImplemented,
                  TypeText(type) + " cannot be passed by value: pass a pointer to it");
    case CKind::kArray:
    case CKind::kFunction:
      throw Error(ErrorKind::kType, TypeText(type) + " cannot be passed by value");
  }
  if (!type.complete)
    throw Error(ErrorKind::kType, TypeText(type) + " is not defined: only pointers to it can be passed");
  if (type.packed || type.fields.empty()) {
    throw Error(ErrorKind::kNotImplemented,
                TypeText(type) + " is packed or empty and cannot be passed by value");
  }
  for (const CField& field : type.fields) {
    if (field.bit_width >= 0)
      throw Error(ErrorKind::kNotImplemented,
                  TypeText(type) + " has bit-fields and cannot be passed by value");
  }
  std::vector<ffi_type*>& list = elements.emplace_back();
  for (const CField& field : type.fields) AddElements(*field.type.type, &list);
  list.push_back(nullptr);
  ffi_type& description = structs.emplace_back();
  description.type = FFI_TYPE_STRUCT;
  description.elements = list.data();
  return &description;
}

CallInterface::CallInterface(const CType& function, std::span<const CType* const> more)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  for (const CParameter& parameter : function.parameters)
    state.arguments.push_back(state.Describe(*parameter.type));
  const auto fixed = static_cast<unsigned>(state.arguments.size());
  for (const CType* type : more) state.arguments.push_back(state.Describe(*type));
  ffi_type* result = state.Describe(*function.target.type);
  const auto all = static_cast<unsigned>(state.arguments.size());
  const ffi_status status =
      function.variadic
          ? ffi_prep_cif_var(&state.cif, FFI_DEFAULT_ABI, fixed, all, result, state.arguments.data())
          : ffi_prep_cif(&state.cif, FFI_DEFAULT_ABI, all, result, state.arguments.data());
  if (status != FFI_OK) throw Error(ErrorKind::kNotImplemented, TypeText(function) + " cannot be called");
  state.result_bytes = std::max(sizeof(ffi_arg), result->size);
  state.value_bytes = function.target.type->size;
}

CallInterface::CallInterface(CallInterface&&) noexcept = default;
CallInterface& CallInterface::operator=(CallInterface&&) noexcept = default;
CallInterface::~CallInterface() = default;

size_t CallInterface::result_bytes() const { return state_->result_bytes; }

void CallInterface::Call(CodeAddress function, void* result, void** arguments) const {
  ffi_call(&state_->cif, function, result, arguments);
}

// ---- Closures ---------------------------------------------------------------------------------------
namespace {

// libffi wants small integers widened to a whole ffi_arg, with their sign.
void Widen(const ffi_type& type, void* result) {
  const auto widen = [&]<class T>(T value) {
    std::memcpy(&value, result, sizeof value);
    const auto wide = static_cast<ffi_arg>(value);
    std::memcpy(result, &wide, sizeof wide);
  };
  switch (type.type) {
    case FFI_TYPE_UINT8:
      return widen(uint8_t{});
    case FFI_TYPE_SINT8:
      return widen(int8_t{});
    case FFI_TYPE_UINT16:
      return widen(uint16_t{});
    case FFI_TYPE_SINT16:
      return widen(int16_t{});
    case FFI_TYPE_UINT32:
      return widen(uint32_t{});
    case FFI_TYPE_SINT32:
      return widen(int32_t{});
    default:
      return;
  }
}

void Entered(ffi_cif* cif, void* result, void** arguments, void* handler) {
  static_cast<Closure::Handler*>(handler)->Called(result, arguments);
  Widen(*cif->rtype, result);
}

}  // namespace

Closure::Closure(const CallInterface& interface, Handler* handler)
    : closure_(ffi_closure_alloc(sizeof(ffi_closure), &address_)) {
  if (!closure_ || ffi_prep_closure_loc(static_cast<ffi_closure*>(closure_), &interface.state().cif, Entered,
                                        handler, address_) != FFI_OK) {
    if (closure_) ffi_closure_free(closure_);
    throw MemoryError("no executable memory for a callback");
  }
}

Closure::~Closure() { ffi_closure_free(closure_); }

}  // namespace lathe::ffi
