// Numbers of the C++ API as C wants them: for arguments of functions and results of callbacks.
#pragma once

#include <cstdint>
#include <string>

#include "lathe/ffi.h"
#include "src/ffi/c_type.h"

namespace lathe::ffi {

// The bits of a number of the C type. Throws, with `where` in the message, for what is no number, or does not
// fit.
uint64_t NumberBits(CScalar scalar, const Argument& argument, const std::string& where);

}  // namespace lathe::ffi
