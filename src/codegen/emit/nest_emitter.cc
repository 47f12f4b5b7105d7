#include "src/codegen/emit/nest_emitter.h"

#include "src/codegen/a64/nest_target.h"
#include "src/codegen/emit/nest_lowering.h"
#include "src/codegen/x64/nest_target.h"

namespace lathe {

template <class Target>
asmjit::FuncNode* EmitNest(const Trace& trace, const NestPlan& plan, const EmitOptions& options,
                           typename Target::Compiler& compiler, NestCode* code) {
  return NestLowering<Target>(trace, plan, options, compiler).Run(code);
}

template asmjit::FuncNode* EmitNest<X64Target>(const Trace&, const NestPlan&, const EmitOptions&,
                                               X64Target::Compiler&, NestCode*);
template asmjit::FuncNode* EmitNest<A64Target>(const Trace&, const NestPlan&, const EmitOptions&,
                                               A64Target::Compiler&, NestCode*);

}  // namespace lathe
