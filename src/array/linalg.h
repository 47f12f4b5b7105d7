// Products of matrices for those who have operands instead of arrays: the loops of a script (array_site.cc).
#pragma once

#include "src/recorder/runtime/operand.h"

namespace lathe {

// As Matmul(x, y), for ranks 1 and 2 and operands of one dtype whose extents fit; the result is written to
// `out`, dense. False if there is no memory.
bool MatmulInto(const Operand& x, const Operand& y, char* out);

}  // namespace lathe
