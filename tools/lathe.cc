// The tool's entry: the command line to the engine's settings, a script to the interpreter, its status to the
// shell.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "lathe/engine.h"
#include "lathe/error.h"
#include "lathe/trace.h"
#include "src/base/temporary_file.h"
#include "src/profile/command/trace_command.h"
#include "src/script/interpreter.h"
#include "src/script/prelude.h"
#include "tools/command_line.h"
#include "tools/help_pages.h"
#include "tools/repl.h"

namespace lathe::tools {
namespace {

// The interpreter that an interrupt goes to. A signal handler can reach nothing but a global.
std::atomic<script::Interpreter*> running_interpreter = nullptr;

void OnInterrupt(int) {
  if (auto* interpreter = running_interpreter.load()) interpreter->Interrupt();
}

std::string ReadStandardInput() { return std::string(std::istreambuf_iterator<char>(std::cin), {}); }

int RunScript(const Settings& settings) {
  script::Interpreter interpreter;
  running_interpreter = &interpreter;
  std::signal(SIGINT, OnInterrupt);
  if (settings.engine.profile) interpreter.StartProfile();
  int status = 0;
  std::vector<std::string> arguments = settings.words;
  if (settings.command == Command::kSelftest) {
    if (settings.bits) arguments.push_back("--bits");
    status = interpreter.RunString(std::string(script::Selftest()), "<selftest>", arguments);
  } else if (!settings.code.empty()) {
    status = interpreter.RunString(settings.code, "<string>", arguments);
  } else if (arguments.empty() && !settings.run_named && isatty(STDIN_FILENO)) {
    status = RunSession(interpreter);
  } else if (arguments.empty() || arguments[0] == "-") {
    if (!arguments.empty()) arguments.erase(arguments.begin());
    status = interpreter.RunString(ReadStandardInput(), "<stdin>", arguments);
  } else {
    const std::string path = arguments[0];
    arguments.erase(arguments.begin());
    status = interpreter.RunFile(path, arguments);
  }
  running_interpreter = nullptr;
  if (settings.engine.profile) std::cerr << interpreter.FinishProfile() << std::flush;
  return status;
}

int Run(const Settings& settings) {
  std::optional<TemporaryFile> log;  // of the profiler, if nobody asked for one
  EngineOptions engine = settings.engine;
  if (engine.profile && engine.trace_file.empty() && !std::getenv("LATHE_TRACE")) {
    engine.trace_file = log.emplace("profile").path();
    engine.trace_detail = TraceDetail::kEvents;
  }
  Configure(engine);
  const int status = RunScript(settings);
  FinishTraceLog(status);
  if (engine.profile && !engine.trace_file.empty())
    std::cerr << '\n' << profile::SummaryOf(engine.trace_file);
  if (settings.stats) std::cerr << FormatCounters(ReadCounters()) << std::flush;
  return status;
}

int Help(const CommandLine& line) {
  const CLI::App* command = line.Find(line.settings().topic);
  if (!command) {
    std::cerr << "lathe help: there is no command '" << CLI::detail::join(line.settings().topic, " ")
              << "'\n";
    return 2;
  }
  if (!line.settings().pages.empty()) {
    WritePages(line.app(), line.settings().pages);
  } else {
    std::cout << (line.settings().man ? ManPage(*command) : HelpText(*command));
  }
  return 0;
}

int Perform(CommandLine& line) {
  switch (line.settings().command) {
    case Command::kRun:
    case Command::kSelftest:
      return Run(line.settings());
    case Command::kTrace:
      return line.trace().Run();
    case Command::kHelp:
      return Help(line);
    case Command::kCompletion:
      std::cout << (line.settings().shell == "bash" ? BashCompletion(line.app()) : ZshCompletion(line.app()));
      return 0;
  }
  return 2;
}

}  // namespace
}  // namespace lathe::tools

int main(int count, char** words) {
  std::ios::sync_with_stdio(false);
  lathe::tools::CommandLine line;
  try {
    line.Parse(count, words);
  } catch (const CLI::ParseError& error) {
    return line.Exit(error);
  }
  try {
    return lathe::tools::Perform(line);
  } catch (const lathe::Error& error) {
    std::cerr << "lathe: " << error.what() << '\n';
    return 2;
  } catch (const std::bad_alloc&) {
    std::cerr << "lathe: out of memory\n";
    return 2;
  }
}
