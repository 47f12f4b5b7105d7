// Recording of elementwise calls of C functions.
#pragma once

#include <span>
#include <string>

#include "lathe/array.h"
#include "src/recorder/ir/foreign.h"

namespace lathe {

// function(x, y, ...) for every element of the inputs, which broadcast. Inputs are converted to the dtypes of
// the function's parameters where nothing is lost; else throws DTypeError. Calls of a function that is not
// pure are made at once: one for each element, in C order, on this thread. `name` is for messages, `library`
// for the trace log.
Array RecordForeign(const ForeignFunction& function, const std::string& name, const std::string& library,
                    std::span<const Input> inputs);

}  // namespace lathe
