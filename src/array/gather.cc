// Indexing by arrays: gathers, scatters and masks, on evaluated elements. Every index is checked before
// anything is written, so an error leaves arrays as they were.
#include <algorithm>
#include <cstring>
#include <string>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/array/view.h"

namespace lathe {
namespace {

// Calls visit(address) for every element of a view in C order.
template <class Visit>
void ForEach(char* data, const Shape& shape, const Shape& strides, int dim, const Visit& visit) {
  if (dim == shape.rank()) return visit(data);
  for (int64_t k = 0; k < shape[dim]; ++k, data += strides[dim])
    ForEach(data, shape, strides, dim + 1, visit);
}
template <class Visit>
void ForEachElement(const Array& x, const Visit& visit) {
  const ArrayBody& body = *EvalFor(x, EndReason::kWhole).body();
  if (body.shape.Elements() == 0) return;  // however many rows without elements there are
  ForEach(body.data, body.shape, body.strides, 0, visit);
}

// The indices as int64, dense, checked against `extent` and made non-negative.
std::vector<int64_t> CheckedIndices(const Array& indices, int64_t extent, int axis) {
  if (!IsInteger(indices.dtype()))
    throw IndexError("arrays used as indices must be of integer (or boolean) type");
  std::vector<int64_t> values(static_cast<size_t>(indices.size()));
  Cast(indices, DType::kInt64).CopyTo(values.data());
  for (int64_t& value : values) {
    if (value < -extent || value >= extent) {
      throw IndexError("index " + std::to_string(value) + " is out of bounds for axis " +
                       std::to_string(axis) + " with size " + std::to_string(extent));
    }
    if (value < 0) value += extent;
  }
  return values;
}

// An array with C-contiguous elements.
Array Dense(const Array& x) {
  return EvalFor(x, EndReason::kWhole).is_contiguous() ? x : EvalFor(Copy(x), EndReason::kWhole);
}

void CheckMask(const Array& x, const Array& mask) {
  for (int d = 0; d < mask.rank(); ++d) {
    if (d < x.rank() && mask.extent(d) == x.extent(d)) continue;
    if (d >= x.rank()) {
      throw IndexError("too many indices for array: array is " + std::to_string(x.rank()) +
                       "-dimensional, but " + std::to_string(mask.rank()) + " were indexed");
    }
    throw IndexError("boolean index did not match indexed array along axis " + std::to_string(d) +
                     "; size of axis is " + std::to_string(x.extent(d)) +
                     " but size of corresponding boolean axis is " + std::to_string(mask.extent(d)));
  }
}

}  // namespace

Array Take(const Array& x, const Array& indices, int64_t axis) {
  const int dim = NormalizeAxis(axis, x.rank());
  const std::vector<int64_t> positions = CheckedIndices(indices, x.extent(dim), dim);
  const Array source = Dense(x);
  int64_t outer = 1;
  int64_t inner = ItemSize(x.dtype());
  Shape shape;
  for (int d = 0; d < x.rank(); ++d) {
    if (d < dim) outer *= x.extent(d);
    if (d > dim) inner *= x.extent(d);
    if (d != dim) shape.push_back(x.extent(d));
    if (d == dim) {
      for (const int64_t extent : indices.shape()) shape.push_back(extent);
    }
  }
  const Array result = MakeDense(shape, x.dtype());
  char* out = result.body()->data;
  const char* in = source.body()->data;
  for (int64_t block = 0; block < outer; ++block, in += x.extent(dim) * inner) {
    for (const int64_t position : positions) {
      std::copy_n(in + position * inner, inner, out);
      out += inner;
    }
  }
  return result;
}

Array SelectWhere(const Array& x, const Array& mask) {
  CheckMask(x, mask);
  const Array source = Dense(x);
  std::vector<char> flags(static_cast<size_t>(mask.size()));
  Cast(mask, DType::kBool).CopyTo(flags.data());
  int64_t inner = ItemSize(x.dtype());
  Shape shape = {0};
  for (int d = mask.rank(); d < x.rank(); ++d) {
    inner *= x.extent(d);
    shape.push_back(x.extent(d));
  }
  for (const char flag : flags) shape[0] += flag != 0;
  const Array result = MakeDense(shape, x.dtype());
  char* out = result.body()->data;
  const char* in = source.body()->data;
  for (size_t k = 0; k < flags.size(); ++k, in += inner) {
    if (!flags[k]) continue;
    std::copy_n(in, inner, out);
    out += inner;
  }
  return result;
}

void Put(Array& x, const Array& indices, const Input& value) {
  if (!x.writable()) throw ValueError("assignment destination is read-only");
  const std::vector<int64_t> positions = CheckedIndices(indices, x.extent(0), 0);
  Shape shape = indices.shape();
  for (int d = 1; d < x.rank(); ++d) shape.push_back(x.extent(d));
  Array values = MakeDense(shape, x.dtype());
  values.Assign(value);
  EvalFor(values, EndReason::kWhole);
  EvalFor(x, EndReason::kWhole);
  const int64_t count = indices.size() == 0 ? 0 : values.size() / indices.size();
  const char* in = values.body()->data;
  const ArrayBody& body = *x.body();
  Shape row_shape, row_strides;
  for (int d = 1; d < x.rank(); ++d) {
    row_shape.push_back(body.shape[d]);
    row_strides.push_back(body.strides[d]);
  }
  const auto item = static_cast<size_t>(ItemSize(x.dtype()));
  if (count == 0) return;
  for (const int64_t position : positions) {
    ForEach(body.data + position * body.strides[0], row_shape, row_strides, 0, [&](char* out) {
      std::memcpy(out, in, item);
      in += item;
    });
  }
}

void Array::SetWhere(const Array& mask, const Input& value) {
  if (!writable()) throw ValueError("assignment destination is read-only");
  CheckMask(*this, mask);
  const Array flags = Dense(Cast(mask, DType::kBool));
  int64_t selected = 0;
  ForEachElement(flags, [&](const char* flag) { selected += *flag != 0; });
  int64_t inner = 1;
  for (int d = mask.rank(); d < rank(); ++d) inner *= extent(d);
  Shape shape = {selected};
  for (int d = mask.rank(); d < rank(); ++d) shape.push_back(extent(d));
  if (value.is_array() && value.array().rank() == 1 && rank() == mask.rank() &&
      value.array().size() != selected && value.array().size() != 1) {
    throw ValueError("NumPy boolean array indexing assignment cannot assign " +
                     std::to_string(value.array().size()) + " input values to the " +
                     std::to_string(selected) + " output values where the mask is true");
  }
  Array values = MakeDense(shape, dtype());
  values.Assign(value);
  EvalFor(values, EndReason::kWhole);
  const char* in = values.body()->data;
  const char* flag = flags.body()->data;
  const auto item = static_cast<size_t>(ItemSize(dtype()));
  int64_t position = 0;
  ForEachElement(*this, [&](char* out) {
    if (flag[position++ / inner]) {
      std::memcpy(out, in, item);
      in += item;
    }
  });
}

std::vector<Array> Nonzero(const Array& x) {
  std::vector<std::vector<int64_t>> positions(static_cast<size_t>(x.rank()));
  const Array flags = Dense(x.dtype() == DType::kBool ? x : Cast(x, DType::kBool));
  const char* flag = flags.body()->data;
  for (int64_t k = 0; k < x.size(); ++k) {
    if (!flag[k]) continue;
    int64_t rest = k;
    for (int d = x.rank() - 1; d >= 0; --d) {
      positions[static_cast<size_t>(d)].push_back(rest % x.extent(d));
      rest /= x.extent(d);
    }
  }
  std::vector<Array> result;
  for (const std::vector<int64_t>& indices : positions) {
    result.push_back(Array::FromValues<int64_t>(indices, {static_cast<int64_t>(indices.size())}));
  }
  return result;
}

}  // namespace lathe
