// The command line, declared once: commands, options, and what they set. Parsing, `--help`, the man pages and
// the shells' completion (help_pages.h) all come from the tree that is built here.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "lathe/engine.h"
#include "src/profile/command/trace_command.h"

namespace lathe::tools {

enum class Command : uint8_t { kRun, kTrace, kSelftest, kHelp, kCompletion };

struct Settings {
  Command command = Command::kRun;
  EngineOptions engine;
  bool stats = false;
  std::string code;
  bool run_named = false;          // `lathe run`: nothing to run is then read from the standard input
  std::vector<std::string> words;  // the script and its arguments
  std::vector<std::string> topic;  // of `lathe help`: the command's path
  bool bits = false;               // of `lathe selftest`
  bool man = false;
  std::string pages;  // the folder that --install names
  std::string shell;
};

class CommandLine {
 public:
  CommandLine();

  // Fills the settings. Throws CLI::ParseError, also for --help and --version; Exit prints what it says.
  void Parse(int count, const char* const* words);
  // The exit status: 0 after --help and --version, 2 after a mistake.
  int Exit(const CLI::ParseError& error) const;

  const Settings& settings() const { return settings_; }
  const CLI::App& app() const { return app_; }
  profile::TraceCommand& trace() { return trace_; }
  // The command that the words name; null if there is none.
  const CLI::App* Find(const std::vector<std::string>& path) const;

 private:
  void AddRun();
  void AddTrace();
  void AddSelftest();
  void AddHelp();
  void AddEngineOptions(CLI::App* app);
  // The number of leading words that are Lathe's own: what follows the first word that is neither a command
  // nor an option, or the code of -c, belongs to the script.
  int CountOwnWords(int count, const char* const* words) const;

  Settings settings_;
  CLI::App app_;
  profile::TraceCommand trace_;
};

}  // namespace lathe::tools
