// Loop-invariant code motion: pure operations, parts of addresses and safe reads move to the preheader of the
// outermost loop in which they do not change.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/loop_invariants.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class InvariantMover {
 public:
  explicit InvariantMover(Trace& trace) : trace_(trace), flow_(trace), editor_(trace) {
    for (uint32_t l = 0; l < flow_.loops().size(); ++l) {
      preheaders_.push_back(FindPreheader(trace, flow_, l));
    }
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      const uint32_t block = flow_.BlockOf(ref);
      loop_of_.push_back(block == kNoBlock ? kNoLoop : flow_.block(block).loop);
      position_.push_back(ref);
    }
    CollectHazards();
  }

  // Where instructions are now, if any have moved.
  std::vector<Ref> Run() {
    const Ref size = trace_.size();
    for (Ref ref = 0; ref < size; ++ref) {
      if (loop_of_[ref] == kNoLoop) continue;
      const Op op = trace_.at(ref).op;
      if (op == Op::kAddress) SplitAddress(ref);
      if (op == Op::kIndex || (!IsPure(op) && op != Op::kRead && !IsPureCall(trace_.at(ref)))) continue;
      Hoist(ref);
    }
    return editor_.changed() ? editor_.Apply() : std::vector<Ref>();
  }
  int moved() const { return moved_; }

 private:
  // What keeps reads in a loop.
  struct Hazards {
    bool calls = false;
    std::vector<uint64_t> written;  // alias classes
    std::vector<Ref> guards;        // but not the loop condition
  };

  uint32_t DepthOf(uint32_t loop) const { return loop == kNoLoop ? 0 : flow_.loop(loop).depth; }
  bool IsInside(uint32_t inner, uint32_t loop) const {
    while (DepthOf(inner) > DepthOf(loop)) inner = flow_.loop(inner).parent;
    return inner == loop;
  }
  // The depth of the innermost loop around both.
  uint32_t CommonDepth(uint32_t a, uint32_t b) const {
    while (a != b) {
      uint32_t& deeper = DepthOf(a) >= DepthOf(b) ? a : b;
      deeper = flow_.loop(deeper).parent;
    }
    return DepthOf(a);
  }

  // Whether the guard compares a parameter of the header: it says how often the loop runs, and no read of a
  // fixed address owes its safety to it.
  bool IsLoopCondition(Ref guard, uint32_t loop) const {
    const uint32_t header = flow_.loop(loop).header;
    const Ref condition = trace_.operands(guard)[0];
    switch (trace_.at(condition).op) {
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
      case Op::kNotEqual:
        break;
      default:
        return false;
    }
    const std::span<const Ref> compared = trace_.operands(condition);
    return flow_.BlockOf(guard) == header && std::any_of(compared.begin(), compared.end(), [&](Ref ref) {
             return trace_.at(ref).op == Op::kParameter && flow_.BlockOf(ref) == header;
           });
  }
  // The guard at the top of the loop whose failure leaves it.
  Ref LoopCondition(uint32_t loop) const {
    const FlowBlock& header = flow_.block(flow_.loop(loop).header);
    for (Ref ref = header.body; ref < header.end; ++ref) {
      if (trace_.at(ref).op != Op::kGuard) continue;
      return IsLoopCondition(ref, loop) && FailureLeaves(trace_, flow_, ref, loop) ? ref : kNoRef;
    }
    return kNoRef;
  }

  void CollectHazards() {
    hazards_.resize(flow_.loops().size());
    for (uint32_t l = 0; l < hazards_.size(); ++l) {
      const Ref condition = LoopCondition(l);
      for (const uint32_t b : flow_.loop(l).blocks) {
        for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
          const Instruction& instruction = trace_.at(ref);
          hazards_[l].calls |= IsImpureCall(instruction);
          if (instruction.op == Op::kWrite) hazards_[l].written.push_back(instruction.attribute);
          if (instruction.op == Op::kGuard && ref != condition) hazards_[l].guards.push_back(ref);
        }
      }
      std::vector<uint64_t>& written = hazards_[l].written;
      std::sort(written.begin(), written.end());
      written.erase(std::unique(written.begin(), written.end()), written.end());
    }
  }

  // A read gives in the preheader what it gives in the loop, and no guard that it may owe its safety to is
  // jumped over: those that are left all stand behind it.
  bool MayReadEarly(Ref ref, uint32_t loop) const {
    const Hazards& hazards = hazards_[loop];
    if (hazards.calls) return false;
    if (std::binary_search(hazards.written.begin(), hazards.written.end(), trace_.at(ref).attribute)) {
      return false;
    }
    const bool first = std::all_of(hazards.guards.begin(), hazards.guards.end(),
                                   [&](Ref guard) { return flow_.Dominates(ref, guard); });
    const std::vector<uint32_t>& latches = flow_.loop(loop).latches;
    return first && std::all_of(latches.begin(), latches.end(), [&](uint32_t latch) {
             return flow_.Dominates(ref, flow_.block(latch).terminator());
           });
  }

  bool IsInvariant(Ref operand, uint32_t loop) const {
    return !IsInside(loop_of_[operand], loop) && position_[operand] <= preheaders_[loop]->anchor;
  }

  void Hoist(Ref ref) {
    uint32_t target = kNoLoop;  // the outermost loop that it can leave
    for (uint32_t l = loop_of_[ref]; l != kNoLoop; l = flow_.loop(l).parent) {
      if (!preheaders_[l]) break;
      const std::span<const Ref> operands = trace_.operands(ref);
      const bool invariant =
          std::all_of(operands.begin(), operands.end(), [&](Ref operand) { return IsInvariant(operand, l); });
      if (!invariant || (trace_.at(ref).op == Op::kRead && !MayReadEarly(ref, l))) break;
      target = l;
    }
    if (target == kNoLoop) return;
    editor_.Move(ref, preheaders_[target]->anchor);
    loop_of_[ref] = flow_.loop(target).parent;
    position_[ref] = preheaders_[target]->anchor;
    ++moved_;
  }

  // b + i*s + j*t with i fixed in the inner loop becomes address(address(b, i, s), j, t), level by level.
  void SplitAddress(Ref ref) {
    const std::vector<Ref> operands(trace_.operands(ref).begin(), trace_.operands(ref).end());
    const uint32_t home = loop_of_[ref];
    const auto depth = [&](Ref operand) { return CommonDepth(loop_of_[operand], home); };
    std::vector<std::pair<uint32_t, size_t>> pairs;  // the depth where a pair changes, and which
    for (size_t k = 1; k + 1 < operands.size(); k += 2) {
      pairs.emplace_back(std::max({depth(operands[0]), depth(operands[k]), depth(operands[k + 1])}), k);
    }
    if (pairs.size() < 2) return;
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Ref> current = {operands[0]};
    for (size_t k = 0; k < pairs.size(); ++k) {
      current.push_back(operands[pairs[k].second]);
      current.push_back(operands[pairs[k].second + 1]);
      if (k + 1 == pairs.size() || pairs[k].first == pairs[k + 1].first) continue;
      if (const Ref part = HoistPart(ref, current, pairs[k].first); part != kNoRef) current = {part};
    }
    if (current.size() < operands.size()) editor_.SetOperands(ref, current);
  }

  // A new address of these operands outside of the loops deeper than `depth`; none if it cannot stand there.
  Ref HoistPart(Ref ref, const std::vector<Ref>& operands, uint32_t depth) {
    uint32_t loop = loop_of_[ref];
    while (flow_.loop(loop).depth > depth + 1) loop = flow_.loop(loop).parent;
    if (!preheaders_[loop]) return kNoRef;
    for (const Ref operand : operands) {
      if (!IsInvariant(operand, loop)) return kNoRef;
    }
    Instruction instruction = trace_.at(ref);
    const Ref anchor = preheaders_[loop]->anchor;
    const Ref part = editor_.Insert(anchor, instruction, operands);
    loop_of_.push_back(flow_.loop(loop).parent);
    position_.push_back(anchor);
    ++moved_;
    return part;
  }

  Trace& trace_;
  const Flow flow_;
  LoopEditor editor_;
  std::vector<std::optional<Preheader>> preheaders_;  // by loop
  std::vector<Hazards> hazards_;                      // by loop
  std::vector<uint32_t> loop_of_;                     // where an instruction is by now
  std::vector<Ref> position_;                         // itself, or what it has moved before
  int moved_ = 0;
};

}  // namespace

std::vector<Ref> MoveInvariants(Trace& trace, int* moved) {
  InvariantMover mover(trace);
  std::vector<Ref> map = mover.Run();
  *moved += mover.moved();
  return map;
}

absl::Status LoopInvariants(Trace& trace, PassContext& context) {
  int moved = 0;
  MoveInvariants(trace, &moved);
  if (moved > 0) context.Reason(absl::StrCat("moved ", moved, " instructions out of loops"));
  return absl::OkStatus();
}

}  // namespace lathe
