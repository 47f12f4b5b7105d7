// The compiler: a script's text to the code object of its module, through parser and scope analysis.
#pragma once

#include <memory>
#include <optional>

#include "src/script/bytecode.h"
#include "src/script/interner.h"
#include "src/script/objects.h"
#include "src/script/token.h"

namespace lathe::script {

struct CompileOptions {
  bool interactive = false;  // expression statements show their values
};

// Compiles `source` to code that runs in `module`, whose variables it refers to by index. Null and `problem`
// set if the text is no script.
Ref<CodeObject> Compile(std::shared_ptr<const SourceFile> source, ModuleObject& module, Interner& interner,
                        const CompileOptions& options, std::optional<SyntaxProblem>* problem);

// The code as text, one instruction a line, for tests and for reading.
std::string Disassemble(const CodeObject& code);

}  // namespace lathe::script
