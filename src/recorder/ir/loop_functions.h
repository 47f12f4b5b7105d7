// The functions that loop traces may call, expanded from loop_functions.def. They stand in this folder, left
// of all that runs traces, because the text of a call is the function's name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lathe/dtype.h"

namespace lathe {

enum class LoopFunction : uint32_t {
#define LOOP_FUNCTION(ID, TEXT, RESULT, ARGUMENTS, FLAGS, FUNCTION) k##ID,
#include "src/recorder/ir/loop_functions.def"
#undef LOOP_FUNCTION
};

// What a loop trace calls by its address, with the function "callback".
class LoopCallback {
 public:
  virtual ~LoopCallback() = default;
  // Does not throw.
  virtual int64_t Call() = 0;
};

struct LoopFunctionInfo {
  std::string_view text;
  DType result;
  std::span<const DType> arguments;
  bool pure;      // the result depends on the arguments only, and nothing is written
  void* address;  // of the function, with the C calling convention of its types
  // Calls it, for those who have no machine code: elements in the low ends of words, as Scalar::bits.
  uint64_t (*invoke)(const uint64_t* arguments);
};

// All functions, in the order of the table.
std::span<const LoopFunctionInfo> LoopFunctions();
// The function of this index in the table, the attribute of a call; null if there is none.
const LoopFunctionInfo* FindLoopFunction(uint64_t index);
// The same by name.
const LoopFunctionInfo* FindLoopFunction(std::string_view text);
inline uint64_t LoopFunctionIndex(const LoopFunctionInfo& info) {
  return static_cast<uint64_t>(&info - LoopFunctions().data());
}

}  // namespace lathe
