// Table: rows and columns of an answer. Text and JSON are printed from the same table, so that every listing
// has both; a column's key is its name in JSON and never changes its meaning.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "src/profile/output/json.h"
#include "src/profile/output/style.h"

namespace lathe::profile {

enum class Unit : uint8_t { kText, kCount, kNanoseconds, kBytes, kShare, kRate, kByteRate };

struct Column {
  std::string key;    // in JSON: "nanoseconds"
  std::string title;  // in text: "time"; "" shows the column in JSON only
  Unit unit = Unit::kText;
};

// Nothing, a text, a whole number, or a real one (shares, rates).
using Cell = std::variant<std::monostate, std::string, int64_t, double>;

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

// The rows as lines, numbers to the right; the last column is cut to the width of the terminal. "" if there
// are no rows.
std::string TableText(const Table& table, const Style& style);
// An array of objects.
void WriteTable(const Table& table, JsonWriter* json);

}  // namespace lathe::profile
