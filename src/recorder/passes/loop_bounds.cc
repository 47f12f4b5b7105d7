// Bounds checks leave loops. What ranges prove is dropped; a check whose two ends can be tested before the
// loop is tested there, and if the test fails, the exit of the poll before the loop is taken: the interpreter
// runs the loop as if it had not been compiled. Inner loops come first, so a test can travel out of several
// loops.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/passes/loop_affine.h"
#include "src/recorder/passes/loop_checks.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/loop_invariants.h"
#include "src/recorder/passes/loop_ranges.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

Op WrappingOp(Op op) {
  return op == Op::kCheckedAdd ? Op::kAdd : op == Op::kCheckedSub ? Op::kSub : Op::kMul;
}

// `exact`, by instruction, after the instructions have moved.
void Follow(const std::vector<Ref>& map, const Trace& trace, std::vector<bool>* exact) {
  if (map.empty()) return;
  std::vector<bool> moved(trace.size(), false);
  for (size_t k = 0; k < exact->size(); ++k) {
    if ((*exact)[k] && map[k] != kNoRef) moved[map[k]] = true;
  }
  *exact = std::move(moved);
}

// Whether the index of a bounds check does not change in the loop. Such a check is hoisted, never proven in
// the loop: a read at the same index may leave the loop, and needs it there.
bool ChecksFixedIndex(const Trace& trace, const Flow& flow, Ref condition, uint32_t loop) {
  if (loop == kNoLoop || trace.at(condition).op != Op::kInBounds) return false;
  const uint32_t block = flow.BlockOf(trace.operands(condition)[0]);
  return block == kNoBlock || !flow.LoopContains(loop, block);
}

// Drops guards that hold, and overflow checks of what cannot overflow.
class Prover {
 public:
  Prover(Trace& trace, std::vector<bool>& exact)
      : trace_(trace),
        exact_(exact),
        flow_(trace),
        known_(exact),
        ranges_(trace, flow_, known_),
        editor_(trace) {}

  void Run() {
    std::vector<Ref> wraps_never;
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      if (trace_.at(ref).op == Op::kGuard && IsProven(ref)) editor_.Remove(ref);
      if (!IsChecked(trace_.at(ref).op) || !ranges_.IsExact(ref, ref)) continue;
      wraps_never.push_back(ref);
    }
    for (const Ref ref : wraps_never) {
      Instruction& instruction = trace_.instructions[ref];
      instruction.op = WrappingOp(instruction.op);
      instruction.operand_count = 2;
      instruction.attribute = 0;
      exact_[ref] = true;
    }
    Follow(editor_.Apply(), trace_, &exact_);
  }

 private:
  bool IsProven(Ref guard) {
    const Ref condition = trace_.operands(guard)[0];
    const FlowBlock& block = flow_.block(flow_.BlockOf(guard));
    const bool in_header =
        block.loop != kNoLoop && flow_.block(flow_.loop(block.loop).header).begin == block.begin;
    if (in_header && trace_.at(condition).op != Op::kInBounds) return false;
    if (ChecksFixedIndex(trace_, flow_, condition, block.loop)) return false;
    std::vector<Difference> parts;
    if (!Meaning(trace_, condition, true, &parts)) return false;
    return std::all_of(parts.begin(), parts.end(),
                       [&](const Difference& part) { return ranges_.Holds(part, guard); });
  }

  Trace& trace_;
  std::vector<bool>& exact_;
  const Flow flow_;
  const std::vector<bool> known_;
  LoopRanges ranges_;
  LoopEditor editor_;
};

// Moves checks out of the loops of one depth.
class Hoister {
 public:
  Hoister(Trace& trace, std::vector<bool>& exact, PassContext& context)
      : trace_(trace),
        exact_(exact),
        context_(context),
        flow_(trace),
        ranges_(trace, flow_, exact),
        editor_(trace) {}

  uint32_t deepest() const {
    uint32_t depth = 0;
    for (const FlowLoop& loop : flow_.loops()) depth = std::max(depth, loop.depth);
    return depth;
  }

