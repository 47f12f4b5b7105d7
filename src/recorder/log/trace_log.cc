// Writing of the trace log.
#include "src/recorder/log/trace_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/json_writer.h"
#include "src/recorder/log/event_sums.h"

namespace lathe {
namespace {

thread_local bool is_telling = false;

// What waits for the end of the outermost TellLater.
struct Waiting {
  std::shared_ptr<const TraceListener> listener;
  TraceEvent event;
};
thread_local int tell_later = 0;
thread_local std::vector<Waiting> waiting_events;

void Tell(const TraceListener& listener, const TraceEvent& event) {
  is_telling = true;
  listener(event);
  is_telling = false;
}

// Threads in the order in which they first told something, from 0.
int NumberOfThread() {
  static std::atomic<int> next = 0;
  thread_local const int number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

std::string LineOf(const TraceEvent& event) {
  JsonLine line;
  line.Add("event", event.name);
  line.Add("t", event.t);
  if (event.thread != 0) line.Add("thread", int64_t{event.thread});
  for (const TraceEvent::Field& field : event.fields) {
    std::visit([&](const auto& value) { line.Add(field.name, value); }, field.value);
  }
  return line.Finish();
}

}  // namespace

TellLater::TellLater() { ++tell_later; }
TellLater::~TellLater() {
  if (--tell_later > 0) return;
  for (const Waiting& waiting : std::exchange(waiting_events, {})) Tell(*waiting.listener, waiting.event);
}

// The open file. A child of this process has it too, but writes nothing to it.
class TraceLog::File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor), process_(::getpid()) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    Flush();
    ::close(descriptor_);
  }

  // `held`: the line may wait for the next one that is not.
  void Write(std::string_view line, bool held) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_ += line;
    if (!held || waiting_.size() > kMostWaiting) Flush();
  }

 private:
  static constexpr size_t kMostWaiting = size_t{64} << 10;

  void Flush() {
    const std::string lines = std::exchange(waiting_, {});
    if (::getpid() != process_) return;
    std::string_view line = lines;
    // A regular file takes all at once unless the disk is full.
    while (!line.empty()) {
      const ssize_t written = ::write(descriptor_, line.data(), line.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      line.remove_prefix(static_cast<size_t>(written));
    }
  }

  const int descriptor_;
  const pid_t process_;
  std::mutex mutex_;
  std::string waiting_;
};

TraceLog::TraceLog() = default;

TraceLog::~TraceLog() {
  const std::lock_guard<std::mutex> lock(sums_mutex_);
  for (EventSums* sums : sums_) sums->log_ = nullptr;
}

bool TraceLog::IsTelling() { return is_telling; }

absl::Status TraceLog::Open(const std::string& path, bool full, const TraceListener& listener,
                            TraceEvent head) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    enabled_ = false;
    file_.reset();
    listener_.reset();
    if (!path.empty()) {
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
      if (descriptor < 0) {
        return absl::NotFoundError(
            absl::StrCat("cannot write trace log '", path, "': ", std::strerror(errno)));
      }
      file_ = std::make_shared<File>(descriptor);
    }
    if (listener) listener_ = std::make_shared<const TraceListener>(listener);
    if (!file_ && !listener_) return absl::OkStatus();
    opener_ = NumberOfThread();
    opened_ = Nanoseconds();
    full_ = full;
  }
  WriteEvent(std::move(head));
  enabled_ = true;
  return absl::OkStatus();
}

void TraceLog::Flush() {
  const std::lock_guard<std::mutex> lock(sums_mutex_);
  for (EventSums* sums : sums_) sums->Flush();
}

void TraceLog::Close(TraceEvent last) {
  if (!enabled()) return;
  enabled_ = false;
  WriteEvent(std::move(last));
  const std::lock_guard<std::mutex> lock(mutex_);
  file_.reset();
  listener_.reset();
}

void TraceLog::WriteEvent(TraceEvent event) {
  if (is_telling) return;
  const int number = NumberOfThread();
  if (event.t == 0) event.t = Now();
  std::shared_ptr<File> file;
  std::shared_ptr<const TraceListener> listener;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    event.thread = number == opener_ ? 0 : number < opener_ ? number + 1 : number;
    file = file_;
    listener = listener_;
  }
  if (file) file->Write(LineOf(event), event.name == event::Pass::kName);
  if (!listener) return;
  if (tell_later > 0) {
    waiting_events.push_back({std::move(listener), std::move(event)});
  } else {
    Tell(*listener, event);
  }
}

EventSums& TraceLog::sums() {
  thread_local std::unique_ptr<EventSums> sums;
  if (!sums || sums->log_ != this) sums = std::make_unique<EventSums>(this);
  return *sums;
}

}  // namespace lathe
