// Reading, checking and blessing of .lir files.
#include "tests/support/lir_runner.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/passes/pass_driver.h"
#include "tests/support/loop_run_line.h"
#include "tests/support/run_line.h"

namespace lathe {
namespace {

using Lines = std::vector<std::string>;

struct LirFile {
  Lines head;              // up to the end of the trace, as written
  Lines mode;              // the words of the `test` line
  std::string trace;       // blank lines stand for what precedes it, so line numbers are the file's
  std::string trace_text;  // the trace alone
  Lines expected;          // without "; "
};

std::string ReadFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

LirFile ReadLirFile(const std::string& path) {
  LirFile file;
  Lines lines = absl::StrSplit(ReadFile(path), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  enum { kBefore, kInside, kAfter } state = kBefore;
  bool in_trace = false;  // not in a kernel, which stands before it
  for (std::string& line : lines) {
    if (state == kBefore && line.starts_with("test ")) {
      file.mode = absl::StrSplit(line.substr(5), ' ', absl::SkipEmpty());
    }
    if (state == kBefore && (line.starts_with("trace") || line.starts_with("kernel"))) state = kInside;
    if (state == kAfter || (state == kInside && line.starts_with("; "))) {
      state = kAfter;
      if (line.starts_with(";")) file.expected.push_back(line.size() > 1 ? line.substr(2) : "");
      continue;
    }
    absl::StrAppend(&file.trace, state == kInside ? line : "", "\n");
    if (state == kInside) absl::StrAppend(&file.trace_text, line, "\n");
    in_trace |= line.starts_with("trace");
    if (in_trace && line == "}") state = kAfter;
    file.head.push_back(std::move(line));
  }
  return file;
}

Lines SplitText(const std::string& text) {
  Lines lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}
Lines ErrorLines(const absl::Status& status) {
  return SplitText(absl::StrCat("error: ", absl::string_view(status.message())));
}

bool HasNests(const Trace& trace) {
  return std::any_of(trace.instructions.begin(), trace.instructions.end(),
                     [](const Instruction& i) { return i.op == Op::kNest || i.op == Op::kAlloc; });
}

Lines CheckPasses(const LirFile& file, Trace trace) {
  PassContext context;
  context.verify = true;
  context.zeros = 3000;
  uint64_t words = 4000;
  context.new_word = [&words] { return words += 8; };
  if (absl::Status status = Verify(trace); !status.ok()) return ErrorLines(status);
  for (size_t k = 1; k < file.mode.size(); ++k) {
    uint32_t exit = 0;
    if (absl::string_view word = file.mode[k];
        absl::ConsumePrefix(&word, "barred=") && absl::SimpleAtoi(word, &exit)) {
      context.barred_exits.push_back(exit);
      continue;
    }
    if (file.mode[k] == "any-order") {
      context.any_order = true;
      continue;
    }
    if (file.mode[k] == "count-turns") {
      context.count_turns = true;
      continue;
    }
    if (absl::Status status = RunPass(file.mode[k], trace, context); !status.ok()) return ErrorLines(status);
  }
  const std::string text = PrintTrace(trace);
  const absl::StatusOr<Trace> again = ParseTrace(text);
  if (!again.ok()) return ErrorLines(again.status());
  if (PrintTrace(*again) != text) return {"error: the text does not survive printing and parsing"};
  Lines lines = SplitText(text);
  for (const std::string& reason : context.reasons) lines.push_back("reason: " + reason);
  return lines;
}

// One way to execute a trace: its form after some passes, on some backend.
struct Form {
  std::string name;
  std::unique_ptr<Executable> executable;
};

absl::StatusOr<Form> MakeForm(std::string name, Backend& backend, Trace trace,
                              std::vector<TraceLevel> levels) {
  PassContext context;
  context.verify = true;
  for (const TraceLevel level : levels) {
    if (HasNests(trace)) break;
    if (absl::Status status = RunPasses(level, trace, context); !status.ok()) return status;
  }
  absl::StatusOr<std::unique_ptr<Executable>> executable = backend.Compile(trace);
  if (!executable.ok()) return executable.status();
  return Form{std::move(name), *std::move(executable)};
}

absl::StatusOr<std::vector<Form>> MakeForms(const Trace& trace, const std::vector<LirBackend>& backends) {
  const std::unique_ptr<Backend> interpreter = MakeInterpreter();
  const std::vector<TraceLevel> both = {TraceLevel::kArray, TraceLevel::kNest};
  std::vector<absl::StatusOr<Form>> made;
  made.push_back(MakeForm("interpreter", *interpreter, trace, {}));
  made.push_back(MakeForm("interpreter, array passes", *interpreter, trace, {TraceLevel::kArray}));
  made.push_back(MakeForm("interpreter, nest level", *interpreter, trace, both));
  made.push_back(MakeForm("interpreter, nest passes only", *interpreter, trace, {TraceLevel::kNest}));
  for (const LirBackend& extra : backends) {
    const std::unique_ptr<Backend> backend = extra.make();
    const bool nests = backend->level() == TraceLevel::kNest;
    made.push_back(MakeForm(extra.name, *backend, trace, nests ? both : std::vector{TraceLevel::kArray}));
  }
  std::vector<Form> forms;
  for (absl::StatusOr<Form>& form : made) {
    if (!form.ok()) return form.status();
    forms.push_back(*std::move(form));
  }
  return forms;
}

// The run line with the results that were found; as it was written if they are the expected ones.
std::string CheckRunLine(const Trace& trace, const std::vector<Form>& forms, const std::string& text) {
  const absl::StatusOr<RunLine> line = ParseRunLine(text);
  if (!line.ok()) return absl::StrCat("error: ", absl::string_view(line.status().message()));
  Lines first;
  for (const Form& form : forms) {
    const absl::StatusOr<Lines> found = ExecuteRunLine(trace, *form.executable, *line);
    if (!found.ok())
      return absl::StrCat("error: ", form.name, ": ", absl::string_view(found.status().message()));
    if (first.empty()) first = *found;
    if (first != *found) {
      return absl::StrCat("error: ", form.name, " gives ", absl::StrJoin(*found, ", "), ", the interpreter ",
                          absl::StrJoin(first, ", "));
    }
  }
  const absl::StatusOr<Lines> expected = ExpectedResults(trace, *line);
  if (expected.ok() && *expected == first) return text;
  return absl::StrCat(line->call, " == ", absl::StrJoin(first, ", "));
}

Lines CheckRuns(const LirFile& file, const Trace& trace, const std::vector<LirBackend>& backends) {
  if (absl::Status status = Verify(trace); !status.ok()) return ErrorLines(status);
  const absl::StatusOr<std::vector<Form>> forms = MakeForms(trace, backends);
  if (!forms.ok()) return ErrorLines(forms.status());
  Lines lines;
  for (const std::string& text : file.expected) lines.push_back(CheckRunLine(trace, *forms, text));
  return lines;
}

struct LoopForm {
  std::string name;
  std::unique_ptr<LoopExecutable> executable;
};

std::string CheckLoopRunLine(const Trace& trace, const std::vector<LoopForm>& forms,
                             std::atomic<int>* attention, const std::string& text) {
  const absl::StatusOr<LoopRunLine> line = ParseLoopRunLine(text);
  if (!line.ok()) return absl::StrCat("error: ", absl::string_view(line.status().message()));
  std::string first;
  for (const LoopForm& form : forms) {
    const absl::StatusOr<std::string> found = ExecuteLoopRunLine(trace, *form.executable, attention, *line);
    if (!found.ok()) {
      return absl::StrCat("error: ", form.name, ": ", absl::string_view(found.status().message()));
    }
    if (first.empty()) first = *found;
    if (first != *found) {
      return absl::StrCat("error: ", form.name, " gives ", *found, ", the interpreter ", first);
    }
  }
  return absl::StrCat(line->call, " == ", first);
}

Lines CheckLoopRuns(const LirFile& file, const Trace& trace, const std::vector<LirLoopBackend>& backends) {
  std::vector<LirLoopBackend> all = {{"interpreter", MakeLoopInterpreter}};
  all.insert(all.end(), backends.begin(), backends.end());
  std::atomic<int> attention = 0;
  std::vector<LoopForm> forms;
  for (const LirLoopBackend& backend : all) {
    absl::StatusOr<std::unique_ptr<LoopExecutable>> executable =
        backend.make()->CompileLoop(trace, &attention);
    if (!executable.ok()) return ErrorLines(executable.status());
    forms.push_back({backend.name, *std::move(executable)});
  }
  Lines lines;
  for (const std::string& text : file.expected) {
    lines.push_back(CheckLoopRunLine(trace, forms, &attention, text));
  }
  return lines;
}

Lines ActualLines(const LirFile& file, const std::vector<LirBackend>& backends,
                  const std::vector<LirLoopBackend>& loop_backends) {
  const std::string mode = file.mode.empty() ? "" : file.mode[0];
  const absl::StatusOr<Trace> trace = ParseTrace(file.trace);
  if (!trace.ok()) return ErrorLines(trace.status());
  if (mode == "parse") return {"ok"};
  if (mode == "verify") {
    const absl::Status status = Verify(*trace);
    return status.ok() ? Lines{"ok"} : ErrorLines(status);
  }
  if (mode == "cat") return SplitText(PrintTrace(*trace));
  if (mode == "pass") return CheckPasses(file, *trace);
  if (mode == "run" && IsLoopTrace(*trace)) return CheckLoopRuns(file, *trace, loop_backends);
  if (mode == "run") return CheckRuns(file, *trace, backends);
  return {"error: unknown mode '" + mode + "'"};
}

void Bless(const std::string& path, const LirFile& file, const Lines& actual) {
  std::ofstream stream(path, std::ios::binary);
  for (const std::string& line : file.head) stream << line << '\n';
  for (const std::string& line : actual) stream << (line.empty() ? ";" : "; ") << line << '\n';
}

}  // namespace

std::vector<std::string> FindLirFiles(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".lir") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string LirMode(const std::string& path) {
  const LirFile file = ReadLirFile(path);
  return file.mode.empty() ? "" : file.mode[0];
}

std::string LirTestName(const std::string& path, const std::string& directory) {
  std::string name = std::filesystem::relative(path, directory).replace_extension().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

std::string CheckLirFile(const std::string& path, const std::vector<LirBackend>& backends,
                         const std::vector<LirLoopBackend>& loop_backends) {
  const LirFile file = ReadLirFile(path);
  if (file.head.empty() || !file.head[0].starts_with(";; "))
    return "the file does not begin with a ';; ' sentence";
  const Lines actual = ActualLines(file, backends, loop_backends);
  const bool is_cat = !file.mode.empty() && file.mode[0] == "cat";
  const Lines expected = is_cat && file.expected.empty() ? SplitText(file.trace_text) : file.expected;
  if (actual == expected && !expected.empty()) return "";
  const char* const bless = std::getenv("LATHE_BLESS");
  if (bless != nullptr && std::string(bless) == "1") {
    Bless(path, file, actual);
    return "";
  }
  return absl::StrCat(path, "\nexpected:\n", absl::StrJoin(expected, "\n"), "\nfound:\n",
                      absl::StrJoin(actual, "\n"));
}

}  // namespace lathe
