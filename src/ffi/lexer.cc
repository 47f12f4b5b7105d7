// The lexer of C declarations.
#include "src/ffi/lexer.h"

#include <algorithm>
#include <charconv>

#include "lathe/error.h"

namespace lathe::ffi {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameCharacter(char c) { return IsNameStart(c) || IsDigit(c); }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::vector<Token> Run() {
    std::vector<Token> tokens;
    while (SkipSpace()) tokens.push_back(Next());
    tokens.push_back({Token::Kind::kEnd, {}, source_.size()});
    return tokens;
  }

 private:
  char At(size_t k) const { return k < source_.size() ? source_[k] : '\0'; }

  // Moves to the next token; false at the end.
  bool SkipSpace() {
    while (here_ < source_.size()) {
      if (IsSpace(At(here_))) {
        ++here_;
      } else if (source_.substr(here_, 2) == "//") {
        here_ = std::min(source_.find('\n', here_), source_.size());
      } else if (source_.substr(here_, 2) == "/*") {
        const size_t end = source_.find("*/", here_ + 2);
        if (end == std::string_view::npos) FailAt(source_, here_, "this comment has no end");
        here_ = end + 2;
      } else {
        return true;
      }
    }
    return false;
  }

  Token Next() {
    const size_t start = here_;
    const char c = At(here_);
    if (IsNameStart(c)) {
      while (IsNameCharacter(At(here_))) ++here_;
      return Make(Token::Kind::kName, start);
    }
    if (IsDigit(c)) return Number();
    if (c == '\'') return Character();
    if (c == '#') {
      FailAt(source_, start,
             "declarations cannot hold preprocessor lines: leave them out, and write constants as an enum "
             "(enum { NAME = 1 };)");
    }
    if (c == '"') FailAt(source_, start, "a string has no place in a declaration");
    for (const std::string_view text : {"...", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"}) {
      if (source_.substr(here_, text.size()) != text) continue;
      here_ += text.size();
      return Make(Token::Kind::kPunctuation, start);
    }
    if (std::string_view("()[]{}*,;:=+-/%&|^~!<>?.").find(c) == std::string_view::npos) {
      FailAt(source_, start, "this character has no place in a declaration");
    }
    ++here_;
    return Make(Token::Kind::kPunctuation, start);
  }

  Token Make(Token::Kind kind, size_t start) const {
    return {kind, source_.substr(start, here_ - start), start};
  }

  Token Number() {
    const size_t start = here_;
    int base = 10;
    if (At(here_) == '0' && (At(here_ + 1) == 'x' || At(here_ + 1) == 'X')) {
      base = 16;
      here_ += 2;
    } else if (At(here_) == '0' && IsDigit(At(here_ + 1))) {
      base = 8;
    }
    uint64_t value = 0;
    const char* end = source_.data() + source_.size();
    const auto [stop, error] = std::from_chars(source_.data() + here_, end, value, base);
    if (error == std::errc::result_out_of_range)
      FailAt(source_, start, "this number does not fit into 64 bits");
    here_ = static_cast<size_t>(stop - source_.data());
    while (std::string_view("uUlL").find(At(here_)) != std::string_view::npos && At(here_) != '\0') ++here_;
    if (error != std::errc() || IsNameCharacter(At(here_)) || At(here_) == '.') {
      FailAt(source_, start, "this is no integer");
    }
    Token token = Make(Token::Kind::kNumber, start);
    token.value = static_cast<int64_t>(value);
    return token;
  }

  Token Character() {
    const size_t start = here_;
    const bool escaped = At(start + 1) == '\\';
    const size_t close = start + (escaped ? 3 : 2);
    const char c = At(close - 1);
    constexpr std::string_view kNames = "ntr0\\'\"", kValues("\n\t\r\0\\'\"", 7);
    const size_t name = kNames.find(c);
    if (At(close) != '\'' || c == '\n' || (escaped && name == std::string_view::npos)) {
      FailAt(source_, start, "this is no character constant");
    }
    here_ = close + 1;
    Token token = Make(Token::Kind::kNumber, start);
    token.value = static_cast<signed char>(escaped ? kValues[name] : c);
    return token;
  }

  const std::string_view source_;
  size_t here_ = 0;
};

}  // namespace

std::vector<Token> Tokenize(std::string_view source) { return Lexer(source).Run(); }

void FailAt(std::string_view source, size_t offset, const std::string& message) {
  offset = std::min(offset, source.size());
  const auto line =
      std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1;
  const size_t newline = offset == 0 ? std::string_view::npos : source.rfind('\n', offset - 1);
  const size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const std::string_view text =
      source.substr(start, std::min(source.find('\n', start), source.size()) - start);
  std::string caret;  // tabs stay tabs, so that the caret stands below its place
  for (const char c : source.substr(start, offset - start)) caret += c == '\t' ? '\t' : ' ';
  throw ValueError("declaration, line " + std::to_string(line) + ", column " +
                   std::to_string(offset - start + 1) + ": " + message + "\n    " + std::string(text) +
                   "\n    " + caret + "^");
}

}  // namespace lathe::ffi
