// The parser: tokens to a syntax tree, by recursive descent for statements and precedence climbing for
// expressions. Its depth is bounded, so that no input overflows the stack.
#pragma once

#include <optional>
#include <string_view>

#include "src/script/ast.h"
#include "src/script/token.h"

namespace lathe::script {

// Parses a whole script into `body`. Returns the first problem in CPython's words, if there is one.
std::optional<SyntaxProblem> Parse(std::string_view text, Block* body);

}  // namespace lathe::script
