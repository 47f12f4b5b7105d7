// Adding up, and writing of sums.
#include "src/recorder/log/event_sums.h"

namespace lathe {

void RunSum::Merge(const RunSum& other) {
  count += other.count;
  nanoseconds += other.nanoseconds;
  longest = std::max(longest, other.longest);
  elements += other.elements;
  bytes += other.bytes;
  threads = std::max(threads, other.threads);
  waiting += other.waiting;
  hits += other.hits;
}
void LoopRunSum::Merge(const LoopRunSum& other) {
  count += other.count;
  nanoseconds += other.nanoseconds;
  longest = std::max(longest, other.longest);
  turns += other.turns;
}
void ExitSum::Merge(const ExitSum& other) {
  count += other.count;
  nanoseconds += other.nanoseconds;
  side_trace = other.side_trace;
}
void ForeignSum::Merge(const ForeignSum& other) {
  count += other.count;
  nanoseconds += other.nanoseconds;
  longest = std::max(longest, other.longest);
}

namespace {

void AddFields(const RunSum& sum, LogLine<event::Run>* line) {
  using E = event::Run;
  line->Add<E::count>(sum.count).Add<E::nanoseconds>(sum.nanoseconds).Add<E::longest>(sum.longest);
  line->Add<E::elements>(sum.elements).Add<E::bytes>(sum.bytes).Add<E::threads>(sum.threads);
  line->Add<E::waiting>(sum.waiting).Add<E::hits>(sum.hits);
}
void AddFields(const LoopRunSum& sum, LogLine<event::LoopRun>* line) {
  using E = event::LoopRun;
  line->Add<E::count>(sum.count).Add<E::nanoseconds>(sum.nanoseconds).Add<E::longest>(sum.longest);
  line->Add<E::turns>(sum.turns);
}
void AddFields(const ExitSum& sum, LogLine<event::Exit>* line) {
  using E = event::Exit;
  line->Add<E::count>(sum.count).Add<E::nanoseconds>(sum.nanoseconds).Add<E::side_trace>(sum.side_trace);
}
void AddFields(const ForeignSum& sum, LogLine<event::Foreign>* line) {
  using E = event::Foreign;
  line->Add<E::count>(sum.count).Add<E::nanoseconds>(sum.nanoseconds).Add<E::longest>(sum.longest);
}

}  // namespace

EventSums::EventSums(TraceLog* log) : log_(log) {
  const std::lock_guard<std::mutex> lock(log_->sums_mutex_);
  log_->sums_.insert(this);
}

EventSums::~EventSums() {
  Flush();
  if (!log_) return;
  const std::lock_guard<std::mutex> lock(log_->sums_mutex_);
  log_->sums_.erase(this);
}

void EventSums::StartIfNew() {
  const int64_t opened = log_ ? log_->opened_.load(std::memory_order_relaxed) : 0;
  if (opened == opened_) return;
  opened_ = opened;
  oldest_ = 0;
  std::apply([](auto&... table) { (table.clear(), ...); }, tables_);
}

template <class Sum>
void EventSums::Write(const EventDraft& subject, const Sum& sum, int64_t end) {
  if (!log_) return;
  LogLine<typename Sum::Event> line(subject);
  AddFields(sum, &line);
  line.At(end - opened_);
  log_->Write(std::move(line));
}
template void EventSums::Write(const EventDraft&, const RunSum&, int64_t);
template void EventSums::Write(const EventDraft&, const LoopRunSum&, int64_t);
template void EventSums::Write(const EventDraft&, const ExitSum&, int64_t);
template void EventSums::Write(const EventDraft&, const ForeignSum&, int64_t);

void EventSums::WriteAll() {
  oldest_ = 0;
  const auto write = [this](auto& table) {
    for (auto& [key, entry] : table) {
      if (entry.sum.count == 0) continue;
      Write(*entry.subject, entry.sum, entry.end);
      entry.sum = {0};
    }
  };
  std::apply([&](auto&... table) { (write(table), ...); }, tables_);
}

void EventSums::Flush() {
  const Lock lock(busy_);
  if (oldest_ != 0 && log_ && opened_ == log_->opened_.load(std::memory_order_relaxed)) WriteAll();
}

}  // namespace lathe
