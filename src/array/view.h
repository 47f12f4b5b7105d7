// Helpers of indexing that several files of the room share.
#pragma once

#include <string>

#include "lathe/array.h"

namespace lathe {

// A slice of a dimension with a known extent: first index and number of elements.
struct ResolvedSlice {
  int64_t start = 0;
  int64_t count = 0;
};
// Throws ValueError for a step of zero.
ResolvedSlice ResolveSlice(const Slice& slice, int64_t extent);

// "(2,3)": a shape as NumPy's error messages write it.
std::string CompactShape(const Shape& shape);

}  // namespace lathe
