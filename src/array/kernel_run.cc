// Runs, counted and told.
#include "src/array/kernel_run.h"

#include "src/array/engine.h"
#include "src/recorder/log/event_sums.h"

namespace lathe {
namespace {

void TellRun(TraceLog& log, const Kernel& kernel, const RunStatistics& statistics, int64_t nanoseconds,
             int64_t end, bool hit) {
  using E = event::Run;
  const bool compiled = kernel.compiled.load(std::memory_order_relaxed);
  RunSum sum;
  sum.nanoseconds = sum.longest = nanoseconds;
  sum.elements = statistics.elements;
  sum.bytes = statistics.bytes;
  sum.threads = statistics.threads;
  sum.waiting = statistics.waiting;
  sum.hits = hit;
  const uint64_t key = static_cast<uint64_t>(kernel.id) << 1 | (compiled ? 1 : 0);
  log.sums().Add(key, sum, end,
                 [&](LogLine<E>& line) { line.Add<E::trace>(kernel.trace.name).Add<E::compiled>(compiled); });
}

void CountRun(const Kernel& kernel, const RunStatistics& statistics, int64_t nanoseconds) {
  Count(Counter::k_run_nanoseconds, nanoseconds);
  Count(Counter::k_elements, statistics.elements);
  Count(Counter::k_bytes_moved, statistics.bytes);
  Count(Counter::k_nests_run, kernel.nests);
  if (!kernel.compiled.load(std::memory_order_relaxed)) Count(Counter::k_traces_interpreted);
}

absl::Status RunAndTell(TraceLog& log, const Kernel& kernel, const Executable& executable,
                        std::span<const Operand> params, std::span<const Operand> outputs,
                        std::span<const int64_t> dims, RunKind kind) {
  RunStatistics statistics;
  const int64_t start = Nanoseconds();
  PhaseScope phase(Phase::run, kernel.id, start);
  const int64_t waited = PhaseClock::SumOf(Phase::wait);
  const absl::Status status = executable.Run(params, outputs, dims, &statistics);
  const int64_t end = Nanoseconds();
  phase.Leave(end);
  statistics.waiting = PhaseClock::SumOf(Phase::wait) - waited;
  if (!status.ok()) return status;
  if (kind != RunKind::kReplay) CountRun(kernel, statistics, end - start);
  TellRun(log, kernel, statistics, end - start, end, kind == RunKind::kHit);
  return status;
}

}  // namespace

absl::Status RunKernel(const Kernel& kernel, const Executable& executable, std::span<const Operand> params,
                       std::span<const Operand> outputs, std::span<const int64_t> dims, RunKind kind) {
  TraceLog& log = DefaultEngine().log();
  RunStatistics statistics;
  if (log.enabled()) return RunAndTell(log, kernel, executable, params, outputs, dims, kind);
  if (kind == RunKind::kReplay) return executable.Run(params, outputs, dims, &statistics);
  const int64_t start = Nanoseconds();
  const absl::Status status = executable.Run(params, outputs, dims, &statistics);
  if (status.ok()) CountRun(kernel, statistics, Nanoseconds() - start);
  return status;
}

absl::Status RunKernel(const Kernel& kernel, BoundRun& run, std::span<const Operand> params,
                       std::span<const Operand> outputs) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return run.Run(params, outputs);
  const int64_t start = Nanoseconds();
  PhaseScope phase(Phase::run, kernel.id, start);
  const int64_t waited = PhaseClock::SumOf(Phase::wait);
  const absl::Status status = run.Run(params, outputs);
  const int64_t end = Nanoseconds();
  phase.Leave(end);
  if (!status.ok()) return status;
  RunStatistics statistics = run.statistics();
  statistics.waiting = PhaseClock::SumOf(Phase::wait) - waited;
  TellRun(log, kernel, statistics, end - start, end, false);
  return status;
}

}  // namespace lathe
