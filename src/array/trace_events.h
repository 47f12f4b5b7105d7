// What happens to traces, as events of the trace log: from kernels, traces and what passes say to lines.
// Shared by array traces (engine.cc) and loop traces (the script room).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lathe/engine.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/log/trace_log.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {

// The first and the last line.
TraceEvent LogHead(const EngineOptions& options, bool full, std::string_view isa);
TraceEvent LogEnd(std::optional<int> status, int64_t nanoseconds);
// Where this thread's time has gone.
void TellPhases(TraceLog& log);

// The lines of a trace's instructions, ascending; `first`, unless it is 0, before all others.
std::vector<int64_t> LinesOf(const Trace& trace, int64_t first = 0);
// Instructions that compute or move something: no parameters, extents or constants.
int64_t CountOps(const Trace& trace);
// The parameters in words: "f64[n0] dense, f64[n0] strided, f64".
std::string SignatureOf(const Trace& trace);

// Tells of the recorded trace; of loops, `exit` is the one whose side trace is new.
void TellRecord(TraceLog& log, const Trace& trace, int64_t nanoseconds,
                std::optional<int64_t> exit = std::nullopt);
// An observer of passes over the trace of that name; null if the log is off.
std::function<void(const PassEvent&)> PassTeller(TraceLog& log, const std::string& trace);

}  // namespace lathe
