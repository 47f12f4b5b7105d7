// Functions and methods of arrays: those that the stand-ins can run become pending values, others calls.
#include <algorithm>

#include "src/array/ufunc.h"
#include "src/script/arrays.h"
#include "src/script/foreign/c_function.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {

namespace {

// Whether it is a C function of elements that gives the same whenever it is called.
bool IsPureElementwise(const Value& callable) {
  const auto* elementwise = AsForeign<ElementwiseObject>(callable);
  return elementwise && elementwise->record.pure;
}

}  // namespace

// *done is false if the function is none of arrays.
bool LoopRecorder::CallArrayFunction(const Value& callable, std::span<const Abstract> arguments,
                                     std::span<const Value> actual, std::span<const Value> names,
                                     Abstract* result, bool* done) {
  *done = false;
  const bool arrays =
      std::any_of(arguments.begin(), arguments.end(), [](const Abstract& a) { return a.IsArrayLike(); });
  if (!arrays || !callable.IsObject()) return true;
  RecordedOperation operation;
  operation.function = callable;
  operation.kind = callable.As<UfuncObject>()    ? ArrayFunctionKind::kElementwise
                   : IsPureElementwise(callable) ? ArrayFunctionKind::kElementwise
                                                 : host_.array_functions().KindOf(callable.object());
  if (operation.kind == ArrayFunctionKind::kNone) {
    const auto* native = callable.As<NativeObject>();
    const bool product = native && (native->name == "dot" || native->name == "matmul") && names.empty() &&
                         arguments.size() == 2 && arguments[1].IsArrayLike() && arguments[0].IsArrayLike();
    if (!product) return true;
    *done = true;
    return MatrixProduct(arguments[0], arguments[1], actual[0], actual[1], result);
  }
  *done = true;
  // Results that are written into an array that is given would be lost on a stand-in.
  const auto* ufunc = callable.As<UfuncObject>();
  const bool more = ufunc ? arguments.size() > static_cast<size_t>(UfuncArity(ufunc->name))
                          : operation.kind != ArrayFunctionKind::kElementwise &&
                                std::any_of(arguments.begin() + 1, arguments.end(),
                                            [](const Abstract& a) { return a.IsArrayLike(); });
  const bool settings = std::all_of(names.begin(), names.end(), [](const Value& name) {
    const std::string& text = name.Get<StringObject>()->text();
    return text == "axis" || text == "keepdims" || text == "dtype" || text == "ddof";
  });
  if (more || !settings)
    return WriteResult(operation, {arguments.begin(), arguments.end()}, actual, names, result);
  if (!names.empty()) operation.names = MakeTuple(std::vector<Value>(names.begin(), names.end()));
  return RecordArrays(operation, {arguments.begin(), arguments.end()}, actual, result);
}

// A function that writes into an array which is given, by name or as the last argument, and gives that; or
// one with arguments that the stand-ins know nothing of.
bool LoopRecorder::WriteResult(const RecordedOperation& recorded, std::vector<Abstract> arguments,
                               std::span<const Value> actual, std::span<const Value> names,
                               Abstract* result) {
  RecordedOperation operation = recorded;
  if (!names.empty()) operation.names = MakeTuple(std::vector<Value>(names.begin(), names.end()));
  std::optional<size_t> out;
  for (size_t k = 0; k < names.size(); ++k) {
    if (names[k].Get<StringObject>()->text() == "out") out = arguments.size() - names.size() + k;
  }
  const auto* ufunc = recorded.function.As<UfuncObject>();
  if (!out && ufunc) out = static_cast<size_t>(UfuncArity(ufunc->name));
  if (!out) return ArrayCall(operation, std::move(arguments), actual, result);
  if (*out >= arguments.size() || !arguments[*out].IsArrayLike())
    return Abort("an array function that writes into what is no array");
  NativeOperation native;
  native.kind = NativeOperation::Kind::kCall;
  native.function = operation.function;
  native.names = operation.names;
  native.detail = 1;
  if (!ComputePending(0, arguments)) return false;
  *result = arguments[*out];
  Abstract none;
  return NativeCall(native, std::move(arguments), actual, true, &none);
}

// Puts a method of an array and the array on the operands.
bool LoopRecorder::ArrayMethod(const Abstract& x, const Ref<StringObject>& name, bool* done) {
  const Value* method = vm_.classes().array->Find(name.get());
  *done = method && method->IsObject() && method->As<NativeObject>();
  if (!*done) return true;
  const Abstract self = x;
  Drop(1);
  Push(Abstract::Constant(*method));
  Push(self);
  return true;
}

}  // namespace lathe::script
