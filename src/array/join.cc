// Joining arrays: each part is assigned into its slice of the result.
#include <string>
#include <vector>

#include "src/array/array_body.h"

namespace lathe {
namespace {

DType CommonDType(std::span<const Array> parts) {
  DType dtype = parts[0].dtype();
  for (const Array& part : parts) dtype = Promote(dtype, part.dtype());
  return dtype;
}

void CheckParts(std::span<const Array> parts, int axis) {
  const Shape& first = parts[0].shape();
  for (size_t k = 1; k < parts.size(); ++k) {
    const Shape& shape = parts[k].shape();
    if (shape.rank() != first.rank()) {
      throw ShapeError(
          "all the input arrays must have same number of dimensions, but the array at index 0 has " +
          std::to_string(first.rank()) + " dimension(s) and the array at index " + std::to_string(k) +
          " has " + std::to_string(shape.rank()) + " dimension(s)");
    }
    for (int d = 0; d < first.rank(); ++d) {
      if (d == axis || shape[d] == first[d]) continue;
      throw ShapeError(
          "all the input array dimensions except for the concatenation axis must match exactly, but along "
          "dimension " +
          std::to_string(d) + ", the array at index 0 has size " + std::to_string(first[d]) +
          " and the array at index " + std::to_string(k) + " has size " + std::to_string(shape[d]));
    }
  }
}

}  // namespace

Array Concatenate(std::span<const Array> parts, int64_t axis) {
  if (parts.empty()) throw ValueError("need at least one array to concatenate");
  if (parts[0].rank() == 0) throw ValueError("zero-dimensional arrays cannot be concatenated");
  const int dim = NormalizeAxis(axis, parts[0].rank());
  CheckParts(parts, dim);
  Shape shape = parts[0].shape();
  shape[dim] = 0;
  for (const Array& part : parts) shape[dim] += part.shape()[dim];
  const Array result = MakeDense(shape, CommonDType(parts));
  std::vector<IndexItem> items(static_cast<size_t>(dim) + 1, IndexItem(Slice()));
  int64_t begin = 0;
  for (const Array& part : parts) {
    const int64_t end = begin + part.shape()[dim];
    items.back() = IndexItem(Slice{begin, end, 1});
    // A slice that is the whole result would be taken over rather than written: views are never.
    Array target = result.At(items);
    target.Assign(part);
    begin = end;
  }
  return result;
}

Array Stack(std::span<const Array> parts, int64_t axis) {
  if (parts.empty()) throw ValueError("need at least one array to stack");
  std::vector<Array> expanded;
  for (const Array& part : parts) {
    if (part.shape() != parts[0].shape()) throw ValueError("all input arrays must have the same shape");
    expanded.push_back(ExpandDims(part, axis));
  }
  return Concatenate(expanded, axis);
}

}  // namespace lathe
