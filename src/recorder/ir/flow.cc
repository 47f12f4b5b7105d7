// Dominators by the iteration of K. Cooper, T. Harvey and K. Kennedy, A simple, fast dominance algorithm
// (2001), over segments of blocks; loops by walking backwards from the jumps to their headers.
#include "src/recorder/ir/flow.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/ir/loop_functions.h"

namespace lathe {
bool IsLoopTrace(const Trace& trace) {
  return std::any_of(trace.instructions.begin(), trace.instructions.end(),
                     [](const Instruction& instruction) { return instruction.op == Op::kBlock; });
}

bool IsTerminator(Op op) { return op == Op::kJump || op == Op::kLeave; }

bool HasElseBlock(const Instruction& instruction) {
  return Info(instruction.op).op_class == OpClass::kGuard && (instruction.attribute & kElseBlock) != 0;
}

bool IsPureCall(const Instruction& instruction) {
  return instruction.op == Op::kCall && FindLoopFunction(instruction.attribute)->pure;
}

bool IsImpureCall(const Instruction& instruction) {
  return Info(instruction.op).op_class == OpClass::kForeign && HasEffect(instruction.op) &&
         !IsPureCall(instruction);
}

std::span<const Ref> SnapshotOf(const Trace& trace, Ref ref) {
  const Instruction& instruction = trace.at(ref);
  const size_t fixed = static_cast<size_t>(Info(instruction.op).operand_count);
  if ((Info(instruction.op).flags & kExits) == 0 || instruction.operand_count < fixed) return {};
  return trace.operands(ref).subspan(fixed);
}

Flow::Flow(const Trace& trace) {
  FindBlocks(trace);
  ConnectSegments(trace);
  OrderSegments();
  FindDominators();
  NumberDominatorTree();
  DescribeBlocks();
  FindLoops();
}

void Flow::FindBlocks(const Trace& trace) {
  size_t blocks = 0, segments = 0;
  for (const Instruction& instruction : trace.instructions) {
    blocks += instruction.op == Op::kBlock ? 1 : 0;
    segments += instruction.op == Op::kBlock || HasElseBlock(instruction) ? 1 : 0;
  }
  blocks_.reserve(blocks);
  first_segment_.reserve(blocks);
  order_.reserve(blocks);
  segments_.reserve(segments);
  segment_order_.reserve(segments);
  block_of_.assign(trace.size(), kNoBlock);
  segment_of_.assign(trace.size(), kNoBlock);
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Instruction& instruction = trace.at(ref);
    const bool opens = instruction.op == Op::kBlock;
    if (opens) {
      blocks_.emplace_back();
      blocks_.back().number = static_cast<uint32_t>(instruction.attribute);
      blocks_.back().begin = ref;
      blocks_.back().body = ref + 1;
      first_segment_.push_back(static_cast<uint32_t>(segments_.size()));
    }
    if (blocks_.empty()) continue;
    FlowBlock& block = blocks_.back();
    if (instruction.op == Op::kParameter && block.body == ref) ++block.body;
    block.end = ref + 1;
    if (opens || HasElseBlock(instruction)) {
      segments_.emplace_back();
      segments_.back().block = static_cast<uint32_t>(blocks_.size() - 1);
      segments_.back().begin = ref;
    }
    block_of_[ref] = static_cast<uint32_t>(blocks_.size() - 1);
    segment_of_[ref] = static_cast<uint32_t>(segments_.size() - 1);
  }
}

void Flow::Connect(uint32_t from_segment, uint32_t to_segment) {
  segments_[from_segment].successors.push_back(to_segment);
  segments_[to_segment].predecessors.push_back(from_segment);
}

