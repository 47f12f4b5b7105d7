// Calls: functions of the script are followed into, the natives of intrinsics.def and ufuncs of numbers
// become values, other natives become calls from the trace.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {

// ---- Calls ------------------------------------------------------------------------------------------
bool LoopRecorder::RecordCall(const Instruction& i) {
  const auto count = static_cast<size_t>(i.c);
  CallArguments call;
  if (i.op == Bytecode::kCallKeywords || i.op == Bytecode::kCallMethodKeywords) {
    call.names = frame().code->constants[i.b].Get<TupleObject>()->items;
  }
  size_t callee = count;     // how far it lies below the top
  size_t arguments = count;  // that stand above it
  if (i.op == Bytecode::kCallMethod || i.op == Bytecode::kCallMethodKeywords) {
    const Abstract& method = Operand(count + 1);
    if (!method.Is(AbstractKind::kConstant)) return Abort("a call of a method");
    if (method.constant.IsUndefined()) {
      call.gap = 2;
    } else {
      callee = ++arguments;
    }
  }
  for (size_t k = arguments; k-- > 0;) {
    call.values.push_back(Operand(k));
    call.actual.push_back(Actual(k));
  }
  call.consumed = arguments + call.gap;
  const Abstract callable = Operand(callee);
  const bool asks = i.op == Bytecode::kCall && callable.Is(AbstractKind::kConstant) &&
                    callable.constant.Is(vm_.next_function_) && count >= 1 && count <= 2 &&
                    call.values[0].Is(AbstractKind::kGenerator);
  if (asks) return AskByCall(call, call.actual[0]);
  return CallValue(callable, Actual(callee), std::move(call));
}

// f(*arguments, **keywords): the items are read, and how many there are, and by what names, is guarded.
bool LoopRecorder::RecordUnpackedCall() {
  CallArguments call;
  call.consumed = 3;
  const Abstract keywords = Operand(0), tuple = Operand(1), callable = Operand(2);
  const Value given = Actual(0);
  if (!ItemsOfIterable(tuple, Actual(1), &call.values)) return false;
  call.actual = Actual(1).Get<TupleObject>()->items;
  Value names;
  if (auto* dict = given.As<DictObject>()) {
    std::vector<Value> keys, values;
    for (const HashTable::Entry& entry : dict->table.entries()) {
      if (entry.key.IsUndefined()) continue;
      keys.push_back(entry.key);
      values.push_back(entry.value);
    }
    names = MakeTuple(std::move(keys));
    graph_.Keep(names);
    NativeOperation operation;
    operation.kind = NativeOperation::Kind::kKeywordValues;
    operation.names = names;
    Abstract found;
    if (!NativeCall(operation, {keywords}, std::span(&given, 1), false, &found)) return false;
    call.actual.insert(call.actual.end(), values.begin(), values.end());
    if (!ItemsOfIterable(found, MakeTuple(std::move(values)), &call.values)) return false;
    call.names = names.Get<TupleObject>()->items;
  }
  return CallValue(callable, Actual(2), std::move(call));
}

