// Functions of the script: those that are called are followed into, those that the loop makes are objects of
// the trace, and so are the cells that their frames share with them. Neither needs to exist.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {
namespace {

// The items of a function's body, and the bits of MakeFunction's argument.
constexpr size_t kDefaults = 0, kKeywordDefaults = 1, kClosure = 2;

}  // namespace

// ---- Calls ------------------------------------------------------------------------------------------
// Whether the body of a function may be followed into.
bool LoopRecorder::HasRoomFor(const CodeObject& code) {
  size_t depth = 0;
  for (const FrameState& f : state_.frames) depth += f.code.get() == &code;
  if (static_cast<int64_t>(depth) >= host_.limits().recursion ||
      static_cast<int64_t>(state_.frames.size()) >= host_.limits().frames) {
    return Abort(AbortReason::kRecursion, absl::StrCat(code.name, "()"));
  }
  return true;
}

LoopRecorder::Callee LoopRecorder::CalleeOf(const FunctionObject& function) {
  Callee callee;
  callee.code = function.code;
  callee.module = function.module.get();
  callee.function = Ref<FunctionObject>(const_cast<FunctionObject*>(&function));
  for (const Value& value : function.defaults) callee.defaults.push_back(FromConstant(value));
  for (const Value& value : function.keyword_defaults) callee.keyword_defaults.push_back(FromConstant(value));
  for (const Value& cell : function.closure) callee.closure.push_back(Abstract::Constant(cell));
  return callee;
}

LoopRecorder::Callee LoopRecorder::CalleeOf(ObjectIdentity made) {
  const Abstract body = Variable(Location::Of(made));
  const auto items = [&](size_t k) {
    const Abstract& tuple = body.parts->items[k];
    return tuple.Is(AbstractKind::kTuple) ? tuple.parts->items : std::vector<Abstract>();
  };
  Callee callee;
  callee.code = Ref<CodeObject>(body.constant.Get<CodeObject>());
  callee.module = static_cast<ModuleObject*>(const_cast<void*>(body.parts->owner));
  callee.made = made;
  callee.defaults = items(kDefaults);
  callee.keyword_defaults = items(kKeywordDefaults);
  callee.closure = items(kClosure);
  return callee;
}

// Follows into a function. `instance`: what the call gives, if the function is the __init__ of a class.
bool LoopRecorder::CallFunction(const Callee& callee, const CallArguments& arguments,
                                const Abstract* instance) {
  CodeObject& code = *callee.code;
  if (!code.is_generator && !HasRoomFor(code)) return false;
  FrameState f;
  f.code = callee.code;
  f.function = callee.function;
  f.callable = callee.made;
  f.module = callee.module;
  f.gap = arguments.gap;
  f.constructs = instance != nullptr;
  f.registers.assign(static_cast<size_t>(code.slot_count), Abstract::Constant(Value()));
  if (!BindParameters(callee, arguments, &f)) return false;
  std::copy(callee.closure.begin(), callee.closure.end(), f.registers.begin() + code.free_begin);
  if (code.is_generator) return MakeGenerator(callee, std::move(f), arguments);
  ++frame().pc;
  Drop(arguments.consumed);
  if (instance) Push(*instance);
  state_.frames.push_back(std::move(f));
  return true;
}

// What Vm::BindArguments does, on abstract values.
bool LoopRecorder::BindParameters(const Callee& callee, const CallArguments& arguments, FrameState* f) {
  const CodeObject& code = *callee.code;
  const auto positional = static_cast<size_t>(code.positional_count);
  const size_t parameters = positional + static_cast<size_t>(code.keyword_only_count);
  const size_t unnamed = arguments.values.size() - arguments.names.size();
  std::vector<Abstract> others;  // names and values for the ** parameter
  std::vector<Value> actual_others;
  if (unnamed > positional && !code.has_rest) return Abort("too many arguments");
  std::vector<bool> given(parameters);
  const auto give = [&](size_t place, const Abstract& value) {
    if (given[place]) return Abort("an argument that is given twice");
    f->registers[place] = value;
    given[place] = true;
    return true;
  };
  for (size_t k = 0; k < std::min(unnamed, positional); ++k) give(k, arguments.values[k]);
  for (size_t k = 0; k < arguments.names.size(); ++k) {
    const std::string& name = arguments.names[k].Get<StringObject>()->text();
    size_t place = 0;
    while (place < parameters && code.slot_names[place]->text() != name) ++place;
    if (place == parameters && code.has_keywords) {
      others.push_back(FromConstant(arguments.names[k]));
      others.push_back(arguments.values[unnamed + k]);
      actual_others.push_back(arguments.names[k]);
      actual_others.push_back(arguments.actual[unnamed + k]);
      continue;
    }
    if (place == parameters) return Abort("an unknown keyword argument");
    if (!give(place, arguments.values[unnamed + k])) return false;
  }
  const size_t required = positional - callee.defaults.size();
  for (size_t k = 0; k < parameters; ++k) {
    if (given[k]) continue;
    if (k < positional && k < required) return Abort("a missing argument");
    const Abstract& value =
        k < positional ? callee.defaults[k - required] : callee.keyword_defaults[k - positional];
    if (value.Is(AbstractKind::kConstant) && value.constant.IsUndefined()) return Abort("a missing argument");
    f->registers[k] = value;
  }
  if (code.has_rest) {
    std::vector<Abstract> rest;
    for (size_t k = positional; k < unnamed; ++k) rest.push_back(arguments.values[k]);
    f->registers[parameters] = Abstract::Tuple(std::move(rest));
  }
  if (!code.has_keywords) return true;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kMakeDict;
  Abstract dict;
  if (!NativeCall(operation, std::move(others), actual_others, false, &dict)) return false;
  f->registers[parameters + (code.has_rest ? 1 : 0)] = std::move(dict);
  return true;
}

