// Frame: one call in progress. Its values stand on the VM's one stack: first the slots (parameters, locals,
// cells, free variables), then the operands. The caller's callable lies below; the result replaces it.
#pragma once

#include <cstdint>

#include "src/script/objects.h"

namespace lathe::script {

struct Frame {
  CodeObject* code = nullptr;
  const Instruction* pc = nullptr;  // the next instruction, while the frame waits or calls out
  Value* slots = nullptr;
  Value* operands = nullptr;    // slots + slot_count
  Value* result = nullptr;      // where the caller expects the result
  bool result_is_live = false;  // a value stands there already, to be dropped
  bool is_entry = false;        // called from C++: leaving it ends that run of the VM
  bool is_constructor = false;  // leaves the instance that stands at `result`
  // A special method that an instruction has called, whose operands stand from `result` on; `stage`: which of
  // those that it may call by turns (operators.h).
  bool is_operator = false;
  uint8_t stage = 0;
  ModuleObject* module = nullptr;
  Namespace* names = nullptr;  // of a class body
  Ref<FunctionObject> function;
  Ref<GeneratorObject> generator;  // whose body this is
  Ref<CodeObject> keep_code;       // of a module, which has no function
};

}  // namespace lathe::script
