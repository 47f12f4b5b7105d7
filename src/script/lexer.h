// The lexer: the text of a script to tokens, with Python's rules of indentation, continuation and brackets.
// Works on the text alone; the first problem ends it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "src/script/token.h"

namespace lathe::script {

// Reads `text` into `tokens`, the last of which is kEnd. Returns the first problem, if there is one; the
// tokens before it are in `tokens`.
std::optional<SyntaxProblem> Tokenize(std::string_view text, std::vector<Token>* tokens);

// True for a reserved word of the language.
bool IsKeyword(std::string_view word);

}  // namespace lathe::script
