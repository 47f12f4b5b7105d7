// The records by which traces know C functions: one for each address and types, for ever.
#pragma once

#include <string>

#include "src/ffi/c_type.h"
#include "src/recorder/ir/foreign.h"

namespace lathe::ffi {

// Whether the function takes numbers and pointers, no more than a call in a loop can pass, and returns a
// number or nothing: then it has a record.
bool HasRecord(const CType& type);

// The record of such a function. Thread-safe.
const ForeignFunction& RecordOf(const CType& type, const void* address, bool pure, bool thread_safe);

// The same for an operation on arrays: the function takes one to three numbers and returns one. Throws
// TypeError-kind errors for another type, in which `name` is its name.
const ForeignFunction& ElementwiseRecordOf(const CType& type, const void* address, bool pure,
                                           bool thread_safe, const std::string& name);

}  // namespace lathe::ffi
