// The commands of magics.def, and how a statement is traced.
#include "src/profile/session/magics.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lathe/engine.h"
#include "lathe/error.h"
#include "src/profile/answers/answers.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 7;                   // of %timeit
constexpr int64_t kRoundTime = 100'000'000;  // nanoseconds that a round shall take
constexpr int64_t kMostLoops = 100'000'000;

int64_t Since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

// The command without its %, and what follows it.
std::pair<std::string, std::string> Split(const std::string& text) {
  const size_t begin = text.find('%') + 1;
  size_t end = begin;
  while (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end]))) ++end;
  size_t statement = end;
  while (statement < text.size() && text[statement] == ' ') ++statement;
  return {text.substr(begin, end - begin), text.substr(statement)};
}

// Runs the trace log into `path` while it lives. Code that is there already is dropped: it is to be seen.
class Tracing {
 public:
  explicit Tracing(const std::string& path) : before_(CurrentOptions()) {
    EngineOptions options = before_;
    options.trace_file = path;
    options.trace_detail = TraceDetail::kFull;
    Configure(options);
  }
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;
  ~Tracing() {
    FinishTraceLog(0);
    Configure(before_);
  }

 private:
  const EngineOptions before_;
};

}  // namespace

Magics::Magics(script::Interpreter& interpreter, std::ostream& out, const Style& style)
    : interpreter_(interpreter), out_(out), style_(style) {}
Magics::~Magics() = default;

bool Magics::IsMagic(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\n");
  return first != std::string::npos && text[first] == '%';
}

std::string Magics::StatementOf(const std::string& text) { return Split(text).second; }

std::vector<std::string> Magics::Complete(const std::string& prefix) {
  std::vector<std::string> names;
  for (const char* name : {
#define MAGIC(NAME, FUNCTION, WORDS, HELP) "%" NAME,
#include "src/profile/session/magics.def"
#undef MAGIC
       }) {
    if (std::string(name).starts_with(prefix)) names.emplace_back(name);
  }
  return names;
}

void Magics::Run(const std::string& text) {
  const auto [name, words] = Split(text);
  const std::string trimmed(absl::StripTrailingAsciiWhitespace(words));
#define MAGIC(NAME, FUNCTION, WORDS, HELP)                                     \
  if (name == NAME) {                                                          \
    if (trimmed.empty() && std::string_view(WORDS).starts_with("STATEMENT")) { \
      out_ << "usage: %" NAME " " WORDS "\n";                                  \
      return;                                                                  \
    }                                                                          \
    return FUNCTION(words);                                                    \
  }
#include "src/profile/session/magics.def"
#undef MAGIC
  out_ << "there is no %" << name << "; %help lists what there is\n";
}

