// Escapes of troff: of backslashes, hyphens and quotes, and of periods that would begin a request.
#include "tools/roff.h"

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"

namespace lathe::tools {

std::string Roff(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}, {"'", "\\(aq"}});
  if (absl::StartsWith(escaped, ".")) escaped.insert(0, "\\&");
  return absl::StrReplaceAll(escaped, {{"\n.", "\n\\&."}});
}

}  // namespace lathe::tools
