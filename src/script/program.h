// Program: a script that is a part of another program: its functions are called, and its variables read and
// set, from C++ and through the C ABI. An exception of the script is thrown as a ScriptError.
#pragma once

#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/array.h"
#include "lathe/error.h"

namespace lathe::script {

class Value;

// An exception that left a script: its kind, the text of the exception, and the whole traceback.
class ScriptError : public Error {
 public:
  ScriptError(ErrorKind kind, const std::string& message, std::string traceback)
      : Error(kind, message), traceback_(std::move(traceback)) {}
  const std::string& traceback() const { return traceback_; }

 private:
  std::string traceback_;
};

// Belongs to the thread that uses it, one at a time.
class Program {
 public:
  Program();
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Where print goes, and what scripts write to sys.stderr; std::cout and std::cerr unless set. They must
  // outlive the program.
  void SetStreams(std::ostream* out, std::ostream* err);

  // Run statements; variables stay. `name` stands in tracebacks. sys.exit is the error kSystemExit, whose
  // message is the status.
  void Run(std::string code, const std::string& name);
  // With sys.argv = [path, arguments...]. FileError if the file cannot be read.
  void RunFile(const std::string& path, const std::vector<std::string>& arguments);

  // A variable. Get throws kName if there is none, and what np.asarray throws if it is nothing like an array.
  void Set(std::string_view name, const Input& value);
  Array Get(std::string_view name);
  // Calls a function by its name: the items of the tuple that it returns, nothing for None, else one array.
  std::vector<Array> Call(std::string_view function, std::span<const Input> arguments);

  // Makes what runs raise KeyboardInterrupt. May be called from a signal handler or another thread.
  void Interrupt();

 private:
  struct State;
  // Throws the exception that the VM holds.
  [[noreturn]] void ThrowPending();
  Array AsArrayOf(const Value& value);

  std::unique_ptr<State> state_;
};

}  // namespace lathe::script