// ---- Timing -----------------------------------------------------------------------------------------
void Magics::Time(const std::string& statement) {
  const std::clock_t processor = std::clock();
  const Clock::time_point start = Clock::now();
  int status = 0;
  interpreter_.RunInteractive(statement, &status);
  const int64_t wall = Since(start);
  const auto cpu = static_cast<int64_t>(1e9 * static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
  out_ << style_(Role::kDim,
                 absl::StrCat("wall time ", FormatDuration(wall), ", processors ", FormatDuration(cpu)))
       << '\n';
}

void Magics::TimeIt(const std::string& statement) {
  const std::unique_ptr<script::Interpreter::Prepared> prepared = interpreter_.Prepare(statement);
  if (!prepared) return;
  // Runs it `count` times; the nanoseconds, or -1 after an error.
  const auto measure = [&](int64_t count) -> int64_t {
    const Clock::time_point start = Clock::now();
    for (int64_t k = 0; k < count; ++k) {
      if (!interpreter_.Run(*prepared)) return -1;
    }
    return std::max<int64_t>(Since(start), 1);
  };
  int64_t loops = 1;
  for (int64_t taken = measure(1);; taken = measure(loops)) {
    if (taken < 0) return;
    if (taken >= kRoundTime / 5 || loops >= kMostLoops) break;
    loops *= 10;
  }
  std::vector<double> rounds;
  for (int k = 0; k < kRounds; ++k) {
    const int64_t taken = measure(loops);
    if (taken < 0) return;
    rounds.push_back(static_cast<double>(taken) / static_cast<double>(loops));
  }
  std::sort(rounds.begin(), rounds.end());
  const auto duration = [](double nanoseconds) {
    return nanoseconds < 1000 ? absl::StrCat(std::round(nanoseconds * 10) / 10, " ns")
                              : FormatDuration(static_cast<int64_t>(nanoseconds));
  };
  out_ << duration(rounds[kRounds / 2]) << " a run "
       << style_(Role::kDim, absl::StrCat("(median of ", kRounds, " rounds of ", loops, "; ",
                                          duration(rounds.front()), " to ", duration(rounds.back()), ")"))
       << '\n';
}

// ---- The trace log ----------------------------------------------------------------------------------
void Magics::ShowTrace(const std::string& statement) {
  if (!log_) log_.emplace("session");
  statement_ = statement;
  interpreter_.ForgetLoops();
  {
    const Tracing tracing(log_->path());
    int status = 0;
    interpreter_.RunInteractive(statement, &status);
  }
  Ask([&](Reading& reading) -> absl::StatusOr<std::string> {
    const std::vector<size_t> order = reading.ByTime();
    if (order.empty()) return std::string("nothing was recorded: no array was computed, no loop was hot\n");
    std::string text = TableText(TraceTable(reading, order), style_);
    const absl::StatusOr<std::string> shown =
        Show(reading, reading.model().traces[order[0]].name, {}, Output{style_, false});
    if (!shown.ok()) return shown.status();
    return absl::StrCat(text, "\n", *shown);
  });
}

void Magics::Why(const std::string& line) {
  int64_t number = 1;
  const std::string trimmed(absl::StripAsciiWhitespace(line));
  if (!trimmed.empty() && !absl::SimpleAtoi(trimmed, &number)) {
    out_ << "usage: %why [LINE], a line of the last traced statement\n";
    return;
  }
  Ask([&](Reading& reading) {
    return profile::Why(reading, Place{script::Interpreter::kInputName, number}, Output{style_, false});
  });
}

void Magics::Assembly(const std::string& trace) {
  Ask([&](Reading& reading) -> absl::StatusOr<std::string> {
    std::string name(absl::StripAsciiWhitespace(trace));
    const std::vector<size_t> order = reading.ByTime();
    if (name.empty() && order.empty()) return absl::NotFoundError("nothing was compiled");
    if (name.empty()) name = reading.model().traces[order[0]].name;
    return profile::Assembly(reading, name, "", Output{style_, false});
  });
}

void Magics::Ask(const std::function<absl::StatusOr<std::string>(Reading&)>& question) {
  if (!log_) {
    out_ << "nothing has been traced yet: %trace STATEMENT\n";
    return;
  }
  absl::StatusOr<Reading> reading = Reading::Open(log_->path(), nullptr);
  if (!reading.ok()) {
    out_ << reading.status().message() << '\n';
    return;
  }
  reading->source().Provide(script::Interpreter::kInputName, statement_);
  const absl::StatusOr<std::string> answer = question(*reading);
  out_ << (answer.ok() ? *answer : absl::StrCat(answer.status().message(), "\n"));
}

// ---- The rest ---------------------------------------------------------------------------------------
void Magics::Stats(const std::string&) { out_ << FormatCounters(ReadCounters()); }

void Magics::Help(const std::string&) {
#define MAGIC(NAME, FUNCTION, WORDS, HELP)                                        \
  {                                                                               \
    const std::string usage = "%" NAME " " WORDS;                                 \
    out_ << "  " << usage << std::string(22 - usage.size(), ' ') << HELP << '\n'; \
  }
#include "src/profile/session/magics.def"
#undef MAGIC
}

}  // namespace lathe::profile
