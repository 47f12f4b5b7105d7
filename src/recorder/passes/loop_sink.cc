// A counter's step is made last: the jump back takes an addition that stands right before it, so that machine
// code counts in place. Exits on the way that name the next count get an addition of their own, which nothing
// but snapshots uses; the emitter makes it when the exit is taken.
//
//   %next = add %i, %one                          %late = add %i, %one
//   guard ... exit 4(%next)                       guard ... exit 4(%late)
//   jump 1(%next)                                 %next = add %i, %one
//                                                 jump 1(%next)
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class CounterSinking {
 public:
  explicit CounterSinking(Trace& trace) : trace_(trace), flow_(trace), editor_(trace) {}

  int Run() {
    late_.assign(trace_.size(), kNoRef);
    is_step_.assign(trace_.size(), false);
    FindSteps();
    if (steps_.empty()) return 0;
    CountUses();
    const Ref size = static_cast<Ref>(late_.size());
    for (Ref ref = 0; ref < size; ++ref) {
      if (!is_step_[ref]) continue;
      if (in_snapshots_[ref] > 0) late_[ref] = Copy(ref, ref);
      if (elsewhere_[ref] == 0) editor_.Remove(ref);
    }
    for (Ref ref = 0; ref < size; ++ref) UseInSnapshot(ref);
    for (const Step& step : steps_) SinkBefore(step);
    editor_.Apply();
    return static_cast<int>(steps_.size());
  }

 private:
  // Argument `place` of a jump back.
  struct Step {
    Ref jump = kNoRef;
    size_t place = 0;
  };

  void FindSteps() {
    for (const FlowLoop& loop : flow_.loops()) {
      const FlowBlock& header = flow_.block(loop.header);
      for (const uint32_t latch : loop.latches) {
        const Ref jump = flow_.block(latch).terminator();
        const std::span<const Ref> arguments = trace_.operands(jump);
        for (size_t k = 0; k < arguments.size(); ++k) {
          if (!IsStep(arguments[k], header, k)) continue;
          steps_.push_back({jump, k});
          is_step_[arguments[k]] = true;
        }
      }
    }
  }

  // Whether the argument is the header's parameter at this place, and what does not change in the loop.
  bool IsStep(Ref argument, const FlowBlock& header, size_t place) const {
    const Instruction& i = trace_.at(argument);
    if ((i.op != Op::kAdd && i.op != Op::kSub) || i.dtype != DType::kInt64) return false;
    const std::span<const Ref> x = trace_.operands(argument);
    if (x[0] != header.begin + 1 + static_cast<Ref>(place)) return false;
    return trace_.at(x[1]).op == Op::kConst || (i.op == Op::kAdd && flow_.Dominates(x[1], header.begin));
  }

  void CountUses() {
    in_snapshots_.assign(trace_.size(), 0);
    elsewhere_.assign(trace_.size(), 0);
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      for (const Ref operand : trace_.operands(ref)) ++elsewhere_[operand];
      for (const Ref value : SnapshotOf(trace_, ref)) {
        ++in_snapshots_[value];
        --elsewhere_[value];
      }
    }
    for (const Step& step : steps_) --elsewhere_[trace_.operands(step.jump)[step.place]];
  }

  Ref Copy(Ref ref, Ref anchor) {
    const Instruction instruction = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    return editor_.Insert(anchor, instruction, operands);
  }

  void UseInSnapshot(Ref ref) {
    const std::span<const Ref> snapshot = SnapshotOf(trace_, ref);
    const auto changes = [&](Ref value) { return late_[value] != kNoRef; };
    if (std::none_of(snapshot.begin(), snapshot.end(), changes)) return;
    const std::span<const Ref> all = trace_.operands(ref);
    std::vector<Ref> operands(all.begin(), all.end());
    for (size_t k = operands.size() - snapshot.size(); k < operands.size(); ++k) {
      if (changes(operands[k])) operands[k] = late_[operands[k]];
    }
    editor_.SetOperands(ref, operands);
  }

  void SinkBefore(const Step& step) {
    const std::span<const Ref> all = trace_.operands(step.jump);
    std::vector<Ref> arguments(all.begin(), all.end());
    arguments[step.place] = Copy(arguments[step.place], step.jump);
    editor_.SetOperands(step.jump, arguments);
  }

  Trace& trace_;
  const Flow flow_;
  LoopEditor editor_;
  std::vector<Step> steps_;
  // By instruction:
  std::vector<bool> is_step_;
  std::vector<uint32_t> in_snapshots_;  // uses
  std::vector<uint32_t> elsewhere_;     // other uses, but by the jumps of steps_
  std::vector<Ref> late_;               // the copy for snapshots
};

}  // namespace

absl::Status LoopSink(Trace& trace, PassContext& context) {
  const int count = CounterSinking(trace).Run();
  if (count > 0) context.Reason(absl::StrCat("sank ", count, " steps of counters"));
  return absl::OkStatus();
}

}  // namespace lathe
