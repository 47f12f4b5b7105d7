// The runtime view of a buffer: what a backend is given to run a trace on. Plain data that owns nothing;
// the array room fills it in from its arrays.
#pragma once

#include <cstdint>
#include <cstring>

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

// Bytes from an array's first element: the lowest that the array can touch, and one past the highest.
struct ByteReach {
  int64_t low = 0;
  int64_t high = 0;
};
inline ByteReach ReachOf(const Operand& array) {
  ByteReach reach{0, ItemSize(array.dtype)};
  for (int d = 0; d < array.rank; ++d) {
    if (array.extents[d] == 0) return {};
    const int64_t span = (array.extents[d] - 1) * array.strides[d];
    (span < 0 ? reach.low : reach.high) += span;
  }
  return reach;
}

// Whether two arrays share bytes; `distance` is from the first element of x to that of y.
inline bool Overlap(const ByteReach& x, const ByteReach& y, int64_t distance) {
  return x.low != x.high && y.low != y.high && distance + y.low < x.high && x.low < distance + y.high;
}

// Whether two arrays would be the same view if they had the same address.
inline bool SameForm(const Operand& x, const Operand& y) {
  return x.dtype == y.dtype && x.rank == y.rank &&
         std::memcmp(x.extents, y.extents, sizeof(int64_t) * x.rank) == 0 &&
         std::memcmp(x.strides, y.strides, sizeof(int64_t) * x.rank) == 0;
}

}  // namespace lathe
