// Expressions: precedence climbing for binary operators, recursive descent for the rest.
#include <algorithm>

#include "src/script/consumers.h"
#include "src/script/lexer.h"
#include "src/script/parser_state.h"

namespace lathe::script {

void Parser::Adopt(Expression* parent, ExpressionPtr child) {
  if (child) {
    parent->height = std::max(parent->height, child->height + 1);
    if (parent->height > kMaxHeight && !Failed()) Fail("too many nested expressions", child->range);
  }
  parent->items.push_back(std::move(child));
}

ExpressionPtr Parser::ParseWhole() {
  ExpressionPtr value = IsWord("yield") ? ParseYield() : ParseExpressionList();
  while (Peek().kind == TokenKind::kNewline) Take();
  if (Peek().kind != TokenKind::kEnd) FailSyntax();
  return value;
}

bool Parser::AtExpressionStart() const {
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kInteger:
    case TokenKind::kFloat:
    case TokenKind::kString:
      return true;
    case TokenKind::kName:
      return !IsKeyword(token.text) || token.text == "None" || token.text == "True" ||
             token.text == "False" || token.text == "not" || token.text == "lambda" || token.text == "yield";
    case TokenKind::kOperator:
      return token.text == "(" || token.text == "[" || token.text == "{" || token.text == "-" ||
             token.text == "+" || token.text == "~" || token.text == "*" || token.text == "...";
    default:
      return false;
  }
}

ExpressionPtr Parser::ParseExpressionList() {
  const SourceRange start = Here();
  ExpressionPtr first = ParseStarOrExpression();
  if (!IsOperator(",")) {
    if (first->kind == ExpressionKind::kStarred) Fail("can't use starred expression here", first->range);
    return first;
  }
  ExpressionPtr tuple = New(ExpressionKind::kTuple, start, std::move(first));
  while (AcceptOperator(",") && AtExpressionStart()) Adopt(tuple.get(), ParseStarOrExpression());
  tuple->range = From(start);
  // A trailing comma is no part of what a traceback marks.
  if (Previous().text == "," && !tuple->items.empty()) {
    tuple->range.end_line = Previous().end_line;
    tuple->range.end_column = Previous().end_column;
  }
  return tuple;
}

ExpressionPtr Parser::ParseTargetList() {
  const SourceRange start = Here();
  const auto parse_one = [this]() -> ExpressionPtr {
    const SourceRange star = Here();
    if (AcceptOperator("*")) return New(ExpressionKind::kStarred, star, ParseBinary(0));
    return ParseBinary(0);
  };
  ExpressionPtr first = parse_one();
  if (!IsOperator(",")) return first;
  ExpressionPtr tuple = New(ExpressionKind::kTuple, start, std::move(first));
  while (AcceptOperator(",") && AtExpressionStart()) Adopt(tuple.get(), parse_one());
  tuple->range = From(start);
  return tuple;
}

ExpressionPtr Parser::ParseStarOrExpression() {
  const SourceRange start = Here();
  if (AcceptOperator("*")) return New(ExpressionKind::kStarred, start, ParseBinary(0));
  return ParseNamedExpression();
}

ExpressionPtr Parser::ParseNamedExpression() {
  const SourceRange start = Here();
  if (Peek().kind == TokenKind::kName && IsOperator(":=", 1)) {
    ExpressionPtr name = ParseAtom();
    Take();
    ExpressionPtr value = ParseExpression();
    return New(ExpressionKind::kNamed, start, std::move(name), std::move(value));
  }
  return ParseExpression();
}

ExpressionPtr Parser::ParseExpression() {
  Nesting nesting(this);
  const SourceRange start = Here();
  if (IsWord("lambda")) return ParseLambda();
  ExpressionPtr value = ParseOr();
  if (!AcceptWord("if")) return value;
  ExpressionPtr test = ParseOr();
  if (!AcceptWord("else")) {
    if (!Failed()) Fail("expected 'else' after 'if' expression", From(start));
    return value;
  }
  ExpressionPtr otherwise = ParseExpression();
  return New(ExpressionKind::kConditional, start, std::move(test), std::move(value), std::move(otherwise));
}

