// Special methods, properties, super() and what is looked up in a class of the script. The VM pushes their
// frames as it does for calls (special_calls.cc), so they are followed into; the classes that say which
// method it is are guarded.
#include <algorithm>

#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

bool IsBinary(Bytecode op) { return op >= Bytecode::kAdd && op <= Bytecode::kBitXor; }
bool IsComparison(Bytecode op) { return op >= Bytecode::kLess && op <= Bytecode::kGreaterEqual; }

}  // namespace

// ---- Guards -----------------------------------------------------------------------------------------
bool LoopRecorder::GuardClassChanges() {
  const uint64_t* changes = vm_.class_changes();
  const Node now = Emit(Op::kRead, DType::kInt64, {AddressOf(changes)}, kObjectHeaderMemory);
  return Guard(Compare(Op::kEqual, now, Int(static_cast<int64_t>(*changes))), true, ExitReason::kType);
}

// If it is an instance, that it is one of its class.
bool LoopRecorder::GuardInstance(const Abstract& x, const Value& actual) {
  auto* instance = AsInstance(actual);
  if (!instance) return true;
  if (x.Is(AbstractKind::kObject)) return GuardClass(x.ref, *instance);
  if (!x.Is(AbstractKind::kConstant)) return Abort("an instance that is virtual");
  return GuardClass(AddressOf(static_cast<const Object*>(instance)), *instance);
}

// ---- Entering ---------------------------------------------------------------------------------------
// Follows into a method whose arguments are the top operands in this order, `below` the top. `stage`: of one
// that an operator asks, whose operands stay where they are; -1: what it gives replaces the arguments.
bool LoopRecorder::EnterSpecial(const Value& method, std::initializer_list<size_t> below, int stage) {
  CallArguments call;
  for (const size_t k : below) {
    call.values.push_back(Operand(k));
    call.actual.push_back(Actual(k));
    if (!GuardInstance(call.values.back(), call.actual.back())) return false;
  }
  graph_.Keep(method);
  call.gap = 0;
  call.consumed = stage < 0 ? below.size() : 0;
  const auto& function = *method.Get<FunctionObject>();
  if (!CallFunction(CalleeOf(function), call, nullptr)) return false;
  if (function.code->is_generator) {
    ++frame().pc;
  } else {
    frame().stage = stage;
  }
  return true;
}

// An operator or subscript of an instance whose class has a method of the script for it; *done is false for
// others.
bool LoopRecorder::FollowSpecial(const Instruction& i, bool* done) {
  const WellKnownNames& names = vm_.names();
  *done = false;
  const auto enter = [&](const Value* method, std::initializer_list<size_t> below, int stage) {
    if (!IsScriptFunction(method)) return true;
    *done = true;
    return EnterSpecial(*method, below, stage);
  };
  if (IsBinary(i.op) || IsComparison(i.op)) {
    if (!AsInstance(Actual(0)) && !AsInstance(Actual(1))) return true;
    const SpecialMethod method = IsBinary(i.op)
                                     ? FindOperatorMethod(vm_, i.op, Actual(1), Actual(0), i.a == 1, 0)
                                     : FindComparisonMethod(vm_, i.op, Actual(1), Actual(0), 0);
    return method.reflected ? enter(method.function, {0, 1}, method.stage)
                            : enter(method.function, {1, 0}, method.stage);
  }
  switch (i.op) {
    case Bytecode::kNegative:
      return enter(FindSpecial(Actual(0), names.neg), {0}, -1);
    case Bytecode::kPositive:
      return enter(FindSpecial(Actual(0), names.pos), {0}, -1);
    case Bytecode::kInvert:
      return enter(FindSpecial(Actual(0), names.invert), {0}, -1);
    case Bytecode::kLoadSubscript:
      return enter(FindSpecial(Actual(1), names.getitem), {1, 0}, -1);
    case Bytecode::kStoreSubscript:
      return enter(FindSpecial(Actual(1), names.setitem), {1, 0, 2}, 0);
    case Bytecode::kGetIter: {
      const Value* method = FindSpecial(Actual(0), names.iter);
      auto* function = method ? method->As<FunctionObject>() : nullptr;
      *done = function != nullptr;
      return !function || EnterSpecial(*method, {0}, function->code->is_generator ? -1 : 0);
    }
    case Bytecode::kIn:
      return enter(FindSpecial(Actual(0), names.contains), {0, 1}, 0);
    case Bytecode::kLoadAttribute:
    case Bytecode::kStoreAttribute: {
      const PropertyObject* property =
          FindProperty(Actual(0), *frame().code->names[static_cast<size_t>(i.c)]);
      if (!property) return true;
      return i.op == Bytecode::kLoadAttribute ? enter(&property->getter, {0}, -1)
                                              : enter(&property->setter, {0, 1}, 0);
    }
    default:
      return true;
  }
}

