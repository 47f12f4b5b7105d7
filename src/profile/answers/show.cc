// One trace: what it is, how it was recorded, and what each pass made of it.
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/line_diff.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"
#include "src/profile/source/trace_text.h"

namespace lathe::profile {
namespace {

class ShowText {
 public:
  ShowText(Reading& reading, const TraceRecord& trace, const ShowOptions& options, const Style& style)
      : reading_(reading), trace_(trace), options_(options), style_(style) {}

  std::string Run() {
    if (options_.pass.empty()) Head();
    for (const Compilation& compilation : trace_.compilations) ShowCompilation(compilation);
    return std::move(text_);
  }
  bool found_pass() const { return found_pass_; }

 private:
  void Head() {
    absl::StrAppend(&text_, style_(Role::kTitle, trace_.name), "  ", PlaceText(trace_.place, false));
    if (trace_.lines.size() > 1) absl::StrAppend(&text_, "  (lines ", absl::StrJoin(trace_.lines, ", "), ")");
    absl::StrAppend(&text_, "\n");
    const std::string source = reading_.source().Line(trace_.place);
    if (!source.empty()) absl::StrAppend(&text_, "  ", style_(Role::kAccent, source), "\n");
    if (reading_.source().ChangedSince(trace_.place.file)) {
      absl::StrAppend(
          &text_, style_(Role::kBad, "  the script was changed after this run: source lines may not fit\n"));
    }
    if (!trace_.signature.empty()) absl::StrAppend(&text_, "  takes ", trace_.signature, "\n");
    if (!trace_.miss_reason.empty()) {
      absl::StrAppend(&text_, "  made because: ", trace_.miss_reason);
      if (!trace_.nearest.empty()) absl::StrAppend(&text_, ", nearest is ", trace_.nearest);
      if (!trace_.difference.empty()) absl::StrAppend(&text_, ": ", trace_.difference);
      text_ += '\n';
    }
    const Runs& runs = trace_.runs;
    absl::StrAppend(&text_, "  ran ", FormatCount(static_cast<double>(runs.count)), " times, ",
                    FormatDuration(runs.nanoseconds), "; compiling took ",
                    FormatDuration(trace_.CompileNanoseconds()), "\n");
  }

  void ShowCompilation(const Compilation& compilation) {
    std::string ir = reading_.Read(compilation.recorded);
    if (options_.pass.empty()) {
      const std::string what = compilation.exit >= 0
                                   ? absl::StrCat("recorded with the side trace of exit ", compilation.exit)
                                   : std::string("recorded");
      absl::StrAppend(&text_, "\n", style_(Role::kTitle, what));
      if (!compilation.ended.empty())
        absl::StrAppend(&text_, style_(Role::kDim, absl::StrCat("  until: ", compilation.ended)));
      text_ += '\n';
      ShowIr(ir);
      for (const Choice& choice : compilation.choices) {
        absl::StrAppend(&text_, "  choice ", choice.name, ": ", choice.answer ? "yes" : "no", ", ",
                        choice.why, "\n");
      }
    }
    for (const PassRun& pass : compilation.passes) {
      const std::string after = pass.ir.exists() ? reading_.Read(pass.ir) : ir;
      if (options_.pass.empty() || options_.pass == pass.pass) ShowPass(pass, ir, after);
      ir = after;
    }
    if (options_.pass.empty() && compilation.compiled) {
      absl::StrAppend(&text_, "\n", style_(Role::kTitle, "machine code"), "  ", compilation.isa, ", ",
                      FormatBytes(static_cast<double>(compilation.bytes)), ", emitted in ",
                      FormatDuration(compilation.emit_nanoseconds), "; `lathe trace asm ", trace_.name,
                      "` shows it\n");
    }
  }

  void ShowPass(const PassRun& pass, const std::string& before, const std::string& after) {
    found_pass_ = true;
    std::string facts = absl::StrCat("  ", pass.level, ", ", FormatDuration(pass.nanoseconds));
    if (pass.ops_before > 0)
      absl::StrAppend(&facts, ", ", pass.ops_before, " → ", pass.ops_after, " instructions");
    if (!pass.changed) absl::StrAppend(&facts, ", no change");
    absl::StrAppend(&text_, "\n", style_(Role::kTitle, pass.pass), style_(Role::kDim, facts), "\n");
    for (const std::string& reason : pass.reasons)
      absl::StrAppend(&text_, "  ", style_(Role::kAccent, reason), "\n");
    if (!pass.changed) return;
    if (options_.diff) {
      ShowDiff(before, after);
      return;
    }
    if (!options_.pass.empty()) {
      absl::StrAppend(&text_, style_(Role::kDim, "before"), "\n");
      ShowIr(before);
      absl::StrAppend(&text_, style_(Role::kDim, "after"), "\n");
    }
    ShowIr(after);
  }

