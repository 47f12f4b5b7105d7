// The timer, the handler, and what samples mean.
#include "src/script/sampler.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lathe/error.h"
#include "src/array/engine.h"
#include "src/codegen/memory/code_map.h"
#include "src/recorder/log/events.h"

namespace lathe::script {
namespace {

constexpr size_t kSlots = size_t{1} << 15;
constexpr size_t kMostProbes = 64;
constexpr size_t kLinesShown = 20;
constexpr int64_t kInterval = 1'000'000;  // nanoseconds

// A signal handler can reach nothing but a global. Who uses the sampler on another thread than its own counts
// as a user first, and the sampler goes when there are none.
std::atomic<Sampler*> active = nullptr;
std::atomic<int> users = 0;

class Borrowed {
 public:
  Borrowed() {
    users.fetch_add(1);
    sampler_ = active.load();
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { users.fetch_sub(1); }
  Sampler* get() const { return sampler_; }

 private:
  Sampler* sampler_;
};

uintptr_t AddressIn(const void* context) {
  const auto* machine = &static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<uintptr_t>(machine->gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine->pc;
#else
  (void)machine;
  return 0;
#endif
}

// While it lives, no sample comes in between.
class Quiet {
 public:
  Quiet() {
    sigset_t profile;
    sigemptyset(&profile);
    sigaddset(&profile, SIGPROF);
    pthread_sigmask(SIG_BLOCK, &profile, &before_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// Held for the time of a few instructions, by threads that no sample can come between meanwhile: handlers,
// which mask the signal, and those who are Quiet.
class SpinLock {
 public:
  explicit SpinLock(std::atomic_flag& flag) : flag_(flag) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
    }
  }
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;
  ~SpinLock() { flag_.clear(std::memory_order_release); }

 private:
  std::atomic_flag& flag_;
};

}  // namespace

Sampler::Sampler(Vm& vm) : vm_(vm), slots_(kSlots) {
  struct sigaction action = {};
  action.sa_sigaction = &Sampler::OnSignal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGPROF, &action, nullptr) != 0)
    throw FileError("this system has no signal for the profiler");
  active.store(this);
  AddThread();
  if (timers_.empty()) {
    active.store(nullptr);
    throw FileError("this system has no timer for the profiler");
  }
  PhaseClock::Watch([] {
    const Borrowed sampler;
    if (sampler.get() && std::this_thread::get_id() != sampler.get()->owner_) sampler.get()->AddThread();
  });
  vm_.StartSampling(this);
}

Sampler::~Sampler() {
  PhaseClock::Watch(nullptr);
  vm_.StartSampling(nullptr);
  {
    const std::lock_guard<std::mutex> lock(timers_mutex_);
    for (const timer_t timer : timers_) timer_delete(timer);
  }
  std::signal(SIGPROF, SIG_IGN);
  active.store(nullptr);
  while (users.load() != 0) std::this_thread::yield();
}

// A thread that cannot have a timer is not sampled.
void Sampler::AddThread() {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGPROF;
  event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
  timer_t timer{};
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0) return;
  const std::lock_guard<std::mutex> lock(timers_mutex_);
  timers_.push_back(timer);
  itimerspec interval = {};
  interval.it_interval.tv_nsec = interval.it_value.tv_nsec = kInterval;
  timer_settime(timer, 0, &interval, nullptr);
}

void Sampler::OnSignal(int, siginfo_t* info, void* context) {
  const int error = errno;
  const Borrowed sampler;
  // Where the system's clock ticks more slowly, a signal stands for the milliseconds that it missed too.
  if (sampler.get()) sampler.get()->Note(AddressIn(context), 1 + info->si_overrun);
  errno = error;
}

void Sampler::Note(uintptr_t address, int64_t count) {
  Slot seen;
  seen.phase = PhaseClock::Current();
  seen.subject = PhaseClock::Subject();
  // A pool's thread without work waits for some.
  if (seen.phase == Phase::other && std::this_thread::get_id() != owner_) return;
  if (const Frame* frame = FrameOfThread()) {
    seen.code = frame->code;
    seen.pc = frame->pc;
  }
  if (seen.phase == Phase::loop) {
    seen.address = address;
    seen.generation = DefaultEngine().code_map().generation();
  }
  uint64_t hash = reinterpret_cast<uintptr_t>(seen.pc) ^ (seen.address * 0x9e3779b97f4a7c15u);
  hash ^=
      (static_cast<uint64_t>(seen.subject) << 8 | static_cast<uint64_t>(seen.phase)) * 0xc2b2ae3d27d4eb4fu;
  hash ^= hash >> 29;
  const SpinLock lock(counting_);
  for (size_t probe = 0; probe < kMostProbes; ++probe) {
    Slot& slot = slots_[(hash + probe) % kSlots];
    const bool same = slot.pc == seen.pc && slot.code == seen.code && slot.address == seen.address &&
                      slot.subject == seen.subject && slot.phase == seen.phase &&
                      slot.generation == seen.generation;
    if (slot.count != 0 && !same) continue;
    seen.count = slot.count + count;
    slot = seen;
    return;
  }
  lost_ += count;
}

// Of another thread: the frame is the VM's if that thread is in the same kernel, where it stays for as long.
const Frame* Sampler::FrameOfThread() const {
  if (std::this_thread::get_id() == owner_) return vm_.caller();
  const int64_t subject = PhaseClock::Subject();
  const bool same = subject >= 0 && subject == owner_phase_.subject.load(std::memory_order_relaxed);
  return same && PhaseClock::Current() == Phase::run ? vm_.caller() : nullptr;
}

void Sampler::Keep(const Ref<CodeObject>& code) {
  if (!codes_.emplace(code.get(), code).second) return;
  for (const Value& constant : code->constants) {
    if (auto* inner = constant.As<CodeObject>()) Keep(Ref<CodeObject>(inner));
  }
}

SamplePlace Sampler::PlaceOf(const Slot& slot) const {
  SamplePlace place;
  place.phase = slot.phase;
  if (slot.subject >= 0) place.trace = absl::StrCat(slot.phase == Phase::loop ? "loop" : "t", slot.subject);
  const auto found = codes_.find(slot.code);
  if (found == codes_.end()) return place;
  const CodeObject& code = *found->second;
  const auto instruction = slot.pc - code.instructions.data();
  // A frame that was just being made may have another function's position.
  if (instruction < 0 || static_cast<size_t>(instruction) > code.instructions.size()) return place;
  place.file = code.source->name;
  place.function = code.name;
  place.line = code.RangeOf(instruction == 0 ? 0 : static_cast<uint32_t>(instruction - 1)).line;
  if (slot.phase == Phase::loop) {
    const uint32_t line = DefaultEngine().code_map().LineAt(slot.address, slot.generation);
    if (line != 0) place.line = line;
  }
  return place;
}

std::vector<SamplePlace> Sampler::Take() {
  std::vector<Slot> seen;
  int64_t lost = 0;
  {
    const Quiet quiet;
    const SpinLock lock(counting_);
    for (Slot& slot : slots_) {
      if (slot.count == 0) continue;
      seen.push_back(slot);
      slot = Slot();
    }
    lost = std::exchange(lost_, 0);
  }
  std::map<std::tuple<std::string, int64_t, std::string, Phase, std::string>, int64_t> counts;
  for (const Slot& slot : seen) {
    const SamplePlace place = PlaceOf(slot);
    counts[{place.file, place.line, place.function, place.phase, place.trace}] += slot.count;
  }
  if (lost > 0) counts[{}] += lost;
  std::vector<SamplePlace> places;
  for (const auto& [key, count] : counts) {
    const auto& [file, line, function, phase, trace] = key;
    places.push_back({file, line, function, phase, trace, count});
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const SamplePlace& a, const SamplePlace& b) { return a.count > b.count; });
  return places;
}

