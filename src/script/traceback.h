// Exceptions as text: CPython 3.11's tracebacks with source lines and markers, and syntax errors.
#pragma once

#include <string>

#include "src/script/token.h"
#include "src/script/vm.h"

namespace lathe::script {

// The whole text for an exception that nothing caught, chained ones included.
std::string FormatException(Vm& vm, const ExceptionObject& exception);

// A SyntaxError or IndentationError exception for a problem of `source`.
Ref<ExceptionObject> MakeSyntaxError(Vm& vm, const SourceFile& source, const SyntaxProblem& problem);

}  // namespace lathe::script
