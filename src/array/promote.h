// NumPy's dtype promotion (NEP 50): typed values promote by a lattice, Python and C++ numbers are weak and
// follow the typed ones where their kind allows.
#pragma once

#include <span>

#include "lathe/array.h"

namespace lathe {

// The dtype of an operation on `inputs`. Throws OverflowError-kind errors for a weak integer that the
// result cannot hold.
DType ResultDType(std::span<const Input> inputs);
// The dtype of one input on its own: weak numbers are bool, int64 or float64.
DType InputDType(const Input& input);
// The float dtype that float-only functions compute integers in.
DType FloatDTypeFor(DType dtype);
// Whether NumPy's casting rule "same_kind" lets values of `from` be stored into `to`.
bool CanCastSameKind(DType from, DType to);

}  // namespace lathe
