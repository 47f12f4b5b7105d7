// The handles of the C ABI, and the ways between its plain types and those of C++.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lathe/array.h"
#include "src/capi/guard.h"

struct lathe_array {
  lathe::Array array;
  // A view of it once somebody has its address: an array that is assigned to as a whole takes other memory if
  // nobody else looks at its own.
  mutable std::optional<lathe::Array> shown = std::nullopt;
};

namespace lathe::capi {

inline const Array& ArrayOf(const lathe_array* handle) { return Needed(handle, "an array").array; }
inline Array& ArrayOf(lathe_array* handle) { return Needed(handle, "an array").array; }
// The same memory, which stays where it is for as long as the view lives.
inline Array ViewOf(const Array& array) { return array.At(std::span<const IndexItem>()); }

// Gives an array to the caller.
inline void Give(Array array, lathe_array** result) {
  GiveHandle(std::make_unique<lathe_array>(lathe_array{std::move(array)}), result);
}

// The same for several: all or none.
void GiveAll(std::span<const Array> arrays, lathe_array** results);

inline std::string TextOf(const char* text, const char* what) { return std::string(&Needed(text, what)); }

DType DTypeFrom(int32_t dtype);
// Throws ShapeError for a rank that no array has, ValueError for a negative extent.
Shape ShapeOf(int rank, const int64_t* extents);
Input InputOf(const lathe_input* input);
std::vector<Input> InputsOf(const lathe_input* inputs, size_t count);
std::vector<Array> ArraysOf(const lathe_array* const* arrays, size_t count);
std::optional<int64_t> AxisOf(const int64_t* axis);

}  // namespace lathe::capi
