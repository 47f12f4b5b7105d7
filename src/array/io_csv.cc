// Tables of numbers in text, as np.loadtxt reads them.
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "lathe/array.h"

namespace lathe {
namespace {

std::string_view Stripped(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string_view> SplitFields(std::string_view line, char delimiter) {
  std::vector<std::string_view> fields;
  if (delimiter != '\0') {
    for (size_t begin = 0;;) {
      const size_t end = line.find(delimiter, begin);
      fields.push_back(Stripped(line.substr(begin, end == std::string_view::npos ? end : end - begin)));
      if (end == std::string_view::npos) return fields;
      begin = end + 1;
    }
  }
  for (size_t begin = line.find_first_not_of(" \t"); begin != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(" \t", end);
  }
  return fields;
}

double ParseNumber(std::string_view field, int64_t row, size_t column) {
  double value = 0;
  std::string_view digits = field;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
    throw ValueError("could not convert string '" + std::string(field) + "' to float64 at row " +
                     std::to_string(row) + ", column " + std::to_string(column + 1) + ".");
  }
  return value;
}

}  // namespace

Array LoadCsv(const std::string& path, const CsvOptions& options) {
  std::ifstream file(path);
  if (!file) {
    const bool missing = errno == ENOENT;
    throw FileError(missing ? path + " not found." : std::string(std::strerror(errno)) + ": '" + path + "'",
                    missing ? ErrorKind::kFileNotFound : ErrorKind::kOS);
  }
  std::vector<double> values;
  int64_t rows = 0;
  size_t width = 0;
  std::string line;
  for (int64_t number = 0; std::getline(file, line); ++number) {
    if (number < options.skip_rows) continue;
    std::string_view text = line;
    if (options.comment != '\0') text = text.substr(0, text.find(options.comment));
    text = Stripped(text);
    if (text.empty()) continue;
    if (rows == options.max_rows) break;
    const std::vector<std::string_view> fields = SplitFields(text, options.delimiter);
    if (rows == 0) width = fields.size();
    if (options.columns.empty() && fields.size() != width) {
      throw ValueError("the number of columns changed from " + std::to_string(width) + " to " +
                       std::to_string(fields.size()) + " at row " + std::to_string(rows + 1) +
                       "; use `usecols` to select a subset and avoid this error");
    }
    if (options.columns.empty()) {
      for (size_t k = 0; k < fields.size(); ++k) values.push_back(ParseNumber(fields[k], rows, k));
    }
    for (const int64_t column : options.columns) {
      const int64_t position = column < 0 ? column + static_cast<int64_t>(fields.size()) : column;
      if (position < 0 || position >= static_cast<int64_t>(fields.size())) {
        throw ValueError("invalid column index " + std::to_string(column) + " at row " +
                         std::to_string(rows + 1) + " with " + std::to_string(fields.size()) + " columns");
      }
      values.push_back(
          ParseNumber(fields[static_cast<size_t>(position)], rows, static_cast<size_t>(position)));
    }
    ++rows;
  }
  const int64_t columns = rows == 0 ? 0 : static_cast<int64_t>(values.size()) / rows;
  Shape shape = {rows, columns};
  if (rows == 0) shape = {0};
  if (rows > 0 && columns == 1) shape = {rows};
  if (rows == 1) shape = columns == 1 ? Shape{} : Shape{columns};
  return Array::FromValues<double>(values, shape);
}

}  // namespace lathe
