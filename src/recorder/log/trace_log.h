// The trace log: one stream of events (events.def), JSON Lines, off unless a file or a listener is set. Each
// write() is of whole lines, so a log cut off by a crash is readable up to the cut. A write costs more than
// all that precedes it, so events that are many, or that another follows at once, wait for the next that does
// not, at most 50 ms if there is one: a crash finds what was recorded and compiled written. Thread-safe.
//
// What happens often is added up, per thread, before it is written (event_sums.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "lathe/trace.h"
#include "src/recorder/log/events.h"
#include "src/recorder/log/phase_clock.h"

namespace lathe {

class EventSums;

// While one lives, its thread's events wait before the listener is told of them: the engine is in the middle
// of something that a listener's use of arrays would disturb.
class TellLater {
 public:
  TellLater() : on_(EventListening::IsOn()) {
    if (on_) Enter();
  }
  TellLater(const TellLater&) = delete;
  TellLater& operator=(const TellLater&) = delete;
  ~TellLater() {
    if (on_) Leave();
  }

 private:
  static void Enter();
  static void Leave();
  const bool on_;
};

class TraceLog {
 public:
  TraceLog();
  ~TraceLog();
  // Truncates and opens `path` for this process (a forked child does not write), and begins with `head`. An
  // empty path: no file. `full`: with texts of traces and listings.
  absl::Status Open(const std::string& path, bool full, const TraceListener& listener, EventDraft head);
  // Writes what all threads have added up.
  void Flush();
  // Writes `last` and closes the log; nothing if it is not open.
  void Close(EventDraft last);

  // Asked before an event is put together: false costs one relaxed load.
  bool enabled() const { return enabled_.load(std::memory_order_relaxed); }
  // Whether texts are wanted too.
  bool full() const { return full_.load(std::memory_order_relaxed); }
  // Nanoseconds since the log was opened.
  int64_t Now() const { return Nanoseconds() - opened_.load(std::memory_order_relaxed); }

  template <class E>
  void Write(LogLine<E> line) {
    WriteEvent(std::move(line).Take(), IsPrompt(E::kName, full()));
  }
  // This thread's sums.
  EventSums& sums();
  // Whether this thread is inside the listener: what happens there is not told.
  static bool IsTelling();

 private:
  friend class EventSums;
  class File;
  // Whether events of that name are written at once. A recording is if it has its text, which tells more of a
  // crash while it is compiled than its name.
  static constexpr bool IsPrompt(std::string_view name, bool full) {
    return (full && name == event::Record::kName) || name == event::Compile::kName ||
           name == event::Abort::kName || name == event::Phases::kName;
  }
  void WriteEvent(EventDraft event, bool prompt = false);

  std::atomic<bool> enabled_ = false;
  std::atomic<bool> full_ = false;
  std::atomic<int64_t> opened_ = 0;
  std::mutex mutex_;  // of the following
  std::shared_ptr<File> file_;
  std::shared_ptr<const TraceListener> listener_;
  int opener_ = 0;  // the number of the thread that opened the log
  std::mutex sums_mutex_;
  std::set<EventSums*> sums_;  // of all threads that have any
};

}  // namespace lathe
