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
  const size_t size = frame().registers.size();
  std::span<const Value> names;
  if (i.op == Bytecode::kCallKeywords || i.op == Bytecode::kCallMethodKeywords) {
    names = frame().code->constants[i.b].Get<TupleObject>()->items;
  }
  size_t first = size - count;  // of the arguments
  size_t gap = 1;               // from the result's place to the arguments
  Abstract callable = Operand(count);
  if (i.op == Bytecode::kCallMethod || i.op == Bytecode::kCallMethodKeywords) {
    const Abstract method = Operand(count + 1);
    if (!method.Is(AbstractKind::kConstant)) return Abort("a call of a method");
    if (method.constant.IsUndefined()) {
      gap = 2;
    } else {
      callable = method;
      --first;
    }
  }
  if (callable.Is(AbstractKind::kBoundMethod)) {
    const std::vector<Abstract>& items = callable.parts->items;
    return CallBound(items[0], Actual(count).Get<BoundMethodObject>()->self, items[1].constant, count, names);
  }
  if (!callable.Is(AbstractKind::kConstant)) return Abort(absl::StrCat("a call of a ", Describe(callable)));
  if (auto* bound = callable.constant.As<BoundMethodObject>();
      bound && !bound->function.As<FunctionObject>()) {
    return CallBound(FromConstant(bound->self), bound->self, bound->function, count, names);
  }
  for (size_t k = first; k < size; ++k) Register(k);
  const std::vector<Abstract> arguments(frame().registers.begin() + static_cast<std::ptrdiff_t>(first),
                                        frame().registers.end());
  const auto* function = callable.constant.As<FunctionObject>();
  const auto* type = callable.constant.As<ClassObject>();
  if (function || (type && type->user)) {
    CallArguments call{arguments, names, size - first + gap, gap};
    return function ? CallFunction(*function, call, nullptr) : Construct(*type, std::move(call));
  }
  std::vector<Value> actual;
  for (size_t k = arguments.size(); k-- > 0;) actual.push_back(Actual(k));
  Abstract result;
  if (!CallNative(callable.constant, arguments, actual, names, &result)) return false;
  return Replace(size - first + gap, std::move(result));
}

// A call of a native method with its object; `count` arguments and the method are the operands.
bool LoopRecorder::CallBound(const Abstract& self, const Value& actual_self, const Value& function,
                             size_t count, std::span<const Value> names) {
  std::vector<Abstract> arguments = {self};
  std::vector<Value> actual = {actual_self};
  for (size_t k = count; k-- > 0;) {
    arguments.push_back(Operand(k));
    actual.push_back(Actual(k));
  }
  Abstract result;
  return CallNative(function, arguments, actual, names, &result) && Replace(count + 1, std::move(result));
}

// Follows into a function. `instance`: what the call gives, if the function is the __init__ of a class.
bool LoopRecorder::CallFunction(const FunctionObject& function, const CallArguments& arguments,
                                const Abstract* instance) {
  CodeObject& code = *function.code;
  if (code.is_generator) return Abort("a generator");
  size_t depth = 0;
  for (const FrameState& f : state_.frames) depth += f.code.get() == &code;
  if (static_cast<int64_t>(depth) >= host_.limits().recursion ||
      static_cast<int64_t>(state_.frames.size()) >= host_.limits().frames) {
    return Abort(AbortReason::kRecursion, absl::StrCat(code.name, "()"));
  }
  FrameState callee;
  callee.code = function.code;
  callee.function = Ref<FunctionObject>(const_cast<FunctionObject*>(&function));
  callee.module = function.module.get();
  callee.gap = arguments.gap;
  callee.constructs = instance != nullptr;
  callee.registers.assign(static_cast<size_t>(code.slot_count), Abstract::Constant(Value()));
  if (!BindParameters(function, arguments, &callee)) return false;
  for (size_t k = 0; k < function.closure.size(); ++k) {
    callee.registers[static_cast<size_t>(code.free_begin) + k] = Abstract::Constant(function.closure[k]);
  }
  ++frame().pc;
  Drop(arguments.consumed);
  if (instance) Push(*instance);
  state_.frames.push_back(std::move(callee));
  return true;
}

