// The composition root: the only file that names both backends. Turns recordings into kernels and kernels
// into executables, and keeps the process's options and counters.
#include "src/array/engine.h"

#include <array>
#include <chrono>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "lathe/error.h"
#include "src/array/storage.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/lazy/replay.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

constexpr size_t kCounterCount = static_cast<size_t>(Counter::kCount);

// Work, in element operations, from which compiling at first sight pays: below it the interpreter is done
// before a compilation would be. A trace seen kSightings times is compiled whatever its size.
constexpr int64_t kCompileAtOnce = 2000;
constexpr int kSightings = 3;

// A thread's counters, written by it alone; all threads' are summed when read.
struct ThreadCounters;
struct CounterRegistry {
  std::mutex mutex;
  std::set<const ThreadCounters*> live;
  std::array<int64_t, kCounterCount> retired{};
  std::array<int64_t, kCounterCount> baseline{};
};
CounterRegistry& Registry() {
  static CounterRegistry* const registry = new CounterRegistry;  // outlives every thread
  return *registry;
}
struct ThreadCounters {
  std::array<std::atomic<int64_t>, kCounterCount> values{};
  ThreadCounters() {
    const std::lock_guard<std::mutex> lock(Registry().mutex);
    Registry().live.insert(this);
  }
  ~ThreadCounters() {
    const std::lock_guard<std::mutex> lock(Registry().mutex);
    for (size_t k = 0; k < kCounterCount; ++k)
      Registry().retired[k] += values[k].load(std::memory_order_relaxed);
    Registry().live.erase(this);
  }
};

std::array<int64_t, kCounterCount> SumCounters() {
  CounterRegistry& registry = Registry();
  std::array<int64_t, kCounterCount> sums = registry.retired;
  for (const ThreadCounters* counters : registry.live) {
    for (size_t k = 0; k < kCounterCount; ++k) sums[k] += counters->values[k].load(std::memory_order_relaxed);
  }
  return sums;
}

int64_t Nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// What the nest-level form tells of itself: loop nests, stored temporaries, reusable parameters.
void DescribeNests(const Trace& trace, Kernel* kernel) {
  const std::span<const Ref> results = trace.operands(trace.size() - 1);
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Instruction& instruction = trace.at(ref);
    kernel->nests += instruction.op == Op::kNest;
    if (instruction.op != Op::kAlloc) continue;
    const bool output = std::find(results.begin(), results.end(), ref) != results.end();
    kernel->temporaries += !output && instruction.rank > 0;
  }
  for (size_t k = 0; k < results.size(); ++k) {
    const uint64_t donor = trace.at(results[k]).attribute;
    if (donor == 0 || trace.at(static_cast<Ref>(donor - 1)).op != Op::kParam) continue;
    kernel->reuse[k] = static_cast<int>(trace.at(static_cast<Ref>(donor - 1)).attribute);
  }
}

}  // namespace

