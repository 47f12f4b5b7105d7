// asmjit's listings of AArch64 code made readable: it writes conditions as its own numbers, and shifts of an
// operand without saying which.
#pragma once

#include <string>
#include <string_view>

namespace lathe {

std::string ReadableA64Listing(std::string_view listing);

}  // namespace lathe
