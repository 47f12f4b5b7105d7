// Combining of elements in reductions, on untyped memory: identities, the order of reduction_order.h, and
// the comparisons of argmax and argmin.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "src/recorder/expand/element_function.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {

// Whether element `x` becomes the new extreme instead of `best`: the first largest or smallest one does,
// and a NaN counts as more extreme than any number.
using ReplacesExtreme = bool (*)(const void* x, const void* best);
ReplacesExtreme FindExtreme(Op op, DType dtype);

class Combiner {
 public:
  Combiner(Op op, DType dtype);

  // What an empty reduction gives; zero if the combiner has no identity.
  uint64_t identity() const { return identity_; }
  int item() const { return item_; }

  // out[k] = combine(x[k], y[k]) of dense elements.
  void Combine(void* out, const void* x, const void* y, int64_t n) const {
    const void* const inputs[] = {x, y};
    function_(out, inputs, n);
  }
  uint64_t Combine(uint64_t x, uint64_t y) const {
    uint64_t result = 0;
    Combine(&result, &x, &y, 1);
    return result;
  }

  // The first n values that come to their targets. A sum begins at +0.
  void Begin(void* targets, const void* values, int64_t n) const {
    std::memcpy(targets, values, static_cast<size_t>(n * item_));
    if (op_ != Op::kAdd) return;
    for (int64_t k = 0; k < n; ++k) {
      std::byte* const target = static_cast<std::byte*>(targets) + k * item_;
      Combine(target, target, &identity_, 1);
    }
  }

  // All n > 0 elements of a run in the fixed order. read(begin, count) gives count <= kTreeLeaf dense
  // elements.
  template <class Read>
  uint64_t CombineRun(int64_t n, const Read& read) const {
    if (UsesTree(op_)) {
      return CombineTree<uint64_t>(
          0, n, [&](int64_t begin, int64_t count) { return Leaf(read(begin, count), count); },
          [&](uint64_t x, uint64_t y) { return Combine(x, y); });
    }
    uint64_t result = 0;
    for (int64_t begin = 0; begin < n; begin += kTreeLeaf) {
      const int64_t count = std::min(kTreeLeaf, n - begin);
      const std::byte* const block = read(begin, count);
      for (int64_t k = 0; k < count; ++k) {
        const uint64_t element = Element(block, k);
        result = begin + k == 0 ? element : Combine(result, element);
      }
    }
    return result;
  }

 private:
  uint64_t Element(const std::byte* block, int64_t k) const {
    uint64_t bits = 0;
    std::memcpy(&bits, block + k * item_, static_cast<size_t>(item_));
    return bits;
  }
  // As CombineLeaf of reduction_order.h, all lanes in one call.
  uint64_t Leaf(const std::byte* block, int64_t n) const;

  Op op_;
  ElementFunction function_;
  int item_;
  uint64_t identity_;
};

}  // namespace lathe
