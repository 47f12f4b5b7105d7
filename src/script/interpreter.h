// Interpreter: runs scripts. The room's entry point for tools and the C ABI: knows files, standard streams,
// exit statuses and interactive input, and leaves all else to the VM.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/script/value.h"

namespace lathe::script {

class CodeObject;
class ModuleObject;
class Sampler;
class Vm;

class Interpreter {
 public:
  Interpreter();
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // Where print and tracebacks go; std::cout and std::cerr unless set. They must outlive the interpreter.
  void SetStreams(std::ostream* out, std::ostream* err);

  // Run a script as __main__, with sys.argv = [name, arguments...]. Return the exit status: 0, 1 after an
  // uncaught exception (whose traceback is printed), 130 after an interrupt, or what sys.exit was given; 2 if
  // there is no such file.
  int RunFile(const std::string& path, const std::vector<std::string>& arguments = {});
  int RunString(std::string code, const std::string& file_name = "<string>",
                const std::vector<std::string>& arguments = {});

  // ---- An interactive session
  // True if `text` is the beginning of a statement that goes on: more lines are needed.
  bool NeedsMore(const std::string& text);
  // Runs one input: values of expressions are shown and kept in `_`. An error is printed and does not end the
  // session. False if the script asked to exit, with the status in `status`.
  bool RunInteractive(const std::string& text, int* status);
  // One input, compiled, to be run again and again without showing its values: arrays are computed.
  class Prepared {
   public:
    explicit Prepared(Ref<CodeObject> code);
    ~Prepared();
    const Ref<CodeObject>& code() const { return code_; }

   private:
    Ref<CodeObject> code_;
  };
  // Null after an error, which is printed.
  std::unique_ptr<Prepared> Prepare(const std::string& text);
  // False after an error, which is printed.
  bool Run(const Prepared& prepared);
  // Forgets the loops that have been compiled, so that they are recorded anew. Nothing may be running.
  void ForgetLoops();
  // What tracebacks and the trace log call the input that is run next ("<stdin>").
  static constexpr const char* kInputName = "<stdin>";
  // The names that begin with `prefix`: variables, or attributes after a dot. For completion.
  std::vector<std::string> Complete(std::string_view prefix);

  // From now on samples where the calling thread's time goes (sampler.h).
  void StartProfile();
  // Writes the samples to the trace log and returns the lines of the script that took most, as a table.
  std::string FinishProfile();

  // Makes the running script raise KeyboardInterrupt. May be called from a signal handler or another thread.
  void Interrupt();

  Vm& vm() { return *vm_; }

 private:
  struct Session;
  ModuleObject* SessionModule();
  // Prints the pending exception; the exit status it means.
  int ReportError();

  std::unique_ptr<Vm> vm_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace lathe::script
