// The ffi module: what `import ffi` gives a script.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "src/array/thread_recorder.h"
#include "src/ffi/array_argument.h"
#include "src/ffi/elementwise.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign/c_function.h"
#include "src/script/foreign/callback.h"
#include "src/script/foreign/convert.h"
#include "src/script/natives.h"
#include "src/script/operators.h"

namespace lathe::script {

using ffi::CKind;
using ffi::CType;
using ffi::Qualified;

const FfiStateRef& StateOf(Vm& vm) {
  // Who asks has an object of the module, or is one of its functions: it is loaded.
  return static_cast<FfiModule*>(vm.FindModule("ffi").get())->state;
}

void FlushArrays() {
  ThreadRecorder& recorder = ThreadRecorder::Get();
  if (!recorder.empty()) recorder.Flush(EndReason::kForeign);
}

namespace {

constexpr const char* kVoidPointer = "void *";

Error TypeError(const std::string& message) { return Error(ErrorKind::kType, message); }

const std::string& TextOf(const Value& value, const char* what) {
  const auto* text = value.As<StringObject>();
  if (!text) throw TypeError(std::string(what) + " must be a string");
  return text->text();
}

int64_t IntegerOf(const Value& value, const char* what) {
  int64_t integer;
  if (!AsInteger(Force(value), &integer)) throw TypeError(std::string(what) + " must be an integer");
  return integer;
}

CDataObject& DataOf(Vm& vm, const Value& value) {
  CDataObject* data = AsCData(value);
  if (!data) throw TypeError("a C value is needed, not '" + TypeName(vm, value) + "'");
  return *data;
}

// A pointer or array, which points to something.
CDataObject& PointerOf(Vm& vm, const Value& value) {
  CDataObject& data = DataOf(vm, value);
  if (!data.IsPointer() && !data.ctype.type->Is(CKind::kArray)) {
    throw TypeError("a pointer or array is needed, not '" + ffi::TypeText(data.ctype) + "'");
  }
  data.CheckAccess(data.address(), 0, false);
  return data;
}

Value MakeData(const FfiStateRef& state, Qualified type, const void* address, CMemoryRef memory = nullptr) {
  return Make<CDataObject>(state, type, reinterpret_cast<uint64_t>(address), std::move(memory));
}

// ---- Declarations and libraries ---------------------------------------------------------------------
Value Cdef(Vm& vm, const Arguments& a) {
  StateOf(vm)->declarations.Add(TextOf(a[0], "cdef's argument"));
  return Value::None();
}

Value Load(Vm& vm, const Arguments& a) {
  const std::string name = a.Given(0) ? TextOf(a[0], "the name of a library") : "";
  return Make<LibraryObject>(StateOf(vm), SharedLibrary::Open(name));
}

Value TypeOfValue(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  return Make<CTypeObject>(state, TypeOf(*state, a[0]));
}

const CType& CompleteType(FfiState& state, const Value& value) {
  const Qualified type = TypeOf(state, value);
  if (!type.type->complete) throw TypeError("the size of '" + ffi::TypeText(type) + "' is not known");
  return *type.type;
}

Value SizeOf(Vm& vm, const Arguments& a) {
  return Value::Int(static_cast<int64_t>(CompleteType(*StateOf(vm), a[0]).size));
}

Value AlignOf(Vm& vm, const Arguments& a) {
  return Value::Int(static_cast<int64_t>(CompleteType(*StateOf(vm), a[0]).alignment));
}

ffi::FoundField FieldOf(const CType& type, const std::string& name) {
  const ffi::FoundField field = ffi::FindField(type, name);
  if (field.is_bits()) throw TypeError("'" + name + "' is a bit-field, which has no address");
  if (field.type) return field;
  throw Error(ErrorKind::kAttribute, absl::StrCat("'", ffi::TypeText(type), "' has no member '", name, "'"));
}

Value OffsetOf(Vm& vm, const Arguments& a) {
  const CType& type = CompleteType(*StateOf(vm), a[0]);
  return Value::Int(static_cast<int64_t>(FieldOf(type, TextOf(a[1], "a member's name")).offset));
}

// ---- Making values ----------------------------------------------------------------------------------
// The number of elements that an initialiser asks for.
int64_t LengthOf(Vm& vm, const CType& array, const Value& initialiser) {
  if (array.complete) return array.length;
  if (const auto* text = initialiser.As<StringObject>()) return static_cast<int64_t>(text->text().size()) + 1;
  if (const auto* items = SequenceItems(initialiser)) return static_cast<int64_t>(items->size());
  if (const auto* values = AsProperArray(initialiser)) return values->array.size();
  if (initialiser.IsUndefined() || initialiser.IsNone()) {
    throw TypeError("'" + ffi::TypeText(array) + "' needs a length or an initialiser");
  }
  const int64_t length = IntegerOf(initialiser, "a length");
  if (length < 0) throw ValueError("a length cannot be negative");
  static_cast<void>(vm);
  return length;
}

Value New(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const Qualified type = TypeOf(*state, a[0]);
  const bool array = type.type->Is(CKind::kArray);
  if (!array && !type.type->Is(CKind::kPointer)) {
    throw TypeError("ffi.new needs a pointer or an array type, not '" + ffi::TypeText(type) + "': '" +
                    ffi::TypeText(type) + " *' makes one and points to it");
  }
  const Qualified target = type.type->target;
  if (!target.type->complete) throw TypeError("the size of '" + ffi::TypeText(target) + "' is not known");
  if (!array) {
    CMemoryRef memory = CMemory::Allocate(target.type->size);
    if (a.Given(1)) Initialise(*state, {target.type, false}, a[1], memory->data(), memory->bytes(), memory);
    return MakeData(state, {type.type, false}, memory->data(), memory);
  }
  const Value initialiser = a.Has(1) ? a[1] : Value();
  const int64_t length = LengthOf(vm, *type.type, initialiser);
  size_t bytes;
  if (__builtin_mul_overflow(static_cast<size_t>(length), target.type->size, &bytes)) {
    throw MemoryError(absl::StrCat("no memory for ", length, " elements"));
  }
  CMemoryRef memory = CMemory::Allocate(bytes);
  const CType* complete = type.type->complete ? type.type : state->declarations.types().Array(target, length);
  const bool only_length = !type.type->complete && (initialiser.IsIntegral() || initialiser.IsScalar());
  if (a.Given(1) && !only_length)
    Initialise(*state, {complete, false}, initialiser, memory->data(), bytes, memory);
  return MakeData(state, {complete, false}, memory->data(), memory);
}

Value Cast(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const Qualified type = TypeOf(*state, a[0]);
  const CDataObject* data = AsCData(a[1]);
  const bool to_pointer = type.type->Is(CKind::kPointer);
  if (!to_pointer && !type.type->IsArithmetic())
    throw TypeError("cannot cast to '" + ffi::TypeText(type) + "'");
  if (to_pointer) {
    if (data && !data->ctype.type->IsArithmetic())
      return MakeData(state, type, data->address(), data->memory);
    if (auto* array = AsProperArray(a[1])) {
      Array& elements = array->array;
      const auto bytes = static_cast<size_t>(elements.size() * ItemSize(elements.dtype()));
      if (!elements.is_contiguous()) throw ValueError("the array is not contiguous");
      auto* start = static_cast<char*>(const_cast<void*>(elements.data()));
      return MakeData(state, type, start, CMemory::Borrow(start, bytes, a[1], elements.writable()));
    }
    if (auto* foreign = a[1].As<ForeignObject>(); foreign && !data && foreign->Identity() != 0) {
      return MakeData(state, type, reinterpret_cast<void*>(foreign->Identity()));
    }
    static const std::string kCast = "ffi.cast";
    const bool is_signed = !Force(a[1]).IsScalar();
    const ffi::CScalar address = is_signed ? ffi::CScalar::kLong : ffi::CScalar::kUnsignedLong;
    const uint64_t bits = a[1].IsNone() ? 0 : NumberBits(address, a[1], {&kCast});
    return MakeData(state, type, reinterpret_cast<void*>(bits));
  }
  // Numbers wrap and truncate as C's casts do.
  Scalar scalar = Scalar::Of(int64_t{0});
  if (data && !data->ctype.type->IsArithmetic()) {
    scalar = Scalar::Of(static_cast<int64_t>(data->bits));
  } else {
    scalar = ToScalar(
        vm, data ? ResultValue(state, data->ctype, reinterpret_cast<const char*>(&data->bits)) : Force(a[1]));
  }
  scalar = ConvertScalar(scalar, ffi::DTypeOf(type.type->scalar));
  uint64_t bits = scalar.bits;
  if (!ffi::IsFloating(type.type->scalar)) bits = static_cast<uint64_t>(scalar.To<int64_t>());
  return Make<CDataObject>(state, Qualified{type.type, false}, bits);
}

Value FromBuffer(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const Qualified type = TypeOf(*state, a[0]);
  if (!type.type->Is(CKind::kPointer) && !type.type->Is(CKind::kArray)) {
    throw TypeError("ffi.from_buffer needs a pointer or an array type");
  }
  const Qualified target = type.type->target;
  auto* array = AsProperArray(a[1]);
  if (!array) throw TypeError("ffi.from_buffer needs an array, not '" + TypeName(vm, a[1]) + "'");
  const CType* pointer = state->declarations.types().Pointer(target);
  void* start = ffi::ArrayAddress(*pointer, array->array, std::nullopt, "ffi.from_buffer()");
  // A view: it keeps the memory where it is, even if the array is assigned to as a whole.
  Value view = WrapArray(array->array.At(std::span<const IndexItem>()));
  const auto bytes = static_cast<size_t>(array->array.size() * ItemSize(array->array.dtype()));
  return MakeData(
      state, {pointer, false}, start,
      CMemory::Borrow(static_cast<char*>(start), bytes, std::move(view), array->array.writable()));
}

Value AddressOf(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const CDataObject& data = DataOf(vm, a[0]);
  Qualified target = data.ctype;
  char* at = data.address();
  if (a.Given(1)) {
    if (data.IsPointer()) target = data.ctype.type->target;
    if (!target.type->IsAggregate()) throw TypeError("'" + ffi::TypeText(target) + "' has no members");
    const ffi::FoundField field = FieldOf(*target.type, TextOf(a[1], "a member's name"));
    data.CheckAccess(at, target.type->size, false);
    target = {field.type, field.constant || target.constant};
    at += field.offset;
  } else if (!target.type->IsAggregate() && !target.type->Is(CKind::kArray)) {
    throw TypeError("'" + ffi::TypeText(target) + "' stands in no memory");
  }
  return MakeData(state, {state->declarations.types().Pointer(target), false}, at, data.memory);
}

// ---- Memory -----------------------------------------------------------------------------------------
// How many bytes from a pointer on may be looked at: all that are known, or `count` elements.
size_t Extent(const CDataObject& data, const Arguments& a, size_t k, size_t element) {
  const CType& type = *data.ctype.type;
  int64_t bytes = type.Is(CKind::kArray) ? static_cast<int64_t>(type.size) : data.KnownBytes();
  if (a.Given(k)) {
    const int64_t count = IntegerOf(a[k], "a length");
    if (count < 0) throw ValueError("a length cannot be negative");
    if (__builtin_mul_overflow(count, static_cast<int64_t>(element), &bytes))
      throw ValueError("this length is too large");
    data.CheckAccess(data.address(), static_cast<size_t>(bytes), false);
  }
  if (bytes < 0) {
    throw ValueError("nobody knows how much memory '" + ffi::TypeText(data.ctype) +
                     "' points to: say how many elements");
  }
  return static_cast<size_t>(bytes);
}

Value StringAt(Vm& vm, const Arguments& a) {
  const CDataObject& data = PointerOf(vm, a[0]);
  if (!data.Target().type->IsCharacter())
    throw TypeError("ffi.string needs a pointer to characters, not '" + ffi::TypeText(data.ctype) + "'");
  size_t length;
  if (a.Given(1) || data.ctype.type->Is(CKind::kArray) || data.KnownBytes() >= 0) {
    length = strnlen(data.address(), Extent(data, a, 1, 1));
  } else {
    length = std::strlen(data.address());
  }
  return Str(std::string(data.address(), length));
}

Value BytesAt(Vm& vm, const Arguments& a) {
  const CDataObject& data = PointerOf(vm, a[0]);
  const size_t bytes = Extent(data, a, 1, 1);
  FlushArrays();
  return Make<StringObject>(std::string(data.address(), bytes), true);
}

// An array over C's memory.
Value Buffer(Vm& vm, const Arguments& a) {
  const CDataObject& data = PointerOf(vm, a[0]);
  Qualified element = data.Target();
  while (element.type->Is(CKind::kArray))
    element = {element.type->target.type, element.type->target.constant || element.constant};
  const bool bytes_only = element.type->Is(CKind::kVoid);
  if (!bytes_only && !(element.type->IsArithmetic() && element.type->complete)) {
    throw TypeError("'" + ffi::TypeText(element) + "' is no element of an array");
  }
  const DType dtype = bytes_only ? DType::kUInt8 : ffi::DTypeOf(element.type->scalar);
  const auto size = static_cast<size_t>(ItemSize(dtype));
  const auto count = static_cast<int64_t>(Extent(data, a, 1, size) / size);
  const bool writable = !element.constant && (!data.memory || data.memory->writable());
  // The array holds what owns the memory; of memory that is C's own the script must know how long it lasts.
  return WrapArray(Array::Wrap(data.address(), dtype, Shape{count}, Shape{static_cast<int64_t>(size)},
                               writable, data.memory));
}

Value MemMove(Vm& vm, const Arguments& a) {
  const auto bytes = IntegerOf(a[2], "a length");
  if (bytes < 0) throw ValueError("a length cannot be negative");
  FfiState& state = *StateOf(vm);
  static const std::string kName = "ffi.memmove";
  ffi::CTypes& types = state.declarations.types();
  CallKeeper keeper;
  const auto address = [&](const CType& pointer, const Value& value, int argument) {
    if (auto* array = AsProperArray(value)) {
      if (array->array.size() * ItemSize(array->array.dtype()) < bytes)
        throw ValueError("ffi.memmove: the array is too short");
    }
    if (const CDataObject* data = AsCData(value))
      data->CheckAccess(data->address(), static_cast<size_t>(bytes), false);
    if (const auto* text = value.As<StringObject>();
        text && static_cast<int64_t>(text->text().size()) < bytes) {
      throw ValueError("ffi.memmove: the bytes are too short");
    }
    return PointerArgument(state, pointer, value, std::nullopt, {&kName, argument}, &keeper);
  };
  void* to = address(*types.Pointer({types.Void(), false}), a[0], 1);
  const void* from = address(*types.Pointer({types.Void(), true}), a[1], 2);
  FlushArrays();
  if (!to || !from) throw ValueError("ffi.memmove: a pointer is null");
  std::memmove(to, from, static_cast<size_t>(bytes));
  return Value::None();
}

// ---- Lifetime ---------------------------------------------------------------------------------------
Value Gc(Vm& vm, const Arguments& a) {
  const CDataObject& data = DataOf(vm, a[0]);
  auto* function = AsForeign<CFunctionObject>(a[1]);
  const bool fits = function && function->ctype.parameters.size() == 1 && !function->ctype.variadic &&
                    function->ctype.parameters[0].type->Is(CKind::kPointer);
  if (!fits) {
    throw TypeError(
        "the finaliser must be a C function of one pointer, such as lib.free: it may run when no script code "
        "can");
  }
  if (!data.IsPointer()) throw TypeError("only a pointer can have a finaliser");
  if (!data.address()) throw ValueError("the pointer is null");
  CMemoryRef memory = CMemory::Finalised(data.address(), Ref<CFunctionObject>(function));
  memory->Keep(a[0]);
  return MakeData(data.state, data.ctype, data.address(), std::move(memory));
}

Value Release(Vm& vm, const Arguments& a) {
  const CDataObject& data = DataOf(vm, a[0]);
  if (!data.memory) throw ValueError("'" + ffi::TypeText(data.ctype) + "' does not own memory");
  if (data.memory->released()) throw ValueError("the memory has been released already");
  FlushArrays();
  data.memory->Release();
  return Value::None();
}

Value Keep(Vm& vm, const Arguments& a) {
  const CDataObject& data = DataOf(vm, a[0]);
  if (!data.memory)
    throw ValueError("'" + ffi::TypeText(data.ctype) +
                     "' owns no memory whose life another value could share");
  for (const Value& value : a.rest) data.memory->Keep(value);
  return a[0];
}

// ---- Elementwise ------------------------------------------------------------------------------------
Value MakeElementwise(Vm& vm, const Arguments& a) {
  auto* function = AsForeign<CFunctionObject>(a[0]);
  if (!function) throw TypeError("ffi.elementwise needs a C function, not '" + TypeName(vm, a[0]) + "'");
  const ForeignFunction& record = ffi::ElementwiseRecordOf(function->ctype, function->address, function->pure,
                                                           function->thread_safe, function->name);
  return Make<ElementwiseObject>(function->state, Ref<CFunctionObject>(function), record);
}

// ---- Callbacks, handles, errno ----------------------------------------------------------------------
Value Callback(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const CType* type = TypeOf(*state, a[0]).type;
  if (type->IsPointerTo(CKind::kFunction)) type = type->target.type;
  if (!type->Is(CKind::kFunction)) throw TypeError("'" + ffi::TypeText(*type) + "' is no type of a function");
  return Make<CallbackObject>(state, *type, a[1]);
}

Value NewHandle(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const auto free = std::find_if(state->handles.begin(), state->handles.end(),
                                 [](const Value& v) { return v.IsUndefined(); });
  const auto number = free - state->handles.begin();
  if (free == state->handles.end()) state->handles.emplace_back();
  state->handles[static_cast<size_t>(number)] = a[0];
  return MakeData(state, state->declarations.ParseType(kVoidPointer), reinterpret_cast<void*>(number + 1));
}

size_t HandleNumber(const FfiState& state, const CDataObject& data) {
  const uint64_t number = data.bits - 1;
  if (number >= state.handles.size() || state.handles[number].IsUndefined()) {
    throw ValueError("this pointer is no handle, or its handle has been freed");
  }
  return number;
}

Value FromHandle(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  return state->handles[HandleNumber(*state, DataOf(vm, a[0]))];
}

Value FreeHandle(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  state->handles[HandleNumber(*state, DataOf(vm, a[0]))] = Value();
  return Value::None();
}

Value Errno(Vm& vm, const Arguments& a) {
  const FfiStateRef& state = StateOf(vm);
  const int before = state->error_number;
  // Calls from compiled loops find it where C has it.
  if (a.Given(0)) errno = state->error_number = static_cast<int>(IntegerOf(a[0], "errno"));
  return Value::Int(before);
}

Value StrError(Vm&, const Arguments& a) {
  return Str(std::strerror(static_cast<int>(IntegerOf(a[0], "errno"))));
}

constexpr NativeRow kFunctions[] = {
    {"cdef", "source", Cdef},
    {"load", "name=None", Load},
    {"typeof", "type", TypeOfValue},
    {"sizeof", "type", SizeOf},
    {"alignof", "type", AlignOf},
    {"offsetof", "type, member", OffsetOf},
    {"new", "type, init=None", New},
    {"cast", "type, value", Cast},
    {"from_buffer", "type, array", FromBuffer},
    {"addressof", "value, member=None", AddressOf},
    {"string", "pointer, maxlen=None", StringAt},
    {"bytes", "pointer, size=None", BytesAt},
    {"buffer", "pointer, count=None", Buffer},
    {"memmove", "to, source, size", MemMove},
    {"gc", "pointer, finaliser", Gc},
    {"release", "value", Release},
    {"keep", "owner, *values", Keep},
    {"elementwise", "function", MakeElementwise},
    {"callback", "type, function", Callback},
    {"new_handle", "value", NewHandle},
    {"from_handle", "pointer", FromHandle},
    {"free_handle", "pointer", FreeHandle},
    {"errno", "value=None", Errno},
    {"strerror", "number", StrError},
};

Ref<ClassObject> NewClass(Vm& vm, const char* name) {
  Ref<ClassObject> type = Make<ClassObject>(name, "ffi");
  const Ref<ClassObject>& object = vm.classes().object;
  type->bases.push_back(object);
  type->order = {type.get(), object.get()};
  return type;
}

Ref<ModuleObject> MakeFfi(Vm& vm) {
  const auto state = std::make_shared<FfiState>(vm);
  state->data = NewClass(vm, "CData");
  state->function = NewClass(vm, "CFunction");
  state->library = NewClass(vm, "Library");
  state->type = NewClass(vm, "CType");
  state->callback = NewClass(vm, "Callback");
  state->elementwise = NewClass(vm, "Elementwise");
  Ref<FfiModule> module = Make<FfiModule>(vm, state);
  DefineFunctions(vm, module->variables, kFunctions);
  module->variables.Set(vm.Intern("NULL"),
                        MakeData(state, state->declarations.ParseType(kVoidPointer), nullptr));
  module->variables.Set(vm.Intern("CData"), state->data);
  return module;
}

}  // namespace

void RegisterFfi(Vm& vm) { vm.RegisterModule("ffi", MakeFfi); }

}  // namespace lathe::script