void Flow::ConnectSegments(const Trace& trace) {
  absl::flat_hash_map<uint32_t, uint32_t> by_number;
  by_number.reserve(blocks_.size());
  for (uint32_t b = 0; b < blocks_.size(); ++b) by_number.emplace(blocks_[b].number, b);
  for (uint32_t b = 0; b < blocks_.size(); ++b) {
    const auto connect = [&](uint64_t number, uint32_t segment) {
      const uint32_t target = by_number.at(static_cast<uint32_t>(number));
      blocks_[b].successors.push_back(target);
      blocks_[target].predecessors.push_back(b);
      Connect(segment, first_segment_[target]);
      return target;
    };
    for (Ref ref = blocks_[b].begin; ref < blocks_[b].end; ++ref) {
      const Instruction& instruction = trace.at(ref);
      if (instruction.op == Op::kJump) connect(instruction.attribute, segment_of_[ref]);
      if (!HasElseBlock(instruction)) continue;
      const uint32_t before = segment_of_[ref] - 1;
      blocks_[connect(instruction.attribute, before)].else_of = ref;
      Connect(before, segment_of_[ref]);
    }
  }
}

void Flow::OrderSegments() {
  if (segments_.empty()) return;
  std::vector<bool> seen(segments_.size(), false);
  std::vector<std::pair<uint32_t, size_t>> path;  // a segment and how many of its successors are done
  seen[0] = true;
  path.emplace_back(0, 0);
  while (!path.empty()) {
    const uint32_t segment = path.back().first;
    if (path.back().second == segments_[segment].successors.size()) {
      segment_order_.push_back(segment);
      path.pop_back();
      continue;
    }
    const uint32_t next = segments_[segment].successors[path.back().second++];
    if (seen[next]) continue;
    seen[next] = true;
    path.emplace_back(next, 0);
  }
  std::reverse(segment_order_.begin(), segment_order_.end());
  for (uint32_t k = 0; k < segment_order_.size(); ++k) segments_[segment_order_[k]].position = k;
}

void Flow::FindDominators() {
  const auto common = [this](uint32_t a, uint32_t b) {
    while (a != b) {
      while (segments_[a].position > segments_[b].position) a = segments_[a].dominator;
      while (segments_[b].position > segments_[a].position) b = segments_[b].dominator;
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t k = 1; k < segment_order_.size(); ++k) {
      Segment& segment = segments_[segment_order_[k]];
      uint32_t dominator = kNoBlock;
      for (const uint32_t from : segment.predecessors) {
        const bool ready = from == segment_order_[0] || segments_[from].dominator != kNoBlock;
        if (ready) dominator = dominator == kNoBlock ? from : common(dominator, from);
      }
      changed |= dominator != segment.dominator;
      segment.dominator = dominator;
    }
  }
}

void Flow::NumberDominatorTree() {
  if (segment_order_.empty()) return;
  // A segment stands after its dominator in the order: sizes of subtrees from the back, then numbers from
  // the front.
  std::vector<uint32_t> size(segments_.size(), 1);
  for (size_t k = segment_order_.size(); k-- > 1;) {
    size[segments_[segment_order_[k]].dominator] += size[segment_order_[k]];
  }
  std::vector<uint32_t> next(segments_.size(), 0);  // the number of its next child
  for (const uint32_t s : segment_order_) {
    Segment& segment = segments_[s];
    segment.tree_first = segment.dominator == kNoBlock ? 0 : next[segment.dominator];
    segment.tree_last = segment.tree_first + size[s];
    next[s] = segment.tree_first + 1;
    if (segment.dominator != kNoBlock) next[segment.dominator] = segment.tree_last;
  }
}

bool Flow::SegmentDominates(uint32_t a, uint32_t b) const {
  const uint32_t first = segments_[b].tree_first;
  return first != kNoBlock && segments_[a].tree_first <= first && first < segments_[a].tree_last;
}

void Flow::DescribeBlocks() {
  for (const uint32_t s : segment_order_) {
    const Segment& segment = segments_[s];
    FlowBlock& block = blocks_[segment.block];
    if (first_segment_[segment.block] != s) continue;
    order_.push_back(segment.block);
    block.reachable = true;
    if (segment.dominator == kNoBlock) continue;
    block.dominator = segments_[segment.dominator].block;
    const uint32_t next = segment.dominator + 1;
    const bool last = next == segments_.size() || segments_[next].block != block.dominator;
    block.dominator_end = last ? blocks_[block.dominator].end : segments_[next].begin;
  }
}

