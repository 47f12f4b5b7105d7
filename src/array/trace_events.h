// What happens to traces, as events of the trace log: from kernels, traces and what passes say to lines.
// Shared by array traces (engine.cc) and loop traces (the script room).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/engine.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/log/end_reasons.h"
#include "src/recorder/log/trace_log.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {

// The first and the last line.
EventDraft LogHead(const EngineOptions& options, bool full, std::string_view isa);
EventDraft LogEnd(std::optional<int> status, int64_t nanoseconds);
// Where this thread's time has gone.
void TellPhases(TraceLog& log);

// The lines of a trace's instructions, ascending; `first`, unless it is 0, before all others.
std::vector<int64_t> LinesOf(const Trace& trace, int64_t first = 0);
// The parameters in words: "f64[n0] dense, f64[n0] strided, f64".
std::string SignatureOf(const Trace& trace);

// Tells of the recorded trace, and why its recording ended; of loops, `exit` is the one whose side trace is
// new.
void TellRecord(TraceLog& log, const Trace& trace, int64_t nanoseconds, EndReason ended,
                std::optional<int64_t> exit = std::nullopt);
// What heuristics were asked.
void TellDecisions(TraceLog& log, std::string_view trace, std::span<const Decision> decisions);
// An observer of passes over the trace of that name; null if the log is off.
std::function<void(const PassEvent&)> PassTeller(TraceLog& log, const std::string& trace);

}  // namespace lathe
