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

std::string MissWords(const std::string& reason) {
  if (reason == "ops") return "other operations";
  if (reason == "live results") return "other live results";
  return "another " + reason;
}

namespace {

constexpr int64_t kManyVersions = 3;   // of one loop
constexpr double kLeastShare = 0.002;  // of the wall time; what costs less is no problem

// Statements that were compiled again and again: by place, with the reason that was met most often.
void FindMisses(const LogModel& model, Findings* findings) {
  struct Group {
    int64_t count = 0;
    int64_t nanoseconds = 0;
    std::map<std::string, int64_t> reasons;
    const TraceRecord* last = nullptr;
  };
  std::map<Place, Group> groups;
  for (const TraceRecord& trace : model.traces) {
    if (trace.miss_reason.empty() || trace.miss_reason.ends_with("statement of a loop")) continue;
    Group& group = groups[trace.place];
    ++group.count;
    group.nanoseconds += trace.CompileNanoseconds();
    if (trace.miss_reason == "new") continue;
    ++group.reasons[trace.miss_reason];
    group.last = &trace;
  }
  for (const auto& [place, group] : groups) {
    if (group.count < kManyVersions || group.reasons.empty()) continue;
    const auto main = std::max_element(group.reasons.begin(), group.reasons.end(),
                                       [](auto& a, auto& b) { return a.second < b.second; });
    const Advice& advice = AdviceFor(Subject::Miss, main->first);
    std::string what = absl::StrCat("compiled ", group.count, " times: ", MissWords(main->first));
    if (!group.last->difference.empty()) absl::StrAppend(&what, " (", group.last->difference, ")");
    findings->Add("miss", place, group.last->name, group.nanoseconds * (group.count - 1) / group.count,
                  std::move(what), advice.meaning, advice.remedy);
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

// All traces of one place, and what they cost.
struct PlaceCost {
  int64_t traces = 0;
  int64_t compiling = 0;
  int64_t running = 0;
  int64_t runs = 0;
  const TraceRecord* first = nullptr;
};

std::map<Place, PlaceCost> CostsByPlace(const LogModel& model) {
  std::map<Place, PlaceCost> costs;
  for (const TraceRecord& trace : model.traces) {
    if (!trace.HasCode()) continue;
    PlaceCost& cost = costs[trace.place];
    ++cost.traces;
    cost.compiling += trace.CompileNanoseconds();
    cost.running += trace.runs.nanoseconds;
    cost.runs += trace.runs.count;
    if (!cost.first) cost.first = &trace;
  }
  return costs;
}

// Compilation that costs more than it can have saved: of loops that were compiled for many combinations of
// types, and of what runs too rarely.
void FindCompilation(const LogModel& model, Findings* findings) {
  for (const auto& [place, cost] : CostsByPlace(model)) {
    const bool loop = cost.first->is_loop;
    const bool missed_again = !loop && cost.traces > 1;  // FindMisses tells of it
    if (missed_again || cost.compiling <= cost.running) continue;
    const std::string times = absl::StrCat("compiling took ", FormatDuration(cost.compiling), ", all ",
                                           FormatCount(static_cast<double>(cost.runs)), " runs only ",
                                           FormatDuration(cost.running));
    const int64_t lost = cost.compiling - cost.running;
    if (loop && cost.traces >= kManyVersions) {
      findings->Add(
          "versions", place, cost.first->name, lost,
          absl::StrCat("the loop at line ", place.line, " was compiled for ", cost.traces,
                       " combinations of types; ", times),
          "its variables change their types from turn to turn, so the compiled code keeps not fitting",
          "give each variable of the loop one type: start with 0.0 instead of 0, convert with float() or "
          "int() when a value is read, keep numbers in an array");
      continue;
    }
    findings->Add("compilation", place, cost.first->name, lost, times,
                  "it runs too rarely, or on too little data, to repay its machine code",
                  "nothing if the program goes on for longer; else --jit off");
  }
}

// Findings of one place that say the same become one, in the words of the most expensive.
void MergeAlike(std::vector<Finding>* findings) {
  std::stable_sort(findings->begin(), findings->end(),
                   [](const Finding& a, const Finding& b) { return a.lost > b.lost; });
  std::vector<Finding> merged;
  std::map<std::tuple<std::string, Place, std::string>, size_t> index;
  for (Finding& finding : *findings) {
    const auto [entry, added] =
        index.try_emplace({finding.kind, finding.place, finding.remedy}, merged.size());
    if (added) {
      merged.push_back(std::move(finding));
    } else {
      merged[entry->second].lost += finding.lost;
    }
  }
  *findings = std::move(merged);
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
  MergeAlike(&findings.all);
  const auto least = static_cast<int64_t>(kLeastShare * static_cast<double>(model.wall));
  std::erase_if(findings.all, [&](const Finding& finding) { return finding.lost <= least; });
  std::stable_sort(findings.all.begin(), findings.all.end(),
                   [](const Finding& a, const Finding& b) { return a.lost > b.lost; });
  return std::move(findings.all);
}

}  // namespace lathe::profile
