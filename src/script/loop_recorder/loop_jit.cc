// Heat, recordings and their ends.
#include "src/script/loop_recorder/loop_jit.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/array/engine.h"
#include "src/array/thread_recorder.h"
#include "src/array/trace_events.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/script/deferred_release.h"
#include "src/script/loop_recorder/fault_injection.h"
#include "src/script/loop_recorder/restore.h"

namespace lathe::script {
namespace {

constexpr int32_t kNever = INT32_MAX;

int64_t NanosecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace

LoopJit::LoopJit(Vm& vm) : vm_(vm) {
  const EngineOptions& options = CurrentOptions();
  if (options.jit == JitMode::kOff) return;
  backend_ = DefaultEngine().MakeLoopBackend();
  const bool force = options.jit != JitMode::kOn;
  // What is wrong with the text was said where it was given.
  ReadLoopLimits(options.loop_limits, &limits_);
  threshold_ = force ? 1 : static_cast<int32_t>(limits_.hot_loop);
  exit_threshold_ = force ? 1 : static_cast<uint32_t>(limits_.hot_exit);
  injects_faults_ = options.jit == JitMode::kStress;
  faults_.seed(options.stress_seed);
}

LoopJit::~LoopJit() = default;

// ---- Looking things up ------------------------------------------------------------------------------
const CodeAnalysis& LoopJit::AnalysisOf(CodeObject* code) {
  std::unique_ptr<CodeAnalysis>& analysis = analyses_[code];
  if (!analysis) analysis = std::make_unique<CodeAnalysis>(*code);
  return *analysis;
}

const Intrinsics& LoopJit::intrinsics() {
  if (!intrinsics_) intrinsics_ = std::make_unique<Intrinsics>(vm_);
  return *intrinsics_;
}

const ArrayFunctions& LoopJit::array_functions() {
  if (!array_functions_) array_functions_ = std::make_unique<ArrayFunctions>(vm_);
  return *array_functions_;
}

const NativeFunctions& LoopJit::native_functions() {
  if (!native_functions_) native_functions_ = std::make_unique<NativeFunctions>(vm_);
  return *native_functions_;
}

std::vector<LoopTrace*> LoopJit::TracesOf(CodeObject* code, uint32_t header) {
  std::vector<LoopTrace*> traces;
  const auto place = sites_.find({code, header});
  if (place == sites_.end()) return traces;
  for (const std::unique_ptr<LoopTrace>& trace : place->second->traces) {
    if (trace->executable) traces.push_back(trace.get());
  }
  return traces;
}

LoopJit::Site& LoopJit::SiteAt(CodeObject* code, uint32_t header) {
  std::unique_ptr<Site>& site = sites_[{code, header}];
  if (!site) {
    site = std::make_unique<Site>();
    site->code = Ref<CodeObject>(code);
    site->header = header;
  }
  return *site;
}

// ---- Heat -------------------------------------------------------------------------------------------
void LoopJit::OnBackEdge(int32_t* countdown) {
  const TellLater later;
  if (!backend_ || recorder_) {
    *countdown = recorder_ ? 1 : kNever;
    return;
  }
  const Frame& frame = vm_.top();
  const auto header = static_cast<uint32_t>(frame.pc - frame.code->instructions.data());
  const bool first = !sites_.contains({frame.code, header});
  Site& site = SiteAt(frame.code, header);
  *countdown = 1;
  if (first && threshold_ > 1) {
    *countdown = threshold_;
    return;
  }
  for (const std::unique_ptr<LoopTrace>& trace : site.traces) {
    if (!trace->executable) continue;
    const int32_t exit = Run(*trace);
    if (exit < 0) continue;
    AfterExit(site, *trace, exit);
    return;
  }
  const bool many = static_cast<int64_t>(site.traces.size()) >= limits_.traces;
  if (many || site.failures >= limits_.failures) {
    *countdown = site.traces.empty() ? kNever : 16;
    side_exit_ = -1;
    if (!std::exchange(site.refused, true) && many)
      TellAbort(*site.traces.back(), MakeAbortion(AbortReason::kTooManyTraces));
    return;
  }
  site.countdown = countdown;
  BeginRoot(site);
}

void LoopJit::AfterExit(Site& site, LoopTrace& trace, int32_t exit) {
  GraphExit& taken = trace.graph.exits()[static_cast<size_t>(exit)];
  ++taken.taken;
  Count(Counter::k_loop_exits);
  if (taken.reason == ExitReason::kAttention || taken.final) return;
  // Before a loop it may have been the poll, not a check.
  if (taken.reason == ExitReason::kResume && asked_to_leave_) return;
  // What a trace could not do the VM does; recorded again it would be the same.
  if (taken.reason == ExitReason::kUnsupported) return;
  if (taken.reason == ExitReason::kResume) {
    // A check made before a loop has failed; from now on it is made where it stood.
    Abortion problem;
    taken.no_hoisting = true;
    side_exit_ = -1;
    if (!taken.final) Compile(trace, EndReason::kUnhoisted, &problem);
    taken.final = true;
    return;
  }
  if (taken.taken < exit_threshold_) return;
  if (trace.compilations >= limits_.compilations) {
    taken.final = true;
    side_exit_ = exit;
    TellAbort(trace, MakeAbortion(AbortReason::kTooManyCompilations));
    return;
  }
  BeginSide(site, trace, exit);
}

// ---- Recording --------------------------------------------------------------------------------------
void LoopJit::BeginRoot(Site& site) {
  // Arrays are recorded as they are in memory.
  ThreadRecorder::Get().Flush(EndReason::kLoop);
  site_ = &site;
  new_trace_ = std::make_unique<LoopTrace>(vm_);
  trace_ = new_trace_.get();
  trace_->id = next_id_++;
  trace_->code = site.code;
  trace_->header = site.header;
  if (!site.traces.empty()) trace_->graph.TakeAnyString();
  side_exit_ = -1;
  recorder_ =
      std::make_unique<LoopRecorder>(vm_, *this, trace_->graph, trace_->arrays, site.code.get(), site.header);
  recorder_->BeginRoot();
  vm_.SetObserver(recorder_.get());
}

void LoopJit::BeginSide(Site& site, LoopTrace& trace, int32_t exit) {
  site_ = &site;
  trace_ = &trace;
  side_exit_ = exit;
  recorder_ =
      std::make_unique<LoopRecorder>(vm_, *this, trace.graph, trace.arrays, site.code.get(), site.header);
  recorder_->BeginSide(exit);
  side_segment_ = trace.graph.current();
  vm_.SetObserver(recorder_.get());
}

void LoopJit::Finished(const Abortion& aborted) {
  const TellLater later;
  Abortion problem = aborted;
  bool compiled = false;
  if (problem.text.empty()) {
    if (side_exit_ >= 0) trace_->graph.exits()[static_cast<size_t>(side_exit_)].continuation = side_segment_;
    compiled = Compile(*trace_, side_exit_ >= 0 ? EndReason::kJoined : EndReason::kClosed, &problem);
    if (!compiled && side_exit_ >= 0) {
      trace_->graph.exits()[static_cast<size_t>(side_exit_)].continuation = kNoSegment;
    }
  }
  if (compiled) {
    Count(side_exit_ < 0 ? Counter::k_loops_compiled : Counter::k_side_traces);
    if (new_trace_) site_->traces.push_back(std::move(new_trace_));
    site_->failures = 0;
    Evict();
  } else {
    Count(Counter::k_recordings_aborted);
    TellAbort(*trace_, problem);
    if (side_exit_ < 0) {
      ++site_->failures;
      int32_t wait = threshold_;
      for (int k = 0; k < site_->failures; ++k) {
        wait = static_cast<int32_t>(std::min<int64_t>(limits_.back_off * wait, kNever));
      }
      const bool too_many = site_->failures >= limits_.failures;
      if (site_->countdown) *site_->countdown = too_many ? kNever : wait;
      if (too_many) TellBlacklist(*trace_, site_->failures);
    } else {
      trace_->graph.Abandon(side_segment_);
      GraphExit& exit = trace_->graph.exits()[static_cast<size_t>(side_exit_)];
      exit.taken = 0;
      if (recorder_->left_loop()) {
        exit.final = true;
      } else if (++exit.attempts >= limits_.attempts) {
        exit.final = true;
        TellBlacklist(*trace_, exit.attempts);
      }
    }
  }
  new_trace_ = nullptr;
  trace_ = nullptr;
  // The recorder is on the stack above us: it goes when the VM has dropped it.
  finished_ = std::move(recorder_);
}

bool LoopJit::Compile(LoopTrace& trace, EndReason ended, Abortion* problem) {
  const PhaseScope phase(Phase::record);
  const auto start = std::chrono::steady_clock::now();
  TraceLog& log = DefaultEngine().log();
  AssembledLoop assembled = Assemble(trace.graph, trace.name(), trace.code->source->name);
  const auto added = side_exit_ >= 0 ? std::optional<int64_t>(side_exit_) : std::nullopt;
  if (log.enabled()) TellRecord(log, assembled.trace, NanosecondsSince(start), ended, added);
  PassContext context;
  context.observer = PassTeller(log, trace.name());
  context.choices = &DefaultEngine().choices();
  context.count_turns = log.enabled();
  context.stretch = limits_.stretch;
  context.any_order = DefaultEngine().options().fp == FpMode::kFast;
  context.new_word = [&trace] { return reinterpret_cast<uint64_t>(trace.graph.AddWord().get()); };
  for (size_t k = 0; k < trace.graph.exits().size(); ++k) {
    const GraphExit& exit = trace.graph.exits()[k];
    if (exit.no_hoisting || exit.is_one_way) context.barred_exits.push_back(static_cast<uint32_t>(k));
  }
  absl::Status status = RunPasses(TraceLevel::kLoop, assembled.trace, context);
  int64_t guards = 0;
  for (const lathe::Instruction& instruction : assembled.trace.instructions) {
    guards += instruction.op == Op::kGuard;
  }
  std::vector<std::shared_ptr<uint64_t>> faults;
  if (injects_faults_ && status.ok()) {
    // What a site has done cannot be done again.
    const auto may_fail = [&](uint64_t number) {
      const GraphExit& exit = trace.graph.exits()[number];
      return exit.reason != ExitReason::kUnsupported && !exit.is_one_way;
    };
    InjectFaults(assembled.trace, kSiteMemory, may_fail, faults_, &faults);
  }
  std::unique_ptr<LoopExecutable> executable;
  const auto emit_start = std::chrono::steady_clock::now();
  if (status.ok()) {
    auto compiled = backend_->CompileLoop(assembled.trace, &vm_.attention_);
    status = compiled.status();
    if (compiled.ok()) executable = *std::move(compiled);
  }
  const int64_t emit_nanoseconds = NanosecondsSince(emit_start);
  if (!status.ok()) {
    *problem = MakeAbortion(AbortReason::kInternal, std::string(status.message()));
    return false;
  }
  const auto bytes = static_cast<int64_t>(executable->code_bytes());
  if (bytes > limits_.code_bytes) {
    *problem = MakeAbortion(AbortReason::kTooMuchCode);
    return false;
  }
  code_bytes_ += bytes - (trace.executable ? static_cast<int64_t>(trace.executable->code_bytes()) : 0);
  trace.executable = std::move(executable);
  trace.fault_counters = std::move(faults);
  trace.turn_values.clear();
  if (context.turns_counted) trace.turn_values = TurnValues(assembled.trace, trace.graph.exits().size());
  trace.assembled = std::move(assembled);
  trace.values.resize(trace.assembled.most_values + 2);  // the last: turns
  ++trace.compilations;
  trace.most_frames = 1;
  for (const std::shared_ptr<const State>& restore : trace.assembled.restores) {
    if (restore) trace.most_frames = std::max(trace.most_frames, restore->frames.size());
  }
  const int64_t nanoseconds = NanosecondsSince(start);
  Count(Counter::k_compile_nanoseconds, nanoseconds);
  Count(Counter::k_loop_guards, guards);
  Count(Counter::k_checks_hoisted, context.hoisted_checks);
  Count(Counter::k_code_bytes, static_cast<int64_t>(trace.executable->code_bytes()));
  TellCompile(trace, {nanoseconds, emit_nanoseconds, guards, context.hoisted_checks});
  trace.last_run = runs_;
  return true;
}

// Drops the traces that have not run for longest until the code of all is within its budget.
void LoopJit::Evict() {
  while (code_bytes_ > limits_.code_bytes) {
    Site* oldest_site = nullptr;
    size_t oldest = 0;
    for (auto& [place, site] : sites_) {
      for (size_t k = 0; k < site->traces.size(); ++k) {
        const LoopTrace* trace = site->traces[k].get();
        if (trace == trace_) continue;
        if (oldest_site && oldest_site->traces[oldest]->last_run <= trace->last_run) continue;
        oldest_site = site.get();
        oldest = k;
      }
    }
    if (!oldest_site) return;
    const std::unique_ptr<LoopTrace>& trace = oldest_site->traces[oldest];
    code_bytes_ -= static_cast<int64_t>(trace->executable->code_bytes());
    TellEvict(*trace);
    oldest_site->traces.erase(oldest_site->traces.begin() + static_cast<std::ptrdiff_t>(oldest));
  }
}

// ---- Running ----------------------------------------------------------------------------------------
int32_t LoopJit::RunInner(LoopTrace& trace) {
  const int32_t exit = Run(trace);
  if (exit >= 0) ++trace.graph.exits()[static_cast<size_t>(exit)].taken;
  return exit;
}

int32_t LoopJit::Run(LoopTrace& trace) {
  // Room for the frames that an exit may have to make.
  const bool room = vm_.frame_count_ + trace.most_frames < static_cast<size_t>(vm_.recursion_limit_) &&
                    vm_.stack_limit_ - vm_.stack_top_ > static_cast<std::ptrdiff_t>(16 * Vm::kStackMargin);
  if (!room || !BindEntry(trace.graph, vm_.top().slots, &trace.inputs)) return -1;
  if (!ThreadRecorder::Get().empty()) ThreadRecorder::Get().Flush(EndReason::kLoop);
  // While a recording runs it, it is to come out where its loop ends.
  const DeferredReleases::Scope releases(recorder_ ? nullptr : &vm_.attention_);
  Count(Counter::k_loop_runs);
  trace.last_run = ++runs_;
  const bool told = DefaultEngine().log().enabled();
  const int64_t start = told ? Nanoseconds() : 0;
  PhaseScope phase(Phase::loop, trace.id, start);
  const uint32_t exit = trace.executable->Run(trace.inputs.data(), trace.values.data());
  asked_to_leave_ = releases.asked();
  const int64_t left = told ? Nanoseconds() : 0;
  phase.Leave(left);
  const auto turns =
      exit < trace.turn_values.size() ? static_cast<int64_t>(trace.values[trace.turn_values[exit]]) : 0;
  Restore(*trace.assembled.restores[exit], trace.values.data());
  if (told) TellRun(trace, exit, {left - start, left, Nanoseconds() - left, turns});
  return static_cast<int32_t>(exit);
}

void LoopJit::Restore(const State& state, const uint64_t* values) {
  Value* slots = vm_.top().slots;
  Value* const root = slots;
  // First all values are made, then stored: storing may release what only they keep alive.
  ValueMaker maker(vm_, values, state, root);
  std::vector<Value> made;
  for (const FrameState& frame : state.frames) {
    for (const Abstract& value : frame.registers) {
      if (!value.IsAbsent()) made.push_back(maker.Make(value));
    }
  }
  for (const auto& [location, value] : state.variables) {
    if (value.IsAbsent()) continue;
    if (location.kind == Location::Kind::kObject) {
      maker.MakeBody(location.index, value);
    } else {
      made.push_back(maker.Make(value));
    }
  }
  maker.FillObjects();
  if (!state.handled.IsAbsent()) {
    vm_.handled_ = Ref<ExceptionObject>(maker.ObjectOf<ExceptionObject>(state.handled.identity));
  }
  size_t next = 0;
  for (size_t f = 0; f < state.frames.size(); ++f) {
    const FrameState& frame = state.frames[f];
    if (frame.generator != kNoIdentity) {
      slots = vm_.PushInlinedBody(maker.ObjectOf<GeneratorObject>(frame.generator), frame.gap);
    } else if (f > 0) {
      auto* function = maker.ObjectOf<FunctionObject>(frame.callable);
      slots = vm_.PushInlinedFrame(function ? function : frame.function.get(), frame.gap, frame.constructs,
                                   frame.stage);
    }
    for (size_t k = 0; k < frame.registers.size(); ++k) {
      const Abstract& value = frame.registers[k];
      if (slots + k == vm_.stack_top_) new (vm_.stack_top_++) Value();
      if (!value.IsAbsent()) slots[k] = std::move(made[next++]);
    }
    while (vm_.stack_top_ > slots + frame.registers.size()) (--vm_.stack_top_)->~Value();
    vm_.top().pc = frame.code->instructions.data() + frame.pc;
  }
  for (const auto& [location, value] : state.variables) {
    const bool stored = location.kind != Location::Kind::kObject && !value.IsAbsent();
    if (stored) MutableValueAt(location, root) = std::move(made[next++]);
  }
}

}  // namespace lathe::script
