// Two runs compared. Traces are the same if they stand at the same line and take the same operands; several
// of one place and signature are taken together.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

constexpr int64_t kLeastNanoseconds = 1'000'000;  // smaller differences of time are noise

struct Key {
  std::string place;
  std::string signature;
  friend auto operator<=>(const Key&, const Key&) = default;
};

struct Sums {
  std::string trace;  // the first one's name
  int64_t compilations = 0;
  int64_t compile_nanoseconds = 0;
  int64_t runs = 0;
  int64_t nanoseconds = 0;
  int64_t exits = 0;
};

using Side = std::map<Key, Sums>;

Side SumsOf(const LogModel& model) {
  Side side;
  for (const TraceRecord& trace : model.traces) {
    Sums& sums = side[{PlaceText(trace.place), trace.is_loop ? "loop" : trace.signature}];
    if (sums.trace.empty()) sums.trace = trace.name;
    for (const Compilation& compilation : trace.compilations) sums.compilations += compilation.compiled;
    sums.compile_nanoseconds += trace.CompileNanoseconds();
    sums.runs += trace.runs.count;
    sums.nanoseconds += trace.runs.nanoseconds;
    for (const LoopExit& exit : trace.exits)
      sums.exits += exit.reason == "the end of a loop" ? 0 : exit.count;
  }
  return side;
}

struct Change {
  std::string what;  // "new", "gone", "slower", "faster", "compiles more", "exits more"
  Key key;
  Sums before, after;
  int64_t cost = 0;  // nanoseconds, or exits; for the order
  bool worse = false;
};

bool Exceeds(int64_t before, int64_t after, double threshold) {
  return static_cast<double>(after) > static_cast<double>(before) * (1 + threshold);
}

std::vector<Change> Compare(const Side& before, const Side& after, double threshold) {
  std::vector<Change> changes;
  for (const auto& [key, now] : after) {
    const auto found = before.find(key);
    if (found == before.end()) {
      changes.push_back({"new", key, Sums(), now, now.compile_nanoseconds, false});
      continue;
    }
    const Sums& old = found->second;
    if (now.compilations > old.compilations) {
      changes.push_back(
          {"compiles more", key, old, now, now.compile_nanoseconds - old.compile_nanoseconds, true});
    }
    if (Exceeds(old.nanoseconds, now.nanoseconds, threshold) &&
        now.nanoseconds - old.nanoseconds > kLeastNanoseconds) {
      changes.push_back({"slower", key, old, now, now.nanoseconds - old.nanoseconds, true});
    }
    if (Exceeds(now.nanoseconds, old.nanoseconds, threshold) &&
        old.nanoseconds - now.nanoseconds > kLeastNanoseconds) {
      changes.push_back({"faster", key, old, now, old.nanoseconds - now.nanoseconds, false});
    }
    if (Exceeds(old.exits, now.exits, threshold) && now.exits - old.exits > 16) {
      changes.push_back({"exits more", key, old, now, now.exits - old.exits, true});
    }
  }
  for (const auto& [key, old] : before) {
    if (!after.contains(key)) changes.push_back({"gone", key, old, Sums(), old.nanoseconds, false});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return std::pair(a.worse, a.cost) > std::pair(b.worse, b.cost);
  });
  return changes;
}

Table ChangeTable(const std::vector<Change>& changes) {
  Table table;
  table.columns = {{"change", "change"},
                   {"place", "place"},
                   {"trace_before", "before"},
                   {"trace_after", "after"},
                   {"nanoseconds_before", "time", Unit::kNanoseconds},
                   {"nanoseconds_after", "now", Unit::kNanoseconds},
                   {"compilations_before", "compiled", Unit::kCount},
                   {"compilations_after", "now", Unit::kCount},
                   {"exits_before", "exits", Unit::kCount},
                   {"exits_after", "now", Unit::kCount},
                   {"signature", "signature"}};
  for (const Change& change : changes) {
    table.rows.push_back({change.what, change.key.place, change.before.trace, change.after.trace,
                          change.before.nanoseconds, change.after.nanoseconds, change.before.compilations,
                          change.after.compilations, change.before.exits, change.after.exits,
                          change.key.signature});
  }
  return table;
}

}  // namespace

DiffResult Diff(Reading& before, Reading& after, double threshold, const Output& output) {
  const std::vector<Change> changes = Compare(SumsOf(before.model()), SumsOf(after.model()), threshold);
  const int64_t old_wall = before.model().wall, new_wall = after.model().wall;
  const bool slower = Exceeds(old_wall, new_wall, threshold) && new_wall - old_wall > kLeastNanoseconds;
  DiffResult result;
  result.regressed =
      slower || std::any_of(changes.begin(), changes.end(), [](const Change& c) { return c.worse; });
  const Table table = ChangeTable(changes);
  if (output.json) {
    JsonWriter json;
    json.BeginObject().Add("before", before.model().path).Add("after", after.model().path).Add("schema", 1);
    json.Add("wall_nanoseconds_before", old_wall).Add("wall_nanoseconds_after", new_wall);
    json.Add("regressed", result.regressed).Key("changes");
    WriteTable(table, &json);
    json.EndObject();
    result.text = json.Take() + "\n";
    return result;
  }
  const double ratio = old_wall > 0 ? static_cast<double>(new_wall) / static_cast<double>(old_wall) : 0;
  result.text = absl::StrCat("whole run  ", FormatDuration(old_wall), " → ", FormatDuration(new_wall), "  (",
                             absl::StrFormat("%.2f", ratio), " ×)\n");
  if (changes.empty()) {
    absl::StrAppend(&result.text, "no trace changed by more than ", FormatPercent(threshold), "\n");
  } else {
    absl::StrAppend(&result.text, TableText(table, output.style));
  }
  return result;
}

}  // namespace lathe::profile
