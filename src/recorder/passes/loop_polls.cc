// Polls of counted loops: an innermost loop asks whether somebody wants attention once in a stretch of turns
// rather than in each. A turn's branches are dear: processors make two in a cycle, and one that is taken.
//
//   block 1(%i: i64):                        block 1(%i: i64):
//     guard %i < %n exit 0(%i)                 guard %i < %n exit 0(%i)
//     ...                                      %end = %n, or %i + 4096 if that is less
//     %next = add %i, %one                     jump 2(%i)
//     poll exit 1(%next)                     block 2(%j: i64):
//     jump 1(%next)                            guard %j < %end else 3
//                                              ...
//                                              %next = add %j, %one
//                                              jump 2(%next)
//                                            block 3:
//                                              poll exit 1(%j)
//                                              jump 1(%j)
//
// What the poll's exit needs must be known between two turns: what goes round, and what that is computed
// from.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

constexpr int64_t kLongestStretch = int64_t{1} << 30;
// Beginning a stretch costs as much as this many polls.
constexpr int64_t kFewestTurns = 16;
constexpr int kDeepest = 4;  // operations on the way to a value of the snapshot

class PollSparing {
 public:
  PollSparing(Trace& trace, const Flow& flow, uint32_t loop, LoopEditor& editor, uint32_t next_block,
              int64_t stretch)
      : trace_(trace),
        flow_(flow),
        loop_(flow.loop(loop)),
        header_(flow.block(loop_.header)),
        editor_(editor),
        next_block_(next_block),
        stretch_(std::min(stretch, kLongestStretch)) {}

