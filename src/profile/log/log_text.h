// LogText: where a long text (a trace's IR, a listing) stands in the log. The texts are most of a log and few
// are ever looked at, so the model keeps offsets; LogFile reads one when it is shown.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lathe::profile {

struct LogText {
  int64_t offset = -1;  // of the JSON string's opening quote, in bytes from the start of the log
  int64_t size = 0;     // with both quotes

  bool exists() const { return offset >= 0; }
};

// A log that is open for reading texts. Not thread-safe.
class LogFile {
 public:
  static absl::StatusOr<LogFile> Open(const std::string& path);
  LogFile(LogFile&&) noexcept;
  LogFile& operator=(LogFile&&) noexcept;
  ~LogFile();

  // The text without quotes and escapes; "" if it does not exist.
  std::string Read(LogText text) const;

 private:
  struct Handle;
  explicit LogFile(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace lathe::profile
