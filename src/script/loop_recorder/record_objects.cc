// Operations on objects that the loop graph has no nodes for: they become calls of native sites.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/loop_recorder/native_site.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"

namespace lathe::script {
namespace {

// Whether a site can be given the value: an exit could restore it without changing anything.
bool CanPass(const Abstract& a) {
  switch (a.kind) {
    case AbstractKind::kConstant:
    case AbstractKind::kBool:
    case AbstractKind::kInt:
    case AbstractKind::kFloat:
    case AbstractKind::kScalar:
    case AbstractKind::kList:
    case AbstractKind::kObject:
      return true;
    case AbstractKind::kTuple:
    case AbstractKind::kSlice:
      return std::all_of(a.parts->items.begin(), a.parts->items.end(), CanPass);
    default:
      return false;
  }
}

// Whether operations on it run no code of the script. Its items are another matter: see Vm::CodeForbidden.
bool IsBuiltIn(const Value& value) {
  if (!value.IsObject()) return true;
  switch (value.object()->kind()) {
    case ObjectKind::kInstance:
    case ObjectKind::kIterator:
    case ObjectKind::kArray:
    case ObjectKind::kFile:
      return false;
    default:
      return true;
  }
}

}  // namespace

// Records `operation`; `effect`: it changes something, and gives None. `result` is what it gives now.
bool LoopRecorder::NativeCall(const NativeOperation& operation, std::vector<Abstract> operands,
                              std::span<const Value> actual, bool effect, Abstract* result) {
  for (size_t k = 0; k < operands.size(); ++k) {
    if (!CanPass(operands[k]) || !IsBuiltIn(actual[k])) {
      return Abort(absl::StrCat("an operation on a ", Describe(operands[k])));
    }
  }
  *result = Abstract::Constant(Value::None());
  if (effect) {
    if (!ComputePending()) return false;
  } else {
    vm_.SetObserver(nullptr);
    const Value now = [&] {
      const Vm::CodeForbidden forbidden(vm_);
      return Force(Perform(vm_, operation, actual));
    }();
    vm_.SetObserver(this);
    if (now.IsError()) {
      vm_.TakePending();
      return Abort("an operation that fails");
    }
    *result = NativeResultOf(now);
    if (result->Is(AbstractKind::kUnloaded))
      return Abort("an operation that gives an object of another kind");
  }
  std::vector<Node> words;
  for (const Abstract& operand : operands) ForEachRef(operand, [&](Node n, DType) { words.push_back(n); });
  const int32_t site = graph_.AddSite(MakeNativeSite(vm_, operation, std::move(operands), *result));
  const int32_t exit = ExitHere(effect ? ExitReason::kUnsupported : ExitReason::kType);
  const Node done = graph_.EmitSiteCall(site, words, exit);
  const Node condition[] = {Compare(Op::kNotEqual, done, Int(0))};
  graph_.EmitList(Op::kGuard, DType::kBool, condition, 0, exit);
  if (result->Is(AbstractKind::kConstant)) return true;
  const DType dtype = result->IsNumber() ? result->dtype : DType::kInt64;
  result->ref = graph_.EmitSiteWord(done, dtype);
  return true;
}

bool LoopRecorder::NativeBinary(NativeOperation::Kind kind, Bytecode op, const Abstract& x, const Abstract& y,
                                const Value& ax, const Value& ay, Abstract* result) {
  NativeOperation operation;
  operation.kind = kind;
  operation.operation = op;
  const Value actual[] = {ax, ay};
  return NativeCall(operation, {x, y}, actual, false, result);
}

bool LoopRecorder::NativeSetItem(const Abstract& x, const Abstract& index, const Abstract& value,
                                 const Value& ax, const Value& aindex, const Value& avalue) {
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kSetItem;
  const Value actual[] = {ax, aindex, avalue};
  Abstract none;
  return NativeCall(operation, {x, index, value}, actual, true, &none);
}

// Calls a native function that native_functions.def has; *done is false for others.
bool LoopRecorder::CallNativeFunction(const Value& callable, std::span<const Abstract> arguments,
                                      std::span<const Value> actual, std::span<const Value> names,
                                      Abstract* result, bool* done) {
  *done = false;
  if (!callable.IsObject()) return true;
  const NativeFunctions::Effect effect = host_.native_functions().EffectOf(callable.object());
  if (effect == NativeFunctions::Effect::kUnknown) return true;
  *done = true;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kCall;
  operation.function = callable;
  if (!names.empty()) operation.names = MakeTuple(std::vector<Value>(names.begin(), names.end()));
  // Output that has been written cannot be taken back: only what is sure to have a text is printed.
  auto* native = callable.As<NativeObject>();
  if (native && native->name == "print") {
    const bool plain = std::all_of(arguments.begin(), arguments.end(), [](const Abstract& a) {
      return a.IsNumber() || a.Is(AbstractKind::kConstant) ||
             (a.Is(AbstractKind::kObject) && a.object_kind == ObjectKind::kString);
    });
    if (!plain) return Abort("print() of objects");
  }
  return NativeCall(operation, {arguments.begin(), arguments.end()}, actual,
                    effect == NativeFunctions::Effect::kNone, result);
}

// Puts a method of a built-in class and its object on the operands; *done is false for others.
bool LoopRecorder::NativeMethod(const Abstract& x, const Value& actual, const Ref<StringObject>& name,
                                bool* done) {
  *done = false;
  const ClassObject* type = nullptr;
  if (x.Is(AbstractKind::kList)) type = vm_.classes().list.get();
  const bool object = x.Is(AbstractKind::kObject) || x.Is(AbstractKind::kConstant);
  if (object && actual.As<StringObject>()) type = vm_.classes().string.get();
  if (object && actual.As<DictObject>()) type = vm_.classes().dict.get();
  if (object && actual.As<SetObject>()) type = vm_.classes().set.get();
  const Value* method = type ? type->Find(name.get()) : nullptr;
  if (!method || !method->As<NativeObject>()) return true;
  if (host_.native_functions().EffectOf(method->object()) == NativeFunctions::Effect::kUnknown) return true;
  *done = true;
  Abstract self = x;
  Drop(1);
  Push(Abstract::Constant(*method));
  Push(std::move(self));
  return true;
}

// Instructions that build and take apart objects.
bool LoopRecorder::RecordObject(const Instruction& i) {
  NativeOperation operation;
  const auto run = [&](size_t first, size_t count, bool effect, Abstract* result) {
    std::vector<Abstract> operands;
    std::vector<Value> actual;
    for (size_t k = first + count; k-- > first;) {
      operands.push_back(Operand(k));
      actual.push_back(Actual(k));
    }
    return NativeCall(operation, std::move(operands), actual, effect, result);
  };
  Abstract result;
  const auto count = static_cast<size_t>(i.c);
  switch (i.op) {
    case Bytecode::kFormatValue: {
      operation.kind = NativeOperation::Kind::kFormat;
      operation.detail = i.a;
      const size_t operands = i.b ? 2 : 1;
      return run(0, operands, false, &result) && Replace(operands, std::move(result));
    }
    case Bytecode::kBuildString:
      operation.kind = NativeOperation::Kind::kJoin;
      return run(0, count, false, &result) && Replace(count, std::move(result));
    case Bytecode::kBuildList:
      operation.kind = NativeOperation::Kind::kMakeList;
      return run(0, count, false, &result) && Replace(count, std::move(result));
    case Bytecode::kIn:
      operation.kind = NativeOperation::Kind::kIn;
      operation.detail = i.a;
      return run(0, 2, false, &result) && Replace(2, std::move(result));
    case Bytecode::kListAppend: {
      operation.kind = NativeOperation::Kind::kListAppend;
      const Abstract item = Operand(0), list = Operand(count);
      if (!list.Is(AbstractKind::kList)) return Abort("an item appended to what is no list");
      const Value actual[] = {Actual(count), Actual(0)};
      if (!NativeCall(operation, {list, item}, actual, true, &result)) return false;
      Drop(1);
      return true;
    }
    default:
      return false;
  }
}

// The items of a sequence that has an address.
bool LoopRecorder::UnpackObject(const Abstract& x, const Value& actual, size_t count) {
  std::vector<Abstract> items;
  for (size_t k = 0; k < count; ++k) {
    NativeOperation operation;
    operation.kind = NativeOperation::Kind::kItem;
    operation.detail = static_cast<int64_t>(k);
    operation.count = static_cast<int64_t>(count);
    Abstract item;
    if (!NativeCall(operation, {x}, std::span(&actual, 1), false, &item)) return false;
    items.push_back(std::move(item));
  }
  Drop(1);
  for (size_t k = count; k-- > 0;) Push(std::move(items[k]));
  return true;
}

}  // namespace lathe::script
