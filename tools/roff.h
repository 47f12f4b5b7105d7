// Text for man pages.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace lathe::tools {

// `text` as troff shows it: to the letter.
std::string Roff(absl::string_view text);

}  // namespace lathe::tools
