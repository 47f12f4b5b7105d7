// Which native functions the loop recorder knows by heart, found by identity.
#pragma once

#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "src/script/vm.h"

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
  kListAppend,
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

class Intrinsics {
 public:
  // Finds the objects of the table in the VM's modules.
  explicit Intrinsics(Vm& vm);
  // Null for a function that the table does not have.
  const Intrinsic* Find(const Object* function) const {
    const auto place = by_object_.find(function);
    return place == by_object_.end() ? nullptr : &place->second;
  }

 private:
  absl::flat_hash_map<const Object*, Intrinsic> by_object_;
};

}  // namespace lathe::script
