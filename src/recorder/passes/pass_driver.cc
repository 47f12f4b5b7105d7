// Running, timing and checking of passes.
#include "src/recorder/passes/pass_driver.h"

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/log/trace_log.h"

namespace lathe {

uint64_t AddressOfZeros() {
  static constexpr uint64_t kZeros = 0;
  return reinterpret_cast<uint64_t>(&kZeros);
}
namespace {

constexpr PassInfo kPasses[] = {
#define PASS(FUNCTION, NAME, LEVEL, WHY) {NAME, TraceLevel::k##LEVEL, WHY, &FUNCTION},
#include "src/recorder/passes/passes.def"
#undef PASS
};

// The name of the guilty pass in front of what is wrong.
absl::Status Blame(const PassInfo& pass, const absl::Status& status, const Trace& trace) {
  const absl::string_view name(pass.name.data(), pass.name.size());
  return absl::Status(status.code(),
                      absl::StrCat("pass ", name, ": ", status.message(), "\n", PrintTrace(trace)));
}

absl::Status Run(const PassInfo& pass, Trace& trace, PassContext& context) {
  Trace before;
  if (context.observer) before = trace;
  const size_t reasons = context.reasons.size();
  const int64_t start = context.observer ? Nanoseconds() : 0;
  if (absl::Status status = pass.run(trace, context); !status.ok()) return Blame(pass, status, trace);
  if (context.observer) {
    const int64_t nanoseconds = Nanoseconds() - start;
    context.observer(
        {pass.name, pass.level, nanoseconds, &before, &trace, std::span(context.reasons).subspan(reasons)});
  }
  if (context.verify) {
    if (absl::Status status = Verify(trace); !status.ok()) return Blame(pass, status, trace);
  }
  return absl::OkStatus();
}

}  // namespace

std::span<const PassInfo> AllPasses() { return kPasses; }

absl::Status RunPasses(TraceLevel level, Trace& trace, PassContext& context) {
  const PhaseScope phase(Phase::optimise);
  for (const PassInfo& pass : kPasses) {
    if (pass.level != level) continue;
    if (absl::Status status = Run(pass, trace, context); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RunPass(std::string_view name, Trace& trace, PassContext& context) {
  for (const PassInfo& pass : kPasses) {
    if (pass.name == name) return Run(pass, trace, context);
  }
  return absl::NotFoundError(absl::StrCat("no pass is called ", absl::string_view(name.data(), name.size())));
}

}  // namespace lathe
