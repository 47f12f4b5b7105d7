// Calls of C functions from the interpreter, and what a library has.
//
// A call converts its arguments into slots of eight bytes, numbers first: a pointer's declared length may
// name them. Then everything that is pending is computed, since C may read or write any array, and libffi
// makes the call.
#include "src/script/foreign/c_function.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "src/array/foreign.h"
#include "src/array/foreign_call.h"
#include "src/ffi/array_argument.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign/convert.h"

namespace lathe::script {

using ffi::CKind;
using ffi::CType;

namespace {
constexpr size_t kInline = 12;
}  // namespace

// The arguments of one call on their way to C.
struct CFunctionObject::Frame {
  explicit Frame(size_t count) {
    if (count > kInline) {
      more_slots.resize(count);
      more_pointers.resize(count);
      slots = more_slots.data();
      pointers = more_pointers.data();
    }
  }
  std::array<uint64_t, kInline> inline_slots;
  std::array<void*, kInline> inline_pointers;
  std::vector<uint64_t> more_slots;
  std::vector<void*> more_pointers;
  uint64_t* slots = inline_slots.data();
  void** pointers = inline_pointers.data();
  std::vector<const CType*> variadic;
  CallKeeper keeper;
};

void CFunctionObject::CheckCount(size_t given) const {
  const size_t wanted = ctype.parameters.size();
  if (ctype.variadic ? given >= wanted : given == wanted) return;
  throw Error(ErrorKind::kType, absl::StrCat(name, "() takes ", ctype.variadic ? "at least " : "", wanted,
                                             wanted == 1 ? " argument (" : " arguments (", given,
                                             " given): ", ffi::DeclarationText(ctype, name)));
}

std::optional<int64_t> CFunctionObject::LeastElements(size_t k, const Frame& frame) const {
  std::optional<int64_t> least;
  if (!ffi::LeastElements(ctype.parameters[k], frame.slots, &least))
    throw ValueError(absl::StrCat(name, "() argument ", k + 1, ": the declared length is too large"));
  return least;
}

void CFunctionObject::StoreArgument(const Value& value, size_t k, Frame* frame) const {
  const CType& type = *ctype.parameters[k].type;
  const Place place{&name, static_cast<int>(k + 1)};
  frame->pointers[k] = &frame->slots[k];
  if (type.IsArithmetic()) {
    frame->slots[k] = NumberBits(type.scalar, value, place);
  } else if (type.Is(CKind::kPointer)) {
    void* pointer = PointerArgument(*state, type, value, LeastElements(k, *frame), place, &frame->keeper);
    frame->slots[k] = reinterpret_cast<uint64_t>(pointer);
  } else {
    CMemoryRef copy = CMemory::Allocate(type.size);
    StoreValue(*state, type, value, copy->data(), copy, place);
    frame->pointers[k] = copy->data();
    frame->keeper.memory.push_back(std::move(copy));
  }
}

// What C's default promotions make of an argument behind "...": numbers without a C type of their own become
// long and double.
void CFunctionObject::StoreVariadic(const Value& value, size_t k, Frame* frame) const {
  ffi::CTypes& types = state->declarations.types();
  const Place place{&name, static_cast<int>(k + 1)};
  const CType* type = nullptr;
  frame->pointers[k] = &frame->slots[k];
  if (const CDataObject* data = AsCData(value)) {
    type = data->ctype.type;
    if (type->Is(CKind::kArray)) type = types.Pointer(type->target);
    if (type->IsArithmetic() && type->size < sizeof(int)) type = types.Scalar(ffi::CScalar::kInt);
    if (type->IsArithmetic() && type->scalar == ffi::CScalar::kFloat)
      type = types.Scalar(ffi::CScalar::kDouble);
  } else if (value.IsIntegral()) {
    type = types.Scalar(ffi::CScalar::kLong);
  } else if (value.IsFloat() || value.IsScalar()) {
    const bool floating = value.IsFloat() || IsFloat(value.scalar().dtype);
    type = types.Scalar(floating ? ffi::CScalar::kDouble : ffi::CScalar::kLong);
  } else if (value.As<StringObject>()) {
    type = types.Pointer({types.Scalar(ffi::CScalar::kChar), true});
  } else {
    type = types.Pointer({types.Void(), false});
  }
  frame->variadic.push_back(type);
  if (type->IsArithmetic()) {
    frame->slots[k] = NumberBits(type->scalar, value, place);
  } else if (type->Is(CKind::kPointer)) {
    frame->slots[k] = reinterpret_cast<uint64_t>(
        PointerArgument(*state, *type, value, std::nullopt, place, &frame->keeper));
  } else {
    throw Error(ErrorKind::kType, place.Text() + ": a struct behind '...' is not supported");
  }
}

Value CFunctionObject::Call(Vm& vm, std::span<const Value> arguments, std::span<const Value> names) {
  if (!names.empty())
    throw Error(ErrorKind::kType, name + "() takes no keyword arguments: C's have no names");
  CheckCount(arguments.size());
  const size_t fixed = ctype.parameters.size();
  Frame frame(arguments.size());
  for (const bool numbers : {true, false}) {
    for (size_t k = 0; k < fixed; ++k) {
      if (ctype.parameters[k].type->IsArithmetic() == numbers) StoreArgument(arguments[k], k, &frame);
    }
  }
  for (size_t k = fixed; k < arguments.size(); ++k) StoreVariadic(arguments[k], k, &frame);
  std::unique_ptr<ffi::CallInterface> variadic;
  if (ctype.variadic) {
    variadic = std::make_unique<ffi::CallInterface>(ctype, frame.variadic);
  } else if (!interface_) {
    interface_ = std::make_unique<ffi::CallInterface>(ctype);
  }
  const ffi::CallInterface& interface = variadic ? *variadic : *interface_;
  std::array<uint64_t, 8> small;
  std::vector<uint64_t> large;
  void* result = small.data();
  if (interface.result_bytes() > sizeof small) {
    large.resize(interface.result_bytes() / sizeof(uint64_t) + 1);
    result = large.data();
  }
  if (!pure) FlushArrays();
  Vm::Nesting nesting(vm);
  if (!nesting) return Value::Error();
  ++state->depth;
  errno = state->error_number;
  {
    const ForeignCall told(address, name, library);
    interface.Call(reinterpret_cast<ffi::CodeAddress>(address), result, frame.pointers);
  }
  state->error_number = errno;
  --state->depth;
  RaiseCallbackErrors(*state);
  return ResultValue(state, ctype.target, static_cast<const char*>(result));
}

Value CFunctionObject::GetAttribute(Vm& vm, const Ref<StringObject>& attribute) {
  if (attribute == vm.names().name) return Str(name);
  return Value();
}

void RaiseCallbackErrors(FfiState& state) {
  if (state.callback_exception) {
    state.vm.ThrowException(std::exchange(state.callback_exception, nullptr));
    throw PendingError();
  }
  if (!state.misused.load(std::memory_order_relaxed)) return;
  const std::lock_guard<std::mutex> lock(state.misuse_mutex);
  state.misused = false;
  throw Error(ErrorKind::kRuntime, std::exchange(state.misuse, ""));
}

Ref<CFunctionObject> FunctionAt(const FfiStateRef& state, const CType& type, void* address) {
  return Make<CFunctionObject>(state, "function", "", type, address, false, false);
}

Value ElementwiseObject::Call(Vm& vm, std::span<const Value> arguments, std::span<const Value> names) {
  if (!names.empty())
    throw Error(ErrorKind::kType, function->name + "() takes no keyword arguments: C's have no names");
  if (arguments.size() > ForeignFunction::kMaxElementwiseArguments) {
    throw Error(ErrorKind::kType, absl::StrCat(function->name, "() takes ", record.arity, " arguments, ",
                                               arguments.size(), " were given"));
  }
  std::array<Array, ForeignFunction::kMaxElementwiseArguments> storage;
  std::vector<Input> inputs;
  for (size_t k = 0; k < arguments.size(); ++k) inputs.push_back(ToInput(vm, arguments[k], &storage[k]));
  return WrapResult(RecordForeign(record, function->name, function->library, inputs));
}

// ---- Libraries --------------------------------------------------------------------------------------
void* LibraryObject::Address(const ffi::Declaration& declaration) const {
  void* address = library.Find(declaration.name);
  if (!address) {
    throw Error(
        ErrorKind::kAttribute,
        absl::StrCat("library '", library.name(), "' has no '", declaration.name,
                     "', which is declared as: ", ffi::DeclarationText(*declaration.type, declaration.name)));
  }
  return address;
}

Ref<CFunctionObject> LibraryObject::FindFunction(const std::string& name) {
  const auto known = functions_.find(name);
  if (known != functions_.end()) return known->second;
  const ffi::Declaration* declaration = state->declarations.Find(name);
  if (!declaration || !declaration->type->Is(CKind::kFunction)) return nullptr;
  void* address = library.Find(name);
  if (!address) return nullptr;
  Ref<CFunctionObject> function = Make<CFunctionObject>(state, name, library.name(), *declaration->type,
                                                        address, declaration->pure, declaration->thread_safe);
  functions_[name] = function;
  return function;
}

Value LibraryObject::GetAttribute(Vm&, const Ref<StringObject>& attribute) {
  const std::string& name = attribute->text();
  if (Ref<CFunctionObject> function = FindFunction(name)) return function;
  if (const std::optional<int64_t> constant = state->declarations.Constant(name)) {
    return Value::Int(*constant);
  }
  const ffi::Declaration* declaration = state->declarations.Find(name);
  if (!declaration) {
    const std::string has =
        library.Find(name) ? absl::StrCat(", though library '", library.name(), "' has it") : "";
    throw Error(ErrorKind::kAttribute, absl::StrCat("'", name, "' is not declared", has,
                                                    ": ffi.cdef(\"...\") its declaration first"));
  }
  auto* address = static_cast<char*>(Address(*declaration));
  return LoadValue(state, {declaration->type, declaration->constant}, address, nullptr);
}

bool LibraryObject::SetAttribute(Vm&, const Ref<StringObject>& attribute, const Value& value) {
  const ffi::Declaration* declaration = state->declarations.Find(attribute->text());
  if (!declaration || declaration->type->Is(CKind::kFunction)) return false;
  if (declaration->constant) throw Error(ErrorKind::kAttribute, "'" + attribute->text() + "' is const");
  StoreValue(*state, *declaration->type, value, static_cast<char*>(Address(*declaration)), nullptr,
             {&attribute->text()});
  return true;
}

}  // namespace lathe::script
