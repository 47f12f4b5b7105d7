// Exits from compiled loops, the most expensive first.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/profile/advice/advice.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/text.h"

namespace lathe::profile {

Table ExitTable(Reading& reading) {
  struct Row {
    const TraceRecord* trace;
    const LoopExit* exit;
  };
  std::vector<Row> rows;
  for (const TraceRecord& trace : reading.model().traces) {
    for (const LoopExit& exit : trace.exits) rows.push_back({&trace, &exit});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(a.exit->nanoseconds, a.exit->count) > std::pair(b.exit->nanoseconds, b.exit->count);
  });
  Table table;
  table.columns = {{"trace", "trace"},
                   {"exit", "exit", Unit::kCount},
                   {"file", ""},
                   {"line", "", Unit::kCount},
                   {"place", "place"},
                   {"count", "taken", Unit::kCount},
                   {"nanoseconds", "time", Unit::kNanoseconds},
                   {"reason", "reason"},
                   {"then", "then"},
                   {"guard", "guard"},
                   {"source", "source"}};
  for (const Row& row : rows) {
    const LoopExit& exit = *row.exit;
    table.rows.push_back({row.trace->name, exit.number, exit.place.file, exit.place.line,
                          PlaceText(exit.place), exit.count, exit.nanoseconds, exit.reason,
                          std::string(exit.side_trace ? "compiled" : "interpreted"), exit.guard,
                          reading.source().Line(exit.place)});
  }
  return table;
}

std::string Exits(Reading& reading, const Output& output) {
  const Table table = ExitTable(reading);
  if (output.json) return TableAnswer(reading, table, "exits");
  if (table.rows.empty()) return "no exits: no compiled loop was left\n";
  std::string text = TableText(table, output.style);
  std::vector<std::string> told;
  for (const TraceRecord& trace : reading.model().traces) {
    for (const LoopExit& exit : trace.exits) {
      if (std::find(told.begin(), told.end(), exit.reason) != told.end()) continue;
      told.push_back(exit.reason);
      const Advice& advice = AdviceFor(Subject::Exit, exit.reason);
      absl::StrAppend(&text, "\n", output.style(Role::kTitle, exit.reason), "\n  ", View(advice.meaning),
                      "\n  → ", output.style(Role::kGood, advice.remedy), "\n");
    }
  }
  return text;
}

}  // namespace lathe::profile
