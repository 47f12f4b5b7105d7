// Printing of tables.
#include "src/profile/output/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

double RealOf(const Cell& cell) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) return static_cast<double>(*whole);
  return std::get<double>(cell);
}

std::string CellText(const Cell& cell, Unit unit) {
  if (std::holds_alternative<std::monostate>(cell)) return "-";
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double value = RealOf(cell);
  switch (unit) {
    case Unit::kNanoseconds:
      return FormatDuration(static_cast<int64_t>(value));
    case Unit::kBytes:
      return FormatBytes(value);
    case Unit::kShare:
      return FormatPercent(value);
    case Unit::kRate:
      return FormatRate(value, "/s");
    case Unit::kByteRate:
      return FormatRate(value, "B/s");
    default:
      return FormatCount(value);
  }
}

}  // namespace

std::string TableText(const Table& table, const Style& style) {
  if (table.rows.empty()) return "";
  std::vector<size_t> shown;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!table.columns[c].title.empty()) shown.push_back(c);
  }
  std::vector<std::vector<std::string>> lines(table.rows.size() + 1);
  std::vector<size_t> widths;
  for (const size_t c : shown) {
    lines[0].push_back(table.columns[c].title);
    size_t width = DisplayWidth(lines[0].back());
    for (size_t r = 0; r < table.rows.size(); ++r) {
      lines[r + 1].push_back(CellText(table.rows[r][c], table.columns[c].unit));
      width = std::max(width, DisplayWidth(lines[r + 1].back()));
    }
    widths.push_back(width);
  }
  std::string text;
  for (size_t r = 0; r < lines.size(); ++r) {
    std::string line = "  ";
    for (size_t k = 0; k < shown.size(); ++k) {
      const size_t used = DisplayWidth(line);
      const bool left = table.columns[shown[k]].unit == Unit::kText;
      std::string cell = lines[r][k];
      if (k + 1 == shown.size() && left) {
        cell = Shorten(cell, std::max<size_t>(20, style.width() > used ? style.width() - used : 0));
        line += cell;
        break;
      }
      const std::string pad(widths[k] - DisplayWidth(cell), ' ');
      line += left ? cell + pad : pad + cell;
      if (k + 1 < shown.size()) line += "  ";
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    absl::StrAppend(&text, r == 0 ? style(Role::kDim, line) : line, "\n");
  }
  return text;
}

void WriteTable(const Table& table, JsonWriter* json) {
  json->BeginArray();
  for (const std::vector<Cell>& row : table.rows) {
    json->BeginObject();
    for (size_t c = 0; c < table.columns.size(); ++c) {
      json->Key(table.columns[c].key);
      if (const auto* text = std::get_if<std::string>(&row[c])) {
        json->String(*text);
      } else if (const auto* whole = std::get_if<int64_t>(&row[c])) {
        json->Number(*whole);
      } else if (const auto* real = std::get_if<double>(&row[c])) {
        json->Real(*real);
      } else {
        json->Null();
      }
    }
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace lathe::profile
