// Style: colour, where the output is a terminal that wants any. An answer names the role of a text, not a
// colour.
#pragma once

#include <string>
#include <string_view>

namespace lathe::profile {

enum class Role : uint8_t { kPlain, kTitle, kDim, kGood, kBad, kAccent };

class Style {
 public:
  explicit Style(bool colour, size_t width = 100) : colour_(colour), width_(width) {}
  // For the standard output: colour on a terminal without NO_COLOR, TERM=dumb or `no_colour`; its width.
  static Style ForStandardOutput();

  std::string operator()(Role role, std::string_view text) const;
  bool colour() const { return colour_; }
  size_t width() const { return width_; }

 private:
  bool colour_;
  size_t width_;
};

}  // namespace lathe::profile