// What Vm::BindArguments does, on abstract values.
bool LoopRecorder::BindParameters(const FunctionObject& function, const CallArguments& arguments,
                                  FrameState* callee) {
  const CodeObject& code = *function.code;
  const auto positional = static_cast<size_t>(code.positional_count);
  const size_t parameters = positional + static_cast<size_t>(code.keyword_only_count);
  const size_t unnamed = arguments.values.size() - arguments.names.size();
  if (code.has_keywords) return Abort(absl::StrCat("the ** parameter of ", code.name, "()"));
  if (unnamed > positional && !code.has_rest) return Abort("too many arguments");
  std::vector<bool> given(parameters);
  const auto give = [&](size_t place, const Abstract& value) {
    if (given[place]) return Abort("an argument that is given twice");
    callee->registers[place] = value;
    given[place] = true;
    return true;
  };
  for (size_t k = 0; k < std::min(unnamed, positional); ++k) give(k, arguments.values[k]);
  for (size_t k = 0; k < arguments.names.size(); ++k) {
    const std::string& name = arguments.names[k].Get<StringObject>()->text();
    size_t place = 0;
    while (place < parameters && code.slot_names[place]->text() != name) ++place;
    if (place == parameters) return Abort("an unknown keyword argument");
    if (!give(place, arguments.values[unnamed + k])) return false;
  }
  const size_t required = positional - function.defaults.size();
  for (size_t k = 0; k < parameters; ++k) {
    if (given[k]) continue;
    const bool missing =
        k < positional ? k < required : function.keyword_defaults[k - positional].IsUndefined();
    if (missing) return Abort("a missing argument");
    callee->registers[k] = FromConstant(k < positional ? function.defaults[k - required]
                                                       : function.keyword_defaults[k - positional]);
  }
  if (code.has_rest) {
    Abstract rest;
    rest.kind = AbstractKind::kTuple;
    auto parts = std::make_shared<AbstractParts>();
    for (size_t k = positional; k < unnamed; ++k) parts->items.push_back(arguments.values[k]);
    rest.parts = std::move(parts);
    callee->registers[parameters] = std::move(rest);
  }
  return true;
}

namespace {

// Whether the intrinsic is of sequences and iterators rather than of numbers.
bool TakesSequences(IntrinsicKind kind) {
  return kind == IntrinsicKind::kLength || kind == IntrinsicKind::kRange ||
         kind == IntrinsicKind::kEnumerate || kind == IntrinsicKind::kZip || kind == IntrinsicKind::kToBool;
}

}  // namespace

