// The log in formats that other programs read, one file each.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "src/profile/answers/reading.h"

namespace lathe::profile {

std::string ExportChrome(Reading& reading);      // trace events: Perfetto, chrome://tracing
std::string ExportSpeedscope(Reading& reading);  // speedscope.app
std::string ExportFolded(Reading& reading);  // one stack a line, for flame graphs; counts are microseconds
std::string ExportDot(Reading& reading);     // Graphviz: loops, their exits and side traces
std::string ExportJson(Reading& reading);    // all that the model holds
std::string ExportHtml(Reading& reading);    // one page that needs nothing else

// By name; an error if there is no such format.
absl::StatusOr<std::string> Export(Reading& reading, const std::string& format);

// What a span is of, in words: "t3 script.py:12", "fuse", "dgemm".
std::string SpanName(const LogModel& model, const Span& span);

}  // namespace lathe::profile
