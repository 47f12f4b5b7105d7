// The machine-code backend: the only header of this room that others see.
#pragma once

#include <memory>

#include "lathe/engine.h"
#include "src/recorder/runtime/backend.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

struct NativeOptions {
  Isa level = Isa::kNative;  // a lower one than the CPU's may be forced
  FpMode fp = FpMode::kStrict;
  int threads = 0;            // 0: all processors this process may use
  bool keep_listing = false;  // Executable::Listing() returns the assembly
};

// Whether this CPU and system can run our machine code.
bool NativeSupported();
std::unique_ptr<Backend> MakeNativeBackend(const NativeOptions& options);
// The same for loop traces.
std::unique_ptr<LoopBackend> MakeNativeLoopBackend(const NativeOptions& options);

}  // namespace lathe
