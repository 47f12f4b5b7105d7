// Choice of the emitter.
#include "src/codegen/loop/emitters.h"

#include "src/codegen/loop/a64/loop_emitter.h"
#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

std::unique_ptr<LoopEmitter> MakeLoopEmitter(const Trace& trace, const LoopEmitOptions& options) {
  if (Info(options.level).architecture == Architecture::kAArch64) {
    return std::make_unique<A64LoopEmitter>(trace, options);
  }
  return std::make_unique<X64LoopEmitter>(trace, options);
}

}  // namespace lathe
