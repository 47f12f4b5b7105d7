// The composition root: the only file that names both backends. Turns recordings into kernels and kernels
// into executables, and keeps the process's options and counters.
#include "src/array/engine.h"

#include <array>
#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "lathe/error.h"
#include "src/array/storage.h"
#include "src/array/trace_events.h"
#include "src/codegen/memory/code_map.h"
#include "src/codegen/memory/gdb_announcer.h"
#include "src/codegen/memory/perf_announcer.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/lazy/replay.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

constexpr size_t kCounterCount = static_cast<size_t>(Counter::kCount);

// Work, in element operations, from which compiling at first sight pays: below it the interpreter is done
// before a compilation would be. A trace seen kSightings times is compiled whatever its size.
constexpr int64_t kCompileAtOnce = 2000;
constexpr int kSightings = 3;
// How often the phases are told, in nanoseconds.
constexpr int64_t kPhasesInterval = 250'000'000;

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

Engine::Engine(const EngineOptions& options)
    : code_map_(std::make_unique<CodeMap>()), interpreter_(MakeInterpreter()) {
  AddAnnouncers();
  Configure(options);
}

Engine::~Engine() = default;

void Engine::AddAnnouncers() {
  const char* perf = std::getenv("LATHE_PERF");
  if (perf && *perf) {
    const std::string_view kind = perf;
    if (kind != "map" && kind != "jitdump") throw ValueError("LATHE_PERF is neither map nor jitdump");
    absl::StatusOr<std::unique_ptr<CodeAnnouncer>> made = kind == "map" ? MakePerfMap() : MakeJitDump();
    if (!made.ok()) throw FileError(std::string(made.status().message()));
    code_map_->AddAnnouncer(*std::move(made));
  }
  const char* gdb = std::getenv("LATHE_GDB");
  if (gdb && std::string_view(gdb) == "1") code_map_->AddAnnouncer(MakeGdbAnnouncer());
}

void Engine::Configure(const EngineOptions& options) {
  if (const std::string problem = IsaProblem(options.isa); !problem.empty()) throw ValueError(problem);
  const std::lock_guard<std::mutex> lock(mutex_);
  cache_.Clear();
  if (const std::string wrong = choices_.Read(options.choices); !wrong.empty()) throw ValueError(wrong);
  options_ = options;
  OpenLog(options);
  native_.reset();
  if (options.jit == JitMode::kOff || !NativeSupported()) return;
  native_ = MakeNativeBackend(NativeOptionsOf(options));
}

void Engine::OpenLog(const EngineOptions& options) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  const std::string file = options.trace_file.empty() ? variable("LATHE_TRACE") : options.trace_file;
  const bool listens = static_cast<bool>(options.trace_listener);
  if (file == log_file_ && !listens && !log_listens_) return;
  FinishLog(std::nullopt);
  if (file.empty() && !listens) return;
  static const int registered = std::atexit([] { DefaultEngine().FinishLog(std::nullopt); });
  (void)registered;
  const bool full = options.trace_detail ? *options.trace_detail == TraceDetail::kFull
                                         : variable("LATHE_TRACE_DETAIL") != "events";
  if (const absl::Status status =
          log_.Open(file, full, options.trace_listener, LogHead(options, full, IsaName(options)));
      !status.ok())
    throw FileError(std::string(status.message()));
  log_file_ = file;
  log_listens_ = listens;
  log_opener_ = std::this_thread::get_id();
  PhaseClock::Start(kPhasesInterval, [] { TellPhases(DefaultEngine().log()); });
}

void Engine::FinishLog(std::optional<int> status) {
  if (log_.enabled()) {
    log_.Flush();
    // Another thread's time is nobody's business.
    if (std::this_thread::get_id() == log_opener_) TellPhases(log_);
    PhaseClock::Stop();
    log_.Close(LogEnd(status, log_.Now()));
  }
  log_file_.clear();
  log_listens_ = false;
}

std::string Engine::IsaName(const EngineOptions& options) {
  return options.jit == JitMode::kOff || !NativeSupported() ? "none"
                                                            : std::string(NativeIsaName(options.isa));
}

