// Sums over the model.
#include "src/profile/model/model.h"

#include <algorithm>

namespace lathe::profile {

std::string_view SpanKindName(SpanKind kind) {
  static constexpr std::string_view kNames[] = {"record", "pass", "emit",    "compile",
                                                "run",    "loop", "foreign", "abort"};
  return kNames[static_cast<size_t>(kind)];
}

int64_t TraceRecord::CompileNanoseconds() const {
  int64_t sum = 0;
  for (const Compilation& compilation : compilations) {
    sum += compilation.record_nanoseconds;
    int64_t passes = 0;
    for (const PassRun& pass : compilation.passes) passes += pass.nanoseconds;
    sum += std::max(compilation.nanoseconds, passes + compilation.emit_nanoseconds);
  }
  return sum;
}

bool TraceRecord::HasCode() const {
  return std::any_of(compilations.begin(), compilations.end(),
                     [](const Compilation& compilation) { return compilation.compiled; });
}

int64_t TraceRecord::ExitCount() const {
  int64_t sum = 0;
  for (const LoopExit& exit : exits) sum += exit.count;
  return sum;
}

const TraceRecord* LogModel::Find(std::string_view trace) const {
  for (const TraceRecord& record : traces) {
    if (record.name == trace) return &record;
  }
  return nullptr;
}

}  // namespace lathe::profile