// What a call does, by what is called; `actual` is the VM's value of it.
bool LoopRecorder::CallValue(Abstract callable, const Value& actual, CallArguments call) {
  if (const Value* method = FindSpecial(actual, vm_.names().call); IsScriptFunction(method)) {
    graph_.Keep(*method);
    return GuardInstance(callable, actual) && CallBound(callable, actual, *method, std::move(call));
  }
  if (auto* bound = actual.As<BoundMethodObject>(); bound && callable.Is(AbstractKind::kObject)) {
    Abstract self;
    return BoundParts(callable, *bound, &self) &&
           CallBound(self, bound->self, bound->function, std::move(call));
  }
  if (callable.Is(AbstractKind::kObject)) {
    // A function from a list, a dict, an attribute: it is the one that it is now.
    if (!GuardWord(callable.ref, actual.object())) return false;
    graph_.Keep(actual);
    callable = Abstract::Constant(actual);
  }
  if (callable.Is(AbstractKind::kBoundMethod)) {
    return CallBound(callable.parts->items[0], actual.Get<BoundMethodObject>()->self,
                     callable.parts->items[1].constant, std::move(call));
  }
  if (callable.Is(AbstractKind::kFunction)) return CallFunction(CalleeOf(callable.identity), call, nullptr);
  if (!callable.Is(AbstractKind::kConstant)) return Abort(absl::StrCat("a call of a ", Describe(callable)));
  if (auto* bound = callable.constant.As<BoundMethodObject>()) {
    return CallBound(FromConstant(bound->self), bound->self, bound->function, std::move(call));
  }
  if (auto* function = callable.constant.As<FunctionObject>()) {
    return CallFunction(CalleeOf(*function), call, nullptr);
  }
  if (auto* type = callable.constant.As<ClassObject>(); type && type->error)
    return MakeException(*type, call);
  if (auto* type = callable.constant.As<ClassObject>(); type && type->user) {
    return Construct(*type, std::move(call));
  }
  Abstract result;
  if (callable.constant.Is(Value(vm_.classes().super)) && call.values.empty()) {
    bool done;
    if (!MakeSuper(&result, &done)) return false;
    if (done) return Replace(call.consumed, std::move(result));
  }
  return CallNative(callable.constant, call.values, call.actual, call.names, &result) &&
         Replace(call.consumed, std::move(result));
}

// A method with its object, which stands in the place of the callable.
bool LoopRecorder::CallBound(const Abstract& self, const Value& actual_self, const Value& function,
                             CallArguments call) {
  call.values.insert(call.values.begin(), self);
  call.actual.insert(call.actual.begin(), actual_self);
  --call.gap;
  return CallValue(Abstract::Constant(function), function, std::move(call));
}

namespace {

// Whether the intrinsic is of sequences and iterators rather than of numbers.
bool TakesSequences(IntrinsicKind kind) {
  return kind == IntrinsicKind::kLength || kind == IntrinsicKind::kRange ||
         kind == IntrinsicKind::kEnumerate || kind == IntrinsicKind::kZip ||
         kind == IntrinsicKind::kReversed || kind == IntrinsicKind::kToBool;
}

bool AreTuples(std::span<const Abstract> values) {
  return std::all_of(values.begin(), values.end(),
                     [](const Abstract& a) { return a.Is(AbstractKind::kTuple); });
}

}  // namespace

