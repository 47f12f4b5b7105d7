// Special methods, properties, super() and what is looked up in a class of the script. The VM pushes their
// frames as it does for calls (special_calls.cc), so they are followed into; the classes that say which
// method it is are guarded.
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
  if (!CallFunction(*method.Get<FunctionObject>(), call, nullptr)) return false;
  frame().stage = stage;
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
  Drop(Vm::CountOperands(i));
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

}  // namespace lathe::script
