// The first screen. Each section has a budget of lines, so that the whole stays within 40.
#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

constexpr size_t kHottest = 5;
constexpr size_t kExits = 3;
constexpr size_t kFindings = 4;
constexpr int kBarWidth = 24;

struct CacheCount {
  int64_t hits = 0;
  int64_t misses = 0;
  std::map<std::string, int64_t> reasons;
};

CacheCount CountCache(const LogModel& model) {
  CacheCount count;
  for (const TraceRecord& trace : model.traces) {
    count.hits += trace.runs.hits;
    if (trace.miss_reason.empty()) continue;
    ++count.misses;
    ++count.reasons[trace.miss_reason];
  }
  return count;
}

std::string HeadText(const LogModel& model, const Style& style) {
  const LogHead& head = model.head;
  std::string text = absl::StrCat(style(Role::kTitle, head.script.empty() ? model.path : head.script), "  ",
                                  FormatDuration(model.wall));
  if (model.cpu > 0) absl::StrAppend(&text, ", ", FormatDuration(model.cpu), " of processor time");
  if (model.ended && model.status != 0) absl::StrAppend(&text, ", exit status ", model.status);
  text += '\n';
  std::vector<std::string> facts;
  for (const std::string& fact : {head.engine, head.cpu}) {
    if (!fact.empty()) facts.push_back(fact);
  }
  if (head.cores > 0) facts.push_back(absl::StrCat(head.cores, head.cores == 1 ? " core" : " cores"));
  if (!head.isa.empty()) facts.push_back(head.isa);
  if (!head.fp.empty()) facts.push_back("fp " + head.fp);
  if (!head.jit.empty() && head.jit != "on") facts.push_back("jit " + head.jit);
  absl::StrAppend(&text, style(Role::kDim, absl::StrJoin(facts, " · ")), "\n");
  if (!model.extent.cut) return text;
  const std::string cut =
      absl::StrCat("the log is cut in line ", model.extent.lines + 1, "; this is what came before");
  return absl::StrCat(text, style(Role::kBad, cut), "\n");
}

std::string PhaseText(const LogModel& model, const Style& style) {
  std::string text = style(Role::kTitle, "where the time went") + "\n";
  for (const PhaseRow& row : PhaseRows(model)) {
    if (row.per_mille == 0) continue;
    std::string note;
    if (row.name == "optimise") {
      for (const auto& [pass, nanoseconds] : PassTimes(model)) {
        if (note.size() > 50) break;
        absl::StrAppend(&note, note.empty() ? "" : ", ", pass, " ", FormatDuration(nanoseconds));
      }
    }
    std::string bar;
    for (int k = 0; k < (row.per_mille * kBarWidth + 999) / 1000; ++k) bar += "█";
    std::string time = FormatDuration(row.nanoseconds);
    time.insert(0, 8 - std::min<size_t>(8, DisplayWidth(time)), ' ');
    absl::StrAppendFormat(&text, "  %-14s %5.1f %%  %s  ", row.title, row.per_mille / 10.0, time);
    absl::StrAppend(&text, style(Role::kAccent, bar), note.empty() ? "" : " ", style(Role::kDim, note), "\n");
  }
  return text;
}

// The columns of the trace table that a first look needs.
std::string HottestText(Reading& reading, const Style& style) {
  std::vector<size_t> order = reading.ByTime();
  std::erase_if(order, [&](size_t k) { return TotalNanoseconds(reading.model().traces[k]) == 0; });
  if (order.empty()) return "";
  if (order.size() > kHottest) order.resize(kHottest);
  Table table = TraceTable(reading, order);
  for (Column& column : table.columns) {
    if (column.key == "compile_nanoseconds") column.title.clear();
    const bool limit = column.key == "bandwidth_share" || column.key == "arithmetic_share";
    if (limit && !reading.machine()) column.title.clear();
  }
  return absl::StrCat(style(Role::kTitle, "hottest traces"), "\n", TableText(table, style));
}

std::string CacheText(const LogModel& model, const Style& style) {
  const CacheCount count = CountCache(model);
  if (count.hits + count.misses == 0) return "";
  std::vector<std::string> reasons;
  for (const auto& [reason, number] : count.reasons) reasons.push_back(absl::StrCat(number, " ", reason));
  return absl::StrCat(style(Role::kTitle, "trace cache"), "  ", FormatCount(static_cast<double>(count.hits)),
                      " hits, ", FormatCount(static_cast<double>(count.misses)), " misses",
                      reasons.empty() ? "" : absl::StrCat(" (", absl::StrJoin(reasons, ", "), ")"), "\n");
}

