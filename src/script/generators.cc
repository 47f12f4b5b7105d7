// Generators: their bodies are frames on the VM's stack while they run. A `for` that asks one for an item,
// directly or through an enumerate or zip, and a call of next() run the body in the loop that runs the
// instruction, as calls do, so that the loop recorder can follow it. Who else asks runs the VM anew
// (Vm::Resume).
#include <algorithm>

#include "src/script/cursor.h"
#include "src/script/iteration.h"

namespace lathe::script {
namespace {

GeneratorObject* AsGenerator(const Value& value) {
  auto* iterator = value.As<IteratorObject>();
  const bool is_generator = iterator && iterator->iterator_kind == IteratorObject::Kind::kGenerator;
  return is_generator ? static_cast<GeneratorObject*>(iterator) : nullptr;
}

}  // namespace

// ---- Entering a body --------------------------------------------------------------------------------
// Puts a generator's frame on the stack at `base`.
bool Vm::PushGenerator(GeneratorObject* generator, Value* base) {
  if (generator->running) {
    ThrowValue("generator already executing");
    return false;
  }
  FunctionObject* function = generator->function.get();
  if (!PushFrame(function, base, base, false, false)) return false;
  Frame& frame = top();
  frame.generator = Ref<GeneratorObject>(generator);
  frame.pc = function->code->instructions.data() + generator->instruction;
  stack_top_ = std::uninitialized_move(generator->slots.begin(), generator->slots.end(), base);
  generator->slots.clear();
  generator->running = true;
  return true;
}

Vm::Asked Vm::AskByCall(Value* base, size_t count) {
  GeneratorObject* generator = count == 1 || count == 2 ? AsGenerator(base[1]) : nullptr;
  if (!generator || generator->finished) return Asked::kItem;
  if (!PushGenerator(generator, stack_top_)) return Asked::kFailed;
  top().result = base;
  return Asked::kPushed;
}

Value Vm::Resume(GeneratorObject* generator) {
  if (generator->finished) return Value();
  if (code_forbidden_) return Throw(ErrorKind::kRuntime, "code of the script may not run here");
  Nesting nesting(*this);
  if (!nesting || !PushGenerator(generator, stack_top_)) return Value::Error();
  top().is_entry = true;
  return Run();
}

Value GeneratorObject::Next(Vm& vm) { return vm.Resume(this); }

Value* Vm::PushInlinedBody(GeneratorObject* generator, size_t gap) {
  PushFrame(generator->function.get(), stack_top_, stack_top_ - gap, false, false);
  top().generator = Ref<GeneratorObject>(generator);
  return stack_top_;
}

// ---- Asking for an item -----------------------------------------------------------------------------
// The loop recorder has the same in LoopRecorder::AsksGenerator.
Vm::Asked Vm::AskForItem(IteratorObject* iterator) {
  GeneratorObject* generator = nullptr;
  if (iterator->iterator_kind == IteratorObject::Kind::kGenerator) {
    generator = static_cast<GeneratorObject*>(iterator);
  } else if (iterator->iterator_kind == IteratorObject::Kind::kEnumerate) {
    generator = AsGenerator(static_cast<EnumerateIterator*>(iterator)->iterator);
  } else if (iterator->iterator_kind == IteratorObject::Kind::kZip) {
    auto* zip = static_cast<ZipIterator*>(iterator);
    // A zip that is being asked already is asked by the body of one of its generators.
    if (!zip->strict && zip->items.empty() &&
        std::any_of(zip->iterators.begin(), zip->iterators.end(), AsGenerator)) {
      return AskZip(zip);
    }
  }
  if (generator && generator->finished) return Asked::kEnd;
  if (generator) return PushGenerator(generator, stack_top_) ? Asked::kPushed : Asked::kFailed;
  Value next = Guard([&] { return iterator->Next(*this); });
  if (next.IsError()) return Asked::kFailed;
  if (next.IsUndefined()) return Asked::kEnd;
  new (stack_top_++) Value(std::move(next));
  return Asked::kItem;
}

// Asks the iterators from the first one that has not given an item yet.
Vm::Asked Vm::AskZip(ZipIterator* zip) {
  for (size_t k = zip->items.size(); k < zip->iterators.size(); ++k) {
    GeneratorObject* generator = AsGenerator(zip->iterators[k]);
    if (generator && !generator->finished) {
      if (PushGenerator(generator, stack_top_)) return Asked::kPushed;
      zip->items.clear();
      return Asked::kFailed;
    }
    Value item = generator ? Value() : Guard([&] { return NextOf(*this, zip->iterators[k]); });
    if (item.IsError() || item.IsUndefined()) {
      zip->items.clear();
      return item.IsError() ? Asked::kFailed : Asked::kEnd;
    }
    zip->items.push_back(std::move(item));
  }
  new (stack_top_++) Value(MakeTuple(std::exchange(zip->items, {})));
  return Asked::kItem;
}

// A generator has yielded an item for the instruction before the next one. Its frame is gone.
void Vm::ReceiveItem(Value item) {
  const Bytecode op = top().pc[-1].op;
  auto* iterator = op == Bytecode::kForIter ? stack_top_[-1].Get<IteratorObject>() : nullptr;
  if (iterator && iterator->iterator_kind == IteratorObject::Kind::kZip) {
    auto* zip = static_cast<ZipIterator*>(iterator);
    zip->items.push_back(std::move(item));
    if (AskZip(zip) == Asked::kEnd) EndLoop();
    return;
  }
  if (iterator && iterator->iterator_kind == IteratorObject::Kind::kEnumerate) {
    item = MakeTuple({Value::Int(static_cast<EnumerateIterator*>(iterator)->next++), std::move(item)});
  }
  new (stack_top_++) Value(std::move(item));
}

// The `for` before the next instruction has come to its end, at a generator.
void Vm::EndLoop() {
  Frame& frame = top();
  StopAsking();
  (--stack_top_)->~Value();
  frame.pc = frame.code->instructions.data() + frame.pc[-1].c;
}

// A generator gives no more: a zip that waits for its item has none for a tuple.
void Vm::StopAsking() {
  if (top().pc[-1].op != Bytecode::kForIter) return;
  auto* iterator = stack_top_[-1].Get<IteratorObject>();
  if (iterator->iterator_kind == IteratorObject::Kind::kZip)
    static_cast<ZipIterator*>(iterator)->items.clear();
}

// ---- Leaving a body ---------------------------------------------------------------------------------
bool Vm::YieldFromFrame(Cursor& c, Value* entry_result) {
  Frame& frame = *c.frame;
  Value value = c.Take();
  // What the yield expression is worth when the generator goes on: it is resumed without a value.
  c.Push(Value::None());
  GeneratorObject& generator = *frame.generator;
  generator.slots.assign(std::make_move_iterator(frame.slots), std::make_move_iterator(c.sp));
  generator.instruction = static_cast<uint32_t>(frame.pc - frame.code->instructions.data());
  generator.running = false;
  const bool entry = frame.is_entry;
  // The operands of a call of next(); the slots themselves are empty now.
  stack_top_ = frame.slots;
  while (stack_top_ != frame.result) (--stack_top_)->~Value();
  PopFrame();
  if (entry) {
    *entry_result = std::move(value);
    return true;
  }
  ReceiveItem(std::move(value));
  return false;
}

}  // namespace lathe::script
