// Runs, counted and told.
#include "src/array/kernel_run.h"

#include <utility>

#include "src/array/engine.h"
#include "src/recorder/log/event_sums.h"

namespace lathe {
namespace {

// One run, which stands for `weight` of them as far as time goes.
RunSum SumOf(const RunStatistics& statistics, int64_t nanoseconds, int64_t weight) {
  RunSum sum;
  sum.nanoseconds = nanoseconds * weight;
  sum.longest = nanoseconds;
  sum.elements = statistics.elements;
  sum.bytes = statistics.bytes;
  sum.threads = statistics.threads;
  sum.waiting = statistics.waiting;
  return sum;
}

void TellRun(TraceLog& log, const Kernel& kernel, const RunSum& sum, int64_t end) {
  using E = event::Run;
  const bool compiled = kernel.compiled.load(std::memory_order_relaxed);
  const uint64_t key = static_cast<uint64_t>(kernel.id) << 1 | (compiled ? 1 : 0);
  log.sums().Add(key, sum, end,
                 [&](LogLine<E>& line) { line.Add<E::trace>(kernel.trace.name).Add<E::compiled>(compiled); });
}

// A short replay. The phase clock is told afterwards, of all runs that this one stands for.
absl::Status RunOneOfMany(TraceLog& log, const Kernel& kernel, BoundRun& run, std::span<const Operand> params,
                          std::span<const Operand> outputs, int64_t weight, ReplayTiming* timing) {
  if (weight == 0) {
    const absl::Status status = run.Run(params, outputs);
    if (status.ok()) TellRun(log, kernel, SumOf(run.statistics(), 0, 0), timing->end());
    return status;
  }
  const int64_t start = Nanoseconds();
  const absl::Status status = run.Run(params, outputs);
  const int64_t end = Nanoseconds();
  const int64_t nanoseconds = end - start;
  PhaseScope(Phase::run, kernel.id, end - nanoseconds * weight).Leave(end);
  if (!status.ok()) return status;
  timing->Note(nanoseconds, end);
  TellRun(log, kernel, SumOf(run.statistics(), nanoseconds, weight), end);
  return status;
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
  RunSum sum = SumOf(statistics, end - start, 1);
  sum.hits = kind == RunKind::kHit ? 1 : 0;
  TellRun(log, kernel, sum, end);
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

int64_t ReplayTiming::Weight() {
  constexpr int64_t kAllOf = 64, kLong = 2000;
  constexpr uint32_t kOneIn = 16;
  if (++runs_ <= kAllOf || nanoseconds_ >= kLong || DefaultEngine().options().profile) return 1;
  random_ = random_ * 1664525u + 1013904223u;
  ++skipped_;
  return (random_ >> 16) % kOneIn == 0 ? std::exchange(skipped_, 0) : 0;
}

absl::Status RunKernel(const Kernel& kernel, BoundRun& run, std::span<const Operand> params,
                       std::span<const Operand> outputs, ReplayTiming* timing) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return run.Run(params, outputs);
  const int64_t weight = timing->Weight();
  if (weight != 1) return RunOneOfMany(log, kernel, run, params, outputs, weight, timing);
  const int64_t start = Nanoseconds();
  PhaseScope phase(Phase::run, kernel.id, start);
  const int64_t waited = PhaseClock::SumOf(Phase::wait);
  const absl::Status status = run.Run(params, outputs);
  const int64_t end = Nanoseconds();
  phase.Leave(end);
  if (!status.ok()) return status;
  RunStatistics statistics = run.statistics();
  statistics.waiting = PhaseClock::SumOf(Phase::wait) - waited;
  timing->Note(end - start, end);
  TellRun(log, kernel, SumOf(statistics, end - start, 1), end);
  return status;
}

}  // namespace lathe
