// The control flow of a loop trace: its blocks, what dominates what, its loops. For the verifier, passes and
// the code generator; made once for a trace, it is right until the trace changes. Knows the trace only.
//
// A guard with an else block leaves its block in the middle, so the block dominates the else block, but what
// it defines after the guard does not reach there: `Dominates(def, use)` is exact about that.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

inline constexpr uint32_t kNoBlock = 0xffffffffu;
inline constexpr uint32_t kNoLoop = 0xffffffffu;

// Whether the trace is at the loop level.
bool IsLoopTrace(const Trace& trace);
// Whether the instruction ends a block.
bool IsTerminator(Op op);
// Whether the instruction is a guard with an else block; it has no snapshot.
bool HasElseBlock(const Instruction& instruction);
// Whether the instruction calls a function that depends on its operands only.
bool IsPureCall(const Instruction& instruction);
// Whether the instruction may read and write memory of every alias class.
bool IsImpureCall(const Instruction& instruction);
// The snapshot of an instruction that may leave: its operands after those that it computes with.
std::span<const Ref> SnapshotOf(const Trace& trace, Ref ref);

// Blocks have few neighbours: most lists of them need no memory of their own.
using FlowEdges = absl::InlinedVector<uint32_t, 4>;

// A block; wherever a block is meant, it is its index in Flow::blocks(), in the order of the trace.
struct FlowBlock {
  uint32_t number = 0;     // as jumps name it
  Ref begin = 0;           // its kBlock instruction
  Ref body = 0;            // the first instruction after its parameters
  Ref end = 0;             // one past its terminator
  FlowEdges successors;    // else blocks in the order of their guards, then the jump's target
  FlowEdges predecessors;  // in the order of the trace
  Ref else_of = kNoRef;    // the guard whose else block it is
  // The closest block that every path to this one passes; kNoBlock for the entry. What it defines before
  // `dominator_end` is defined here.
  uint32_t dominator = kNoBlock;
  Ref dominator_end = 0;
  uint32_t loop = kNoLoop;  // the innermost loop that it belongs to, an index of Flow::loops()
  bool reachable = false;

  uint32_t parameter_count() const { return body - begin - 1; }
  Ref parameter(uint32_t k) const { return begin + 1 + k; }
  Ref terminator() const { return end - 1; }
};

// A natural loop: a header that dominates the blocks which jump back to it, and all blocks between.
struct FlowLoop {
  uint32_t header = kNoBlock;
  uint32_t parent = kNoLoop;      // the loop directly around it
  uint32_t depth = 1;             // 1 for an outermost loop
  std::vector<uint32_t> blocks;   // in reverse post-order, the header first; those of inner loops too
  std::vector<uint32_t> latches;  // the blocks that jump back to the header
};

class Flow {
 public:
  // The trace must be a loop trace whose blocks end with terminators, have different numbers and name only
  // blocks that exist; what else the verifier promises is not relied upon.
  explicit Flow(const Trace& trace);

  std::span<const FlowBlock> blocks() const { return blocks_; }
  const FlowBlock& block(uint32_t index) const { return blocks_[index]; }
  // The block of this number; kNoBlock if there is none.
  uint32_t FindBlock(uint64_t number) const;
  // The block that the instruction stands in; kNoBlock for the trace's parameters.
  uint32_t BlockOf(Ref ref) const { return block_of_[ref]; }
  // The blocks that can be reached, in reverse post-order: a block after all that dominate it.
  std::span<const uint32_t> order() const { return order_; }

  // Whether every path from the entry to block `b` passes `a`; a block dominates itself.
  bool BlockDominates(uint32_t a, uint32_t b) const;
  // Whether the value `def` is defined wherever the instruction `use` runs.
  bool Dominates(Ref def, Ref use) const;

  // Outer loops before the loops in them, else in the order of their headers in `order()`.
  std::span<const FlowLoop> loops() const { return loops_; }
  const FlowLoop& loop(uint32_t index) const { return loops_[index]; }
  // How many loops the block is in.
  uint32_t LoopDepth(uint32_t block) const;
  bool LoopContains(uint32_t loop, uint32_t block) const;
  // A block of a cycle that has no header, one which dominates the others: kNoBlock if there is none.
  uint32_t irreducible_block() const { return irreducible_block_; }

 private:
  // A stretch of a block that is left only at its end: blocks are cut before each guard with an else block.
  struct Segment {
    uint32_t block = 0;
    Ref begin = 0;
    FlowEdges successors;
    FlowEdges predecessors;
    uint32_t dominator = kNoBlock;
    uint32_t position = kNoBlock;    // in reverse post-order
    uint32_t tree_first = kNoBlock;  // numbers of a walk of the dominator tree: those below it lie between
    uint32_t tree_last = 0;
  };

  void FindBlocks(const Trace& trace);
  void ConnectSegments(const Trace& trace);
  void Connect(uint32_t from_segment, uint32_t to_segment);
  void OrderSegments();
  void FindDominators();
  void NumberDominatorTree();
  void DescribeBlocks();
  void FindLoops();
  void GrowLoop(uint32_t loop);
  void SortLoops();
  bool SegmentDominates(uint32_t a, uint32_t b) const;

  std::vector<FlowBlock> blocks_;
  std::vector<uint32_t> block_of_;  // by instruction
  std::vector<uint32_t> segment_of_;
  std::vector<Segment> segments_;
  std::vector<uint32_t> first_segment_;  // of a block
  std::vector<uint32_t> segment_order_;
  std::vector<uint32_t> order_;
  std::vector<FlowLoop> loops_;
  uint32_t irreducible_block_ = kNoBlock;
};

}  // namespace lathe
