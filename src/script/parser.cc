// Statements, and the parser's handling of tokens and problems.
#include "src/script/parser.h"

#include <algorithm>

#include "src/script/lexer.h"
#include "src/script/parser_state.h"

namespace lathe::script {

// ---- Tokens -----------------------------------------------------------------------------------------
Token Parser::Take() {
  Token token = Peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Parser::IsOperator(std::string_view text, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kOperator && token.text == text;
}

bool Parser::IsWord(std::string_view text, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kName && token.text == text;
}

bool Parser::AcceptOperator(std::string_view text) {
  if (!IsOperator(text)) return false;
  Take();
  return true;
}

bool Parser::AcceptWord(std::string_view text) {
  if (!IsWord(text)) return false;
  Take();
  return true;
}

void Parser::ExpectOperator(std::string_view text) {
  if (AcceptOperator(text)) return;
  if (text == ":" || text == "(") {
    FailAtToken("expected '" + std::string(text) + "'");
  } else {
    FailSyntax();
  }
}

std::string Parser::ExpectName() {
  if (Peek().kind == TokenKind::kName && !IsKeyword(Peek().text)) return Take().text;
  FailSyntax();
  return {};
}

void Parser::Fail(std::string message, const SourceRange& range) {
  if (!Failed()) {
    problem_ = SyntaxProblem{std::move(message), range.line, range.column, range.end_line, range.end_column};
    problem_->at_end = Peek().kind == TokenKind::kEnd;
  }
  position_ = tokens_.size() - 1;
}

void Parser::FailAtToken(std::string message) { Fail(std::move(message), Here()); }

void Parser::FailSyntax() {
  if (Failed()) return;
  if (Peek().kind == TokenKind::kIndent) {
    FailAtToken("unexpected indent");
    problem_->indentation = problem_->no_caret = true;
    return;
  }
  FailAtToken("invalid syntax");
}

SourceRange Parser::Here() const {
  const Token& token = Peek();
  return {token.line, token.end_line, token.column, token.end_column};
}

SourceRange Parser::From(const SourceRange& start) const {
  SourceRange range = start;
  range.end_line = Previous().end_line;
  range.end_column = Previous().end_column;
  range.mark_start = range.mark_end = -1;
  return range;
}

// ---- Blocks -----------------------------------------------------------------------------------------
StatementPtr Parser::NewStatement(StatementKind kind) const {
  auto statement = std::make_unique<Statement>();
  statement->kind = kind;
  statement->range = Here();
  return statement;
}

Block Parser::ParseFile() {
  Block body;
  while (Peek().kind != TokenKind::kEnd) {
    if (Peek().kind == TokenKind::kNewline) {
      Take();
      continue;
    }
    ParseStatements(&body);
  }
  return body;
}

// One compound statement, or the simple ones of a line.
void Parser::ParseStatements(Block* block) {
  static constexpr std::string_view kCompound[] = {"if",   "while", "for",   "try",
                                                   "with", "def",   "class", "async"};
  const Token& token = Peek();
  if (token.kind == TokenKind::kIndent) return FailSyntax();
  const bool compound =
      (token.kind == TokenKind::kName &&
       std::find(std::begin(kCompound), std::end(kCompound), token.text) != std::end(kCompound)) ||
      IsOperator("@");
  if (!compound) return ParseSimpleLine(block);
  StatementPtr statement = ParseCompound();
  if (statement) block->push_back(std::move(statement));
}

void Parser::ParseSimpleLine(Block* block) {
  for (;;) {
    StatementPtr statement = ParseSimple();
    if (statement) block->push_back(std::move(statement));
    if (Failed()) return;
    if (AcceptOperator(";")) {
      if (Peek().kind == TokenKind::kNewline) break;
      continue;
    }
    break;
  }
  if (Peek().kind == TokenKind::kNewline) {
    Take();
    return;
  }
  if (Peek().kind != TokenKind::kEnd) FailSyntax();
}

Block Parser::ParseBlock(const std::string& after, int32_t line, bool colon_forced) {
  Nesting nesting(this);
  Block block;
  if (Failed()) return block;
  if (!IsOperator(":") && !colon_forced && Peek().kind != TokenKind::kNewline) {
    FailSyntax();
    return block;
  }
  ExpectOperator(":");
  if (Failed()) return block;
  if (Peek().kind != TokenKind::kNewline) {
    ParseSimpleLine(&block);
    return block;
  }
  Take();
  if (Peek().kind != TokenKind::kIndent) {
    FailAtToken("expected an indented block after " + after + " on line " + std::to_string(line));
    problem_->indentation = true;
    return block;
  }
  Take();
  while (Peek().kind != TokenKind::kDedent && Peek().kind != TokenKind::kEnd) ParseStatements(&block);
  if (Peek().kind == TokenKind::kDedent) Take();
  return block;
}

Block Parser::ParseElse() {
  const int32_t line = Peek().line;
  if (!AcceptWord("else")) return {};
  return ParseBlock("'else' statement", line);
}

StatementPtr Parser::ParseCompound() {
  if (IsOperator("@")) return ParseDecorated();
  if (IsWord("if")) return ParseIf();
  if (IsWord("while")) return ParseWhile();
  if (IsWord("for")) return ParseFor();
  if (IsWord("try")) return ParseTry();
  if (IsWord("with")) return ParseWith();
  if (IsWord("def")) return ParseFunction({});
  if (IsWord("class")) return ParseClass({});
  FailAtToken("'async' is not available in Lathe");
  return nullptr;
}

StatementPtr Parser::ParseIf() {
  StatementPtr statement = NewStatement(StatementKind::kIf);
  std::string word = "if";
  do {
    const int32_t line = Take().line;
    IfBranch branch;
    branch.test = ParseNamedExpression();
    CheckBadAssignment(*branch.test, "");
    branch.body = ParseBlock("'" + word + "' statement", line, false);
    statement->branches.push_back(std::move(branch));
    word = "elif";
  } while (IsWord("elif"));
  statement->orelse = ParseElse();
  return statement;
}

StatementPtr Parser::ParseWhile() {
  StatementPtr statement = NewStatement(StatementKind::kWhile);
  const int32_t line = Take().line;
  statement->value = ParseNamedExpression();
  CheckBadAssignment(*statement->value, "");
  statement->body = ParseBlock("'while' statement", line, false);
  statement->orelse = ParseElse();
  return statement;
}

StatementPtr Parser::ParseFor() {
  StatementPtr statement = NewStatement(StatementKind::kFor);
  const int32_t line = Take().line;
  ExpressionPtr target = ParseTargetList();
  CheckTarget(*target, false);
  statement->targets.push_back(std::move(target));
  if (!AcceptWord("in")) FailSyntax();
  statement->value = ParseExpressionList();
  statement->range = From(statement->range);
  statement->body = ParseBlock("'for' statement", line);
  statement->orelse = ParseElse();
  return statement;
}

StatementPtr Parser::ParseTry() {
  StatementPtr statement = NewStatement(StatementKind::kTry);
  const int32_t line = Take().line;
  statement->body = ParseBlock("'try' statement", line);
  while (IsWord("except")) {
    Handler handler;
    const SourceRange start = Here();
    const int32_t handler_line = Take().line;
    if (!IsOperator(":")) {
      handler.type = ParseExpression();
      if (IsOperator(",")) FailAtToken("multiple exception types must be parenthesized");
      if (AcceptWord("as")) handler.name = ExpectName();
    }
    handler.range = From(start);
    handler.body = ParseBlock("'except' statement", handler_line);
    statement->handlers.push_back(std::move(handler));
  }
  if (!statement->handlers.empty()) statement->orelse = ParseElse();
  if (IsWord("finally")) {
    const int32_t finally_line = Take().line;
    statement->has_finally = true;
    statement->finally = ParseBlock("'finally' statement", finally_line);
  }
  if (statement->handlers.empty() && !statement->has_finally)
    FailAtToken("expected 'except' or 'finally' block");
  return statement;
}

StatementPtr Parser::ParseWith() {
  StatementPtr statement = NewStatement(StatementKind::kWith);
  const int32_t line = Take().line;
  // Parentheses around the managers belong to the statement if "as" or a comma follows inside; trying the
  // plain form first and falling back keeps the grammar simple.
  const size_t start = position_;
  bool grouped = false;
  if (IsOperator("(")) {
    int depth = 0;
    for (size_t ahead = 0; Peek(ahead).kind != TokenKind::kEnd; ++ahead) {
      if (IsOperator("(", ahead) || IsOperator("[", ahead) || IsOperator("{", ahead)) ++depth;
      if (IsOperator(")", ahead) || IsOperator("]", ahead) || IsOperator("}", ahead)) --depth;
      if (depth == 1 && IsWord("as", ahead)) grouped = true;
      if (depth == 0) break;
    }
  }
  position_ = start;
  if (grouped) Take();
  do {
    if (grouped && IsOperator(")")) break;
    Manager manager;
    manager.value = ParseExpression();
    if (AcceptWord("as")) {
      manager.target = ParseStarOrExpression();
      CheckTarget(*manager.target, false);
    }
    statement->managers.push_back(std::move(manager));
  } while (AcceptOperator(","));
  if (grouped) ExpectOperator(")");
  statement->range = From(statement->range);
  statement->body = ParseBlock("'with' statement", line);
  return statement;
}

StatementPtr Parser::ParseDecorated() {
  std::vector<ExpressionPtr> decorators;
  while (AcceptOperator("@")) {
    decorators.push_back(ParseNamedExpression());
    if (Peek().kind != TokenKind::kNewline) {
      FailSyntax();
      return nullptr;
    }
    Take();
  }
  if (IsWord("def")) return ParseFunction(std::move(decorators));
  if (IsWord("class")) return ParseClass(std::move(decorators));
  FailSyntax();
  return nullptr;
}

StatementPtr Parser::ParseFunction(std::vector<ExpressionPtr> decorators) {
  StatementPtr statement = NewStatement(StatementKind::kFunction);
  const int32_t line = Take().line;
  statement->decorators = std::move(decorators);
  statement->function = std::make_unique<FunctionNode>();
  statement->function->name = ExpectName();
  ExpectOperator("(");
  ParseParameters(statement->function.get(), ")", true);
  ExpectOperator(")");
  if (AcceptOperator("->")) ParseExpression();
  statement->range = From(statement->range);
  statement->function->body = ParseBlock("function definition", line);
  return statement;
}

StatementPtr Parser::ParseClass(std::vector<ExpressionPtr> decorators) {
  StatementPtr statement = NewStatement(StatementKind::kClass);
  const int32_t line = Take().line;
  statement->decorators = std::move(decorators);
  statement->function = std::make_unique<FunctionNode>();
  statement->function->name = ExpectName();
  if (AcceptOperator("(")) {
    while (!IsOperator(")") && !Failed()) {
      statement->targets.push_back(ParseExpression());
      if (!AcceptOperator(",")) break;
    }
    ExpectOperator(")");
  }
  statement->range = From(statement->range);
  statement->function->body = ParseBlock("class definition", line, false);
  return statement;
}

void Parser::ParseParameters(FunctionNode* function, std::string_view end, bool annotations) {
  bool keyword_only = false;
  bool has_default = false;
  std::vector<std::string> seen;
  while (!IsOperator(end) && !Failed()) {
    const bool twice = AcceptOperator("**");
    const bool star = !twice && AcceptOperator("*");
    if (star && (IsOperator(",") || IsOperator(end))) {
      if (IsOperator(end)) FailAtToken("named arguments must follow bare *");
      keyword_only = true;
    } else if (!star && !twice && AcceptOperator("/")) {
      // What stands before the slash could only be passed by position; passing it by name does no harm.
    } else {
      const SourceRange start = Here();
      Parameter parameter;
      parameter.name = ExpectName();
      if (std::find(seen.begin(), seen.end(), parameter.name) != seen.end()) {
        Fail("duplicate argument '" + parameter.name + "' in function definition", From(start));
      }
      seen.push_back(parameter.name);
      if (annotations && AcceptOperator(":")) ParseExpression();
      if (!star && !twice && AcceptOperator("=")) parameter.fallback = ParseExpression();
      if (twice) {
        function->keywords = parameter.name;
      } else if (star) {
        function->rest = parameter.name;
        keyword_only = true;
      } else if (keyword_only) {
        function->keyword_only.push_back(std::move(parameter));
      } else {
        if (has_default && !parameter.fallback) {
          Fail("non-default argument follows default argument", From(start));
        }
        has_default = has_default || parameter.fallback != nullptr;
        function->positional.push_back(std::move(parameter));
      }
    }
    if (!AcceptOperator(",")) break;
  }
}

// ---- Simple statements ------------------------------------------------------------------------------
StatementPtr Parser::ParseSimple() {
  StatementPtr statement = NewStatement(StatementKind::kPass);
  const auto at_end = [this] { return Peek().kind == TokenKind::kNewline || IsOperator(";"); };
  const Token& token = Peek();
  if (token.kind != TokenKind::kName) return ParseAssignment();
  if (token.text == "pass" || token.text == "break" || token.text == "continue") {
    const std::string word = Take().text;
    statement->kind = word == "pass"    ? StatementKind::kPass
                      : word == "break" ? StatementKind::kBreak
                                        : StatementKind::kContinue;
  } else if (AcceptWord("return")) {
    statement->kind = StatementKind::kReturn;
    if (!at_end()) statement->value = ParseExpressionList();
  } else if (AcceptWord("raise")) {
    statement->kind = StatementKind::kRaise;
    if (!at_end()) statement->value = ParseExpression();
    if (statement->value && AcceptWord("from")) statement->targets.push_back(ParseExpression());
  } else if (AcceptWord("global") || AcceptWord("nonlocal")) {
    statement->kind = Previous().text == "global" ? StatementKind::kGlobal : StatementKind::kNonlocal;
    do {
      statement->names.push_back(ExpectName());
    } while (AcceptOperator(","));
  } else if (AcceptWord("del")) {
    statement->kind = StatementKind::kDelete;
    do {
      if (at_end()) break;
      statement->targets.push_back(ParseBinary(0));
      CheckTarget(*statement->targets.back(), false, true);
    } while (AcceptOperator(","));
  } else if (AcceptWord("assert")) {
    statement->kind = StatementKind::kAssert;
    statement->value = ParseExpression();
    if (AcceptOperator(",")) statement->targets.push_back(ParseExpression());
  } else if (AcceptWord("import")) {
    ParseImport(statement.get());
  } else if (AcceptWord("from")) {
    ParseImportFrom(statement.get());
  } else {
    return ParseAssignment();
  }
  statement->range = From(statement->range);
  return statement;
}

void Parser::ParseImport(Statement* statement) {
  statement->kind = StatementKind::kImport;
  do {
    Import import;
    import.name = ExpectName();
    while (AcceptOperator(".")) import.name += "." + ExpectName();
    if (AcceptWord("as")) import.alias = ExpectName();
    statement->imports.push_back(std::move(import));
  } while (AcceptOperator(","));
}

void Parser::ParseImportFrom(Statement* statement) {
  statement->kind = StatementKind::kImportFrom;
  if (IsOperator(".") || IsOperator("...")) return FailAtToken("relative imports are not available in Lathe");
  statement->module = ExpectName();
  while (AcceptOperator(".")) statement->module += "." + ExpectName();
  if (!AcceptWord("import")) return FailSyntax();
  if (AcceptOperator("*")) {
    statement->imports.push_back({"*", ""});
    return;
  }
  const bool grouped = AcceptOperator("(");
  do {
    if (grouped && IsOperator(")")) break;
    Import import;
    import.name = ExpectName();
    if (AcceptWord("as")) import.alias = ExpectName();
    statement->imports.push_back(std::move(import));
  } while (AcceptOperator(","));
  if (grouped) ExpectOperator(")");
}

StatementPtr Parser::ParseAssignment() {
  static constexpr std::pair<std::string_view, Bytecode> kAugmented[] = {
      {"+=", Bytecode::kAdd},         {"-=", Bytecode::kSubtract},     {"*=", Bytecode::kMultiply},
      {"/=", Bytecode::kDivide},      {"//=", Bytecode::kFloorDivide}, {"%=", Bytecode::kModulo},
      {"**=", Bytecode::kPower},      {"@=", Bytecode::kMatmul},       {"<<=", Bytecode::kLeftShift},
      {">>=", Bytecode::kRightShift}, {"&=", Bytecode::kBitAnd},       {"|=", Bytecode::kBitOr},
      {"^=", Bytecode::kBitXor}};
  StatementPtr statement = NewStatement(StatementKind::kExpression);
  const auto parse_value = [this] { return IsWord("yield") ? ParseYield() : ParseExpressionList(); };
  ExpressionPtr first = parse_value();
  for (const auto& [text, op] : kAugmented) {
    if (!IsOperator(text)) continue;
    Take();
    CheckTarget(*first, true);
    statement->kind = StatementKind::kAugmented;
    statement->op = op;
    statement->targets.push_back(std::move(first));
    statement->value = parse_value();
    statement->range = From(statement->range);
    return statement;
  }
  if (AcceptOperator(":")) {
    statement->kind = StatementKind::kAnnotated;
    CheckTarget(*first, true);
    statement->targets.push_back(std::move(first));
    ParseExpression();
    if (AcceptOperator("=")) statement->value = parse_value();
    statement->range = From(statement->range);
    return statement;
  }
  while (IsOperator("=")) {
    statement->kind = StatementKind::kAssign;
    CheckTarget(*first, false);
    Take();
    statement->targets.push_back(std::move(first));
    first = parse_value();
  }
  statement->value = std::move(first);
  statement->range = From(statement->range);
  return statement;
}

namespace {

// What an expression that cannot be assigned to is called in CPython's message.
const char* TargetName(const Expression& e) {
  switch (e.kind) {
    case ExpressionKind::kConstant:
      if (e.constant.IsNone()) return "None";
      if (e.constant.IsBool()) return e.constant.boolean() ? "True" : "False";
      return e.constant.tag() == Tag::kEllipsis ? "ellipsis" : "literal";
    case ExpressionKind::kFString:
      return "f-string expression";
    case ExpressionKind::kCall:
      return "function call";
    case ExpressionKind::kCompare:
      return "comparison";
    case ExpressionKind::kLambda:
      return "lambda";
    case ExpressionKind::kConditional:
      return "conditional expression";
    case ExpressionKind::kDict:
      return "dict literal";
    case ExpressionKind::kSet:
      return "set display";
    case ExpressionKind::kListOf:
      return "list comprehension";
    case ExpressionKind::kSetOf:
      return "set comprehension";
    case ExpressionKind::kDictOf:
      return "dict comprehension";
    case ExpressionKind::kGenerator:
      return "generator expression";
    case ExpressionKind::kYield:
    case ExpressionKind::kYieldFrom:
      return "yield expression";
    case ExpressionKind::kNamed:
      return "named expression";
    case ExpressionKind::kTuple:
      return "tuple";
    case ExpressionKind::kList:
      return "list";
    default:
      return "expression";
  }
}

}  // namespace

void Parser::CheckTarget(const Expression& target, bool augmented, bool deletion) {
  switch (target.kind) {
    case ExpressionKind::kName:
    case ExpressionKind::kAttribute:
    case ExpressionKind::kSubscript:
      return;
    case ExpressionKind::kStarred:
      if (!augmented && !deletion) return CheckTarget(*target.items[0], false);
      break;
    case ExpressionKind::kTuple:
    case ExpressionKind::kList:
      if (!augmented) {
        for (const ExpressionPtr& item : target.items) CheckTarget(*item, false, deletion);
        return;
      }
      return Fail(
          std::string("'") + TargetName(target) + "' is an illegal expression for augmented assignment",
          target.range);
    default:
      break;
  }
  const std::string name = TargetName(target);
  if (deletion) return Fail("cannot delete " + name, target.range);
  if (augmented) {
    return Fail("'" + name + "' is an illegal expression for augmented assignment", target.range);
  }
  const bool constant_word = name == "None" || name == "True" || name == "False";
  Fail("cannot assign to " + name +
           (IsOperator("=") && !constant_word ? " here. Maybe you meant '==' instead of '='?" : ""),
       target.range);
}

// "if x = 1": the test was parsed and an equals sign follows.
void Parser::CheckBadAssignment(const Expression& target, const char*) {
  if (!IsOperator("=")) return;
  if (target.kind == ExpressionKind::kName) {
    Take();
    ParseExpression();
    if (!Failed()) Fail("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", From(target.range));
    return;
  }
  if (target.kind == ExpressionKind::kAttribute || target.kind == ExpressionKind::kSubscript) {
    return Fail(std::string("cannot assign to ") +
                    (target.kind == ExpressionKind::kAttribute ? "attribute" : "subscript") +
                    " here. Maybe you meant '==' instead of '='?",
                target.range);
  }
  CheckTarget(target, false);
}

std::optional<SyntaxProblem> Parse(std::string_view text, Block* body) {
  std::vector<Token> tokens;
  std::optional<SyntaxProblem> lexical = Tokenize(text, &tokens);
  if (lexical) {
    // The parser may find a problem before the place where the lexer stopped, as CPython's would.
    const Token end{TokenKind::kEnd, "", lexical->line, lexical->column, lexical->line, lexical->column};
    tokens.push_back(end);
  }
  Parser parser(std::move(tokens));
  *body = parser.ParseFile();
  std::optional<SyntaxProblem> problem = parser.problem();
  if (!lexical) return problem;
  if (!problem || problem->at_end || lexical->message.ends_with("was never closed")) return lexical;
  const bool before =
      problem->line < lexical->line || (problem->line == lexical->line && problem->column < lexical->column);
  return before ? problem : lexical;
}

}  // namespace lathe::script
