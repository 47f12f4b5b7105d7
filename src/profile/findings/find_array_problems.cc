// Problems of array traces: memory that is touched more than the computation needs.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/profile/advice/advice.h"
#include "src/profile/findings/finders.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

constexpr double kSlow = 0.4;  // of both limits: a trace below is not near anything
constexpr int64_t kItemBytes = 8;
constexpr double kLargeRun = 64 << 10;  // bytes; below, a run's fixed costs hide its bandwidth

// A value is written and read once more for each temporary. The time that takes is in proportion to the bytes
// of all that the trace touches.
int64_t TemporaryCost(const TraceRecord& trace, const Compilation& compilation) {
  const Runs& runs = trace.runs;
  const double extra = 2.0 * static_cast<double>(compilation.temporaries * kItemBytes) *
                       static_cast<double>(runs.elements) /
                       std::max<double>(1, static_cast<double>(compilation.nests));
  const double all = static_cast<double>(runs.bytes) + extra;
  if (all <= 0) return 0;
  return static_cast<int64_t>(static_cast<double>(runs.nanoseconds) * extra / all);
}

void FindTemporaries(const TraceRecord& trace, Findings* findings) {
  const Compilation* latest = trace.Latest();
  if (!latest || latest->temporaries == 0) return;
  PassReason stored;
  for (const PassRun& pass : latest->passes) {
    for (const std::string& reason : pass.reasons) {
      const PassReason parsed = ParsePassReason(reason);
      if (parsed.kind == PassReason::Kind::kStored) stored = parsed;
    }
  }
  const Place place = stored.line > 0 ? Place{trace.place.file, stored.line} : trace.place;
  const Advice& advice = AdviceFor(Subject::Stored, stored.cause);
  std::string why(advice.meaning);
  if (!latest->ended.empty()) absl::StrAppend(&why, "; the trace ends because ", latest->ended);
  findings->Add(
      "temporary", place, trace.name, TemporaryCost(trace, *latest),
      absl::StrCat(latest->temporaries, latest->temporaries == 1 ? " temporary is" : " temporaries are",
                   " stored for a later use", stored.cause.empty() ? "" : absl::StrCat(": ", stored.cause)),
      why, advice.remedy);
}

void FindSlowMemory(const TraceRecord& trace, const Machine* machine, Findings* findings) {
  const Runs& runs = trace.runs;
  if (!machine || runs.interpreted * 2 > runs.count) return;
  if (static_cast<double>(runs.bytes) < kLargeRun * static_cast<double>(runs.count)) return;
  const Speed speed = SpeedOf(trace, machine);
  if (speed.bandwidth < 0 || speed.bandwidth > kSlow || speed.arithmetic > kSlow) return;
  if (!HasStridedOperand(trace)) return;
  const double best = std::max(speed.bandwidth, speed.arithmetic);
  const auto lost = static_cast<int64_t>(static_cast<double>(runs.nanoseconds) * (1 - best));
  findings->Add(
      "strided", trace.place, trace.name, lost,
      absl::StrCat("strided access: ", FormatRate(speed.bytes, "B/s"), ", ", FormatPercent(speed.bandwidth),
                   " of what this machine's memory gives"),
      "an operand is a view with a stride (a[::k], a[:, j], a.T): of each cache line that is fetched, "
      "little is used",
      "lay the data out in the order of use: np.ascontiguousarray once before, or swap the axes");
}

// Whether `copy` does nothing but write one array into another, and follows `value`, which computes it. A
// value that could be written at once would have been fused with its assignment, so the two overlap.
bool IsCopyOfValue(const TraceRecord& value, const TraceRecord& copy) {
  const bool two_arrays = absl::StrContains(copy.signature, ", ") &&
                          std::count(copy.signature.begin(), copy.signature.end(), '[') >= 2;
  return !value.is_loop && !copy.is_loop && copy.ops <= 2 && value.ops > 2 && two_arrays &&
         copy.place == value.place && copy.lines == value.lines && copy.runs.count == value.runs.count;
}

void FindBrokenFusion(const LogModel& model, Findings* findings) {
  for (size_t k = 1; k < model.traces.size(); ++k) {
    const TraceRecord& value = model.traces[k - 1];
    const TraceRecord& copy = model.traces[k];
    if (!IsCopyOfValue(value, copy)) continue;
    const Advice& advice = AdviceFor(Subject::NotFused, "overlap");
    findings->Add("not fused", copy.place, value.name, copy.runs.nanoseconds,
                  "not fused: the assignment overlaps what the statement reads", advice.meaning,
                  advice.remedy);
  }
}

void FindInterpreted(const TraceRecord& trace, Findings* findings) {
  const Runs& runs = trace.runs;
  if (runs.interpreted == 0) return;
  const int64_t most = runs.interpreted_nanoseconds * 9 / 10;
  findings->Add(
      "interpreted", trace.place, trace.name, most,
      absl::StrCat(FormatCount(static_cast<double>(runs.interpreted)), " of ",
                   FormatCount(static_cast<double>(runs.count)), " runs were on the interpreter (",
                   FormatDuration(runs.interpreted_nanoseconds), ")"),
      "machine code is made when a statement has been seen often enough, or is large enough, to repay it",
      "nothing if it runs once; --jit force compiles at first sight");
}

}  // namespace

void FindArrayProblems(const LogModel& model, const Machine* machine, Findings* findings) {
  FindBrokenFusion(model, findings);
  for (const TraceRecord& trace : model.traces) {
    if (trace.is_loop || trace.runs.count == 0) continue;
    FindTemporaries(trace, findings);
    FindSlowMemory(trace, machine, findings);
    FindInterpreted(trace, findings);
  }
}

}  // namespace lathe::profile
