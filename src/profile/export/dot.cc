// A graph for Graphviz: traces, the exits of loops, and what happened at them; array traces point to the
// trace that they differ least from.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "src/profile/export/exporters.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

// Backslashes first; \n in the argument's place is written by Label.
std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}});
}
std::string Quote(const std::string& text) { return absl::StrCat("\"", Escape(text), "\""); }

std::string Label(const std::string& first, const std::string& second, const std::string& third) {
  return absl::StrCat("\"", Escape(first), second.empty() ? "" : "\\n" + Escape(second),
                      third.empty() ? "" : "\\n" + Escape(third), "\"");
}

}  // namespace

std::string ExportDot(Reading& reading) {
  const LogModel& model = reading.model();
  std::string text =
      "digraph lathe {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n"
      "  edge [fontname=\"sans-serif\", fontsize=10];\n  interpreter [shape=ellipse];\n";
  for (const TraceRecord& trace : model.traces) {
    const std::string name = Quote(trace.name);
    const std::string cost = absl::StrCat(FormatDuration(trace.runs.nanoseconds), ", ",
                                          FormatCount(static_cast<double>(trace.runs.count)), " runs");
    absl::StrAppend(&text, "  ", name, " [label=",
                    Label(absl::StrCat(trace.name, "  ", PlaceText(trace.place)),
                          Shorten(reading.source().Line(trace.place), 50), cost),
                    trace.HasCode() ? "" : ", style=dashed", "];\n");
    if (!trace.nearest.empty()) {
      absl::StrAppend(&text, "  ", Quote(trace.nearest), " -> ", name,
                      " [style=dotted, label=", Quote(MissWords(trace.miss_reason)), "];\n");
    }
    for (const LoopExit& exit : trace.exits) {
      const std::string label = absl::StrCat(exit.reason, ", ", PlaceText(exit.place), ", ",
                                             FormatCount(static_cast<double>(exit.count)), " ×");
      absl::StrAppend(&text, "  ", name, " -> ", exit.side_trace ? name : "interpreter",
                      " [label=", Quote(label), "];\n");
    }
  }
  return absl::StrCat(text, "}\n");
}

}  // namespace lathe::profile
