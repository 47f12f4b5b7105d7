// The command `lathe trace`: options to questions, answers to the standard output. The room's entry point for
// the tool, which gives it its place in the command line.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace lathe::profile {

// A word of the command line that is no option: its name in the help, and what it is.
struct CommandWord {
  const char* name;
  const char* type;  // "FILE" or ""
  const char* help;
  bool required = true;
};

class TraceCommand {
 public:
  TraceCommand() = default;
  TraceCommand(const TraceCommand&) = delete;
  TraceCommand& operator=(const TraceCommand&) = delete;

  // Adds `trace` and its subcommands to the tool's command line, which fills this object when it is parsed.
  CLI::App* AddTo(CLI::App* tool);
  // The exit status: 0, 1 if `diff` finds a regression, 2 after an error, which is one line on the standard
  // error.
  int Run();

 private:
  struct Settings {
    // What stands on the command line beside options. The log is the last of them that is a file; the others
    // are names, so their order does not matter.
    std::string first, second;
    bool json = false;
    std::string sort = "time";
    size_t top = 0;
    std::string kind, line, least_time;  // which traces
    std::string pass;
    bool diff = false;
    std::string target;
    size_t slices = 40;
    double threshold = 20;  // per cent
    std::string format = "json";
    std::string output = "-";
  };
  using Action = int (TraceCommand::*)();

  CLI::App* Add(const char* name, const char* description, std::initializer_list<CommandWord> words,
                const char* examples, Action action);
  void AddWords(CLI::App* command, std::initializer_list<CommandWord> words);
  std::vector<std::string> Words() const;
  void AddListings();
  void AddViews();
  void AddComparisons();

  int RunSummary();
  int RunList();
  int RunShow();
  int RunAssembly();
  int RunExits();
  int RunCache();
  int RunTimeline();
  int RunDiff();
  int RunWhy();
  int RunExport();
  int RunCalibrate();

  CLI::App* trace_ = nullptr;
  Settings settings_;
  std::vector<std::pair<CLI::App*, Action>> actions_;
};

// The first screen of `lathe trace` for a log that has just been written; why there is none if it cannot be
// read.
std::string SummaryOf(const std::string& log);

}  // namespace lathe::profile
