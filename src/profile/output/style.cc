// ANSI escapes and the terminal's size.
#include "src/profile/output/style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "src/profile/output/text.h"

namespace lathe::profile {
namespace {

constexpr size_t kPipeWidth = 120;  // of a line where nobody says how wide the output is

size_t TerminalWidth() {
  winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kPipeWidth;
  return std::clamp<size_t>(size.ws_col, 60, 200);
}

}  // namespace

Style Style::ForStandardOutput() {
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool dumb = !kind || std::string_view(kind) == "dumb";
  const bool refused = no_colour && *no_colour;
  return Style(terminal && !dumb && !refused, terminal ? TerminalWidth() : kPipeWidth);
}

std::string Style::operator()(Role role, std::string_view text) const {
  static constexpr std::string_view kCodes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[36m"};
  const std::string_view code = kCodes[static_cast<size_t>(role)];
  if (!colour_ || code.empty() || text.empty()) return std::string(text);
  return absl::StrCat(View(code), View(text), "\x1b[0m");
}

}  // namespace lathe::profile
