// The native functions that the recorder's tables name: of a module, of a built-in class, or built in.
#pragma once

#include <span>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "src/script/vm.h"

namespace lathe::script {

// `owner`: "" for the built-in functions and classes, the name of a module, or of a built-in class for its
// methods. Null if there is none.
const Value* FindNative(Vm& vm, std::string_view owner, std::string_view name);

// A table of native functions, resolved: what its rows say of the functions that the VM has.
template <class T>
class NativeTable {
 public:
  struct Row {
    std::string_view owner, name;
    T what;
  };
  NativeTable(Vm& vm, std::span<const Row> rows) {
    for (const Row& row : rows) {
      const Value* function = FindNative(vm, row.owner, row.name);
      if (function && function->IsObject()) by_object_.insert({function->object(), row.what});
    }
  }
  // Null for a function that the table does not have.
  const T* Find(const Object* function) const {
    const auto place = by_object_.find(function);
    return place == by_object_.end() ? nullptr : &place->second;
  }

 private:
  absl::flat_hash_map<const Object*, T> by_object_;
};

}  // namespace lathe::script
