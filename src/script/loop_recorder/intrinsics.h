// Which native functions the loop recorder knows by heart, found by identity.
#pragma once

#include <string_view>

#include "src/script/loop_recorder/find_native.h"

namespace lathe::script {

enum class IntrinsicKind : uint8_t {
  kAbsolute,
  kAbsoluteFloat,
  kExtreme,
  kToInt,
  kToFloat,
  kToBool,
  kLength,
  kRange,
  kEnumerate,
  kZip,
  kReversed,
  kListAppend,
  kListExtend,
  kListPop,
  kToText,
  kDictGet,
  kSetAdd,
  kSquareRoot,
  kFunction,
};

struct Intrinsic {
  IntrinsicKind kind;
  std::string_view detail;
};

// The objects of the table in the VM's modules.
class Intrinsics : public NativeTable<Intrinsic> {
 public:
  explicit Intrinsics(Vm& vm);
};

}  // namespace lathe::script
