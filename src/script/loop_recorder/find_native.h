// The native functions that the recorder's tables name: of a module, of a built-in class, or built in.
#pragma once

#include <string_view>

#include "src/script/vm.h"

namespace lathe::script {

// `owner`: "" for the built-in functions and classes, the name of a module, or of a built-in class for its
// methods. Null if there is none.
const Value* FindNative(Vm& vm, std::string_view owner, std::string_view name);

}  // namespace lathe::script
