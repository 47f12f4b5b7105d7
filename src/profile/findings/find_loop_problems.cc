// Problems of hot loops: exits, recordings that were given up, loops that run element by element, checks
// inside.
//
// The log says what the compiled loops cost and what the interpreter cost as a whole. Which loop the
// interpreter was in is known from samples if there are any; else its time is divided among the loops that
// left to it, by the number of times they did.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "src/profile/advice/advice.h"
#include "src/profile/findings/finders.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

constexpr int64_t kOftenTaken = 16;       // exits; fewer are warm-up
constexpr double kVectorGain = 0.75;      // four lanes: at most three quarters of a loop's time go
constexpr double kCheckGain = 0.2;        // a compare and a branch that is never taken
constexpr double kInterpreterGain = 0.9;  // machine code is an order of magnitude faster

bool IsLoopEnd(const LoopExit& exit) {
  return exit.reason == "the end of a loop" || exit.reason == "an interrupt";
}

// Interpreter's time of loops whose exits or aborts leave them to it.
class InterpreterTime {
 public:
  explicit InterpreterTime(const LogModel& model) : total_(InterpretTime(model)) {
    for (const TraceRecord& trace : model.traces) {
      for (const LoopExit& exit : trace.exits) exits_ += IsLoopEnd(exit) || exit.side_trace ? 0 : exit.count;
      aborted_ += !trace.aborts.empty() && !trace.HasCode();
    }
    for (const Sample& sample : model.samples) {
      if (sample.phase != "interpret") continue;
      samples_ += sample.count;
      by_place_[sample.place] += sample.count;
    }
  }
  // After `count` exits.
  int64_t OfExits(int64_t count) const {
    const double parts = static_cast<double>(exits_) * (aborted_ > 0 ? 2 : 1);
    return parts > 0 ? static_cast<int64_t>(static_cast<double>(total_) * static_cast<double>(count) / parts)
                     : 0;
  }
  // Of a loop without code.
  int64_t OfAborted(const TraceRecord& trace) const {
    if (samples_ > 0) {
      int64_t in_loop = 0;
      for (const auto& [place, count] : by_place_) in_loop += InLoop(trace, place) ? count : 0;
      return static_cast<int64_t>(static_cast<double>(total_) * static_cast<double>(in_loop) /
                                  static_cast<double>(samples_));
    }
    return aborted_ > 0 ? total_ / aborted_ / (exits_ > 0 ? 2 : 1) : 0;
  }

 private:
  static bool InLoop(const TraceRecord& trace, const Place& place) {
    int64_t last = trace.place.line;
    for (const Abort& abort : trace.aborts) last = std::max(last, abort.at.line);
    return place.file == trace.place.file && place.line >= trace.place.line && place.line <= last;
  }
  int64_t total_ = 0;
  int64_t exits_ = 0;
  int64_t aborted_ = 0;
  int64_t samples_ = 0;
  std::map<Place, int64_t> by_place_;
};

// Exits by place and reason: a loop that is compiled for several types has several of the same.
void FindExits(const LogModel& model, const InterpreterTime& interpreter, Findings* findings) {
  struct Sum {
    int64_t count = 0;
    int64_t lost = 0;
    bool all_compiled = true;
    const TraceRecord* trace = nullptr;
  };
  std::map<std::pair<Place, std::string>, Sum> sums;
  for (const TraceRecord& trace : model.traces) {
    for (const LoopExit& exit : trace.exits) {
      if (IsLoopEnd(exit)) continue;
      Sum& sum = sums[{exit.place, exit.reason}];
      sum.count += exit.count;
      sum.lost += exit.nanoseconds + (exit.side_trace ? 0 : interpreter.OfExits(exit.count));
      sum.all_compiled &= exit.side_trace;
      if (!sum.trace) sum.trace = &trace;
    }
  }
  for (const auto& [key, sum] : sums) {
    if (sum.count < kOftenTaken) continue;
    const Advice& advice = AdviceFor(Subject::Exit, key.second);
    findings->Add("exit", key.first, sum.trace->name, sum.lost,
                  absl::StrCat("left compiled code ", FormatCount(static_cast<double>(sum.count)),
                               " times: ", key.second, sum.all_compiled ? " (compiled since)" : ""),
                  advice.meaning, advice.remedy);
  }
}

