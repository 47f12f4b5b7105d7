// The two walks of the scope analysis.
#include "src/script/scope.h"

#include <algorithm>

namespace lathe::script {

class ScopeTable::Walker {
 public:
  explicit Walker(ScopeTable* table) : table_(table) {}

  void WalkModule(const Block& body) {
    table_->module_ = Open(&body, Scope::Kind::kModule);
    WalkBlock(body);
  }
  std::optional<SyntaxProblem> problem;

 private:
  Scope* Open(const void* node, Scope::Kind kind) {
    auto scope = std::make_unique<Scope>();
    scope->kind = kind;
    scope->parent = scope_;
    scope_ = scope.get();
    table_->order_.push_back(scope_);
    table_->scopes_[node] = std::move(scope);
    return scope_;
  }
  void Close() { scope_ = scope_->parent; }

  void Fail(std::string message, const SourceRange& range) {
    if (!problem)
      problem = SyntaxProblem{std::move(message), range.line, range.column, range.end_line, range.end_column};
  }

  void Bind(const std::string& name) {
    Symbol& symbol = scope_->symbols[name];
    if (!symbol.global && !symbol.nonlocal) symbol.bound = true;
  }
  void Use(const std::string& name, const SourceRange& range) { scope_->uses.push_back({name, range}); }

  void WalkBlock(const Block& block) {
    for (const StatementPtr& statement : block) WalkStatement(*statement);
  }

  void WalkTarget(const Expression& target) {
    switch (target.kind) {
      case ExpressionKind::kName:
        Bind(target.name);
        Use(target.name, target.range);
        return;
      case ExpressionKind::kTuple:
      case ExpressionKind::kList:
      case ExpressionKind::kStarred:
        for (const ExpressionPtr& item : target.items) WalkTarget(*item);
        return;
      default:
        Walk(&target);
    }
  }

  void WalkStatement(const Statement& s) {
    switch (s.kind) {
      case StatementKind::kFunction:
        Bind(s.function->name);
        Use(s.function->name, s.range);
        for (const ExpressionPtr& decorator : s.decorators) Walk(decorator.get());
        WalkFunction(*s.function, s.function.get(), nullptr);
        return;
      case StatementKind::kClass:
        Bind(s.function->name);
        Use(s.function->name, s.range);
        for (const ExpressionPtr& decorator : s.decorators) Walk(decorator.get());
        for (const ExpressionPtr& base : s.targets) Walk(base.get());
        Open(s.function.get(), Scope::Kind::kClass);
        WalkBlock(s.function->body);
        Close();
        return;
      case StatementKind::kGlobal:
      case StatementKind::kNonlocal:
        return WalkDeclaration(s);
      case StatementKind::kImport:
      case StatementKind::kImportFrom:
        for (const Import& import : s.imports) {
          if (import.name == "*") continue;
          std::string name = import.alias.empty() ? import.name : import.alias;
          if (s.kind == StatementKind::kImport) name = name.substr(0, name.find('.'));
          Bind(name);
          Use(name, s.range);
        }
        return;
      default:
        break;
    }
    const bool targets_are_values = s.kind == StatementKind::kAssert || s.kind == StatementKind::kRaise;
    Walk(s.value.get());
    for (const ExpressionPtr& target : s.targets) {
      targets_are_values ? Walk(target.get()) : WalkTarget(*target);
    }
    for (const IfBranch& branch : s.branches) {
      Walk(branch.test.get());
      WalkBlock(branch.body);
    }
    for (const Manager& manager : s.managers) {
      Walk(manager.value.get());
      if (manager.target) WalkTarget(*manager.target);
    }
    WalkBlock(s.body);
    for (const Handler& handler : s.handlers) {
      Walk(handler.type.get());
      if (!handler.name.empty()) {
        Bind(handler.name);
        Use(handler.name, handler.range);
      }
      WalkBlock(handler.body);
    }
    WalkBlock(s.orelse);
    WalkBlock(s.finally);
  }

  void WalkDeclaration(const Statement& s) {
    const bool global = s.kind == StatementKind::kGlobal;
    const std::string word = global ? "global" : "nonlocal";
    if (!global && scope_->kind == Scope::Kind::kModule) {
      return Fail("nonlocal declaration not allowed at module level", s.range);
    }
    for (const std::string& name : s.names) {
      Symbol& symbol = scope_->symbols[name];
      if (symbol.parameter) return Fail("name '" + name + "' is parameter and " + word, s.range);
      if (symbol.bound && scope_->kind != Scope::Kind::kModule) {
        return Fail("name '" + name + "' is assigned to before " + word + " declaration", s.range);
      }
      const bool used = std::any_of(scope_->uses.begin(), scope_->uses.end(),
                                    [&](const auto& use) { return use.first == name; });
      if (used && scope_->kind != Scope::Kind::kModule) {
        return Fail("name '" + name + "' is used prior to " + word + " declaration", s.range);
      }
      if (scope_->kind == Scope::Kind::kModule) continue;
      (global ? symbol.global : symbol.nonlocal) = true;
      Use(name, s.range);
    }
  }

  // `body`: of a lambda; null for a def, whose body is the function's block.
  void WalkFunction(const FunctionNode& function, const void* node, const Expression* body) {
    for (const Parameter& parameter : function.positional) Walk(parameter.fallback.get());
    for (const Parameter& parameter : function.keyword_only) Walk(parameter.fallback.get());
    Open(node, Scope::Kind::kFunction);
    const auto bind_parameter = [this](const std::string& name) {
      Bind(name);
      scope_->symbols[name].parameter = true;
    };
    for (const Parameter& parameter : function.positional) bind_parameter(parameter.name);
    for (const Parameter& parameter : function.keyword_only) bind_parameter(parameter.name);
    if (!function.rest.empty()) bind_parameter(function.rest);
    if (!function.keywords.empty()) bind_parameter(function.keywords);
    if (body) Walk(body);
    WalkBlock(function.body);
    Close();
  }

