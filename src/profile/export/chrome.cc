// Trace events of the "X" kind (complete events), as Perfetto and chrome://tracing read them. Times are
// microseconds with fractions.
#include <set>

#include "absl/strings/str_cat.h"
#include "src/profile/export/exporters.h"
#include "src/profile/output/json.h"

namespace lathe::profile {
namespace {

double Microseconds(int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

void WriteName(const char* what, int64_t pid, int64_t thread, const std::string& name, JsonWriter* json) {
  json->BeginObject().Add("ph", "M").Add("name", what).Add("pid", pid).Add("tid", thread);
  json->Key("args").BeginObject().Add("name", name).EndObject().EndObject();
}

void WriteSpan(const LogModel& model, const Span& span, int64_t pid, JsonWriter* json) {
  json->BeginObject().Add("ph", "X").Add("name", SpanName(model, span)).Add("cat", SpanKindName(span.kind));
  json->Add("pid", pid).Add("tid", int64_t{span.thread});
  json->Key("ts").Exact(Microseconds(span.begin)).Key("dur").Exact(Microseconds(span.nanoseconds));
  json->Key("args").BeginObject().Add("count", int64_t{span.count});
  if (span.kind != SpanKind::kForeign)
    json->Add("trace", model.traces[static_cast<size_t>(span.subject)].name);
  json->EndObject().EndObject();
}

}  // namespace

std::string ExportChrome(Reading& reading) {
  const LogModel& model = reading.model();
  const int64_t pid = model.head.pid > 0 ? model.head.pid : 1;
  JsonWriter json;
  json.BeginObject().Add("displayTimeUnit", "ns").Key("traceEvents").BeginArray();
  WriteName("process_name", pid, 0, model.head.script.empty() ? model.path : model.head.script, &json);
  std::set<int32_t> threads = {0};
  for (const Span& span : model.spans) threads.insert(span.thread);
  for (const int32_t thread : threads) {
    WriteName("thread_name", pid, thread, thread == 0 ? "main" : absl::StrCat("thread ", thread), &json);
  }
  for (const Span& span : model.spans) WriteSpan(model, span, pid, &json);
  json.EndArray().EndObject();
  return json.Take() + "\n";
}

}  // namespace lathe::profile
