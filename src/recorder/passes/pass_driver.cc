// Running, timing and checking of passes.
#include "src/recorder/passes/pass_driver.h"

#include <algorithm>

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

bool IsInput(Op op) {
  return op == Op::kParam || op == Op::kDim || op == Op::kConst || op == Op::kParameter || op == Op::kBlock;
}

// A trace as it was before a pass, for those who want to know whether it has changed. Kept from pass to pass:
// most leave the trace as it is, and then nothing is copied.
class Before {
 public:
  Before(const Trace& trace, const PassContext& context) {
    if (context.observer) Take(trace);
  }
  int64_t ops() const { return ops_; }
  bool SameAs(const Trace& trace) const { return trace_.SameAs(trace); }
  void Take(const Trace& trace) {
    trace_.instructions = trace.instructions;
    trace_.operand_pool = trace.operand_pool;
    trace_.dim_pool = trace.dim_pool;
    trace_.names = trace.names;
    trace_.kernels = trace.kernels;
    ops_ = CountOps(trace);
  }

 private:
  Trace trace_;
  int64_t ops_ = 0;
};

void Tell(const PassInfo& pass, const Trace& trace, int64_t nanoseconds, Before* before, size_t reasons,
          const PassContext& context) {
  PassEvent event;
  event.name = pass.name;
  event.level = pass.level;
  event.nanoseconds = nanoseconds;
  event.changed = !before->SameAs(trace);
  event.ops_before = before->ops();
  if (event.changed) before->Take(trace);
  event.ops_after = before->ops();
  event.after = &trace;
  event.reasons = std::span(context.reasons).subspan(reasons);
  event.decisions = context.decisions;
  context.observer(event);
}

// `before`: the trace as it is; afterwards as it is then.
absl::Status Run(const PassInfo& pass, Trace& trace, PassContext& context, Before* before) {
  const size_t reasons = context.reasons.size();
  context.decisions.clear();
  const int64_t start = context.observer ? Nanoseconds() : 0;
  if (absl::Status status = pass.run(trace, context); !status.ok()) return Blame(pass, status, trace);
  if (context.observer) {
    Tell(pass, trace, Nanoseconds() - start, before, reasons, context);
  }
  if (context.verify) {
    if (absl::Status status = Verify(trace); !status.ok()) return Blame(pass, status, trace);
  }
  return absl::OkStatus();
}

}  // namespace

int64_t CountOps(const Trace& trace) {
  return std::count_if(trace.instructions.begin(), trace.instructions.end(),
                       [](const Instruction& instruction) { return !IsInput(instruction.op); });
}

std::span<const PassInfo> AllPasses() { return kPasses; }

absl::Status RunPasses(TraceLevel level, Trace& trace, PassContext& context) {
  const PhaseScope phase(Phase::optimise);
  Before before(trace, context);
  for (const PassInfo& pass : kPasses) {
    if (pass.level != level) continue;
    if (absl::Status status = Run(pass, trace, context, &before); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RunPass(std::string_view name, Trace& trace, PassContext& context) {
  for (const PassInfo& pass : kPasses) {
    if (pass.name != name) continue;
    Before before(trace, context);
    return Run(pass, trace, context, &before);
  }
  return absl::NotFoundError(absl::StrCat("no pass is called ", absl::string_view(name.data(), name.size())));
}

}  // namespace lathe
