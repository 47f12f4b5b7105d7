// The trace log from the C ABI: begun and ended, with a callback that is told every line.
#include "lathe/trace.h"

#include <charconv>
#include <string>
#include <variant>

#include "lathe/engine.h"
#include "src/base/json_writer.h"
#include "src/base/mode_words.h"
#include "src/capi/guard.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

// The event as a line of the log's file.
std::string LineOf(const TraceEvent& event) {
  JsonFields fields;
  fields.Add("event", event.name);
  fields.Add("t", event.t);
  if (event.thread != 0) fields.Add("thread", int64_t{event.thread});
  for (const TraceEvent::Field& field : event.fields) {
    std::visit([&](const auto& value) { fields.Add(field.name, value); }, field.value);
  }
  return "{" + fields.text().substr(1) + "}";
}

}  // namespace

lathe_status lathe_trace_start(const char* path, const char* detail, lathe_trace_listener listener,
                               void* context) {
  return Guard([&] {
    const bool has_file = path && *path;
    if (!has_file && !listener) throw ValueError("a trace log needs a file, or somebody who listens");
    EngineOptions options = CurrentOptions();
    options.trace_detail.reset();
    if (detail) {
      const TraceDetail* mode = FindMode(kTraceDetailWords, std::string(detail));
      if (!mode) throw ValueError("the detail of a trace log cannot be '" + std::string(detail) + "'");
      options.trace_detail = *mode;
    }
    options.trace_file = has_file ? path : "";
    options.trace_listener = nullptr;
    if (listener) {
      options.trace_listener = [=](const TraceEvent& event) {
        const std::string line = LineOf(event);
        listener(context, line.data(), line.size());
      };
    }
    // The one that is open ends here, also if it has the same name.
    FinishTraceLog(0);
    Configure(options);
  });
}

lathe_status lathe_trace_stop(int status) {
  return Guard([&] {
    FinishTraceLog(status);
    EngineOptions options = CurrentOptions();
    options.trace_file.clear();
    options.trace_listener = nullptr;
    Configure(options);
  });
}

lathe_status lathe_source_place(const char* file, int line) {
  return Guard([&] { SetSourcePlace(TextOf(file, "the file"), line); });
}