ExpressionPtr Parser::ParseOr() {
  const SourceRange start = Here();
  ExpressionPtr first = ParseAnd();
  if (!IsWord("or")) return first;
  ExpressionPtr node = New(ExpressionKind::kOr, start, std::move(first));
  while (AcceptWord("or")) Adopt(node.get(), ParseAnd());
  node->range = From(start);
  return node;
}

ExpressionPtr Parser::ParseAnd() {
  const SourceRange start = Here();
  ExpressionPtr first = ParseNot();
  if (!IsWord("and")) return first;
  ExpressionPtr node = New(ExpressionKind::kAnd, start, std::move(first));
  while (AcceptWord("and")) Adopt(node.get(), ParseNot());
  node->range = From(start);
  return node;
}

ExpressionPtr Parser::ParseNot() {
  const SourceRange start = Here();
  if (!AcceptWord("not")) return ParseComparison();
  Nesting nesting(this);
  ExpressionPtr operand = ParseNot();
  ExpressionPtr node = New(ExpressionKind::kUnary, start, std::move(operand));
  node->op = Bytecode::kNot;
  return node;
}

ExpressionPtr Parser::ParseComparison() {
  static constexpr std::pair<std::string_view, Bytecode> kComparisons[] = {
      {"<", Bytecode::kLess},      {"<=", Bytecode::kLessEqual}, {"==", Bytecode::kEqual},
      {"!=", Bytecode::kNotEqual}, {">", Bytecode::kGreater},    {">=", Bytecode::kGreaterEqual}};
  const SourceRange start = Here();
  ExpressionPtr first = ParseBinary(0);
  ExpressionPtr node;
  for (;;) {
    std::optional<Comparison> found;
    if (IsWord("in") || (IsWord("not") && IsWord("in", 1))) {
      found = Comparison{Bytecode::kIn, IsWord("not")};
      if (found->negated) Take();
    } else if (IsWord("is")) {
      found = Comparison{Bytecode::kIs, IsWord("not", 1)};
      if (found->negated) Take();
    } else {
      for (const auto& [text, op] : kComparisons) {
        if (IsOperator(text)) found = Comparison{op};
      }
    }
    if (!found) break;
    Take();
    if (!node) node = New(ExpressionKind::kCompare, start, std::move(first));
    Adopt(node.get(), ParseBinary(0));
    node->comparisons.push_back(*found);
  }
  if (!node) return first;
  node->range = From(start);
  return node;
}

namespace {

struct BinaryOperator {
  std::string_view text;
  Bytecode op;
  int precedence;
};

constexpr BinaryOperator kBinaryOperators[] = {
    {"|", Bytecode::kBitOr, 0},        {"^", Bytecode::kBitXor, 1},      {"&", Bytecode::kBitAnd, 2},
    {"<<", Bytecode::kLeftShift, 3},   {">>", Bytecode::kRightShift, 3}, {"+", Bytecode::kAdd, 4},
    {"-", Bytecode::kSubtract, 4},     {"*", Bytecode::kMultiply, 5},    {"/", Bytecode::kDivide, 5},
    {"//", Bytecode::kFloorDivide, 5}, {"%", Bytecode::kModulo, 5},      {"@", Bytecode::kMatmul, 5}};

}  // namespace

ExpressionPtr Parser::ParseBinary(int lowest) {
  const SourceRange start = Here();
  ExpressionPtr left = ParseUnary();
  for (;;) {
    const BinaryOperator* found = nullptr;
    for (const BinaryOperator& candidate : kBinaryOperators) {
      if (candidate.precedence >= lowest && IsOperator(candidate.text)) found = &candidate;
    }
    if (!found || Failed()) return left;
    const Token token = Take();
    ExpressionPtr right = ParseBinary(found->precedence + 1);
    const SourceRange left_range = left->range;
    const bool plain = !left->parenthesized;
    left = New(ExpressionKind::kBinary, start, std::move(left), std::move(right));
    left->op = found->op;
    if (plain || left_range.end_line != token.line) {
      left->range.mark_start = token.column;
      left->range.mark_end = token.end_column;
    } else {
      // CPython marks the first character after the left operand's own text: the closing parenthesis.
      left->range.mark_start = left_range.end_column;
      left->range.mark_end = left_range.end_column + (token.column > left_range.end_column + 1 ? 1 : 2);
    }
  }
}

