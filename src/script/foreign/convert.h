// Values to C and back. All of it throws lathe::Error (or PendingError) for what does not convert; `where`
// begins the message: "j0() argument 1".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/script/foreign/c_data.h"

namespace lathe::script {

// Where an argument or member stands, made a text only if an error needs it.
struct Place {
  const std::string* name = nullptr;
  int argument = 0;  // 1, 2, ...; 0: of no function
  std::string Text() const;
};

// What must live until a call returns: values, and copies of what C expects in memory of its own.
struct CallKeeper {
  std::vector<Value> values;
  std::vector<CMemoryRef> memory;
};

// Writes `value` as `type` to `to`. For members and elements: pointers that are stored are kept alive by
// `memory`, which `to` lies in, if it is given.
void StoreValue(FfiState& state, const ffi::CType& type, const Value& value, char* to,
                const CMemoryRef& memory, const Place& place);
// The number `value` as `scalar`: its bits, sign extended.
uint64_t NumberBits(ffi::CScalar scalar, const Value& value, const Place& place);
// The address that an argument for `pointer` stands for. `least`: elements that C may touch.
void* PointerArgument(FfiState& state, const ffi::CType& pointer, const Value& value,
                      std::optional<int64_t> least, const Place& place, CallKeeper* keeper);

// The value of `type` at `at`. `memory`: what `at` lies in, if known.
Value LoadValue(const FfiStateRef& state, ffi::Qualified type, char* at, const CMemoryRef& memory);
// The same for a result of a call or an argument of a callback: structs are copied.
Value ResultValue(const FfiStateRef& state, ffi::Qualified type, const char* at);

// Fills fresh memory from an initialiser: a list, tuple, dict, string, number or another C value.
void Initialise(FfiState& state, ffi::Qualified type, const Value& value, char* to, size_t bytes,
                const CMemoryRef& memory);

// The type that a value names: a string, a ctype, or the type of a C value.
ffi::Qualified TypeOf(FfiState& state, const Value& value);

// A member of the struct or union at `base`, which is const or in a const one.
Value LoadField(const FfiStateRef& state, const ffi::FoundField& field, bool constant, char* base,
                const CMemoryRef& memory);
void StoreField(FfiState& state, const ffi::FoundField& field, const Value& value, char* base,
                const CMemoryRef& memory, const Place& place);

}  // namespace lathe::script
