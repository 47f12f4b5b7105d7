// Two guards become one where the second says more than the first: its condition is tested in the first one's
// place. The interpreter then goes on a little earlier, which changes nothing, for there is no effect
// between.
//
//   %k = cast %x                                  %k = cast %x
//   %1 = ne %k, %smallest                         %2 = inbounds %k, %n
//   guard %1 exit 4(...)                          guard %2 exit 4(...)
//   %2 = inbounds %k, %n
//   guard %2 exit 5(...)
#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/loop_ranges.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class GuardJoining {
 public:
  GuardJoining(Trace& trace, const std::vector<uint32_t>& barred)
      : trace_(trace), barred_(barred), flow_(trace), editor_(trace) {}

  int Run() {
    int joined = 0;
    for (const FlowBlock& block : flow_.blocks()) {
      Ref first = kNoRef;
      for (Ref ref = block.body; ref < block.end; ++ref) {
        const Instruction& instruction = trace_.at(ref);
        if (instruction.op == Op::kGuard) {
          if (first != kNoRef && Join(first, ref)) {
            ++joined;
            first = kNoRef;
          } else {
            first = MayBecomeStronger(instruction) ? ref : kNoRef;
          }
        } else if (!IsPure(instruction.op) && instruction.op != Op::kRead) {
          first = kNoRef;
        }
      }
    }
    if (joined > 0) editor_.Apply();
    return joined;
  }

 private:
  bool MayBecomeStronger(const Instruction& guard) const {
    return !HasElseBlock(guard) &&
           std::find(barred_.begin(), barred_.end(), guard.attribute) == barred_.end();
  }

  // Whether `stronger` cannot hold without `weaker`: x != c follows from a bound of x beyond c.
  bool Implies(Ref stronger, Ref weaker) const {
    if (trace_.at(weaker).op != Op::kNotEqual) return false;
    const Ref x = trace_.operands(weaker)[0];
    int64_t c = 0;
    if (!IsInteger(trace_, trace_.operands(weaker)[1], &c)) return false;
    std::vector<Difference> says;
    Meaning(trace_, stronger, true, &says);
    return std::any_of(says.begin(), says.end(), [&](const Difference& d) {
      const bool above = d.x == kNoRef && d.y == x && -d.c > c;
      const bool below = d.x == x && d.y == kNoRef && d.c < c;
      return above || below;
    });
  }

  bool Join(Ref first, Ref second) {
    if (HasElseBlock(trace_.at(second))) return false;
    const Ref condition = trace_.operands(second)[0];
    if (!Implies(condition, trace_.operands(first)[0])) return false;
    std::vector<Ref> needed;
    if (!Collect(condition, first, &needed)) return false;
    std::sort(needed.begin(), needed.end());
    for (const Ref ref : needed) editor_.Move(ref, first);
    const std::span<const Ref> x = trace_.operands(first);
    std::vector<Ref> operands(x.begin(), x.end());
    operands[0] = condition;
    editor_.SetOperands(first, operands);
    editor_.Remove(second);
    return true;
  }

  // What stands behind `guard` and has to be moved before it for `ref` to be known there.
  bool Collect(Ref ref, Ref guard, std::vector<Ref>* needed) const {
    if (ref < guard || std::find(needed->begin(), needed->end(), ref) != needed->end()) return true;
    if (!IsPure(trace_.at(ref).op)) return false;
    needed->push_back(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    return std::all_of(operands.begin(), operands.end(), [&](Ref x) { return Collect(x, guard, needed); });
  }

  Trace& trace_;
  const std::vector<uint32_t>& barred_;
  const Flow flow_;
  LoopEditor editor_;
};

}  // namespace

absl::Status LoopGuards(Trace& trace, PassContext& context) {
  const int joined = GuardJoining(trace, context.barred_exits).Run();
  if (joined > 0) context.Reason(absl::StrCat("joined ", joined, " pairs of guards"));
  return absl::OkStatus();
}

}  // namespace lathe
