// What becomes a part of another instruction before registers are allocated: comparisons of the guards that
// test them, addresses of reads and writes, updates of memory, sums that only exits name. Knows traces; what
// can be one instruction is nearly the same everywhere, and where it is not, the emitter writes two.
#pragma once

#include <cstdint>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

// By instruction: it is computed where it is used, from its operands, and has no place of its own.
// `memory_operands`: instructions take elements of memory as operands, and compute on memory.
std::vector<bool> FindFused(const Trace& trace, bool memory_operands);

// The parts of base + i*s + ...: at most one register with a scale of 1, 2, 4 or 8, and a displacement.
struct AddressParts {
  Ref base = kNoRef;
  Ref index = kNoRef;
  int shift = 0;  // scale = 1 << shift
  int32_t displacement = 0;
};
// False if the address has more parts. An index in `fused` is an offset from another value and adds to the
// displacement.
bool FindParts(const Trace& trace, const std::vector<bool>& fused, Ref address, AddressParts* parts);

// What a product of floats is twice of; kNoRef if it is not.
Ref DoubledValue(const Trace& trace, Ref product);

// `write p, op(read p, y)` of integers: one instruction on memory.
struct MemoryUpdate {
  Ref read = kNoRef;
  Ref other = kNoRef;
};
bool FindUpdate(const Trace& trace, Ref write, MemoryUpdate* update);

}  // namespace lathe
