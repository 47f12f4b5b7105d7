// NumPy's printing of arrays and scalars, to the letter (NumPy 2.4's array2string).
#pragma once

#include <cstdint>
#include <string>

#include "lathe/dtype.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

// np.set_printoptions' settings.
struct PrintOptions {
  int precision = 8;
  int64_t threshold = 1000;
  int64_t edge_items = 3;
  int line_width = 75;
  bool suppress = false;
};

// repr(array) or str(array); `view` must be materialised.
std::string FormatArray(const Operand& view, const PrintOptions& options, bool repr);
// str(np.float64(x)) or its repr, "np.float64(0.1)".
std::string FormatScalar(Scalar value, bool repr);
// Python's repr of a float.
std::string FormatPythonFloat(double value);

}  // namespace lathe
