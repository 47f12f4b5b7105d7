// The compiler's class, shared by compiler.cc (emission, functions), compile_statement.cc, compile_flow.cc
// (loops, try, with: all that jumps) and compile_expression.cc.
//
// Stack discipline. height_ is the number of values above the frame's slots at the next instruction; every
// label remembers the height at which it is jumped to. What leaves a block early (break, continue, return)
// unwinds the open blocks from the inside: it drops what they keep on the stack and runs a copy of their
// `finally` body, which is not protected by the block itself, hence the gaps in its exception ranges.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/script/compiler.h"
#include "src/script/scope.h"

namespace lathe::script {

class Compiler {
 public:
  Compiler(std::shared_ptr<const SourceFile> source, ModuleObject& module, Interner& interner,
           ScopeTable& scopes, const CompileOptions& options)
      : source_(std::move(source)),
        module_(module),
        interner_(interner),
        scopes_(scopes),
        options_(options) {}

  Ref<CodeObject> CompileModule(const Block& body);
  const std::optional<SyntaxProblem>& problem() const { return problem_; }

 private:
  struct Label {
    int32_t position = -1;
    int32_t height = -1;
    std::vector<uint32_t> uses;
  };

  // An open block of the function being compiled.
  struct OpenBlock {
    enum class Kind {
      kLoop,            // keeps an iterator if it is a for loop
      kTry,             // a try body with handlers: nothing to unwind, but its range has gaps
      kFinally,         // a try body whose finally is still to come
      kHandler,         // keeps what was handled before
      kFinallyHandler,  // a finally body that runs because of an exception: keeps that and what was handled
                        // before
      kWith,            // keeps the manager's exit
    };
    Kind kind;
    Label* head = nullptr;  // of a loop
    Label* exit = nullptr;
    bool has_iterator = false;
    uint16_t loop = 0;  // its counter
    const Block* finally = nullptr;
    std::string name;          // of a handler's variable, to be unbound
    uint32_t range_begin = 0;  // of the protected range that is open now
    bool is_protected = false;
    std::vector<std::pair<uint32_t, uint32_t>> ranges;
  };

  // All that belongs to the code object being compiled.
  struct Unit {
    Ref<CodeObject> code;
    Scope* scope = nullptr;  // innermost, comprehensions included
    int32_t height = 0;
    SourceRange range;
    std::vector<std::unique_ptr<OpenBlock>> blocks;
    std::map<std::string, int32_t> names;
    std::map<std::tuple<int32_t, int32_t, int32_t, int32_t, int32_t, int32_t>, uint32_t> ranges;
  };

  // ---- Emission (compiler.cc)
  void Fail(std::string message, const SourceRange& range);
  uint32_t Here() const { return static_cast<uint32_t>(unit_->code->instructions.size()); }
  void Emit(Bytecode op, int32_t c = 0, uint8_t a = 0, uint16_t b = 0, std::optional<int> effect = {});
  void EmitConstant(Value constant);
  void EmitJump(Bytecode op, Label* label, uint16_t b = 0);
  void EmitLoopJump(Label* head, uint16_t loop);
  void Bind(Label* label);
  void AdjustHeight(int change);
  int32_t NameIndex(const std::string& name);
  int32_t ConstantIndex(Value constant);
  void AddException(uint32_t begin, uint32_t end, uint32_t target, int32_t height);
  void AddExceptions(const OpenBlock& block, uint32_t target, int32_t height);
  uint16_t NewLoop();
  int32_t NewSlot(const std::string& name);
  class RangeScope;

  // ---- Functions (compiler.cc)
  void EnterUnit(std::string name, Scope* scope);
  Ref<CodeObject> LeaveUnit();
  void AssignSlots(Scope* scope);
  Ref<CodeObject> CompileBody(const FunctionNode& function, const void* node, const Expression* lambda_body);
  void EmitFunction(const FunctionNode& function, const void* node, const Expression* lambda_body);
  void EmitMakeFunction(Ref<CodeObject> code, Scope* scope, uint8_t flags);
  void TakeDocstring(const Block& body, CodeObject* code);
  std::string QualifiedName(const std::string& name, const Scope* scope) const;

