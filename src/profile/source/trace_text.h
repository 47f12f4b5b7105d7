// Texts of the log read as text: the source line that a line of IR or of a listing is of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/profile/model/model.h"
#include "src/profile/source/source_text.h"

namespace lathe::profile {

// A line of IR: "%1: f64 = add %0, %t  at script.py:3" without its place, and the place (line 0: none).
struct IrLine {
  std::string_view text;
  Place place;
};
IrLine ParseIrLine(std::string_view line, const std::string& file);

// The name that the line defines, "%1"; "" if none.
std::string_view DefinedName(std::string_view ir_line);

// IR with the source line that each instruction is of in a column beside it: its number where it changes, and
// its text.
std::string IrBesideSource(std::string_view ir, const std::string& file, SourceText& source, size_t width);

}  // namespace lathe::profile
