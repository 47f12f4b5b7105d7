// The machine code of a trace. The listing has a comment before the code of each IR instruction, "; %12 mul
// at 7"; the source line, and how often exits there were taken, are set beside it.
#include <algorithm>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"

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

}  // namespace

absl::StatusOr<std::string> Assembly(Reading& reading, const std::string& name, const Output& output) {
  const absl::StatusOr<const TraceRecord*> trace = reading.FindTrace(name);
  if (!trace.ok()) return trace.status();
  const std::vector<Compilation>& all = (*trace)->compilations;
  const auto latest = std::find_if(all.rbegin(), all.rend(), [](const Compilation& c) { return c.compiled; });
  if (latest == all.rend()) return absl::NotFoundError(absl::StrCat(name, " has no machine code"));
  const std::string listing = reading.Read(latest->listing);
  if (listing.empty()) {
    return absl::NotFoundError(
        absl::StrCat("the log has no listing of ", name, " (--trace-detail events leaves them out)"));
  }
  const std::vector<std::string_view> raw = SplitLines(listing);
  const std::vector<AssemblyLine> lines = ParseListing(raw);
  if (output.json) {
    Table table;
    table.columns = {{"code", "code"}, {"operation", "operation"}, {"line", "line", Unit::kCount}};
    for (const AssemblyLine& line : lines) {
      table.rows.push_back({std::string(line.code), std::string(line.operation), line.line});
    }
    return TableAnswer(reading, table, "code");
  }
  const std::string head = absl::StrCat(name, "  ", PlaceText((*trace)->place, false), "  ", latest->isa,
                                        ", ", FormatBytes(static_cast<double>(latest->bytes)), "\n\n");
  return absl::StrCat(output.style(Role::kTitle, head), AssemblyText(reading, **trace, lines, output.style));
}

}  // namespace lathe::profile
