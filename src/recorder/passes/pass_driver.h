// The pass driver: runs the passes of passes.def, times them, verifies after each, and tells whoever
// watches. A pass is a function of a trace and a context; it returns its reasons as data.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/log/choices.h"
#include "src/recorder/runtime/backend.h"

namespace lathe {

// An answer that a pass has got.
struct Decision {
  Choice choice;
  bool answer = false;
  std::string why;
};

// One pass that has run. Text is made by whoever wants it (PrintTrace).
struct PassEvent {
  std::string_view name;
  TraceLevel level = TraceLevel::kArray;
  int64_t nanoseconds = 0;
  bool changed = false;
  int64_t ops_before = 0, ops_after = 0;
  const Trace* after = nullptr;
  std::span<const std::string> reasons;  // its own
  std::span<const Decision> decisions;   // its own
};

// Instructions that compute or move something: no parameters, extents or constants.
int64_t CountOps(const Trace& trace);

uint64_t AddressOfZeros();

struct PassContext {
  // Why something was done or not ("stored %3: ..."); passes append.
  std::vector<std::string> reasons;
  // Called after each pass.
  std::function<void(const PassEvent&)> observer;
  // Who answers heuristic questions; null: the heuristics themselves.
  Choices* choices = nullptr;
  std::vector<Decision> decisions;  // if somebody observes
  // What the backend wants (Backend::WantsExpansion).
  bool expand = true;
  // At the loop level: exits to which no check may be moved: one at a resume exit has failed before, or what
  // is restored there is right only if the exit's own guard has failed.
  std::vector<uint32_t> barred_exits;
  // At the loop level: the address of a word of zeros, for reads that must not be made where they would be.
  uint64_t zeros = AddressOfZeros();
  // At the loop level: gives the address of a word that lives as long as the trace's code; none: no sums are
  // vectorised.
  std::function<uint64_t()> new_word;
  // Whether sums of floats may be rounded in another order (FpMode::kFast).
  bool any_order = false;
  // At the loop level: whether turns are to be counted, and are (loop_turns.cc).
  bool count_turns = false;
  bool turns_counted = false;
  // At the loop level: turns of a counted loop between two polls; microseconds.
  int64_t stretch = 4096;
  // At the loop level: the numbers of headers whose turns, all but a few, are made by a vector kernel.
  std::vector<uint32_t> vectorised_loops;
  // How many checks have been moved out of loops.
  int hoisted_checks = 0;
  // Verify after each pass. Always on in debug builds.
#ifdef NDEBUG
  bool verify = false;
#else
  bool verify = true;
#endif

  void Reason(std::string text) { reasons.push_back(std::move(text)); }
  // The answer to a question of choices.def. `why()` says in words what the heuristic goes by; it is called
  // if somebody observes.
  template <class Why>
  bool Ask(Choice choice, bool heuristic, const Why& why) {
    const bool answer = choices ? choices->Ask(choice, heuristic) : heuristic;
    if (observer)
      decisions.push_back({choice, answer, answer == heuristic ? why() : Choices::Overruled(why())});
    return answer;
  }
};

// By exit number: which value of its snapshot is the count of turns, if they are counted.
std::vector<uint32_t> TurnValues(const Trace& trace, size_t exits);

struct PassInfo {
  std::string_view name;
  TraceLevel level;
  std::string_view why;
  absl::Status (*run)(Trace&, PassContext&);
};

#define PASS(FUNCTION, NAME, LEVEL, WHY) absl::Status FUNCTION(Trace& trace, PassContext& context);
#include "src/recorder/passes/passes.def"
#undef PASS

// The rows of passes.def in order.
std::span<const PassInfo> AllPasses();

// Runs the passes of one level in order: kArray keeps a trace at the array level, kNest brings it from
// there to the form that machine code is made of. The first error stops.
absl::Status RunPasses(TraceLevel level, Trace& trace, PassContext& context);
// Runs one pass by its name; NotFound if there is none.
absl::Status RunPass(std::string_view name, Trace& trace, PassContext& context);

}  // namespace lathe
