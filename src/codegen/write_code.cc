// Machine code that is only read: `lathe trace asm --target`, and tests of instruction sets that are not at
// hand.
#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/loop/emitters.h"
#include "src/codegen/native_backend.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/codegen/vector_level.h"
#include "src/recorder/ir/flow.h"

namespace lathe {
namespace {

absl::StatusOr<CodeText> WriteLoop(const Trace& trace, VectorLevel level) {
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    // Its code has addresses of the kernel's compiled form.
    if (trace.at(ref).op == Op::kInvoke)
      return absl::UnimplementedError(
          "a loop that runs array kernels is listed for the processor it ran on only");
  }
  // A poll looks at a word whose address is a constant of the code: here, of none.
  LoopEmitOptions options;
  options.attention = reinterpret_cast<const std::atomic<int>*>(uintptr_t{0x10000});
  options.avx = level != VectorLevel::kSse42;
  options.keep_listing = true;
  const bool is_arm = Info(level).architecture == Architecture::kAArch64;
  const std::unique_ptr<LoopEmitter> emitter =
      MakeLoopEmitter(is_arm ? asmjit::Arch::kAArch64 : asmjit::Arch::kX64, trace, options);
  absl::StatusOr<std::string> bytes = emitter->EmitBytes();
  if (!bytes.ok()) return bytes.status();
  return CodeText{emitter->listing(), *std::move(bytes)};
}

}  // namespace

absl::StatusOr<CodeText> WriteCode(const Trace& trace, Isa isa, FpMode fp) {
  const LevelInfo* const info = FindLevelInfo(isa);
  EmitOptions options;
  options.level = info ? static_cast<VectorLevel>(info - kLevels) : FindVectorLevel(isa);
  options.fp = fp;
  options.keep_listing = true;
  options.only_bytes = true;
  if (IsLoopTrace(trace)) return WriteLoop(trace, options.level);
  absl::StatusOr<EmittedTrace> emitted = EmitNests(trace, PlanNests(trace), options);
  if (!emitted.ok()) return emitted.status();
  return CodeText{std::move(emitted->listing), std::move(emitted->bytes)};
}

}  // namespace lathe
