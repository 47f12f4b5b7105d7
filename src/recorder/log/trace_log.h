// The trace log: one event stream, JSON Lines, off unless a file is opened. Each event is one write of one
// whole line, so a log cut off by a crash is readable up to the cut. Thread-safe.
#pragma once

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "src/base/json_writer.h"

namespace lathe {

class TraceLog {
 public:
  // Truncates and opens `path`; an empty path closes the log.
  absl::Status Open(const std::string& path);
  // Asked before an event is put together: false costs one relaxed load.
  bool enabled() const { return enabled_.load(std::memory_order_relaxed); }
  void Write(JsonLine line);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::atomic<bool> enabled_ = false;
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace lathe
