// The records by which traces know C functions: one for each address and types, for ever.
#pragma once

#include <string>

#include "src/ffi/c_type.h"
#include "src/recorder/ir/foreign.h"

namespace lathe::ffi {

// The record of a function of up to three numbers that returns a number or nothing. Throws TypeError-kind
// errors for another type. `name` is for messages. Thread-safe.
const ForeignFunction& RecordOf(const CType& type, const void* address, bool pure, bool thread_safe,
                                const std::string& name);

// The same for an operation on arrays: the function takes at least one number and returns one.
const ForeignFunction& ElementwiseRecordOf(const CType& type, const void* address, bool pure,
                                           bool thread_safe, const std::string& name);

}  // namespace lathe::ffi
