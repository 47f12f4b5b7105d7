// The sampling profiler: where a script's processor time goes, by line. A timer on the thread's own processor
// time sends it a signal each millisecond; the handler notes the phase (phase_clock.h), the frame on top of
// the VM and, in compiled loops, the address of the machine code. It counts into a table made beforehand,
// takes no lock and follows no pointer that may die: what places mean is found out later, by Take.
//
// Other threads are not sampled: while they work on a kernel, the first one works too, or waits and uses no
// time.
#pragma once

#include <csignal>
#include <cstdint>
#include <ctime>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/recorder/log/phase_clock.h"
#include "src/script/vm.h"

namespace lathe::script {

// Samples of one place.
struct SamplePlace {
  std::string file;  // "" outside the script
  int64_t line = 0;
  std::string function;
  Phase phase = Phase::other;
  std::string trace;  // "" if none was running
  int64_t count = 0;
};

class Sampler {
 public:
  // Samples the calling thread, which runs `vm`, until it dies. One at a time.
  explicit Sampler(Vm& vm);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  ~Sampler();

  // Code that may be met must stay: a sample may be about it.
  void Keep(const Ref<CodeObject>& code);
  // The samples so far, most first; and none are left.
  std::vector<SamplePlace> Take();

 private:
  // A place as the handler sees it.
  struct Slot {
    const CodeObject* code = nullptr;
    const Instruction* pc = nullptr;
    uintptr_t address = 0;  // in machine code of a loop
    int64_t subject = -1;
    uint32_t generation = 0;
    Phase phase = Phase::other;
    int64_t count = 0;
  };
  static void OnSignal(int, siginfo_t* info, void* context);
  void Note(uintptr_t address, int64_t count);
  SamplePlace PlaceOf(const Slot& slot) const;

  Vm& vm_;
  std::vector<Slot> slots_;  // open addressing
  int64_t lost_ = 0;         // the table was full there
  std::unordered_map<const CodeObject*, Ref<CodeObject>> codes_;
  timer_t timer_{};
};

// Writes samples to the trace log.
void TellSamples(const std::vector<SamplePlace>& places);
// The lines with most samples as a table for people, with the phases of each.
std::string FormatSamples(const std::vector<SamplePlace>& places);

}  // namespace lathe::script