// ---- Objects of the trace ---------------------------------------------------------------------------
// A new object, of which the VM has none yet.
Abstract LoopRecorder::NewObject(AbstractKind kind, Abstract body) {
  Abstract object;
  object.kind = kind;
  object.identity = graph_.NewIdentity();
  body.ref = Int(0);
  state_.variables.emplace_back(Location::Of(object.identity), std::move(body));
  return object;
}

// Whether the object may change here: one that the VM has is not lost from sight by any path.
bool LoopRecorder::ChangeObject(ObjectIdentity object) {
  return !graph_.Enters(object) || graph_.NoteChanged(object) || Abort("an object in the place of others");
}

bool LoopRecorder::MakeFunction(const Instruction& i) {
  Abstract body;
  body.kind = AbstractKind::kFunctionBody;
  body.constant = frame().code->constants[static_cast<size_t>(i.c)];
  auto parts = std::make_shared<AbstractParts>();
  parts->owner = frame().module;
  parts->items.assign(3, Abstract::Constant(Value::None()));
  size_t consumed = 0;
  for (size_t k = 3; k-- > 0;) {
    if ((i.a >> k & 1) == 0) continue;
    parts->items[k] = Operand(consumed++);
    if (!parts->items[k].Is(AbstractKind::kTuple)) return Abort("a function with many defaults");
  }
  body.parts = std::move(parts);
  graph_.Keep(body.constant);
  Drop(consumed);
  Push(NewObject(AbstractKind::kFunction, std::move(body)));
  return true;
}

bool LoopRecorder::RecordFunction(const Instruction& i) {
  if (i.op == Bytecode::kMakeFunction) return MakeFunction(i);
  const auto slot = static_cast<size_t>(i.c);
  const bool in_root = state_.frames.size() == 1;
  if (i.op == Bytecode::kLoadClosure) {
    if (in_root && frame().registers[slot].Is(AbstractKind::kUnloaded) &&
        RootSlots()[slot].IsObject(ObjectKind::kCell)) {
      Abstract cell;
      cell.kind = AbstractKind::kCell;
      auto parts = std::make_shared<AbstractParts>();
      parts->number = i.c;
      cell.parts = std::move(parts);
      Push(std::move(cell));
      return true;
    }
    Push(Abstract(Register(slot)));
    return true;
  }
  // The cells of the root frame's slots are variables of the loop: it has one of each.
  if (in_root) return Abort("the instruction MakeCell");
  Abstract body;
  body.kind = AbstractKind::kCellBody;
  auto parts = std::make_shared<AbstractParts>();
  parts->items = {Register(slot)};
  body.parts = std::move(parts);
  frame().registers[slot] = NewObject(AbstractKind::kCell, std::move(body));
  return true;
}

// ---- Cells ------------------------------------------------------------------------------------------
bool LoopRecorder::RecordCell(const Instruction& i) {
  Location location;
  if (!CellAt(static_cast<size_t>(i.c), &location)) return false;
  const bool made = location.kind == Location::Kind::kObject;
  if (i.op == Bytecode::kLoadCell) {
    const Abstract variable = Variable(location);
    const Abstract& value = made ? variable.parts->items[0] : variable;
    if (value.kind == AbstractKind::kConstant && value.constant.IsUndefined()) {
      return Abort("a variable without a value");
    }
    Push(value);
    return true;
  }
  const Abstract value = Operand(0);
  Abstract& variable = Variable(location);
  if (made) {
    if (!ChangeObject(location.index)) return false;
    auto parts = std::make_shared<AbstractParts>(*variable.parts);
    parts->items = {value};
    variable.parts = std::move(parts);
  } else {
    variable = value;
  }
  Drop(1);
  return true;
}

// The variable in the cell of a slot. One cell is one location: if a slot of the root frame holds it, that is
// the one.
bool LoopRecorder::CellAt(size_t slot, Location* location) {
  const bool in_root = state_.frames.size() == 1;
  const Value* root = RootSlots();
  if (in_root && frame().registers[slot].Is(AbstractKind::kUnloaded) &&
      root[slot].IsObject(ObjectKind::kCell)) {
    *location = {Location::Kind::kSlotCell, nullptr, static_cast<uint32_t>(slot)};
    return true;
  }
  const Abstract cell = Register(slot);
  if (cell.Is(AbstractKind::kCell)) {
    *location = cell.identity != kNoIdentity
                    ? Location::Of(cell.identity)
                    : Location{Location::Kind::kSlotCell, nullptr, static_cast<uint32_t>(cell.parts->number)};
    return true;
  }
  if (cell.kind != AbstractKind::kConstant || !cell.constant.IsObject(ObjectKind::kCell))
    return Abort("a cell made in the loop");
  *location = {Location::Kind::kCell, cell.constant.object(), 0};
  for (int32_t k = 0; k < root_code_->slot_count; ++k) {
    if (!root[k].Is(cell.constant)) continue;
    // From now on the slot has to hold this very cell.
    const Location place{Location::Kind::kRegister, nullptr, static_cast<uint32_t>(k)};
    if (LoadEntry(place).kind != AbstractKind::kConstant) return Abort("a cell made in the loop");
    *location = {Location::Kind::kSlotCell, nullptr, static_cast<uint32_t>(k)};
    break;
  }
  return true;
}

}  // namespace lathe::script
