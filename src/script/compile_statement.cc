// Statements that do not jump: assignments, definitions, imports, del, assert; and names.
#include "src/script/compiler_state.h"

namespace lathe::script {

void Compiler::CompileBlock(const Block& block) {
  for (const StatementPtr& statement : block) {
    if (problem_) return;
    CompileStatement(*statement);
  }
}

void Compiler::CompileStatement(const Statement& s) {
  RangeScope range(this, s.range);
  switch (s.kind) {
    case StatementKind::kExpression:
      if (s.value->kind == ExpressionKind::kConstant && !options_.interactive) return;
      Compile(*s.value);
      Emit(options_.interactive && outer_.empty() ? Bytecode::kEcho : Bytecode::kPop);
      return;
    case StatementKind::kAssign:
      Compile(*s.value);
      for (size_t k = 0; k < s.targets.size(); ++k) {
        if (k + 1 < s.targets.size()) Emit(Bytecode::kDup);
        CompileAssignTo(*s.targets[k]);
      }
      return;
    case StatementKind::kAugmented:
      return CompileAugmented(s);
    case StatementKind::kAnnotated:
      if (!s.value) return;
      Compile(*s.value);
      return CompileAssignTo(*s.targets[0]);
    case StatementKind::kIf:
      return CompileIf(s);
    case StatementKind::kWhile:
      return CompileWhile(s);
    case StatementKind::kFor:
      return CompileFor(s);
    case StatementKind::kFunction:
      return CompileFunction(s);
    case StatementKind::kClass:
      return CompileClass(s);
    case StatementKind::kReturn:
      return CompileReturn(s);
    case StatementKind::kDelete:
      for (const ExpressionPtr& target : s.targets) CompileDelete(*target);
      return;
    case StatementKind::kPass:
    case StatementKind::kGlobal:
    case StatementKind::kNonlocal:
      return;
    case StatementKind::kBreak:
    case StatementKind::kContinue:
      return CompileBreak(s);
    case StatementKind::kImport:
      return CompileImport(s);
    case StatementKind::kImportFrom:
      return CompileImportFrom(s);
    case StatementKind::kAssert:
      return CompileAssert(s);
    case StatementKind::kRaise:
      if (s.value) Compile(*s.value);
      if (!s.targets.empty()) Compile(*s.targets[0]);
      Emit(Bytecode::kRaise, (s.value ? 1 : 0) + static_cast<int32_t>(s.targets.size()));
      return;
    case StatementKind::kTry:
      return CompileTry(s);
    case StatementKind::kWith:
      return CompileWith(s, 0);
  }
}

// ---- Names ------------------------------------------------------------------------------------------
void Compiler::LoadName(const std::string& name) {
  const Place place = scopes_.Find(unit_->scope, name);
  switch (place.kind) {
    case Place::Kind::kLocal:
      return Emit(Bytecode::kLoadLocal, place.slot);
    case Place::Kind::kCell:
      return Emit(Bytecode::kLoadCell, place.slot);
    case Place::Kind::kFree:
      return Emit(Bytecode::kLoadCell, unit_->code->free_begin + place.slot);
    case Place::Kind::kGlobal:
      return Emit(Bytecode::kLoadGlobal,
                  static_cast<int32_t>(module_.variables.Intern(interner_.Intern(name))));
    case Place::Kind::kName:
      return Emit(Bytecode::kLoadName, NameIndex(name));
  }
}

void Compiler::StoreName(const std::string& name) {
  const Place place = scopes_.Find(unit_->scope, name);
  switch (place.kind) {
    case Place::Kind::kLocal:
      return Emit(Bytecode::kStoreLocal, place.slot);
    case Place::Kind::kCell:
      return Emit(Bytecode::kStoreCell, place.slot);
    case Place::Kind::kFree:
      return Emit(Bytecode::kStoreCell, unit_->code->free_begin + place.slot);
    case Place::Kind::kGlobal:
      return Emit(Bytecode::kStoreGlobal,
                  static_cast<int32_t>(module_.variables.Intern(interner_.Intern(name))));
    case Place::Kind::kName:
      return Emit(Bytecode::kStoreName, NameIndex(name));
  }
}

void Compiler::DeleteName(const std::string& name) {
  const Place place = scopes_.Find(unit_->scope, name);
  switch (place.kind) {
    case Place::Kind::kLocal:
      return Emit(Bytecode::kDeleteLocal, place.slot);
    case Place::Kind::kCell:
      return Emit(Bytecode::kDeleteCell, place.slot);
    case Place::Kind::kFree:
      return Emit(Bytecode::kDeleteCell, unit_->code->free_begin + place.slot);
    case Place::Kind::kGlobal:
      return Emit(Bytecode::kDeleteGlobal,
                  static_cast<int32_t>(module_.variables.Intern(interner_.Intern(name))));
    case Place::Kind::kName:
      return Emit(Bytecode::kDeleteName, NameIndex(name));
  }
}

// ---- Assignment -------------------------------------------------------------------------------------
// The value is on the stack.
void Compiler::CompileAssignTo(const Expression& target) {
  RangeScope range(this, target.range);
  switch (target.kind) {
    case ExpressionKind::kName:
      return StoreName(target.name);
    case ExpressionKind::kAttribute:
      Compile(*target.items[0]);
      return Emit(Bytecode::kStoreAttribute, NameIndex(target.name));
    case ExpressionKind::kSubscript:
      Compile(*target.items[0]);
      Compile(*target.items[1]);
      return Emit(Bytecode::kStoreSubscript);
    case ExpressionKind::kTuple:
    case ExpressionKind::kList:
      return CompileUnpack(target);
    case ExpressionKind::kStarred:
      return Fail("starred assignment target must be in a list or tuple", target.range);
    default:
      return Fail("cannot assign to expression", target.range);
  }
}

void Compiler::CompileUnpack(const Expression& target) {
  int32_t star = -1;
  const auto count = static_cast<int32_t>(target.items.size());
  for (int32_t k = 0; k < count; ++k) {
    if (target.items[static_cast<size_t>(k)]->kind != ExpressionKind::kStarred) continue;
    if (star >= 0) return Fail("multiple starred expressions in assignment", target.range);
    star = k;
  }
  if (star < 0) {
    Emit(Bytecode::kUnpack, count);
  } else {
    Emit(Bytecode::kUnpackStarred, count - star - 1, 0, static_cast<uint16_t>(star));
  }
  for (const ExpressionPtr& item : target.items) {
    CompileAssignTo(item->kind == ExpressionKind::kStarred ? *item->items[0] : *item);
  }
}

void Compiler::CompileAugmented(const Statement& s) {
  const Expression& target = *s.targets[0];
  {
    RangeScope range(this, target.range);
    if (target.kind == ExpressionKind::kName) {
      LoadName(target.name);
    } else if (target.kind == ExpressionKind::kAttribute) {
      Compile(*target.items[0]);
      Emit(Bytecode::kDup);
      Emit(Bytecode::kLoadAttribute, NameIndex(target.name));
    } else {
      Compile(*target.items[0]);
      Compile(*target.items[1]);
      Emit(Bytecode::kDupTwo);
      Emit(Bytecode::kLoadSubscript);
    }
  }
  Compile(*s.value);
  Emit(s.op, 0, 1);
  RangeScope range(this, target.range);
  if (target.kind == ExpressionKind::kName) return StoreName(target.name);
  if (target.kind == ExpressionKind::kAttribute) {
    Emit(Bytecode::kSwap);
    return Emit(Bytecode::kStoreAttribute, NameIndex(target.name));
  }
  Emit(Bytecode::kRotThree);
  Emit(Bytecode::kStoreSubscript);
}

void Compiler::CompileDelete(const Expression& target) {
  RangeScope range(this, target.range);
  switch (target.kind) {
    case ExpressionKind::kName:
      return DeleteName(target.name);
    case ExpressionKind::kAttribute:
      Compile(*target.items[0]);
      return Emit(Bytecode::kDeleteAttribute, NameIndex(target.name));
    case ExpressionKind::kSubscript:
      Compile(*target.items[0]);
      Compile(*target.items[1]);
      return Emit(Bytecode::kDeleteSubscript);
    default:
      for (const ExpressionPtr& item : target.items) CompileDelete(*item);
  }
}

// ---- Definitions ------------------------------------------------------------------------------------
void Compiler::CompileFunction(const Statement& s) {
  for (const ExpressionPtr& decorator : s.decorators) Compile(*decorator);
  EmitFunction(*s.function, s.function.get(), nullptr);
  for (size_t k = s.decorators.size(); k-- > 0;) {
    RangeScope range(this, s.decorators[k]->range);
    Emit(Bytecode::kCall, 1);
  }
  StoreName(s.function->name);
}

void Compiler::CompileClass(const Statement& s) {
  for (const ExpressionPtr& decorator : s.decorators) Compile(*decorator);
  Scope* scope = scopes_.Of(s.function.get());
  EnterUnit(s.function->name, scope);
  unit_->code->is_class_body = true;
  unit_->code->free_begin = unit_->code->slot_count;
  for (const std::string& name : scope->free_names) NewSlot(name);
  TakeDocstring(s.function->body, unit_->code.get());
  CompileBlock(s.function->body);
  EmitConstant(Value::None());
  Emit(Bytecode::kReturn);
  EmitMakeFunction(LeaveUnit(), scope, 0);
  for (const ExpressionPtr& base : s.targets) Compile(*base);
  Emit(Bytecode::kBuildTuple, static_cast<int32_t>(s.targets.size()));
  Emit(Bytecode::kMakeClass, NameIndex(s.function->name));
  for (size_t k = 0; k < s.decorators.size(); ++k) Emit(Bytecode::kCall, 1);
  StoreName(s.function->name);
}

void Compiler::CompileImport(const Statement& s) {
  for (const Import& import : s.imports) {
    const bool dotted = import.alias.empty() && import.name.find('.') != std::string::npos;
    Emit(Bytecode::kImportName, NameIndex(import.name), dotted ? 1 : 0);
    StoreName(import.alias.empty() ? import.name.substr(0, import.name.find('.')) : import.alias);
  }
}

void Compiler::CompileImportFrom(const Statement& s) {
  if (s.module == "__future__") return;
  Emit(Bytecode::kImportName, NameIndex(s.module));
  if (s.imports[0].name == "*") {
    if (unit_->scope->kind != Scope::Kind::kModule) Fail("import * only allowed at module level", s.range);
    return Emit(Bytecode::kImportStar);
  }
  for (const Import& import : s.imports) {
    Emit(Bytecode::kImportFrom, NameIndex(import.name));
    StoreName(import.alias.empty() ? import.name : import.alias);
  }
  Emit(Bytecode::kPop);
}

void Compiler::CompileAssert(const Statement& s) {
  Label done;
  CompileJumpIf(*s.value, true, &done);
  RangeScope range(this, s.value->range);
  unit_->range.mark_start = unit_->range.mark_end = -1;
  Emit(Bytecode::kLoadAssertionError);
  if (!s.targets.empty()) {
    Compile(*s.targets[0]);
    Emit(Bytecode::kCall, 1);
  }
  Emit(Bytecode::kRaise, 1);
  Bind(&done);
}

}  // namespace lathe::script
