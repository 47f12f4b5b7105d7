// Sources of what is written in Python; embedded when Lathe is built.
#pragma once

#include <string_view>

namespace lathe::script {

std::string_view NumpyPrelude();  // numpy_prelude.py
std::string_view Selftest();      // selftest.py, what `lathe selftest` runs

}  // namespace lathe::script
