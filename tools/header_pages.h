// Man pages of the C ABI, made from lathe.h: a page a section of the header, and one name a function that
// leads there. Knows how the header is written: sections, comments before what they are of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lathe::tools {

// A file of man3: its name ("lathe-arrays.3") and its source.
using HeaderPage = std::pair<std::string, std::string>;

std::vector<HeaderPage> HeaderPages(std::string_view header);

// lathe.h, as it was when the tool was built.
std::string_view HeaderText();

}  // namespace lathe::tools
