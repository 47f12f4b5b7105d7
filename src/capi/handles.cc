// Checked conversions of the C ABI's plain types.
#include "src/capi/handles.h"

#include <memory>
#include <type_traits>

namespace lathe::capi {

void GiveAll(std::span<const Array> arrays, lathe_array** results) {
  if (arrays.empty()) return;
  Needed(results, "the room for results");
  std::vector<std::unique_ptr<lathe_array>> handles;
  for (const Array& array : arrays) handles.push_back(std::make_unique<lathe_array>(lathe_array{array}));
  for (size_t k = 0; k < handles.size(); ++k) results[k] = handles[k].release();
}

DType DTypeFrom(int32_t dtype) {
  if (!lathe_dtype_name(static_cast<lathe_dtype>(dtype))) {
    throw DTypeError("there is no dtype of number " + std::to_string(dtype));
  }
  return static_cast<DType>(dtype);
}

Shape ShapeOf(int rank, const int64_t* extents) {
  if (rank < 0) throw ShapeError("the rank is negative");
  if (rank > 0) Needed(extents, "the shape");
  return Shape(std::span(extents, static_cast<size_t>(rank)));
}

Input InputOf(const lathe_input* input) {
  const lathe_input& given = Needed(input, "an input");
  switch (given.kind) {
    case LATHE_INPUT_ARRAY:
      return Input(ArrayOf(given.value.array));
    case LATHE_INPUT_BOOL:
      return Input(given.value.integer != 0);
    case LATHE_INPUT_INT:
      return Input(given.value.integer);
    case LATHE_INPUT_FLOAT:
      return Input(given.value.number);
    case LATHE_INPUT_SCALAR:
      return VisitDType(DTypeFrom(given.dtype), [&](auto type) {
        using T = typename decltype(type)::type;
        if constexpr (std::is_floating_point_v<T>) {
          return Input(Scalar::Of(static_cast<T>(given.value.number)));
        } else {
          return Input(Scalar::Of(static_cast<T>(given.value.integer)));
        }
      });
    default:
      throw ValueError("there is no input of kind " + std::to_string(given.kind));
  }
}

std::vector<Input> InputsOf(const lathe_input* inputs, size_t count) {
  std::vector<Input> list;
  for (size_t k = 0; k < count; ++k) list.push_back(InputOf(inputs ? inputs + k : nullptr));
  return list;
}

std::vector<Array> ArraysOf(const lathe_array* const* arrays, size_t count) {
  std::vector<Array> list;
  if (count > 0) Needed(arrays, "the list of arrays");
  for (size_t k = 0; k < count; ++k) list.push_back(ArrayOf(arrays[k]));
  return list;
}

std::optional<int64_t> AxisOf(const int64_t* axis) {
  return axis ? std::optional<int64_t>(*axis) : std::nullopt;
}

}  // namespace lathe::capi
