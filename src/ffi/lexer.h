// Tokens of C declarations. Comments and white space are dropped; each token keeps its place, so that an
// error can show the line with a caret under it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::ffi {

struct Token {
  enum class Kind : uint8_t { kName, kNumber, kPunctuation, kEnd };
  Kind kind;
  std::string_view text;  // of the source
  size_t offset;          // in the source, in bytes
  int64_t value = 0;      // of a number, or a character constant
};

// Throws lathe::Error for what is no token of a declaration: preprocessor lines, strings, odd characters. The
// tokens refer to `source`; the last one is kEnd.
std::vector<Token> Tokenize(std::string_view source);

// Throws the ValueError that says what is wrong at `offset`: line, column, the line's text and a caret.
[[noreturn]] void FailAt(std::string_view source, size_t offset, const std::string& message);

}  // namespace lathe::ffi
