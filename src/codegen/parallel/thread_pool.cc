// The pool is oneTBB's, used through an arena of the wanted size. This is the only file that names it.
#include "src/codegen/parallel/thread_pool.h"

#include <pthread.h>
#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include "src/codegen/parallel/float_state.h"

namespace lathe {
namespace {

constexpr int kMostThreads = 256;

// A forked child has none of its parent's threads, and no way to start the pool anew.
std::atomic<bool>& Forked() {
  static std::atomic<bool> forked = false;
  static const int registered = pthread_atfork(nullptr, nullptr, [] { Forked().store(true); });
  (void)registered;
  return forked;
}

// One arena a size: making one costs more than a piece of work. More threads than processors are to be had
// only if the limit is raised.
struct Pool {
  std::unique_ptr<tbb::global_control> limit;
  std::unique_ptr<tbb::task_arena> arena;
};
tbb::task_arena& ArenaOf(int threads) {
  static std::mutex mutex;
  static auto* const pools = new Pool[kMostThreads + 1];  // outlives main
  const std::lock_guard<std::mutex> lock(mutex);
  Pool& pool = pools[threads];
  if (!pool.arena) {
    if (threads > AvailableThreads()) {
      pool.limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                         static_cast<size_t>(threads));
    }
    pool.arena = std::make_unique<tbb::task_arena>(threads);
  }
  return *pool.arena;
}

// What one thread wrote before it handed work over, the other sees, and back. The pool sees to that, too, but
// it is not instrumented: without these two words ThreadSanitizer would call each result a race.
class HandOver {
 public:
  HandOver() { started_.store(true, std::memory_order_release); }
  void BeginPiece() const { (void)started_.load(std::memory_order_acquire); }
  void EndPiece() { ended_.fetch_add(1, std::memory_order_release); }
  void Join() const { (void)ended_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> started_ = false;
  std::atomic<int> ended_ = 0;
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
  const int64_t blocks = (count + grain - 1) / grain;
  threads = std::min(threads, kMostThreads);
  if (threads <= 1 || blocks <= 1 || Forked().load(std::memory_order_relaxed)) return body(0, count);
  // A few pieces a thread, so that a busy core's share can be taken over by another.
  const int64_t pieces = std::min<int64_t>(blocks, static_cast<int64_t>(threads) * 4);
  HandOver hand_over;
  ArenaOf(threads).execute([&] {
    tbb::parallel_for(
        int64_t{0}, pieces,
        [&](int64_t piece) {
          const FloatState float_state;
          hand_over.BeginPiece();
          const int64_t begin = blocks * piece / pieces * grain;
          const int64_t end = std::min(count, blocks * (piece + 1) / pieces * grain);
          if (begin < end) body(begin, end);
          hand_over.EndPiece();
        },
        tbb::simple_partitioner());
  });
  hand_over.Join();
}

}  // namespace lathe
