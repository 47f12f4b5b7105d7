// Findings: what costs time in a log and can be helped, each with its place, its cost, what it means and what
// to do. The first screen shows the most expensive ones, `lathe trace why` those of one line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/profile/machine/machine.h"
#include "src/profile/model/model.h"

namespace lathe::profile {

struct Finding {
  std::string kind;  // "exit", "miss", "abort", … : stable, for programs
  Place place;
  std::string trace;  // "" if it is of no single trace
  // How much time the remedy could save, at most. An estimate; docs/profiling.md says how each kind is
  // estimated.
  int64_t lost = 0;
  std::string what;    // one sentence: what happened
  std::string why;     // what it means
  std::string remedy;  // what to do
};

// All findings, the most expensive first. `machine` may be null: then nothing is said about its limits.
std::vector<Finding> FindProblems(const LogModel& model, const Machine* machine);

// Of one reason of a pass, taken apart: "check at line 4 kept: the index is not affine".
struct PassReason {
  enum class Kind : uint8_t { kOther, kVectorised, kNotVectorised, kHoisted, kKept, kStored };
  Kind kind = Kind::kOther;
  int64_t line = 0;
  std::string cause;
};
PassReason ParsePassReason(const std::string& reason);

// What a trace reaches, and how far that is from the machine's limits.
struct Speed {
  double elements = 0;     // a second
  double bytes = 0;        // a second
  double operations = 0;   // a second
  double bandwidth = -1;   // share of the machine's for this working set; -1: not known
  double arithmetic = -1;  // share of the machine's peak
};
Speed SpeedOf(const TraceRecord& trace, const Machine* machine);

// Nanoseconds in the interpreter. Of a log without phases: what nothing else tells of.
int64_t InterpretTime(const LogModel& model);
// Nanoseconds of a phase ("interpret"); 0 if the log has none of that name.
int64_t PhaseTime(const LogModel& model, std::string_view name);

// A reason of a cache miss as words: "another dtype".
std::string MissWords(const std::string& reason);

// True if the signature, or the recorded layouts, tell of an operand that is not dense.
bool HasStridedOperand(const TraceRecord& trace);

}  // namespace lathe::profile
