// One nest as one function of an asmjit compiler.
#pragma once

#include <asmjit/x86.h>

#include "src/codegen/emit/emit_nest.h"

namespace lathe {

// `*code` says how to call the function, once it has an address.
asmjit::FuncNode* EmitNest(const Trace& trace, const NestPlan& plan, const EmitOptions& options,
                           asmjit::x86::Compiler& compiler, NestCode* code);

}  // namespace lathe