ExpressionPtr Parser::ParseUnary() {
  static constexpr std::pair<std::string_view, Bytecode> kUnary[] = {
      {"-", Bytecode::kNegative}, {"+", Bytecode::kPositive}, {"~", Bytecode::kInvert}};
  const SourceRange start = Here();
  for (const auto& [text, op] : kUnary) {
    if (!IsOperator(text)) continue;
    Nesting nesting(this);
    Take();
    ExpressionPtr node = New(ExpressionKind::kUnary, start, ParseUnary());
    node->op = op;
    return node;
  }
  return ParsePower();
}

ExpressionPtr Parser::ParsePower() {
  const SourceRange start = Here();
  ExpressionPtr base = ParsePostfix();
  if (!IsOperator("**")) return base;
  Nesting nesting(this);
  const Token token = Take();
  ExpressionPtr exponent = ParseUnary();
  ExpressionPtr node = New(ExpressionKind::kBinary, start, std::move(base), std::move(exponent));
  node->op = Bytecode::kPower;
  node->range.mark_start = token.column;
  node->range.mark_end = token.end_column;
  return node;
}

ExpressionPtr Parser::ParsePostfix() {
  const SourceRange start = Here();
  ExpressionPtr value = ParseAtom();
  for (;;) {
    if (Failed()) return value;
    if (IsOperator("(")) {
      value = ParseCall(std::move(value));
    } else if (IsOperator("[")) {
      value = ParseSubscript(std::move(value));
    } else if (AcceptOperator(".")) {
      std::string name = ExpectName();
      value = New(ExpressionKind::kAttribute, start, std::move(value));
      value->name = std::move(name);
    } else {
      return value;
    }
  }
}

void Parser::FailForgottenComma(const Expression& before) {
  if (Failed()) return;
  const bool expression_follows = AtExpressionStart() && !IsOperator("(") && !IsOperator("[") &&
                                  !IsOperator("-") && !IsOperator("+") && !IsOperator("*");
  if (!expression_follows) return FailSyntax();
  Parser probe(*this);
  probe.ParseExpression();
  if (probe.Failed()) return FailSyntax();
  Fail("invalid syntax. Perhaps you forgot a comma?", probe.From(before.range));
}

ExpressionPtr Parser::ParseCall(ExpressionPtr callee) {
  Nesting nesting(this);
  const SourceRange start = callee->range;
  Take();
  ExpressionPtr call = New(ExpressionKind::kCall, start, std::move(callee));
  const size_t first_token = position_;
  const bool consumer = call->items[0]->kind == ExpressionKind::kName && FindConsumer(call->items[0]->name);
  const bool inlines = std::exchange(inlines_, inlines_ && !consumer);
  while (!IsOperator(")") && !Failed()) {
    const SourceRange argument = Here();
    if (AcceptOperator("**")) {
      call->keywords.push_back({"", ParseExpression(), From(argument)});
    } else if (Peek().kind == TokenKind::kName && IsOperator("=", 1) && !IsKeyword(Peek().text)) {
      std::string name = Take().text;
      Take();
      ExpressionPtr value = ParseExpression();
      call->keywords.push_back({std::move(name), std::move(value), From(argument)});
    } else {
      ExpressionPtr value = ParsePositional();
      if (!call->keywords.empty() && value->kind != ExpressionKind::kStarred) {
        const bool unpacking = std::any_of(call->keywords.begin(), call->keywords.end(),
                                           [](const Keyword& keyword) { return keyword.name.empty(); });
        Fail(unpacking ? "positional argument follows keyword argument unpacking"
                       : "positional argument follows keyword argument",
             From(argument));
      }
      if (IsOperator("=") && !Failed()) {
        Fail("expression cannot contain assignment, perhaps you meant \"==\"?", From(argument));
      }
      if (!IsOperator(",") && !IsOperator(")")) FailForgottenComma(*value);
      Adopt(call.get(), std::move(value));
    }
    if (!AcceptOperator(",")) break;
  }
  inlines_ = inlines;
  if (consumer && inlines && !Failed()) ParseInlined(call.get(), first_token);
  ExpectOperator(")");
  call->range = From(start);
  return call;
}

