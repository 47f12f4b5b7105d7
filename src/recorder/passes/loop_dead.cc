// Dead values of loop traces: pure operations, reads and constants that nothing with an effect needs, and
// parameters of blocks that only feed themselves. An exit needs what its snapshot names.
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class LiveValues {
 public:
  explicit LiveValues(const Trace& trace) : trace_(trace), flow_(trace), live_(trace.size(), false) {
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      const Instruction& instruction = trace.at(ref);
      if (instruction.op == Op::kJump || !HasEffect(instruction)) continue;
      live_[ref] = true;
      for (const Ref operand : trace.operands(ref)) Mark(operand);
    }
    while (!work_.empty()) {
      const Ref ref = work_.back();
      work_.pop_back();
      if (trace.at(ref).op == Op::kParameter) {
        MarkArguments(ref);
      } else {
        for (const Ref operand : trace.operands(ref)) Mark(operand);
      }
    }
  }

  bool IsLive(Ref ref) const { return live_[ref]; }
  const Flow& flow() const { return flow_; }

 private:
  static bool HasEffect(const Instruction& instruction) {
    if (IsPureCall(instruction)) return false;
    const bool reads = instruction.op == Op::kRead || instruction.op == Op::kAsk;
    return !IsPure(instruction.op) && !reads && instruction.op != Op::kParameter;
  }
  void Mark(Ref ref) {
    if (live_[ref]) return;
    live_[ref] = true;
    work_.push_back(ref);
  }
  void MarkArguments(Ref parameter) {
    const FlowBlock& block = flow_.block(flow_.BlockOf(parameter));
    const uint32_t place = parameter - block.begin - 1;
    for (const uint32_t from : block.predecessors) {
      Mark(trace_.operands(flow_.block(from).terminator())[place]);
    }
  }

  const Trace& trace_;
  const Flow flow_;
  std::vector<bool> live_;
  std::vector<Ref> work_;
};

}  // namespace

absl::Status LoopDead(Trace& trace, PassContext& context) {
  const LiveValues live(trace);
  LoopEditor editor(trace);
  int dropped = 0;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Op op = trace.at(ref).op;
    if (op == Op::kJump) {
      const FlowBlock& target = live.flow().block(live.flow().FindBlock(trace.at(ref).attribute));
      std::vector<Ref> arguments;
      for (uint32_t k = 0; k < target.parameter_count(); ++k) {
        if (live.IsLive(target.parameter(k))) arguments.push_back(trace.operands(ref)[k]);
      }
      if (arguments.size() < target.parameter_count()) editor.SetOperands(ref, arguments);
      continue;
    }
    if (live.IsLive(ref) || op == Op::kParam || op == Op::kBlock || IsTerminator(op)) continue;
    editor.Remove(ref);
    ++dropped;
  }
  if (dropped == 0) return absl::OkStatus();
  editor.Apply();
  context.Reason(absl::StrCat("dropped ", dropped, " dead instructions"));
  return absl::OkStatus();
}

}  // namespace lathe
