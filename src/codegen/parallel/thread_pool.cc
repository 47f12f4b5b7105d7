// Cutting work into pieces; the pool itself is task_pool.cc's.
#include "src/codegen/parallel/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>

#include "src/codegen/parallel/float_state.h"
#include "src/codegen/parallel/task_pool.h"
#include "src/recorder/log/phase_clock.h"

namespace lathe {
namespace {

// A forked child has none of its parent's threads, and no way to start the pool anew.
std::atomic<bool>& Forked() {
  static std::atomic<bool> forked = false;
  static const int registered = pthread_atfork(nullptr, nullptr, [] { Forked().store(true); });
  (void)registered;
  return forked;
}

// The pieces of one call. What one thread wrote before it handed work over, the other sees, and back: the
// pool sees to that, too, but it is not instrumented, and without the two atomic words ThreadSanitizer would
// call everything that is handed over a race.
class Pieces {
 public:
  Pieces(int64_t count, int64_t grain, int threads, absl::FunctionRef<void(int64_t, int64_t)> body)
      : count_(count), grain_(grain), blocks_((count + grain - 1) / grain), body_(body) {
    // A few a thread, so that a busy core's share can be taken over by another.
    pieces_ = std::min<int64_t>(blocks_, static_cast<int64_t>(threads) * 4);
    phase_ = PhaseClock::Current();
    subject_ = PhaseClock::Subject();
    started_.store(true, std::memory_order_release);
  }
  int64_t size() const { return pieces_; }

  void operator()(int64_t piece) const {
    (void)started_.load(std::memory_order_acquire);
    const FloatState float_state;
    const PhaseScope phase(phase_, subject_);
    const int64_t begin = blocks_ * piece / pieces_ * grain_;
    const int64_t end = std::min(count_, blocks_ * (piece + 1) / pieces_ * grain_);
    if (begin < end) body_(begin, end);
    ended_.fetch_add(1, std::memory_order_release);
  }
  void Join() const { (void)ended_.load(std::memory_order_acquire); }

 private:
  const int64_t count_, grain_, blocks_;
  int64_t pieces_ = 0;
  Phase phase_ = Phase::other;  // of the caller
  int64_t subject_ = -1;
  absl::FunctionRef<void(int64_t, int64_t)> body_;
  std::atomic<bool> started_ = false;
  mutable std::atomic<int64_t> ended_ = 0;
};

}  // namespace

int AvailableThreads() {
  static const int count = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? std::max(CPU_COUNT(&set), 1) : 1;
  }();
  return count;
}

void ParallelFor(int64_t count, int64_t grain, int threads, absl::FunctionRef<void(int64_t, int64_t)> body) {
  threads = std::min(threads, kMostPoolThreads);
  if (threads <= 1 || count <= grain || Forked().load(std::memory_order_relaxed)) return body(0, count);
  const Pieces pieces(count, grain, threads, body);
  // What is not spent on pieces is waiting for threads that have some.
  const PhaseScope phase(Phase::wait, PhaseClock::Subject());
  RunPieces(pieces.size(), threads, pieces);
  pieces.Join();
}

}  // namespace lathe
