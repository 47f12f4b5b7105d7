// The way out of a loop trace: the VM's variables, operands and frames as the exit's snapshot has them.
#pragma once

#include <cstdint>

#include "src/script/loop_recorder/abstract_value.h"
#include "src/script/vm.h"

namespace lathe::script {

// Makes the value that `a` describes; takes its parts from `values` on and moves that forward. An iterator
// that exists already is put where it was in the trace, and returned.
Value MakeValue(Vm& vm, const Abstract& a, const uint64_t** values);

}  // namespace lathe::script
