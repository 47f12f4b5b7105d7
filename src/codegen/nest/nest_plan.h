// How a nest is walked: which of its loops become one, and how each access moves along them. Made once
// when a trace is compiled, from what the trace says of layouts; strides are read at run time.
#pragma once

#include <cstdint>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

// One load, store or accumulation of the nest.
struct Access {
  enum class Kind : uint8_t { kLoad, kStore, kAccumulate };
  Kind kind = Kind::kLoad;
  Ref instruction = kNoRef;
  Ref buffer = kNoRef;
  Ref value = kNoRef;            // stored or accumulated
  std::vector<int> loop_of_dim;  // per dimension of the buffer: the nest's loop, or -1 for index 0
  StrideClass inner = StrideClass::kGeneral;  // along the innermost walked loop
};

// A run of the nest's loops walked as one: extents multiply, the stride is the last one's.
struct WalkedLoop {
  int first = 0;
  int last = 0;
  bool reduced = false;
};

struct NestPlan {
  std::vector<Dim> extents;       // of the nest's own loops
  std::vector<WalkedLoop> loops;  // outermost first; at least one unless the nest has no loop
  std::vector<Access> accesses;
  std::vector<Ref> body;         // instructions between the indices and the end
  std::vector<Ref> indices;      // Index instructions, by loop
  std::vector<bool> index_used;  // as a value, not only to address
  uint64_t reduced = 0;          // mask of the nest's loops
  bool accumulates = false;
  int weight = 0;  // cost of one point in plain operations
};

// Plans the nest that begins at `nest`; `*end` becomes the position of its End.
NestPlan PlanNest(const Trace& trace, Ref nest, Ref* end);

}  // namespace lathe