bool LoopRecorder::CallNative(const Value& callable, std::span<const Abstract> arguments,
                              std::span<const Value> actual, std::span<const Value> names, Abstract* result) {
  bool done;
  if (!CallForeign(callable, arguments, actual, names, result, &done)) return false;
  if (done) return true;
  if (!CallArrayFunction(callable, arguments, actual, names, result, &done)) return false;
  if (done) return true;
  const Intrinsic* intrinsic = callable.IsObject() ? host_.intrinsics().Find(callable.object()) : nullptr;
  if (intrinsic && names.empty()) {
    if (!CallListMethod(intrinsic->kind, arguments, actual, result, &done)) return false;
    if (done) return true;
  }
  const bool numbers =
      std::all_of(arguments.begin(), arguments.end(), [](const Abstract& a) { return a.IsNumber(); });
  const auto is_text = [](const Abstract& a) { return a.constant.As<StringObject>() != nullptr; };
  const bool object =
      !arguments.empty() && (arguments[0].Is(AbstractKind::kObject) ||
                             (arguments[0].Is(AbstractKind::kConstant) && !is_text(arguments[0])));
  const bool sequences = intrinsic && TakesSequences(intrinsic->kind) && !object;
  if (!names.empty() || (!numbers && !sequences)) {
    if (!CallNativeFunction(callable, arguments, actual, names, result, &done)) return false;
    if (done) return true;
  }
  if (auto* ufunc = callable.As<UfuncObject>()) {
    if (names.empty() && CallUfuncOnScalars(*ufunc, arguments, result)) return true;
    RecordedOperation operation;
    operation.function = callable;
    if (!names.empty()) operation.names = MakeTuple(std::vector<Value>(names.begin(), names.end()));
    return ArrayCall(operation, {arguments.begin(), arguments.end()}, actual, result);
  }
  if (!callable.IsObject()) return Abort("a call of what is no function");
  if (!names.empty()) return Abort("keyword arguments of a native function");
  if (intrinsic) return CallIntrinsic(*intrinsic, arguments, actual, result);
  if (auto* type = callable.As<ClassObject>(); type && type->dtype && arguments.size() == 1) {
    const Abstract& x = arguments[0];
    const bool narrow = x.Is(AbstractKind::kInt) && IsInteger(*type->dtype) && *type->dtype != DType::kInt64;
    if (!x.IsNumber() || narrow) return Abort("a conversion to a NumPy scalar");
    *result = Abstract::ScalarOf(*type->dtype, Cast(x.ref, *type->dtype));
    return true;
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
      return one_number ? Absolute(arguments[0], result) : Abort("abs() of an object");
    case IntrinsicKind::kAbsoluteFloat:
      if (!one_number) return Abort("fabs()");
      *result = Abstract::Float(Emit(Op::kAbs, DType::kFloat64, {AsFloat(arguments[0])}));
      return true;
    case IntrinsicKind::kExtreme:
      if (arguments.size() < 2 || !all_numbers()) return Abort("min() or max() of objects");
      return Extreme(intrinsic.detail == "gt", arguments, actual, result);
    case IntrinsicKind::kToInt:
      return one_number ? ToIntBy(intrinsic.detail, arguments[0], result) : Abort("a conversion to int");
    case IntrinsicKind::kToFloat:
      if (!one_number) return Abort("float() of an object");
      *result = Abstract::Float(AsFloat(arguments[0]));
      return true;
    case IntrinsicKind::kToBool: {
      Node truth;
      if (arguments.size() != 1 || !Truth(arguments[0], actual[0], &truth)) return Abort("bool()");
      *result = Abstract::Bool(truth);
      return true;
    }
    case IntrinsicKind::kLength:
      return arguments.size() == 1 ? LengthOf(arguments[0], result) : Abort("len()");
    case IntrinsicKind::kRange:
      return MakeRange(arguments, actual, result);
    case IntrinsicKind::kEnumerate:
    case IntrinsicKind::kZip:
      return MakeCombined(intrinsic.kind == IntrinsicKind::kZip, arguments, actual, result);
    case IntrinsicKind::kListAppend:
    case IntrinsicKind::kListPop:
      return Abort("a method of a list");
    case IntrinsicKind::kSquareRoot: {
      if (!one_number) return Abort("sqrt()");
      const Node x = AsFloat(arguments[0]);
      if (!Guard(Compare(Op::kGreaterEqual, x, graph_.ConstantFloat(0)), true, ExitReason::kDomain))
        return false;
      *result = Abstract::Float(Emit(Op::kSqrt, DType::kFloat64, {x}));
      return true;
    }
    case IntrinsicKind::kFunction: {
      const LoopFunctionInfo* function = FindLoopFunction(intrinsic.detail);
      const bool fits = all_numbers() && arguments.size() == function->arguments.size();
      if (!fits) return Abort("a function of the module math with these arguments");
      std::vector<Node> operands;
      for (const Abstract& a : arguments) operands.push_back(AsFloat(a));
      const Node value = graph_.EmitList(Op::kCall, DType::kFloat64, operands, LoopFunctionIndex(*function));
      // What is not finite may be an error.
      if (!Guard(Emit(Op::kIsFinite, DType::kBool, {value}), true, ExitReason::kDomain)) return false;
      *result = Abstract::Float(value);
      return true;
    }
  }
  return Abort("a native function");
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
    if (item.kind == best.kind && item.dtype == best.dtype) {
      best.ref = Emit(Op::kSelect, item.dtype, {better.ref, item.ref, best.ref});
    }
    const Value compared = script::Compare(vm_, Bytecode::kLess, largest ? actual_best : actual[k],
                                           largest ? actual[k] : actual_best);
    const bool takes = script::Truth(vm_, compared) == 1;
    if (item.kind != best.kind || item.dtype != best.dtype) {
      if (!Guard(better.ref, takes, ExitReason::kBranch)) return false;
      if (takes) best = item;
    }
    if (takes) actual_best = actual[k];
  }
  *result = best;
  return true;
}

