// The number of turns that a loop trace has made, for the trace log: a value that goes round with each loop,
// grows by one with each jump back and by a vector kernel's turns with each of those, and is the last word of
// each exit's snapshot. Runs only if somebody wants to know (PassContext::count_turns).
//
//   header(i):  guard i < n exit 1(i)           header(i, k):  guard i < n exit 1(i, k)
//               ...                                            ...
//               jump header(i + 1)                             jump header(i + 1, k + 1)
//
// An exit that stands at several places has one snapshot for all: it gets the count that a block which all of
// them pass begins with, so turns of inner loops since then are not in it.
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/vector_kernel.h"

namespace lathe {
namespace {

class TurnCounting {
 public:
  explicit TurnCounting(Trace& trace) : trace_(trace), flow_(trace), editor_(trace) {}

  // False if some block stands before one that it would need the count of; then nothing has changed.
  bool Run() {
    const FlowBlock& entry = flow_.block(0);
    zero_ = editor_.Insert(entry.body, Op::kConst, DType::kInt64, {}, 0);
    one_ = editor_.Insert(entry.body, Op::kConst, DType::kInt64, {}, 1);
    begin_.assign(flow_.blocks().size(), kNoRef);
    at_guard_.assign(trace_.size(), {kNoBlock, kNoRef});
    for (const uint32_t block : flow_.order()) {
      if (!FindBegin(block)) return false;
      Walk(block);
    }
    for (const auto& [exit, places] : exits_) {
      const Ref count = CommonCount(places);
      for (const Place& place : places) Append(place.ref, count);
    }
    editor_.Apply();
    return true;
  }

 private:
  struct Place {
    uint32_t block = kNoBlock;
    Ref ref = kNoRef;
    Ref count = kNoRef;
  };

  bool FindBegin(uint32_t index) {
    const FlowBlock& block = flow_.block(index);
    if (index == 0) {
      begin_[index] = zero_;
    } else if (block.else_of == kNoRef) {
      begin_[index] = editor_.Insert(block.body, Op::kParameter, DType::kInt64, {});
    } else {
      const auto [home, count] = at_guard_[block.else_of];
      if (flow_.block(home).begin > block.begin) return false;
      begin_[index] = count;
    }
    return true;
  }

  void Walk(uint32_t index) {
    const FlowBlock& block = flow_.block(index);
    Ref count = begin_[index];
    uint32_t home = block.else_of == kNoRef ? index : at_guard_[block.else_of].first;
    for (Ref ref = block.body; ref < block.end; ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kJump) {
        Append(ref, IsJumpBack(index, instruction) ? Sum(ref, count, one_) : count);
      } else if (HasElseBlock(instruction)) {
        at_guard_[ref] = {home, count};
      } else if ((Info(instruction.op).flags & kExits) != 0) {
        exits_[instruction.attribute].push_back({index, ref, count});
      } else if (instruction.op == Op::kInvoke && IsVectorKernel(*trace_.kernels[instruction.attribute])) {
        count = Sum(ref + 1, count, trace_.operands(ref)[0]);
        home = index;
      }
    }
  }

  bool IsJumpBack(uint32_t block, const Instruction& jump) const {
    const uint32_t target = flow_.FindBlock(jump.attribute);
    const uint32_t loop = flow_.block(target).loop;
    return loop != kNoLoop && flow_.loop(loop).header == target && flow_.LoopContains(loop, block);
  }

  Ref Sum(Ref anchor, Ref x, Ref y) { return editor_.Insert(anchor, Op::kAdd, DType::kInt64, {x, y}); }

  void Append(Ref ref, Ref value) {
    const std::span<const Ref> all = trace_.operands(ref);
    std::vector<Ref> operands(all.begin(), all.end());
    operands.push_back(value);
    editor_.SetOperands(ref, operands);
  }

  Ref CommonCount(const std::vector<Place>& places) const {
    bool same = true;
    uint32_t block = places[0].block;
    for (const Place& place : places) {
      same &= place.count == places[0].count;
      while (!flow_.BlockDominates(block, place.block)) block = flow_.block(block).dominator;
    }
    return same ? places[0].count : begin_[block];
  }

  Trace& trace_;
  const Flow flow_;
  LoopEditor editor_;
  Ref zero_ = kNoRef, one_ = kNoRef;
  std::vector<Ref> begin_;                          // by block: the count that it begins with
  std::vector<std::pair<uint32_t, Ref>> at_guard_;  // by guard with an else block: the count, and whose it is
  absl::flat_hash_map<uint64_t, std::vector<Place>> exits_;
};

}  // namespace

std::vector<uint32_t> TurnValues(const Trace& trace, size_t exits) {
  std::vector<uint32_t> values(exits, 0);
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const size_t count = SnapshotOf(trace, ref).size();
    const uint64_t exit = trace.at(ref).attribute;
    if (count > 0 && !HasElseBlock(trace.at(ref)) && exit < exits)
      values[exit] = static_cast<uint32_t>(count - 1);
  }
  return values;
}

absl::Status LoopTurns(Trace& trace, PassContext& context) {
  if (!context.count_turns || !TurnCounting(trace).Run()) return absl::OkStatus();
  context.turns_counted = true;
  // Most blocks have got a parameter that is another block's.
  return LoopParameters(trace, context);
}

}  // namespace lathe
