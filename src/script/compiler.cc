// Emission of instructions, functions and their slots, and the entry point.
#include "src/script/compiler.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/array/engine.h"
#include "src/script/compiler_state.h"
#include "src/script/parser.h"

namespace lathe::script {
namespace {

constexpr int kVaries = 1 << 20;

int StackEffect(Bytecode op, int b, int c) {
  (void)b, (void)c;
  switch (op) {
#define BYTECODE(ID, TEXT, EFFECT) \
  case Bytecode::k##ID:            \
    return EFFECT;
#include "src/script/bytecode.def"
#undef BYTECODE
  }
  return 0;
}

std::string_view BytecodeName(Bytecode op) {
  static constexpr std::string_view kNames[] = {
#define BYTECODE(ID, TEXT, EFFECT) #ID,
#include "src/script/bytecode.def"
#undef BYTECODE
  };
  return kNames[static_cast<size_t>(op)];
}

}  // namespace

// ---- Source -----------------------------------------------------------------------------------------
std::shared_ptr<const SourceFile> SourceFile::Make(std::string name, std::string text) {
  auto file = std::make_shared<SourceFile>();
  file->id = DefaultEngine().files().NumberOf(name);
  file->name = std::move(name);
  file->text = std::move(text);
  file->line_starts.push_back(0);
  for (size_t k = 0; k < file->text.size(); ++k) {
    if (file->text[k] == '\n') file->line_starts.push_back(k + 1);
  }
  return file;
}

std::string_view SourceFile::Line(int32_t number) const {
  if (number < 1 || static_cast<size_t>(number) > line_starts.size()) return {};
  const size_t begin = line_starts[static_cast<size_t>(number) - 1];
  const size_t end = std::min(text.find('\n', begin), text.size());
  std::string_view line = std::string_view(text).substr(begin, end - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// ---- Emission ---------------------------------------------------------------------------------------
void Compiler::Fail(std::string message, const SourceRange& range) {
  if (!problem_) {
    problem_ = SyntaxProblem{std::move(message), range.line, range.column, range.end_line, range.end_column};
  }
}

void Compiler::AdjustHeight(int change) {
  unit_->height += change;
  unit_->code->stack_size = std::max(unit_->code->stack_size, unit_->height);
}

void Compiler::Emit(Bytecode op, int32_t c, uint8_t a, uint16_t b, std::optional<int> effect) {
  CodeObject& code = *unit_->code;
  code.instructions.push_back({op, a, b, c});
  const SourceRange& r = unit_->range;
  const auto [place, added] =
      unit_->ranges.insert({{r.line, r.end_line, r.column, r.end_column, r.mark_start, r.mark_end},
                            static_cast<uint32_t>(code.ranges.size())});
  if (added) code.ranges.push_back(r);
  code.range_indices.push_back(place->second);
  // Two more than the stated effect may be needed in passing, by calls that shift their operands.
  code.stack_size = std::max(code.stack_size, unit_->height + 2);
  AdjustHeight(effect ? *effect : StackEffect(op, b, c));
}

int32_t Compiler::ConstantIndex(Value constant) {
  std::vector<Value>& constants = unit_->code->constants;
  // Only the latest are compared: the compiler stays linear in long tables of numbers.
  for (size_t k = constants.size() - std::min<size_t>(constants.size(), 64); k < constants.size(); ++k) {
    if (constants[k].Is(constant)) return static_cast<int32_t>(k);
  }
  constants.push_back(std::move(constant));
  return static_cast<int32_t>(constants.size()) - 1;
}

void Compiler::EmitConstant(Value constant) {
  Emit(Bytecode::kLoadConst, ConstantIndex(std::move(constant)));
}

int32_t Compiler::NameIndex(const std::string& name) {
  const auto [place, added] = unit_->names.insert({name, static_cast<int32_t>(unit_->code->names.size())});
  if (added) unit_->code->names.push_back(interner_.Intern(name));
  return place->second;
}

void Compiler::EmitJump(Bytecode op, Label* label, uint16_t b) {
  const uint32_t position = Here();
  // Two conditional jumps leave their operand on the stack only where they jump, one leaves it in any case.
  const bool always = op == Bytecode::kJump || op == Bytecode::kJumpUnlessBuiltin;
  const bool keeps = always || op == Bytecode::kJumpIfFalseOrPop || op == Bytecode::kJumpIfTrueOrPop;
  const int effect = op == Bytecode::kForIter ? 1 : always ? 0 : -1;
  const int32_t height = keeps ? unit_->height : unit_->height - 1;
  Emit(op, label->position, 0, b, effect);
  label->height = height;
  if (label->position < 0) label->uses.push_back(position);
}

void Compiler::EmitLoopJump(Label* head, uint16_t loop) {
  Emit(Bytecode::kJumpBack, head->position, 0, loop);
}

void Compiler::Bind(Label* label) {
  label->position = static_cast<int32_t>(Here());
  for (const uint32_t use : label->uses) unit_->code->instructions[use].c = label->position;
  if (label->height >= 0) {
    unit_->height = label->height;
  } else {
    label->height = unit_->height;
  }
}

void Compiler::AddException(uint32_t begin, uint32_t end, uint32_t target, int32_t height) {
  if (begin == end) return;
  unit_->code->exceptions.push_back({begin, end, target, static_cast<uint32_t>(height)});
}

void Compiler::AddExceptions(const OpenBlock& block, uint32_t target, int32_t height) {
  for (const auto& [begin, end] : block.ranges) AddException(begin, end, target, height);
}

uint16_t Compiler::NewLoop() {
  std::vector<int32_t>& countdowns = unit_->code->loop_countdowns;
  if (countdowns.size() < UINT16_MAX) countdowns.push_back(1);
  return static_cast<uint16_t>(countdowns.size() - 1);
}

int32_t Compiler::NewSlot(const std::string& name) {
  unit_->code->slot_names.push_back(interner_.Intern(name));
  return unit_->code->slot_count++;
}

// ---- Functions --------------------------------------------------------------------------------------
std::string Compiler::QualifiedName(const std::string& name, const Scope* scope) const {
  const Scope* parent = scope->parent;
  while (parent && parent->kind == Scope::Kind::kComprehension) parent = parent->parent;
  if (!parent || parent->kind == Scope::Kind::kModule) return name;
  const std::string& outer = unit_->code->qualified_name;
  return parent->kind == Scope::Kind::kClass ? absl::StrCat(outer, ".", name)
                                             : absl::StrCat(outer, ".<locals>.", name);
}

void Compiler::EnterUnit(std::string name, Scope* scope) {
  auto unit = std::make_unique<Unit>();
  unit->code = Make<CodeObject>();
  unit->code->qualified_name = unit_ ? QualifiedName(name, scope) : name;
  unit->code->name = std::move(name);
  unit->code->source = source_;
  unit->scope = scope;
  // A `finally` block is compiled twice, and so are the functions in it: each time with slots of its own.
  for (auto& [name_of_symbol, symbol] : scope->symbols) symbol.slot = -1;
  if (unit_) {
    unit->range = unit_->range;
    outer_.push_back(std::move(unit_));
  }
  unit_ = std::move(unit);
}

Ref<CodeObject> Compiler::LeaveUnit() {
  Ref<CodeObject> code = unit_->code;
  code->stack_size += 2;
  unit_.reset();
  if (!outer_.empty()) {
    unit_ = std::move(outer_.back());
    outer_.pop_back();
  }
  return code;
}

// Gives the variables of a function slots; parameters must have theirs already.
void Compiler::AssignSlots(Scope* scope) {
  if (scope->kind == Scope::Kind::kModule || scope->kind == Scope::Kind::kClass) return;
  for (auto& [name, symbol] : scope->symbols) {
    if (symbol.bound && !symbol.global && !symbol.nonlocal && symbol.slot < 0) symbol.slot = NewSlot(name);
  }
}

Ref<CodeObject> Compiler::CompileBody(const FunctionNode& function, const void* node,
                                      const Expression* lambda_body) {
  Scope* scope = scopes_.Of(node);
  EnterUnit(function.name, scope);
  CodeObject& code = *unit_->code;
  const auto add_parameter = [&](const std::string& name) { scope->symbols[name].slot = NewSlot(name); };
  for (const Parameter& parameter : function.positional) add_parameter(parameter.name);
  for (const Parameter& parameter : function.keyword_only) add_parameter(parameter.name);
  if (!function.rest.empty()) add_parameter(function.rest);
  if (!function.keywords.empty()) add_parameter(function.keywords);
  code.positional_count = static_cast<int32_t>(function.positional.size());
  code.keyword_only_count = static_cast<int32_t>(function.keyword_only.size());
  code.has_rest = !function.rest.empty();
  code.has_keywords = !function.keywords.empty();
  code.is_generator = scope->is_generator;
  AssignSlots(scope);
  // Comprehensions add slots of their own later; the free variables' must be known now, so they come first.
  code.free_begin = code.slot_count;
  for (const std::string& name : scope->free_names) NewSlot(name);
  code.free_count = code.slot_count - code.free_begin;
  for (const auto& [name, symbol] : scope->symbols) {
    if (symbol.captured && symbol.slot >= 0) Emit(Bytecode::kMakeCell, symbol.slot);
  }
  if (lambda_body) {
    RangeScope range(this, lambda_body->range);
    Compile(*lambda_body);
    Emit(Bytecode::kReturn);
  } else {
    TakeDocstring(function.body, &code);
    CompileBlock(function.body);
    EmitConstant(Value::None());
    Emit(Bytecode::kReturn);
  }
  return LeaveUnit();
}

void Compiler::TakeDocstring(const Block& body, CodeObject* code) {
  if (body.empty() || body[0]->kind != StatementKind::kExpression) return;
  const Expression& value = *body[0]->value;
  if (value.kind == ExpressionKind::kConstant && value.constant.As<StringObject>())
    code->doc = value.constant;
}

void Compiler::EmitFunction(const FunctionNode& function, const void* node, const Expression* lambda_body) {
  uint8_t flags = 0;
  int32_t defaults = 0;
  for (const Parameter& parameter : function.positional) {
    if (!parameter.fallback) continue;
    Compile(*parameter.fallback);
    ++defaults;
  }
  if (defaults > 0) {
    Emit(Bytecode::kBuildTuple, defaults);
    flags |= 1;
  }
  if (!function.keyword_only.empty()) {
    for (const Parameter& parameter : function.keyword_only) {
      if (parameter.fallback) {
        Compile(*parameter.fallback);
      } else {
        EmitConstant(Value());
      }
    }
    Emit(Bytecode::kBuildTuple, static_cast<int32_t>(function.keyword_only.size()));
    flags |= 2;
  }
  EmitMakeFunction(CompileBody(function, node, lambda_body), scopes_.Of(node), flags);
}

// Emits the cells that the function takes along, and the instruction that makes it.
void Compiler::EmitMakeFunction(Ref<CodeObject> code, Scope* scope, uint8_t flags) {
  int effect = 1 - ((flags & 1) + (flags >> 1 & 1));
  if (!scope->free_names.empty()) {
    for (const std::string& name : scope->free_names) {
      const Place place = scopes_.Find(unit_->scope, name);
      const int32_t slot =
          place.kind == Place::Kind::kFree ? unit_->code->free_begin + place.slot : place.slot;
      Emit(Bytecode::kLoadClosure, slot);
    }
    Emit(Bytecode::kBuildTuple, static_cast<int32_t>(scope->free_names.size()));
    flags |= 4;
    --effect;
  }
  Emit(Bytecode::kMakeFunction, ConstantIndex(Value(code)), flags, 0, effect);
}

Ref<CodeObject> Compiler::CompileModule(const Block& body) {
  EnterUnit("<module>", scopes_.module());
  unit_->range = {1, 1, 0, 0};
  TakeDocstring(body, unit_->code.get());
  CompileBlock(body);
  EmitConstant(Value::None());
  Emit(Bytecode::kReturn);
  return LeaveUnit();
}

Ref<CodeObject> Compile(std::shared_ptr<const SourceFile> source, ModuleObject& module, Interner& interner,
                        const CompileOptions& options, std::optional<SyntaxProblem>* problem) {
  Block body;
  *problem = Parse(source->text, &body);
  if (*problem) return nullptr;
  ScopeTable scopes;
  *problem = scopes.Build(body);
  if (*problem) return nullptr;
  Compiler compiler(std::move(source), module, interner, scopes, options);
  Ref<CodeObject> code = compiler.CompileModule(body);
  *problem = compiler.problem();
  return *problem ? nullptr : code;
}

std::string Disassemble(const CodeObject& code) {
  std::string text;
  for (size_t k = 0; k < code.instructions.size(); ++k) {
    const Instruction& i = code.instructions[k];
    const std::string_view name = BytecodeName(i.op);
    absl::StrAppend(&text, code.RangeOf(static_cast<uint32_t>(k)).line, "\t", k, "\t",
                    absl::string_view(name.data(), name.size()), " ", i.c);
    if (i.a || i.b) absl::StrAppend(&text, " a=", i.a, " b=", i.b);
    text += '\n';
  }
  return text;
}

}  // namespace lathe::script