  void ShowIr(const std::string& ir) {
    if (ir.empty()) {
      absl::StrAppend(&text_,
                      "  (the log has no texts: it was written with --trace-detail events, or is cut)\n");
      return;
    }
    absl::StrAppend(&text_, IrBesideSource(ir, trace_.place.file, reading_.source(), style_.width()));
  }

  // Changed lines with two lines around them.
  void ShowDiff(const std::string& before, const std::string& after) {
    constexpr size_t kAround = 2;
    const std::vector<std::string_view> old_lines = SplitLines(before), new_lines = SplitLines(after);
    const std::vector<DiffLine> lines = DiffLines(old_lines, new_lines);
    std::vector<bool> shown(lines.size(), false);
    for (size_t k = 0; k < lines.size(); ++k) {
      if (lines[k].kind == ' ') continue;
      for (size_t near = k < kAround ? 0 : k - kAround; near < std::min(lines.size(), k + kAround + 1);
           ++near) {
        shown[near] = true;
      }
    }
    for (size_t k = 0; k < lines.size(); ++k) {
      if (!shown[k]) {
        if (k > 0 && shown[k - 1]) absl::StrAppend(&text_, style_(Role::kDim, "  …\n"));
        continue;
      }
      const Role role = lines[k].kind == '-' ? Role::kBad : lines[k].kind == '+' ? Role::kGood : Role::kPlain;
      const std::string line = absl::StrCat(std::string(1, lines[k].kind), " ", View(lines[k].text));
      absl::StrAppend(&text_, style_(role, line), "\n");
    }
  }

  Reading& reading_;
  const TraceRecord& trace_;
  const ShowOptions& options_;
  const Style& style_;
  std::string text_;
  bool found_pass_ = false;
};

}  // namespace

void WriteTraceDetails(const Reading& reading, const TraceRecord& trace, JsonWriter* json) {
  json->BeginObject().Add("trace", trace.name).Add("file", trace.place.file).Add("line", trace.place.line);
  json->Key("lines").BeginArray();
  for (const int64_t line : trace.lines) json->Number(line);
  json->EndArray().Add("signature", trace.signature).Add("miss_reason", trace.miss_reason);
  json->Add("nearest", trace.nearest).Add("difference", trace.difference);
  json->Key("compilations").BeginArray();
  for (const Compilation& compilation : trace.compilations) {
    json->BeginObject().Add("exit", compilation.exit).Add("compiled", compilation.compiled);
    json->Add("nanoseconds", compilation.nanoseconds).Add("emit_nanoseconds", compilation.emit_nanoseconds);
    json->Add("record_nanoseconds", compilation.record_nanoseconds).Add("bytes", compilation.bytes);
    json->Add("isa", compilation.isa)
        .Add("nests", compilation.nests)
        .Add("temporaries", compilation.temporaries);
    json->Add("guards", compilation.guards).Add("checks_hoisted", compilation.checks_hoisted);
    json->Add("ended", compilation.ended);
    json->Key("choices").BeginArray();
    for (const Choice& choice : compilation.choices) {
      json->BeginObject().Add("choice", choice.name).Add("answer", choice.answer).Add("why", choice.why);
      json->EndObject();
    }
    json->EndArray();
    json->Add("ir", reading.Read(compilation.recorded)).Add("listing", reading.Read(compilation.listing));
    json->Key("passes").BeginArray();
    for (const PassRun& pass : compilation.passes) {
      json->BeginObject()
          .Add("pass", pass.pass)
          .Add("level", pass.level)
          .Add("nanoseconds", pass.nanoseconds);
      json->Add("changed", pass.changed).Add("ops_before", pass.ops_before).Add("ops_after", pass.ops_after);
      json->Key("reasons").BeginArray();
      for (const std::string& reason : pass.reasons) json->String(reason);
      json->EndArray().Add("ir", reading.Read(pass.ir)).EndObject();
    }
    json->EndArray().EndObject();
  }
  json->EndArray().EndObject();
}

absl::StatusOr<std::string> Show(Reading& reading, const std::string& name, const ShowOptions& options,
                                 const Output& output) {
  const absl::StatusOr<const TraceRecord*> trace = reading.FindTrace(name);
  if (!trace.ok()) return trace.status();
  if (output.json) {
    JsonWriter json;
    json.BeginObject();
    WriteHead(reading.model(), &json);
    json.Key("trace");
    WriteTraceDetails(reading, **trace, &json);
    json.EndObject();
    return json.Take() + "\n";
  }
  ShowText show(reading, **trace, options, output.style);
  std::string text = show.Run();
  if (!options.pass.empty() && !show.found_pass()) {
    return absl::NotFoundError(absl::StrCat("no pass called ", options.pass, " went over ", name));
  }
  return text;
}

}  // namespace lathe::profile
