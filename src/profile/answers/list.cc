// All traces, one a line.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/profile/answers/answers.h"

namespace lathe::profile {
namespace {

int64_t SortKey(const TraceRecord& trace, const std::string& sort) {
  if (sort == "runs") return trace.runs.count;
  if (sort == "compile") return trace.CompileNanoseconds();
  if (sort == "exits") return trace.ExitCount();
  if (sort == "bytes") return trace.runs.bytes;
  return TotalNanoseconds(trace);
}

Cell RateCell(double rate) { return rate > 0 ? Cell(rate) : Cell(); }
Cell ShareCell(double share) { return share >= 0 ? Cell(share) : Cell(); }

}  // namespace

Table TraceTable(Reading& reading, const std::vector<size_t>& order) {
  const LogModel& model = reading.model();
  Table table;
  table.columns = {{"trace", "trace"},
                   {"file", ""},
                   {"line", "", Unit::kCount},
                   {"place", "place"},
                   {"nanoseconds", "time", Unit::kNanoseconds},
                   {"share", "of all", Unit::kShare},
                   {"runs", "runs", Unit::kCount},
                   {"elements_per_second", "elements", Unit::kRate},
                   {"bytes_per_second", "memory", Unit::kByteRate},
                   {"bandwidth_share", "of bandwidth", Unit::kShare},
                   {"operations_per_second", "", Unit::kRate},
                   {"arithmetic_share", "of peak", Unit::kShare},
                   {"compilations", "", Unit::kCount},
                   {"compile_nanoseconds", "compiling", Unit::kNanoseconds},
                   {"exits", "", Unit::kCount},
                   {"code_bytes", "", Unit::kBytes},
                   {"signature", ""},
                   {"source", "source"}};
  for (const size_t k : order) {
    const TraceRecord& trace = model.traces[k];
    const Speed speed = SpeedOf(trace, reading.machine());
    const int64_t time = TotalNanoseconds(trace);
    const double share = model.wall > 0 ? static_cast<double>(time) / static_cast<double>(model.wall) : 0;
    int64_t compiled = 0;
    for (const Compilation& compilation : trace.compilations) compiled += compilation.compiled;
    const Compilation* latest = trace.Latest();
    table.rows.push_back({trace.name, trace.place.file, trace.place.line, TracePlaceText(trace), time, share,
                          trace.runs.count, RateCell(speed.elements), RateCell(speed.bytes),
                          ShareCell(speed.bandwidth), RateCell(speed.operations), ShareCell(speed.arithmetic),
                          compiled, trace.CompileNanoseconds(), trace.ExitCount(),
                          latest ? latest->bytes : int64_t{0}, trace.signature,
                          reading.source().Line(trace.place)});
  }
  return table;
}

bool TraceFilter::Wants(const TraceRecord& trace) const {
  if (!kind.empty() && (kind == "loop") != trace.is_loop) return false;
  const Place wanted{place.file.empty() ? trace.place.file : place.file, place.line};
  if (wanted.known() && !Holds(trace, wanted)) return false;
  return TotalNanoseconds(trace) >= least_nanoseconds;
}

std::string List(Reading& reading, const ListOptions& options, const Output& output) {
  const LogModel& model = reading.model();
  std::vector<size_t> order = reading.ByTime();
  if (options.sort == "name") {
    std::sort(order.begin(), order.end());
  } else {
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return SortKey(model.traces[a], options.sort) > SortKey(model.traces[b], options.sort);
    });
  }
  std::erase_if(order, [&](size_t k) { return !options.filter.Wants(model.traces[k]); });
  const size_t all = order.size();
  if (options.top > 0 && options.top < all) order.resize(options.top);
  const Table table = TraceTable(reading, order);
  if (output.json) return TableAnswer(reading, table, "traces");
  if (all == 0) return "no traces\n";
  std::string text = TableText(table, output.style);
  if (order.size() < all) absl::StrAppend(&text, "  and ", all - order.size(), " more\n");
  return text;
}

}  // namespace lathe::profile
