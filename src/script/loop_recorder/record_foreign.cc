// Recording of calls of C functions (script/foreign): a call whose arguments are numbers and arrays, and
// whose result is a number, is a call in the trace. One of numbers that is declared `const` becomes the op
// `apply`, which passes may merge and move; any other becomes `foreign`, which may read and write all memory.
// What is passed otherwise (structs, strings, more arguments than there are registers) goes through the VM's
// function.
//
// After `foreign` errno is kept as the interpreter does it, and before it a guard asks whether callbacks are
// alive: one could run code of the script, which a compiled loop cannot cope with. What the call leaves
// pending in the recording is computed before it; what was pending before the loop is computed when the loop
// is entered (entry.cc).
#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/ffi/array_argument.h"
#include "src/ffi/elementwise.h"
#include "src/script/arrays.h"
#include "src/script/foreign/c_function.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {
namespace {

bool TakesNumbers(const ffi::CType& type) {
  return std::all_of(type.parameters.begin(), type.parameters.end(),
                     [](const ffi::CParameter& parameter) { return parameter.type->IsArithmetic(); });
}

// Whether C can be given the array as it is; the VM says why not.
bool FitsPointer(const ffi::CType& pointer, const Abstract& x, const Value& actual) {
  const auto* array = AsProperArray(actual);
  return array && x.Is(AbstractKind::kArray) && x.parts->rank > 0 && array->array.is_contiguous() &&
         ffi::Accepts(*pointer.target.type, x.dtype) && (pointer.target.constant || x.parts->writable);
}

}  // namespace

// lib.name: a function of a library is one for ever.
bool LoopRecorder::ForeignMember(const Abstract& x, const Ref<StringObject>& name, Abstract* value,
                                 bool* done) {
  *done = false;
  auto* library = x.Is(AbstractKind::kConstant) ? AsForeign<LibraryObject>(x.constant) : nullptr;
  if (!library) return true;
  const Ref<CFunctionObject> function = library->FindFunction(name->text());
  if (!function) return true;
  *value = Abstract::Constant(function);
  *done = true;
  return true;
}

// An argument as the parameter's dtype; what does not convert leaves the trace, and the VM raises the error.
bool LoopRecorder::ForeignArgument(const Abstract& x, DType dtype, Node* value) {
  if (!x.IsNumber()) return Abort(absl::StrCat("a C function of a ", Describe(x)));
  if (IsFloat(dtype)) {
    *value = Cast(AsFloat(x), dtype);
    return true;
  }
  const bool integral = x.IsIntegral() || (x.Is(AbstractKind::kScalar) && !IsFloat(x.dtype));
  if (!integral || (x.dtype == DType::kUInt64 && dtype != DType::kUInt64)) {
    return Abort(absl::StrCat("a ", Describe(x), " for a C integer"));
  }
  if (x.dtype == dtype) {
    *value = x.ref;
    return true;
  }
  const Node number = AsInt(x);
  if (IsBool(dtype)) {
    *value = Compare(Op::kNotEqual, number, Int(0));
    return true;
  }
  if (dtype == DType::kUInt64) {
    if (!Guard(Compare(Op::kGreaterEqual, number, Int(0)), true, ExitReason::kOverflow)) return false;
  } else if (dtype != DType::kInt64) {
    const int64_t values = int64_t{1} << (8 * ItemSize(dtype));
    const Node shifted = IsSigned(dtype) ? Emit(Op::kAdd, DType::kInt64, {number, Int(values / 2)}) : number;
    if (!Guard(Compare(Op::kInBounds, shifted, Int(values)), true, ExitReason::kOverflow)) return false;
  }
  *value = Cast(number, dtype);
  return true;
}

// The address of an array's elements; that they lie as C reads them is guarded.
bool LoopRecorder::ForeignArray(const Abstract& x, Node* address) {
  Node dense = Int(ItemSize(x.dtype));
  for (int d = x.parts->rank - 1; d >= 0; --d) {
    if (!Guard(Compare(Op::kEqual, x.stride(d), dense), true, ExitReason::kShape)) return false;
    if (d > 0) dense = Emit(Op::kMul, DType::kInt64, {dense, x.extent(d)});
  }
  *address = x.data();
  return true;
}

// That an array has the elements that the declaration asks for: a factor times other arguments.
bool LoopRecorder::GuardLength(const ffi::CLength& length, const Abstract& x, std::span<const Node> values) {
  Node least = Int(length.factor);
  for (const size_t k : length.parameters) {
    least = Checked(Op::kCheckedMul, least, Cast(values[k], DType::kInt64));
  }
  Node size = Int(1);
  for (int d = 0; d < x.parts->rank; ++d) size = Emit(Op::kMul, DType::kInt64, {size, x.extent(d)});
  return Guard(Compare(Op::kGreaterEqual, size, least), true, ExitReason::kShape);
}

// The arguments as C takes them: numbers first, for a pointer's declared length may name them.
bool LoopRecorder::ForeignArguments(const CFunctionObject& function, const ForeignFunction& record,
                                    std::span<const Abstract> arguments, std::vector<Node>* values) {
  values->assign(arguments.size(), kNoRef);
  const std::vector<ffi::CParameter>& parameters = function.ctype.parameters;
  for (size_t k = 0; k < arguments.size(); ++k) {
    const bool number = parameters[k].type->IsArithmetic();
    if (number && !ForeignArgument(arguments[k], record.arguments[k], &(*values)[k])) return false;
  }
  for (size_t k = 0; k < arguments.size(); ++k) {
    if (parameters[k].type->IsArithmetic()) continue;
    if (!ForeignArray(arguments[k], &(*values)[k])) return false;
    if (parameters[k].length && !GuardLength(*parameters[k].length, arguments[k], *values)) return false;
  }
  return true;
}

