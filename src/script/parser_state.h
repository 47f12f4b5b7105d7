// The parser's class, shared by the files that implement it: parser.cc (statements), parse_expression.cc and
// parse_string.cc (literals and f-strings).
//
// After the first problem the cursor stands on the end token: every loop of the parser then ends by itself,
// the nodes returned meanwhile are dummies, and no call needs a check of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/script/ast.h"
#include "src/script/token.h"

namespace lathe::script {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  Block ParseFile();
  // An expression up to the end of the tokens: the inside of an f-string's braces.
  ExpressionPtr ParseWhole();
  const std::optional<SyntaxProblem>& problem() const { return problem_; }
  void set_depth(int depth) { depth_ = depth; }

 private:
  static constexpr int kMaxDepth = 600;
  static constexpr int kMaxHeight = 1000;
  class Nesting;

  // ---- Tokens
  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  const Token& Previous() const { return tokens_[position_ == 0 ? 0 : position_ - 1]; }
  Token Take();
  bool IsOperator(std::string_view text, size_t ahead = 0) const;
  bool IsWord(std::string_view text, size_t ahead = 0) const;
  bool AcceptOperator(std::string_view text);
  bool AcceptWord(std::string_view text);
  void ExpectOperator(std::string_view text);
  std::string ExpectName();
  bool Failed() const { return problem_.has_value(); }
  void Fail(std::string message, const SourceRange& range);
  void FailAtToken(std::string message);
  void FailSyntax();
  SourceRange Here() const;
  SourceRange From(const SourceRange& start) const;

  // ---- Statements
  void ParseStatements(Block* block);
  void ParseSimpleLine(Block* block);
  StatementPtr ParseSimple();
  StatementPtr ParseCompound();
  Block ParseBlock(const std::string& after, int32_t line, bool colon_forced = true);
  StatementPtr ParseIf();
  StatementPtr ParseWhile();
  StatementPtr ParseFor();
  StatementPtr ParseTry();
  StatementPtr ParseWith();
  StatementPtr ParseFunction(std::vector<ExpressionPtr> decorators);
  StatementPtr ParseClass(std::vector<ExpressionPtr> decorators);
  StatementPtr ParseDecorated();
  StatementPtr ParseAssignment();
  void ParseImport(Statement* statement);
  void ParseImportFrom(Statement* statement);
  void ParseParameters(FunctionNode* function, std::string_view end, bool annotations);
  void CheckTarget(const Expression& target, bool augmented, bool deletion = false);
  void CheckBadAssignment(const Expression& target, const char* where);
  Block ParseElse();
  StatementPtr NewStatement(StatementKind kind) const;

  // ---- Expressions
  ExpressionPtr ParseExpressionList();  // with commas: a tuple; stars allowed
  ExpressionPtr ParseTargetList();      // of a for statement
  ExpressionPtr ParseStarOrExpression();
  ExpressionPtr ParseNamedExpression();
  ExpressionPtr ParseExpression();
  ExpressionPtr ParseOr();
  ExpressionPtr ParseAnd();
  ExpressionPtr ParseNot();
  ExpressionPtr ParseComparison();
  ExpressionPtr ParseBinary(int lowest);
  ExpressionPtr ParseUnary();
  ExpressionPtr ParsePower();
  ExpressionPtr ParsePostfix();
  ExpressionPtr ParseAtom();
  ExpressionPtr ParseLambda();
  ExpressionPtr ParseYield();
  ExpressionPtr ParseParenthesis();
  ExpressionPtr ParseListDisplay();
  ExpressionPtr ParseBraces();
  ExpressionPtr ParseCall(ExpressionPtr callee);
  ExpressionPtr ParsePositional();
  void ParseInlined(Expression* call, size_t first_token);
  ExpressionPtr ParseSubscript(ExpressionPtr object);
  ExpressionPtr ParseSliceItem();
  void ParseClauses(Expression* comprehension);
  void FailForgottenComma(const Expression& before);
  bool AtExpressionStart() const;

  // ---- Literals
  ExpressionPtr ParseNumber();
  ExpressionPtr ParseStrings();
  void AppendString(const Token& token, std::vector<ExpressionPtr>* parts);
  void AppendFString(const Token& token, std::string_view body, size_t offset, bool raw, int nesting,
                     std::vector<ExpressionPtr>* parts);
  size_t AppendReplacement(const Token& token, std::string_view body, size_t begin, size_t offset, bool raw,
                           int nesting, std::vector<ExpressionPtr>* parts);
  ExpressionPtr ParseEmbedded(const Token& token, std::string_view code, size_t offset);
  std::string Unescape(const Token& token, std::string_view text, bool raw, bool bytes = false);
  static void AppendText(std::string text, const SourceRange& range, std::vector<ExpressionPtr>* parts);

  // A node that starts at `start` and ends with the previous token, over `items`.
  template <class... Items>
  ExpressionPtr New(ExpressionKind kind, const SourceRange& start, Items... items) {
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    (Adopt(node.get(), std::move(items)), ...);
    node->range = From(start);
    return node;
  }
  void Adopt(Expression* parent, ExpressionPtr child);

  std::vector<Token> tokens_;
  size_t position_ = 0;
  int depth_ = 0;
  bool inlines_ =
      true;  // off while the other reading of an expression is parsed: calls in it are not doubled
  std::optional<SyntaxProblem> problem_;
};

// Counts the nesting while it lives; too deep a nesting is a problem.
class Parser::Nesting {
 public:
  explicit Nesting(Parser* parser) : parser_(parser) {
    if (++parser_->depth_ > kMaxDepth) parser_->FailAtToken("too many nested expressions or blocks");
  }
  ~Nesting() { --parser_->depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  Parser* parser_;
};

}  // namespace lathe::script
