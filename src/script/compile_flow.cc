// Control flow: branches, loops, try, with, and what leaves them early.
#include "src/script/compiler_state.h"

namespace lathe::script {

// Jumps to `label` if `test` is `condition`; and, or and not become jumps of their own.
void Compiler::CompileJumpIf(const Expression& test, bool condition, Label* label) {
  RangeScope range(this, test.range);
  if (test.kind == ExpressionKind::kUnary && test.op == Bytecode::kNot) {
    return CompileJumpIf(*test.items[0], !condition, label);
  }
  if (test.kind == ExpressionKind::kAnd || test.kind == ExpressionKind::kOr) {
    const bool short_value = test.kind == ExpressionKind::kOr;
    Label next;
    for (size_t k = 0; k + 1 < test.items.size(); ++k) {
      CompileJumpIf(*test.items[k], short_value, short_value == condition ? label : &next);
    }
    CompileJumpIf(*test.items.back(), condition, label);
    return Bind(&next);
  }
  Compile(test);
  EmitJump(condition ? Bytecode::kPopJumpIfTrue : Bytecode::kPopJumpIfFalse, label);
}

void Compiler::CompileIf(const Statement& s) {
  Label done;
  for (size_t k = 0; k < s.branches.size(); ++k) {
    Label next;
    CompileJumpIf(*s.branches[k].test, false, &next);
    CompileBlock(s.branches[k].body);
    if (k + 1 < s.branches.size() || !s.orelse.empty()) EmitJump(Bytecode::kJump, &done);
    Bind(&next);
  }
  CompileBlock(s.orelse);
  Bind(&done);
}

void Compiler::CompileWhile(const Statement& s) {
  Label head, orelse, exit;
  auto block = std::make_unique<OpenBlock>();
  block->kind = OpenBlock::Kind::kLoop;
  block->head = &head;
  block->exit = &exit;
  const uint16_t loop = block->loop = NewLoop();
  Bind(&head);
  const bool endless =
      s.value->kind == ExpressionKind::kConstant && s.value->constant.IsBool() && s.value->constant.boolean();
  if (!endless) CompileJumpIf(*s.value, false, &orelse);
  unit_->blocks.push_back(std::move(block));
  CompileBlock(s.body);
  unit_->blocks.pop_back();
  EmitLoopJump(&head, loop);
  Bind(&orelse);
  CompileBlock(s.orelse);
  Bind(&exit);
}

void Compiler::CompileFor(const Statement& s) {
  Label head, orelse, exit;
  Compile(*s.value);
  {
    RangeScope range(this, s.value->range);
    Emit(Bytecode::kGetIter);
  }
  auto block = std::make_unique<OpenBlock>();
  block->kind = OpenBlock::Kind::kLoop;
  block->head = &head;
  block->exit = &exit;
  const uint16_t loop = block->loop = NewLoop();
  block->has_iterator = true;
  Bind(&head);
  {
    RangeScope range(this, s.value->range);
    EmitJump(Bytecode::kForIter, &orelse);
  }
  CompileAssignTo(*s.targets[0]);
  unit_->blocks.push_back(std::move(block));
  CompileBlock(s.body);
  unit_->blocks.pop_back();
  EmitLoopJump(&head, loop);
  Bind(&orelse);
  CompileBlock(s.orelse);
  Bind(&exit);
}

// ---- Leaving early ----------------------------------------------------------------------------------
void Compiler::CompileReturn(const Statement& s) {
  if (unit_->scope->Frame()->kind != Scope::Kind::kFunction)
    return Fail("'return' outside function", s.range);
  const int32_t height = unit_->height;
  if (s.value) {
    Compile(*s.value);
  } else {
    EmitConstant(Value::None());
  }
  Unwind(nullptr, true);
  Emit(Bytecode::kReturn);
  unit_->height = height;
}

void Compiler::CompileBreak(const Statement& s) {
  OpenBlock* loop = nullptr;
  for (const auto& block : unit_->blocks) {
    if (block->kind == OpenBlock::Kind::kLoop) loop = block.get();
  }
  const bool is_break = s.kind == StatementKind::kBreak;
  if (!loop) {
    return Fail(is_break ? "'break' outside loop" : "'continue' not properly in loop", s.range);
  }
  const int32_t height = unit_->height;
  Unwind(loop, false);
  if (is_break) {
    if (loop->has_iterator) Emit(Bytecode::kPop);
    EmitJump(Bytecode::kJump, loop->exit);
  } else {
    EmitLoopJump(loop->head, loop->loop);
  }
  unit_->height = height;
}

void Compiler::PauseProtection(size_t first) {
  for (size_t k = first; k < unit_->blocks.size(); ++k) {
    OpenBlock& block = *unit_->blocks[k];
    if (block.is_protected) block.ranges.push_back({block.range_begin, Here()});
  }
}

void Compiler::ResumeProtection(size_t first) {
  for (size_t k = first; k < unit_->blocks.size(); ++k) unit_->blocks[k]->range_begin = Here();
}

void Compiler::Unwind(const OpenBlock* limit, bool value) {
  // The blocks are taken off while their unwinding is compiled, so that a jump inside a finally body finds
  // those around it only; afterwards all are open again for the code that follows.
  std::vector<std::unique_ptr<OpenBlock>> taken;
  while (!unit_->blocks.empty() && unit_->blocks.back().get() != limit) {
    PauseProtection(unit_->blocks.size() - 1);
    taken.push_back(std::move(unit_->blocks.back()));
    unit_->blocks.pop_back();
    UnwindOne(*taken.back(), value);
  }
  const size_t first = unit_->blocks.size();
  while (!taken.empty()) {
    unit_->blocks.push_back(std::move(taken.back()));
    taken.pop_back();
  }
  // The jump or return itself follows, outside of all of them, which does not matter: it cannot fail.
  ResumeProtection(first);
}

void Compiler::UnwindOne(OpenBlock& block, bool value) {
  using Kind = OpenBlock::Kind;
  switch (block.kind) {
    case Kind::kTry:
      return;
    case Kind::kLoop:
      if (!block.has_iterator) return;
      if (value) Emit(Bytecode::kSwap);
      return Emit(Bytecode::kPop);
    case Kind::kFinally:
      return CompileBlock(*block.finally);
    case Kind::kHandler:
      if (value) Emit(Bytecode::kSwap);
      Emit(Bytecode::kPopHandled);
      return EmitForgetHandled(block.name);
    case Kind::kFinallyHandler:
      if (value) Emit(Bytecode::kSwap);
      Emit(Bytecode::kPop);
      if (value) Emit(Bytecode::kSwap);
      return Emit(Bytecode::kPopHandled);
    case Kind::kWith:
      if (value) Emit(Bytecode::kSwap);
      return Emit(Bytecode::kLeaveWith);
  }
}

// Unbinds the variable of "except ... as name".
void Compiler::EmitForgetHandled(const std::string& name) {
  if (name.empty()) return;
  EmitConstant(Value::None());
  StoreName(name);
  DeleteName(name);
}

// ---- Protected blocks -------------------------------------------------------------------------------
Compiler::OpenBlock* Compiler::OpenProtected(OpenBlock::Kind kind) {
  auto block = std::make_unique<OpenBlock>();
  block->kind = kind;
  block->is_protected = true;
  block->range_begin = Here();
  unit_->blocks.push_back(std::move(block));
  return unit_->blocks.back().get();
}

void Compiler::CloseProtected() {
  OpenBlock& block = *unit_->blocks.back();
  block.ranges.push_back({block.range_begin, Here()});
}

// try ... finally: the body and handlers are protected as a whole; the finally body is compiled twice, for
// the normal end and for an exception.
void Compiler::CompileTry(const Statement& s) {
  if (!s.has_finally) return CompileTryExcept(s);
  const int32_t height = unit_->height;
  Label done;
  OpenProtected(OpenBlock::Kind::kFinally)->finally = &s.finally;
  if (s.handlers.empty()) {
    CompileBlock(s.body);
  } else {
    CompileTryExcept(s);
  }
  CloseProtected();
  std::unique_ptr<OpenBlock> block = std::move(unit_->blocks.back());
  unit_->blocks.pop_back();
  CompileBlock(s.finally);
  EmitJump(Bytecode::kJump, &done);

  const uint32_t handler = Here();
  AddExceptions(*block, handler, height);
  unit_->height = height + 1;
  Emit(Bytecode::kPushHandled);
  OpenProtected(OpenBlock::Kind::kFinallyHandler);
  CompileBlock(s.finally);
  CloseProtected();
  block = std::move(unit_->blocks.back());
  unit_->blocks.pop_back();
  Emit(Bytecode::kReraiseHandled);
  AddExceptions(*block, Here(), height + 1);
  unit_->height = height + 2;
  Emit(Bytecode::kReraiseHandled);
  unit_->height = height;
  Bind(&done);
}

void Compiler::CompileTryExcept(const Statement& s) {
  const int32_t height = unit_->height;
  Label done;
  OpenProtected(OpenBlock::Kind::kTry);
  CompileBlock(s.body);
  CloseProtected();
  std::unique_ptr<OpenBlock> block = std::move(unit_->blocks.back());
  unit_->blocks.pop_back();
  CompileBlock(s.orelse);
  EmitJump(Bytecode::kJump, &done);

  AddExceptions(*block, Here(), height);
  unit_->height = height + 1;
  Emit(Bytecode::kPushHandled);
  for (size_t k = 0; k < s.handlers.size(); ++k) {
    if (!s.handlers[k].type && k + 1 < s.handlers.size())
      Fail("default 'except:' must be last", s.handlers[k].range);
    CompileHandler(s.handlers[k], &done);
  }
  unit_->height = height + 2;
  Emit(Bytecode::kReraiseHandled);
  done.height = height;
  Bind(&done);
}

// On the stack: what was handled before, the exception. Goes on behind the handler if it does not match.
void Compiler::CompileHandler(const Handler& handler, Label* done) {
  const int32_t height = unit_->height;
  Label next;
  OpenBlock* block = OpenProtected(OpenBlock::Kind::kHandler);
  block->name = handler.name;
  {
    RangeScope range(this, handler.range);
    if (handler.type) {
      Compile(*handler.type);
      Emit(Bytecode::kMatchException);
      EmitJump(Bytecode::kPopJumpIfFalse, &next);
    }
    if (handler.name.empty()) {
      Emit(Bytecode::kPop);
    } else {
      StoreName(handler.name);
    }
  }
  CompileBlock(handler.body);
  CloseProtected();
  std::unique_ptr<OpenBlock> closed = std::move(unit_->blocks.back());
  unit_->blocks.pop_back();
  Emit(Bytecode::kPopHandled);
  EmitForgetHandled(handler.name);
  EmitJump(Bytecode::kJump, done);

  // An exception in the handler: what was handled before is handled again.
  AddExceptions(*closed, Here(), height - 1);
  unit_->height = height;
  EmitForgetHandled(handler.name);
  Emit(Bytecode::kReraiseHandled);
  unit_->height = height;
  next.height = height;
  Bind(&next);
}

void Compiler::CompileWith(const Statement& s, size_t index) {
  if (index == s.managers.size()) return CompileBlock(s.body);
  const Manager& manager = s.managers[index];
  const int32_t height = unit_->height;
  Label done, suppressed;
  Compile(*manager.value);
  {
    RangeScope range(this, manager.value->range);
    Emit(Bytecode::kEnterWith);
  }
  OpenProtected(OpenBlock::Kind::kWith);
  if (manager.target) {
    CompileAssignTo(*manager.target);
  } else {
    Emit(Bytecode::kPop);
  }
  CompileWith(s, index + 1);
  CloseProtected();
  std::unique_ptr<OpenBlock> block = std::move(unit_->blocks.back());
  unit_->blocks.pop_back();
  Emit(Bytecode::kLeaveWith);
  EmitJump(Bytecode::kJump, &done);

  AddExceptions(*block, Here(), height + 1);
  unit_->height = height + 2;
  Emit(Bytecode::kPushHandled);
  const uint32_t begin = Here();
  Emit(Bytecode::kLeaveWithError);
  EmitJump(Bytecode::kPopJumpIfTrue, &suppressed);
  Emit(Bytecode::kReraiseHandled);
  AddException(begin, Here(), Here(), height + 2);
  unit_->height = height + 3;
  Emit(Bytecode::kReraiseHandled);
  unit_->height = height + 3;
  Bind(&suppressed);
  Emit(Bytecode::kPop);
  Emit(Bytecode::kPopHandled);
  Emit(Bytecode::kPop);
  Bind(&done);
}

}  // namespace lathe::script
