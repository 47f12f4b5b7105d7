// Places in texts.
#include "src/profile/source/trace_text.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"

namespace lathe::profile {

IrLine ParseIrLine(std::string_view line, const std::string& file) {
  IrLine parsed{line, {file, 0}};
  const size_t at = line.rfind("  at ");
  if (at == std::string_view::npos) return parsed;
  std::string_view place = line.substr(at + 5);
  const size_t colon = place.rfind(':');
  const std::string_view number = colon == std::string_view::npos ? place : place.substr(colon + 1);
  int64_t value = 0;
  if (!absl::SimpleAtoi(View(number), &value)) return parsed;
  parsed.text = line.substr(0, at);
  parsed.place.line = value;
  return parsed;
}

std::string_view DefinedName(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || line[begin] != '%') return {};
  const size_t end = line.find(':', begin);
  return end == std::string_view::npos ? std::string_view() : line.substr(begin, end - begin);
}

std::string IrBesideSource(std::string_view ir, const std::string& file, SourceText& source, size_t width) {
  const std::vector<std::string_view> lines = SplitLines(ir);
  size_t column = 0;
  for (const std::string_view line : lines)
    column = std::max(column, DisplayWidth(ParseIrLine(line, file).text));
  column = std::min(column, std::max<size_t>(40, width / 2 + 10));
  std::string text;
  int64_t last = 0;
  for (const std::string_view line : lines) {
    const IrLine parsed = ParseIrLine(line, file);
    absl::StrAppend(&text, "  ", View(parsed.text));
    if (parsed.place.line > 0 && parsed.place.line != last) {
      const size_t used = DisplayWidth(parsed.text);
      text.append(used < column ? column - used : 0, ' ');
      const std::string beside = absl::StrCat("  │ ", parsed.place.line, ": ", source.Line(parsed.place));
      absl::StrAppend(&text, Shorten(beside, std::max<size_t>(24, width > column ? width - column : 0)));
      last = parsed.place.line;
    }
    text += '\n';
  }
  return text;
}

}  // namespace lathe::profile
