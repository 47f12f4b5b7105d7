// Writing of the trace log.
#include "src/recorder/log/trace_log.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace lathe {

absl::Status TraceLog::Open(const std::string& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  file_.reset();
  enabled_ = false;
  if (path.empty()) return absl::OkStatus();
  file_.reset(std::fopen(path.c_str(), "w"));
  if (!file_)
    return absl::NotFoundError(absl::StrCat("cannot write trace log '", path, "': ", std::strerror(errno)));
  const std::string head = JsonLine("log").Add("version", 1).Add("engine", "lathe 0.1.0").Finish();
  std::fwrite(head.data(), 1, head.size(), file_.get());
  enabled_ = true;
  return absl::OkStatus();
}

void TraceLog::Write(JsonLine line) {
  const std::string text = line.Finish();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!file_) return;
  std::fwrite(text.data(), 1, text.size(), file_.get());
  std::fflush(file_.get());
}

}  // namespace lathe
