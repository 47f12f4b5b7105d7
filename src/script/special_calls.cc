// Special methods and properties that are functions of the script, called from an instruction: their frames
// are pushed and run in the loop that runs the instruction, so that no C++ recursion stands between a loop
// and what it does, and the loop recorder follows into them as into any call.
//
// Where more is to be done with what they give than to push it - a method may answer NotImplemented, and then
// another one is asked - the operands stay below the frame, and ReturnFromOperator does it.
#include "src/script/attributes.h"
#include "src/script/cursor.h"
#include "src/script/iteration.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"

namespace lathe::script {

// How many operands stay below the frame of a special method that the instruction has called.
int Vm::CountOperands(const Instruction& i) {
  if (i.op == Bytecode::kGetIter) return 1;
  return i.op == Bytecode::kStoreSubscript ? 3 : 2;
}

// The top `count` operands are the arguments, and what is given replaces them.
bool Vm::EnterSpecial(Cursor& c, const Value& function, size_t count) {
  const Ref<FunctionObject> kept(function.Get<FunctionObject>());
  Value* const slots = c.sp - count;
  const Invoked invoked = InvokeFunction(kept.get(), slots, count, {}, slots, false);
  c.sp = stack_top_;
  return invoked != Invoked::kFailed;
}

bool Vm::EnterOperator(Cursor& c, const Value& function, std::span<const Value> arguments, size_t operands,
                       int stage) {
  const Ref<FunctionObject> kept(function.Get<FunctionObject>());
  Value* const slots = stack_top_;
  for (const Value& argument : arguments) new (stack_top_++) Value(argument);
  const Invoked invoked = InvokeFunction(kept.get(), slots, arguments.size(), {}, slots, false);
  c.sp = stack_top_;
  if (invoked != Invoked::kPushed) return false;
  Frame& frame = top();
  frame.result = slots - operands;
  frame.is_operator = true;
  frame.stage = static_cast<uint8_t>(stage);
  return true;
}

bool Vm::EnterOperator(Cursor& c, const SpecialMethod& method) {
  const Value operands[] = {c[1], c[0]}, reflected[] = {c[0], c[1]};
  return EnterOperator(c, *method.function, method.reflected ? reflected : operands, 2, method.stage);
}

bool Vm::UnarySlow(Cursor& c, const Instruction& i) {
  const Value* method = FindSpecial(c[0], i.op == Bytecode::kNegative   ? names_.neg
                                          : i.op == Bytecode::kPositive ? names_.pos
                                                                        : names_.invert);
  if (IsScriptFunction(method)) return EnterSpecial(c, *method, 1);
  return c.Replace(1, UnaryOperation(*this, i.op, c[0]));
}

bool Vm::FindIn(Cursor& c, const Instruction& i) {
  if (const Value* method = FindSpecial(c[0], names_.contains); IsScriptFunction(method)) {
    const Value arguments[] = {c[0], c[1]};
    return EnterOperator(c, *method, arguments, 2, 0);
  }
  const int found = Contains(*this, c[0], c[1]);
  return found >= 0 && c.Replace(2, Value::Bool((found == 1) != (i.a == 1)));
}

bool Vm::IteratorOf(Cursor& c) {
  const Value* method = FindSpecial(c[0], names_.iter);
  auto* function = method ? method->As<FunctionObject>() : nullptr;
  // A generator is made at once.
  if (function && function->code->is_generator) return EnterSpecial(c, *method, 1);
  if (function) return EnterOperator(c, *method, std::span(&c[0], 1), 1, 0);
  return c.Replace(1, GetIterator(*this, c[0]));
}

bool Vm::LoadSubscript(Cursor& c) {
  const Value* method = FindSpecial(c[1], names_.getitem);
  if (IsScriptFunction(method)) return EnterSpecial(c, *method, 2);
  return c.Replace(2, GetItem(*this, c[1], c[0]));
}

bool Vm::LoadAttributeOrEnter(Cursor& c, const Instruction& i) {
  const PropertyObject* property = FindProperty(c[0], *c.frame->code->names[static_cast<size_t>(i.c)]);
  if (property && IsScriptFunction(&property->getter)) return EnterSpecial(c, property->getter, 1);
  return LoadAttribute(c, i);
}

bool Vm::CompareSlow(Cursor& c, const Instruction& i) {
  if (AsInstance(c[1]) || AsInstance(c[0])) {
    const SpecialMethod method = FindComparisonMethod(*this, i.op, c[1], c[0], 0);
    if (IsScriptFunction(method.function)) return EnterOperator(c, method);
  }
  return c.Replace(2, Compare(*this, i.op, c[1], c[0]));
}

bool Vm::StoreAttribute(Cursor& c, const Instruction& i) {
  const Ref<StringObject>& name = c.frame->code->names[static_cast<size_t>(i.c)];
  const PropertyObject* property = FindProperty(c[0], *name);
  if (property && IsScriptFunction(&property->setter)) {
    const Value arguments[] = {c[0], c[1]};
    return EnterOperator(c, property->setter, arguments, 2, 0);
  }
  const Value done =
      Guard([&] { return SetAttribute(*this, c[0], name, c[1]) ? Value::None() : Value::Error(); });
  if (done.IsError()) return false;
  c.Drop(2);
  return true;
}

bool Vm::StoreSubscript(Cursor& c) {
  if (const Value* method = FindSpecial(c[1], names_.setitem); IsScriptFunction(method)) {
    const Value arguments[] = {c[1], c[0], c[2]};
    return EnterOperator(c, *method, arguments, 3, 0);
  }
  const Value done = Guard([&] { return SetItem(*this, c[1], c[0], c[2]) ? Value::None() : Value::Error(); });
  if (done.IsError()) return false;
  c.Drop(3);
  return true;
}

// Ends the instruction that has called the frame.
bool Vm::ReturnFromOperator(Cursor& c, Value value) {
  const int stage = c.frame->stage;
  while (c.sp != c.frame->slots) (--c.sp)->~Value();
  PopFrame();
  stack_top_ = c.sp;
  const Instruction& i = top().pc[-1];
  Cursor caller{top().pc, stack_top_, &top()};
  switch (i.op) {
    case Bytecode::kStoreSubscript:
    case Bytecode::kStoreAttribute:
      caller.Drop(CountOperands(i));
      break;
    case Bytecode::kGetIter:
      value = IteratorGiven(*this, value);
      if (value.IsError()) return false;
      caller.Replace(1, std::move(value));
      break;
    case Bytecode::kIn: {
      const int truth = Truth(*this, value);
      if (truth < 0) return false;
      caller.Replace(2, Value::Bool((truth == 1) != (i.a == 1)));
      break;
    }
    default: {
      const bool compares = i.op >= Bytecode::kLess && i.op <= Bytecode::kGreaterEqual;
      if (value.tag() == Tag::kNotImplemented) {
        value = compares ? Compare(*this, i.op, caller[1], caller[0], stage + 1)
                         : BinaryOperation(*this, i.op, caller[1], caller[0], i.a == 1, stage + 1);
      }
      if (value.IsError()) return false;
      caller.Replace(2, std::move(value));
      break;
    }
  }
  stack_top_ = caller.sp;
  return true;
}

}  // namespace lathe::script
