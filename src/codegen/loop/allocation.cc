// Liveness by dataflow on bit sets, then one scan over the intervals.
#include "src/codegen/loop/allocation.h"

#include <algorithm>
#include <cmath>

namespace lathe {

// ---- Order ------------------------------------------------------------------------------------------
namespace {

// Whether all ways to the block lead through a guard that failed in the innermost loop of the block: the path
// was recorded later than the one beside it.
bool IsSidePath(const Flow& flow, uint32_t block) {
  const uint32_t loop = flow.block(block).loop;
  if (loop == kNoLoop) return false;
  for (uint32_t b = block; b != flow.loop(loop).header; b = flow.block(b).dominator) {
    if (flow.block(b).else_of != kNoRef && flow.block(b).loop == loop) return true;
  }
  return false;
}

// Puts the side paths of each innermost loop behind its other blocks: the path that was recorded first falls
// through from guard to guard.
void MoveSidePaths(const Flow& flow, std::vector<uint32_t>* order) {
  for (auto first = order->begin(); first != order->end();) {
    const uint32_t loop = flow.block(*first).loop;
    const auto last =
        std::find_if(first, order->end(), [&](uint32_t block) { return flow.block(block).loop != loop; });
    std::stable_partition(first, last, [&](uint32_t block) { return !IsSidePath(flow, block); });
    first = last;
  }
}

}  // namespace

std::vector<uint32_t> OrderBlocks(const Trace& trace, const Flow& flow) {
  // A depth-first walk that visits first what should stand last.
  std::vector<uint32_t> post;
  std::vector<uint8_t> seen(flow.blocks().size());
  struct Visit {
    uint32_t block;
    std::vector<uint32_t> next;
  };
  const auto open = [&](uint32_t block) {
    seen[block] = 1;
    Visit visit{block, {}};
    const FlowBlock& b = flow.block(block);
    // The jump's target comes last in `successors`; it is visited last among equals.
    visit.next.assign(b.successors.begin(), b.successors.end());
    std::stable_sort(visit.next.begin(), visit.next.end(),
                     [&](uint32_t x, uint32_t y) { return flow.LoopDepth(x) < flow.LoopDepth(y); });
    std::reverse(visit.next.begin(), visit.next.end());  // taken from the back
    return visit;
  };
  (void)trace;
  std::vector<Visit> stack;
  stack.push_back(open(0));
  while (!stack.empty()) {
    Visit& top = stack.back();
    if (top.next.empty()) {
      post.push_back(top.block);
      stack.pop_back();
      continue;
    }
    const uint32_t next = top.next.back();
    top.next.pop_back();
    if (!seen[next]) stack.push_back(open(next));
  }
  std::reverse(post.begin(), post.end());
  MoveSidePaths(flow, &post);
  return post;
}

namespace {

class Allocator {
 public:
  Allocator(const Trace& trace, const Flow& flow, const std::vector<bool>& fused, LoopRegisters registers)
      : trace_(trace), flow_(flow), fused_(fused), registers_(registers) {}

  LoopAllocation Run() {
    result_.order = OrderBlocks(trace_, flow_);
    result_.places.resize(trace_.size());
    NumberPositions();
    NumberValues();
    FindLiveness();
    BuildIntervals();
    FindHints();
    Scan();
    return std::move(result_);
  }

 private:
  using Bits = std::vector<uint64_t>;

  void NumberPositions() {
    result_.positions.assign(trace_.size(), 0);
    uint32_t next = 2;
    for (const uint32_t b : result_.order) {
      for (Ref ref = flow_.block(b).begin; ref < flow_.block(b).end; ++ref, next += 2) {
        result_.positions[ref] = next;
      }
    }
  }

  bool NeedsPlace(Ref ref) const {
    const Instruction& i = trace_.at(ref);
    return Info(i.op).type_rule != TypeRule::kNone && i.op != Op::kConst && !fused_[ref];
  }

  void NumberValues() {
    numbers_.assign(trace_.size(), kNoRef);
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      if (trace_.at(ref).op == Op::kConst) result_.places[ref].kind = LoopPlace::Kind::kConstant;
      if (!NeedsPlace(ref)) continue;
      numbers_[ref] = static_cast<uint32_t>(values_.size());
      values_.push_back(ref);
    }
    words_ = (values_.size() + 63) / 64;
  }

  // The values that reading `operand` needs: itself, or what it is computed from.
  template <class Visit>
  void ForEachSource(Ref operand, const Visit& visit) const {
    if (fused_[operand]) {
      for (const Ref source : trace_.operands(operand)) ForEachSource(source, visit);
    } else if (numbers_[operand] != kNoRef) {
      visit(operand);
    }
  }

