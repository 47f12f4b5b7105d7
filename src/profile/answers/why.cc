// Why a line is not faster, in words: what ran there, what the findings say of it, and what the passes
// decided.
#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/profile/advice/advice.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"

namespace lathe::profile {

bool SameFile(const std::string& in_log, const std::string& wanted) {
  if (in_log == wanted || in_log.empty()) return true;
  return std::filesystem::path(in_log).filename() == std::filesystem::path(wanted).filename();
}

bool Holds(const TraceRecord& trace, const Place& place) {
  if (!SameFile(trace.place.file, place.file)) return false;
  return trace.place.line == place.line ||
         std::binary_search(trace.lines.begin(), trace.lines.end(), place.line);
}

namespace {

// A sentence about the line that is no problem: what was done with it.
struct Fact {
  std::string text;
  std::string meaning;
  std::string remedy;
};

class WhyAnswer {
 public:
  WhyAnswer(Reading& reading, const Place& place) : reading_(reading), place_(place) {
    for (const TraceRecord& trace : reading.model().traces) {
      if (Holds(trace, place) && (trace.HasCode() || trace.runs.count > 0)) traces_.push_back(&trace);
      AddReasons(trace);
      AddAborts(trace);
      AddExits(trace);
    }
    for (const TraceRecord* trace : traces_) AddTraceFacts(*trace);
    for (const Finding& finding : reading.findings()) {
      const bool of_trace = std::any_of(traces_.begin(), traces_.end(), [&](const TraceRecord* trace) {
        return trace->name == finding.trace;
      });
      const bool here = finding.place.line == place.line && SameFile(finding.place.file, place.file);
      // A finding of a fused statement concerns all of its lines.
      if (here || (of_trace && !finding.trace.starts_with("loop"))) findings_.push_back(finding);
    }
  }

  std::string Text(const Style& style) {
    std::string text = absl::StrCat(style(Role::kTitle, PlaceText(place_)), "  ",
                                    style(Role::kAccent, reading_.source().Line(place_)), "\n");
    if (reading_.source().ChangedSince(place_.file)) {
      absl::StrAppend(&text, style(Role::kBad, "the script was changed after this run: lines may not fit\n"));
    }
    for (const TraceRecord* trace : traces_) absl::StrAppend(&text, "  ", Where(*trace), "\n");
    if (traces_.empty() && facts_.empty() && findings_.empty())
      return absl::StrCat(text, "  ", Nothing(), "\n");
    for (const Finding& finding : findings_) {
      absl::StrAppend(&text, "\n", style(Role::kBad, absl::StrCat("up to ", FormatDuration(finding.lost))),
                      "  ", finding.what, "\n  ", finding.why, "\n  → ", style(Role::kGood, finding.remedy),
                      "\n");
    }
    for (const Fact& fact : facts_) {
      if (Told(fact)) continue;
      absl::StrAppend(&text, "\n", fact.text, "\n");
      if (!fact.meaning.empty()) absl::StrAppend(&text, "  ", fact.meaning, "\n");
      if (!fact.remedy.empty()) absl::StrAppend(&text, "  → ", style(Role::kGood, fact.remedy), "\n");
    }
    if (findings_.empty())
      absl::StrAppend(&text, "\nno problem of this line costs more than 0.2 % of the run\n");
    return text;
  }

  std::string Json() {
    JsonWriter json;
    json.BeginObject();
    WriteHead(reading_.model(), &json);
    json.Add("file", place_.file).Add("line", place_.line).Key("traces").BeginArray();
    for (const TraceRecord* trace : traces_) json.String(trace->name);
    json.EndArray().Key("findings");
    WriteFindings(findings_, &json);
    json.Key("facts").BeginArray();
    for (const Fact& fact : facts_) {
      json.BeginObject()
          .Add("what", fact.text)
          .Add("why", fact.meaning)
          .Add("remedy", fact.remedy)
          .EndObject();
    }
    json.EndArray().EndObject();
    return json.Take() + "\n";
  }

 private:
  // True if a finding says the same.
  bool Told(const Fact& fact) const {
    return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
      return finding.what == fact.text || finding.remedy == fact.remedy;
    });
  }

  std::string Where(const TraceRecord& trace) const {
    const Runs& runs = trace.runs;
    std::string text =
        absl::StrCat("part of ", trace.name, trace.is_loop ? ", a hot loop: " : ", array code: ");
    absl::StrAppend(&text, trace.HasCode() ? "compiled" : "interpreted", ", ran ",
                    FormatCount(static_cast<double>(runs.count)), " times in ",
                    FormatDuration(runs.nanoseconds));
    if (trace.lines.size() > 1 && !trace.is_loop)
      absl::StrAppend(&text, ", fused with ", trace.lines.size() - 1,
                      trace.lines.size() == 2 ? " other line" : " other lines");
    return text;
  }

  std::string Nothing() const {
    return "nothing that was recorded stands at this line: it was run by the interpreter, too rarely for "
           "more, or not "
           "at all";
  }

  void Add(std::string text, std::string_view meaning, std::string_view remedy) {
    if (told_.insert(text).second)
      facts_.push_back({std::move(text), std::string(meaning), std::string(remedy)});
  }

