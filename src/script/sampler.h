// The sampling profiler: where a script's processor time goes, by line. A timer on each thread's own
// processor time sends it a signal each millisecond; the handler notes the phase (phase_clock.h), the frame
// on top of the VM and, in compiled loops, the address of the machine code. It counts into a table made
// beforehand, whose only lock is held for a few instructions by handlers, and follows no pointer that may
// die: what places mean is found out later, by Take.
//
// A thread gets its timer when it first switches phases. One that works on a kernel is where the VM is, whose
// thread is inside the same kernel; another one is outside the script.
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
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
  // Samples the calling thread, which runs `vm`, and all that work for it, until it dies. One at a time.
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
  // Gives the calling thread a timer.
  void AddThread();
  void Note(uintptr_t address, int64_t count);
  const Frame* FrameOfThread() const;
  SamplePlace PlaceOf(const Slot& slot) const;

  Vm& vm_;
  std::vector<Slot> slots_;  // open addressing
  int64_t lost_ = 0;         // the table was full there
  std::unordered_map<const CodeObject*, Ref<CodeObject>> codes_;
  const std::thread::id owner_ = std::this_thread::get_id();
  const PhaseOfThread& owner_phase_ = PhaseClock::OfThread();
  std::atomic_flag counting_;  // held while slots are looked at
  std::mutex timers_mutex_;
  std::vector<timer_t> timers_;
};

// Writes samples to the trace log.
void TellSamples(const std::vector<SamplePlace>& places);
// The lines with most samples as a table for people, with the phases of each.
std::string FormatSamples(const std::vector<SamplePlace>& places);

}  // namespace lathe::script