// An argument without a name: an expression, or a generator expression without parentheses of its own.
ExpressionPtr Parser::ParsePositional() {
  const SourceRange start = Here();
  ExpressionPtr value = ParseStarOrExpression();
  if (!IsWord("for")) return value;
  value = New(ExpressionKind::kGenerator, start, std::move(value));
  ParseClauses(value.get());
  value->range = From(start);
  return value;
}

// Parses the argument again if it is a generator expression and all there is.
void Parser::ParseInlined(Expression* call, size_t first_token) {
  const bool alone = call->items.size() == 2 && call->keywords.empty();
  if (!alone || call->items[1]->kind != ExpressionKind::kGenerator) return;
  const size_t end = std::exchange(position_, first_token);
  ExpressionPtr value = ParsePositional();
  value->kind = ExpressionKind::kListOf;
  call->height = std::max(call->height, value->height + 1);
  call->inlined = std::move(value);
  position_ = end;
}

ExpressionPtr Parser::ParseSubscript(ExpressionPtr object) {
  Nesting nesting(this);
  const SourceRange start = object->range;
  const SourceRange object_range = object->range;
  Take();
  const SourceRange index_start = Here();
  ExpressionPtr index = ParseSliceItem();
  if (IsOperator(",")) {
    index = New(ExpressionKind::kTuple, index_start, std::move(index));
    while (AcceptOperator(",") && !IsOperator("]") && !Failed()) Adopt(index.get(), ParseSliceItem());
    index->range = From(index_start);
  }
  const SourceRange index_range = index->range;
  if (!IsOperator("]") && !Failed()) FailForgottenComma(*index);
  ExpectOperator("]");
  ExpressionPtr node = New(ExpressionKind::kSubscript, start, std::move(object), std::move(index));
  node->range.mark_start = object_range.end_column;
  node->range.mark_end = index_range.end_column + 1;
  return node;
}

ExpressionPtr Parser::ParseSliceItem() {
  const SourceRange start = Here();
  const auto at_bound = [this] { return !IsOperator(":") && !IsOperator(",") && !IsOperator("]"); };
  ExpressionPtr first;
  if (!IsOperator(":")) {
    first = ParseStarOrExpression();
    if (!IsOperator(":")) return first;
  }
  Take();
  ExpressionPtr stop, step;
  if (at_bound()) stop = ParseExpression();
  if (AcceptOperator(":") && at_bound()) step = ParseExpression();
  return New(ExpressionKind::kSlice, start, std::move(first), std::move(stop), std::move(step));
}

void Parser::ParseClauses(Expression* comprehension) {
  while (AcceptWord("for")) {
    ForClause clause;
    clause.target = ParseTargetList();
    CheckTarget(*clause.target, false);
    if (!AcceptWord("in")) FailSyntax();
    clause.iterable = ParseOr();
    while (AcceptWord("if")) {
      if (IsWord("lambda")) FailSyntax();
      clause.conditions.push_back(ParseOr());
    }
    comprehension->clauses.push_back(std::move(clause));
  }
}

ExpressionPtr Parser::ParseLambda() {
  const SourceRange start = Here();
  Take();
  auto function = std::make_unique<FunctionNode>();
  function->name = "<lambda>";
  ParseParameters(function.get(), ":", false);
  ExpectOperator(":");
  ExpressionPtr body = ParseExpression();
  ExpressionPtr node = New(ExpressionKind::kLambda, start, std::move(body));
  node->function = std::move(function);
  return node;
}

ExpressionPtr Parser::ParseYield() {
  const SourceRange start = Here();
  Take();
  if (AcceptWord("from")) return New(ExpressionKind::kYieldFrom, start, ParseExpression());
  ExpressionPtr value;
  if (AtExpressionStart()) value = ParseExpressionList();
  return New(ExpressionKind::kYield, start, std::move(value));
}

