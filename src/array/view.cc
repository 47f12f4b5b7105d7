// Views: basic indexing and changes of shape. A view is an address with other strides; a pending array is
// computed before it is viewed.
#include <string>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/array/view.h"

namespace lathe {

std::string CompactShape(const Shape& shape) {
  std::string text = shape.ToString();
  std::erase(text, ' ');
  return text;
}

ResolvedSlice ResolveSlice(const Slice& slice, int64_t extent) {
  if (slice.step == 0) throw ValueError("slice step cannot be zero");
  const bool forward = slice.step > 0;
  const int64_t low = forward ? 0 : -1;
  const int64_t high = forward ? extent : extent - 1;
  const auto clamp = [&](int64_t value) {
    if (value < 0) value += extent;
    return std::clamp(value, low, high);
  };
  ResolvedSlice resolved;
  resolved.start = slice.start ? clamp(*slice.start) : (forward ? low : high);
  const int64_t stop = slice.stop ? clamp(*slice.stop) : (forward ? high : low);
  const int64_t span = forward ? stop - resolved.start : resolved.start - stop;
  // The least integer has no counterpart, but one beside it steps as far.
  const int64_t step = forward ? slice.step : -std::max(slice.step, -INT64_MAX);
  resolved.count = span > 0 ? (span - 1) / step + 1 : 0;
  return resolved;
}

Array Array::At(std::span<const IndexItem> items) const {
  EvalFor(*this, EndReason::kView);
  const ArrayBody& body = *body_;
  int consumed = 0;
  int ellipses = 0;
  for (const IndexItem& item : items) {
    consumed += item.kind() == IndexItem::Kind::kInteger || item.kind() == IndexItem::Kind::kSlice;
    ellipses += item.kind() == IndexItem::Kind::kEllipsis;
  }
  if (ellipses > 1) throw IndexError("an index can only have a single ellipsis ('...')");
  const int rank = body.shape.rank();
  if (consumed > rank) {
    throw IndexError("too many indices for array: array is " + std::to_string(rank) + "-dimensional, but " +
                     std::to_string(consumed) + " were indexed");
  }
  char* data = body.data;
  Shape shape, strides;
  int dim = 0;
  const auto keep = [&](int count) {
    for (; count > 0; --count, ++dim) {
      shape.push_back(body.shape[dim]);
      strides.push_back(body.strides[dim]);
    }
  };
  for (const IndexItem& item : items) {
    switch (item.kind()) {
      case IndexItem::Kind::kInteger: {
        const int64_t extent = body.shape[dim];
        const int64_t index = item.integer();
        if (index < -extent || index >= extent) {
          throw IndexError("index " + std::to_string(index) + " is out of bounds for axis " +
                           std::to_string(dim) + " with size " + std::to_string(extent));
        }
        data += (index < 0 ? index + extent : index) * body.strides[dim++];
        break;
      }
      case IndexItem::Kind::kSlice: {
        const ResolvedSlice slice = ResolveSlice(item.slice(), body.shape[dim]);
        if (slice.count > 0) data += slice.start * body.strides[dim];
        shape.push_back(slice.count);
        // A step that leaves one element may be of any size: its stride is not used, and wraps.
        strides.push_back(static_cast<int64_t>(static_cast<uint64_t>(body.strides[dim++]) *
                                               static_cast<uint64_t>(item.slice().step)));
        break;
      }
      case IndexItem::Kind::kNewAxis:
        shape.push_back(1);
        strides.push_back(0);
        break;
      case IndexItem::Kind::kEllipsis:
        keep(rank - consumed);
        break;
    }
  }
  keep(rank - dim);
  return MakeView(*this, data, shape, strides, true);
}

namespace {

// A shape with unknown extents, as NumPy names it.
std::string RequestedShape(const Shape& shape) {
  std::string text;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] < 0 && text.empty()) continue;
    text += (text.empty() ? "(" : ",") + (shape[d] < 0 ? std::string("newaxis") : std::to_string(shape[d]));
  }
  return (text.empty() ? "(" : text) + (shape.rank() == 1 ? ",)" : ")");
}

Shape ResolveReshape(const Array& x, Shape shape) {
  int unknown = -1;
  int64_t known = 1;
  bool too_large = false;
  for (int d = 0; d < shape.rank(); ++d) {
    if (shape[d] == -1) {
      if (unknown >= 0) throw ValueError("can only specify one unknown dimension");
      unknown = d;
    } else if (shape[d] < 0) {
      throw ValueError("negative dimensions not allowed");
    } else {
      too_large = too_large || __builtin_mul_overflow(known, shape[d], &known);
    }
  }
  const std::string message =
      "cannot reshape array of size " + std::to_string(x.size()) + " into shape " + RequestedShape(shape);
  if (too_large) throw ShapeError(message);
  if (unknown >= 0) {
    if (known == 0 || x.size() % known != 0) throw ShapeError(message);
    shape[unknown] = x.size() / known;
  } else if (known != x.size()) {
    throw ShapeError(message);
  }
  CheckSize(shape, x.dtype());
  return shape;
}