// That no callback is alive.
bool LoopRecorder::GuardCallbacks(const FfiState& state) {
  const Node callbacks = Emit(Op::kRead, DType::kInt64, {AddressOf(&state.live_callbacks)}, kSiteMemory);
  return Guard(Compare(Op::kEqual, callbacks, Int(0)), true, ExitReason::kType);
}

bool LoopRecorder::CallForeign(const Value& callable, std::span<const Abstract> given,
                               std::span<const Value> actual, std::span<const Value> names, Abstract* result,
                               bool* done) {
  const CFunctionObject* function = AsForeign<CFunctionObject>(callable);
  const ElementwiseObject* elementwise = AsForeign<ElementwiseObject>(callable);
  if (elementwise) function = elementwise->function.get();
  *done = function != nullptr;
  if (!function) return true;
  if (elementwise) {
    const bool arrays =
        std::any_of(given.begin(), given.end(), [](const Abstract& a) { return a.IsArrayLike(); });
    *done = !(elementwise->record.pure && arrays && names.empty());  // else see CallArrayFunction
    return !*done || CallForeignByVm(*function, callable, {given.begin(), given.end()}, actual, result);
  }
  const ffi::CType& type = function->ctype;
  if (!names.empty() || given.size() < type.parameters.size() ||
      (given.size() > type.parameters.size() && !type.variadic)) {
    return Abort(absl::StrCat("a wrong call of the C function ", function->name, "()"));
  }
  // Whether the number fits into an int is known after the call only, which cannot be made again.
  const bool may_not_fit =
      type.target.type->IsArithmetic() && ffi::DTypeOf(type.target.type->scalar) == DType::kUInt64;
  const bool numbers = TakesNumbers(type);
  if (may_not_fit && !(function->pure && numbers)) {
    return Abort(absl::StrCat("a call of the C function ", function->name,
                              "(), whose result may not fit into an int"));
  }
  std::vector<Abstract> arguments(given.begin(), given.end());
  if (!(function->pure && numbers) && !ComputePending(0, arguments)) return false;
  bool direct = ffi::HasRecord(type);
  for (size_t k = 0; direct && k < arguments.size(); ++k) {
    const ffi::CType& parameter = *type.parameters[k].type;
    direct = parameter.IsArithmetic() || FitsPointer(parameter, arguments[k], actual[k]);
  }
  graph_.Keep(callable);
  if (!direct) return CallForeignByVm(*function, callable, std::move(arguments), actual, result);
  const ForeignFunction& record =
      ffi::RecordOf(type, function->address, function->pure, function->thread_safe);
  std::vector<Node> values;
  if (!ForeignArguments(*function, record, arguments, &values)) return false;
  values.insert(values.begin(), AddressOf(&record));
  const bool applies = numbers && values.size() <= ForeignFunction::kMaxElementwiseArguments + 1;
  if (function->pure && applies) {
    const Op op = function->thread_safe ? Op::kApply : Op::kApplySerial;
    return ForeignResult(*function, graph_.EmitList(op, record.result, values), result);
  }
  FfiState& state = *function->state;
  if (!GuardCallbacks(state)) return false;
  FlushArrays();
  const Node called = graph_.EmitList(Op::kCallForeign, record.result, values);
  const Node error = Emit(Op::kRead, DType::kInt32, {AddressOf(&errno)}, kSiteMemory);
  Emit(Op::kWrite, DType::kInt32, {AddressOf(&state.error_number), error}, kSiteMemory);
  return ForeignResult(*function, called, result);
}

// A call that the VM makes. What is `const` gives the same if it is made again. A script function as an
// argument would become a callback.
bool LoopRecorder::CallForeignByVm(const CFunctionObject& function, const Value& callable,
                                   std::vector<Abstract> arguments, std::span<const Value> actual,
                                   Abstract* result) {
  const bool runs_code = std::any_of(actual.begin(), actual.end(), [](const Value& value) {
    return value.IsObject(ObjectKind::kFunction) || value.IsObject(ObjectKind::kBoundMethod);
  });
  if (runs_code)
    return Abort(absl::StrCat("a call of the C function ", function.name, "() with a script function"));
  if (!GuardCallbacks(*function.state)) return false;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kCall;
  operation.function = callable;
  operation.boxed = !function.pure;
  return NativeCall(operation, std::move(arguments), actual, operation.boxed, result);
}

bool LoopRecorder::ForeignResult(const CFunctionObject& function, Node value, Abstract* result) {
  const ffi::CType& type = *function.ctype.target.type;
  if (type.Is(ffi::CKind::kVoid)) {
    *result = Abstract::Constant(Value::None());
    return true;
  }
  const DType dtype = ffi::DTypeOf(type.scalar);
  if (IsFloat(dtype)) {
    *result = Abstract::Float(Cast(value, DType::kFloat64));
  } else if (IsBool(dtype)) {
    *result = Abstract::Bool(value);
  } else {
    const Node integer = Cast(value, DType::kInt64);
    const bool large = dtype == DType::kUInt64;
    if (large && !Guard(Compare(Op::kGreaterEqual, integer, Int(0)), true, ExitReason::kOverflow))
      return false;
    *result = Abstract::Int(integer);
  }
  return true;
}

}  // namespace lathe::script
