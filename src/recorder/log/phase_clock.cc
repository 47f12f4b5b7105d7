// Starting, stopping and reading the phase clock.
#include "src/recorder/log/phase_clock.h"

#include <chrono>
#include <utility>

namespace lathe {

int64_t Nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void PhaseClock::Start(int64_t interval, void (*report)()) {
  const int64_t now = Nanoseconds();
  interval_.store(interval, std::memory_order_relaxed);
  report_.store(report, std::memory_order_relaxed);
  thread_.sums = {};
  thread_.since = now;
  thread_.next_report = now + interval;
  on_.store(true, std::memory_order_relaxed);
}

void PhaseClock::Stop() {
  on_.store(false, std::memory_order_relaxed);
  thread_.next_report = INT64_MAX;
}

void PhaseClock::Watch(void (*arrives)()) {
  arrives_.store(arrives, std::memory_order_relaxed);
  watch_.fetch_add(1, std::memory_order_release);
}

void PhaseClock::Arrive() {
  thread_.watch = watch_.load(std::memory_order_acquire);
  if (auto* const arrives = arrives_.load(std::memory_order_relaxed)) arrives();
}

PhaseClock::Sums PhaseClock::Read() {
  const int64_t next = std::exchange(thread_.next_report, INT64_MAX);
  Switch(Current(), Subject(), Nanoseconds());
  thread_.next_report = next;
  return thread_.sums;
}

void PhaseClock::Report(int64_t now) {
  thread_.next_report = now + interval_.load(std::memory_order_relaxed);
  if (auto* const report = report_.load(std::memory_order_relaxed)) report();
}

}  // namespace lathe
