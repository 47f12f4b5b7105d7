// LogModel: what a trace log says, put together: traces with their compilations, passes, runs and exits, and
// where the time went. Built by model_builder.cc; read by every answer (src/profile/answers) and exporter.
// Times are nanoseconds.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/profile/log/log_reader.h"
#include "src/profile/log/log_text.h"

namespace lathe::profile {

// A line of a script. `file` is "" where the log gave none.
struct Place {
  std::string file;
  int64_t line = 0;

  bool known() const { return line > 0; }
  friend auto operator<=>(const Place&, const Place&) = default;
};

// One run of a pass over a trace.
struct PassRun {
  std::string pass;
  std::string level;  // "array", "nest" or "loop"
  int64_t nanoseconds = 0;
  bool changed = false;
  int64_t ops_before = 0;
  int64_t ops_after = 0;
  std::vector<std::string> reasons;
  LogText ir;  // after it; does not exist if the pass changed nothing
};

struct Choice {
  std::string name;
  bool answer = false;
  std::string why;
};

// From one recording to its machine code. A loop has one for its root and one for each side trace; an array
// trace has one whose machine code may be missing (it ran on the interpreter).
struct Compilation {
  int64_t end = 0;  // the time of the compile event
  int64_t nanoseconds = 0;
  int64_t record_nanoseconds = 0;
  int64_t emit_nanoseconds = 0;
  int64_t bytes = 0;
  int64_t nests = 0;
  int64_t temporaries = 0;
  int64_t exit = -1;  // the side exit that was recorded; -1: a root
  int64_t guards = 0;
  int64_t checks_hoisted = 0;
  bool compiled = false;
  std::string ended;  // why the recording ended; "" in logs of earlier versions
  std::string isa;
  std::vector<Choice> choices;
  std::vector<PassRun> passes;
  LogText recorded;
  LogText listing;
};

struct Runs {
  int64_t count = 0;
  int64_t nanoseconds = 0;
  int64_t longest = 0;
  int64_t elements = 0;
  int64_t bytes = 0;
  int64_t threads = 1;  // most
  int64_t waiting = 0;
  int64_t hits = 0;
  int64_t interpreted = 0;  // runs on the reference interpreter
  int64_t interpreted_nanoseconds = 0;
  int64_t turns = 0;  // of loops
};

struct LoopExit {
  int64_t number = -1;
  Place place;
  std::string reason;
  std::string guard;
  int64_t count = 0;
  int64_t nanoseconds = 0;
  bool side_trace = false;
};

struct Abort {
  Place loop;
  Place at;
  int64_t exit = -1;
  std::string code;
  std::string reason;
  int64_t count = 0;
};

struct Blacklisting {
  Place place;
  int64_t exit = -1;
  int64_t failures = 0;
};

struct TraceRecord {
  std::string name;
  bool is_loop = false;
  Place place;
  std::vector<int64_t> lines;
  int64_t ops = 0;
  std::string signature;
  std::string miss_reason;  // "" for loops
  std::string nearest;
  std::string difference;
  int64_t miss_time = 0;
  int64_t evictions = 0;
  std::vector<Compilation> compilations;
  Runs runs;
  std::vector<LoopExit> exits;
  std::vector<Abort> aborts;
  std::vector<Blacklisting> blacklistings;

  int64_t CompileNanoseconds() const;  // recording, passes and emission of all compilations
  int64_t ExitCount() const;
  bool HasCode() const;  // some of it was compiled
  // The compilation that the machine code in use is from; nullptr if nothing was recorded or compiled.
  const Compilation* Latest() const { return compilations.empty() ? nullptr : &compilations.back(); }
};

struct ForeignCalls {
  std::string name;
  std::string library;
  Place place;
  int64_t count = 0;
  int64_t nanoseconds = 0;
};

struct Sample {
  Place place;
  std::string function;
  std::string phase;
  std::string trace;
  int64_t count = 0;
};

// A stretch of time in which a thread did one thing, for timelines.
enum class SpanKind : uint8_t { kRecord, kPass, kEmit, kCompile, kRun, kLoop, kForeign, kAbort };
std::string_view SpanKindName(SpanKind kind);

struct Span {
  int64_t begin = 0;
  int64_t nanoseconds = 0;
  int32_t subject = -1;  // of traces: its index in `traces`; of foreign calls, in `foreign`
  int32_t count = 1;     // runs that the span stands for
  int32_t thread = 0;
  SpanKind kind = SpanKind::kRun;
  uint16_t pass = 0;  // of passes: index in `pass_names`
};

struct Phase {
  std::string name;
  int64_t nanoseconds = 0;
};

struct LogHead {
  std::string engine, started, cpu, isa, fp, jit, detail;
  std::vector<std::string> command;
  int64_t cores = 0;
  int64_t pid = 0;
  // The script of the command, "" if it was none; `folder` is where it was run.
  std::string script;
  std::string folder;
};

struct LogModel {
  std::string path;
  LogHead head;
  LogExtent extent;
  bool ended = false;  // there is an end event
  int64_t status = 0;
  int64_t wall = 0;  // to the end event, or to the last event
  int64_t cpu = 0;
  std::vector<Phase> phases;      // of the main thread; empty if the log has none
  bool phases_estimated = false;  // the log has no phases: they are what the other events add up to
  std::map<std::string, int64_t> counters;
  std::vector<TraceRecord> traces;
  std::vector<ForeignCalls> foreign;
  std::vector<Sample> samples;
  std::vector<Span> spans;
  int64_t spans_dropped = 0;  // short ones, because there were too many
  int64_t shortest_span = 0;  // none of those dropped was longer
  std::vector<std::string> pass_names;

  const TraceRecord* Find(std::string_view trace) const;
};

}  // namespace lathe::profile
