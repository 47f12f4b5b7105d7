// Walks of the tree of commands. Bash gets tables that one function looks up by the command typed so far; zsh
// gets one function a command in the terms of _arguments.
#include "tools/help_pages.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lathe/error.h"
#include "tools/header_pages.h"
#include "tools/roff.h"

namespace lathe::tools {
namespace {

std::vector<const CLI::App*> CommandsOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<const CLI::Option*> OptionsOf(const CLI::App& app) {
  return app.get_options([](const CLI::Option*) { return true; });
}

std::vector<const CLI::App*> PathOf(const CLI::App& app) {
  std::vector<const CLI::App*> path;
  for (const CLI::App* part = &app; part; part = part->get_parent()) path.insert(path.begin(), part);
  return path;
}

// "lathe trace show", or with another separator.
std::string FullName(const CLI::App& app, absl::string_view separator) {
  return absl::StrJoin(PathOf(app), separator, [](std::string* out, const CLI::App* part) {
    absl::StrAppend(out, part->get_name());
  });
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// The names as one types them: "-h", "--help".
std::vector<std::string> NamesOf(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> ValuesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (!absl::StrContains(type, '|')) return {};
  return absl::StrSplit(type, '|');
}

bool WantsFile(const CLI::Option& option) { return absl::StrContains(option.get_type_name(), "FILE"); }

void ForEachCommand(const CLI::App& app, const std::function<void(const CLI::App&)>& visit) {
  visit(app);
  for (const CLI::App* command : CommandsOf(app)) ForEachCommand(*command, visit);
}

// ---- Man pages --------------------------------------------------------------------------------------
std::string RoffOption(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : NamesOf(option)) names.push_back(absl::StrCat("\\fB", Roff(name), "\\fR"));
  std::string text = absl::StrCat(".TP\n", absl::StrJoin(names, ", "));
  if (names.empty()) absl::StrAppend(&text, "\\fI", Roff(option.get_name()), "\\fR");
  const std::string type = option.get_type_name();
  if (TakesValue(option) && !names.empty() && !type.empty())
    absl::StrAppend(&text, " \\fI", Roff(type), "\\fR");
  return absl::StrCat(text, "\n", Roff(option.get_description()), "\n");
}

std::string RoffOptions(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* option : OptionsOf(command)) absl::StrAppend(&text, RoffOption(*option));
  return text;
}

// The usage line of the command, as --help has it.
std::string Usage(const CLI::App& command) {
  const auto formatter = command.get_formatter();
  const std::string usage =
      static_cast<const CLI::Formatter*>(formatter.get())->make_usage(&command, FullName(command, " "));
  return std::string(absl::StripAsciiWhitespace(absl::StrReplaceAll(usage, {{"Usage: ", ""}})));
}

// ---- Bash -------------------------------------------------------------------------------------------
constexpr absl::string_view kBashHead = R"(# Completion of lathe for bash: source <(lathe completion bash)
_lathe() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path=lathe word k
  local commands options takes_files values files
  for ((k = 1; k < COMP_CWORD; ++k)); do
    word=${COMP_WORDS[k]}
    _lathe_commands "$path"
    case " $commands " in *" $word "*) path="$path $word" ;; esac
  done
  _lathe_values "$path $previous"
  if [ -n "$files" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  elif [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  else
    _lathe_commands "$path"
    case $current in
      -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
      *) COMPREPLY=($(compgen -W "$commands" -- "$current"))
        [ -z "$takes_files" ] || COMPREPLY+=($(compgen -f -- "$current")) ;;
    esac
  fi
}
)";

// ---- Zsh --------------------------------------------------------------------------------------------
std::string ZshText(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"'", "'\\''"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}});
}

std::string ZshAction(const CLI::Option& option) {
  if (!TakesValue(option)) return "";
  const std::vector<std::string> values = ValuesOf(option);
  const std::string word = ZshText(option.get_type_name());
  if (!values.empty()) return absl::StrCat(":value:(", absl::StrJoin(values, " "), ")");
  return absl::StrCat(":", word, ":", WantsFile(option) ? "_files" : " ");
}

std::string ZshFunction(const CLI::App& command) {
  std::string text = absl::StrCat("_", FullName(command, "_"), "() {\n  _arguments -C");
  std::string rest = ":file:_files";
  for (const CLI::Option* option : OptionsOf(command)) {
    if (NamesOf(*option).empty()) rest = ZshAction(*option);
    for (const std::string& name : NamesOf(*option)) {
      absl::StrAppend(&text, " \\\n    '", name, "[", ZshText(option->get_description()), "]",
                      ZshAction(*option), "'");
    }
  }
  const std::vector<const CLI::App*> commands = CommandsOf(command);
  if (commands.empty()) return absl::StrCat(text, " \\\n    '*", rest, "'\n}\n");
  absl::StrAppend(&text, " \\\n    '1: :_", FullName(command, "_"), "_words' \\\n    '*::words:->words'\n",
                  "  [[ $state == words ]] || return\n  case $words[1] in\n");
  for (const CLI::App* sub : commands) {
    absl::StrAppend(&text, "    ", sub->get_name(), ") _", FullName(*sub, "_"), " ;;\n");
  }
  absl::StrAppend(&text, "    *) _files ;;\n  esac\n}\n_", FullName(command, "_"),
                  "_words() {\n  local -a known=(\n");
  for (const CLI::App* sub : commands) {
    absl::StrAppend(&text, "    '", sub->get_name(), ":", ZshText(sub->get_description()), "'\n");
  }
  return absl::StrCat(text, "  )\n  _describe command known\n  _files\n}\n");
}

}  // namespace

