// The emitters of loop traces, by instruction set. Every host has all of them: code for another machine can
// be listed and disassembled.
#pragma once

#include <memory>

#include "src/codegen/loop/loop_emitter.h"

namespace lathe {

// For the level of the options. They and the trace outlive the emitter.
std::unique_ptr<LoopEmitter> MakeLoopEmitter(const Trace& trace, const LoopEmitOptions& options);

}  // namespace lathe