// Strides that walk the elements of (`from`, `strides`) in C order under the shape `to`, without a copy;
// false if there are none. Matches runs of old and new dimensions of equal size.
bool ViewStrides(Shape from, Shape strides, const Shape& to, Shape* result) {
  for (int d = from.rank() - 1; d >= 0; --d) {
    if (from[d] == 1) {
      from.erase(d);
      strides.erase(d);
    }
  }
  *result = to;
  int old_begin = 0;
  int new_begin = 0;
  while (new_begin < to.rank() && old_begin < from.rank()) {
    int old_end = old_begin + 1;
    int new_end = new_begin + 1;
    int64_t old_size = from[old_begin];
    int64_t new_size = to[new_begin];
    while (old_size != new_size) {
      if (new_size < old_size) {
        new_size *= to[new_end++];
      } else {
        old_size *= from[old_end++];
      }
    }
    for (int d = old_begin; d + 1 < old_end; ++d) {
      if (strides[d] != strides[d + 1] * from[d + 1]) return false;
    }
    int64_t stride = strides[old_end - 1];
    for (int d = new_end - 1; d >= new_begin; --d) {
      (*result)[d] = stride;
      stride *= to[d];
    }
    old_begin = old_end;
    new_begin = new_end;
  }
  for (; new_begin < to.rank(); ++new_begin) (*result)[new_begin] = 0;
  return true;
}

}  // namespace

Array Reshape(const Array& x, Shape shape) {
  shape = ResolveReshape(x, shape);
  EvalFor(x, EndReason::kView);
  char* data = x.body()->data;
  if (x.is_contiguous() || x.size() == 0)
    return MakeView(x, data, shape, DenseStrides(shape, x.dtype()), true);
  Shape strides;
  if (ViewStrides(x.shape(), x.strides(), shape, &strides)) return MakeView(x, data, shape, strides, true);
  const Array copy = Copy(x);
  EvalFor(copy, EndReason::kView);
  Array result = MakeView(copy, copy.body()->data, shape, DenseStrides(shape, x.dtype()), true);
  return result;
}

Array Transpose(const Array& x, Shape permutation) {
  const int rank = x.rank();
  if (permutation.empty()) {
    for (int d = rank - 1; d >= 0; --d) permutation.push_back(d);
  }
  if (permutation.rank() != rank) throw ValueError("axes don't match array");
  EvalFor(x, EndReason::kView);
  Shape shape, strides;
  unsigned seen = 0;
  for (const int64_t axis : permutation) {
    const int d = NormalizeAxis(axis, rank);
    if ((seen >> d) & 1) throw ValueError("repeated axis in transpose");
    seen |= 1u << d;
    shape.push_back(x.shape()[d]);
    strides.push_back(x.strides()[d]);
  }
  return MakeView(x, x.body()->data, shape, strides, true);
}

Array BroadcastTo(const Array& x, Shape shape) {
  EvalFor(x, EndReason::kView);
  const int shift = shape.rank() - x.rank();
  Shape strides = shape;
  int64_t size = 1;
  bool too_large = false;
  for (int d = 0; d < shape.rank(); ++d) {
    too_large = too_large || __builtin_mul_overflow(size, shape[d], &size);
    const int64_t extent = d < shift ? 1 : x.shape()[d - shift];
    if (shift < 0 || (extent != shape[d] && extent != 1)) {
      throw ValueError(
          "operands could not be broadcast together with remapped shapes [original->remapped]: " +
          CompactShape(x.shape()) + "  and requested shape " + CompactShape(shape));
    }
    strides[d] = d < shift || extent != shape[d] ? 0 : x.strides()[d - shift];
  }
  if (shift < 0) throw ValueError("input operand has more dimensions than allowed by the axis remapping");
  if (too_large) throw ValueError("iterator is too large");
  CheckSize(shape, x.dtype());
  return MakeView(x, x.body()->data, shape, strides, false);
}

Array Copy(const Array& x) {
  ThreadRecorder& recorder = ThreadRecorder::Get();
  if (!x.pending() && x.rank() == 0) return Array(x.item());
  recorder.MakeRoom();
  const Source source = recorder.Operand(x, x.dtype());
  return recorder.MakePending(recorder.Record(Op::kBroadcast, x.dtype(), std::span(&source, 1), x.shape()),
                              x.dtype(), x.shape());
}

Array Ravel(const Array& x) { return Reshape(x, {x.size()}); }

Array ExpandDims(const Array& x, int64_t axis) {
  const int position = NormalizeAxis(axis, x.rank() + 1);
  EvalFor(x, EndReason::kView);
  Shape shape = x.shape();
  Shape strides = x.strides();
  shape.insert(position, 1);
  strides.insert(position, 0);
  return MakeView(x, x.body()->data, shape, strides, true);
}

Array Squeeze(const Array& x, std::optional<int64_t> axis) {
  EvalFor(x, EndReason::kView);
  Shape shape = x.shape();
  Shape strides = x.strides();
  const int only = axis ? NormalizeAxis(*axis, x.rank()) : -1;
  if (axis && shape[only] != 1)
    throw ValueError("cannot select an axis to squeeze out which has size not equal to one");
  for (int d = x.rank() - 1; d >= 0; --d) {
    if (shape[d] != 1 || (axis && d != only)) continue;
    shape.erase(d);
    strides.erase(d);
  }
  return MakeView(x, x.body()->data, shape, strides, true);
}

Array Flip(const Array& x, std::optional<int64_t> axis) {
  EvalFor(x, EndReason::kView);
  Shape strides = x.strides();
  char* data = x.body()->data;
  const int only = axis ? NormalizeAxis(*axis, x.rank()) : -1;
  for (int d = 0; d < x.rank(); ++d) {
    if ((axis && d != only) || x.shape()[d] == 0) continue;
    data += (x.shape()[d] - 1) * strides[d];
    strides[d] = -strides[d];
  }
  return MakeView(x, data, x.shape(), strides, true);
}

}  // namespace lathe