  // Operations that do not change and may overflow: first, since indices may be made of them.
  void MoveChecked(uint32_t depth) {
    for (loop_ = 0; loop_ < flow_.loops().size(); ++loop_) {
      if (flow_.loop(loop_).depth != depth || !Obstacle().empty()) continue;
      for (const uint32_t b : flow_.loop(loop_).blocks) {
        if (flow_.block(b).loop != loop_) continue;
        for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
          if (IsChecked(trace_.at(ref).op)) HoistChecked(ref);
        }
      }
    }
    if (editor_.changed()) Follow(editor_.Apply(), trace_, &exact_);
  }

  void Run(uint32_t depth) {
    std::vector<bool> has_inner(flow_.loops().size(), false);
    for (const FlowLoop& loop : flow_.loops()) {
      if (loop.parent != kNoLoop) has_inner[loop.parent] = true;
    }
    for (uint32_t l = 0; l < flow_.loops().size(); ++l) {
      if (flow_.loop(l).depth == depth) RunLoop(l, !has_inner[l]);
    }
    if (editor_.changed()) Follow(editor_.Apply(), trace_, &exact_);
  }

 private:
  // What a check becomes before the loop: all of these, or the loop does not come to it.
  struct Plan {
    std::vector<std::pair<EndCheck, Ends>> checks;
    std::string obstacle;
  };

  // Why nothing leaves the loop; finds its preheader.
  std::string Obstacle() {
    const std::optional<Preheader> preheader = FindPreheader(trace_, flow_, loop_);
    if (!preheader || preheader->poll == kNoRef) return "there is no exit before the loop";
    preheader_ = *preheader;
    const uint64_t exit = trace_.at(preheader_.poll).attribute;
    const std::vector<uint32_t>& barred = context_.barred_exits;
    const bool failed = std::find(barred.begin(), barred.end(), exit) != barred.end();
    return failed ? "a check before the loop has failed" : "";
  }

  void RunLoop(uint32_t loop, bool innermost) {
    loop_ = loop;
    const std::string general = Obstacle();
    for (const uint32_t b : flow_.loop(loop).blocks) {
      if (flow_.block(b).loop != loop) continue;
      for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
        if (trace_.at(ref).op != Op::kGuard) continue;
        const bool bounds = IsBoundsCheck(ref);
        const std::string obstacle = general.empty() ? Hoist(ref) : general;
        if (innermost && bounds) Tell(ref, obstacle);
      }
    }
  }

  bool IsBoundsCheck(Ref guard) const { return trace_.at(trace_.operands(guard)[0]).op == Op::kInBounds; }
  void Tell(Ref guard, const std::string& obstacle) {
    context_.Reason(absl::StrCat("check at line ", trace_.at(guard).line,
                                 obstacle.empty() ? " hoisted" : absl::StrCat(" kept: ", obstacle)));
  }

  bool IsOutside(Ref ref) const {
    const uint32_t block = flow_.BlockOf(ref);
    return ref < preheader_.anchor && (block == kNoBlock || !flow_.LoopContains(loop_, block));
  }

  // Whether the guard stands before an inner loop, where this pass has put it.
  bool IsEarlyCheck(Ref guard) const {
    for (Ref ref = guard + 1;; ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kPoll) return instruction.attribute == trace_.at(guard).attribute;
      if (instruction.op != Op::kGuard && !IsPure(instruction.op)) return false;
    }
  }
  bool RunsAlways(Ref ref) const {
    const std::vector<uint32_t>& latches = flow_.loop(loop_).latches;
    return std::all_of(latches.begin(), latches.end(),
                       [&](uint32_t latch) { return flow_.Dominates(ref, flow_.block(latch).terminator()); });
  }

  // The first guard of the header.
  bool IsLoopCondition(Ref guard) const {
    const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
    for (Ref ref = header.body; ref < header.end; ++ref) {
      if (trace_.at(ref).op == Op::kGuard) return ref == guard;
    }
    return false;
  }

  // An operation that does not change and may overflow.
  void HoistChecked(Ref ref) {
    const Ref x = trace_.operands(ref)[0];
    const Ref y = trace_.operands(ref)[1];
    if (HasElseBlock(trace_.at(ref)) || !IsOutside(x) || !IsOutside(y)) return;
    std::vector<Ref> operands = {x, y};
    const std::span<const Ref> snapshot = SnapshotOf(trace_, preheader_.poll);
    operands.insert(operands.end(), snapshot.begin(), snapshot.end());
    editor_.SetOperands(ref, operands);
    trace_.instructions[ref].attribute = trace_.at(preheader_.poll).attribute;
    editor_.Move(ref, preheader_.anchor);
    ++context_.hoisted_checks;
  }

  void InsertGuard(Ref condition, uint32_t line) {
    const std::span<const Ref> snapshot = SnapshotOf(trace_, preheader_.poll);
    std::vector<Ref> operands = {condition};
    operands.insert(operands.end(), snapshot.begin(), snapshot.end());
    Instruction guard;
    guard.op = Op::kGuard;
    guard.dtype = DType::kBool;
    guard.attribute = trace_.at(preheader_.poll).attribute;
    guard.line = line;
    editor_.Insert(preheader_.anchor, guard, operands);
    ++context_.hoisted_checks;
  }

  // Returns what is in the way.
  std::string Hoist(Ref guard) {
    if (HasElseBlock(trace_.at(guard))) return "there is a side trace";
    Ref condition = trace_.operands(guard)[0];
    const bool early = IsEarlyCheck(guard);
    if (IsOutside(condition)) {
      if (!IsBoundsCheck(guard) && !early && (IsLoopCondition(guard) || !RunsAlways(guard))) {
        return "it is a branch";
      }
      InsertGuard(condition, trace_.at(guard).line);
      editor_.Remove(guard);
      editor_.MarkChanged();
      return "";
    }
    if (!IsBoundsCheck(guard) && !early) return "it is a branch";
    // The second half of what Hoist made of an inner loop's check implies the whole.
    if (trace_.at(condition).op == Op::kLogicalOr) condition = trace_.operands(condition)[1];
    Plan plan = MakePlan(condition, guard);
    if (!plan.obstacle.empty()) return plan.obstacle;
    return Carry(plan, guard);
  }

  Plan MakePlan(Ref condition, Ref guard) {
    Plan plan;
    std::vector<Difference> parts;
    if (!Meaning(trace_, condition, true, &parts)) plan.obstacle = "it is no comparison";
    LoopAffine affine(trace_, flow_, ranges_, loop_, preheader_);
    const bool provable = !ChecksFixedIndex(trace_, flow_, condition, loop_);
    bool proven = false;
    bool exact = true;
    for (const Difference& part : parts) {
      if (provable && ranges_.Holds(part, guard)) {
        proven = true;
        continue;
      }
      if (!plan.obstacle.empty()) return plan;
      exact &= PlanPart(part, guard, affine, &plan);
    }
    // Two true halves tell of the true value, so it has not wrapped; one alone does not.
    if (!exact && (proven || trace_.at(condition).op != Op::kInBounds)) plan.obstacle = "the index may wrap";
    return plan;
  }

  // Returns whether the index does not wrap.
  bool PlanPart(const Difference& part, Ref guard, LoopAffine& affine, Plan* plan) {
    const std::optional<Affine> x = affine.Of(part.x, guard);
    const std::optional<Affine> y = affine.Of(part.y, guard);
    if (!x || !y) {
      plan->obstacle = "the index is not affine";
      return true;
    }
    if (x->variable != kNoRef && y->variable != kNoRef) {
      plan->obstacle = "the extent changes";
      return true;
    }
    const bool left = y->variable == kNoRef;
    const Affine& form = left ? *x : *y;
    const Affine& other = left ? *y : *x;
    EndCheck check;
    check.is_upper = left;
    check.factor = form.factor;
    check.rest = form.rest;
    check.other = other.rest;
    Wide offset = form.constant - other.constant;
    Ends ends;
    if (form.variable != kNoRef) {
      ends = affine.EndsOf(form.variable, guard);
      const std::optional<End>& end = (form.factor > 0) == left ? ends.high : ends.low;
      if (!end) {
        plan->obstacle = "the index has no limit";
        return true;
      }
      check.base = end->base;
      offset += Wide{form.factor} * end->offset;
    }
    check.c = left ? part.c - offset : part.c + offset;
    plan->checks.emplace_back(check, ends);
    return form.exact && other.exact;
  }

  std::string Carry(const Plan& plan, Ref guard) {
    const uint32_t line = trace_.at(guard).line;
    CheckWriter writer(trace_, editor_, ranges_, preheader_.anchor, line);
    std::vector<Ref> conditions;
    for (const auto& [check, ends] : plan.checks) {
      const std::optional<Ref> condition = writer.Write(check);
      if (!condition) return "a constant is too large";
      if (*condition == kNoRef) continue;
      // What is known of the ends is not enough; the check itself may well hold.
      if (trace_.at(*condition).op == Op::kConst) return "the index has no limit";
      const Ref unreached = writer.WriteUnreached(ends);
      conditions.push_back(unreached == kNoRef ? *condition : writer.Or(unreached, *condition));
    }
    for (const Ref condition : conditions) InsertGuard(condition, line);
    editor_.Remove(guard);
    editor_.MarkChanged();
    return "";
  }

  Trace& trace_;
  std::vector<bool>& exact_;
  PassContext& context_;
  const Flow flow_;
  LoopRanges ranges_;
  LoopEditor editor_;
  uint32_t loop_ = kNoLoop;
  Preheader preheader_;
};

}  // namespace

absl::Status LoopBounds(Trace& trace, PassContext& context) {
  std::vector<bool> exact(trace.size(), false);
  Prover(trace, exact).Run();
  int moved = 0;
  for (uint32_t depth = Hoister(trace, exact, context).deepest(); depth > 0; --depth) {
    Follow(MoveInvariants(trace, &moved), trace, &exact);
    Hoister(trace, exact, context).MoveChecked(depth);
    Hoister(trace, exact, context).Run(depth);
  }
  Prover(trace, exact).Run();
  return absl::OkStatus();
}

}  // namespace lathe
