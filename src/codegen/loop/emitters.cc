// Choice of the emitter.
#include "src/codegen/loop/emitters.h"

#include "src/codegen/loop/a64/loop_emitter.h"
#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

std::unique_ptr<LoopEmitter> MakeLoopEmitter(asmjit::Arch arch, const Trace& trace,
                                             const LoopEmitOptions& options) {
  switch (arch) {
    case asmjit::Arch::kX64:
      return std::make_unique<X64LoopEmitter>(trace, options);
    case asmjit::Arch::kAArch64:
      return std::make_unique<A64LoopEmitter>(trace, options);
    default:
      return nullptr;
  }
}

}  // namespace lathe
