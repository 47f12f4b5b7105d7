// Folded stacks: script; line; what was done there; microseconds. With samples of the profiler in the log the
// interpreter's time is divided by them.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "src/profile/answers/answers.h"
#include "src/profile/export/exporters.h"

namespace lathe::profile {
namespace {

// A frame's name must have no semicolon, as that separates frames.
std::string Frame(const std::string& name) { return absl::StrReplaceAll(name, {{";", ","}, {"\n", " "}}); }

}  // namespace

std::string ExportFolded(Reading& reading) {
  const LogModel& model = reading.model();
  const std::string root = Frame(model.head.script.empty() ? "program" : model.head.script);
  std::map<std::string, int64_t> stacks;  // nanoseconds
  const auto add = [&](const std::string& stack, int64_t nanoseconds) {
    stacks[stack.empty() ? root : absl::StrCat(root, ";", stack)] += nanoseconds;
  };
  const auto line = [&](const Place& place) {
    const std::string source = reading.source().Line(place);
    return Frame(absl::StrCat(PlaceText(place), source.empty() ? "" : " " + source));
  };
  for (const TraceRecord& trace : model.traces) {
    const std::string place = line(trace.place);
    const char* what = trace.is_loop ? ";loop code " : ";array code ";
    add(absl::StrCat(place, what, trace.name), trace.runs.nanoseconds);
    for (const Compilation& compilation : trace.compilations) {
      add(absl::StrCat(place, ";compiling ", trace.name, ";record"), compilation.record_nanoseconds);
      add(absl::StrCat(place, ";compiling ", trace.name, ";emit"), compilation.emit_nanoseconds);
      for (const PassRun& pass : compilation.passes) {
        add(absl::StrCat(place, ";compiling ", trace.name, ";", Frame(pass.pass)), pass.nanoseconds);
      }
    }
  }
  for (const ForeignCalls& calls : model.foreign) {
    add(absl::StrCat(line(calls.place), ";", Frame(calls.name)), calls.nanoseconds);
  }
  int64_t samples = 0;
  for (const Sample& sample : model.samples) samples += sample.phase == "interpret" ? sample.count : 0;
  const int64_t interpreted = PhaseTime(model, "interpret");
  for (const Sample& sample : model.samples) {
    if (sample.phase != "interpret") continue;
    const double share = static_cast<double>(sample.count) / static_cast<double>(samples);
    add(absl::StrCat(line(sample.place), ";interpreting"),
        static_cast<int64_t>(share * static_cast<double>(interpreted)));
  }
  if (samples == 0) add("interpreting", interpreted);
  std::string text;
  for (const auto& [stack, nanoseconds] : stacks) {
    if (nanoseconds >= 1000) absl::StrAppend(&text, stack, " ", nanoseconds / 1000, "\n");
  }
  return text;
}

}  // namespace lathe::profile
