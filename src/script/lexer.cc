// A hand-written scanner. Inside brackets line breaks are white space; elsewhere each line's indentation is
// compared with a stack of the open blocks'.
#include "src/script/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace lathe::script {
namespace {

constexpr std::array<std::string_view, 35> kKeywords = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

constexpr std::array<std::string_view, 47> kOperators = {
    "**=", "//=", ">>=", "<<=", "...", "->", ":=", "+=", "-=", "*=", "/=", "%=", "@=", "&=", "|=", "^=",
    "**",  "//",  ">>",  "<<",  "<=",  ">=", "==", "!=", "+",  "-",  "*",  "/",  "%",  "@",  "&",  "|",
    "^",   "~",   "<",   ">",   "(",   ")",  "[",  "]",  "{",  "}",  ",",  ":",  ".",  ";",  "="};

constexpr int kMaxIndents = 100;
constexpr size_t kMaxBrackets = 200;

bool IsNameStart(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80); }
bool IsNamePart(char c) { return IsNameStart(c) || std::isdigit(static_cast<unsigned char>(c)); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Token>* tokens) : text_(text), tokens_(*tokens) {}

  std::optional<SyntaxProblem> Run() {
    if (text_.starts_with("\xEF\xBB\xBF")) position_ = line_start_ = 3;
    while (position_ < text_.size()) {
      if (at_line_start_ && brackets_.empty()) {
        if (!ReadIndentation()) return problem_;
        if (position_ >= text_.size()) break;
      }
      if (!ReadOne()) return problem_;
    }
    if (!brackets_.empty()) {
      const Token& open = brackets_.back();
      Fail("'" + open.text + "' was never closed", open.line, open.column, open.column + 1);
      problem_->at_end = true;
      return problem_;
    }
    if (!at_line_start_) Add(TokenKind::kNewline, position_, position_);
    for (; indents_.size() > 1; indents_.pop_back()) Add(TokenKind::kDedent, position_, position_);
    Add(TokenKind::kEnd, position_, position_);
    return {};
  }

 private:
  char At(size_t offset) const {
    return position_ + offset < text_.size() ? text_[position_ + offset] : '\0';
  }
  int32_t Column(size_t position) const { return static_cast<int32_t>(position - line_start_); }

  bool Fail(std::string message, int32_t line, int32_t column, int32_t end_column) {
    problem_ = SyntaxProblem{std::move(message), line, column, line, end_column};
    return false;
  }
  bool FailHere(std::string message, size_t length = 1) {
    const int32_t column = Column(position_);
    return Fail(std::move(message), line_, column, column + static_cast<int32_t>(length));
  }

  void Add(TokenKind kind, size_t begin, size_t end) {
    tokens_.push_back(
        {kind, std::string(text_.substr(begin, end - begin)), line_, Column(begin), line_, Column(end)});
    position_ = end;
  }

  void NextLine() {
    ++position_;
    ++line_;
    line_start_ = position_;
  }

  // At the start of a line outside brackets: skips empty lines, emits Indent and Dedent.
  bool ReadIndentation() {
    for (;;) {
      int width = 0;
      while (At(0) == ' ' || At(0) == '\t' || At(0) == '\f') {
        width = At(0) == '\t' ? (width / 8 + 1) * 8 : width + 1;
        ++position_;
      }
      if (At(0) == '\r' && At(1) == '\n') ++position_;
      if (At(0) == '#') {
        while (position_ < text_.size() && At(0) != '\n') ++position_;
      }
      if (position_ >= text_.size()) return true;
      if (At(0) == '\n') {
        NextLine();
        continue;
      }
      return ApplyIndentation(width);
    }
  }

  bool ApplyIndentation(int width) {
    at_line_start_ = false;
    if (width > indents_.back()) {
      if (indents_.size() >= kMaxIndents) {
        FailHere("too many levels of indentation");
        problem_->indentation = true;
        return false;
      }
      indents_.push_back(width);
      Add(TokenKind::kIndent, line_start_, position_);
      return true;
    }
    while (width < indents_.back()) {
      indents_.pop_back();
      Add(TokenKind::kDedent, position_, position_);
    }
    if (width == indents_.back()) return true;
    size_t end = text_.find('\n', position_);
    end = end == std::string_view::npos ? text_.size() : end;
    Fail("unindent does not match any outer indentation level", line_, Column(end), Column(end) + 1);
    problem_->indentation = true;
    return false;
  }

  bool ReadOne() {
    const char c = At(0);
    if (c == ' ' || c == '\t' || c == '\f' || c == '\r') {
      ++position_;
      return true;
    }
    if (c == '#') {
      while (position_ < text_.size() && At(0) != '\n') ++position_;
      return true;
    }
    if (c == '\n') {
      if (brackets_.empty()) {
        tokens_.push_back(
            {TokenKind::kNewline, "\n", line_, Column(position_), line_, Column(position_) + 1});
        at_line_start_ = true;
      }
      NextLine();
      return true;
    }
    if (c == '\\') return ReadContinuation();
    if (IsDigit(c) || (c == '.' && IsDigit(At(1)))) return ReadNumber();
    if (c == '"' || c == '\'') return ReadString(position_);
    if (IsNameStart(c)) return ReadName();
    return ReadOperator();
  }

  bool ReadContinuation() {
    size_t next = position_ + 1;
    if (next < text_.size() && text_[next] == '\r') ++next;
    if (next >= text_.size()) {
      FailHere("unexpected EOF while parsing");
      problem_->at_end = true;
      return false;
    }
    if (text_[next] != '\n') {
      ++position_;
      return FailHere("unexpected character after line continuation character");
    }
    position_ = next;
    NextLine();
    return true;
  }

  bool ReadName() {
    size_t end = position_;
    while (end < text_.size() && IsNamePart(text_[end])) ++end;
    const size_t length = end - position_;
    if (end < text_.size() && (text_[end] == '"' || text_[end] == '\'') && length <= 2 && IsPrefix(length)) {
      return ReadString(end);
    }
    Add(TokenKind::kName, position_, end);
    return true;
  }

  bool IsPrefix(size_t length) const {
    std::string prefix(text_.substr(position_, length));
    for (char& c : prefix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return prefix == "r" || prefix == "f" || prefix == "b" || prefix == "u" || prefix == "rf" ||
           prefix == "fr" || prefix == "br" || prefix == "rb";
  }

  // A string literal that begins at position_ (with its prefix) and whose opening quote is at `quote`.
  bool ReadString(size_t quote) {
    const int32_t start_line = line_;
    const int32_t start_column = Column(position_);
    const char q = text_[quote];
    const bool triple = quote + 2 < text_.size() && text_[quote + 1] == q && text_[quote + 2] == q;
    const size_t width = triple ? 3 : 1;
    size_t end = quote + width;
    int32_t end_line = line_;
    size_t end_line_start = line_start_;
    for (;; ++end) {
      if (end >= text_.size() || (text_[end] == '\n' && !triple))
        return Unterminated(triple, start_column, end_line);
      if (text_[end] == '\\') {
        ++end;
        if (end >= text_.size()) return Unterminated(triple, start_column, end_line);
      } else if (text_[end] == q && (!triple || text_.substr(end, 3) == std::string(3, q))) {
        end += width;
        break;
      }
      if (text_[end] == '\n') {
        ++end_line;
        end_line_start = end + 1;
      }
    }
    tokens_.push_back({TokenKind::kString, std::string(text_.substr(position_, end - position_)), start_line,
                       start_column, end_line, static_cast<int32_t>(end - end_line_start)});
    position_ = end;
    line_ = end_line;
    line_start_ = end_line_start;
    return true;
  }

  bool Unterminated(bool triple, int32_t column, int32_t last_line) {
    const std::string kind =
        triple ? "unterminated triple-quoted string literal" : "unterminated string literal";
    Fail(kind + " (detected at line " + std::to_string(last_line) + ")", line_, column, column + 1);
    problem_->at_end = triple;
    return false;
  }

  // Skips digits of `base`, with single underscores between them.
  size_t SkipDigits(size_t from, int base) const {
    const auto is_digit = [base](char c) {
      if (base == 16) return std::isxdigit(static_cast<unsigned char>(c)) != 0;
      return c >= '0' && c < '0' + base;
    };
    size_t end = from;
    while (end < text_.size() && (is_digit(text_[end]) || (text_[end] == '_' && end + 1 < text_.size() &&
                                                           is_digit(text_[end + 1])))) {
      ++end;
    }
    return end;
  }

  bool ReadNumber() {
    size_t end = position_;
    TokenKind kind = TokenKind::kInteger;
    const char second = static_cast<char>(std::tolower(static_cast<unsigned char>(At(1))));
    if (At(0) == '0' && (second == 'x' || second == 'o' || second == 'b')) {
      const int base = second == 'x' ? 16 : second == 'o' ? 8 : 2;
      end = SkipDigits(position_ + 2, base);
      if (end == position_ + 2) {
        return FailHere(std::string("invalid ") +
                        (base == 16  ? "hexadecimal"
                         : base == 8 ? "octal"
                                     : "binary") +
                        " literal");
      }
    } else {
      end = SkipDigits(position_, 10);
      if (end < text_.size() && text_[end] == '.') {
        kind = TokenKind::kFloat;
        end = SkipDigits(end + 1, 10);
      }
      if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
        size_t exponent = end + 1;
        if (exponent < text_.size() && (text_[exponent] == '+' || text_[exponent] == '-')) ++exponent;
        const size_t digits_end = SkipDigits(exponent, 10);
        if (digits_end > exponent) {
          kind = TokenKind::kFloat;
          end = digits_end;
        }
      }
    }
    if (end < text_.size() && (text_[end] == 'j' || text_[end] == 'J')) {
      return FailHere("complex numbers are not available in Lathe", end + 1 - position_);
    }
    if (end < text_.size() && IsNameStart(text_[end])) return CheckAfterNumber(kind, end);
    Add(kind, position_, end);
    return true;
  }

  // "1if x else y" is allowed, "12abc" is not.
  bool CheckAfterNumber(TokenKind kind, size_t end) {
    size_t word_end = end;
    while (word_end < text_.size() && IsNamePart(text_[word_end])) ++word_end;
    if (IsKeyword(text_.substr(end, word_end - end))) {
      Add(kind, position_, end);
      return true;
    }
    return FailHere("invalid decimal literal", end - position_);
  }

  bool ReadOperator() {
    for (std::string_view op : kOperators) {
      if (text_.substr(position_, op.size()) != op) continue;
      if (op.size() == 1 && !TrackBracket(op[0])) return false;
      Add(TokenKind::kOperator, position_, position_ + op.size());
      if (op == "(" || op == "[" || op == "{") brackets_.push_back(tokens_.back());
      return true;
    }
    if (At(0) == '!') return FailHere("invalid syntax");
    return FailHere("invalid character '" + std::string(1, At(0)) + "'");
  }

  bool TrackBracket(char c) {
    if (c == '(' || c == '[' || c == '{') {
      return brackets_.size() < kMaxBrackets || FailHere("too many nested parentheses");
    }
    if (c != ')' && c != ']' && c != '}') return true;
    if (brackets_.empty()) return FailHere(std::string("unmatched '") + c + "'");
    const Token& open = brackets_.back();
    const char expected = open.text == "(" ? ')' : open.text == "[" ? ']' : '}';
    if (c != expected) {
      std::string message = std::string("closing parenthesis '") + c +
                            "' does not match opening parenthesis '" + open.text + "'";
      if (open.line != line_) message += " on line " + std::to_string(open.line);
      return FailHere(std::move(message));
    }
    brackets_.pop_back();
    return true;
  }

  std::string_view text_;
  std::vector<Token>& tokens_;
  size_t position_ = 0;
  size_t line_start_ = 0;
  int32_t line_ = 1;
  bool at_line_start_ = true;
  std::vector<int> indents_ = {0};
  std::vector<Token> brackets_;
  std::optional<SyntaxProblem> problem_;
};

}  // namespace

std::optional<SyntaxProblem> Tokenize(std::string_view text, std::vector<Token>* tokens) {
  return Lexer(text, tokens).Run();
}

bool IsKeyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

}  // namespace lathe::script
