// The runtime view of a buffer: what a backend is given to run a trace on. Plain data that owns nothing;
// the array room fills it in from its arrays.
#pragma once

#include <cstdint>

#include "lathe/dtype.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// An array (rank >= 0 with `data`) or, for a scalar parameter, a value (`is_scalar`).
struct Operand {
  void* data = nullptr;      // first element; for a scalar unused
  uint64_t scalar_bits = 0;  // a scalar's value
  DType dtype = DType::kFloat64;
  uint8_t rank = 0;
  bool is_scalar = false;
  int64_t extents[kMaxRank] = {};
  int64_t strides[kMaxRank] = {};  // in bytes, may be zero or negative
};

}  // namespace lathe