std::string ExitText(Reading& reading, const Style& style) {
  Table table = ExitTable(reading);
  if (table.rows.empty()) return "";
  const size_t all = table.rows.size();
  std::string title = style(Role::kTitle, "guard exits");
  if (all > kExits) {
    table.rows.resize(kExits);
    absl::StrAppend(&title, style(Role::kDim, absl::StrCat("  the ", kExits, " most expensive of ", all)));
  }
  for (Column& column : table.columns) {
    if (column.key == "guard") column.title.clear();
  }
  return absl::StrCat(title, "\n", TableText(table, style));
}

std::string AbortText(const LogModel& model, const Style& style) {
  int64_t recordings = 0;
  std::set<Place> interpreted, compiled;  // a loop may have been tried under several names
  for (const TraceRecord& trace : model.traces) {
    for (const Abort& abort : trace.aborts) recordings += abort.count;
    if (trace.HasCode()) compiled.insert(trace.place);
    if (!trace.aborts.empty()) interpreted.insert(trace.place);
  }
  std::erase_if(interpreted, [&](const Place& place) { return compiled.contains(place); });
  const size_t never = interpreted.size();
  if (recordings == 0) return "";
  return absl::StrCat(style(Role::kTitle, "recordings given up"), "  ", recordings, "; ", never,
                      never == 1 ? " loop has" : " loops have", " no machine code\n");
}

std::string FindingsText(const Reading& reading, const Style& style) {
  const std::vector<Finding>& findings = reading.findings();
  std::string text = style(Role::kTitle, "what to do");
  if (findings.empty()) return text + "  nothing: no problem above 0.2 % of the time was found\n";
  if (findings.size() > kFindings) {
    const std::string more = absl::StrCat("  the first ", kFindings, " of ", findings.size(),
                                          "; of a line: lathe trace why SCRIPT:LINE");
    absl::StrAppend(&text, style(Role::kDim, more));
  }
  text += '\n';
  const auto wall = static_cast<double>(std::max<int64_t>(1, reading.model().wall));
  for (size_t k = 0; k < std::min(findings.size(), kFindings); ++k) {
    const Finding& finding = findings[k];
    const double share = std::min(1.0, static_cast<double>(finding.lost) / wall);
    const std::string head = absl::StrCat(k + 1, ". ", PlaceText(finding.place), "  ");
    const std::string cost =
        absl::StrCat("up to ", FormatDuration(finding.lost), " (", FormatPercent(share), ")  ");
    absl::StrAppend(&text, "  ", style(Role::kAccent, head), style(Role::kBad, cost), finding.what,
                    "\n     → ", style(Role::kGood, finding.remedy), "\n");
  }
  return text;
}

std::string SummaryJson(Reading& reading) {
  const LogModel& model = reading.model();
  JsonWriter json;
  json.BeginObject();
  WriteHead(model, &json);
  WriteTimes(model, &json);
  json.Key("traces");
  WriteTable(TraceTable(reading, reading.ByTime()), &json);
  const CacheCount cache = CountCache(model);
  json.Key("cache").BeginObject().Add("hits", cache.hits).Add("misses", cache.misses);
  json.Key("reasons").BeginObject();
  for (const auto& [reason, count] : cache.reasons) json.Add(reason, count);
  json.EndObject().EndObject().Key("exits");
  WriteTable(ExitTable(reading), &json);
  json.Key("findings");
  WriteFindings(reading.findings(), &json);
  json.EndObject();
  return json.Take() + "\n";
}

}  // namespace

std::string Summary(Reading& reading, const Output& output) {
  if (output.json) return SummaryJson(reading);
  const LogModel& model = reading.model();
  const Style& style = output.style;
  const std::string middle =
      absl::StrCat(CacheText(model, style), ExitText(reading, style), AbortText(model, style));
  std::string text = absl::StrCat(HeadText(model, style), "\n", PhaseText(model, style));
  for (const std::string& section : {HottestText(reading, style), middle, FindingsText(reading, style)}) {
    if (!section.empty()) absl::StrAppend(&text, "\n", section);
  }
  return text;
}

}  // namespace lathe::profile