absl::StatusOr<std::shared_ptr<Kernel>> Engine::MakeKernel(const Recording& recording,
                                                           const Fingerprint& fingerprint, EndReason ended) {
  Count(Counter::k_cache_misses);
  const bool told = log_.enabled();
  const int64_t start = told ? Nanoseconds() : 0;
  const PhaseScope phase(Phase::record);
  ReplayedTrace replayed = ReplayRecording(recording);
  replayed.trace.file = files_.NameOf(replayed.file);
  const int64_t nanoseconds = told ? Nanoseconds() - start : 0;
  Miss miss;
  if (told) {
    const std::lock_guard<std::mutex> lock(history_mutex_);
    miss = history_.Explain(recording, fingerprint);
  }
  absl::StatusOr<std::shared_ptr<Kernel>> kernel =
      MakeKernel(std::move(replayed.trace), nanoseconds, miss, ended);
  if (!kernel.ok()) return kernel;
  if (told) {
    const std::lock_guard<std::mutex> lock(history_mutex_);
    history_.Add(recording, fingerprint, (*kernel)->trace.name);
  }
  (*kernel)->dims = std::move(replayed.dims);
  std::vector<std::shared_ptr<Kernel>> evicted;
  std::shared_ptr<Kernel> inserted = cache_.Insert(fingerprint, *std::move(kernel), &evicted);
  for (const std::shared_ptr<Kernel>& old : evicted) TellEvict(*old);
  return inserted;
}

absl::StatusOr<std::shared_ptr<Kernel>> Engine::MakeKernel(Trace trace, int64_t replay_nanoseconds,
                                                           const Miss& miss, EndReason ended) {
  auto kernel = std::make_shared<Kernel>();
  kernel->id = next_id_.fetch_add(1);
  trace.name = absl::StrCat("t", kernel->id);
  kernel->reuse.assign(trace.operands(trace.size() - 1).size(), -1);
  Count(Counter::k_traces_recorded);
  if (log_.enabled()) {
    TellMiss(trace, miss);
    TellRecord(log_, trace, replay_nanoseconds, ended);
  }
  PassContext context;
  context.observer = PassTeller(log_, trace.name);
  context.choices = &choices_;
  if (absl::Status status = RunPasses(TraceLevel::kArray, trace, context); !status.ok()) return status;
  for (Ref ref = 0; ref < trace.size(); ++ref) kernel->op_count += IsElementwise(trace.at(ref).op);
  kernel->trace = std::move(trace);
  return kernel;
}

std::shared_ptr<Kernel> Engine::MakeStatement(Trace trace) {
  if (!native_) return nullptr;
  absl::StatusOr<std::shared_ptr<Kernel>> kernel =
      MakeKernel(std::move(trace), 0, {MissReason::kStatement, "", ""}, EndReason::kStatement);
  if (!kernel.ok() || !Compile(**kernel).ok()) return nullptr;
  return *std::move(kernel);
}

