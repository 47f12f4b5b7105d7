// Words of the textual IR for dtypes and single elements: "f64", "2.5", "-inf", "nan:0x7ff8000000000001",
// "true". Floats are printed in their shortest form that reads back to the same bits. Knows dtypes only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lathe/dtype.h"

namespace lathe {

// "bool", "i8" ... "u64", "f32", "f64".
std::string_view DTypeWord(DType dtype);
std::optional<DType> FindDTypeWord(std::string_view word);

// The element whose bytes are the low end of `bits` (as Scalar::bits).
std::string FormatLiteral(DType dtype, uint64_t bits);
// The bits of `text` read as an element of `dtype`; none if it is not one or does not fit.
std::optional<uint64_t> ParseLiteral(DType dtype, std::string_view text);

}  // namespace lathe
