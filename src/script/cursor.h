// Cursor: where the dispatch loop stands. The loop keeps these in registers; a slow instruction gets a copy
// in memory and the loop reads back what it changed.
#pragma once

#include <new>
#include <utility>

#include "src/script/vm.h"

namespace lathe::script {

struct Vm::Cursor {
  const Instruction* pc;  // the next instruction
  Value* sp;              // one past the highest operand
  Frame* frame;

  Value& operator[](int below) { return sp[-1 - below]; }
  void Push(Value value) { new (sp++) Value(std::move(value)); }
  Value Take() {
    --sp;
    Value value = std::move(*sp);
    return value;
  }
  void Drop(int count = 1) {
    for (; count > 0; --count) (--sp)->~Value();
  }
  // Replaces the top `count` operands by `value`; false if that is an error.
  bool Replace(int count, Value value) {
    const bool ok = !value.IsError();
    Drop(count);
    if (ok) Push(std::move(value));
    return ok;
  }
};

}  // namespace lathe::script