  void AddReasons(const TraceRecord& trace) {
    const Compilation* latest = trace.Latest();
    if (!latest || !SameFile(trace.place.file, place_.file)) return;
    for (const PassRun& pass : latest->passes) {
      for (const std::string& reason : pass.reasons) AddReason(trace, pass, reason);
    }
  }

  void AddReason(const TraceRecord& trace, const PassRun& pass, const std::string& reason) {
    const PassReason parsed = ParsePassReason(reason);
    const bool here = parsed.line == place_.line || (parsed.line == 0 && Holds(trace, place_));
    if (!here) return;
    switch (parsed.kind) {
      case PassReason::Kind::kNotVectorised: {
        const Advice& advice = AdviceFor(Subject::NotVectorised, parsed.cause);
        Add(absl::StrCat("the loop at line ", parsed.line, " is not vectorised: ", parsed.cause),
            advice.meaning, advice.remedy);
        break;
      }
      case PassReason::Kind::kKept: {
        const Advice& advice = AdviceFor(Subject::CheckKept, parsed.cause);
        Add(absl::StrCat("an index is checked in every turn: ", parsed.cause), advice.meaning, advice.remedy);
        break;
      }
      case PassReason::Kind::kStored: {
        const Advice& advice = AdviceFor(Subject::Stored, parsed.cause);
        Add(absl::StrCat("a value is stored and read again: ", parsed.cause), advice.meaning, advice.remedy);
        break;
      }
      case PassReason::Kind::kVectorised:
        Add("the loop is vectorised", "", "");
        break;
      case PassReason::Kind::kHoisted:
        Add("its index is checked once, before the loop", "", "");
        break;
      case PassReason::Kind::kOther:
        if (!trace.is_loop) Add(absl::StrCat(pass.pass, " ", reason), "", "");
        break;
    }
  }

  void AddAborts(const TraceRecord& trace) {
    for (const Abort& abort : trace.aborts) {
      const bool here = abort.at.line == place_.line || trace.place.line == place_.line;
      if (!here || !SameFile(trace.place.file, place_.file)) continue;
      const Advice& advice = AdviceFor(Subject::Abort, abort.reason);
      Add(absl::StrCat("recording the loop at line ", trace.place.line, " was given up ", abort.count,
                       abort.count == 1 ? " time" : " times", " at line ", abort.at.line, ": ", abort.reason),
          advice.meaning, advice.remedy);
    }
    for (const Blacklisting& entry : trace.blacklistings) {
      if (trace.place.line != place_.line || !SameFile(trace.place.file, place_.file)) continue;
      Add(absl::StrCat("it is not recorded any more, after ", entry.failures, " attempts"), "", "");
    }
  }

  void AddExits(const TraceRecord& trace) {
    for (const LoopExit& exit : trace.exits) {
      if (exit.place.line != place_.line || !SameFile(exit.place.file, place_.file)) continue;
      const Advice& advice = AdviceFor(Subject::Exit, exit.reason);
      Add(absl::StrCat("compiled code was left here ", FormatCount(static_cast<double>(exit.count)),
                       " times: ", exit.reason, exit.side_trace ? " (compiled since)" : ""),
          advice.meaning, advice.remedy);
    }
  }

  void AddTraceFacts(const TraceRecord& trace) {
    if (!trace.miss_reason.empty() && trace.miss_reason != "new") {
      const Advice& advice = AdviceFor(Subject::Miss, trace.miss_reason);
      Add(absl::StrCat("compiled anew as ", trace.name, ": ",
                       trace.difference.empty() ? MissWords(trace.miss_reason) : trace.difference),
          advice.meaning, advice.remedy);
    }
    const Compilation* latest = trace.Latest();
    if (latest && !latest->ended.empty() && !trace.is_loop) {
      const Advice& advice = AdviceFor(Subject::Ended, latest->ended);
      Add(absl::StrCat("nothing behind line ", trace.lines.empty() ? trace.place.line : trace.lines.back(),
                       " is fused with it: ", latest->ended),
          advice.meaning, advice.remedy);
    }
    const Runs& runs = trace.runs;
    if (runs.interpreted > 0) {
      for (const Compilation& compilation : trace.compilations) {
        for (const Choice& choice : compilation.choices) {
          if (choice.name == "jit.compile" && !choice.answer)
            Add("not compiled at first: " + choice.why, "", "");
        }
      }
      Add(absl::StrCat(FormatCount(static_cast<double>(runs.interpreted)), " of ",
                       FormatCount(static_cast<double>(runs.count)), " runs were on the interpreter"),
          "machine code is made when a statement has been seen often enough, or is large enough, to repay it",
          "");
    }
  }

  Reading& reading_;
  Place place_;
  std::vector<const TraceRecord*> traces_;
  std::vector<Finding> findings_;
  std::vector<Fact> facts_;
  std::set<std::string> told_;
};

}  // namespace

absl::StatusOr<std::string> Why(Reading& reading, const Place& place, const Output& output) {
  const std::vector<std::string>& lines = reading.source().Lines(place.file);
  if (!lines.empty() && place.line > static_cast<int64_t>(lines.size())) {
    return absl::OutOfRangeError(absl::StrCat(place.file, " has only ", lines.size(), " lines"));
  }
  WhyAnswer answer(reading, place);
  return output.json ? answer.Json() : answer.Text(output.style);
}

}  // namespace lathe::profile