void Count(Counter counter, int64_t amount) {
  thread_local ThreadCounters counters;
  std::atomic<int64_t>& value = counters.values[static_cast<size_t>(counter)];
  value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

Engine::Engine() : interpreter_(MakeInterpreter()) { Configure(EngineOptions()); }

void Engine::Configure(const EngineOptions& options) {
  const std::lock_guard<std::mutex> lock(mutex_);
  cache_.Clear();
  if (options.trace_file != options_.trace_file) {
    if (const absl::Status status = log_.Open(options.trace_file); !status.ok()) {
      throw FileError(std::string(status.message()));
    }
  }
  options_ = options;
  native_.reset();
  if (options.jit == JitMode::kOff || !NativeSupported()) return;
  native_ = MakeNativeBackend(NativeOptionsOf(options));
}

absl::StatusOr<std::shared_ptr<Kernel>> Engine::MakeKernel(const Recording& recording,
                                                           const Fingerprint& fingerprint) {
  Count(Counter::k_cache_misses);
  ReplayedTrace replayed = ReplayRecording(recording);
  absl::StatusOr<std::shared_ptr<Kernel>> kernel = MakeKernel(std::move(replayed.trace), "new");
  if (!kernel.ok()) return kernel;
  (*kernel)->dims = std::move(replayed.dims);
  return cache_.Insert(fingerprint, *std::move(kernel));
}

absl::StatusOr<std::shared_ptr<Kernel>> Engine::MakeKernel(Trace trace, std::string_view reason) {
  auto kernel = std::make_shared<Kernel>();
  kernel->id = next_id_.fetch_add(1);
  trace.name = absl::StrCat("t", kernel->id);
  kernel->reuse.assign(trace.operands(trace.size() - 1).size(), -1);
  Count(Counter::k_traces_recorded);
  if (log_.enabled()) {
    log_.Write(JsonLine("cache_miss").Add("trace", kernel->id).Add("reason", reason));
    log_.Write(JsonLine("record").Add("trace", kernel->id).Add("ir", PrintTrace(trace)));
  }
  PassContext context;
  if (absl::Status status = RunPasses(TraceLevel::kArray, trace, context); !status.ok()) return status;
  for (Ref ref = 0; ref < trace.size(); ++ref) kernel->op_count += IsElementwise(trace.at(ref).op);
  kernel->trace = std::move(trace);
  return kernel;
}

std::shared_ptr<Kernel> Engine::MakeStatement(Trace trace) {
  if (!native_) return nullptr;
  absl::StatusOr<std::shared_ptr<Kernel>> kernel = MakeKernel(std::move(trace), "a statement of a loop");
  if (!kernel.ok() || !Compile(**kernel).ok()) return nullptr;
  return *std::move(kernel);
}

NativeOptions Engine::NativeOptionsOf(const EngineOptions& options) const {
  NativeOptions native;
  native.level = options.isa;
  native.fp = options.fp;
  native.threads = options.threads;
  native.keep_listing = log_.enabled();
  return native;
}

std::unique_ptr<LoopBackend> Engine::MakeLoopBackend() {
  if (!native_) return nullptr;
  return MakeNativeLoopBackend(NativeOptionsOf(options_));
}

absl::StatusOr<const Executable*> Engine::Prepare(Kernel& kernel, int64_t elements) {
  if (kernel.compiled.load(std::memory_order_acquire)) return kernel.active.load(std::memory_order_acquire);
  const std::lock_guard<std::mutex> lock(kernel.mutex);
  if (kernel.compiled.load(std::memory_order_relaxed)) return kernel.active.load(std::memory_order_relaxed);
  if (native_) {
    const int runs = kernel.interpreted_runs.fetch_add(1, std::memory_order_relaxed) + 1;
    const bool worth = runs >= kSightings || elements >= kCompileAtOnce / std::max(kernel.op_count, 1);
    if (options_.jit >= JitMode::kForce || choices_.Ask(Choice::kJitCompile, worth)) {
      const absl::Status status = Compile(kernel);
      if (status.ok()) return kernel.active.load(std::memory_order_relaxed);
      if (!absl::IsUnavailable(status)) return status;
    }
  }
  if (!kernel.interpreted) {
    absl::StatusOr<std::unique_ptr<Executable>> made = interpreter_->Compile(kernel.trace);
    if (!made.ok()) return made.status();
    kernel.interpreted = *std::move(made);
    kernel.active.store(kernel.interpreted.get(), std::memory_order_release);
  }
  return kernel.interpreted.get();
}

absl::Status Engine::Compile(Kernel& kernel) {
  const int64_t start = Nanoseconds();
  Trace trace = kernel.trace;
  PassContext context;
  if (log_.enabled()) {
    context.observer = [&](const PassEvent& event) {
      log_.Write(JsonLine("pass")
                     .Add("trace", kernel.id)
                     .Add("pass", event.name)
                     .Add("nanoseconds", event.nanoseconds)
                     .Add("ir", PrintTrace(*event.after)));
    };
  }
  context.expand = native_->WantsExpansion();
  if (absl::Status status = RunPasses(TraceLevel::kNest, trace, context); !status.ok()) return status;
  DescribeNests(trace, &kernel);
  absl::StatusOr<std::unique_ptr<Executable>> made = native_->Compile(trace);
  if (!made.ok()) return made.status();
  kernel.native = *std::move(made);
  const int64_t nanoseconds = Nanoseconds() - start;
  Count(Counter::k_traces_compiled);
  Count(Counter::k_compile_nanoseconds, nanoseconds);
  Count(Counter::k_code_bytes, static_cast<int64_t>(kernel.native->code_bytes()));
  if (log_.enabled()) {
    std::string reasons;
    for (const std::string& reason : context.reasons)
      absl::StrAppend(&reasons, reasons.empty() ? "" : "; ", reason);
    log_.Write(JsonLine("compile")
                   .Add("trace", kernel.id)
                   .Add("nests", kernel.nests)
                   .Add("temporaries", kernel.temporaries)
                   .Add("nanoseconds", nanoseconds)
                   .Add("bytes", static_cast<int64_t>(kernel.native->code_bytes()))
                   .Add("reasons", reasons)
                   .Add("listing", kernel.native->Listing()));
  }
  kernel.active.store(kernel.native.get(), std::memory_order_release);
  kernel.compiled.store(true, std::memory_order_release);
  return absl::OkStatus();
}

Engine& DefaultEngine() {
  static Engine* const engine = new Engine;  // arrays may die after main
  return *engine;
}

void Configure(const EngineOptions& options) { DefaultEngine().Configure(options); }
const EngineOptions& CurrentOptions() { return DefaultEngine().options(); }

Counters ReadCounters() {
  const std::lock_guard<std::mutex> lock(Registry().mutex);
  std::array<int64_t, kCounterCount> sums = SumCounters();
  for (size_t k = 0; k < kCounterCount; ++k) sums[k] -= Registry().baseline[k];
  Counters counters;
#define COUNTER(ID, TEXT) counters.ID = sums[static_cast<size_t>(Counter::k_##ID)];
#include "lathe/counters.def"
#undef COUNTER
  counters.cache_evictions = DefaultEngine().cache().evictions();
  counters.peak_array_bytes = PeakArrayBytes();
  return counters;
}

void ResetCounters() {
  const std::lock_guard<std::mutex> lock(Registry().mutex);
  Registry().baseline = SumCounters();
}

std::string FormatCounters(const Counters& counters) {
  std::string text = "lathe statistics\n";
#define COUNTER(ID, TEXT) \
  absl::StrAppend(&text, "  ", TEXT, std::string(36 - std::string_view(TEXT).size(), ' '), counters.ID, "\n");
#include "lathe/counters.def"
#undef COUNTER
  return text;
}

}  // namespace lathe
