// The machine-code backend: the only header of this room that others see.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "lathe/engine.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/backend.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

class CodeMap;

struct NativeOptions {
  Isa level = Isa::kNative;  // a lower one than the CPU's may be forced
  FpMode fp = FpMode::kStrict;
  int threads = 0;              // 0: all processors this process may use
  bool keep_listing = false;    // Executable::Listing() returns the assembly
  CodeMap* code_map = nullptr;  // is told of all code, unless null; outlives it
};

// Whether this CPU and system can run our machine code.
bool NativeSupported();
// Why code for that instruction set can never run here ("isa neon is of another architecture ..."), or "".
std::string IsaProblem(Isa isa);
// "avx512", "avx2", "sse42" or "neon": what code is made for if `level` is the highest instruction set
// allowed.
std::string_view NativeIsaName(Isa level);
// The processor's name for itself.
std::string ProcessorName();
// Processors that this process may use.
int AvailableProcessors();
// What a nest of so many points takes on one thread, roughly: the estimate by which work is split over
// threads.
double EstimatedNanoseconds(int64_t points, int64_t ops, int64_t bytes);
std::unique_ptr<Backend> MakeNativeBackend(const NativeOptions& options);
// The same for loop traces.
std::unique_ptr<LoopBackend> MakeNativeLoopBackend(const NativeOptions& options);

// The machine code of a trace of nests, or of a loop trace, for a target that need not be this machine: to be
// looked at. Addresses that only a running process has are zero in it.
struct TargetCode {
  std::string listing;
  std::string bytes;  // as they would lie at address 0
};
// "aarch64", "sse42", ...
std::span<const std::string_view> Targets();
absl::StatusOr<TargetCode> CompileForTarget(const Trace& trace, std::string_view target);

}  // namespace lathe
