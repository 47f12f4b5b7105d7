// The order in which a reduction combines its elements: fixed, defined on logical indices, and so equal
// for every layout, thread count, instruction set and backend. On C-contiguous arrays it is NumPy's.
//
// Let the loops of a nest (or the axes of `reduce`) be in C order, some of them reduced.
//  * If the innermost loop is reduced: the innermost run of reduced loops is flattened in C order and
//    combined by the pairwise tree below (by Mul: in sequence). Reduced loops further out are combined in
//    sequence, in C order, the results of their inner runs being the elements.
//  * If the innermost loop is kept: all reduced loops are combined in sequence, in C order.
// A sum (Add) begins at +0, to which all that is combined for a result is added: it is never -0. An empty
// reduction gives the combiner's identity.
//
// The tree (NumPy's pairwise summation, numpy/_core/src/umath/loops_utils.h): n <= 128 is a leaf; else
// the range splits at SplitPoint(n). A leaf of n < 8 combines in sequence; a longer one in 8 lanes
// (lane k: elements k, k+8, ...) joined as ((0+1)+(2+3))+((4+5)+(6+7)), then the n % 8 last in sequence.
#pragma once

#include <cstdint>

#include "src/recorder/ir/op.h"

namespace lathe {

inline constexpr int64_t kTreeLeaf = 128;
inline constexpr int64_t kTreeLanes = 8;

// Elements in the left half of a range of n > kTreeLeaf elements: a multiple of 8.
constexpr int64_t SplitPoint(int64_t n) { return n / 2 - (n / 2) % kTreeLanes; }

// Whether `combiner` uses the tree; otherwise elements are combined in sequence.
constexpr bool UsesTree(Op combiner) { return combiner != Op::kMul; }

// A leaf: 0 < n <= kTreeLeaf elements, element k being get(k).
template <class T, class Get, class Combine>
T CombineLeaf(int64_t n, const Get& get, const Combine& combine) {
  T result;
  int64_t k;
  if (n < kTreeLanes) {
    result = get(0);
    k = 1;
  } else {
    T lanes[kTreeLanes];
    for (int64_t lane = 0; lane < kTreeLanes; ++lane) lanes[lane] = get(lane);
    for (k = kTreeLanes; k + kTreeLanes <= n; k += kTreeLanes) {
      for (int64_t lane = 0; lane < kTreeLanes; ++lane) lanes[lane] = combine(lanes[lane], get(k + lane));
    }
    result = combine(combine(combine(lanes[0], lanes[1]), combine(lanes[2], lanes[3])),
                     combine(combine(lanes[4], lanes[5]), combine(lanes[6], lanes[7])));
  }
  for (; k < n; ++k) result = combine(result, get(k));
  return result;
}

// The whole tree over elements [begin, begin + n), n > 0; leaf(begin, n) combines one leaf.
template <class T, class Leaf, class Combine>
T CombineTree(int64_t begin, int64_t n, const Leaf& leaf, const Combine& combine) {
  if (n <= kTreeLeaf) return leaf(begin, n);
  const int64_t left = SplitPoint(n);
  const T first = CombineTree<T>(begin, left, leaf, combine);
  return combine(first, CombineTree<T>(begin + left, n - left, leaf, combine));
}

}  // namespace lathe
