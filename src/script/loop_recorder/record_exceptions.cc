// Exceptions that are caught in the loop: from `raise`, a division by zero or a look-up that finds nothing to
// the handler is a jump, and the exception exists when an exit needs it. Those that other operations raise
// are exits, and the VM's.
#include <algorithm>

#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/loop_recorder/native_site.h"

namespace lathe::script {

// A call of an exception's class.
bool LoopRecorder::MakeException(const ClassObject& type, const CallArguments& call) {
  const Value* init = type.Find(vm_.names().init.get());
  const bool plain = !(init && init->As<FunctionObject>()) && (type.user || !type.construct);
  if (!plain || !call.names.empty()) return Abort("a call of an exception's class");
  if (type.user && !GuardClassChanges()) return false;
  Abstract body;
  body.kind = AbstractKind::kExceptionBody;
  body.constant = Value(Ref<ClassObject>(const_cast<ClassObject*>(&type)));
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {Abstract::Constant(Value::None())};
  parts->items.insert(parts->items.end(), call.values.begin(), call.values.end());
  body.parts = std::move(parts);
  graph_.Keep(body.constant);
  return Replace(call.consumed, NewObject(AbstractKind::kException, std::move(body)));
}

bool LoopRecorder::RecordException(const Instruction& i) {
  switch (i.op) {
    case Bytecode::kRaise:
      return RecordRaise(i);
    case Bytecode::kMatchException:
      return MatchException();
    case Bytecode::kLoadAssertionError:
      Push(Abstract::Constant(Value(vm_.classes_.exceptions[static_cast<size_t>(ErrorKind::kAssertion)])));
      return true;
    case Bytecode::kPushHandled: {
      const Abstract exception = Operand(0);
      if (!exception.Is(AbstractKind::kException)) return Abort(AbortReason::kException);
      Abstract previous = state_.handled;
      if (previous.IsAbsent()) previous.kind = AbstractKind::kHandled;
      state_.handled = exception;
      Drop(1);
      Push(std::move(previous));
      Push(exception);
      return true;
    }
    case Bytecode::kPopHandled:
      if (!Handle(Operand(0))) return false;
      Drop(1);
      return true;
    default: {  // goes on with an exception as if it had not been caught
      const Abstract exception = Operand(0);
      if (!exception.Is(AbstractKind::kException)) return Abort(AbortReason::kException);
      const bool restores = i.op == Bytecode::kReraiseHandled;
      if (restores && !Handle(Operand(1))) return false;
      Drop(restores ? 2 : 1);
      return Unwind(exception.identity, true);
    }
  }
}

// `exception` is the one that is handled from now on.
bool LoopRecorder::Handle(const Abstract& exception) {
  const bool known = exception.Is(AbstractKind::kException) || exception.Is(AbstractKind::kHandled);
  if (!known) return Abort(AbortReason::kException);
  state_.handled = exception.Is(AbstractKind::kHandled) ? Abstract() : exception;
  return true;
}

bool LoopRecorder::RecordRaise(const Instruction& i) {
  if (i.c == 0 && state_.handled.Is(AbstractKind::kException)) return Unwind(state_.handled.identity, true);
  if (i.c != 1) return Abort(AbortReason::kException);
  if (const Abstract type = Operand(0); type.constant.As<ClassObject>() && type.Is(AbstractKind::kConstant)) {
    if (!type.constant.Get<ClassObject>()->error) return Abort(AbortReason::kException);
    CallArguments call;
    call.consumed = 1;
    if (!MakeException(*type.constant.Get<ClassObject>(), call)) return false;
  }
  const Abstract exception = Operand(0);
  if (!exception.Is(AbstractKind::kException)) return Abort(AbortReason::kException);
  Abstract& body = Variable(Location::Of(exception.identity));
  // Raised again it could be its own context.
  if (!body.parts->traceback.empty()) return Abort(AbortReason::kException);
  auto parts = std::make_shared<AbstractParts>(*body.parts);
  parts->items[0] = state_.handled;
  if (state_.handled.IsAbsent()) parts->items[0].kind = AbstractKind::kHandled;
  body.parts = std::move(parts);
  return Unwind(exception.identity, false);
}

// Leaves frames until one has a handler for the instruction, as Vm::HandleError does. `again`: the first
// frame is in the traceback already.
bool LoopRecorder::Unwind(ObjectIdentity exception, bool again) {
  const Location location = Location::Of(exception);
  auto parts = std::make_shared<AbstractParts>(*Variable(location).parts);
  for (uint32_t position = frame().pc;; position = frame().pc - 1) {
    FrameState& f = frame();
    if (!again) parts->traceback.emplace_back(f.code.get(), position);
    graph_.Keep(Value(f.code));
    again = false;
    const auto handler = std::find_if(
        f.code->exceptions.begin(), f.code->exceptions.end(),
        [&](const ExceptionEntry& entry) { return position >= entry.begin && position < entry.end; });
    if (handler != f.code->exceptions.end()) {
      f.registers.resize(static_cast<size_t>(f.code->slot_count) + handler->height);
      f.pc = handler->target;
      state_.Find(location)->parts = std::move(parts);
      Abstract caught;
      caught.kind = AbstractKind::kException;
      caught.identity = exception;
      Push(std::move(caught));
      raises_ = true;
      return true;
    }
    // The body of a generator ends otherwise.
    if (state_.frames.size() == 1 || f.generator != kNoIdentity) return Abort(AbortReason::kException);
    state_.frames.pop_back();
  }
}

bool LoopRecorder::MatchException() {
  const Abstract expected = Operand(0), exception = Operand(1);
  if (!exception.Is(AbstractKind::kException)) return Abort(AbortReason::kException);
  const ClassObject* raised = Variable(Location::Of(exception.identity)).constant.Get<ClassObject>();
  const std::vector<Abstract> classes =
      expected.Is(AbstractKind::kTuple) ? expected.parts->items : std::vector<Abstract>{expected};
  bool found = false;
  for (const Abstract& one : classes) {
    const auto* type = one.Is(AbstractKind::kConstant) ? one.constant.As<ClassObject>() : nullptr;
    if (!type || !type->error) return Abort(AbortReason::kException);
    found = found || raised->IsSubclassOf(type);
  }
  Drop(1);
  Push(Abstract::Bool(graph_.ConstantBool(found)));
  return true;
}

// ---- Operations that fail ---------------------------------------------------------------------------
// Whether a frame of the recording has a handler for what the instruction raises.
bool LoopRecorder::IsCaught() const {
  for (size_t f = state_.frames.size(); f-- > 0;) {
    const FrameState& waiting = state_.frames[f];
    const uint32_t position = f + 1 == state_.frames.size() ? waiting.pc : waiting.pc - 1;
    for (const ExceptionEntry& entry : waiting.code->exceptions) {
      if (position >= entry.begin && position < entry.end) return true;
    }
    if (waiting.generator != kNoIdentity) return false;
  }
  return false;
}

// Records an instruction that is about to raise what a handler of the loop catches: *fails, and what makes it
// raise is guarded. Others are left to what records them.
bool LoopRecorder::RecordFailure(const Instruction& i, bool* fails) {
  const bool divides =
      i.op == Bytecode::kDivide || i.op == Bytecode::kFloorDivide || i.op == Bytecode::kModulo;
  if ((!divides && i.op != Bytecode::kLoadSubscript) || !IsCaught()) return true;
  Operand(0);
  Operand(1);
  const bool recorded = divides ? FailsToDivide(i) : FailsToFind();
  *fails = raises_;
  return recorded && !aborted();
}

// What the VM makes of the last two operands, by themselves.
Value LoopRecorder::Try(const NativeOperation& operation, bool reversed) {
  const Value actual[] = {Actual(reversed ? 0 : 1), Actual(reversed ? 1 : 0)};
  vm_.SetObserver(nullptr);
  Value result = PerformEagerly(vm_, operation, actual);
  vm_.SetObserver(this);
  return result;
}

// Raises what the VM raises for the last two operands, whose arguments are constants or `argument`.
bool LoopRecorder::RaiseAs(const NativeOperation& operation, const Abstract* argument) {
  if (!Try(operation, false).IsError()) return Abort(AbortReason::kException);
  const Ref<ExceptionObject> raised = vm_.TakePending();
  CallArguments call;
  if (argument) {
    call.values.push_back(*argument);
  } else {
    for (const Value& value : raised->arguments) call.values.push_back(FromConstant(value));
  }
  const Abstract none = Abstract::Constant(Value::None());
  Push(none);
  call.consumed = 1;
  if (!MakeException(*raised->type, call)) return false;
  return RecordRaise({Bytecode::kRaise, 0, 0, 1});
}

bool LoopRecorder::FailsToDivide(const Instruction& i) {
  const Abstract x = Operand(1), y = Operand(0);
  const Value& divisor = Actual(0);
  const bool zero =
      (divisor.IsInt() && divisor.integer() == 0) || (divisor.IsFloat() && divisor.number() == 0);
  if (!zero || !x.IsPlainNumber() || !y.IsPlainNumber()) return true;
  if (!Guard(Compare(Op::kEqual, y.ref, graph_.Constant(y.dtype, 0)), true, ExitReason::kDivision))
    return false;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kBinary;
  operation.operation = i.op;
  return RaiseAs(operation, nullptr);
}

// A list's index beyond its end, or a key that a dict does not have.
bool LoopRecorder::FailsToFind() {
  const Abstract x = Operand(1), index = Operand(0);
  const Value container = Actual(1), key = Actual(0);
  NativeOperation look_up, search;
  look_up.kind = NativeOperation::Kind::kGetItem;
  if (auto* list = container.As<ListObject>(); list && x.Is(AbstractKind::kList) && key.IsInt()) {
    const auto size = static_cast<int64_t>(list->items.size());
    const int64_t k = key.integer();
    if (!index.Is(AbstractKind::kInt) || (k >= -size && k < size)) return true;
    const Node length = SequenceLength(x);
    const Node outside = k < 0
                             ? Compare(Op::kLess, Emit(Op::kAdd, DType::kInt64, {index.ref, length}), Int(0))
                             : Compare(Op::kGreaterEqual, index.ref, length);
    const bool guarded = Guard(Compare(Op::kLess, index.ref, Int(0)), k < 0, ExitReason::kSign) &&
                         Guard(outside, true, ExitReason::kBounds);
    return guarded && RaiseAs(look_up, nullptr);
  }
  auto* dict = container.As<DictObject>();
  const bool plain = key.IsInt() || key.As<StringObject>();
  if (!dict || !plain || !x.Is(AbstractKind::kObject)) return true;
  search.kind = NativeOperation::Kind::kIn;
  search.detail = 1;
  const Value absent = Try(search, true);
  if (absent.IsError()) vm_.TakePending();
  if (!absent.IsBool() || !absent.boolean()) return true;
  const Value actual[] = {key, container};
  Abstract missing;
  return NativeCall(search, {index, x}, actual, false, &missing) &&
         Guard(missing.ref, true, ExitReason::kBranch) && RaiseAs(look_up, &index);
}

}  // namespace lathe::script
