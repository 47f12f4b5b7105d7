// The trace cache: which traces were not in it and why, the code that was dropped.
#include <map>

#include "absl/strings/str_cat.h"
#include "src/profile/advice/advice.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

Table MissTable(Reading& reading) {
  Table table;
  table.columns = {{"time_nanoseconds", "at", Unit::kNanoseconds},
                   {"trace", "trace"},
                   {"file", ""},
                   {"line", "", Unit::kCount},
                   {"place", "place"},
                   {"reason", "reason"},
                   {"nearest", "nearest"},
                   {"difference", "difference"},
                   {"compile_nanoseconds", "compiling", Unit::kNanoseconds},
                   {"hits", "hits", Unit::kCount},
                   {"evictions", "", Unit::kCount},
                   {"source", "source"}};
  for (const TraceRecord& trace : reading.model().traces) {
    if (trace.miss_reason.empty()) continue;
    table.rows.push_back({trace.miss_time, trace.name, trace.place.file, trace.place.line,
                          PlaceText(trace.place), trace.miss_reason, trace.nearest, trace.difference,
                          trace.CompileNanoseconds(), trace.runs.hits, trace.evictions,
                          reading.source().Line(trace.place)});
  }
  return table;
}

}  // namespace

std::string Cache(Reading& reading, const Output& output) {
  const Table table = MissTable(reading);
  if (output.json) return TableAnswer(reading, table, "misses");
  int64_t hits = 0, evictions = 0;
  std::map<std::string, int64_t> reasons;
  for (const TraceRecord& trace : reading.model().traces) {
    hits += trace.runs.hits;
    evictions += trace.evictions;
    if (!trace.miss_reason.empty()) ++reasons[trace.miss_reason];
  }
  std::string text = absl::StrCat(FormatCount(static_cast<double>(hits)), " hits, ",
                                  FormatCount(static_cast<double>(table.rows.size())), " misses, ",
                                  FormatCount(static_cast<double>(evictions)),
                                  evictions == 1 ? " eviction\n" : " evictions\n");
  absl::StrAppend(&text, TableText(table, output.style));
  for (const auto& [reason, count] : reasons) {
    const Advice& advice = AdviceFor(Subject::Miss, reason);
    absl::StrAppend(&text, "\n", output.style(Role::kTitle, reason), "  ", count, "\n  ",
                    View(advice.meaning), "\n  → ", output.style(Role::kGood, advice.remedy), "\n");
  }
  return text;
}

}  // namespace lathe::profile
