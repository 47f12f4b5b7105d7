// The layout of tracebacks follows CPython 3.11: under each source line, ~ marks the failing expression and ^
// the operator or subscript in it; markers that would cover the whole line are left out.
#include "src/script/traceback.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/script/text.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// Code points in the first `bytes` bytes.
size_t CharactersIn(std::string_view text, int32_t bytes) {
  const std::string_view part =
      text.substr(0, std::min(text.size(), static_cast<size_t>(std::max(bytes, 0))));
  return static_cast<size_t>(
      std::count_if(part.begin(), part.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view StripRight(std::string_view line) {
  const size_t end = line.find_last_not_of(" \t\f\r\n");
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end + 1);
}

std::string MarkerLine(std::string_view line, const SourceRange& range) {
  const std::string_view stripped = StripRight(line);
  const size_t indentation = std::min(line.find_first_not_of(" \t\f"), line.size());
  const bool one_line = range.end_line == range.line;
  const size_t first = CharactersIn(line, range.column);
  const size_t last = one_line ? CharactersIn(line, range.end_column)
                               : CharactersIn(stripped, static_cast<int32_t>(stripped.size()));
  const size_t offset = CharactersIn(line, static_cast<int32_t>(indentation));
  const bool marks = one_line && range.mark_start >= 0;
  if (last <= first || first < offset) return "";
  const size_t visible = CharactersIn(stripped, static_cast<int32_t>(stripped.size())) - offset;
  if (!marks && last - first >= visible) return "";
  std::string out = "    " + std::string(first - offset, ' ');
  const size_t mark_start = marks ? CharactersIn(line, range.mark_start) : first;
  const size_t mark_end = marks ? CharactersIn(line, range.mark_end) : last;
  for (size_t k = first; k < last; ++k) out += k >= mark_start && k < mark_end ? '^' : '~';
  return out + "\n";
}

std::string FormatEntry(const TracebackEntry& entry) {
  const CodeObject& code = *entry.code;
  const SourceRange& range = code.RangeOf(entry.instruction);
  std::string out =
      absl::StrCat("  File \"", code.source->name, "\", line ", range.line, ", in ", code.name, "\n");
  const std::string_view line = code.source->Line(range.line);
  const size_t begin = line.find_first_not_of(" \t\f");
  if (begin == std::string_view::npos) return out;
  absl::StrAppend(&out, "    ", View(StripRight(line).substr(begin)), "\n", MarkerLine(line, range));
  return out;
}

std::string FormatEntries(const ExceptionObject& exception) {
  std::string out = "Traceback (most recent call last):\n";
  std::string previous;
  int repeated = 0;
  const auto flush = [&] {
    if (repeated > 3) {
      absl::StrAppend(&out, "  [Previous line repeated ", repeated - 3, " more time", repeated > 4 ? "s" : "",
                      "]\n");
    }
  };
  for (auto entry = exception.traceback.rbegin(); entry != exception.traceback.rend(); ++entry) {
    const SourceRange& range = entry->code->RangeOf(entry->instruction);
    const std::string key =
        absl::StrCat(entry->code->source->name, "\n", range.line, "\n", entry->code->name);
    if (key != previous) {
      flush();
      repeated = 0;
      previous = key;
    }
    if (++repeated <= 3) out += FormatEntry(*entry);
  }
  flush();
  return out;
}

std::string FormatLast(Vm& vm, const ExceptionObject& exception) {
  std::string message;
  if (!ToText(vm, Value(static_cast<Object*>(const_cast<ExceptionObject*>(&exception))), &message)) {
    vm.TakePending();
    message = "<exception str() failed>";
  }
  const ClassObject& type = *exception.type;
  const bool plain = type.module == "builtins" || type.module == "__main__";
  return absl::StrCat(exception.syntax_place, plain ? "" : absl::StrCat(type.module, "."), type.name,
                      message.empty() ? "" : ": ", message, "\n");
}

void Append(Vm& vm, const ExceptionObject& exception, std::set<const ExceptionObject*>* seen,
            std::string* out) {
  seen->insert(&exception);
  const ExceptionObject* earlier = exception.cause.get();
  const char* relation = "\nThe above exception was the direct cause of the following exception:\n\n";
  if (!earlier && !exception.suppress_context) {
    earlier = exception.context.get();
    relation = "\nDuring handling of the above exception, another exception occurred:\n\n";
  }
  if (earlier && !seen->contains(earlier) && seen->size() < 100) {
    Append(vm, *earlier, seen, out);
    *out += relation;
  }
  if (!exception.traceback.empty()) *out += FormatEntries(exception);
  *out += FormatLast(vm, exception);
}

}  // namespace

std::string FormatException(Vm& vm, const ExceptionObject& exception) {
  std::string out;
  std::set<const ExceptionObject*> seen;
  Append(vm, exception, &seen, &out);
  return out;
}

Ref<ExceptionObject> MakeSyntaxError(Vm& vm, const SourceFile& source, const SyntaxProblem& problem) {
  const ErrorKind kind = problem.indentation ? ErrorKind::kIndentation : ErrorKind::kSyntax;
  Ref<ExceptionObject> exception = Make<ExceptionObject>(vm.classes().exceptions[static_cast<size_t>(kind)]);
  exception->arguments.push_back(Str(problem.message));
  std::string place = absl::StrCat("  File \"", source.name, "\", line ", problem.line, "\n");
  const std::string_view line = source.Line(problem.line);
  const std::string_view stripped = StripRight(line);
  const size_t begin = std::min(line.find_first_not_of(" \t\f"), line.size());
  if (!stripped.empty()) {
    absl::StrAppend(&place, "    ", View(stripped.substr(std::min(begin, stripped.size()))), "\n");
    if (!problem.no_caret) {
      const size_t offset = CharactersIn(line, static_cast<int32_t>(begin));
      const size_t first = std::max(CharactersIn(line, problem.column), offset);
      size_t last = problem.end_line == problem.line
                        ? CharactersIn(line, problem.end_column)
                        : CharactersIn(stripped, static_cast<int32_t>(stripped.size()));
      last = std::max(last, first + 1);
      // A column past the end of the line stands for the line break itself.
      const size_t column =
          problem.column > static_cast<int32_t>(line.size()) ? static_cast<size_t>(problem.column) : first;
      absl::StrAppend(&place, "    ", std::string(column - offset, ' '), std::string(last - first, '^'),
                      "\n");
    }
  }
  exception->syntax_place = std::move(place);
  return exception;
}

}  // namespace lathe::script
