// What happens to loops, as events of the trace log.
#include "src/array/engine.h"
#include "src/array/trace_events.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/log/event_sums.h"
#include "src/script/loop_recorder/loop_jit.h"

namespace lathe::script {
namespace {

int64_t LineOf(const LoopTrace& trace) { return trace.code->RangeOf(trace.header).line; }

// The first instruction that leaves by `exit`; kNoRef if none does any more.
lathe::Ref FindLeaving(const Trace& trace, uint32_t exit) {
  for (lathe::Ref ref = 0; ref < trace.size(); ++ref) {
    const lathe::Instruction& instruction = trace.at(ref);
    const bool leaves = (Info(instruction.op).flags & kExits) != 0 && !HasElseBlock(instruction);
    if (leaves && instruction.attribute == exit) return ref;
  }
  return kNoRef;
}

}  // namespace

void LoopJit::TellCompile(const LoopTrace& trace, const Compilation& compilation) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return;
  using E = event::Compile;
  LogLine<E> line;
  line.Add<E::trace>(trace.name()).Add<E::file>(trace.code->source->name);
  line.Add<E::lines>(LinesOf(trace.assembled.trace, LineOf(trace)));
  if (side_exit_ >= 0) line.Add<E::exit>(side_exit_);
  line.Add<E::nanoseconds>(compilation.nanoseconds).Add<E::emit_nanoseconds>(compilation.emit_nanoseconds);
  line.Add<E::bytes>(static_cast<int64_t>(trace.executable->code_bytes()));
  line.Add<E::isa>(std::string(NativeIsaName(DefaultEngine().options().isa)));
  line.Add<E::guards>(compilation.guards).Add<E::checks_hoisted>(compilation.checks_hoisted);
  if (log.full()) line.Add<E::listing>(trace.executable->Listing());
  log.Write(std::move(line));
}

void LoopJit::TellAbort(const LoopTrace& trace, const Abortion& abortion) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return;
  using E = event::Abort;
  LogLine<E> line;
  line.Add<E::trace>(trace.name()).Add<E::file>(trace.code->source->name).Add<E::line>(LineOf(trace));
  line.Add<E::at>(vm_.Current().line);
  if (side_exit_ >= 0) line.Add<E::exit>(side_exit_);
  line.Add<E::code>(std::string(NameOf(abortion.reason))).Add<E::reason>(abortion.text);
  log.Write(std::move(line));
}

void LoopJit::TellEvict(const LoopTrace& trace) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return;
  using E = event::Evict;
  LogLine<E> line;
  line.Add<E::trace>(trace.name()).Add<E::bytes>(static_cast<int64_t>(trace.executable->code_bytes()));
  log.Write(std::move(line));
}

void LoopJit::TellBlacklist(const LoopTrace& trace, int64_t failures) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return;
  using E = event::Blacklist;
  LogLine<E> line;
  line.Add<E::trace>(trace.name()).Add<E::file>(trace.code->source->name).Add<E::line>(LineOf(trace));
  if (side_exit_ >= 0) line.Add<E::exit>(side_exit_);
  line.Add<E::failures>(failures);
  log.Write(std::move(line));
}

void LoopJit::TellRun(const LoopTrace& trace, uint32_t exit, const Stay& stay) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return;
  EventSums& sums = log.sums();
  sums.Add(static_cast<uint64_t>(trace.id), LoopRunSum{1, stay.nanoseconds, stay.nanoseconds, stay.turns},
           stay.end, [&](LogLine<event::LoopRun>& line) { line.Add<event::LoopRun::trace>(trace.name()); });
  const GraphExit& taken = trace.graph.exits()[exit];
  const ExitSum sum{1, stay.restore_nanoseconds, taken.continuation != kNoSegment};
  const uint64_t key = static_cast<uint64_t>(trace.id) << 32 | exit;
  sums.Add(key, sum, stay.end + stay.restore_nanoseconds, [&](LogLine<event::Exit>& line) {
    using E = event::Exit;
    const FrameState& frame = taken.snapshot->frames.back();
    line.Add<E::trace>(trace.name()).Add<E::exit>(exit);
    line.Add<E::file>(frame.code->source->name).Add<E::line>(frame.code->RangeOf(frame.pc).line);
    line.Add<E::reason>(std::string(ReasonText(taken.reason)));
    const lathe::Ref leaving = FindLeaving(trace.assembled.trace, exit);
    if (leaving != kNoRef) line.Add<E::guard>(InstructionText(trace.assembled.trace, leaving));
  });
}

}  // namespace lathe::script
