// A loop of read, run and show. Blocks are read with "... " until an empty line; Ctrl-C drops the input,
// Ctrl-D ends the session. The history is kept in ~/.lathe_history.
#include "tools/repl.h"

#include <histedit.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "lathe/error.h"
#include "src/profile/session/magics.h"

namespace lathe::tools {
namespace {

constexpr int kHistoryLines = 2000;

class LineEditor {
 public:
  explicit LineEditor(script::Interpreter* interpreter)
      : interpreter_(interpreter),
        editor_(el_init("lathe", stdin, stdout, stderr)),
        history_(history_init()) {
    if (const char* home = std::getenv("HOME")) file_ = std::string(home) + "/.lathe_history";
    history(history_, &event_, H_SETSIZE, kHistoryLines);
    history(history_, &event_, H_SETUNIQUE, 1);
    if (!file_.empty()) history(history_, &event_, H_LOAD, file_.c_str());
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, &LineEditor::Prompt);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_SIGNAL, 1);
    el_set(editor_, EL_ADDFN, "complete", "Completes a name", &LineEditor::CompleteName);
    el_set(editor_, EL_BIND, "\t", "complete", nullptr);
    el_source(editor_, nullptr);
  }
  ~LineEditor() {
    if (!file_.empty()) history(history_, &event_, H_SAVE, file_.c_str());
    history_end(history_);
    el_end(editor_);
  }
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // One line with its line break; false at the end of input. `interrupted`: Ctrl-C was pressed instead.
  bool Read(const char* prompt, std::string* line, bool* interrupted) {
    prompt_ = prompt;
    int length = 0;
    errno = 0;
    const char* text = el_gets(editor_, &length);
    *interrupted = !text && errno == EINTR;
    if (!text || length <= 0) return *interrupted;
    line->assign(text, static_cast<size_t>(length));
    if (line->find_first_not_of(" \t\n") != std::string::npos)
      history(history_, &event_, H_ENTER, line->c_str());
    return true;
  }

 private:
  static const char* Prompt(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return static_cast<LineEditor*>(self)->prompt_;
  }

  // Inserts what all completions of the name before the cursor have in common; lists them if there are
  // several.
  static unsigned char CompleteName(EditLine* editor, int) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    const LineInfo* info = el_line(editor);
    const char* begin = info->cursor;
    const auto in_name = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
    };
    while (begin > info->buffer && in_name(begin[-1])) --begin;
    if (begin == info->buffer + 1 && *info->buffer == '%') --begin;
    const std::string prefix(begin, static_cast<size_t>(info->cursor - begin));
    if (prefix.empty()) {
      el_insertstr(editor, "    ");
      return CC_REFRESH;
    }
    const std::vector<std::string> names =
        prefix[0] == '%' ? profile::Magics::Complete(prefix)
                         : static_cast<LineEditor*>(data)->interpreter_->Complete(prefix);
    if (names.empty()) return CC_REFRESH_BEEP;
    std::string common = names[0];
    for (const std::string& name : names) {
      size_t same = 0;
      while (same < common.size() && same < name.size() && common[same] == name[same]) ++same;
      common.resize(same);
    }
    if (common.size() > prefix.size()) {
      el_insertstr(editor, common.c_str() + prefix.size());
      return CC_REFRESH;
    }
    std::cout << '\n';
    for (const std::string& name : names) std::cout << name << "  ";
    std::cout << std::endl;
    return CC_REDISPLAY;
  }

  script::Interpreter* interpreter_;
  EditLine* editor_;
  History* history_;
  HistEvent event_{};
  std::string file_;
  const char* prompt_ = "";
};

}  // namespace

int RunSession(script::Interpreter& interpreter) {
  LineEditor editor(&interpreter);
  profile::Magics magics(interpreter, std::cout, profile::Style::ForStandardOutput());
  std::cout << "Lathe " << LATHE_VERSION << "; %help lists commands, exit() or Ctrl-D leaves\n" << std::flush;
  std::string input, line;
  int status = 0;
  for (;;) {
    bool interrupted = false;
    if (!editor.Read(input.empty() ? ">>> " : "... ", &line, &interrupted)) break;
    if (interrupted) {
      std::cout << "\nKeyboardInterrupt" << std::endl;
      input.clear();
      continue;
    }
    input += line;
    const bool magic = profile::Magics::IsMagic(input);
    if (interpreter.NeedsMore(magic ? profile::Magics::StatementOf(input) : input)) continue;
    if (magic) {
      magics.Run(input);
    } else if (input.find_first_not_of(" \t\n") != std::string::npos &&
               !interpreter.RunInteractive(input, &status)) {
      return status;
    }
    std::cout << std::flush;
    input.clear();
  }
  std::cout << std::endl;
  return 0;
}

}  // namespace lathe::tools
