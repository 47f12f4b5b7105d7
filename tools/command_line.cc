// The tree of commands and options.
#include "tools/command_line.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "src/base/mode_words.h"
#include "src/recorder/log/choices.h"
#include "src/script/loop_recorder/loop_limits.h"

namespace lathe::tools {
namespace {

// The commands of `app` by name; null if there is none of this name.
const CLI::App* CommandOf(const CLI::App& app, std::string_view name) {
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

bool RunsScripts(const CLI::App& app) { return app.get_option_no_throw("-c") != nullptr; }

constexpr const char* kRunExamples = R"(Examples:
  lathe run script.py 100             run a script with an argument
  lathe run --stats script.py         and say what the engine did
  lathe -c 'import numpy as np; print(np.arange(3) ** 2)'
  echo 'print(1 + 2)' | lathe -       run the standard input
  lathe                               interactive session
  lathe run --trace log script.py; lathe trace log      where the time went
)";

constexpr const char* kSelftestExamples = R"(Examples:
  lathe selftest                      status 1 if a result is another one
  lathe selftest --bits --isa sse42   the number, with fewer instructions
)";

constexpr const char* kHelpExamples = R"(Examples:
  lathe help run                      the same as lathe run --help
  lathe help --man run | man -l -     as a man page
)";

constexpr const char* kCompletionExamples = R"(Examples:
  source <(lathe completion bash)     in ~/.bashrc
  source <(lathe completion zsh)      in ~/.zshrc, after compinit
)";

// Commands that run scripts take any words behind their options, which CLI11's own usage line cannot say.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    const std::string usage = Formatter::make_usage(app, std::move(name));
    if (!RunsScripts(*app)) return usage;
    const size_t options_end = usage.find("[OPTIONS]") + std::string_view("[OPTIONS]").size();
    return usage.substr(0, options_end) + " [SCRIPT | - | -c CODE] [ARGUMENTS...]\n\n";
  }
};

// `target`: a Mode, or an optional one.
template <class Target, class Mode, size_t N>
void AddChoice(CLI::App* app, const std::string& name, Target* target, const ModeWord<Mode> (&words)[N],
               const std::string& text) {
  std::vector<std::pair<std::string, Mode>> values;
  std::string type;
  for (const auto& [word, mode] : words) {
    values.emplace_back(word, mode);
    type += (type.empty() ? "" : "|") + std::string(word);
  }
  app->add_option(name, *target, text)
      ->transform(CLI::CheckedTransformer(values, CLI::ignore_case).description(""))
      ->type_name(type);
}

}  // namespace

CommandLine::CommandLine() : app_("Lathe runs NumPy scripts as fused machine code.", "lathe") {
  app_.formatter(std::make_shared<HelpFormatter>());
  app_.require_subcommand(0, 1);
  app_.footer(kRunExamples);
  app_.set_version_flag("--version", std::string("lathe ") + LATHE_VERSION, "Print the version and exit");
  app_.set_help_flag("-h,--help", "Print this text and exit");
  app_.add_option("-c", settings_.code, "Run this code; all words behind it are the script's")
      ->type_name("CODE");
  AddEngineOptions(&app_);
  AddRun();
  AddTrace();
  AddSelftest();
  AddHelp();
}

void CommandLine::AddRun() {
  CLI::App* run = app_.add_subcommand("run", "Run a script");
  run->footer(kRunExamples);
  run->add_option("-c", settings_.code, "Run this code; all words behind it are the script's")
      ->type_name("CODE");
  AddEngineOptions(run);
  run->parse_complete_callback([this] { settings_.run_named = true; });
}

void CommandLine::AddTrace() {
  CLI::App* trace = trace_.AddTo(&app_);
  trace->parse_complete_callback([this] { settings_.command = Command::kTrace; });
}

void CommandLine::AddSelftest() {
  CLI::App* selftest = app_.add_subcommand(
      "selftest", "Compute what is promised to be the same on every machine, and say whether it is");
  selftest->footer(kSelftestExamples);
  selftest->add_flag("--bits", settings_.bits,
                     "Print only the number of all results, equal on every machine");
  AddEngineOptions(selftest);
  // All of it as machine code, unless --jit says otherwise.
  selftest->preparse_callback([this](size_t) { settings_.engine.jit = JitMode::kForce; });
  selftest->parse_complete_callback([this] { settings_.command = Command::kSelftest; });
}

