// What happens often, added up before it is written: runs of traces, stays in loops, exits, calls of foreign
// functions. A thread has a table of sums an event, by a number that the caller gives the subject. The first
// happening of a subject, and each that took a millisecond, is written at once; others wait, at most 50 ms if
// the thread has more to tell, for the next write. So the sums over the lines of a log are exact.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/log/trace_log.h"

namespace lathe {

struct RunSum {
  using Event = event::Run;
  int64_t count = 1;
  int64_t nanoseconds = 0;
  int64_t longest = 0;
  int64_t elements = 0;
  int64_t bytes = 0;
  int64_t threads = 0;
  int64_t waiting = 0;
  int64_t hits = 0;
  void Merge(const RunSum& other);
};
struct LoopRunSum {
  using Event = event::LoopRun;
  int64_t count = 1;
  int64_t nanoseconds = 0;
  int64_t longest = 0;
  int64_t turns = 0;
  void Merge(const LoopRunSum& other);
};
struct ExitSum {
  using Event = event::Exit;
  int64_t count = 1;
  int64_t nanoseconds = 0;
  bool side_trace = false;  // of the last one
  void Merge(const ExitSum& other);
};
struct ForeignSum {
  using Event = event::Foreign;
  int64_t count = 1;
  int64_t nanoseconds = 0;
  int64_t longest = 0;
  void Merge(const ForeignSum& other);
};

// One thread's sums. Its lock is taken by others only when the log is closed.
class EventSums {
 public:
  explicit EventSums(TraceLog* log);
  EventSums(const EventSums&) = delete;
  EventSums& operator=(const EventSums&) = delete;
  ~EventSums();

  // Adds `sum`, which ended at `end` on Nanoseconds()' clock, to what is known of the subject `key`.
  // `describe(line)` adds the fields that say what the subject is; it is called once for a new subject.
  template <class Sum, class Describe>
  void Add(uint64_t key, const Sum& sum, int64_t end, const Describe& describe) {
    if (TraceLog::IsTelling()) return;
    const Lock lock(busy_);
    StartIfNew();
    Entry<Sum>& entry = TableOf<Sum>()[key];
    const bool first = !entry.subject;
    if (first) {
      LogLine<typename Sum::Event> line;
      describe(line);
      entry.subject = std::move(line).Unfinished();
    }
    if (first || sum.nanoseconds >= kAlone) return Write(*entry.subject, sum, end);
    if (entry.sum.count == 0) {
      entry.sum = sum;
    } else {
      entry.sum.Merge(sum);
    }
    entry.end = end;
    if (oldest_ == 0) oldest_ = end;
    if (end - oldest_ >= kLongestWait) WriteAll();
  }
  // Writes all that waits.
  void Flush();

 private:
  static constexpr int64_t kAlone = 1'000'000;
  static constexpr int64_t kLongestWait = 50'000'000;

  template <class Sum>
  struct Entry {
    std::optional<EventDraft> subject;
    Sum sum{0};
    int64_t end = 0;
  };
  template <class Sum>
  using Table = absl::flat_hash_map<uint64_t, Entry<Sum>>;
  class Lock {
   public:
    explicit Lock(std::atomic_flag& flag) : flag_(flag) {
      while (flag_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { flag_.clear(std::memory_order_release); }

   private:
    std::atomic_flag& flag_;
  };

  template <class Sum>
  Table<Sum>& TableOf() {
    return std::get<Table<Sum>>(tables_);
  }
  template <class Sum>
  void Write(const EventDraft& subject, const Sum& sum, int64_t end);
  void WriteAll();
  void StartIfNew();

  friend class TraceLog;
  TraceLog* log_;  // null when the log is gone
  std::atomic_flag busy_;
  int64_t oldest_ = 0;  // when the first of what waits ended; 0: nothing waits
  int64_t opened_ = 0;  // which log it is of: subjects known to an older one are new again
  std::tuple<Table<RunSum>, Table<LoopRunSum>, Table<ExitSum>, Table<ForeignSum>> tables_;
};

}  // namespace lathe