std::string HelpText(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  const std::string name =
      parent ? absl::StrCat(FullName(*parent, " "), " ", command.get_name()) : command.get_name();
  return command.get_formatter()->make_help(&command, name, CLI::AppFormatMode::Normal);
}

std::string ManPage(const CLI::App& command) {
  const std::string name = FullName(command, "-");
  std::string text = absl::StrCat(".TH ", absl::AsciiStrToUpper(Roff(name)), " 1 \"\" \"lathe ",
                                  LATHE_VERSION, "\" \"Lathe\"\n.SH NAME\n", Roff(name), " \\- ",
                                  Roff(absl::StripSuffix(command.get_description(), ".")), "\n.SH SYNOPSIS\n",
                                  Roff(Usage(command)), "\n.SH OPTIONS\n", RoffOptions(command));
  const std::vector<const CLI::App*> commands = CommandsOf(command);
  if (!commands.empty()) absl::StrAppend(&text, ".SH COMMANDS\n");
  for (const CLI::App* sub : commands) {
    absl::StrAppend(&text, ".TP\n\\fB", Roff(sub->get_name()), "\\fR\n", Roff(sub->get_description()),
                    "; see \\fB", Roff(FullName(*sub, "-")), "\\fR(1)\n");
  }
  const std::string examples(absl::StripPrefix(command.get_footer(), "Examples:\n"));
  if (!examples.empty()) absl::StrAppend(&text, ".SH EXAMPLES\n.nf\n", Roff(examples), ".fi\n");
  absl::StrAppend(&text,
                  ".SH EXIT STATUS\n0 if all went well, 1 after an error of the script, 2 if Lathe was asked "
                  "for what it cannot do.\n");
  if (command.get_parent()) {
    absl::StrAppend(&text, ".SH SEE ALSO\n\\fB", Roff(FullName(*command.get_parent(), "-")), "\\fR(1)\n");
  }
  return text;
}

std::string BashCompletion(const CLI::App& root) {
  std::string commands = "_lathe_commands() {\n  case $1 in\n";
  std::string values = "_lathe_values() {\n  values= files=\n  case $1 in\n";
  ForEachCommand(root, [&](const CLI::App& command) {
    const std::string path = FullName(command, " ");
    std::vector<std::string> options, words;
    bool takes_files = true;
    for (const CLI::App* sub : CommandsOf(command)) words.push_back(sub->get_name());
    for (const CLI::Option* option : OptionsOf(command)) {
      const std::vector<std::string> names = NamesOf(*option);
      options.insert(options.end(), names.begin(), names.end());
      const std::vector<std::string> choices = ValuesOf(*option);
      if (names.empty()) {
        words.insert(words.end(), choices.begin(), choices.end());
        takes_files = WantsFile(*option);
      }
      if (names.empty() || (choices.empty() && !WantsFile(*option))) continue;
      absl::StrAppend(&values, "    ",
                      absl::StrJoin(names, "|", [&](std::string* out, const std::string& name) {
                        absl::StrAppend(out, "\"", path, " ", name, "\"");
                      }));
      absl::StrAppend(&values, choices.empty()
                                   ? ") files=yes ;;\n"
                                   : absl::StrCat(") values='", absl::StrJoin(choices, " "), "' ;;\n"));
    }
    absl::StrAppend(&commands, "    \"", path, "\") commands='", absl::StrJoin(words, " "), "' options='",
                    absl::StrJoin(options, " "), "' takes_files=", takes_files ? "yes" : "", " ;;\n");
  });
  return absl::StrCat(kBashHead, commands, "  esac\n}\n", values, "  esac\n}\n",
                      "complete -o filenames -F _lathe lathe\n");
}

std::string ZshCompletion(const CLI::App& root) {
  std::string text = "#compdef lathe\n# Completion of lathe for zsh: source <(lathe completion zsh)\n";
  ForEachCommand(root, [&](const CLI::App& command) { absl::StrAppend(&text, ZshFunction(command)); });
  return absl::StrCat(text,
                      "if [ \"$funcstack[1]\" = _lathe ]; then _lathe; else compdef _lathe lathe; fi\n");
}

void WritePages(const CLI::App& root, const std::string& share) {
  const auto write = [&](const std::string& folder, const std::string& name, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(share) / folder / name;
    std::error_code ignored;  // a folder that cannot be made cannot be written to
    std::filesystem::create_directories(path.parent_path(), ignored);
    if (!(std::ofstream(path) << text << std::flush)) throw FileError("cannot write " + path.string());
  };
  ForEachCommand(root, [&](const CLI::App& command) {
    write("man/man1", FullName(command, "-") + ".1", ManPage(command));
  });
  for (const auto& [name, source] : HeaderPages(HeaderText())) write("man/man3", name, source);
  write("bash-completion/completions", "lathe", BashCompletion(root));
  write("zsh/site-functions", "_lathe", ZshCompletion(root));
}

}  // namespace lathe::tools
