// What the subcommands of `lathe trace` do: open the log, ask, print.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/base/temporary_file.h"
#include "src/codegen/native_backend.h"
#include "src/profile/answers/answers.h"
#include "src/profile/command/trace_command.h"
#include "src/profile/export/exporters.h"
#include "src/profile/output/text.h"
#include "src/profile/output/units.h"

namespace lathe::profile {
namespace {

constexpr int kFailed = 2;

int Fail(const std::string& message) {
  std::cerr << "lathe trace: " << message << '\n';
  return kFailed;
}
int Fail(const absl::Status& status) { return Fail(std::string(status.message())); }

int Print(const std::string& text) {
  std::cout << text << std::flush;
  return std::cout.good() ? 0 : kFailed;
}

// The limits of the processor that wrote a log: measured once if it is this one.
std::optional<Machine> KnownMachine(const std::string& cpu) {
  if (std::optional<Machine> known = LoadMachine(cpu)) return known;
  if (cpu != ProcessorName()) return std::nullopt;
  std::cerr << "lathe trace: measuring this machine's limits, once (`lathe trace calibrate` does it again)\n";
  const Machine machine = MeasureMachine();
  SaveMachine(machine);
  return machine;
}

// The words of a command line: the log is the last one that is a file, or "-", or else simply the last one.
struct SplitWords {
  std::string file;
  std::vector<std::string> names;
};

SplitWords Split(std::vector<std::string> words) {
  SplitWords split;
  auto at = words.end();
  for (auto word = words.begin(); word != words.end(); ++word) {
    std::error_code error;
    if (*word == "-" || std::filesystem::exists(*word, error)) at = word;
  }
  if (at == words.end() && !words.empty()) at = words.end() - 1;
  if (at != words.end()) {
    split.file = *at;
    words.erase(at);
  }
  split.names = std::move(words);
  return split;
}

// Runs `question` on the log that the words name; `names` of them must be left.
int Ask(
    const std::vector<std::string>& words, size_t names, const MachineSource& machine,
    const std::function<absl::StatusOr<std::string>(Reading&, const std::vector<std::string>&)>& question) {
  const SplitWords split = Split(words);
  if (split.file.empty()) return Fail("which log? (see `lathe trace --help`)");
  if (split.names.size() < names) return Fail("which trace? (`lathe trace list LOG` lists them)");
  if (split.names.size() > names) {
    return Fail(absl::StrCat(split.names[names], ": no such file (and more names than this command takes)"));
  }
  absl::StatusOr<Reading> reading = Reading::Open(split.file, machine);
  if (!reading.ok()) return Fail(reading.status());
  const absl::StatusOr<std::string> answer = question(*reading, split.names);
  if (!answer.ok()) return Fail(answer.status());
  return Print(*answer);
}

Output OutputOf(bool json) { return {Style::ForStandardOutput(), json}; }

// Runs a script for a log of it; its own output goes nowhere. False if it could not be run at all.
bool RunForLog(const std::string& script, const std::string& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::string words[] = {"lathe", "run", "--trace", log, script};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return false;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) != kFailed;
}

// "script.py:12"
bool ParsePlace(const std::string& word, Place* place) {
  const size_t colon = word.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  place->file = word.substr(0, colon);
  return absl::SimpleAtoi(word.substr(colon + 1), &place->line) && place->line > 0;
}

// "12" is that line of any script.
bool ParseLine(const std::string& word, Place* place) {
  return ParsePlace(word, place) || (absl::SimpleAtoi(word, &place->line) && place->line > 0);
}

}  // namespace

int TraceCommand::Run() {
  for (const auto& [command, action] : actions_) {
    if (command->parsed()) return (this->*action)();
  }
  return RunSummary();
}

std::string SummaryOf(const std::string& log) {
  absl::StatusOr<Reading> reading = Reading::Open(log, LoadMachine);
  if (!reading.ok()) return absl::StrCat(reading.status().message(), "\n");
  return Summary(*reading, Output{Style(false), false});
}

int TraceCommand::RunSummary() {
  return Ask(Words(), 0, KnownMachine, [this](Reading& reading, const auto&) {
    return absl::StatusOr<std::string>(Summary(reading, OutputOf(settings_.json)));
  });
}

int TraceCommand::RunList() {
  ListOptions options;
  options.sort = settings_.sort;
  options.top = settings_.top;
  options.filter.kind = settings_.kind;
  if (!settings_.line.empty() && !ParseLine(settings_.line, &options.filter.place))
    return Fail(absl::StrCat("'", settings_.line, "' is no line: --line SCRIPT:LINE, or LINE"));
  if (!settings_.least_time.empty() &&
      !ParseDuration(settings_.least_time, &options.filter.least_nanoseconds))
    return Fail(absl::StrCat("'", settings_.least_time, "' is no time: 250us, 5ms, 1s"));
  return Ask(Words(), 0, KnownMachine, [&](Reading& reading, const auto&) {
    return absl::StatusOr<std::string>(List(reading, options, OutputOf(settings_.json)));
  });
}

