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

enum class JitMode : uint8_t {
  kOff,     // everything on the reference interpreter
  kOn,      // machine code once it pays
  kForce,   // machine code at first sight, even for one element
  kStress,  // as kForce, and guards of loops fail at random: a test of the ways back to the interpreter
};
enum class FpMode : uint8_t {
  kStrict,    // IEEE; bit-identical on every instruction set
  kContract,  // a*b+c may become one fma
  kFast,      // also reassociate
};
enum class Isa : uint8_t { kSse42, kAvx2, kAvx512, kNative };  // the highest to use
enum class TraceDetail : uint8_t { kEvents, kFull };

// Set options before arrays are made; changing jit, fp or isa drops compiled code. Thread-safe.
struct EngineOptions {
  JitMode jit = JitMode::kOn;
  FpMode fp = FpMode::kStrict;
  Isa isa = Isa::kNative;
  uint64_t stress_seed = 1;  // of the failures of JitMode::kStress
  int threads = 0;           // 0: all cores this process may use
  std::string trace_file;    // of the trace log (docs/trace-log.md); "": LATHE_TRACE, or else none
  // Full: with the texts of traces and listings. Unless set, LATHE_TRACE_DETAIL, or else full.
  std::optional<TraceDetail> trace_detail;
  TraceListener trace_listener;  // is told the events of the trace log, whether or not there is a file
  std::string loop_limits;       // "NAME=NUMBER,...": limits of the loop JIT that are not the usual ones
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