ExpressionPtr Parser::ParseAtom() {
  const SourceRange start = Here();
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kInteger:
    case TokenKind::kFloat:
      return ParseNumber();
    case TokenKind::kString:
      return ParseStrings();
    case TokenKind::kName: {
      Value constant;
      if (token.text == "None") constant = Value::None();
      if (token.text == "True") constant = Value::Bool(true);
      if (token.text == "False") constant = Value::Bool(false);
      if (constant.IsUndefined() && IsKeyword(token.text)) break;
      std::string name = Take().text;
      ExpressionPtr node =
          New(constant.IsUndefined() ? ExpressionKind::kName : ExpressionKind::kConstant, start);
      node->name = std::move(name);
      node->constant = std::move(constant);
      return node;
    }
    case TokenKind::kOperator:
      if (token.text == "(") return ParseParenthesis();
      if (token.text == "[") return ParseListDisplay();
      if (token.text == "{") return ParseBraces();
      if (token.text == "...") {
        Take();
        ExpressionPtr node = New(ExpressionKind::kConstant, start);
        node->constant = Value::Ellipsis();
        return node;
      }
      break;
    default:
      break;
  }
  FailSyntax();
  ExpressionPtr dummy = New(ExpressionKind::kConstant, start);
  dummy->constant = Value::None();
  return dummy;
}

ExpressionPtr Parser::ParseParenthesis() {
  Nesting nesting(this);
  const SourceRange start = Here();
  Take();
  if (AcceptOperator(")")) return New(ExpressionKind::kTuple, start);
  ExpressionPtr value = IsWord("yield") ? ParseYield() : ParseStarOrExpression();
  if (IsWord("for")) {
    value = New(ExpressionKind::kGenerator, start, std::move(value));
    ParseClauses(value.get());
    ExpectOperator(")");
    value->range = From(start);
    return value;
  }
  if (IsOperator(",")) {
    value = New(ExpressionKind::kTuple, start, std::move(value));
    while (AcceptOperator(",") && !IsOperator(")") && !Failed()) {
      ExpressionPtr item = ParseStarOrExpression();
      if (!IsOperator(",") && !IsOperator(")")) FailForgottenComma(*item);
      Adopt(value.get(), std::move(item));
    }
    ExpectOperator(")");
    value->range = From(start);
    return value;
  }
  if (value->kind == ExpressionKind::kStarred) Fail("cannot use starred expression here", value->range);
  if (!IsOperator(")")) FailForgottenComma(*value);
  ExpectOperator(")");
  value->parenthesized = true;
  return value;
}

ExpressionPtr Parser::ParseListDisplay() {
  Nesting nesting(this);
  const SourceRange start = Here();
  Take();
  ExpressionPtr list = New(ExpressionKind::kList, start);
  while (!IsOperator("]") && !Failed()) {
    ExpressionPtr item = ParseStarOrExpression();
    if (list->items.empty() && IsWord("for")) {
      list = New(ExpressionKind::kListOf, start, std::move(item));
      ParseClauses(list.get());
      break;
    }
    if (!IsOperator(",") && !IsOperator("]")) FailForgottenComma(*item);
    Adopt(list.get(), std::move(item));
    if (!AcceptOperator(",")) break;
  }
  ExpectOperator("]");
  list->range = From(start);
  return list;
}

ExpressionPtr Parser::ParseBraces() {
  Nesting nesting(this);
  const SourceRange start = Here();
  Take();
  ExpressionPtr node = New(ExpressionKind::kDict, start);
  while (!IsOperator("}") && !Failed()) {
    const bool first = node->items.empty();
    ExpressionPtr key, value;
    if (AcceptOperator("**")) {
      value = ParseBinary(0);
    } else {
      key = ParseStarOrExpression();
      if (first && !IsOperator(":")) node->kind = ExpressionKind::kSet;
      if (node->kind == ExpressionKind::kDict) {
        if (!IsOperator(":") && !Failed()) FailAtToken("':' expected after dictionary key");
        ExpectOperator(":");
        value = ParseExpression();
      }
    }
    if (first && IsWord("for")) {
      const bool dict = node->kind == ExpressionKind::kDict;
      node = New(dict ? ExpressionKind::kDictOf : ExpressionKind::kSetOf, start, std::move(key));
      if (dict) Adopt(node.get(), std::move(value));
      ParseClauses(node.get());
      break;
    }
    if (value) node->height = std::max(node->height, value->height + 1);
    const Expression& last = value ? *value : *key;
    if (!IsOperator(",") && !IsOperator("}")) FailForgottenComma(last);
    Adopt(node.get(), std::move(key));
    if (node->kind == ExpressionKind::kDict) node->values.push_back(std::move(value));
    if (!AcceptOperator(",")) break;
  }
  ExpectOperator("}");
  node->range = From(start);
  return node;
}

}  // namespace lathe::script
