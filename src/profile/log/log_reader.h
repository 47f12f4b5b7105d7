// Reads a trace log (docs/trace-log.md) line by line and hands each event to a visitor. Memory is one block
// of the file, whatever the log's size: long texts are passed on as places in the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "src/profile/log/log_event.h"

namespace lathe::profile {

// What the reader found out about the file as a whole.
struct LogExtent {
  int64_t lines = 0;  // events read
  int64_t bytes = 0;
  bool cut = false;  // the last line is incomplete: whoever wrote the log was stopped
};

inline constexpr int64_t kLogVersion = 1;

// A log that is open for reading: its events, and its texts. What comes through a pipe is copied to a file
// without a name first. Not thread-safe.
class LogFile {
 public:
  // "-" is the standard input.
  static absl::StatusOr<LogFile> Open(const std::string& path);
  LogFile(LogFile&&) noexcept;
  LogFile& operator=(LogFile&&) noexcept;
  ~LogFile();

  // As messages and titles call it: the path.
  const std::string& name() const { return name_; }
  // An error names the file and, if a line is at fault, its number and offset: the file cannot be read, is
  // empty, is no trace log, is of a later version, or has a line that is no JSON object.
  absl::StatusOr<LogExtent> Visit(const std::function<void(const LogEvent&)>& visit) const;
  // The text without quotes and escapes; "" if it does not exist.
  std::string Read(LogText text) const;

 private:
  struct Handle;
  LogFile(std::unique_ptr<Handle> handle, std::string name);
  std::unique_ptr<Handle> handle_;
  std::string name_;
};

absl::StatusOr<LogExtent> ReadLog(const std::string& path, const std::function<void(const LogEvent&)>& visit);

}  // namespace lathe::profile