uint32_t Flow::FindBlock(uint64_t number) const {
  for (uint32_t b = 0; b < blocks_.size(); ++b) {
    if (blocks_[b].number == number) return b;
  }
  return kNoBlock;
}

bool Flow::BlockDominates(uint32_t a, uint32_t b) const {
  return SegmentDominates(first_segment_[a], first_segment_[b]);
}

bool Flow::Dominates(Ref def, Ref use) const {
  const uint32_t a = segment_of_[def];
  const uint32_t b = segment_of_[use];
  if (a == kNoBlock) return def < use;
  if (b == kNoBlock) return false;
  return a == b ? def < use : SegmentDominates(a, b);
}

void Flow::FindLoops() {
  // Inner loops first: the header of an inner loop stands after that of an outer one.
  for (size_t k = order_.size(); k-- > 0;) {
    FlowLoop loop;
    loop.header = order_[k];
    const Segment& header = segments_[first_segment_[loop.header]];
    for (const uint32_t from : header.predecessors) {
      if (segments_[from].position == kNoBlock || segments_[from].position < header.position) continue;
      if (SegmentDominates(first_segment_[loop.header], from)) {
        loop.latches.push_back(segments_[from].block);
      } else {
        irreducible_block_ = loop.header;
      }
    }
    if (loop.latches.empty()) continue;
    loops_.push_back(std::move(loop));
    GrowLoop(static_cast<uint32_t>(loops_.size() - 1));
  }
  SortLoops();
}

// Gives the loop all blocks from which a latch is reached before the header; loops found before that lie in
// it become its children.
void Flow::GrowLoop(uint32_t loop) {
  const uint32_t header = loops_[loop].header;
  std::vector<uint32_t> work = loops_[loop].latches;
  blocks_[header].loop = loop;
  while (!work.empty()) {
    const uint32_t block = work.back();
    work.pop_back();
    uint32_t inner = blocks_[block].loop;
    if (!blocks_[block].reachable || inner == loop) continue;
    uint32_t entry = block;
    if (inner == kNoLoop) {
      blocks_[block].loop = loop;
    } else {
      while (loops_[inner].parent != kNoLoop && loops_[inner].parent != loop) inner = loops_[inner].parent;
      if (loops_[inner].parent == loop) continue;
      loops_[inner].parent = loop;
      entry = loops_[inner].header;
    }
    work.insert(work.end(), blocks_[entry].predecessors.begin(), blocks_[entry].predecessors.end());
  }
}

void Flow::SortLoops() {
  const uint32_t count = static_cast<uint32_t>(loops_.size());
  std::reverse(loops_.begin(), loops_.end());
  for (FlowLoop& loop : loops_) {
    if (loop.parent == kNoLoop) continue;
    loop.parent = count - 1 - loop.parent;
    loop.depth = loops_[loop.parent].depth + 1;
  }
  for (const uint32_t b : order_) {
    FlowBlock& block = blocks_[b];
    if (block.loop == kNoLoop) continue;
    block.loop = count - 1 - block.loop;
    for (uint32_t l = block.loop; l != kNoLoop; l = loops_[l].parent) loops_[l].blocks.push_back(b);
  }
}

uint32_t Flow::LoopDepth(uint32_t block) const {
  const uint32_t loop = blocks_[block].loop;
  return loop == kNoLoop ? 0 : loops_[loop].depth;
}

bool Flow::LoopContains(uint32_t loop, uint32_t block) const {
  uint32_t inner = blocks_[block].loop;
  while (inner != kNoLoop && inner != loop) inner = loops_[inner].parent;
  return inner == loop;
}

}  // namespace lathe
