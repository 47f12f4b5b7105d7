// Everything, as one JSON document: the answers' tables, and each trace with its passes, texts and listing.
// The HTML report is a page around it.
#include <algorithm>
#include <set>

#include "src/profile/answers/answers.h"
#include "src/profile/export/exporters.h"
#include "src/profile/output/json.h"

namespace lathe::profile {
namespace {

constexpr size_t kMostSpans = 20'000;  // in the document; the longest ones

void WriteMachine(const Machine* machine, JsonWriter* json) {
  json->Key("machine");
  if (!machine) {
    json->Null();
    return;
  }
  json->BeginObject().Add("cpu", machine->cpu).Add("cores", machine->cores);
  json->Add("operations_one", machine->operations_one).Add("operations_all", machine->operations_all);
  json->Key("levels").BeginArray();
  for (const Machine::Level& level : machine->levels) {
    json->BeginObject().Add("bytes", level.bytes).Add("one_thread", level.one_thread);
    json->Add("all_threads", level.all_threads).EndObject();
  }
  json->EndArray().EndObject();
}

void WriteSpans(const LogModel& model, JsonWriter* json) {
  std::vector<const Span*> spans;
  for (const Span& span : model.spans) spans.push_back(&span);
  if (spans.size() > kMostSpans) {
    std::nth_element(spans.begin(), spans.begin() + kMostSpans, spans.end(),
                     [](const Span* a, const Span* b) { return a->nanoseconds > b->nanoseconds; });
    spans.resize(kMostSpans);
  }
  std::sort(spans.begin(), spans.end(), [](const Span* a, const Span* b) { return a->begin < b->begin; });
  json->Key("spans").BeginArray();
  for (const Span* span : spans) {
    json->BeginObject().Add("kind", SpanKindName(span->kind)).Add("name", SpanName(model, *span));
    json->Add("begin", span->begin).Add("nanoseconds", span->nanoseconds);
    json->Add("thread", int64_t{span->thread}).Add("count", int64_t{span->count}).EndObject();
  }
  json->EndArray();
}

void WriteSources(Reading& reading, JsonWriter* json) {
  std::set<std::string> files;
  for (const TraceRecord& trace : reading.model().traces) files.insert(trace.place.file);
  if (!reading.model().head.script.empty()) files.insert(reading.model().head.script);
  json->Key("sources").BeginObject();
  for (const std::string& file : files) {
    const std::vector<std::string>& lines = reading.source().Lines(file);
    if (lines.empty()) continue;
    json->Key(file).BeginArray();
    for (const std::string& line : lines) json->String(line);
    json->EndArray();
  }
  json->EndObject();
}

void WriteOthers(Reading& reading, JsonWriter* json) {
  const LogModel& model = reading.model();
  json->Key("foreign").BeginArray();
  for (const ForeignCalls& calls : model.foreign) {
    json->BeginObject().Add("name", calls.name).Add("library", calls.library).Add("file", calls.place.file);
    json->Add("line", calls.place.line)
        .Add("count", calls.count)
        .Add("nanoseconds", calls.nanoseconds)
        .EndObject();
  }
  json->EndArray().Key("samples").BeginArray();
  for (const Sample& sample : model.samples) {
    json->BeginObject()
        .Add("file", sample.place.file)
        .Add("line", sample.place.line)
        .Add("phase", sample.phase);
    json->Add("function", sample.function).Add("trace", sample.trace).Add("count", sample.count).EndObject();
  }
  json->EndArray().Key("aborts").BeginArray();
  for (const TraceRecord& trace : model.traces) {
    for (const Abort& abort : trace.aborts) {
      json->BeginObject()
          .Add("trace", trace.name)
          .Add("file", trace.place.file)
          .Add("line", trace.place.line);
      json->Add("at", abort.at.line)
          .Add("exit", abort.exit)
          .Add("reason", abort.reason)
          .Add("count", abort.count);
      json->EndObject();
    }
  }
  json->EndArray().Key("counters").BeginObject();
  for (const auto& [name, value] : model.counters) json->Add(name, value);
  json->EndObject();
}

}  // namespace

std::string ExportJson(Reading& reading) {
  const LogModel& model = reading.model();
  JsonWriter json;
  json.BeginObject();
  WriteHead(model, &json);
  json.Add("started", model.head.started).Add("isa", model.head.isa).Add("fp", model.head.fp);
  json.Add("jit", model.head.jit).Add("cores", model.head.cores).Add("status", model.status);
  WriteMachine(reading.machine(), &json);
  WriteTimes(model, &json);
  json.Key("traces");
  WriteTable(TraceTable(reading, reading.ByTime()), &json);
  json.Key("exits");
  WriteTable(ExitTable(reading), &json);
  json.Key("findings");
  WriteFindings(reading.findings(), &json);
  WriteOthers(reading, &json);
  WriteSpans(model, &json);
  WriteSources(reading, &json);
  json.Key("details").BeginArray();
  for (const size_t k : reading.ByTime()) WriteTraceDetails(reading, model.traces[k], &json);
  json.EndArray().EndObject();
  return json.Take() + "\n";
}

}  // namespace lathe::profile
