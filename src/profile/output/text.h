// Text: small helpers for putting texts together and apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"

namespace lathe::profile {

// For Abseil's functions: Debian's Abseil has a string_view of its own.
inline absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// The lines of a text, without line breaks; a last line break makes no line.
inline std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace lathe::profile