  // ---- Liveness
  void FindLiveness() {
    live_in_.assign(flow_.blocks().size(), Bits(words_));
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t k = result_.order.size(); k-- > 0;) {
        const uint32_t block = result_.order[k];
        Bits live = LiveAtStart(flow_.block(block));
        if (live == live_in_[block]) continue;
        live_in_[block] = std::move(live);
        changed = true;
      }
    }
  }

  Bits LiveAtStart(const FlowBlock& block) const {
    Bits live(words_);
    for (const uint32_t next : block.successors) {
      for (size_t w = 0; w < words_; ++w) live[w] |= live_in_[next][w];
    }
    for (Ref ref = block.end; ref-- > block.begin;) {
      if (numbers_[ref] != kNoRef) live[numbers_[ref] / 64] &= ~(uint64_t{1} << (numbers_[ref] % 64));
      if (fused_[ref]) continue;
      for (const Ref operand : trace_.operands(ref)) {
        ForEachSource(operand, [&](Ref v) { live[numbers_[v] / 64] |= uint64_t{1} << (numbers_[v] % 64); });
      }
    }
    return live;
  }

  // ---- Intervals
  void BuildIntervals() {
    intervals_.resize(values_.size());
    for (size_t n = 0; n < values_.size(); ++n) {
      intervals_[n] = {values_[n], UINT32_MAX, 0, 0, {}};
      if (trace_.at(values_[n]).op == Op::kParam) Touch(values_[n], 0);
    }
    for (const uint32_t b : result_.order) {
      block_begin_ = result_.positions[flow_.block(b).begin];
      AddBlock(b);
    }
  }

  void Touch(Ref ref, uint32_t position) {
    LiveInterval& interval = intervals_[numbers_[ref]];
    interval.start = std::min(interval.start, position);
    interval.end = std::max(interval.end, position);
    if (interval.ranges.empty() || interval.ranges.back().second < block_begin_) {
      interval.ranges.emplace_back(position, position);
      return;
    }
    auto& [first, last] = interval.ranges.back();
    first = std::min(first, position);
    last = std::max(last, position);
  }

  void TouchAll(const Bits& live, uint32_t position) {
    for (size_t w = 0; w < words_; ++w) {
      for (uint64_t bits = live[w]; bits != 0; bits &= bits - 1) {
        Touch(values_[64 * w + static_cast<size_t>(__builtin_ctzll(bits))], position);
      }
    }
  }

  void AddBlock(uint32_t b) {
    const FlowBlock& block = flow_.block(b);
    const float heat = std::pow(10.0F, static_cast<float>(std::min<uint32_t>(flow_.LoopDepth(b), 6)));
    const uint32_t first = result_.positions[block.begin];
    TouchAll(live_in_[b], first);
    for (Ref ref = block.begin; ref < block.end; ++ref) {
      const Instruction& i = trace_.at(ref);
      const uint32_t at = result_.positions[ref];
      if (numbers_[ref] != kNoRef) {
        Touch(ref, i.op == Op::kParameter ? first : at + 1);
        intervals_[numbers_[ref]].weight += heat;
      }
      if (fused_[ref]) continue;
      const size_t snapshot = SnapshotSize(ref);
      const std::span<const Ref> operands = trace_.operands(ref);
      for (size_t k = 0; k < operands.size(); ++k) {
        const bool in_snapshot = k + snapshot >= operands.size();
        // An exit taken after the result was written still needs the values from before.
        const uint32_t last = in_snapshot && numbers_[ref] != kNoRef ? at + 1 : at;
        ForEachSource(operands[k], [&](Ref v) {
          Touch(v, last);
          if (!in_snapshot) intervals_[numbers_[v]].weight += heat;
        });
      }
      if (HasElseBlock(i)) {
        const uint32_t side = flow_.FindBlock(i.attribute & 0xffffffff);
        TouchAll(live_in_[side], numbers_[ref] != kNoRef ? at + 1 : at);
      }
    }
    // A jump reads its arguments and what its target needs.
    const Ref end = block.terminator();
    if (trace_.at(end).op == Op::kJump) {
      TouchAll(live_in_[flow_.FindBlock(trace_.at(end).attribute)], result_.positions[end]);
    }
  }

  size_t SnapshotSize(Ref ref) const {
    return (Info(trace_.at(ref).op).flags & kExits) == 0 ? 0 : SnapshotOf(trace_, ref).size();
  }

  // ---- Hints: values that would best share a register
  void FindHints() {
    hints_.assign(values_.size(), {});
    for (const uint32_t b : result_.order) {
      const Ref end = flow_.block(b).terminator();
      if (trace_.at(end).op != Op::kJump) continue;
      const FlowBlock& target = flow_.block(flow_.FindBlock(trace_.at(end).attribute));
      for (uint32_t k = 0; k < target.parameter_count(); ++k) {
        const Ref argument = trace_.operands(end)[k], parameter = target.parameter(k);
        if (numbers_[argument] == kNoRef || numbers_[parameter] == kNoRef) continue;
        hints_[numbers_[argument]].push_back(parameter);
        hints_[numbers_[parameter]].push_back(argument);
      }
    }
    for (const Ref ref : values_) {
      const std::span<const Ref> operands = trace_.operands(ref);
      if (IsElementwise(trace_.at(ref).op) || HasSnapshot(ref)) {
        if (!operands.empty() && numbers_[operands[0]] != kNoRef)
          hints_[numbers_[ref]].push_back(operands[0]);
      }
    }
  }
  bool HasSnapshot(Ref ref) const { return (Info(trace_.at(ref).op).flags & kExits) != 0; }

  // ---- The scan
  struct File {
    LoopPlace::Kind kind;
    std::vector<std::vector<int>> holders;  // by register: the intervals in it, at different times
  };

  static bool Overlap(const LiveInterval& a, const LiveInterval& b) {
    if (a.end < b.start || b.end < a.start) return false;
    for (size_t i = 0, k = 0; i < a.ranges.size() && k < b.ranges.size();) {
      if (a.ranges[i].second < b.ranges[k].first) {
        ++i;
      } else if (b.ranges[k].second < a.ranges[i].first) {
        ++k;
      } else {
        return true;
      }
    }
    return false;
  }

  void Scan() {
    File general{LoopPlace::Kind::kGeneral, {}};
    File vector{LoopPlace::Kind::kVector, {}};
    general.holders.resize(static_cast<size_t>(registers_.general));
    vector.holders.resize(static_cast<size_t>(registers_.vector));
    std::vector<int> sorted;
    for (size_t n = 0; n < intervals_.size(); ++n) {
      // A value that nobody reads and that has no effect gets no place.
      if (intervals_[n].start != UINT32_MAX && intervals_[n].end > intervals_[n].start) {
        sorted.push_back(static_cast<int>(n));
      }
    }
    std::sort(sorted.begin(), sorted.end(), [&](int a, int b) { return At(a).start < At(b).start; });
    for (const int n : sorted) {
      File& file = IsFloat(trace_.at(At(n).ref).dtype) ? vector : general;
      Allocate(n, file);
    }
    for (const int n : sorted) {
      const LoopPlace& place = result_.places[At(n).ref];
      if (place.kind != LoopPlace::Kind::kSlot) result_.intervals.push_back(At(n));
    }
  }

  LiveInterval& At(int n) { return intervals_[static_cast<size_t>(n)]; }

  bool IsFree(int n, const std::vector<int>& holders) {
    return std::none_of(holders.begin(), holders.end(), [&](int other) { return Overlap(At(n), At(other)); });
  }

  void Allocate(int n, File& file) {
    LiveInterval& interval = At(n);
    for (std::vector<int>& holders : file.holders) {
      std::erase_if(holders, [&](int other) { return At(other).end < interval.start; });
    }
    int chosen = -1;
    for (const Ref hint : hints_[static_cast<size_t>(n)]) {
      const LoopPlace& place = result_.places[hint];
      if (place.kind == file.kind && IsFree(n, file.holders[static_cast<size_t>(place.index)])) {
        chosen = place.index;
        break;
      }
    }
    for (size_t r = 0; chosen < 0 && r < file.holders.size(); ++r) {
      if (IsFree(n, file.holders[r])) chosen = static_cast<int>(r);
    }
    if (chosen < 0) {
      chosen = Cheapest(n, file);
      if (chosen < 0) return Spill(n);
      std::erase_if(file.holders[static_cast<size_t>(chosen)], [&](int other) {
        if (!Overlap(At(n), At(other))) return false;
        Spill(other);
        return true;
      });
    }
    file.holders[static_cast<size_t>(chosen)].push_back(n);
    result_.places[interval.ref] = {file.kind, chosen};
  }

  // The register whose values are best kept in memory instead; -1 if that is interval n itself.
  int Cheapest(int n, const File& file) {
    const auto cost = [&](int k) {
      const LiveInterval& i = At(k);
      return i.weight / static_cast<float>(i.end - i.start + 1);
    };
    int best = -1;
    float least = cost(n);
    for (size_t r = 0; r < file.holders.size(); ++r) {
      float all = 0;
      for (const int other : file.holders[r]) all += Overlap(At(n), At(other)) ? cost(other) : 0;
      if (all >= least) continue;
      least = all;
      best = static_cast<int>(r);
    }
    return best;
  }

  void Spill(int n) { result_.places[At(n).ref] = {LoopPlace::Kind::kSlot, result_.slots++}; }

  const Trace& trace_;
  const Flow& flow_;
  const std::vector<bool>& fused_;
  const LoopRegisters registers_;
  LoopAllocation result_;
  std::vector<uint32_t> numbers_;  // by instruction: its value's number
  std::vector<Ref> values_;        // by number
  size_t words_ = 0;
  uint32_t block_begin_ = 0;  // position of the block whose values are being touched
  std::vector<Bits> live_in_;
  std::vector<LiveInterval> intervals_;
  std::vector<std::vector<Ref>> hints_;
};

}  // namespace

LoopAllocation AllocateRegisters(const Trace& trace, const Flow& flow, const std::vector<bool>& fused,
                                 LoopRegisters registers) {
  return Allocator(trace, flow, fused, registers).Run();
}

}  // namespace lathe
