// The command line of `lathe trace`: each subcommand with its options and examples, declared once.
#include "src/profile/command/trace_command.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_join.h"
#include "src/codegen/native_backend.h"

namespace lathe::profile {
namespace {

constexpr const char* kExamples = R"(Examples:
  lathe run --trace log script.py     write a log
  lathe trace log                     where the time went, and what to do
  lathe trace why script.py:12        why this line is not faster
  lathe trace show t3 --diff log      what each pass did to trace t3
  lathe trace export --format html -o report.html log
)";

constexpr const char* kLogHelp = "The trace log; -: the standard input";
constexpr const char* kTraceHelp = "A trace: t3, loop0";

}  // namespace

CLI::App* TraceCommand::AddTo(CLI::App* tool) {
  trace_ = tool->add_subcommand("trace", "Say what a program spent its time with, from its trace log");
  trace_->footer(kExamples);
  AddWords(trace_, {{"LOG", "FILE", kLogHelp, false}});  // a subcommand may stand in its place
  trace_->require_subcommand(0, 1);
  AddListings();
  AddViews();
  AddComparisons();
  return trace_;
}

CLI::App* TraceCommand::Add(const char* name, const char* description,
                            std::initializer_list<CommandWord> words, const char* examples, Action action) {
  CLI::App* command = trace_->add_subcommand(name, description);
  command->footer(examples);
  if (words.size() > 0) AddWords(command, words);
  actions_.emplace_back(command, action);
  return command;
}

void TraceCommand::AddWords(CLI::App* command, std::initializer_list<CommandWord> words) {
  std::string* const values[] = {&settings_.first, &settings_.second};
  size_t next = 0;
  for (const CommandWord& word : words) {
    CLI::Option* option = command->add_option(word.name, *values[next++], word.help)->type_name(word.type);
    if (word.required) option->required();
  }
  command->add_flag("--json", settings_.json, "Print JSON");
}

std::vector<std::string> TraceCommand::Words() const {
  std::vector<std::string> words;
  for (const std::string& word : {settings_.first, settings_.second}) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

void TraceCommand::AddListings() {
  CLI::App* list = Add("list", "List all traces, one a line", {{"LOG", "FILE", kLogHelp}},
                       "Examples:\n  lathe trace list log\n  lathe trace list --sort compile --top 10 log\n"
                       "  lathe trace list --kind loop --line script.py:12 --min-time 5ms log\n"
                       "  zcat log.gz | lathe trace list -\n",
                       &TraceCommand::RunList);
  list->add_option("--sort", settings_.sort, "By what")
      ->check(CLI::IsMember({"time", "runs", "compile", "exits", "bytes", "name"}).description(""))
      ->type_name("time|runs|compile|exits|bytes|name");
  list->add_option("--top", settings_.top, "Only the first N")->type_name("N");
  list->add_option("--kind", settings_.kind, "Only traces of array operations, or of hot loops")
      ->check(CLI::IsMember({"array", "loop"}).description(""))
      ->type_name("array|loop");
  list->add_option("--line", settings_.line, "Only traces that hold this line")->type_name("[SCRIPT:]LINE");
  list->add_option("--min-time", settings_.least_time, "Only traces that took as long as this, all in all")
      ->type_name("TIME");
  Add("exits", "List the exits from compiled loops, the most expensive first", {{"LOG", "FILE", kLogHelp}},
      "Examples:\n  lathe trace exits log\n", &TraceCommand::RunExits);
  Add("cache", "List what was not in the trace cache, and why", {{"LOG", "FILE", kLogHelp}},
      "Examples:\n  lathe trace cache log\n", &TraceCommand::RunCache);
  CLI::App* timeline =
      Add("timeline", "Draw what the run did, in equal slices of time", {{"LOG", "FILE", kLogHelp}},
          "Examples:\n  lathe trace timeline --slices 100 log\n", &TraceCommand::RunTimeline);
  timeline->add_option("--slices", settings_.slices, "How many")
      ->check(CLI::Range(1, 10000).description(""))
      ->type_name("N");
}

void TraceCommand::AddViews() {
  CLI::App* show = Add("show", "Show a trace: as recorded, and after each pass that changed it",
                       {{"ID", "", kTraceHelp}, {"LOG", "FILE", kLogHelp}},
                       "Examples:\n  lathe trace show t3 log\n  lathe trace show loop0 --diff log\n"
                       "  lathe trace show t3 --pass fuse log\n",
                       &TraceCommand::RunShow);
  show->add_option("--pass", settings_.pass, "Only this pass: the trace before and after it")
      ->type_name("NAME");
  show->add_flag("--diff", settings_.diff, "The lines that each pass changed");
  CLI::App* assembly =
      Add("asm", "Show a trace's machine code, with the operation and source line that it is of",
          {{"ID", "", kTraceHelp}, {"LOG", "FILE", kLogHelp}},
          "Examples:\n  lathe trace asm loop0 log\n  lathe trace asm loop0 --target aarch64 log\n",
          &TraceCommand::RunAssembly);
  const std::vector<std::string> targets(Targets().begin(), Targets().end());
  assembly->add_option("--target", settings_.target, "Compile it for this instead of showing what ran")
      ->check(CLI::IsMember(targets).description(""))
      ->type_name(absl::StrJoin(targets, "|"));
}

void TraceCommand::AddComparisons() {
  CLI::App* diff =
      Add("diff", "Compare two runs: what compiled anew, got slower, left loops more often; status 1 if so",
          {{"BEFORE", "FILE", "A trace log"}, {"AFTER", "FILE", "Another one"}},
          "Examples:\n  lathe trace diff old.log new.log\n"
          "  lathe trace diff --threshold 5 old.log new.log || echo slower\n",
          &TraceCommand::RunDiff);
  diff->add_option("--threshold", settings_.threshold, "Report what changed by more than this many per cent")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("PERCENT");
  Add("why", "Say in words why a line is not faster; without a log the script is run for one",
      {{"SCRIPT:LINE", "", "A line of a script"}, {"LOG", "FILE", kLogHelp, false}},
      "Examples:\n  lathe trace why script.py:12\n  lathe trace why script.py:12 log\n",
      &TraceCommand::RunWhy);
  CLI::App* exported =
      Add("export", "Write the log in a format that other programs read", {{"LOG", "FILE", kLogHelp}},
          "Examples:\n  lathe trace export --format html -o report.html log\n"
          "  lathe trace export --format chrome -o run.json log     (Perfetto)\n"
          "  lathe trace export --format folded log | flamegraph.pl > run.svg\n",
          &TraceCommand::RunExport);
  exported->add_option("--format", settings_.format, "Which")
      ->check(CLI::IsMember({"chrome", "speedscope", "folded", "dot", "json", "html"}).description(""))
      ->type_name("chrome|speedscope|folded|dot|json|html");
  exported->add_option("-o,--output", settings_.output, "Where to; -: the standard output")
      ->type_name("FILE");
  Add("calibrate", "Measure what this machine can do at best; traces are compared with it", {},
      "Examples:\n  lathe trace calibrate\n", &TraceCommand::RunCalibrate);
}

}  // namespace lathe::profile
