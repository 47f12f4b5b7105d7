// LogText: where a long text (a trace's IR, a listing) stands in the log. The texts are most of a log and few
// are ever looked at, so the model keeps offsets; LogFile (log_reader.h) reads one when it is shown.
#pragma once

#include <cstdint>

namespace lathe::profile {

struct LogText {
  int64_t offset = -1;  // of the JSON string's opening quote, in bytes from the start of the log
  int64_t size = 0;     // with both quotes

  bool exists() const { return offset >= 0; }
};

}  // namespace lathe::profile
