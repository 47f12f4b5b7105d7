// Interner: one StringObject for each name of variables and attributes, so that names compare by address.
#pragma once

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "src/script/value.h"

namespace lathe::script {

class Interner {
 public:
  Ref<StringObject> Intern(std::string_view text) {
    Ref<StringObject>& name = names_[std::string(text)];
    if (!name) name = Make<StringObject>(std::string(text));
    return name;
  }

 private:
  absl::flat_hash_map<std::string, Ref<StringObject>> names_;
};

}  // namespace lathe::script
