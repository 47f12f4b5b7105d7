// File: lathe/engine.h
//
// The engine's settings and counters. There is one default engine in a process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lathe/trace.h"

namespace lathe {

// The choices and what they mean: modes.def.
enum class JitMode : uint8_t {
#define JIT_MODE(ID, WORD) k##ID,
#include "lathe/modes.def"
};
enum class FpMode : uint8_t {
#define FP_MODE(ID, WORD) k##ID,
#include "lathe/modes.def"
};
enum class Isa : uint8_t {
#define ISA(ID, WORD) k##ID,
#include "lathe/modes.def"
};
enum class TraceDetail : uint8_t {
#define TRACE_DETAIL(ID, WORD) k##ID,
#include "lathe/modes.def"
};

// Set options before arrays are made; changing jit, fp or isa drops compiled code. Thread-safe.
struct EngineOptions {
  JitMode jit = JitMode::kOn;
  FpMode fp = FpMode::kStrict;
  Isa isa = Isa::kNative;
  uint64_t stress_seed = 1;  // of the failures of JitMode::kStress
  int threads = 0;           // 0: all cores this process may use
  std::string loop_limits;   // "NAME=NUMBER,...": limits of the loop JIT that are not the usual ones
  std::string choices;     // "NAME=yes|no,...", "random=SEED": answers to heuristic questions; never results
  std::string trace_file;  // of the trace log (docs/trace-log.md); "": LATHE_TRACE, or else none
  // Full: with the texts of traces and listings. Unless set, LATHE_TRACE_DETAIL, or else full.
  std::optional<TraceDetail> trace_detail;
  // Keep what the profiler needs to know of machine code.
  bool profile = false;
  TraceListener trace_listener;  // is told the events of the trace log, whether or not there is a file
};
void Configure(const EngineOptions& options);
const EngineOptions& CurrentOptions();
// Ends the trace log, if there is one, with the program's exit status. A program that returns from main
// without it gets the same line without a status.
void FinishTraceLog(int status);

// Counters since the start of the process (or ResetCounters), summed over threads.
struct Counters {
#define COUNTER(ID, TEXT) int64_t ID = 0;
#include "lathe/counters.def"
#undef COUNTER
};
Counters ReadCounters();
void ResetCounters();
// The counters as the lines that `lathe run --stats` prints.
std::string FormatCounters(const Counters& counters);

}  // namespace lathe