  // ---- Statements (compile_statement.cc)
  void CompileBlock(const Block& block);
  void CompileStatement(const Statement& s);
  void CompileFunction(const Statement& s);
  void CompileClass(const Statement& s);
  void CompileAugmented(const Statement& s);
  void CompileDelete(const Expression& target);
  void CompileImport(const Statement& s);
  void CompileImportFrom(const Statement& s);
  void CompileAssert(const Statement& s);
  void CompileAssignTo(const Expression& target);
  void CompileUnpack(const Expression& target);
  void LoadName(const std::string& name);
  void StoreName(const std::string& name);
  void DeleteName(const std::string& name);

  // ---- Flow (compile_flow.cc)
  void CompileIf(const Statement& s);
  void CompileWhile(const Statement& s);
  void CompileFor(const Statement& s);
  void CompileTry(const Statement& s);
  void CompileTryExcept(const Statement& s);
  void CompileHandler(const Handler& handler, Label* done);
  void CompileWith(const Statement& s, size_t index);
  void CompileReturn(const Statement& s);
  void CompileBreak(const Statement& s);
  void CompileJumpIf(const Expression& test, bool condition, Label* label);
  // Unwinds the blocks inside `limit` (all, if null). `value`: a value on top of the stack is kept.
  void Unwind(const OpenBlock* limit, bool value);
  void UnwindOne(OpenBlock& block, bool value);
  void EmitForgetHandled(const std::string& name);
  OpenBlock* OpenProtected(OpenBlock::Kind kind);
  void CloseProtected();
  void PauseProtection(size_t first);
  void ResumeProtection(size_t first);

  // ---- Expressions (compile_expression.cc)
  void Compile(const Expression& e);
  void CompileConstant(const Expression& e);
  void CompileFString(const Expression& e);
  void CompileFormatted(const Expression& e);
  void CompileDisplay(const Expression& e, Bytecode build, Bytecode append, Bytecode extend);
  void CompileDict(const Expression& e);
  void CompileBoolean(const Expression& e);
  void CompileCompare(const Expression& e);
  void CompileConditional(const Expression& e);
  void CompileCall(const Expression& e);
  void CompileUnpackedCall(const Expression& e);
  void CompileSlice(const Expression& e);
  void CompileComprehension(const Expression& e);
  Scope* EnterComprehension(const Expression& e);
  void LeaveComprehension(const Expression& e, Scope* outer);
  void CompileGenerator(const Expression& e);

  // ---- Calls that are loops in place (compile_consumer.cc)
  void CompileConsumer(const Expression& e);
  void CompileSum(const Expression& e);
  void CompileSearch(const Expression& e, bool wanted);
  void CompileExtreme(const Expression& e, bool largest);
  void EmitTake(int32_t slot);
  void CompileClauses(const Expression& e, size_t index, int depth,
                      const std::function<void(int)>& emit_element);
  void CompileYieldFrom(const Expression& e);
  bool TryFold(const Expression& e);

  std::shared_ptr<const SourceFile> source_;
  ModuleObject& module_;
  Interner& interner_;
  ScopeTable& scopes_;
  CompileOptions options_;
  std::unique_ptr<Unit> unit_;
  std::vector<std::unique_ptr<Unit>> outer_;
  std::optional<SyntaxProblem> problem_;
};

// Attributes the instructions emitted while it lives to a range of the source.
class Compiler::RangeScope {
 public:
  RangeScope(Compiler* compiler, const SourceRange& range)
      : compiler_(compiler), saved_(compiler->unit_->range) {
    compiler->unit_->range = range;
  }
  ~RangeScope() { compiler_->unit_->range = saved_; }
  RangeScope(const RangeScope&) = delete;
  RangeScope& operator=(const RangeScope&) = delete;

 private:
  Compiler* compiler_;
  SourceRange saved_;
};

}  // namespace lathe::script
