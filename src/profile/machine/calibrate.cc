// The measurement: c = a + b over working sets of several sizes, and chains of independent additions and
// multiplications in registers, each by one thread and by all. The best of several attempts counts: what
// disturbs only makes slower.
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#include "src/profile/machine/machine.h"

namespace lathe::profile {
namespace {

using Clock = std::chrono::steady_clock;
using Vector [[gnu::vector_size(32)]] = double;

constexpr int64_t kSizes[] = {24 << 10, 192 << 10, 3 << 20, 96 << 20};  // L1, L2, shared cache, memory
constexpr int kArrays = 3;
constexpr auto kTimeOfAttempt = std::chrono::milliseconds(12);
constexpr int kAttempts = 5;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Keeps the compiler from leaving out or merging rounds: memory is as if somebody had looked.
inline void Touch(const void* data) { asm volatile("" : : "r"(data) : "memory"); }

#if defined(__x86_64__)
#define LATHE_BEST_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define LATHE_BEST_VECTORS
#endif

LATHE_BEST_VECTORS void AddArrays(double* c, const double* a, const double* b, int64_t count) {
  auto* to = reinterpret_cast<Vector*>(c);
  const auto* x = reinterpret_cast<const Vector*>(a);
  const auto* y = reinterpret_cast<const Vector*>(b);
  for (int64_t k = 0; k < count / 4; ++k) to[k] = x[k] + y[k];
}

// Additions and multiplications in turn, `rounds` times eight of each on four lanes.
LATHE_BEST_VECTORS double Arithmetic(int64_t rounds) {
  Vector s0{1, 2, 3, 4}, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  Vector p0{1, 1, 1, 1}, p1 = p0, p2 = p0, p3 = p0;
  Vector one{1, 1, 1, 1}, add{1e-9, 1e-9, 1e-9, 1e-9};
  asm volatile("" : "+m"(one), "+m"(add));
  const Vector factor = one, step = add;
  for (int64_t k = 0; k < rounds; ++k) {
    s0 += step, s1 += step, s2 += step, s3 += step;
    p0 *= factor, p1 *= factor, p2 *= factor, p3 *= factor;
    s4 += step, s5 += step, s6 += step, s7 += step;
    p0 *= factor, p1 *= factor, p2 *= factor, p3 *= factor;
  }
  const Vector sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + p0 + p1 + p2 + p3;
  return sum[0] + sum[1] + sum[2] + sum[3];
}
constexpr int64_t kOperationsOfRound = 16 * 4;

int CountCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return CPU_COUNT(&set);
}

// Runs `work(thread, rounds)` on all threads at once, with rounds enough for an attempt to be measured; the
// least seconds of one round.
double SecondsOfRound(int threads, const std::function<void(int, int64_t)>& work) {
  const auto run = [&](int64_t rounds) {
    std::atomic<int> ready = 0;
    std::vector<double> seconds(static_cast<size_t>(threads));
    const auto body = [&](int thread) {
      ready.fetch_add(1);
      while (ready.load() < threads) std::this_thread::yield();
      const auto start = Clock::now();
      work(thread, rounds);
      seconds[static_cast<size_t>(thread)] = SecondsSince(start);
    };
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads; ++thread) others.emplace_back(body, thread);
    body(0);
    others.clear();
    return *std::max_element(seconds.begin(), seconds.end());
  };
  int64_t rounds = 1;
  double first = run(rounds);
  while (first < std::chrono::duration<double>(kTimeOfAttempt).count() / 2) {
    rounds *= 4;
    first = run(rounds);
  }
  double best = first;
  for (int attempt = 1; attempt < kAttempts; ++attempt) best = std::min(best, run(rounds));
  return best / static_cast<double>(rounds);
}

// Bytes a second of all threads together, each with its part of the working set.
double MeasureBandwidth(double* memory, int64_t bytes, int threads) {
  const int64_t count = bytes / kArrays / static_cast<int64_t>(sizeof(double)) / threads / 8 * 8;
  const double seconds = SecondsOfRound(threads, [&](int thread, int64_t rounds) {
    double* base = memory + kArrays * count * thread;
    for (int64_t k = 0; k < rounds; ++k) {
      AddArrays(base, base + count, base + 2 * count, count);
      Touch(base);
    }
  });
  return static_cast<double>(kArrays * count * threads) * sizeof(double) / seconds;
}

double MeasureArithmetic(int threads) {
  const double seconds = SecondsOfRound(threads, [](int, int64_t rounds) {
    const double value = Arithmetic(rounds * 1024);
    Touch(&value);
  });
  return static_cast<double>(kOperationsOfRound * 1024 * threads) / seconds;
}

struct Free {
  void operator()(double* memory) const { std::free(memory); }
};

}  // namespace

Machine MeasureMachine() {
  Machine machine;
  machine.cpu = ProcessorName();
  const int cores = CountCores();
  machine.cores = cores;
  const int64_t most = kSizes[std::size(kSizes) - 1];
  const std::unique_ptr<double, Free> memory(
      static_cast<double*>(std::aligned_alloc(64, static_cast<size_t>(most))));
  std::fill_n(memory.get(), most / static_cast<int64_t>(sizeof(double)), 1.0);
  for (const int64_t bytes : kSizes) {
    Machine::Level level;
    level.bytes = bytes;
    level.one_thread = MeasureBandwidth(memory.get(), bytes, 1);
    level.all_threads = cores > 1 ? MeasureBandwidth(memory.get(), bytes, cores) : level.one_thread;
    machine.levels.push_back(level);
  }
  machine.operations_one = MeasureArithmetic(1);
  machine.operations_all = cores > 1 ? MeasureArithmetic(cores) : machine.operations_one;
  return machine;
}

}  // namespace lathe::profile
