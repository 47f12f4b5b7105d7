// Sources of the parts of modules that are written in Python; embedded when Lathe is built.
#pragma once

#include <string_view>

namespace lathe::script {

std::string_view NumpyPrelude();  // numpy_prelude.py

}  // namespace lathe::script
