// The interactive session of the tool: line editing and history by libedit; the language by the interpreter.
#pragma once

#include "src/script/interpreter.h"

namespace lathe::tools {

// Reads and runs statements until the end of input or sys.exit. Returns the exit status.
int RunSession(script::Interpreter& interpreter);

}  // namespace lathe::tools
