// Value numbering over the dominator tree: equal pure values become one, operations on constants become
// constants, and what a guard has found out is not asked again where the guard dominates.
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/build/fold.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class ValueNumbering {
 public:
  explicit ValueNumbering(Trace& trace) : trace_(trace), flow_(trace), editor_(trace), value_(trace.size()) {
    for (Ref ref = 0; ref < trace.size(); ++ref) value_[ref] = ref;
  }

  int Run() {
    // Definitions stand before their uses, in the text too.
    const Ref size = trace_.size();
    for (Ref ref = 0; ref < size; ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kParam || instruction.op == Op::kParameter || instruction.op == Op::kBlock)
        continue;
      ReplaceOperands(ref);
      if (instruction.op == Op::kGuard) {
        Guard(ref);
      } else if (IsChecked(instruction.op)) {
        NumberChecked(ref);
      } else if (IsNumbered(instruction)) {
        Number(ref);
      }
    }
    // Arguments of jumps back may have been replaced after the jump was seen.
    for (Ref ref = 0; ref < size; ++ref) {
      if (!editor_.IsRemoved(ref)) ReplaceOperands(ref);
    }
    if (dropped_ > 0 || editor_.changed()) editor_.Apply();
    return dropped_;
  }

 private:
  // An operation and what it is done to; operands that commute are in order.
  struct Key {
    Op op;
    DType dtype;
    uint64_t attribute;
    std::vector<Ref> operands;
    friend bool operator==(const Key&, const Key&) = default;
    template <class Hash>
    friend Hash AbslHashValue(Hash hash, const Key& key) {
      return Hash::combine(std::move(hash), key.op, key.dtype, key.attribute, key.operands);
    }
  };
  // What a guard says of its condition where it has been passed, and the opposite in its else block.
  struct Fact {
    Ref guard;
    uint32_t else_block;  // kNoBlock: what holds behind the guard
    bool truth;
  };

  static bool IsNumbered(const Instruction& instruction) {
    return IsPureCall(instruction) || (IsPure(instruction.op) && instruction.op != Op::kIndex);
  }

  void ReplaceOperands(Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    if (std::none_of(operands.begin(), operands.end(), [&](Ref x) { return value_[x] != x; })) return;
    for (uint32_t k = 0; k < trace_.at(ref).operand_count; ++k) {
      Ref& operand = trace_.operand_pool[trace_.at(ref).operands_begin + k];
      operand = value_[operand];
    }
    editor_.MarkChanged();
  }

  void Number(Ref ref) {
    Fold(ref);
    Unify(ref, trace_.operands(ref), trace_.at(ref).attribute);
  }
  // Where one has not overflowed, the same one does not either, whatever their exits.
  void NumberChecked(Ref ref) { Unify(ref, trace_.operands(ref).first(2), 0); }

  void Unify(Ref ref, std::span<const Ref> operands, uint64_t attribute) {
    const Instruction& instruction = trace_.at(ref);
    Key key{instruction.op, instruction.dtype, attribute, {operands.begin(), operands.end()}};
    if ((Info(instruction.op).flags & kCommutes) != 0) std::sort(key.operands.begin(), key.operands.end());
    std::vector<Ref>& known = numbered_[key];
    for (const Ref earlier : known) {
      if (!flow_.Dominates(earlier, ref)) continue;
      value_[ref] = earlier;
      editor_.Remove(ref);
      ++dropped_;
      return;
    }
    known.push_back(ref);
  }

  // An elementwise operation of constants becomes one in place.
  void Fold(Ref ref) {
    Instruction& instruction = trace_.instructions[ref];
    if (!IsElementwise(instruction.op)) return;
    const auto bits = FoldConstant(trace_, instruction.op, instruction.dtype, trace_.operands(ref));
    if (!bits) return;
    instruction.op = Op::kConst;
    instruction.attribute = *bits;
    instruction.operand_count = 0;
    editor_.MarkChanged();
  }

  // A condition as one of few forms: "x < y", "x == y" or itself, perhaps negated.
  struct Condition {
    Key key;
    bool negated = false;
  };
  Condition Canonical(Ref condition) const {
    const Instruction* instruction = &trace_.at(condition);
    bool negated = false;
    while (instruction->op == Op::kLogicalNot) {
      negated = !negated;
      condition = trace_.operands(condition)[0];
      instruction = &trace_.at(condition);
    }
    const std::span<const Ref> x = trace_.operands(condition);
    const bool integers = x.size() == 2 && !IsFloat(trace_.at(x[0]).dtype);
    const auto form = [&](Op op, Ref a, Ref b, bool opposite) {
      return Condition{{op, DType::kBool, 0, {a, b}}, negated != opposite};
    };
    switch (instruction->op) {
      case Op::kLess:
        return form(Op::kLess, x[0], x[1], false);
      case Op::kGreater:
        return form(Op::kLess, x[1], x[0], false);
      case Op::kLessEqual:
        if (integers) return form(Op::kLess, x[1], x[0], true);
        return form(Op::kLessEqual, x[0], x[1], false);
      case Op::kGreaterEqual:
        if (integers) return form(Op::kLess, x[0], x[1], true);
        return form(Op::kLessEqual, x[1], x[0], false);
      case Op::kEqual:
        return form(Op::kEqual, std::min(x[0], x[1]), std::max(x[0], x[1]), false);
      case Op::kNotEqual:
        return form(Op::kEqual, std::min(x[0], x[1]), std::max(x[0], x[1]), true);
      default:
        return {{Op::kPositive, DType::kBool, 0, {condition}}, negated};
    }
  }

  void Guard(Ref guard) {
    const Instruction& instruction = trace_.at(guard);
    const Ref condition = trace_.operands(guard)[0];
    const Condition canonical = Canonical(condition);
    std::optional<bool> known;
    if (trace_.at(condition).op == Op::kConst) known = trace_.at(condition).attribute != 0;
    std::vector<Fact>& facts = facts_[canonical.key];
    for (const Fact& fact : facts) {
      if (known) break;
      const uint32_t block = flow_.BlockOf(guard);
      const bool holds = fact.else_block == kNoBlock ? flow_.Dominates(fact.guard, guard)
                                                     : flow_.BlockDominates(fact.else_block, block);
      if (holds) known = fact.truth != canonical.negated;
    }
    if (known && *known) {
      editor_.Remove(guard);
      ++dropped_;
      return;
    }
    facts.push_back({guard, kNoBlock, !canonical.negated});
    if (!HasElseBlock(instruction)) return;
    const uint32_t other = flow_.FindBlock(instruction.attribute & ~kElseBlock);
    facts.push_back({guard, other, canonical.negated});
  }

  Trace& trace_;
  const Flow flow_;
  LoopEditor editor_;
  std::vector<Ref> value_;  // by instruction: the equal one that stands for it
  absl::flat_hash_map<Key, std::vector<Ref>> numbered_;
  absl::flat_hash_map<Key, std::vector<Fact>> facts_;
  int dropped_ = 0;
};

}  // namespace

absl::Status LoopValues(Trace& trace, PassContext& context) {
  const int dropped = ValueNumbering(trace).Run();
  if (dropped > 0) context.Reason(absl::StrCat("dropped ", dropped, " known values and guards"));
  return absl::OkStatus();
}

}  // namespace lathe
