// One finder a kind of problem. Each looks at the model, and appends what it finds with an estimate of what
// it costs; small costs are dropped at the end.
#include "src/profile/findings/findings.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "src/profile/advice/advice.h"
#include "src/profile/findings/finders.h"
#include "src/profile/output/units.h"

namespace lathe::profile {

void Findings::Add(std::string kind, const Place& place, const std::string& trace, int64_t lost,
                   std::string what, std::string_view why, std::string_view remedy) {
  all.push_back(
      {std::move(kind), place, trace, lost, std::move(what), std::string(why), std::string(remedy)});
}

namespace {

constexpr double kLeastShare = 0.002;  // of the wall time; what costs less is no problem

// Statements that were compiled again and again: by place and reason, with what it cost to compile them.
void FindMisses(const LogModel& model, Findings* findings) {
  struct Group {
    int64_t count = 0;
    int64_t nanoseconds = 0;
    const TraceRecord* last = nullptr;
  };
  std::map<std::pair<Place, std::string>, Group> groups;
  for (const TraceRecord& trace : model.traces) {
    if (trace.miss_reason.empty() || trace.miss_reason == "new") continue;
    Group& group = groups[{trace.place, trace.miss_reason}];
    ++group.count;
    group.nanoseconds += trace.CompileNanoseconds();
    group.last = &trace;
  }
  for (const auto& [key, group] : groups) {
    const auto& [place, reason] = key;
    if (group.count < 2 || reason.ends_with("statement of a loop")) continue;
    const Advice& advice = AdviceFor(Subject::Miss, reason);
    std::string what = absl::StrCat("compiled ", group.count, " more times because of another ", reason);
    if (!group.last->difference.empty()) absl::StrAppend(&what, " (", group.last->difference, ")");
    findings->Add("miss", place, group.last->name, group.nanoseconds, std::move(what), advice.meaning,
                  advice.remedy);
  }
}

// What the script waits for, or leaves to others.
void FindForeign(const LogModel& model, Findings* findings) {
  for (const ForeignCalls& calls : model.foreign) {
    const std::string from = calls.library.empty() ? "" : absl::StrCat(" of ", calls.library);
    findings->Add("foreign", calls.place, "", calls.nanoseconds,
                  absl::StrCat(FormatCount(static_cast<double>(calls.count)), " calls of ", calls.name, from,
                               " took ", FormatDuration(calls.nanoseconds)),
                  "this time is spent in a library outside Lathe, which it can neither fuse nor speed up",
                  "call it less often: once for several right-hand sides, outside the loop, or with float32");
  }
}

void FindWaiting(const LogModel& model, Findings* findings) {
  for (const TraceRecord& trace : model.traces) {
    const Runs& runs = trace.runs;
    if (runs.waiting * 5 < runs.nanoseconds) continue;
    findings->Add("waiting", trace.place, trace.name, runs.waiting,
                  absl::StrCat(FormatDuration(runs.waiting), " of ", FormatDuration(runs.nanoseconds),
                               " were spent waiting for other threads"),
                  "the work was not divided evenly, or the cores were busy with something else",
                  "give the threads more work a call, or fewer threads: --threads 1");
  }
}

// Compilation that costs more than it can have saved.
void FindCompilation(const LogModel& model, Findings* findings) {
  for (const TraceRecord& trace : model.traces) {
    const int64_t cost = trace.CompileNanoseconds();
    const bool again = !trace.miss_reason.empty() && trace.miss_reason != "new";
    if (again || cost <= trace.runs.nanoseconds) continue;
    findings->Add("compilation", trace.place, trace.name, cost - trace.runs.nanoseconds,
                  absl::StrCat("compiling took ", FormatDuration(cost), ", all ",
                               FormatCount(static_cast<double>(trace.runs.count)), " runs only ",
                               FormatDuration(trace.runs.nanoseconds)),
                  "the statement runs too rarely, or on too little data, to repay its machine code",
                  "nothing if the program goes on for longer; else --jit off");
  }
}

}  // namespace

std::vector<Finding> FindProblems(const LogModel& model, const Machine* machine) {
  Findings findings;
  FindMisses(model, &findings);
  FindForeign(model, &findings);
  FindWaiting(model, &findings);
  FindCompilation(model, &findings);
  FindArrayProblems(model, machine, &findings);
  FindLoopProblems(model, &findings);
  const auto least = static_cast<int64_t>(kLeastShare * static_cast<double>(model.wall));
  std::erase_if(findings.all, [&](const Finding& finding) { return finding.lost <= least; });
  std::stable_sort(findings.all.begin(), findings.all.end(),
                   [](const Finding& a, const Finding& b) { return a.lost > b.lost; });
  return std::move(findings.all);
}

}  // namespace lathe::profile