  // Why the polls stay; empty if they can be spared.
  std::string FindObstacle() {
    if (loop_.latches.size() != 1) return "it has several paths";
    latch_ = flow_.block(loop_.latches[0]).terminator();
    if (std::string obstacle = FindPoll(); !obstacle.empty()) return obstacle;
    if (std::string obstacle = FindCounter(); !obstacle.empty()) return obstacle;
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      if (ref != poll_ && AreOneExit(ref, poll_)) return "its exit stands elsewhere too";
    }
    for (const Ref value : SnapshotOf(trace_, poll_)) {
      if (!IsKnownBetween(value, kDeepest)) return "the exit needs what only the turn knows";
    }
    return FindUses();
  }

  // Whether the loop is known to make so few turns that nothing is gained.
  bool IsShort() const {
    std::optional<int64_t> start;
    for (const uint32_t from : header_.predecessors) {
      const Ref jump = flow_.block(from).terminator();
      if (jump != latch_ && trace_.at(jump).op == Op::kJump)
        start = ConstantOf(trace_.operands(jump)[place_]);
    }
    const std::optional<int64_t> limit = ConstantOf(limit_);
    if (!start || !limit) return false;
    int64_t distance;
    return !__builtin_sub_overflow(*limit, *start, &distance) &&
           std::abs(distance) / std::abs(step_) < kFewestTurns;
  }

  void Run() {
    anchor_ = guard_ + 1;
    line_ = trace_.at(guard_).line;
    const uint32_t inner = next_block_, between = next_block_ + 1;
    const Ref end = EmitEnd();
    std::vector<Ref> values;
    for (uint32_t k = 0; k < header_.parameter_count(); ++k) values.push_back(header_.parameter(k));
    EmitJump(inner, values);
    Emit(Op::kBlock, {}, DType::kBool, inner);
    for (Ref& value : values) value = Emit(Op::kParameter, {}, trace_.at(value).dtype);
    const Ref more = Emit(trace_.at(condition_).op, {values[place_], end}, DType::kBool);
    Emit(Op::kGuard, {more}, DType::kBool, kElseBlock | between);

    anchor_ = latch_;
    line_ = trace_.at(latch_).line;
    EmitJump(inner, Renamed(latch_, values));
    Emit(Op::kBlock, {}, DType::kBool, between);
    std::vector<Ref> snapshot;
    const std::span<const Ref> own = SnapshotOf(trace_, poll_);
    for (const Ref value : std::vector<Ref>(own.begin(), own.end()))
      snapshot.push_back(Between(value, values));
    editor_.Insert(anchor_, Instruction(trace_.at(poll_)), snapshot);
    EmitJump(header_.number, values);
    editor_.Remove(poll_);
    editor_.Remove(latch_);
    // Last: what stands between two turns was found by the old names.
    for (const Ref use : uses_) {
      if (!editor_.IsRemoved(use)) editor_.SetOperands(use, Renamed(use, values));
    }
  }

 private:
  // ---- What there is
  std::string FindPoll() {
    const uint32_t latch = loop_.latches[0];
    for (const uint32_t b : loop_.blocks) {
      for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
        const Op op = trace_.at(ref).op;
        if (op == Op::kCall || op == Op::kInvoke || TakesFunction(op)) return "there is a call in it";
        if (op != Op::kPoll) continue;
        if (poll_ != kNoRef || HasElseBlock(trace_.at(ref)) || b != latch) return "it has several paths";
        poll_ = ref;
      }
    }
    if (poll_ == kNoRef) return "it has no poll";
    for (Ref ref = poll_ + 1; ref < latch_; ++ref) {
      if (!IsComputation(ref)) return "a turn goes on behind the poll";
    }
    return "";
  }

  bool IsExit(Ref ref) const {
    return (Info(trace_.at(ref).op).flags & kExits) != 0 && !HasElseBlock(trace_.at(ref));
  }
  bool AreOneExit(Ref x, Ref y) const {
    return IsExit(x) && IsExit(y) && trace_.at(x).attribute == trace_.at(y).attribute;
  }
  bool IsComputation(Ref ref) const {
    const Op op = trace_.at(ref).op;
    return op == Op::kConst || op == Op::kAddress || (IsElementwise(op) && IsPure(op) && !TakesFunction(op));
  }

  // The loop begins with a comparison of the counter with its limit, and nothing else.
  std::string FindCounter() {
    for (Ref ref = header_.body; ref < header_.end && guard_ == kNoRef; ++ref) {
      if (trace_.at(ref).op == Op::kGuard) guard_ = ref;
    }
    if (guard_ == kNoRef) return "it does not begin with a condition";
    condition_ = trace_.operands(guard_)[0];
    for (Ref ref = header_.body; ref < guard_; ++ref) {
      if (ref != condition_ && trace_.at(ref).op != Op::kConst)
        return "more than a condition stands before it";
    }
    const Op op = trace_.at(condition_).op;
    const bool up = op == Op::kLess || op == Op::kLessEqual,
               down = op == Op::kGreater || op == Op::kGreaterEqual;
    if (!up && !down) return "the condition is no limit";
    const Ref counter = trace_.operands(condition_)[0];
    limit_ = trace_.operands(condition_)[1];
    if (counter < header_.parameter(0) || counter >= header_.body ||
        trace_.at(counter).dtype != DType::kInt64 || !IsOutside(limit_)) {
      return "the condition is no limit";
    }
    place_ = counter - header_.parameter(0);
    const std::optional<int64_t> step = StepOf(counter);
    if (!step || *step == 0 || std::abs(*step) >= int64_t{1} << 31 || (*step > 0) != up) {
      return "the counter does not go to its limit by a constant";
    }
    step_ = *step;
    return "";
  }

  // What a turn adds to the parameter, if that is a constant.
  std::optional<int64_t> StepOf(Ref parameter) const {
    const Ref next = trace_.operands(latch_)[parameter - header_.parameter(0)];
    const Instruction& i = trace_.at(next);
    if (i.dtype != DType::kInt64 || (i.op != Op::kAdd && i.op != Op::kSub)) return std::nullopt;
    const std::span<const Ref> x = trace_.operands(next);
    if (x[0] != parameter || trace_.at(x[1]).op != Op::kConst) return std::nullopt;
    const auto amount = static_cast<int64_t>(trace_.at(x[1]).attribute);
    if (amount == INT64_MIN) return std::nullopt;
    return i.op == Op::kAdd ? amount : -amount;
  }

  std::optional<int64_t> ConstantOf(Ref ref) const {
    if (trace_.at(ref).op != Op::kConst) return std::nullopt;
    return static_cast<int64_t>(trace_.at(ref).attribute);
  }
  bool IsOutside(Ref ref) const { return flow_.Dominates(ref, header_.begin); }
  bool IsParameter(Ref ref) const { return ref >= header_.parameter(0) && ref < header_.body; }

  // ---- Values between two turns
  // The place of a parameter that the turn behind the poll gets the value in.
  std::optional<size_t> NextPlace(Ref value) const {
    const std::span<const Ref> next = trace_.operands(latch_);
    const auto found = std::find(next.begin(), next.end(), value);
    if (found == next.end()) return std::nullopt;
    return static_cast<size_t>(found - next.begin());
  }

  bool IsKnownBetween(Ref value, int depth) const {
    if (IsOutside(value) || NextPlace(value) || trace_.at(value).op == Op::kConst) return true;
    if (IsParameter(value)) return StepOf(value).has_value();
    if (depth == 0 || !IsComputation(value)) return false;
    const std::span<const Ref> operands = trace_.operands(value);
    return std::all_of(operands.begin(), operands.end(),
                       [&](Ref operand) { return IsKnownBetween(operand, depth - 1); });
  }

  // The value of the turn before, in terms of what the next turn gets.
  Ref Between(Ref value, const std::vector<Ref>& values) {
    if (IsOutside(value)) return value;
    if (const std::optional<size_t> place = NextPlace(value)) return values[*place];
    if (IsParameter(value)) {
      return Emit(Op::kSub, {values[value - header_.parameter(0)], Constant(*StepOf(value))});
    }
    std::vector<Ref> operands;
    for (const Ref operand : OperandsOf(value)) operands.push_back(Between(operand, values));
    return editor_.Insert(anchor_, Instruction(trace_.at(value)), operands);
  }

  // ---- Uses
  // All that needs a parameter of the header behind the guard: it gets the inner block's. What needs it where
  // the guard fails keeps it.
  std::string FindUses() {
    const uint32_t failed = HasElseBlock(trace_.at(guard_))
                                ? flow_.FindBlock(trace_.at(guard_).attribute & ~kElseBlock)
                                : kNoBlock;
    std::vector<Ref> kept = {guard_};
    for (Ref ref = header_.body; ref < trace_.size(); ++ref) {
      if (ref == guard_ || ref == condition_) continue;
      const std::span<const Ref> operands = trace_.operands(ref);
      if (std::find(operands.begin(), operands.end(), condition_) != operands.end())
        return "the condition is needed again";
      if (std::none_of(operands.begin(), operands.end(), [&](Ref operand) { return IsParameter(operand); }))
        continue;
      if (flow_.Dominates(guard_ + 1, ref) || ref == guard_ + 1) {
        uses_.push_back(ref);
      } else if (failed == kNoBlock || !flow_.BlockDominates(failed, flow_.BlockOf(ref))) {
        return "a value is needed behind the loop, whichever way it was left";
      } else {
        kept.push_back(ref);
      }
    }
    // An exit has one snapshot, wherever it stands.
    const bool divided = std::any_of(kept.begin(), kept.end(), [&](Ref one) {
      return std::any_of(uses_.begin(), uses_.end(), [&](Ref other) { return AreOneExit(one, other); });
    });
    return divided ? "an exit stands in it and behind it" : "";
  }

  // The operands, with other values for the parameters.
  std::vector<Ref> Renamed(Ref use, const std::vector<Ref>& values) const {
    std::vector<Ref> operands = OperandsOf(use);
    for (Ref& operand : operands) {
      if (IsParameter(operand)) operand = values[operand - header_.parameter(0)];
    }
    return operands;
  }

  // ---- What there will be
  Ref Emit(Op op, std::initializer_list<Ref> operands, DType dtype = DType::kInt64, uint64_t attribute = 0) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    instruction.attribute = attribute;
    instruction.line = op == Op::kConst || op == Op::kBlock || op == Op::kParameter ? 0 : line_;
    return editor_.Insert(anchor_, instruction, std::span(operands.begin(), operands.size()));
  }
  Ref Constant(int64_t value) { return Emit(Op::kConst, {}, DType::kInt64, static_cast<uint64_t>(value)); }

  void EmitJump(uint32_t block, const std::vector<Ref>& values) {
    Instruction jump;
    jump.op = Op::kJump;
    jump.dtype = DType::kBool;
    jump.attribute = block;
    jump.line = line_;
    editor_.Insert(anchor_, jump, values);
  }

  // Where the stretch ends. The distance is below 2^64 and counts as unsigned: nothing wraps.
  Ref EmitEnd() {
    const Ref counter = header_.parameter(static_cast<uint32_t>(place_));
    const int64_t length = stretch_ * step_;
    const Ref distance = step_ > 0 ? Emit(Op::kSub, {limit_, counter}) : Emit(Op::kSub, {counter, limit_});
    const Ref last = Emit(Op::kInBounds, {distance, Constant(std::abs(length) + 1)}, DType::kBool);
    return Emit(Op::kSelect, {last, limit_, Emit(Op::kAdd, {counter, Constant(length)})});
  }

  std::vector<Ref> OperandsOf(Ref ref) const {
    const std::span<const Ref> own = trace_.operands(ref);
    return {own.begin(), own.end()};
  }

  Trace& trace_;
  const Flow& flow_;
  const FlowLoop& loop_;
  const FlowBlock& header_;
  LoopEditor& editor_;
  const uint32_t next_block_;  // a number that no block has, nor do those above it
  const int64_t stretch_;
  Ref latch_ = kNoRef;  // the jump back
  Ref poll_ = kNoRef;
  Ref guard_ = kNoRef, condition_ = kNoRef, limit_ = kNoRef;
  size_t place_ = 0;  // of the counter among the parameters
  int64_t step_ = 0;
  std::vector<Ref> uses_;  // of parameters behind the guard
  Ref anchor_ = kNoRef;    // where Emit puts instructions
  uint32_t line_ = 0;
};