void CommandLine::AddHelp() {
  CLI::App* help = app_.add_subcommand("help", "Tell about a command");
  help->footer(kHelpExamples);
  CLI::Option* topic =
      help->add_option("COMMAND", settings_.topic, "The command, and the command of that command");
  help->add_flag("--man", settings_.man, "As the source of a man page");
  help->add_option("--install", settings_.pages,
                   "Write all man pages and completion scripts below this folder")
      ->type_name("FOLDER");
  help->parse_complete_callback([this] { settings_.command = Command::kHelp; });
  CLI::App* completion = app_.add_subcommand("completion", "Print a shell's completion script");
  completion->footer(kCompletionExamples);
  completion->add_option("SHELL", settings_.shell, "The shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}).description(""))
      ->type_name("bash|zsh");
  completion->parse_complete_callback([this] { settings_.command = Command::kCompletion; });
  std::string commands;
  for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
    commands += (commands.empty() ? "" : "|") + command->get_name();
  }
  topic->type_name(commands);
}

void CommandLine::AddEngineOptions(CLI::App* app) {
  EngineOptions& engine = settings_.engine;
  app->add_option("--trace", engine.trace_file, "Write the trace log to this file")->type_name("FILE");
  AddChoice(app, "--trace-detail", &engine.trace_detail, kTraceDetailWords,
            "What the trace log has: events alone, or the texts of traces and code too");
  AddChoice(app, "--jit", &engine.jit, kJitModeWords,
            "Machine code: never, when it pays, always, or always with guards that fail at random");
  app->add_option("--stress-seed", engine.stress_seed, "Which guards fail with --jit stress")->type_name("N");
  app->add_option("--loop-limits", engine.loop_limits,
                  "Limits of the loop JIT (loop_limits.def) that are not the usual ones")
      ->check(CLI::Validator(
          [](const std::string& text) {
            script::LoopLimits limits;
            return script::ReadLoopLimits(text, &limits);
          },
          ""))
      ->type_name("NAME=N,...");
  app->add_option("--choose", engine.choices,
                  "Answers to the questions of heuristics (choices.def), or random ones")
      ->check(CLI::Validator([](const std::string& text) { return Choices().Read(text); }, ""))
      ->type_name("NAME=yes|no,...");
  app->add_option("--threads", engine.threads, "Threads of a kernel; 0: all cores")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("N");
  AddChoice(app, "--fp", &engine.fp, kFpModeWords,
            "Floating point: exact, with fused multiply-add, or reassociated");
  AddChoice(app, "--isa", &engine.isa, kIsaWords, "Highest instruction set to use");
  app->add_flag("--profile", engine.profile,
                "Sample where the time goes, and print the script's lines to the standard error at the end");
  app->add_flag("--stats", settings_.stats, "Print the engine's counters to the standard error at the end");
}

int CommandLine::CountOwnWords(int count, const char* const* words) const {
  const CLI::App* command = &app_;
  int k = 1;
  while (k < count) {
    const std::string word = words[k];
    if (word.size() < 2 || word[0] != '-') {
      const CLI::App* next = command == &app_ ? CommandOf(app_, word) : nullptr;
      if (!next) break;
      if (!RunsScripts(*next)) return count;
      command = next;
      ++k;
      continue;
    }
    const CLI::Option* option = command->get_option_no_throw(word.substr(0, word.find('=')));
    const bool takes_word = option && option->get_items_expected_max() > 0 && word.find('=') == word.npos;
    k += takes_word ? 2 : 1;
    if (word == "-c") break;
  }
  return std::min(k, count);
}

void CommandLine::Parse(int count, const char* const* words) {
  const int own = CountOwnWords(count, words);
  settings_.words.assign(words + own, words + count);
  app_.parse(own, words);
}

int CommandLine::Exit(const CLI::ParseError& error) const { return app_.exit(error) == 0 ? 0 : 2; }

const CLI::App* CommandLine::Find(const std::vector<std::string>& path) const {
  const CLI::App* command = &app_;
  for (const std::string& word : path) {
    if (command) command = CommandOf(*command, word);
  }
  return command;
}

}  // namespace lathe::tools
