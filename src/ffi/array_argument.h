// Arrays as arguments: what a declaration demands of an array before its address is handed to C.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lathe/array.h"
#include "src/ffi/c_type.h"

namespace lathe::ffi {

// True if a pointer to `target` may point to elements of `dtype`.
bool Accepts(const CType& target, DType dtype);

// How many elements the declared length of a pointer asks for: a factor times other arguments, which are in
// `slots`; none if no length is declared. False if no integer holds the number.
bool LeastElements(const CParameter& parameter, const uint64_t* slots, std::optional<int64_t>* least);

// The address of the first element of `array`, for a parameter of type `pointer`. Computes the array if it is
// pending. `least`: how many elements the declaration says C may touch. `where` names the argument in
// messages. Throws DTypeError for another dtype, ValueError for an array that is not contiguous, is read-only
// where C may write, or is too short.
void* ArrayAddress(const CType& pointer, Array& array, std::optional<int64_t> least,
                   const std::string& where);

}  // namespace lathe::ffi
