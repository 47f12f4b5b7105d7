// The events that all traces have in common.
#include "src/array/trace_events.h"
#include "src/base/mode_words.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/printer.h"

namespace lathe {
namespace {

std::vector<std::string> CommandLine() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::string> words;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\0', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::string TimeNow() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts));
}

int64_t ProcessorNanoseconds() {
  std::timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::string LayoutWords(const Instruction& param) {
  if (param.layout == Layout::Dense(param.rank)) return " dense";
  bool broadcast = true;
  for (int d = 0; d < param.rank; ++d) broadcast &= param.layout.at(d) == StrideClass::kBroadcast;
  return broadcast ? " broadcast" : " strided";
}

constexpr const char* kLevelNames[] = {"array", "nest", "loop"};

}  // namespace

EventDraft LogHead(const EngineOptions& options, bool full, std::string_view isa) {
  using E = event::Log;
  LogLine<E> line = LogLine<E>::ForListener();
  line.Add<E::version>(1).Add<E::engine>("lathe " LATHE_VERSION).Add<E::pid>(::getpid());
  line.Add<E::command>(CommandLine()).Add<E::started>(TimeNow()).Add<E::cpu>(ProcessorName());
  line.Add<E::cores>(AvailableProcessors()).Add<E::isa>(std::string(isa));
  line.Add<E::fp>(std::string(WordOf(kFpModeWords, options.fp)));
  line.Add<E::jit>(std::string(WordOf(kJitModeWords, options.jit)));
  line.Add<E::detail>(
      std::string(WordOf(kTraceDetailWords, full ? TraceDetail::kFull : TraceDetail::kEvents)));
  return std::move(line).Take();
}

EventDraft LogEnd(std::optional<int> status, int64_t nanoseconds) {
  using E = event::End;
  LogLine<E> line;
  if (status) line.Add<E::status>(*status);
  line.Add<E::nanoseconds>(nanoseconds).Add<E::cpu>(ProcessorNanoseconds());
  const Counters counters = ReadCounters();
#define COUNTER(ID, TEXT) line.Add<E::ID>(counters.ID);
#include "lathe/counters.def"
#undef COUNTER
  return std::move(line).Take();
}

void TellPhases(TraceLog& log) {
  using E = event::Phases;
  const PhaseClock::Sums sums = PhaseClock::Read();
  LogLine<E> line;
  int64_t wall = 0;
#define PHASE(ID, DOC)                                   \
  line.Add<E::ID>(sums[static_cast<size_t>(Phase::ID)]); \
  wall += sums[static_cast<size_t>(Phase::ID)];
#include "src/recorder/log/phases.def"
#undef PHASE
  line.Add<E::wall>(wall).Add<E::cpu>(ProcessorNanoseconds());
  log.Write(std::move(line));
}

std::vector<int64_t> LinesOf(const Trace& trace, int64_t first) {
  std::set<int64_t> lines;
  for (const Instruction& instruction : trace.instructions) {
    if (instruction.line != 0) lines.insert(instruction.line);
  }
  std::vector<int64_t> ordered;
  if (first != 0) ordered.push_back(first);
  for (const int64_t line : lines) {
    if (line != first) ordered.push_back(line);
  }
  return ordered;
}

std::string SignatureOf(const Trace& trace) {
  std::string text;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Instruction& param = trace.at(ref);
    if (param.op != Op::kParam) continue;
    if (!text.empty()) text += ", ";
    text += DTypeWord(param.dtype);
    if (param.rank == 0) continue;
    std::string_view around = "[";
    for (const Dim dim : trace.dims(ref)) {
      text += std::exchange(around, ", ");
      if (dim.is_constant()) {
        text += std::to_string(dim.value);
      } else {
        const std::string_view name = trace.NameOf(dim.ref());
        text += name.empty() ? absl::StrCat("n", trace.at(dim.ref()).attribute) : std::string(name);
      }
    }
    text += ']';
    text += LayoutWords(param);
  }
  return text;
}

void TellRecord(TraceLog& log, const Trace& trace, int64_t nanoseconds, EndReason ended,
                std::optional<int64_t> exit) {
  using E = event::Record;
  LogLine<E> line;
  line.Add<E::trace>(trace.name);
  if (!trace.file.empty()) line.Add<E::file>(trace.file);
  line.Add<E::lines>(LinesOf(trace));
  if (exit) line.Add<E::exit>(*exit);
  line.Add<E::ops>(CountOps(trace)).Add<E::nanoseconds>(nanoseconds).Add<E::signature>(SignatureOf(trace));
  line.Add<E::ended>(std::string(TextOf(ended)));
  if (log.full()) line.Add<E::ir>(PrintTrace(trace));
  log.Write(std::move(line));
}

void TellDecisions(TraceLog& log, std::string_view trace, std::span<const Decision> decisions) {
  using E = event::Choice;
  for (const Decision& decision : decisions) {
    LogLine<E> line;
    line.Add<E::trace>(trace).Add<E::choice>(NameOf(decision.choice)).Add<E::answer>(decision.answer);
    line.Add<E::why>(decision.why);
    log.Write(std::move(line));
  }
}

std::function<void(const PassEvent&)> PassTeller(TraceLog& log, const std::string& trace) {
  if (!log.enabled()) return nullptr;
  return [&log, trace](const PassEvent& pass) {
    using E = event::Pass;
    TellDecisions(log, trace, pass.decisions);
    LogLine<E> line;
    line.Add<E::trace>(trace).Add<E::pass>(pass.name);
    line.Add<E::level>(kLevelNames[static_cast<size_t>(pass.level)]).Add<E::nanoseconds>(pass.nanoseconds);
    line.Add<E::changed>(pass.changed);
    line.Add<E::ops_before>(pass.ops_before).Add<E::ops_after>(pass.ops_after);
    if (!pass.reasons.empty()) line.Add<E::reasons>(pass.reasons);
    if (pass.changed && log.full()) line.Add<E::ir>(PrintTrace(*pass.after));
    log.Write(std::move(line));
  };
}

}  // namespace lathe