void TellSamples(const std::vector<SamplePlace>& places) {
  TraceLog& log = DefaultEngine().log();
  if (!log.enabled()) return;
  using E = event::Sample;
  for (const SamplePlace& place : places) {
    LogLine<E> line;
    if (!place.file.empty()) line.Add<E::file>(place.file).Add<E::line>(place.line);
    if (!place.function.empty()) line.Add<E::function>(place.function);
    line.Add<E::phase>(kPhaseNames[static_cast<size_t>(place.phase)]);
    if (!place.trace.empty()) line.Add<E::trace>(place.trace);
    line.Add<E::count>(place.count);
    log.Write(std::move(line));
  }
}

std::string FormatSamples(const std::vector<SamplePlace>& places) {
  struct Line {
    int64_t count = 0;
    std::map<std::string, int64_t> phases;
  };
  std::map<std::pair<std::string, int64_t>, Line> lines;
  int64_t all = 0;
  for (const SamplePlace& place : places) {
    Line& line = lines[{place.file, place.line}];
    line.count += place.count;
    line.phases[kPhaseNames[static_cast<size_t>(place.phase)]] += place.count;
    all += place.count;
  }
  std::vector<std::pair<std::pair<std::string, int64_t>, Line>> ordered(lines.begin(), lines.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  if (ordered.size() > kLinesShown) ordered.resize(kLinesShown);
  std::string text = absl::StrFormat("%d ms of processor time, by line\n", all);
  for (const auto& [place, line] : ordered) {
    const std::string name =
        place.first.empty() ? "(outside the script)" : absl::StrCat(place.first, ":", place.second);
    absl::StrAppendFormat(&text, "%7.1f%%  %-32s",
                          100.0 * static_cast<double>(line.count) / static_cast<double>(all), name);
    for (const auto& [phase, count] : line.phases) absl::StrAppend(&text, "  ", phase, " ", count);
    text += '\n';
  }
  return text;
}

}  // namespace lathe::script