// All loops of a trace, one after the other: a change makes another flow.
class AllLoops {
 public:
  AllLoops(Trace& trace, PassContext& context)
      : trace_(trace),
        context_(context),
        seen_(context.vectorised_loops.begin(), context.vectorised_loops.end()) {}

  // Looks at loops up to the first that changes; false if none has.
  bool Step() {
    const Flow flow(trace_);
    std::vector<bool> has_inner(flow.loops().size(), false);
    for (const FlowLoop& loop : flow.loops()) {
      if (loop.parent != kNoLoop) has_inner[loop.parent] = true;
    }
    for (uint32_t l = 0; l < flow.loops().size(); ++l) {
      if (!has_inner[l] && seen_.insert(flow.block(flow.loop(l).header).number).second && Spare(flow, l))
        return true;
    }
    return false;
  }

 private:
  bool Spare(const Flow& flow, uint32_t loop) {
    uint32_t next_block = 0;
    for (const FlowBlock& block : flow.blocks()) next_block = std::max(next_block, block.number + 1);
    LoopEditor editor(trace_);
    PollSparing sparing(trace_, flow, loop, editor, next_block, context_.stretch);
    std::string obstacle = sparing.FindObstacle();
    const auto why = [] { return std::string("a counted loop that may make many turns"); };
    if (obstacle.empty() && !context_.Ask(Choice::kLoopPolls, !sparing.IsShort(), why))
      obstacle = "it is short";
    context_.Reason(absl::StrCat(
        "loop of block ", flow.block(flow.loop(loop).header).number, " polls ",
        obstacle.empty() ? "once in a stretch of turns" : absl::StrCat("in each turn: ", obstacle)));
    if (!obstacle.empty()) return false;
    sparing.Run();
    editor.Apply();
    seen_.insert(next_block);
    return true;
  }

  Trace& trace_;
  PassContext& context_;
  absl::flat_hash_set<uint32_t> seen_;  // numbers of headers
};

}  // namespace

absl::Status LoopPolls(Trace& trace, PassContext& context) {
  AllLoops loops(trace, context);
  while (loops.Step()) {
  }
  return absl::OkStatus();
}

}  // namespace lathe