  void Walk(const Expression* e) {
    if (!e) return;
    switch (e->kind) {
      case ExpressionKind::kName:
        return Use(e->name, e->range);
      case ExpressionKind::kLambda:
        return WalkFunction(*e->function, e, e->items[0].get());
      case ExpressionKind::kListOf:
      case ExpressionKind::kSetOf:
      case ExpressionKind::kDictOf:
      case ExpressionKind::kGenerator:
        return WalkComprehension(*e);
      case ExpressionKind::kNamed: {
        // Binds in the scope around any comprehension.
        Scope* inner = scope_;
        while (scope_->kind == Scope::Kind::kComprehension) scope_ = scope_->parent;
        Bind(e->items[0]->name);
        scope_ = inner;
        Use(e->items[0]->name, e->range);
        return Walk(e->items[1].get());
      }
      case ExpressionKind::kYield:
      case ExpressionKind::kYieldFrom:
        if (scope_->Frame()->kind != Scope::Kind::kFunction) Fail("'yield' outside function", e->range);
        scope_->Frame()->is_generator = true;
        break;
      default:
        break;
    }
    for (const ExpressionPtr& item : e->items) Walk(item.get());
    Walk(e->inlined.get());
    for (const ExpressionPtr& value : e->values) Walk(value.get());
    for (const Keyword& keyword : e->keywords) Walk(keyword.value.get());
  }

  void WalkComprehension(const Expression& e) {
    const bool generator = e.kind == ExpressionKind::kGenerator;
    Walk(e.clauses[0].iterable.get());
    Open(&e, generator ? Scope::Kind::kFunction : Scope::Kind::kComprehension);
    scope_->is_generator = generator;
    if (generator) {
      Bind(".0");
      scope_->symbols[".0"].parameter = true;
    }
    for (size_t k = 0; k < e.clauses.size(); ++k) {
      if (k > 0) Walk(e.clauses[k].iterable.get());
      WalkTarget(*e.clauses[k].target);
      for (const ExpressionPtr& condition : e.clauses[k].conditions) Walk(condition.get());
    }
    for (const ExpressionPtr& item : e.items) Walk(item.get());
    Close();
  }

  ScopeTable* table_;
  Scope* scope_ = nullptr;
};

std::optional<SyntaxProblem> ScopeTable::Build(const Block& body) {
  Walker walker(this);
  walker.WalkModule(body);
  if (walker.problem) return walker.problem;
  for (Scope* scope : order_) {
    for (const auto& [name, range] : scope->uses) {
      Resolve(scope, name);
      const auto symbol = scope->symbols.find(name);
      if (symbol == scope->symbols.end() || !symbol->second.nonlocal) continue;
      if (Find(scope, name).kind != Place::Kind::kFree) {
        return SyntaxProblem{"no binding for nonlocal '" + name + "' found", range.line, range.column,
                             range.end_line, range.end_column};
      }
    }
  }
  return {};
}

namespace {

// The function scope outside `scope`'s frame that binds `name`, or null.
Scope* FindEnclosing(Scope* scope, const std::string& name) {
  Scope* frame = scope->Frame();
  for (Scope* s = frame->parent; s; s = s->parent) {
    const auto symbol = s->symbols.find(name);
    if (symbol == s->symbols.end() || s->kind == Scope::Kind::kModule || s->kind == Scope::Kind::kClass)
      continue;
    if (symbol->second.global) return nullptr;
    if (symbol->second.bound) return s;
  }
  return nullptr;
}

// The scope of the same frame that binds `name`, or null.
Scope* FindInFrame(Scope* scope, const std::string& name, bool* global) {
  for (Scope* s = scope;; s = s->parent) {
    const auto symbol = s->symbols.find(name);
    if (symbol != s->symbols.end() && symbol->second.global) *global = true;
    if (symbol != s->symbols.end() && symbol->second.bound && !symbol->second.global) return s;
    if (s->kind != Scope::Kind::kComprehension) return nullptr;
  }
}

}  // namespace

void ScopeTable::Resolve(Scope* scope, const std::string& name) {
  bool global = false;
  if (FindInFrame(scope, name, &global) || global) return;
  Scope* owner = FindEnclosing(scope, name);
  if (!owner) return;
  owner->symbols[name].captured = true;
  // Every frame between hands the cell on.
  for (Scope* frame = scope->Frame(); frame != owner->Frame(); frame = frame->parent->Frame()) {
    if (std::find(frame->free_names.begin(), frame->free_names.end(), name) == frame->free_names.end()) {
      frame->free_names.push_back(name);
    }
  }
}

Place ScopeTable::Find(Scope* scope, const std::string& name) {
  bool global = false;
  if (Scope* owner = FindInFrame(scope, name, &global)) {
    const Symbol& symbol = owner->symbols[name];
    if (owner->kind == Scope::Kind::kModule) return {Place::Kind::kGlobal};
    if (owner->kind == Scope::Kind::kClass) return {Place::Kind::kName};
    return {symbol.captured ? Place::Kind::kCell : Place::Kind::kLocal, symbol.slot};
  }
  if (global) return {Place::Kind::kGlobal};
  const std::vector<std::string>& names = scope->Frame()->free_names;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return {Place::Kind::kFree, static_cast<int32_t>(found - names.begin())};
  return {scope->Frame()->kind == Scope::Kind::kClass ? Place::Kind::kName : Place::Kind::kGlobal};
}

}  // namespace lathe::script
