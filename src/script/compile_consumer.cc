// Calls such as sum(x * x for x in y): the loop of the generator expression in place, with what the function
// does to each value, so that there is neither a generator nor a call for each value, and the loop can be
// traced. The syntax tree has the expression twice, for its variables belong to the function here and to a
// generator there.
#include "src/script/compiler_state.h"
#include "src/script/consumers.h"

namespace lathe::script {

void Compiler::CompileConsumer(const Expression& e) {
  const uint16_t number = *FindConsumer(e.items[0]->name);
  Label general, done;
  Compile(*e.items[0]);
  EmitJump(Bytecode::kJumpUnlessBuiltin, &general, number);
  switch (kConsumers[number].kind) {
    case ConsumerKind::kSum:
      CompileSum(*e.inlined);
      break;
    case ConsumerKind::kAny:
    case ConsumerKind::kAll:
      CompileSearch(*e.inlined, kConsumers[number].kind == ConsumerKind::kAny);
      break;
    case ConsumerKind::kMax:
    case ConsumerKind::kMin:
      CompileExtreme(*e.inlined, kConsumers[number].kind == ConsumerKind::kMax);
      break;
    case ConsumerKind::kCollect:
      CompileComprehension(*e.inlined);
      Emit(Bytecode::kCall, 1);
      break;
  }
  EmitJump(Bytecode::kJump, &done);
  Bind(&general);
  Compile(*e.items[1]);
  Emit(Bytecode::kCall, 1);
  Bind(&done);
}

// Takes the value out of a slot that the script does not know of.
void Compiler::EmitTake(int32_t slot) {
  Emit(Bytecode::kLoadLocal, slot);
  Emit(Bytecode::kDeleteLocal, slot);
}

void Compiler::CompileSum(const Expression& e) {
  const int32_t sum = NewSlot(".sum");
  Emit(Bytecode::kPop);
  Scope* outer = EnterComprehension(e);
  EmitConstant(Value::Int(0));
  Emit(Bytecode::kStoreLocal, sum);
  CompileClauses(e, 0, 0, [&](int) {
    Emit(Bytecode::kLoadLocal, sum);
    Compile(*e.items[0]);
    Emit(Bytecode::kAdd);
    Emit(Bytecode::kStoreLocal, sum);
  });
  LeaveComprehension(e, outer);
  EmitTake(sum);
}

// Whether one of the values is as is looked for: true for any(), false for all().
void Compiler::CompileSearch(const Expression& e, bool wanted) {
  const int32_t found = NewSlot(".found");
  Emit(Bytecode::kPop);
  Scope* outer = EnterComprehension(e);
  EmitConstant(Value::Bool(!wanted));
  Emit(Bytecode::kStoreLocal, found);
  Label hit, end;
  CompileClauses(e, 0, 0, [&](int) {
    Compile(*e.items[0]);
    EmitJump(wanted ? Bytecode::kPopJumpIfTrue : Bytecode::kPopJumpIfFalse, &hit);
  });
  EmitJump(Bytecode::kJump, &end);
  Bind(&hit);
  for (size_t k = 0; k < e.clauses.size(); ++k) Emit(Bytecode::kPop);
  EmitConstant(Value::Bool(wanted));
  Emit(Bytecode::kStoreLocal, found);
  Bind(&end);
  LeaveComprehension(e, outer);
  EmitTake(found);
}

// The function stays on the stack: if there is no value, it says so itself.
void Compiler::CompileExtreme(const Expression& e, bool largest) {
  const int32_t best = NewSlot(".best"), item = NewSlot(".item"), any = NewSlot(".any");
  Scope* outer = EnterComprehension(e);
  EmitConstant(Value::Bool(false));
  Emit(Bytecode::kStoreLocal, any);
  CompileClauses(e, 0, 0, [&](int) {
    Label take, next;
    Compile(*e.items[0]);
    Emit(Bytecode::kStoreLocal, item);
    Emit(Bytecode::kLoadLocal, any);
    EmitJump(Bytecode::kPopJumpIfFalse, &take);
    Emit(Bytecode::kLoadLocal, item);
    Emit(Bytecode::kLoadLocal, best);
    Emit(largest ? Bytecode::kGreater : Bytecode::kLess);
    EmitJump(Bytecode::kPopJumpIfFalse, &next);
    Bind(&take);
    Emit(Bytecode::kLoadLocal, item);
    Emit(Bytecode::kStoreLocal, best);
    EmitConstant(Value::Bool(true));
    Emit(Bytecode::kStoreLocal, any);
    Bind(&next);
    Emit(Bytecode::kDeleteLocal, item);
  });
  LeaveComprehension(e, outer);
  Label some, done;
  EmitTake(any);
  EmitJump(Bytecode::kPopJumpIfTrue, &some);
  Emit(Bytecode::kBuildTuple, 0);
  Emit(Bytecode::kCall, 1);
  EmitJump(Bytecode::kJump, &done);
  Bind(&some);
  Emit(Bytecode::kPop);
  EmitTake(best);
  Bind(&done);
}

}  // namespace lathe::script