bool LoopRecorder::CallNative(const Value& callable, std::span<const Abstract> arguments,
                              std::span<const Value> actual, std::span<const Value> names, Abstract* result) {
  bool done;
  if (!CallForeign(callable, arguments, actual, names, result, &done)) return false;
  if (done) return true;
  if (names.empty() && !AskClass(callable, arguments, actual, result, &done)) return false;
  if (done) return true;
  if (!CallArrayFunction(callable, arguments, actual, names, result, &done)) return false;
  if (done) return true;
  const Intrinsic* intrinsic = callable.IsObject() ? host_.intrinsics().Find(callable.object()) : nullptr;
  if (intrinsic && names.empty()) {
    if (!CallListMethod(intrinsic->kind, arguments, actual, result, &done)) return false;
    if (done) return true;
    if (intrinsic->kind == IntrinsicKind::kLength && arguments.size() == 1) {
      if (!LengthOfObject(arguments[0], actual[0], result, &done)) return false;
      if (done) return true;
    }
    if (intrinsic->kind == IntrinsicKind::kToText && arguments.size() == 1) {
      if (!FormatPlain(arguments[0], nullptr, result, &done)) return false;
      if (done) return true;
    }
    if (!CallTableMethod(intrinsic->kind, arguments, actual, result, &done)) return false;
    if (done) return true;
  }
  const bool numbers =
      std::all_of(arguments.begin(), arguments.end(), [](const Abstract& a) { return a.IsNumber(); });
  const auto is_text = [](const Abstract& a) { return a.constant.As<StringObject>() != nullptr; };
  const bool object =
      !arguments.empty() && (arguments[0].Is(AbstractKind::kObject) ||
                             (arguments[0].Is(AbstractKind::kConstant) && !is_text(arguments[0])));
  const bool sequences =
      intrinsic &&
      ((TakesSequences(intrinsic->kind) && !object) ||
       (intrinsic->kind == IntrinsicKind::kExtreme && arguments.size() > 1 && AreTuples(arguments)));
  if (!names.empty() || (!numbers && !sequences)) {
    if (!CallNativeFunction(callable, arguments, actual, names, result, &done)) return false;
    if (done) return true;
  }
  if (auto* ufunc = callable.As<UfuncObject>()) {
    if (names.empty() && CallUfuncOnScalars(*ufunc, arguments, actual, result)) return true;
    if (aborted()) return false;
    RecordedOperation operation;
    operation.function = callable;
    if (!names.empty()) operation.names = MakeTuple(std::vector<Value>(names.begin(), names.end()));
    return ArrayCall(operation, {arguments.begin(), arguments.end()}, actual, result);
  }
  if (!callable.IsObject()) return Abort("a call of what is no function");
  if (intrinsic && names.empty() && CallIntrinsic(*intrinsic, arguments, actual, result)) return true;
  if (aborted()) return false;
  if (auto* type = callable.As<ClassObject>();
      type && type->dtype && arguments.size() == 1 && names.empty()) {
    if (ToScalar(*type->dtype, arguments[0], actual[0], result)) return true;
    if (aborted()) return false;
  }
  if (!CallNativeFunction(callable, arguments, actual, names, result, &done)) return false;
  if (done) return true;
  if (auto* native = callable.As<NativeObject>())
    return Abort(absl::StrCat("a call of ", native->name, "()"));
  if (auto* type = callable.As<ClassObject>()) return Abort(absl::StrCat("a call of ", type->name, "()"));
  return Abort("a call of an object");
}

// ---- Intrinsics -------------------------------------------------------------------------------------
bool LoopRecorder::CallIntrinsic(const Intrinsic& intrinsic, std::span<const Abstract> arguments,
                                 std::span<const Value> actual, Abstract* result) {
  const auto all_numbers = [&] {
    return std::all_of(arguments.begin(), arguments.end(), [](const Abstract& a) { return a.IsNumber(); });
  };
  const bool one_number = arguments.size() == 1 && arguments[0].IsNumber();
  switch (intrinsic.kind) {
    case IntrinsicKind::kAbsolute:
      return one_number && Absolute(arguments[0], result);
    case IntrinsicKind::kAbsoluteFloat:
      if (!one_number) return false;
      *result = Abstract::Float(Emit(Op::kAbs, DType::kFloat64, {AsFloat(arguments[0])}));
      return true;
    case IntrinsicKind::kExtreme:
      return arguments.size() >= 2 && (all_numbers() || AreTuples(arguments)) &&
             Extreme(intrinsic.detail == "gt", arguments, actual, result);
    case IntrinsicKind::kToInt:
      return one_number && ToIntBy(intrinsic.detail, arguments[0], result);
    case IntrinsicKind::kToFloat:
      if (!one_number) return false;
      *result = Abstract::Float(AsFloat(arguments[0]));
      return true;
    case IntrinsicKind::kToBool: {
      Node truth;
      if (arguments.size() != 1 || !Truth(arguments[0], actual[0], &truth)) return false;
      *result = Abstract::Bool(truth);
      return true;
    }
    case IntrinsicKind::kLength:
      return arguments.size() == 1 && LengthOf(arguments[0], result);
    case IntrinsicKind::kRange:
      return MakeRange(arguments, actual, result);
    case IntrinsicKind::kEnumerate:
    case IntrinsicKind::kZip:
      return MakeCombined(intrinsic.kind == IntrinsicKind::kZip, arguments, actual, result);
    case IntrinsicKind::kReversed:
      return arguments.size() == 1 && MakeReversed(arguments[0], result);
    case IntrinsicKind::kListAppend:
    case IntrinsicKind::kListExtend:
    case IntrinsicKind::kListPop:
    case IntrinsicKind::kToText:
    case IntrinsicKind::kDictGet:
    case IntrinsicKind::kSetAdd:
      return false;
    case IntrinsicKind::kSquareRoot: {
      if (!one_number) return false;
      const Node x = AsFloat(arguments[0]);
      if (!Guard(Compare(Op::kGreaterEqual, x, graph_.ConstantFloat(0)), true, ExitReason::kDomain))
        return false;
      *result = Abstract::Float(Emit(Op::kSqrt, DType::kFloat64, {x}));
      return true;
    }
    case IntrinsicKind::kFunction: {
      const LoopFunctionInfo* function = FindLoopFunction(intrinsic.detail);
      const bool fits = all_numbers() && arguments.size() == function->arguments.size();
      if (!fits) return false;
      std::vector<Node> operands;
      for (const Abstract& a : arguments) operands.push_back(AsFloat(a));
      const Node value = graph_.EmitList(Op::kCall, DType::kFloat64, operands, LoopFunctionIndex(*function));
      // What is not finite may be an error.
      if (!Guard(Emit(Op::kIsFinite, DType::kBool, {value}), true, ExitReason::kDomain)) return false;
      *result = Abstract::Float(value);
      return true;
    }
  }
  return false;
}

