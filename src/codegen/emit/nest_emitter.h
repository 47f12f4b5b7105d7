// One nest as one function of an asmjit compiler, for each target.
#pragma once

#include <asmjit/core.h>

#include "src/codegen/emit/emit_nest.h"

namespace lathe {

// `*code` says how to call the function, once it has an address.
template <class Target>
asmjit::FuncNode* EmitNest(const Trace& trace, const NestPlan& plan, const EmitOptions& options,
                           typename Target::Compiler& compiler, NestCode* code);

}  // namespace lathe