bool LoopRecorder::ToIntBy(std::string_view rounding, const Abstract& x, Abstract* result) {
  if (x.dtype == DType::kUInt64) return Abort("an integer of a uint64");
  const bool integer = x.IsIntegral() || !IsFloat(x.dtype);
  if (integer && x.Is(AbstractKind::kScalar) && rounding != "int") {
    // NumPy's integers round to themselves; the functions of the module math take them as floats.
    if (rounding == "rint") *result = x;
    if (rounding == "trunc") return Abort("math.trunc() of a NumPy integer");
    if (rounding == "rint") return true;
  } else if (integer) {
    *result = Abstract::Int(AsInt(x));
    return true;
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
      if (x.parts->rank == 0) return Abort("len() of a 0-d array");
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
  return Abort(absl::StrCat("len() of a ", Describe(x)));
}

bool LoopRecorder::MakeRange(std::span<const Abstract> arguments, std::span<const Value> actual,
                             Abstract* result) {
  if (arguments.empty() || arguments.size() > 3) return Abort("range()");
  std::vector<Node> words;
  for (const Abstract& a : arguments) {
    const bool integer = a.IsIntegral() || (a.Is(AbstractKind::kScalar) && IsInteger(a.dtype));
    if (!integer) return Abort("range() of what are no integers");
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
    if (!AsInteger(actual[2], &step) || step == 0) return Abort("range() with this step");
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
  if (arguments.empty() || (!zip && arguments.size() > 2)) return Abort("enumerate() or zip()");
  const auto followed = [](const Abstract& a) {
    return a.Is(AbstractKind::kRange) || a.Is(AbstractKind::kList) || a.Is(AbstractKind::kArray) ||
           (a.kind >= AbstractKind::kRangeIterator && a.kind <= AbstractKind::kZip);
  };
  const std::span<const Abstract> iterables = arguments.first(zip ? arguments.size() : 1);
  if (!std::all_of(iterables.begin(), iterables.end(), followed)) {
    const Value* function = vm_.builtins().Find(vm_.Intern(zip ? "zip" : "enumerate").get());
    bool done;
    return CallNativeFunction(*function, arguments, actual, {}, result, &done);
  }
  auto parts = std::make_shared<AbstractParts>();
  for (size_t k = 0; k < (zip ? arguments.size() : 1); ++k) {
    parts->items.emplace_back();
    if (!MakeIterator(arguments[k], actual[k], &parts->items.back())) return false;
  }
  if (!zip) {
    if (arguments.size() == 2 && !arguments[1].IsIntegral()) return Abort("enumerate() from this start");
    parts->refs = {arguments.size() == 2 ? AsInt(arguments[1]) : Int(0)};
  }
  result->kind = zip ? AbstractKind::kZip : AbstractKind::kEnumerate;
  result->parts = std::move(parts);
  return true;
}

// ---- Ufuncs of numbers ------------------------------------------------------------------------------
bool LoopRecorder::CallUfuncOnScalars(const UfuncObject& ufunc, std::span<const Abstract> arguments,
                                      Abstract* result) {
  Op op;
  const bool known = FindOpByNumpyName(ufunc.function, &op) && IsElementwise(op) &&
                     arguments.size() == static_cast<size_t>(Info(op).operand_count);
  if (!known) return Abort(absl::StrCat("np.", ufunc.name, "() of these arguments"));
  DType dtype = DType::kBool;
  for (const Abstract& a : arguments) {
    if (!a.IsNumber()) return Abort(absl::StrCat("np.", ufunc.name, "() of a ", Describe(a)));
    const bool narrow = a.Is(AbstractKind::kScalar) && a.dtype != DType::kFloat64 && a.dtype != DType::kInt64;
    if (narrow) return Abort(absl::StrCat("np.", ufunc.name, "() of a ", Describe(a)));
    dtype = Promote(dtype, a.dtype);
  }
  const DTypeClass allowed = Info(op).dtypes;
  // Of bools alone NumPy makes a narrow float.
  if (allowed == DTypeClass::kFloat && !IsBool(dtype)) dtype = DType::kFloat64;
  const bool fits = !IsBool(dtype) && allowed != DTypeClass::kBool &&
                    (!IsFloat(dtype) || (allowed != DTypeClass::kIntBool && allowed != DTypeClass::kInteger));
  if (!fits) return Abort(absl::StrCat("np.", ufunc.name, "() of these types"));
  std::vector<Node> operands;
  for (const Abstract& a : arguments) operands.push_back(Cast(a.ref, dtype));
  const DType to = Info(op).type_rule == TypeRule::kToBool ? DType::kBool : dtype;
  *result = Abstract::ScalarOf(to, graph_.EmitList(op, to, operands));
  return true;
}

}  // namespace lathe::script
