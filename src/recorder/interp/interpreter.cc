// The interpreter as a Backend: looks up the functions and picks the executable for the trace's level.
#include "src/recorder/interp/interpreter.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/interp/executables.h"
#include "src/recorder/ir/literal.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

class Interpreter : public Backend {
 public:
  TraceLevel level() const override { return TraceLevel::kArray; }

  absl::StatusOr<std::unique_ptr<Executable>> Compile(const Trace& trace) override {
    absl::StatusOr<Program> program = MakeProgram(trace);
    if (!program.ok()) return program.status();
    const bool nests =
        std::any_of(trace.instructions.begin(), trace.instructions.end(),
                    [](const Instruction& i) { return i.op == Op::kNest || i.op == Op::kAlloc; });
    if (nests) return MakeNestExecutable(*std::move(program));
    return MakeArrayExecutable(*std::move(program));
  }

 private:
  static absl::StatusOr<Program> MakeProgram(const Trace& trace) {
    if (trace.size() == 0 || trace.at(trace.size() - 1).op != Op::kReturn) {
      return absl::InvalidArgumentError("the trace does not end with ret");
    }
    Program program;
    program.trace = trace;
    program.functions.assign(trace.size(), nullptr);
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      const Instruction& instruction = trace.at(ref);
      if (!IsElementwise(instruction.op)) continue;
      const DType operand = OperandDType(trace, instruction.op, trace.operands(ref));
      program.functions[ref] = FindElementFunction(instruction.op, operand, instruction.dtype);
      if (program.functions[ref] == nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("no function for ", View(Info(instruction.op).text),
                                                       " of ", View(DTypeWord(operand))));
      }
    }
    return program;
  }
};

}  // namespace

std::unique_ptr<Backend> MakeInterpreter() { return std::make_unique<Interpreter>(); }

}  // namespace lathe
