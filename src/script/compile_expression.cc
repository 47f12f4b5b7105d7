// Expressions.
#include <cmath>

#include "src/script/compiler_state.h"

namespace lathe::script {
namespace {

using Wide = __int128;

std::optional<Wide> FoldPower(Wide base, Wide exponent) {
  if (exponent < 0 || exponent > 126) return {};
  Wide result = 1;
  for (Wide k = 0; k < exponent; ++k) {
    if (__builtin_mul_overflow(result, base, &result)) return {};
  }
  return result;
}

// The value of an expression of integer literals, computed in 128 bits: "2**63 - 1" passes through a number
// that 64 bits do not hold.
std::optional<Wide> FoldInteger(const Expression& e) {
  if (e.kind == ExpressionKind::kConstant) {
    if (e.constant.IsInt()) return e.constant.integer();
    if (!e.constant.IsUndefined()) return {};
    Wide value = 0;
    for (char c : e.name) {
      const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      if (__builtin_mul_overflow(value, Wide{e.conversion}, &value) ||
          __builtin_add_overflow(value, Wide{digit}, &value)) {
        return {};
      }
    }
    return value;
  }
  if (e.kind == ExpressionKind::kUnary && e.op == Bytecode::kNegative) {
    std::optional<Wide> value = FoldInteger(*e.items[0]);
    if (value) *value = -*value;
    return value;
  }
  if (e.kind != ExpressionKind::kBinary) return {};
  const std::optional<Wide> x = FoldInteger(*e.items[0]);
  if (!x) return {};
  const std::optional<Wide> y = FoldInteger(*e.items[1]);
  if (!y) return {};
  Wide result = 0;
  switch (e.op) {
    case Bytecode::kAdd:
      return __builtin_add_overflow(*x, *y, &result) ? std::nullopt : std::optional(result);
    case Bytecode::kSubtract:
      return __builtin_sub_overflow(*x, *y, &result) ? std::nullopt : std::optional(result);
    case Bytecode::kMultiply:
      return __builtin_mul_overflow(*x, *y, &result) ? std::nullopt : std::optional(result);
    case Bytecode::kPower:
      return FoldPower(*x, *y);
    case Bytecode::kLeftShift:
      return *y >= 0 && *y < 126 ? FoldPower(2, *y) && !__builtin_mul_overflow(*x, *FoldPower(2, *y), &result)
                                       ? std::optional(result)
                                       : std::nullopt
                                 : std::nullopt;
    default:
      return {};
  }
}

}  // namespace

// Emits a constant expression of numbers as its value.
bool Compiler::TryFold(const Expression& e) {
  if (e.kind == ExpressionKind::kUnary && e.op == Bytecode::kNegative && e.items[0]->constant.IsFloat()) {
    EmitConstant(Value::Float(-e.items[0]->constant.number()));
    return true;
  }
  const std::optional<Wide> value = FoldInteger(e);
  if (!value || *value < INT64_MIN || *value > UINT64_MAX) return false;
  if (*value > INT64_MAX) {
    // Such numbers are masks and hash constants: NumPy's unsigned integer holds them.
    EmitConstant(Value::Of(Scalar::Of(static_cast<uint64_t>(*value))));
  } else {
    EmitConstant(Value::Int(static_cast<int64_t>(*value)));
  }
  return true;
}

void Compiler::Compile(const Expression& e) {
  if (problem_) return;
  RangeScope range(this, e.range);
  switch (e.kind) {
    case ExpressionKind::kConstant:
      return CompileConstant(e);
    case ExpressionKind::kName:
      return LoadName(e.name);
    case ExpressionKind::kFString:
      return CompileFString(e);
    case ExpressionKind::kFormatted:
      return CompileFormatted(e);
    case ExpressionKind::kTuple:
      return CompileDisplay(e, Bytecode::kBuildTuple, Bytecode::kListAppend, Bytecode::kListExtend);
    case ExpressionKind::kList:
      return CompileDisplay(e, Bytecode::kBuildList, Bytecode::kListAppend, Bytecode::kListExtend);
    case ExpressionKind::kSet:
      return CompileDisplay(e, Bytecode::kBuildSet, Bytecode::kSetAdd, Bytecode::kSetUpdate);
    case ExpressionKind::kDict:
      return CompileDict(e);
    case ExpressionKind::kUnary:
      if (TryFold(e)) return;
      Compile(*e.items[0]);
      return Emit(e.op);
    case ExpressionKind::kBinary:
      if (TryFold(e)) return;
      Compile(*e.items[0]);
      Compile(*e.items[1]);
      return Emit(e.op);
    case ExpressionKind::kAnd:
    case ExpressionKind::kOr:
      return CompileBoolean(e);
    case ExpressionKind::kCompare:
      return CompileCompare(e);
    case ExpressionKind::kConditional:
      return CompileConditional(e);
    case ExpressionKind::kLambda:
      return EmitFunction(*e.function, &e, e.items[0].get());
    case ExpressionKind::kCall:
      return CompileCall(e);
    case ExpressionKind::kAttribute:
      Compile(*e.items[0]);
      return Emit(Bytecode::kLoadAttribute, NameIndex(e.name));
    case ExpressionKind::kSubscript:
      Compile(*e.items[0]);
      Compile(*e.items[1]);
      return Emit(Bytecode::kLoadSubscript);
    case ExpressionKind::kSlice:
      return CompileSlice(e);
    case ExpressionKind::kStarred:
      return Fail("can't use starred expression here", e.range);
    case ExpressionKind::kListOf:
    case ExpressionKind::kSetOf:
    case ExpressionKind::kDictOf:
      return CompileComprehension(e);
    case ExpressionKind::kGenerator:
      return CompileGenerator(e);
    case ExpressionKind::kYield:
      if (e.items[0]) {
        Compile(*e.items[0]);
      } else {
        EmitConstant(Value::None());
      }
      return Emit(Bytecode::kYield);
    case ExpressionKind::kYieldFrom:
      return CompileYieldFrom(e);
    case ExpressionKind::kNamed:
      Compile(*e.items[1]);
      Emit(Bytecode::kDup);
      return StoreName(e.items[0]->name);
  }
}

void Compiler::CompileConstant(const Expression& e) {
  if (!e.constant.IsUndefined()) return EmitConstant(e.constant);
  if (TryFold(e)) return;
  Emit(Bytecode::kIntegerTooLarge);
}

void Compiler::CompileFString(const Expression& e) {
  for (const ExpressionPtr& part : e.items) Compile(*part);
  if (e.items.size() == 1) return;
  Emit(Bytecode::kBuildString, static_cast<int32_t>(e.items.size()));
}

void Compiler::CompileFormatted(const Expression& e) {
  Compile(*e.items[0]);
  const bool with_format = e.items.size() > 1;
  if (with_format) Compile(*e.items[1]);
  Emit(Bytecode::kFormatValue, 0, static_cast<uint8_t>(e.conversion), with_format ? 1 : 0);
}

void Compiler::CompileDisplay(const Expression& e, Bytecode build, Bytecode append, Bytecode extend) {
  bool starred = false;
  for (const ExpressionPtr& item : e.items) starred = starred || item->kind == ExpressionKind::kStarred;
  if (!starred && e.items.size() < 2000) {
    for (const ExpressionPtr& item : e.items) Compile(*item);
    return Emit(build, static_cast<int32_t>(e.items.size()));
  }
  const bool tuple = build == Bytecode::kBuildTuple;
  Emit(tuple ? Bytecode::kBuildList : build, 0);
  for (const ExpressionPtr& item : e.items) {
    if (item->kind == ExpressionKind::kStarred) {
      Compile(*item->items[0]);
      Emit(extend);
    } else {
      Compile(*item);
      Emit(append, 1);
    }
  }
  if (tuple) Emit(Bytecode::kListToTuple);
}

void Compiler::CompileDict(const Expression& e) {
  bool plain = e.items.size() < 1000;
  for (const ExpressionPtr& key : e.items) plain = plain && key;
  if (plain) {
    for (size_t k = 0; k < e.items.size(); ++k) {
      Compile(*e.items[k]);
      Compile(*e.values[k]);
    }
    return Emit(Bytecode::kBuildDict, static_cast<int32_t>(e.items.size()));
  }
  Emit(Bytecode::kBuildDict, 0);
  for (size_t k = 0; k < e.items.size(); ++k) {
    if (e.items[k]) {
      Compile(*e.items[k]);
      Compile(*e.values[k]);
      Emit(Bytecode::kDictSet, 1);
    } else {
      Compile(*e.values[k]);
      Emit(Bytecode::kDictMerge);
    }
  }
}

void Compiler::CompileBoolean(const Expression& e) {
  const Bytecode jump =
      e.kind == ExpressionKind::kAnd ? Bytecode::kJumpIfFalseOrPop : Bytecode::kJumpIfTrueOrPop;
  Label done;
  for (size_t k = 0; k < e.items.size(); ++k) {
    Compile(*e.items[k]);
    if (k + 1 < e.items.size()) EmitJump(jump, &done);
  }
  Bind(&done);
}

void Compiler::CompileCompare(const Expression& e) {
  const auto emit = [this](const Comparison& comparison) {
    Emit(comparison.op, 0, comparison.negated ? 1 : 0);
  };
  Compile(*e.items[0]);
  if (e.comparisons.size() == 1) {
    Compile(*e.items[1]);
    return emit(e.comparisons[0]);
  }
  // a < b < c: b is kept for the second comparison, and dropped if the first one fails.
  Label cleanup, done;
  for (size_t k = 0; k < e.comparisons.size(); ++k) {
    Compile(*e.items[k + 1]);
    if (k + 1 == e.comparisons.size()) {
      emit(e.comparisons[k]);
      break;
    }
    Emit(Bytecode::kDup);
    Emit(Bytecode::kRotThree);
    emit(e.comparisons[k]);
    EmitJump(Bytecode::kJumpIfFalseOrPop, &cleanup);
  }
  EmitJump(Bytecode::kJump, &done);
  Bind(&cleanup);
  Emit(Bytecode::kSwap);
  Emit(Bytecode::kPop);
  Bind(&done);
}

void Compiler::CompileConditional(const Expression& e) {
  Label otherwise, done;
  CompileJumpIf(*e.items[0], false, &otherwise);
  Compile(*e.items[1]);
  EmitJump(Bytecode::kJump, &done);
  Bind(&otherwise);
  Compile(*e.items[2]);
  Bind(&done);
}

void Compiler::CompileCall(const Expression& e) {
  if (e.inlined) return CompileConsumer(e);
  bool unpacked = e.items.size() > 255 || e.keywords.size() > 255;
  for (const ExpressionPtr& item : e.items) unpacked = unpacked || item->kind == ExpressionKind::kStarred;
  for (const Keyword& keyword : e.keywords) unpacked = unpacked || keyword.name.empty();
  if (unpacked) return CompileUnpackedCall(e);
  const Expression& callee = *e.items[0];
  const bool method = callee.kind == ExpressionKind::kAttribute;
  if (method) {
    Compile(*callee.items[0]);
    RangeScope range(this, callee.range);
    Emit(Bytecode::kLoadMethod, NameIndex(callee.name));
  } else {
    Compile(callee);
  }
  for (size_t k = 1; k < e.items.size(); ++k) Compile(*e.items[k]);
  std::vector<Value> names;
  for (const Keyword& keyword : e.keywords) {
    for (const Value& earlier : names) {
      if (earlier.Get<StringObject>()->text() == keyword.name) {
        return Fail("keyword argument repeated: " + keyword.name, keyword.range);
      }
    }
    Compile(*keyword.value);
    names.push_back(Value(interner_.Intern(keyword.name)));
  }
  const auto count = static_cast<int32_t>(e.items.size() - 1 + e.keywords.size());
  if (names.empty()) return Emit(method ? Bytecode::kCallMethod : Bytecode::kCall, count);
  const int32_t index = ConstantIndex(MakeTuple(std::move(names)));
  if (index > UINT16_MAX) return Fail("too many constants in one function", e.range);
  Emit(method ? Bytecode::kCallMethodKeywords : Bytecode::kCallKeywords, count, 0,
       static_cast<uint16_t>(index));
}

void Compiler::CompileUnpackedCall(const Expression& e) {
  // The arguments before the first *, then by turns the items of one and the arguments behind it.
  Compile(*e.items[0]);
  const auto starred = [&](size_t k) { return e.items[k]->kind == ExpressionKind::kStarred; };
  for (size_t k = 1; k <= e.items.size();) {
    int32_t plain = 0;
    const bool first = k == 1;
    for (; k < e.items.size() && !starred(k); ++k, ++plain) Compile(*e.items[k]);
    if (first || plain > 0) Emit(Bytecode::kBuildTuple, plain);
    if (!first && plain > 0) Emit(Bytecode::kTupleExtend);
    if (k == e.items.size()) break;
    Compile(*e.items[k++]->items[0]);
    Emit(Bytecode::kTupleExtend);
  }
  if (e.keywords.empty()) {
    EmitConstant(Value::None());
    return Emit(Bytecode::kCallUnpacked);
  }
  Emit(Bytecode::kBuildDict, 0);
  for (const Keyword& keyword : e.keywords) {
    if (keyword.name.empty()) {
      Compile(*keyword.value);
      Emit(Bytecode::kDictMerge, 0, 1);
    } else {
      EmitConstant(Value(interner_.Intern(keyword.name)));
      Compile(*keyword.value);
      Emit(Bytecode::kDictSet, 1);
    }
  }
  Emit(Bytecode::kCallUnpacked);
}

void Compiler::CompileSlice(const Expression& e) {
  for (const ExpressionPtr& bound : e.items) {
    if (bound) {
      Compile(*bound);
    } else {
      EmitConstant(Value::None());
    }
  }
  Emit(Bytecode::kBuildSlice);
}

// ---- Comprehensions ---------------------------------------------------------------------------------
// Puts the first iterator on the stack and makes the variables; what the scope was is given back.
Scope* Compiler::EnterComprehension(const Expression& e) {
  Compile(*e.clauses[0].iterable);
  {
    RangeScope range(this, e.clauses[0].iterable->range);
    Emit(Bytecode::kGetIter);
  }
  Scope* scope = scopes_.Of(&e);
  Scope* outer = unit_->scope;
  unit_->scope = scope;
  for (auto& [name, symbol] : scope->symbols) symbol.slot = -1;
  AssignSlots(scope);
  for (const auto& [name, symbol] : scope->symbols) {
    if (!symbol.captured || symbol.slot < 0) continue;
    Emit(Bytecode::kDeleteLocal, symbol.slot, 1);
    Emit(Bytecode::kMakeCell, symbol.slot);
  }
  return outer;
}

// The variables are gone after it: they keep nothing alive.
void Compiler::LeaveComprehension(const Expression& e, Scope* outer) {
  for (const auto& [name, symbol] : scopes_.Of(&e)->symbols) {
    if (symbol.slot >= 0) Emit(Bytecode::kDeleteLocal, symbol.slot, 1);
  }
  unit_->scope = outer;
}

void Compiler::CompileComprehension(const Expression& e) {
  Scope* outer = EnterComprehension(e);
  const Bytecode build = e.kind == ExpressionKind::kListOf  ? Bytecode::kBuildList
                         : e.kind == ExpressionKind::kSetOf ? Bytecode::kBuildSet
                                                            : Bytecode::kBuildDict;
  Emit(build, 0);
  Emit(Bytecode::kSwap);
  CompileClauses(e, 0, 1, [&](int depth) {
    Compile(*e.items[0]);
    if (e.kind == ExpressionKind::kDictOf) {
      Compile(*e.items[1]);
      Emit(Bytecode::kDictSet, depth);
    } else {
      Emit(e.kind == ExpressionKind::kListOf ? Bytecode::kListAppend : Bytecode::kSetAdd, depth);
    }
  });
  LeaveComprehension(e, outer);
}

// One for clause and all inside it. The iterator of the clause is on the stack; `depth` values above the
// result, counted from the element's place.
void Compiler::CompileClauses(const Expression& e, size_t index, int depth,
                              const std::function<void(int)>& emit_element) {
  const ForClause& clause = e.clauses[index];
  Label head, done;
  if (index > 0) {
    Compile(*clause.iterable);
    RangeScope range(this, clause.iterable->range);
    Emit(Bytecode::kGetIter);
  }
  Bind(&head);
  {
    RangeScope range(this, clause.iterable->range);
    EmitJump(Bytecode::kForIter, &done);
  }
  CompileAssignTo(*clause.target);
  Label next;
  for (const ExpressionPtr& condition : clause.conditions) CompileJumpIf(*condition, false, &next);
  if (index + 1 < e.clauses.size()) {
    CompileClauses(e, index + 1, depth + 1, emit_element);
  } else {
    emit_element(depth + 1);
  }
  Bind(&next);
  EmitLoopJump(&head, NewLoop());
  Bind(&done);
}

void Compiler::CompileGenerator(const Expression& e) {
  Scope* scope = scopes_.Of(&e);
  EnterUnit("<genexpr>", scope);
  unit_->code->is_generator = true;
  unit_->code->positional_count = 1;
  scope->symbols[".0"].slot = NewSlot(".0");
  AssignSlots(scope);
  unit_->code->free_begin = unit_->code->slot_count;
  for (const std::string& name : scope->free_names) NewSlot(name);
  for (const auto& [name, symbol] : scope->symbols) {
    if (symbol.captured && symbol.slot >= 0) Emit(Bytecode::kMakeCell, symbol.slot);
  }
  Emit(Bytecode::kLoadLocal, scope->symbols[".0"].slot);
  CompileClauses(e, 0, 0, [&](int) {
    Compile(*e.items[0]);
    Emit(Bytecode::kYield);
    Emit(Bytecode::kPop);
  });
  EmitConstant(Value::None());
  Emit(Bytecode::kReturn);
  EmitMakeFunction(LeaveUnit(), scope, 0);
  Compile(*e.clauses[0].iterable);
  Emit(Bytecode::kGetIter);
  Emit(Bytecode::kCall, 1);
}

void Compiler::CompileYieldFrom(const Expression& e) {
  Label head, done;
  Compile(*e.items[0]);
  Emit(Bytecode::kGetIter);
  Bind(&head);
  EmitJump(Bytecode::kForIter, &done);
  Emit(Bytecode::kYield);
  Emit(Bytecode::kPop);
  EmitLoopJump(&head, NewLoop());
  Bind(&done);
  EmitConstant(Value::None());
}

}  // namespace lathe::script
