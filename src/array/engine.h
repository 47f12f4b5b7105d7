// The engine: options, backends, trace cache, log and counters of the process. engine.cc is the single
// composition root, the only file that names both backends.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "lathe/engine.h"
#include "src/array/place_source.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/cache/trace_cache.h"
#include "src/recorder/lazy/miss_history.h"
#include "src/recorder/lazy/recording.h"
#include "src/recorder/log/choices.h"
#include "src/recorder/log/end_reasons.h"
#include "src/recorder/log/trace_log.h"
#include "src/recorder/runtime/kernel.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

// Counter indices, one a row of counters.def.
enum class Counter : uint8_t {
#define COUNTER(ID, TEXT) k_##ID,
#include "lathe/counters.def"
#undef COUNTER
  kCount
};

// Adds to this thread's counters; no other thread's cache line is touched.
void Count(Counter counter, int64_t amount = 1);

class Engine {
 public:
  explicit Engine(const EngineOptions& options);
  ~Engine();
  void Configure(const EngineOptions& options);
  const EngineOptions& options() const { return options_; }
  TraceCache& cache() { return cache_; }
  TraceLog& log() { return log_; }
  SourceFiles& files() { return files_; }
  // Ends the trace log.
  void FinishLog(std::optional<int> status);
  CodeMap& code_map() { return *code_map_; }
  Choices& choices() { return choices_; }

  // Makes the kernel of a recording that the cache does not hold, and caches it.
  absl::StatusOr<std::shared_ptr<Kernel>> MakeKernel(const Recording& recording,
                                                     const Fingerprint& fingerprint, EndReason ended);
  // The passes that come before machine code, run on a copy of a trace; its loop nests and temporaries.
  struct Plan {
    int64_t ops = 0;
    int nests = 0;
    int temporaries = 0;
  };
  absl::StatusOr<Plan> PlanOf(Trace trace);
  // The kernel of an array statement inside a loop, compiled at once; null if it cannot be.
  std::shared_ptr<Kernel> MakeStatement(Trace trace);
  // What runs the loop traces of an interpreter; null if machine code is off or not to be had.
  std::unique_ptr<LoopBackend> MakeLoopBackend();
  // The executable to run `kernel` with now: compiles it once that pays.
  absl::StatusOr<const Executable*> Prepare(Kernel& kernel, int64_t elements);

 private:
  absl::StatusOr<std::shared_ptr<Kernel>> MakeKernel(Trace trace, int64_t replay_nanoseconds,
                                                     const Miss& miss, EndReason ended);
  void OpenLog(const EngineOptions& options);
  // For those that LATHE_PERF and LATHE_GDB name.
  void AddAnnouncers();
  static std::string IsaName(const EngineOptions& options);
  void TellEvict(const Kernel& kernel);
  void TellCompileChoice(const Kernel& kernel, bool worth, bool compile, int runs, int64_t elements);
  void TellMiss(const Trace& trace, const Miss& miss);
  void TellCompile(const Kernel& kernel, const Trace& trace, int64_t nanoseconds, int64_t emit_nanoseconds);
  absl::Status Compile(Kernel& kernel);
  NativeOptions NativeOptionsOf(const EngineOptions& options);

  EngineOptions options_;
  TraceCache cache_;
  TraceLog log_;
  std::string log_file_;
  bool log_listens_ = false;
  std::thread::id log_opener_;
  std::mutex history_mutex_;
  MissHistory history_;
  SourceFiles files_;
  const std::unique_ptr<CodeMap> code_map_;
  Choices choices_;
  std::mutex mutex_;
  std::unique_ptr<Backend> interpreter_;
  std::unique_ptr<Backend> native_;  // null if machine code is off or not to be had
  std::atomic<int64_t> next_id_ = 0;
};

Engine& DefaultEngine();

}  // namespace lathe
