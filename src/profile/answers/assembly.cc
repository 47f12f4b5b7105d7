// The machine code of a trace: as the run compiled it, or compiled now for another target. The listing has a
// comment before the code of each IR instruction, "; %12 mul at 7"; the source line, and how often exits
// there were taken, are set beside it.
#include <algorithm>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/codegen/native_backend.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/verifier.h"

namespace lathe::profile {
namespace {

constexpr size_t kCodeColumn = 52;

// "; %12 mul at 7" -> 7; 0 if the comment names no line.
int64_t LineOfComment(std::string_view comment) {
  const size_t at = comment.rfind(" at ");
  int64_t line = 0;
  if (at != std::string_view::npos) absl::SimpleAtoi(View(comment.substr(at + 4)), &line);
  return line;
}

struct AssemblyLine {
  std::string_view code;
  std::string_view operation;  // the comment that it stands under
  int64_t line = 0;            // of the script
};

std::vector<AssemblyLine> ParseListing(const std::vector<std::string_view>& lines) {
  std::vector<AssemblyLine> parsed;
  std::string_view operation;
  int64_t line = 0;
  for (std::string_view text : lines) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.starts_with(";")) {
      operation = text.substr(std::min<size_t>(2, text.size()));
      if (const int64_t found = LineOfComment(operation)) line = found;
      continue;
    }
    parsed.push_back({text, operation, line});
  }
  return parsed;
}

std::string ExitNote(const TraceRecord& trace, int64_t line) {
  int64_t count = 0;
  for (const LoopExit& exit : trace.exits) count += exit.place.line == line ? exit.count : 0;
  return count == 0 ? "" : absl::StrCat("  [left here ", FormatCount(static_cast<double>(count)), " times]");
}

std::string AssemblyText(Reading& reading, const TraceRecord& trace, const std::vector<AssemblyLine>& lines,
                         const Style& style) {
  std::map<int64_t, int64_t> samples;
  for (const Sample& sample : reading.model().samples) {
    if (sample.trace == trace.name) samples[sample.place.line] += sample.count;
  }
  std::string text;
  std::string_view operation;
  int64_t line = 0;
  for (const AssemblyLine& each : lines) {
    if (each.line != line && each.line > 0) {
      line = each.line;
      std::string beside =
          absl::StrCat(line, ": ", reading.source().Line({trace.place.file, line}), ExitNote(trace, line));
      if (samples.contains(line)) absl::StrAppend(&beside, "  [", samples[line], " samples]");
      absl::StrAppend(&text, style(Role::kTitle, beside), "\n");
    }
    const bool label = each.code.ends_with(":");
    std::string code = absl::StrCat(label ? "  " : "      ", View(each.code));
    if (each.operation != operation) {
      operation = each.operation;
      code.append(code.size() < kCodeColumn ? kCodeColumn - code.size() : 1, ' ');
      absl::StrAppend(&code, style(Role::kDim, absl::StrCat("; ", View(operation))));
    }
    absl::StrAppend(&text, code, "\n");
  }
  return text;
}

struct Code {
  std::string listing;
  std::string isa;
  int64_t bytes = 0;
};

// As the run compiled it.
absl::StatusOr<Code> CodeOf(const Reading& reading, const TraceRecord& trace) {
  const std::vector<Compilation>& all = trace.compilations;
  const auto latest = std::find_if(all.rbegin(), all.rend(), [](const Compilation& c) { return c.compiled; });
  if (latest == all.rend()) return absl::NotFoundError(absl::StrCat(trace.name, " has no machine code"));
  Code code{reading.Read(latest->listing), latest->isa, latest->bytes};
  if (code.listing.empty()) {
    return absl::NotFoundError(
        absl::StrCat("the log has no listing of ", trace.name, " (--trace-detail events leaves them out)"));
  }
  return code;
}

// Compiled anew, from what the last pass left.
absl::StatusOr<Code> CodeFor(const Reading& reading, const TraceRecord& trace, const std::string& target) {
  const Compilation* const latest = trace.Latest();
  if (!latest) return absl::NotFoundError(absl::StrCat(trace.name, " was not recorded"));
  std::string ir = reading.Read(latest->recorded);
  for (const PassRun& pass : latest->passes) {
    if (pass.ir.exists()) ir = reading.Read(pass.ir);
  }
  if (ir.empty()) {
    return absl::NotFoundError(
        absl::StrCat("the log has no text of ", trace.name, " (--trace-detail events leaves them out)"));
  }
  const absl::StatusOr<Trace> parsed = ParseTrace(ir);
  absl::Status status = parsed.status();
  if (status.ok()) status = Verify(*parsed);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the text of ", trace.name, " in the log: ", status.message()));
  }
  absl::StatusOr<TargetCode> code = CompileForTarget(*parsed, target);
  if (!code.ok())
    return absl::Status(code.status().code(), absl::StrCat(trace.name, ": ", code.status().message()));
  return Code{std::move(code->listing), target, static_cast<int64_t>(code->bytes.size())};
}

}  // namespace

absl::StatusOr<std::string> Assembly(Reading& reading, const std::string& name, const std::string& target,
                                     const Output& output) {
  const absl::StatusOr<const TraceRecord*> trace = reading.FindTrace(name);
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<Code> code =
      target.empty() ? CodeOf(reading, **trace) : CodeFor(reading, **trace, target);
  if (!code.ok()) return code.status();
  const std::vector<std::string_view> raw = SplitLines(code->listing);
  const std::vector<AssemblyLine> lines = ParseListing(raw);
  if (output.json) {
    Table table;
    table.columns = {{"code", "code"}, {"operation", "operation"}, {"line", "line", Unit::kCount}};
    for (const AssemblyLine& line : lines) {
      table.rows.push_back({std::string(line.code), std::string(line.operation), line.line});
    }
    return TableAnswer(reading, table, "code");
  }
  const std::string head = absl::StrCat(name, "  ", PlaceText((*trace)->place, false), "  ", code->isa, ", ",
                                        FormatBytes(static_cast<double>(code->bytes)), "\n\n");
  return absl::StrCat(output.style(Role::kTitle, head), AssemblyText(reading, **trace, lines, output.style));
}

}  // namespace lathe::profile
