// Object functions: operations on dicts, sets and lists that loop traces call directly, with words in
// registers, where a native site (native_site.h) would first make values of them. object_functions.def has
// all of them.
//
// An argument is a number, the address of an object or of the VM, or a value: two words, its head (tag and
// dtype) and its payload. What they are given is kept alive by others. No code of the script runs inside.
#pragma once

#include <cstdint>

#include "src/recorder/ir/foreign.h"
#include "src/script/value.h"

namespace lathe::script {

enum class ObjectFunction : uint8_t {
#define OBJECT_FUNCTION(NAME, KIND) k##NAME,
#include "src/script/loop_recorder/object_functions.def"
#undef OBJECT_FUNCTION
};

// The op that calls it, and its record.
Op CallOf(ObjectFunction function);
const ForeignFunction& RecordOf(ObjectFunction function);

// The first of the two words of a value.
constexpr int64_t HeadOf(Tag tag, DType dtype = DType::kBool) {
  return static_cast<int64_t>(tag) | static_cast<int64_t>(dtype) << 8;
}

// What the functions that find a key give if not the address of its value.
inline constexpr int64_t kKeyMissing = 0;
inline constexpr int64_t kKeyUnknown = 1;  // code of the script would have to compare keys

// What CompareValues gives if not a truth.
inline constexpr int64_t kNotCompared = 2;
// What CompareTexts gives of a string and bytes.
inline constexpr int64_t kTextsUnlike = 2;

// What the functions that look at the next item of an iterator give if it is another one, has changed, or
// what comes next is no such item. 0 is the end.
inline constexpr int64_t kOtherIterator = 1;

// A dict's or set's table, behind its address.
int64_t TableOffset();

}  // namespace lathe::script
