// The emitters of loop traces, by instruction set. Every host has all of them: code for another machine can
// be listed and disassembled.
#pragma once

#include <memory>

#include "src/codegen/loop/loop_emitter.h"

namespace lathe {

// Null for an architecture that there is no emitter for. The trace and the options outlive the emitter.
std::unique_ptr<LoopEmitter> MakeLoopEmitter(asmjit::Arch arch, const Trace& trace,
                                             const LoopEmitOptions& options);

}  // namespace lathe
