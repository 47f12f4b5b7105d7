// The command line: options to the engine's settings, a script to the interpreter, its status to the shell.
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/engine.h"
#include "lathe/error.h"
#include "src/script/interpreter.h"
#include "tools/repl.h"

namespace {

constexpr const char* kExamples = R"(Examples:
  lathe run script.py 100             run a script with an argument
  lathe run --stats script.py         and say what the engine did
  lathe -c 'import numpy as np; print(np.arange(3) ** 2)'
  echo 'print(1 + 2)' | lathe -       run the standard input
  lathe                               interactive session
)";

struct Options {
  lathe::EngineOptions engine;
  bool stats = false;
  std::string code;
  std::vector<std::string> words;  // the script and its arguments
};

// The interpreter that an interrupt goes to. A signal handler can reach nothing but a global.
std::atomic<lathe::script::Interpreter*> running_interpreter = nullptr;

void OnInterrupt(int) {
  if (auto* interpreter = running_interpreter.load()) interpreter->Interrupt();
}

void AddEngineOptions(CLI::App* app, Options* options) {
  using lathe::FpMode;
  using lathe::Isa;
  using lathe::JitMode;
  static const std::map<std::string, JitMode> kJit = {
      {"on", JitMode::kOn}, {"off", JitMode::kOff}, {"force", JitMode::kForce}, {"stress", JitMode::kStress}};
  static const std::map<std::string, FpMode> kFp = {
      {"strict", FpMode::kStrict}, {"contract", FpMode::kContract}, {"fast", FpMode::kFast}};
  static const std::map<std::string, Isa> kIsa = {
      {"sse42", Isa::kSse42}, {"avx2", Isa::kAvx2}, {"native", Isa::kNative}};
  app->add_option("--trace", options->engine.trace_file, "Write the trace log to this file")
      ->type_name("FILE");
  static const std::map<std::string, lathe::TraceDetail> kDetail = {{"events", lathe::TraceDetail::kEvents},
                                                                    {"full", lathe::TraceDetail::kFull}};
  app->add_option("--trace-detail", options->engine.trace_detail,
                  "What the trace log has: events alone, or the texts of traces and code too")
      ->transform(CLI::CheckedTransformer(kDetail, CLI::ignore_case).description(""))
      ->type_name("events|full");
  app->add_option("--jit", options->engine.jit,
                  "Machine code: when it pays, never, always, or always with guards that fail at random")
      ->transform(CLI::CheckedTransformer(kJit, CLI::ignore_case).description(""))
      ->type_name("on|off|force|stress");
  app->add_option("--stress-seed", options->engine.stress_seed, "Which guards fail with --jit stress")
      ->type_name("N");
  app->add_option("--threads", options->engine.threads, "Threads of a kernel; 0: all cores")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("N");
  app->add_option("--fp", options->engine.fp,
                  "Floating point: exact, with fused multiply-add, or reassociated")
      ->transform(CLI::CheckedTransformer(kFp, CLI::ignore_case).description(""))
      ->type_name("strict|contract|fast");
  app->add_option("--isa", options->engine.isa, "Highest instruction set to use")
      ->transform(CLI::CheckedTransformer(kIsa, CLI::ignore_case).description(""))
      ->type_name("sse42|avx2|native");
  app->add_flag("--profile", options->engine.profile,
                "Sample where the time goes, and print the script's lines to the standard error at the end");
  app->add_flag("--stats", options->stats, "Print the engine's counters to the standard error at the end");
}

std::string ReadStandardInput() { return std::string(std::istreambuf_iterator<char>(std::cin), {}); }

int RunScript(const Options& options, bool run_command) {
  lathe::script::Interpreter interpreter;
  running_interpreter = &interpreter;
  std::signal(SIGINT, OnInterrupt);
  if (options.engine.profile) interpreter.StartProfile();
  int status = 0;
  std::vector<std::string> arguments = options.words;
  if (!options.code.empty()) {
    status = interpreter.RunString(options.code, "<string>", arguments);
  } else if (arguments.empty() && !run_command && isatty(STDIN_FILENO)) {
    status = lathe::tools::RunSession(interpreter);
  } else if (arguments.empty() || arguments[0] == "-") {
    if (!arguments.empty()) arguments.erase(arguments.begin());
    status = interpreter.RunString(ReadStandardInput(), "<stdin>", arguments);
  } else {
    const std::string path = arguments[0];
    arguments.erase(arguments.begin());
    status = interpreter.RunFile(path, arguments);
  }
  running_interpreter = nullptr;
  if (options.engine.profile) std::cerr << interpreter.FinishProfile() << std::flush;
  return status;
}

// The number of leading words that are Lathe's own: what follows the first word that is no option, or the
// code of -c, belongs to the script.
int CountOwnWords(int count, char** words) {
  int k = count > 1 && std::string_view(words[1]) == "run" ? 2 : 1;
  while (k < count) {
    const std::string_view word = words[k];
    if (word.size() < 2 || word[0] != '-') break;
    const bool flag = word == "--stats" || word == "--profile" || word == "--help" || word == "-h" ||
                      word == "--version" || word.find('=') != std::string_view::npos;
    k += flag ? 1 : 2;
    if (word == "-c") break;
  }
  return std::min(k, count);
}

// What the profiler writes its log to if nobody asked for one.
class TemporaryLog {
 public:
  TemporaryLog() {
    const int descriptor = ::mkstemp(path_.data());
    if (descriptor < 0) throw lathe::FileError("cannot make a temporary file in /tmp");
    ::close(descriptor);
  }
  TemporaryLog(const TemporaryLog&) = delete;
  TemporaryLog& operator=(const TemporaryLog&) = delete;
  ~TemporaryLog() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/lathe-profile-XXXXXX";
};

int Run(Options options, bool run_command) {
  std::optional<TemporaryLog> log;
  if (options.engine.profile && options.engine.trace_file.empty() && !std::getenv("LATHE_TRACE")) {
    options.engine.trace_file = log.emplace().path();
    options.engine.trace_detail = lathe::TraceDetail::kEvents;
  }
  lathe::Configure(options.engine);
  const int status = RunScript(options, run_command);
  lathe::FinishTraceLog(status);
  if (options.stats) std::cerr << lathe::FormatCounters(lathe::ReadCounters()) << std::flush;
  return status;
}

}  // namespace

int main(int count, char** words) {
  std::ios::sync_with_stdio(false);
  Options options;
  CLI::App app(
      "Lathe runs NumPy scripts as fused machine code.\nlathe [run] [OPTIONS] [SCRIPT | - | -c CODE] "
      "[ARGUMENTS...]",
      "lathe");
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("lathe ") + LATHE_VERSION);
  app.add_option("-c", options.code, "Run this code")->type_name("CODE");
  AddEngineOptions(&app, &options);
  CLI::App* run = app.add_subcommand("run", "Run a script");
  run->footer(kExamples);
  AddEngineOptions(run, &options);
  try {
    const int own = CountOwnWords(count, words);
    options.words.assign(words + own, words + count);
    app.parse(own, words);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : 2;
  }
  try {
    return Run(options, run->parsed());
  } catch (const lathe::Error& error) {
    std::cerr << "lathe: " << error.what() << '\n';
    return 2;
  } catch (const std::bad_alloc&) {
    std::cerr << "lathe: out of memory\n";
    return 2;
  }
}