bool LoopRecorder::Absolute(const Abstract& x, Abstract* result) {
  if (x.IsIntegral()) {
    const Node value = AsInt(x);
    if (!Guard(Compare(Op::kNotEqual, value, Int(INT64_MIN)), true, ExitReason::kOverflow)) return false;
    *result = Abstract::Int(Emit(Op::kAbs, DType::kInt64, {value}));
    return true;
  }
  const Node value = Emit(Op::kAbs, x.dtype, {x.ref});
  *result = x.Is(AbstractKind::kFloat) ? Abstract::Float(value) : Abstract::ScalarOf(x.dtype, value);
  return true;
}

// The first of the least (or greatest), as min() and max() have it.
bool LoopRecorder::Extreme(bool largest, std::span<const Abstract> arguments, std::span<const Value> actual,
                           Abstract* result) {
  Abstract best = arguments[0];
  Value actual_best = actual[0];
  for (size_t k = 1; k < arguments.size(); ++k) {
    const Abstract& item = arguments[k];
    Abstract better;
    const Abstract& low = largest ? best : item;
    const Abstract& high = largest ? item : best;
    const Value& alow = largest ? actual_best : actual[k];
    const Value& ahigh = largest ? actual[k] : actual_best;
    if (!Comparison(Bytecode::kLess, low, high, alow, ahigh, &better)) return false;
    const bool chosen = item.IsNumber() && item.kind == best.kind && item.dtype == best.dtype;
    if (chosen) {
      best.ref = Emit(Op::kSelect, item.dtype, {better.ref, item.ref, best.ref});
    }
    const Value compared = script::Compare(vm_, Bytecode::kLess, largest ? actual_best : actual[k],
                                           largest ? actual[k] : actual_best);
    const bool takes = script::Truth(vm_, compared) == 1;
    if (!chosen) {
      if (!Guard(better.ref, takes, ExitReason::kBranch)) return false;
      if (takes) best = item;
    }
    if (takes) actual_best = actual[k];
  }
  *result = best;
  return true;
}

bool LoopRecorder::ToIntBy(std::string_view rounding, const Abstract& x, Abstract* result) {
  const bool integer = x.IsIntegral() || !IsFloat(x.dtype);
  if (integer && x.Is(AbstractKind::kScalar) && rounding != "int") {
    // NumPy's integers round to themselves; the functions of the module math take them as floats.
    if (rounding == "rint") *result = x;
    if (rounding == "trunc") return false;
    if (rounding == "rint") return true;
  } else if (integer) {
    const Node value = AsInt(x);
    *result = Abstract::Int(value);
    // A uint64 that does not fit is negative as a signed number.
    return x.dtype != DType::kUInt64 ||
           Guard(Compare(Op::kGreaterEqual, value, Int(0)), true, ExitReason::kOverflow);
  }
  Node value = AsFloat(x);
  if (rounding == "floor") value = Emit(Op::kFloor, DType::kFloat64, {value});
  if (rounding == "ceil") value = Emit(Op::kCeil, DType::kFloat64, {value});
  if (rounding == "rint") value = Emit(Op::kRint, DType::kFloat64, {value});
  return ToInteger(value, result);
}