// ---- Leaving ----------------------------------------------------------------------------------------
// A method that an instruction has called returns: what the instruction does with what it gives.
bool LoopRecorder::ReturnFromOperator() {
  const FrameState& caller = state_.frames[state_.frames.size() - 2];
  const Instruction i = caller.code->instructions[caller.pc - 1];
  Abstract value = Operand(0);
  if (i.op == Bytecode::kGetIter) {
    const Abstract given = value;
    if (AsInstance(Actual(0))) return Abort("an iterator that the script makes");
    if (!MakeIterator(given, Actual(0), &value)) return false;
  }
  if (i.op == Bytecode::kIn) {
    Node truth;
    if (!Truth(value, Actual(0), &truth)) return false;
    value = Abstract::Bool(i.a == 1 ? Not(truth) : truth);
  }
  const bool stores = i.op == Bytecode::kStoreSubscript || i.op == Bytecode::kStoreAttribute;
  if (!stores && value.Is(AbstractKind::kConstant) && value.constant.tag() == Tag::kNotImplemented) {
    return Abort("a method that is not implemented");
  }
  state_.frames.pop_back();
  Drop(static_cast<size_t>(Vm::CountOperands(i)));
  if (!stores) Push(std::move(value));
  return true;
}

// ---- Classes ----------------------------------------------------------------------------------------
// What a class of the script has by that name, if it is a function, number or string; *done is false for
// others.
bool LoopRecorder::ClassAttribute(const Abstract& x, const Ref<StringObject>& name, Abstract* value,
                                  bool* done) {
  *done = false;
  auto* type = x.Is(AbstractKind::kConstant) ? x.constant.As<ClassObject>() : nullptr;
  if (!type || !type->user || !type->Find(name.get())) return true;
  const Value found = GetAttribute(vm_, x.constant, name);
  const bool plain = found.As<FunctionObject>() || found.As<BoundMethodObject>() ||
                     found.As<StringObject>() || found.IsIntegral() || found.IsFloat() || found.IsNone();
  if (!plain) return true;
  *done = true;
  *value = FromConstant(found);
  return GuardClassChanges();
}

// The class of a value, if what is known of the value tells it; null if not. That of an instance is guarded.
const ClassObject* LoopRecorder::KnownClass(const Abstract& x, const Value& actual) {
  if (x.Is(AbstractKind::kBoxed)) return nullptr;
  if (x.Is(AbstractKind::kObject)) {
    const ObjectKind kind = x.object_kind;
    const bool fixed = kind == ObjectKind::kDict || kind == ObjectKind::kSet || kind == ObjectKind::kTuple ||
                       kind == ObjectKind::kFunction || kind == ObjectKind::kInstance;
    if (!fixed || !GuardInstance(x, actual)) return nullptr;
  }
  return ClassOf(vm_, actual);
}

// type(x) and isinstance(x, classes); *done is false where a call has to find out.
bool LoopRecorder::AskClass(const Value& callable, std::span<const Abstract> arguments,
                            std::span<const Value> actual, Abstract* result, bool* done) {
  *done = false;
  const Value* isinstance = vm_.builtins().Find(vm_.Intern("isinstance").get());
  const bool asks_type = callable.Is(Value(vm_.classes().type)) && arguments.size() == 1;
  const bool asks_instance = isinstance && callable.Is(*isinstance) && arguments.size() == 2;
  if (!asks_type && !asks_instance) return true;
  std::vector<Abstract> classes;
  if (asks_instance) {
    classes = arguments[1].Is(AbstractKind::kTuple) ? arguments[1].parts->items
                                                    : std::vector<Abstract>{arguments[1]};
  }
  const auto is_class = [](const Abstract& a) {
    return a.Is(AbstractKind::kConstant) && a.constant.As<ClassObject>() != nullptr;
  };
  if (!std::all_of(classes.begin(), classes.end(), is_class)) return true;
  const ClassObject* type = KnownClass(arguments[0], actual[0]);
  if (!type) return !aborted();
  *done = true;
  if (asks_type) {
    const Value value{Ref<ClassObject>(const_cast<ClassObject*>(type))};
    graph_.Keep(value);
    *result = Abstract::Constant(value);
    return true;
  }
  const bool found = std::any_of(classes.begin(), classes.end(), [&](const Abstract& a) {
    return type->IsSubclassOf(a.constant.Get<ClassObject>());
  });
  *result = Abstract::Bool(graph_.ConstantBool(found));
  return true;
}

