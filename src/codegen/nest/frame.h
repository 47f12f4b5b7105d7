// The words by which the driver tells a nest's machine code what to do: one 64-bit word each.
//
//   rows | counts | step | rewind | stream | pointer gap stride | ... | start step | ... | scalar | ...
//                                            one per access             one per loop
//
// The code walks `rows` rows. Row k has counts[0] columns; after it `counts` advances by `step` bytes. A
// column counter c runs on over the rows, `rewind` being subtracted after each: the row's count where every
// row begins at its pointer, 0 where the next row goes on behind the last.
//   dense accesses    element c of `pointer`
//   general accesses  `pointer`, which moves by `stride` bytes a column
//   fixed in a row    `pointer`
// After a row every pointer moves by `gap`. A loop counter that is used as a value begins at `start` and
// moves by `step` a row; the innermost is `start` + c. Scalars are bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe {

struct FrameLayout {
  static constexpr size_t kRows = 0;
  static constexpr size_t kCounts = 1;
  static constexpr size_t kCountStep = 2;
  static constexpr size_t kRewind = 3;
  static constexpr size_t kStream = 4;  // not 0: stores may bypass the cache; their pointers are aligned
  static constexpr size_t kFirstAccess = 5;

  static constexpr size_t Pointer(size_t access) { return kFirstAccess + 3 * access; }
  static constexpr size_t Gap(size_t access) { return Pointer(access) + 1; }
  static constexpr size_t Stride(size_t access) { return Pointer(access) + 2; }
  size_t IndexStart(size_t loop) const { return first_index + 2 * loop; }
  size_t IndexStep(size_t loop) const { return first_index + 2 * loop + 1; }
  size_t Scalar(size_t k) const { return first_scalar + k; }

  size_t first_index = 0;
  size_t first_scalar = 0;
  size_t words = 0;
  std::vector<Ref> scalars;  // Params of rank 0, in the order of their words
};

using NestFunction = void (*)(const int64_t* frame);

}  // namespace lathe
