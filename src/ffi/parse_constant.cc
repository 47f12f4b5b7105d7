// Integer constant expressions: values of enumerators, lengths of arrays. Values are 64 bits wide and signed;
// what overflows is an error.
#include <array>

#include "absl/strings/str_cat.h"
#include "lathe/error.h"
#include "src/ffi/parser.h"

namespace lathe::ffi {
namespace {

// C's binary operators, the loosest first.
constexpr std::array<std::string_view, 10> kLevels = {"||",    "&&",        "|",     "^",   "&",
                                                      "== !=", "< > <= >=", "<< >>", "+ -", "* / %"};

bool IsOperatorOf(std::string_view level, std::string_view text) {
  size_t start = 0;
  while (start <= level.size()) {
    const size_t end = std::min(level.find(' ', start), level.size());
    if (level.substr(start, end - start) == text) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

int64_t Parser::ParseConstant() {
  const Nesting nesting(this);
  const int64_t condition = ParseBinary(0);
  if (!Accept("?")) return condition;
  const int64_t yes = ParseConstant();
  Expect(":", "in a conditional expression");
  const int64_t no = ParseConstant();
  return condition ? yes : no;
}

int64_t Parser::ParseBinary(int level) {
  if (level == static_cast<int>(kLevels.size())) return ParseUnary();
  int64_t value = ParseBinary(level + 1);
  while (Peek().kind == Token::Kind::kPunctuation &&
         IsOperatorOf(kLevels[static_cast<size_t>(level)], Peek().text)) {
    const Token op = Take();
    value = Apply(op, value, ParseBinary(level + 1));
  }
  return value;
}

int64_t Parser::Apply(const Token& op, int64_t x, int64_t y) const {
  const std::string_view text = op.text;
  int64_t result = 0;
  bool overflow = false;
  if (text == "+") {
    overflow = __builtin_add_overflow(x, y, &result);
  } else if (text == "-") {
    overflow = __builtin_sub_overflow(x, y, &result);
  } else if (text == "*") {
    overflow = __builtin_mul_overflow(x, y, &result);
  } else if (text == "/" || text == "%") {
    if (y == 0) Fail(op, "division by zero");
    if (y == -1) return text == "/" ? Apply({op.kind, "-", op.offset}, 0, x) : 0;
    result = text == "/" ? x / y : x % y;
  } else if (text == "<<" || text == ">>") {
    if (y < 0 || y > 63) Fail(op, "this shift is not between 0 and 63");
    result = text == "<<" ? static_cast<int64_t>(static_cast<uint64_t>(x) << y) : x >> y;
  } else if (text == "|") {
    result = x | y;
  } else if (text == "&") {
    result = x & y;
  } else if (text == "^") {
    result = x ^ y;
  } else if (text == "||") {
    result = x || y;
  } else if (text == "&&") {
    result = x && y;
  } else if (text == "==" || text == "!=") {
    result = (x == y) == (text == "==");
  } else {
    result = text == "<" ? x < y : text == ">" ? x > y : text == "<=" ? x <= y : x >= y;
  }
  if (overflow) Fail(op, "this does not fit into 64 bits");
  return result;
}

int64_t Parser::ParseUnary() {
  const Nesting nesting(this);
  const Token op = Peek();
  if (Accept("+")) return ParseUnary();
  if (Accept("-")) return Apply(op, 0, ParseUnary());
  if (Accept("~")) return ~ParseUnary();
  if (Accept("!")) return !ParseUnary();
  return ParsePrimary();
}

int64_t Parser::ParsePrimary() {
  if (Peek().kind == Token::Kind::kNumber) return Take().value;
  if (Accept("(")) {
    if (AtType()) {
      const Token at = Peek();
      const Qualified type = ParseTypeName();
      Expect(")", "after a type");
      if (!type.type->IsArithmetic()) Fail(at, "only integers can be cast in a constant");
      return ParseUnary();
    }
    const int64_t value = ParseConstant();
    Expect(")", "in a constant");
    return value;
  }
  if (Accept("sizeof")) return ParseSizeof();
  if (Peek().kind == Token::Kind::kName) {
    const auto constant = names_.constants_.find(Peek().text);
    if (constant == names_.constants_.end()) {
      Fail(absl::StrCat("'", std::string(Peek().text), "' is no constant"));
    }
    Take();
    return constant->second;
  }
  Fail(absl::StrCat("expected an integer constant, not ", Here()));
}

int64_t Parser::ParseSizeof() {
  Expect("(", "after sizeof");
  const Token at = Peek();
  const Qualified type = ParseTypeName();
  Expect(")", "after a type");
  if (!type.type->complete) Fail(at, absl::StrCat("the size of ", TypeText(type), " is not known"));
  return static_cast<int64_t>(type.type->size);
}

}  // namespace lathe::ffi
