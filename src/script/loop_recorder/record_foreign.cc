// Recording of calls of C functions (script/foreign): a call whose arguments and result are numbers is a call
// in the trace. A function that is declared `const` becomes the op `apply`, which passes may merge and move;
// any other becomes `foreign`, which may read and write all memory.
//
// After `foreign` errno is kept as the interpreter does it, and before it a guard asks whether callbacks are
// alive: one could run code of the script, which a compiled loop cannot cope with. What the call leaves
// pending in the recording is computed before it; what was pending before the loop is computed when the loop
// is entered (entry.cc).
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/ffi/elementwise.h"
#include "src/script/foreign/c_function.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {
namespace {

const CFunctionObject* AsCFunction(const Value& value) {
  const auto* foreign = value.As<ForeignObject>();
  return foreign ? dynamic_cast<const CFunctionObject*>(foreign) : nullptr;
}

// The record of the function if loops can call it; else null, and why.
const ForeignFunction* RecordFor(const CFunctionObject& function, std::string* why) {
  const ffi::CType& type = function.ctype;
  bool numbers = type.target.type->IsArithmetic() || type.target.type->Is(ffi::CKind::kVoid);
  for (const ffi::CParameter& parameter : type.parameters)
    numbers = numbers && parameter.type->IsArithmetic();
  if (!numbers || type.variadic || type.parameters.size() > ForeignFunction::kMaxArguments) {
    *why =
        absl::StrCat("a call of the C function ", function.name, "(), which takes more than three numbers");
    return nullptr;
  }
  const ForeignFunction& record =
      ffi::RecordOf(type, function.address, function.pure, function.thread_safe, function.name);
  // Whether the number fits into an int is known after the call only, which cannot be made again.
  if (record.result == DType::kUInt64 && !function.pure) {
    *why =
        absl::StrCat("a call of the C function ", function.name, "(), whose result may not fit into an int");
    return nullptr;
  }
  return &record;
}

}  // namespace

// lib.name: a function of a library is one for ever.
bool LoopRecorder::ForeignMember(const Abstract& x, const Ref<StringObject>& name, Abstract* value,
                                 bool* done) {
  *done = false;
  auto* foreign = x.Is(AbstractKind::kConstant) ? x.constant.As<ForeignObject>() : nullptr;
  auto* library = foreign ? dynamic_cast<LibraryObject*>(foreign) : nullptr;
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

bool LoopRecorder::CallForeign(const Value& callable, std::span<const Abstract> arguments,
                               std::span<const Value> names, Abstract* result, bool* done) {
  const CFunctionObject* function = AsCFunction(callable);
  *done = function != nullptr;
  if (!function) return true;
  if (!names.empty() || arguments.size() != function->ctype.parameters.size()) {
    return Abort(absl::StrCat("a wrong call of the C function ", function->name, "()"));
  }
  std::string why;
  const ForeignFunction* record = RecordFor(*function, &why);
  if (!record) return Abort(why);
  if (!function->pure && !ComputePending()) return false;
  std::vector<Node> operands = {Int(reinterpret_cast<int64_t>(record))};
  for (size_t k = 0; k < arguments.size(); ++k) {
    Node value;
    if (!ForeignArgument(arguments[k], record->arguments[k], &value)) return false;
    operands.push_back(value);
  }
  graph_.Keep(callable);
  if (function->pure) {
    const Op op = function->thread_safe ? Op::kApply : Op::kApplySerial;
    return ForeignResult(*function, graph_.EmitList(op, record->result, operands), result);
  }
  FfiState& state = *function->state;
  const auto word = [&](const void* address) { return Int(reinterpret_cast<int64_t>(address)); };
  const Node callbacks = Emit(Op::kRead, DType::kInt64, {word(&state.live_callbacks)}, kSiteMemory);
  if (!Guard(Compare(Op::kEqual, callbacks, Int(0)), true, ExitReason::kType)) return false;
  FlushArrays();
  const Node called = graph_.EmitList(Op::kCallForeign, record->result, operands);
  const Node error = Emit(Op::kRead, DType::kInt32, {word(&errno)}, kSiteMemory);
  Emit(Op::kWrite, DType::kInt32, {word(&state.error_number), error}, kSiteMemory);
  return ForeignResult(*function, called, result);
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
