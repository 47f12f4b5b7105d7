// File: lathe/engine.h
//
// The engine's settings and counters. There is one default engine in a process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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

// Set options before arrays are made; changing jit, fp or isa drops compiled code. Thread-safe.
struct EngineOptions {
  JitMode jit = JitMode::kOn;
  FpMode fp = FpMode::kStrict;
  Isa isa = Isa::kNative;
  uint64_t stress_seed = 1;  // of the failures of JitMode::kStress
  int threads = 0;           // 0: all cores this process may use
  std::string trace_file;    // "" : no trace log
  std::string loop_limits;   // "NAME=NUMBER,...": limits of the loop JIT that are not the usual ones
};
void Configure(const EngineOptions& options);
const EngineOptions& CurrentOptions();

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
