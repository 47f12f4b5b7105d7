// The phase clock: where a thread's time goes. A PhaseScope says what the thread does while it lives; if the
// clock is on, each switch reads the time and adds what has passed to the phase that ends, so the sums of a
// thread are exact: every nanosecond since the clock was started is in one phase. Off, a scope costs one
// relaxed load.
//
// The profiler's signal handler reads the phase and its subject, hence the atomics. It is told of every
// thread that comes by (`Watch`), so that it can sample all that run Lathe's code.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lathe {

// A monotonic clock.
int64_t Nanoseconds();

enum class Phase : uint8_t {
#define PHASE(ID, DOC) ID,
#include "src/recorder/log/phases.def"
#undef PHASE
};
inline constexpr const char* kPhaseNames[] = {
#define PHASE(ID, DOC) #ID,
#include "src/recorder/log/phases.def"
#undef PHASE
};
inline constexpr size_t kPhaseCount = sizeof(kPhaseNames) / sizeof(kPhaseNames[0]);

// What the clock knows of a thread.
struct PhaseOfThread {
  std::atomic<Phase> phase = Phase::other;
  std::atomic<int64_t> subject = -1;
  int64_t since = 0;  // the last switch; 0: none yet
  int64_t next_report = INT64_MAX;
  int watch = 0;  // the last that it was told to
  std::array<int64_t, kPhaseCount> sums{};
};

class PhaseClock {
 public:
  using Sums = std::array<int64_t, kPhaseCount>;

  static bool IsOn() { return on_.load(std::memory_order_relaxed); }
  // From now on; the sums of the calling thread begin at zero. `report` is called on that thread, from a
  // switch, once an interval has passed since it was called last.
  static void Start(int64_t interval, void (*report)());
  static void Stop();
  // While the clock is on, `arrives` is called once on each thread that switches phases from now on, before
  // it does; null: no more.
  static void Watch(void (*arrives)());

  // ---- Of the calling thread
  static Phase Current() { return thread_.phase.load(std::memory_order_relaxed); }
  // Which trace it is about: a number that the phase gives a meaning; negative: none.
  static int64_t Subject() { return thread_.subject.load(std::memory_order_relaxed); }
  // Up to now.
  static Sums Read();
  static const PhaseOfThread& OfThread() { return thread_; }
  static int64_t SumOf(Phase phase) { return thread_.sums[static_cast<size_t>(phase)]; }

 private:
  friend class PhaseScope;
  static void Switch(Phase phase, int64_t subject, int64_t now) {
    PhaseOfThread& thread = thread_;
    if (thread.watch != watch_.load(std::memory_order_relaxed)) Arrive();
    if (thread.since == 0) thread.since = now;
    now = std::max(now, thread.since);
    thread.sums[static_cast<size_t>(thread.phase.load(std::memory_order_relaxed))] += now - thread.since;
    thread.since = now;
    thread.phase.store(phase, std::memory_order_relaxed);
    thread.subject.store(subject, std::memory_order_relaxed);
    if (now >= thread.next_report) Report(now);
  }
  static void Report(int64_t now);
  static void Arrive();

  inline static std::atomic<bool> on_ = false;
  inline static std::atomic<int64_t> interval_ = 0;
  inline static std::atomic<void (*)()> report_ = nullptr;
  inline static std::atomic<int> watch_ = 0;  // how often Watch has been called
  inline static std::atomic<void (*)()> arrives_ = nullptr;
  inline static thread_local constinit PhaseOfThread thread_;
};

class PhaseScope {
 public:
  explicit PhaseScope(Phase phase, int64_t subject = -1) {
    if (PhaseClock::IsOn()) Enter(phase, subject, Nanoseconds());
  }
  // For those who have read the clock anyway.
  PhaseScope(Phase phase, int64_t subject, int64_t now) {
    if (PhaseClock::IsOn()) Enter(phase, subject, now);
  }
  PhaseScope(const PhaseScope&) = delete;
  PhaseScope& operator=(const PhaseScope&) = delete;
  ~PhaseScope() {
    if (entered_) Leave(Nanoseconds());
  }
  void Leave(int64_t now) {
    if (!entered_) return;
    entered_ = false;
    PhaseClock::Switch(before_, subject_before_, now);
  }

 private:
  void Enter(Phase phase, int64_t subject, int64_t now) {
    before_ = PhaseClock::Current();
    subject_before_ = PhaseClock::Subject();
    entered_ = true;
    PhaseClock::Switch(phase, subject, now);
  }

  bool entered_ = false;
  Phase before_ = Phase::other;
  int64_t subject_before_ = -1;
};

}  // namespace lathe
