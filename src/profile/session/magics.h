// Magics: the lines of an interactive session that begin with % (magics.def): timing, and questions about
// what the engine did. A statement that is traced runs with a trace log in a temporary file, which answers
// them.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/base/temporary_file.h"
#include "src/profile/answers/reading.h"
#include "src/profile/output/style.h"
#include "src/script/interpreter.h"

namespace lathe::profile {

class Magics {
 public:
  // Both must outlive this object.
  Magics(script::Interpreter& interpreter, std::ostream& out, const Style& style);
  ~Magics();
  Magics(const Magics&) = delete;
  Magics& operator=(const Magics&) = delete;

  // Whether an input is for this class. One that asks for a compound statement goes on like any other.
  static bool IsMagic(const std::string& text);
  // What follows the command: the statement that the session may have to read on for.
  static std::string StatementOf(const std::string& text);
  // The commands that begin with `prefix`, which begins with %.
  static std::vector<std::string> Complete(const std::string& prefix);

  // Performs the command. Errors of the statement are printed as the interpreter prints them.
  void Run(const std::string& text);

 private:
  void Time(const std::string& statement);
  void TimeIt(const std::string& statement);
  void ShowTrace(const std::string& statement);
  void Why(const std::string& line);
  void Assembly(const std::string& trace);
  void Stats(const std::string& words);
  void Help(const std::string& words);
  // Prints the answer from the log of the last traced statement, or that there is none.
  void Ask(const std::function<absl::StatusOr<std::string>(Reading&)>& question);

  script::Interpreter& interpreter_;
  std::ostream& out_;
  const Style style_;
  std::optional<TemporaryFile> log_;  // of the last traced statement
  std::string statement_;             // its text
};

}  // namespace lathe::profile
