// oneTBB, used through an arena of the wanted size.
#include "src/codegen/parallel/task_pool.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <memory>
#include <mutex>

#include "src/codegen/parallel/thread_pool.h"

namespace lathe {
namespace {

// One arena a size: making one costs more than a piece of work. More threads than processors are to be had
// only if the limit is raised.
struct Pool {
  std::unique_ptr<tbb::global_control> limit;
  std::unique_ptr<tbb::task_arena> arena;
};
tbb::task_arena& ArenaOf(int threads) {
  static std::mutex mutex;
  static auto* const pools = new Pool[kMostPoolThreads + 1];  // outlives main
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

}  // namespace

void RunPieces(int64_t pieces, int threads, absl::FunctionRef<void(int64_t)> body) {
  ArenaOf(threads).execute([&] {
    tbb::parallel_for(
        int64_t{0}, pieces, [&](int64_t piece) { body(piece); }, tbb::simple_partitioner());
  });
}

}  // namespace lathe
