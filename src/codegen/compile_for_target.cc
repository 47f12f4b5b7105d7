// Code for other machines: emitted as for this one, and not placed anywhere.
#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/loop/emitters.h"
#include "src/codegen/native_backend.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/codegen/vector_level.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// By level: an architecture with one level goes by its own name.
constexpr std::array kNames = [] {
  std::array<std::string_view, std::size(kLevels)> names;
  for (size_t k = 0; k < names.size(); ++k)
    names[k] = kLevels[k].architecture == Architecture::kAArch64 ? "aarch64" : kLevels[k].word;
  return names;
}();

absl::StatusOr<TargetCode> CompileLoop(const Trace& trace, VectorLevel level) {
  LoopEmitOptions options;
  options.level = level;
  options.keep_listing = true;
  options.elsewhere = true;
  const std::unique_ptr<LoopEmitter> emitter = MakeLoopEmitter(trace, options);
  absl::StatusOr<std::string> bytes = emitter->EmitBytes();
  if (!bytes.ok()) return bytes.status();
  return TargetCode{emitter->listing(), *std::move(bytes)};
}

// A trace that ran on the interpreter has none yet.
absl::StatusOr<Trace> WithNests(Trace trace) {
  if (!PlanNests(trace).empty()) return trace;
  PassContext context;
  for (const TraceLevel level : {TraceLevel::kArray, TraceLevel::kNest}) {
    if (absl::Status status = RunPasses(level, trace, context); !status.ok()) return status;
  }
  return trace;
}

}  // namespace

std::span<const std::string_view> Targets() { return kNames; }

absl::StatusOr<TargetCode> CompileForTarget(const Trace& trace, std::string_view target) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), target);
  if (found == kNames.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no target ", absl::string_view(target.data(), target.size())));
  }
  EmitOptions options;
  options.level = static_cast<VectorLevel>(found - kNames.begin());
  if (IsLoopTrace(trace)) return CompileLoop(trace, options.level);
  options.keep_listing = true;
  options.elsewhere = true;
  const absl::StatusOr<Trace> nests = WithNests(trace);
  if (!nests.ok()) return nests.status();
  absl::StatusOr<EmittedTrace> emitted = EmitNests(*nests, PlanNests(*nests), options);
  if (!emitted.ok()) return emitted.status();
  return TargetCode{std::move(emitted->listing), std::move(emitted->bytes)};
}

}  // namespace lathe
