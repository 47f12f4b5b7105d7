// Writing of the trace log.
#include "src/recorder/log/trace_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/write_all.h"
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

}  // namespace

void TellLater::Enter() { ++tell_later; }
void TellLater::Leave() {
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

  // `prompt`: it must not wait for what comes behind it.
  void Write(const EventDraft& event, int thread, bool prompt) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (waiting_.empty()) waits_since_ = event.t;
    waiting_ += "{\"event\":\"";
    waiting_ += event.name;
    waiting_ += "\",\"t\":";
    AppendNumber(event.t);
    if (thread != 0) {
      waiting_ += ",\"thread\":";
      AppendNumber(thread);
    }
    waiting_ += event.fields.text();
    waiting_ += "}\n";
    if (prompt || waiting_.size() > kMostWaiting || event.t - waits_since_ > kLongestWait) Flush();
  }

 private:
  static constexpr size_t kMostWaiting = size_t{64} << 10;
  static constexpr int64_t kLongestWait = 50'000'000;

  void AppendNumber(int64_t number) {
    char digits[24];
    waiting_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }

  void Flush() {
    // What a full disk does not take is lost.
    if (::getpid() == process_) WriteAll(descriptor_, waiting_);
    waiting_.clear();
  }

  const int descriptor_;
  const pid_t process_;
  std::mutex mutex_;
  std::string waiting_;
  int64_t waits_since_ = 0;  // the time of the first line in it
};

TraceLog::TraceLog() = default;

TraceLog::~TraceLog() {
  const std::lock_guard<std::mutex> lock(sums_mutex_);
  for (EventSums* sums : sums_) sums->log_ = nullptr;
}

bool TraceLog::IsTelling() { return is_telling; }

absl::Status TraceLog::Open(const std::string& path, bool full, const TraceListener& listener,
                            EventDraft head) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    enabled_ = false;
    file_.reset();
    listener_.reset();
    EventListening::Set(false);
    if (!path.empty()) {
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
      if (descriptor < 0) {
        return absl::NotFoundError(
            absl::StrCat("cannot write trace log '", path, "': ", std::strerror(errno)));
      }
      file_ = std::make_shared<File>(descriptor);
    }
    if (listener) listener_ = std::make_shared<const TraceListener>(listener);
    EventListening::Set(static_cast<bool>(listener));
    if (!file_ && !listener_) return absl::OkStatus();
    opener_ = NumberOfThread();
    opened_ = Nanoseconds();
    full_ = full;
  }
  WriteEvent(std::move(head), true);
  enabled_ = true;
  return absl::OkStatus();
}

void TraceLog::Flush() {
  const std::lock_guard<std::mutex> lock(sums_mutex_);
  for (EventSums* sums : sums_) sums->Flush();
}

void TraceLog::Close(EventDraft last) {
  if (!enabled()) return;
  enabled_ = false;
  WriteEvent(std::move(last), true);
  const std::lock_guard<std::mutex> lock(mutex_);
  file_.reset();
  listener_.reset();
  EventListening::Set(false);
}

void TraceLog::WriteEvent(EventDraft event, bool prompt) {
  if (is_telling) return;
  const int number = NumberOfThread();
  if (event.t == 0) event.t = Now();
  std::shared_ptr<File> file;
  std::shared_ptr<const TraceListener> listener;
  int thread = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    thread = number == opener_ ? 0 : number < opener_ ? number + 1 : number;
    file = file_;
    if (event.listened) listener = listener_;
  }
  if (file) file->Write(event, thread, prompt);
  if (!listener) return;
  TraceEvent told{event.name, event.t, thread, std::move(event.values)};
  if (tell_later > 0) {
    waiting_events.push_back({std::move(listener), std::move(told)});
  } else {
    Tell(*listener, told);
  }
}

EventSums& TraceLog::sums() {
  thread_local std::unique_ptr<EventSums> sums;
  if (!sums || sums->log_ != this) sums = std::make_unique<EventSums>(this);
  return *sums;
}

}  // namespace lathe
