// Tells GDB of our code by its JIT interface, so that a backtrace names traces and lines of the script. Each
// block of code is one object file in memory: a symbol, a line table, and how to find the caller's frame.
#pragma once

#include <memory>

#include "src/codegen/memory/code_map.h"

namespace lathe {

std::unique_ptr<CodeAnnouncer> MakeGdbAnnouncer();

}  // namespace lathe
