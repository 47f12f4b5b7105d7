// Scope analysis: which variables each function, class and comprehension binds, and where a name that it uses
// lives. A first walk over the tree records bindings and uses, a second one resolves the uses.
//
// Comprehensions have a scope but no frame: their variables are slots of the frame around them. Generator
// expressions are functions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/script/ast.h"
#include "src/script/token.h"

namespace lathe::script {

struct Symbol {
  bool bound = false;
  bool parameter = false;
  bool global = false;    // declared so
  bool nonlocal = false;  // declared so
  bool captured = false;  // a function inside uses it: it lives in a cell
  int32_t slot = -1;
};

struct Scope {
  enum class Kind { kModule, kFunction, kClass, kComprehension };
  Kind kind = Kind::kModule;
  Scope* parent = nullptr;
  bool is_generator = false;
  std::map<std::string, Symbol> symbols;
  std::vector<std::pair<std::string, SourceRange>> uses;
  // Of a frame: names taken from functions around it, in slot order.
  std::vector<std::string> free_names;

  // The scope whose frame holds this scope's variables.
  Scope* Frame() { return kind == Kind::kComprehension ? parent->Frame() : this; }
};

// Where a use of a name finds it.
struct Place {
  enum class Kind { kLocal, kCell, kFree, kGlobal, kName };
  Kind kind = Kind::kGlobal;
  int32_t slot = -1;  // of kLocal and kCell; index among the free names for kFree
};

class ScopeTable {
 public:
  // Analyses a whole file.
  std::optional<SyntaxProblem> Build(const Block& body);
  Scope* module() { return module_; }
  // The scope of a function, class, lambda, comprehension or generator expression.
  Scope* Of(const void* node) { return scopes_.at(node).get(); }
  Place Find(Scope* scope, const std::string& name);

 private:
  class Walker;
  void Resolve(Scope* scope, const std::string& name);
  std::map<const void*, std::unique_ptr<Scope>> scopes_;
  std::vector<Scope*> order_;
  Scope* module_ = nullptr;
};

}  // namespace lathe::script