bool LoopRecorder::LengthOf(const Abstract& x, Abstract* result) {
  switch (x.kind) {
    case AbstractKind::kList:
      *result = Abstract::Int(SequenceLength(x));
      return true;
    case AbstractKind::kTuple:
      *result = Abstract::Int(Int(static_cast<int64_t>(x.parts->items.size())));
      return true;
    case AbstractKind::kArray:
    case AbstractKind::kPending:
      if (x.parts->rank == 0) return false;
      *result = Abstract::Int(x.extent(0));
      return true;
    case AbstractKind::kConstant:
      if (auto* text = x.constant.As<StringObject>()) {
        *result = Abstract::Int(Int(text->length()));
        return true;
      }
      break;
    default:
      break;
  }
  return false;
}

bool LoopRecorder::MakeRange(std::span<const Abstract> arguments, std::span<const Value> actual,
                             Abstract* result) {
  if (arguments.empty() || arguments.size() > 3) return false;
  std::vector<Node> words;
  for (const Abstract& a : arguments) {
    const bool integer = a.IsIntegral() || (a.Is(AbstractKind::kScalar) && IsInteger(a.dtype));
    if (!integer) return false;
    words.push_back(AsInt(a));
  }
  const Node start = words.size() == 1 ? Int(0) : words[0];
  const Node stop = words.size() == 1 ? words[0] : words[1];
  result->kind = AbstractKind::kRange;
  auto parts = std::make_shared<AbstractParts>();
  parts->refs = {start, stop};
  parts->number = 1;
  int64_t step = 1;
  if (words.size() == 3) {
    if (!AsInteger(actual[2], &step) || step == 0) return false;
    const bool unit = graph_.IsConstant(words[2]) && std::abs(step) == 1;
    parts->number = step > 0 ? (unit ? 1 : 2) : (unit ? -1 : -2);
    if (!unit) {
      if (!Guard(Compare(step > 0 ? Op::kGreater : Op::kLess, words[2], Int(0)), true, ExitReason::kSign)) {
        return false;
      }
      parts->refs.push_back(words[2]);
    }
  }
  result->parts = std::move(parts);
  return true;
}

bool LoopRecorder::MakeCombined(bool zip, std::span<const Abstract> arguments, std::span<const Value> actual,
                                Abstract* result) {
  if (arguments.empty() || (!zip && arguments.size() > 2)) return false;
  const auto followed = [](const Abstract& a) {
    return a.Is(AbstractKind::kRange) || a.Is(AbstractKind::kList) || a.Is(AbstractKind::kArray) ||
           a.Is(AbstractKind::kGenerator) ||
           (a.kind >= AbstractKind::kRangeIterator && a.kind <= AbstractKind::kZip);
  };
  const std::span<const Abstract> iterables = arguments.first(zip ? arguments.size() : 1);
  if (!std::all_of(iterables.begin(), iterables.end(), followed)) return false;
  auto parts = std::make_shared<AbstractParts>();
  for (size_t k = 0; k < (zip ? arguments.size() : 1); ++k) {
    parts->items.emplace_back();
    if (!MakeIterator(arguments[k], actual[k], &parts->items.back())) return false;
  }
  if (!zip) {
    if (arguments.size() == 2 && !arguments[1].IsIntegral()) return false;
    parts->refs = {arguments.size() == 2 ? AsInt(arguments[1]) : Int(0)};
  }
  result->kind = zip ? AbstractKind::kZip : AbstractKind::kEnumerate;
  result->parts = std::move(parts);
  return true;
}

}  // namespace lathe::script