// The object of a bound method in memory, whose function is guarded.
bool LoopRecorder::BoundParts(const Abstract& method, const BoundMethodObject& actual, Abstract* self) {
  const auto offset = [&](const Value& member) {
    return reinterpret_cast<const char*>(&member) -
           reinterpret_cast<const char*>(static_cast<const Object*>(&actual));
  };
  if (AsArray(actual.self)) return Abort("a method of an array");
  graph_.Keep(actual.function);
  const Node function = WordAt(method.ref, offset(actual.function) + Value::kPayloadOffset);
  return GuardWord(function, actual.function.object()) &&
         ReadValue(PlaceAt(method.ref, offset(actual.self)), kObjectValueMemory, actual.self, self);
}

// x.name of a method that is not called at once; *done is false for others.
bool LoopRecorder::BindInstanceMethod(const Abstract& x, const Value& actual, const StringObject* name,
                                      bool* done) {
  *done = false;
  auto* instance = actual.As<InstanceObject>();
  if (!instance || !x.Is(AbstractKind::kObject) || instance->attributes.Find(name)) return true;
  const Value* method = instance->type->Find(name);
  if (!method || !method->As<FunctionObject>()) return true;
  *done = true;
  graph_.Keep(*method);
  Abstract bound;
  bound.kind = AbstractKind::kBoundMethod;
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {x, Abstract::Constant(*method)};
  bound.parts = std::move(parts);
  return GuardNames(x.ref, *instance) && Replace(1, std::move(bound));
}

// super() in a method that is followed: the class that defines the method, and its first argument.
bool LoopRecorder::MakeSuper(Abstract* result, bool* done) {
  *done = false;
  const Frame& vm_frame = VmFrame();
  const auto* function = vm_frame.function.get();
  if (!function || !function->owner || vm_frame.code->positional_count == 0) return true;
  if (vm_frame.slots[0].IsObject(ObjectKind::kCell)) return true;
  *done = true;
  graph_.Keep(Value(Ref<ClassObject>(function->owner)));
  result->kind = AbstractKind::kSuper;
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {Register(0), Abstract::Constant(Value(Ref<ClassObject>(function->owner)))};
  result->parts = std::move(parts);
  return true;
}

// super().name(...): a method of the classes behind the owner.
bool LoopRecorder::SuperMethod(const Ref<StringObject>& name) {
  const Abstract self = Operand(0).parts->items[0];
  const Value actual = Actual(0).Get<SuperObject>()->self;
  if (!AsInstance(actual)) return Abort("super() of a class");
  if (!GuardInstance(self, actual)) return false;
  const Value found = GetAttribute(vm_, Actual(0), name);
  if (found.IsError()) vm_.TakePending();
  auto* bound = found.As<BoundMethodObject>();
  if (!bound) return Abort("an attribute of super()");
  graph_.Keep(bound->function);
  Abstract method;
  method.kind = AbstractKind::kBoundMethod;
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {self, Abstract::Constant(bound->function)};
  method.parts = std::move(parts);
  Drop(1);
  Push(Abstract::Constant(Value()));
  Push(std::move(method));
  return true;
}

// ---- with -------------------------------------------------------------------------------------------
// A context of a built-in class, whose functions the VM calls at once.
bool LoopRecorder::EnterContext() {
  const Abstract manager = Operand(0);
  const Value actual = Actual(0);
  const ClassObject* type = ClassOf(vm_, actual);
  const Value* enter = type->Find(vm_.names().enter.get());
  const Value* exit = type->Find(vm_.names().exit.get());
  if (!enter || !exit || !enter->As<NativeObject>() || !exit->As<NativeObject>()) {
    return Abort("a context of the script's own");
  }
  if (!GuardInstance(manager, actual)) return false;
  Abstract entered;
  if (!CallNative(*enter, std::span(&manager, 1), std::span(&actual, 1), {}, &entered)) return false;
  Abstract leave;
  leave.kind = AbstractKind::kBoundMethod;
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {manager, Abstract::Constant(*exit)};
  leave.parts = std::move(parts);
  Drop(1);
  Push(std::move(leave));
  Push(std::move(entered));
  return true;
}

bool LoopRecorder::LeaveContext() {
  const Abstract leave = Operand(0);
  if (!leave.Is(AbstractKind::kBoundMethod)) return Abort("a context of the script's own");
  const Abstract none = Abstract::Constant(Value::None());
  const Abstract arguments[] = {leave.parts->items[0], none, none, none};
  const Value actual[] = {Actual(0).Get<BoundMethodObject>()->self, Value::None(), Value::None(),
                          Value::None()};
  Abstract result;
  if (!CallNative(leave.parts->items[1].constant, arguments, actual, {}, &result)) return false;
  Drop(1);
  return true;
}

}  // namespace lathe::script
