// Characters and words of the textual IR, and errors that say where: what the parser stands on. A method
// that fails sets the one sticky error and returns false. Knows the words of literals only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/literal.h"

namespace lathe {

class TextReader {
 public:
  explicit TextReader(std::string_view text) : text_(text) {}

 protected:
  static bool IsWordChar(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  static absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[position_]; }
  void SkipSpaces() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\r') ++position_;
  }
  void SkipBlankLines() {
    while (true) {
      SkipSpaces();
      if (Peek() == ';') {
        while (!AtEnd() && Peek() != '\n') ++position_;
      }
      if (Peek() != '\n') return;
      ++position_;
    }
  }
  bool Fail(std::string_view message) { return FailAt(position_, message); }
  bool FailAt(size_t position, std::string_view message) {
    if (!error_.ok()) return false;
    position = std::min(position, text_.size());
    size_t line = 1;
    size_t begin = 0;
    for (size_t k = 0; k < position; ++k) {
      if (text_[k] != '\n') continue;
      ++line;
      begin = k + 1;
    }
    const std::string_view source = text_.substr(begin, text_.find('\n', begin) - begin);
    const size_t column = position - begin;
    error_ =
        absl::InvalidArgumentError(absl::StrCat("line ", line, ", column ", column + 1, ": ", View(message),
                                                "\n", View(source), "\n", std::string(column, ' '), "^"));
    return false;
  }
  bool Accept(char c) {
    SkipSpaces();
    if (Peek() != c) return false;
    ++position_;
    return true;
  }
  bool Expect(char c) { return Accept(c) || Fail(absl::StrCat("expected '", std::string(1, c), "'")); }
  std::string_view Word() {
    SkipSpaces();
    const size_t begin = position_;
    while (!AtEnd() && IsWordChar(Peek())) ++position_;
    return text_.substr(begin, position_ - begin);
  }
  // The word, only if it is next.
  bool AcceptWord(std::string_view word) {
    const size_t begin = position_;
    if (Word() == word) return true;
    position_ = begin;
    return false;
  }
  bool Integer(uint64_t* value) {
    SkipSpaces();
    const size_t begin = position_;
    const std::optional<uint64_t> bits = ParseLiteral(DType::kUInt64, Word());
    if (!bits || *bits > INT64_MAX) return FailAt(begin, "expected an integer");
    *value = *bits;
    return true;
  }
  bool EndOfLine() {
    SkipSpaces();
    if (Peek() != '\n' && !AtEnd()) return Fail("expected the end of the line");
    if (!AtEnd()) ++position_;
    return true;
  }

  const std::string_view text_;
  size_t position_ = 0;
  absl::Status error_;
};

}  // namespace lathe
