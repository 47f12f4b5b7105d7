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

// What is told of a trace before and after a pass. Made only if somebody observes.
struct Mark {
  uint64_t layout = 0;  // most passes leave a trace as it is: then the others are not made again
  uint64_t hash = 0;
  int64_t ops = 0;
};
Mark MarkOf(const Trace& trace, const PassContext& context) {
  return context.observer ? Mark{trace.LayoutHash(), trace.Hash(), CountOps(trace)} : Mark();
}
Mark MarkAfter(const Mark& before, const Trace& trace) {
  const uint64_t layout = trace.LayoutHash();
  return layout == before.layout ? before : Mark{layout, trace.Hash(), CountOps(trace)};
}

void Tell(const PassInfo& pass, const Trace& trace, int64_t nanoseconds, const Mark& before,
          const Mark& after, size_t reasons, const PassContext& context) {
  PassEvent event;
  event.name = pass.name;
  event.level = pass.level;
  event.nanoseconds = nanoseconds;
  event.changed = before.hash != after.hash;
  event.ops_before = before.ops;
  event.ops_after = after.ops;
  event.after = &trace;
  event.reasons = std::span(context.reasons).subspan(reasons);
  event.decisions = context.decisions;
  context.observer(event);
}

// `mark`: of the trace as it is; afterwards as it is then.
absl::Status Run(const PassInfo& pass, Trace& trace, PassContext& context, Mark* mark) {
  const size_t reasons = context.reasons.size();
  context.decisions.clear();
  const int64_t start = context.observer ? Nanoseconds() : 0;
  if (absl::Status status = pass.run(trace, context); !status.ok()) return Blame(pass, status, trace);
  if (context.observer) {
    const int64_t nanoseconds = Nanoseconds() - start;
    const Mark after = MarkAfter(*mark, trace);
    Tell(pass, trace, nanoseconds, *mark, after, reasons, context);
    *mark = after;
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
  Mark mark = MarkOf(trace, context);
  for (const PassInfo& pass : kPasses) {
    if (pass.level != level) continue;
    if (absl::Status status = Run(pass, trace, context, &mark); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RunPass(std::string_view name, Trace& trace, PassContext& context) {
  for (const PassInfo& pass : kPasses) {
    if (pass.name != name) continue;
    Mark mark = MarkOf(trace, context);
    return Run(pass, trace, context, &mark);
  }
  return absl::NotFoundError(absl::StrCat("no pass is called ", absl::string_view(name.data(), name.size())));
}

}  // namespace lathe