// What stands in the way of the loops that have no code, by the line where recording ended.
void FindAborts(const LogModel& model, const InterpreterTime& interpreter, Findings* findings) {
  struct Obstacle {
    const Advice* advice = nullptr;
    std::string reason;
    const TraceRecord* trace = nullptr;
    int64_t lost = 0;
  };
  std::map<Place, Obstacle> obstacles;
  for (const TraceRecord& trace : model.traces) {
    if (trace.aborts.empty() || trace.HasCode()) continue;
    const Abort& last = trace.aborts.back();
    Obstacle& obstacle = obstacles[last.at.known() ? last.at : trace.place];
    const Advice& advice = AdviceFor(Subject::Abort, last.reason);
    // Of several reasons at one line the one that more is known about: rows stand from special to general.
    if (!obstacle.advice || &advice < obstacle.advice) {
      obstacle.advice = &advice;
      obstacle.reason = last.reason;
      obstacle.trace = &trace;
    }
    obstacle.lost += interpreter.OfAborted(trace);
  }
  for (const auto& [place, obstacle] : obstacles) {
    const auto lost = static_cast<int64_t>(kInterpreterGain * static_cast<double>(obstacle.lost));
    findings->Add(
        "abort", place, obstacle.trace->name, lost,
        absl::StrCat("the loop at line ", obstacle.trace->place.line, " is interpreted: ", obstacle.reason),
        obstacle.advice->meaning, obstacle.advice->remedy);
  }
}

void FindPassReasons(const TraceRecord& trace, Findings* findings) {
  const Compilation* latest = trace.Latest();
  if (!latest) return;
  std::map<std::pair<PassReason::Kind, int64_t>, PassReason> reasons;  // one a line; the last word counts
  int64_t scalar_loops = 0, kept = 0;
  for (const PassRun& pass : latest->passes) {
    for (const std::string& reason : pass.reasons) {
      const PassReason parsed = ParsePassReason(reason);
      const bool scalar = parsed.kind == PassReason::Kind::kNotVectorised;
      if (!scalar && parsed.kind != PassReason::Kind::kKept) continue;
      const bool added = reasons.insert_or_assign({parsed.kind, parsed.line}, parsed).second;
      if (added) ++(scalar ? scalar_loops : kept);
    }
  }
  const auto time = static_cast<double>(trace.runs.nanoseconds);
  for (const auto& [key, parsed] : reasons) {
    const bool scalar = parsed.kind == PassReason::Kind::kNotVectorised;
    const Advice& advice = AdviceFor(scalar ? Subject::NotVectorised : Subject::CheckKept, parsed.cause);
    const double gain =
        scalar ? kVectorGain / static_cast<double>(scalar_loops) : kCheckGain / static_cast<double>(kept);
    const std::string what =
        scalar ? absl::StrCat("the loop at line ", parsed.line, " is not vectorised: ", parsed.cause)
               : absl::StrCat("an index is checked in every turn: ", parsed.cause);
    findings->Add(scalar ? "not vectorised" : "check", {trace.place.file, parsed.line}, trace.name,
                  static_cast<int64_t>(gain * time), what, advice.meaning, advice.remedy);
  }
}

}  // namespace

void FindLoopProblems(const LogModel& model, Findings* findings) {
  const InterpreterTime interpreter(model);
  FindExits(model, interpreter, findings);
  FindAborts(model, interpreter, findings);
  for (const TraceRecord& trace : model.traces) {
    if (!trace.is_loop) continue;
    FindPassReasons(trace, findings);
  }
}

}  // namespace lathe::profile
