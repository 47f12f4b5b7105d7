// What several answers share: phases, and the common parts of JSON.
#include <algorithm>
#include <map>

#include "src/profile/answers/answers.h"
#include "src/profile/output/units.h"

namespace lathe::profile {

std::vector<PhaseRow> PhaseRows(const LogModel& model) {
  static const std::map<std::string, std::string> kTitles = {
      {"interpret", "interpreting"}, {"record", "recording"},     {"optimise", "passes"},
      {"emit", "emitting code"},     {"run", "array code"},       {"loop", "loop code"},
      {"wait", "waiting"},           {"foreign", "foreign calls"}};
  std::vector<PhaseRow> rows;
  int64_t other = 0, sum = 0;
  for (const Phase& phase : model.phases) {
    sum += phase.nanoseconds;
    if (phase.name == "other") {
      other += phase.nanoseconds;
      continue;
    }
    const auto title = kTitles.find(phase.name);
    rows.push_back({phase.name, title == kTitles.end() ? phase.name : title->second, phase.nanoseconds});
  }
  rows.push_back({"other", "other", other + std::max<int64_t>(0, model.wall - sum)});
  std::vector<int64_t> times;
  for (const PhaseRow& row : rows) times.push_back(std::max<int64_t>(0, row.nanoseconds));
  const std::vector<int> shares = PerMilleShares(times);
  for (size_t k = 0; k < rows.size(); ++k) rows[k].per_mille = shares[k];
  return rows;
}

std::vector<std::pair<std::string, int64_t>> PassTimes(const LogModel& model) {
  std::map<std::string, int64_t> times;
  for (const TraceRecord& trace : model.traces) {
    for (const Compilation& compilation : trace.compilations) {
      for (const PassRun& pass : compilation.passes) times[pass.pass] += pass.nanoseconds;
    }
  }
  std::vector<std::pair<std::string, int64_t>> sorted(times.begin(), times.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) { return a.second > b.second; });
  return sorted;
}

void WriteHead(const LogModel& model, JsonWriter* json) {
  json->Add("log", model.path)
      .Add("schema", 1)
      .Add("script", model.head.script)
      .Add("engine", model.head.engine);
  json->Add("cpu", model.head.cpu).Add("cut", model.extent.cut).Add("events", model.extent.lines);
  json->Add("wall_nanoseconds", model.wall).Add("cpu_nanoseconds", model.cpu);
}

void WriteTimes(const LogModel& model, JsonWriter* json) {
  json->Key("phases").BeginArray();
  for (const PhaseRow& row : PhaseRows(model)) {
    json->BeginObject().Add("phase", row.name).Add("title", row.title).Add("nanoseconds", row.nanoseconds);
    json->Add("percent", row.per_mille / 10.0).EndObject();
  }
  json->EndArray().Key("passes").BeginArray();
  for (const auto& [pass, nanoseconds] : PassTimes(model)) {
    json->BeginObject().Add("pass", pass).Add("nanoseconds", nanoseconds).EndObject();
  }
  json->EndArray();
}

void WriteFindings(const std::vector<Finding>& findings, JsonWriter* json) {
  json->BeginArray();
  for (const Finding& finding : findings) {
    json->BeginObject()
        .Add("kind", finding.kind)
        .Add("file", finding.place.file)
        .Add("line", finding.place.line);
    json->Add("trace", finding.trace).Add("lost_nanoseconds", finding.lost).Add("what", finding.what);
    json->Add("why", finding.why).Add("remedy", finding.remedy).EndObject();
  }
  json->EndArray();
}

std::string TableAnswer(const Reading& reading, const Table& table, const char* key) {
  JsonWriter json;
  json.BeginObject();
  WriteHead(reading.model(), &json);
  json.Key(key);
  WriteTable(table, &json);
  json.EndObject();
  return json.Take() + "\n";
}

}  // namespace lathe::profile
