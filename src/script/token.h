// Tokens of the language: what the lexer makes of the text and the parser reads.
#pragma once

#include <cstdint>
#include <string>

namespace lathe::script {

enum class TokenKind : uint8_t {
  kEnd,
  kNewline,
  kIndent,
  kDedent,
  kName,  // also keywords
  kInteger,
  kFloat,
  kString,  // one literal with its prefix and quotes
  kOperator
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  int32_t line = 1, column = 0;  // lines from 1, columns of bytes from 0
  int32_t end_line = 1, end_column = 0;
};

// A syntax error: where and what. `kind` tells IndentationError from SyntaxError.
struct SyntaxProblem {
  std::string message;
  int32_t line = 1, column = 0, end_line = 1, end_column = 0;
  bool indentation = false;
  bool at_end = false;  // the text ended too early: an interactive session reads on
  bool no_caret = false;
};

}  // namespace lathe::script
