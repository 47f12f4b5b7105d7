// The answers of `lathe trace`, one function each, in the file of its name. They return the text to print:
// for people, or with Output::json one JSON object whose keys are documented in docs/profiling.md.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "src/profile/answers/reading.h"
#include "src/profile/output/json.h"
#include "src/profile/output/table.h"

namespace lathe::profile {

// The first screen: where the time went, what to do. At most 40 lines.
std::string Summary(Reading& reading, const Output& output);

// Which traces are wanted: all, unless it says otherwise.
struct TraceFilter {
  std::string kind;  // "array", "loop"; "": both
  Place place;       // without a file: that line of any script
  int64_t least_nanoseconds = 0;
  bool Wants(const TraceRecord& trace) const;
};
struct ListOptions {
  std::string sort = "time";  // time, runs, compile, exits, bytes, name
  size_t top = 0;             // 0: all
  TraceFilter filter;
};
std::string List(Reading& reading, const ListOptions& options, const Output& output);

struct ShowOptions {
  std::string pass;   // this pass alone; "": all
  bool diff = false;  // what each pass changed instead of the whole trace
};
absl::StatusOr<std::string> Show(Reading& reading, const std::string& trace, const ShowOptions& options,
                                 const Output& output);

// `target`: compiled for it (native_backend.h has the names); "": as it ran.
absl::StatusOr<std::string> Assembly(Reading& reading, const std::string& trace, const std::string& target,
                                     const Output& output);

std::string Exits(Reading& reading, const Output& output);
std::string Cache(Reading& reading, const Output& output);
std::string Timeline(Reading& reading, size_t slices, const Output& output);

struct DiffResult {
  std::string text;
  bool regressed = false;  // something got slower, or compiles or exits more, by more than the threshold
};
DiffResult Diff(Reading& before, Reading& after, double threshold, const Output& output);

// In words, what keeps a line of a script from being faster.
absl::StatusOr<std::string> Why(Reading& reading, const Place& place, const Output& output);

// Whether a line of a script is one of the trace's. Files are the same if their last parts are.
bool SameFile(const std::string& in_log, const std::string& wanted);
bool Holds(const TraceRecord& trace, const Place& place);

// ---- Parts that several answers, and exporters, show
Table TraceTable(Reading& reading, const std::vector<size_t>& order);
Table ExitTable(Reading& reading);

// A phase, or what no phase tells of; the shares of all rows add up to 1000.
struct PhaseRow {
  std::string name;
  std::string title;
  int64_t nanoseconds = 0;
  int per_mille = 0;
};
std::vector<PhaseRow> PhaseRows(const LogModel& model);
// The time of each pass, the most expensive first.
std::vector<std::pair<std::string, int64_t>> PassTimes(const LogModel& model);

// An answer that is one table: in JSON an object with the table under `key`.
std::string TableAnswer(const Reading& reading, const Table& table, const char* key);
// The JSON of an answer begins with what every log has.
void WriteHead(const LogModel& model, JsonWriter* json);
// Where the time went: phases, and passes among them.
void WriteTimes(const LogModel& model, JsonWriter* json);
// A trace with its compilations, passes and texts.
void WriteTraceDetails(const Reading& reading, const TraceRecord& trace, JsonWriter* json);
void WriteFindings(const std::vector<Finding>& findings, JsonWriter* json);

}  // namespace lathe::profile