NativeOptions Engine::NativeOptionsOf(const EngineOptions& options) {
  NativeOptions native;
  native.level = options.isa;
  native.fp = options.fp;
  native.threads = options.threads;
  native.keep_listing = log_.enabled() && log_.full();
  native.code_map = options.profile || code_map_->has_announcers() ? code_map_.get() : nullptr;
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
    const bool compile = options_.jit >= JitMode::kForce || choices_.Ask(Choice::kJitCompile, worth);
    if (log_.enabled()) TellCompileChoice(kernel, worth, compile, runs, elements);
    if (compile) {
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

absl::StatusOr<Engine::Plan> Engine::PlanOf(Trace trace) {
  PassContext context;
  if (absl::Status status = RunPasses(TraceLevel::kArray, trace, context); !status.ok()) return status;
  Kernel planned;
  planned.reuse.assign(trace.operands(trace.size() - 1).size(), -1);
  const int64_t ops = CountOps(trace) - 1;  // without the return
  context.expand = false;
  if (absl::Status status = RunPasses(TraceLevel::kNest, trace, context); !status.ok()) return status;
  DescribeNests(trace, &planned);
  return Plan{ops, planned.nests, planned.temporaries};
}

absl::Status Engine::Compile(Kernel& kernel) {
  const PhaseScope phase(Phase::emit);
  const int64_t start = Nanoseconds();
  Trace trace = kernel.trace;
  PassContext context;
  context.observer = PassTeller(log_, trace.name);
  context.choices = &choices_;
  context.expand = native_->WantsExpansion();
  if (absl::Status status = RunPasses(TraceLevel::kNest, trace, context); !status.ok()) return status;
  DescribeNests(trace, &kernel);
  const int64_t emit_start = log_.enabled() ? Nanoseconds() : 0;
  absl::StatusOr<std::unique_ptr<Executable>> made = native_->Compile(trace);
  if (!made.ok()) return made.status();
  kernel.native = *std::move(made);
  const int64_t nanoseconds = Nanoseconds() - start;
  kernel.compile_nanoseconds = nanoseconds;
  Count(Counter::k_traces_compiled);
  Count(Counter::k_compile_nanoseconds, nanoseconds);
  Count(Counter::k_code_bytes, static_cast<int64_t>(kernel.native->code_bytes()));
  if (log_.enabled()) TellCompile(kernel, trace, nanoseconds, start + nanoseconds - emit_start);
  kernel.active.store(kernel.native.get(), std::memory_order_release);
  kernel.compiled.store(true, std::memory_order_release);
  return absl::OkStatus();
}

// ---- The log ----------------------------------------------------------------------------------------
void Engine::TellMiss(const Trace& trace, const Miss& miss) {
  using E = event::CacheMiss;
  LogLine<E> line;
  line.Add<E::trace>(trace.name);
  int64_t last = 0;
  for (const Instruction& instruction : trace.instructions) {
    if (instruction.line != 0) last = instruction.line;
  }
  if (!trace.file.empty()) line.Add<E::file>(trace.file);
  if (last != 0) line.Add<E::line>(last);
  line.Add<E::reason>(TextOf(miss.reason));
  if (!miss.nearest.empty()) line.Add<E::nearest>(miss.nearest).Add<E::difference>(miss.difference);
  log_.Write(std::move(line));
}

void Engine::TellCompileChoice(const Kernel& kernel, bool worth, bool compile, int runs, int64_t elements) {
  Decision decision{Choice::kJitCompile, compile, "--jit force"};
  if (options_.jit < JitMode::kForce) {
    decision.why =
        absl::StrCat("run ", runs, ", with ", elements, " elements of ", kernel.op_count, " operations; run ",
                     kSightings, " or ", kCompileAtOnce, " element operations are worth it");
    if (compile != worth) decision.why = Choices::Overruled(decision.why);
  }
  TellDecisions(log_, kernel.trace.name, std::span(&decision, 1));
}

void Engine::TellCompile(const Kernel& kernel, const Trace& trace, int64_t nanoseconds,
                         int64_t emit_nanoseconds) {
  using E = event::Compile;
  LogLine<E> line;
  line.Add<E::trace>(trace.name);
  if (!trace.file.empty()) line.Add<E::file>(trace.file);
  line.Add<E::lines>(LinesOf(trace)).Add<E::nanoseconds>(nanoseconds);
  line.Add<E::emit_nanoseconds>(emit_nanoseconds);
  line.Add<E::bytes>(static_cast<int64_t>(kernel.native->code_bytes())).Add<E::isa>(IsaName(options_));
  line.Add<E::nests>(kernel.nests).Add<E::temporaries>(kernel.temporaries);
  if (log_.full()) line.Add<E::listing>(kernel.native->Listing());
  log_.Write(std::move(line));
}

void Engine::TellEvict(const Kernel& kernel) {
  if (!log_.enabled()) return;
  using E = event::Evict;
  LogLine<E> line;
  const int64_t bytes = kernel.native ? static_cast<int64_t>(kernel.native->code_bytes()) : 0;
  line.Add<E::trace>(kernel.trace.name).Add<E::bytes>(bytes);
  log_.Write(std::move(line));
}

namespace {

// The engine, and whether this call has made it, with `options`: what the environment asks for must not be
// done before the first options are known.
std::pair<Engine&, bool> EngineOf(const EngineOptions& options) {
  bool made = false;
  static Engine* const engine = [&] {
    made = true;
    return new Engine(options);  // arrays may die after main
  }();
  return {*engine, made};
}

}  // namespace

Engine& DefaultEngine() {
  static Engine& engine = EngineOf(EngineOptions()).first;
  return engine;
}

void Configure(const EngineOptions& options) {
  const auto [engine, made] = EngineOf(options);
  if (!made) engine.Configure(options);
}
const EngineOptions& CurrentOptions() { return DefaultEngine().options(); }
void FinishTraceLog(int status) { DefaultEngine().FinishLog(status); }

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
