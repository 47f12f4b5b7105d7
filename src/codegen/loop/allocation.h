// Register allocation for loop traces, for any instruction set: block order, liveness, live intervals and a
// linear scan (Poletto and Sarkar, Linear Scan Register Allocation, 1999). Every value has one place for all
// its life, a register or a slot, so that side traces need no moves at the guards where they begin and an
// exit is described by a table. Only jumps move values, into the parameters of their target.
//
// Knows traces and their flow; what a register is called is the emitter's business.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

struct LoopPlace {
  enum class Kind : uint8_t {
    kNone,      // nobody needs it, or it is computed anew where it is used
    kGeneral,   // a register for integers and bools
    kVector,    // a register for floats
    kSlot,      // 8 bytes of memory
    kConstant,  // known
  };
  Kind kind = Kind::kNone;
  int index = 0;
  bool operator==(const LoopPlace&) const = default;
};

struct LoopRegisters {
  int general = 0;
  int vector = 0;
};

// A value's life on the scale of positions: both ends belong to it.
struct LiveInterval {
  Ref ref = kNoRef;
  uint32_t start = 0;
  uint32_t end = 0;
  float weight = 0;
  // Where it is live between start and end: first and last position, one pair a block, in order. A value that
  // only another path needs again leaves its register to others meanwhile.
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
};

struct LoopAllocation {
  std::vector<uint32_t> order;          // of blocks, as they are emitted
  std::vector<uint32_t> positions;      // by instruction; even. A result is born at the odd position after it
  std::vector<LoopPlace> places;        // by value
  std::vector<LiveInterval> intervals;  // those that have a register, by start
  int slots = 0;
};

// `fused[ref]`: the value is computed where it is used, from its operands, and has no place of its own.
LoopAllocation AllocateRegisters(const Trace& trace, const Flow& flow, const std::vector<bool>& fused,
                                 LoopRegisters registers);

// Blocks so that those of a loop stand together, what leaves the loop behind them, and the target of a jump
// directly after it where possible.
std::vector<uint32_t> OrderBlocks(const Trace& trace, const Flow& flow);

}  // namespace lathe