int TraceCommand::RunShow() {
  return Ask(Words(), 1, nullptr, [this](Reading& reading, const auto& names) {
    return Show(reading, names[0], {settings_.pass, settings_.diff}, OutputOf(settings_.json));
  });
}

int TraceCommand::RunAssembly() {
  return Ask(Words(), 1, nullptr, [this](Reading& reading, const auto& names) {
    return Assembly(reading, names[0], settings_.target, OutputOf(settings_.json));
  });
}

int TraceCommand::RunExits() {
  return Ask(Words(), 0, nullptr, [this](Reading& reading, const auto&) {
    return absl::StatusOr<std::string>(Exits(reading, OutputOf(settings_.json)));
  });
}

int TraceCommand::RunCache() {
  return Ask(Words(), 0, nullptr, [this](Reading& reading, const auto&) {
    return absl::StatusOr<std::string>(Cache(reading, OutputOf(settings_.json)));
  });
}

int TraceCommand::RunTimeline() {
  return Ask(Words(), 0, nullptr, [this](Reading& reading, const auto&) {
    return absl::StatusOr<std::string>(Timeline(reading, settings_.slices, OutputOf(settings_.json)));
  });
}

int TraceCommand::RunDiff() {
  absl::StatusOr<Reading> before = Reading::Open(settings_.first, nullptr);
  if (!before.ok()) return Fail(before.status());
  absl::StatusOr<Reading> after = Reading::Open(settings_.second, nullptr);
  if (!after.ok()) return Fail(after.status());
  const DiffResult result = Diff(*before, *after, settings_.threshold / 100, OutputOf(settings_.json));
  const int status = Print(result.text);
  return status == 0 && result.regressed ? 1 : status;
}

int TraceCommand::RunWhy() {
  Place place;
  const std::vector<std::string> words = Words();
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const auto& word) { return ParsePlace(word, &place); });
  if (found == words.end()) return Fail("why which line? lathe trace why SCRIPT:LINE [FILE]");
  const Output output = OutputOf(settings_.json);
  const auto answer = [&](const std::string& log) {
    absl::StatusOr<Reading> reading = Reading::Open(log, KnownMachine);
    if (!reading.ok()) return Fail(reading.status());
    const absl::StatusOr<std::string> text = Why(*reading, place, output);
    return text.ok() ? Print(*text) : Fail(text.status());
  };
  if (words.size() == 2) return answer(found == words.begin() ? words[1] : words[0]);
  std::error_code error;
  if (!std::filesystem::exists(place.file, error)) return Fail(absl::StrCat(place.file, ": no such file"));
  const TemporaryFile log("trace");
  std::cerr << "lathe trace: running " << place.file << " for a log\n";
  if (!RunForLog(place.file, log.path())) return Fail(absl::StrCat(place.file, " could not be run"));
  return answer(log.path());
}

int TraceCommand::RunExport() {
  return Ask(Words(), 0, KnownMachine, [this](Reading& reading, const auto&) -> absl::StatusOr<std::string> {
    const absl::StatusOr<std::string> text = Export(reading, settings_.format);
    if (!text.ok() || settings_.output == "-") return text;
    std::ofstream file(settings_.output, std::ios::binary);
    file << *text;
    if (!file.flush()) return absl::UnavailableError(absl::StrCat(settings_.output, ": cannot be written"));
    return "";
  });
}

int TraceCommand::RunCalibrate() {
  const Machine machine = MeasureMachine();
  std::string text =
      absl::StrCat(machine.cpu, ", ", machine.cores, machine.cores == 1 ? " core" : " cores", "\n");
  absl::StrAppend(&text, "                     one thread     all threads\n");
  for (const Machine::Level& level : machine.levels) {
    absl::StrAppendFormat(&text, "  up to %-10s %13s %15s\n", FormatBytes(static_cast<double>(level.bytes)),
                          FormatRate(level.one_thread, "B/s"), FormatRate(level.all_threads, "B/s"));
  }
  absl::StrAppendFormat(&text, "  float64 + and *  %13s %15s\n", FormatRate(machine.operations_one, "/s"),
                        FormatRate(machine.operations_all, "/s"));
  if (!SaveMachine(machine)) return Fail(absl::StrCat("cannot write ", MachineCachePath(machine.cpu)));
  absl::StrAppend(&text, "kept in ", MachineCachePath(machine.cpu), "\n");
  return Print(text);
}

}  // namespace lathe::profile
