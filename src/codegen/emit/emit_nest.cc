// All nests of a trace in one block of code.
#include "src/codegen/emit/emit_nest.h"

#include "absl/strings/str_cat.h"
#include "src/codegen/emit/nest_emitter.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: asmjit's types throughout this file

// Remembers the first error of asmjit, so that it is checked once.
class FirstError : public ErrorHandler {
 public:
  void handleError(Error error, const char* message, BaseEmitter*) override {
    if (error_ == kErrorOk) error_ = error, message_ = message;
  }
  Error error() const { return error_; }
  const std::string& message() const { return message_; }

 private:
  Error error_ = kErrorOk;
  std::string message_;
};

// The line of the first instruction of a nest that has one.
uint32_t LineOf(const Trace& trace, const NestPlan& plan) {
  for (const Ref ref : plan.body) {
    if (trace.at(ref).line != 0) return trace.at(ref).line;
  }
  return 0;
}

CodeFunction FunctionAt(uint32_t offset, const FuncFrame& frame) {
  // By the register numbers of instructions.
  static constexpr uint8_t kDwarfNumbers[] = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
  CodeFunction function{offset, frame.saOffsetFromSP(), {}};
  const RegMask saved = frame.savedRegs(RegGroup::kGp);
  for (uint8_t reg = 0; reg < 16; ++reg) {
    if ((saved >> reg) & 1) function.pushed.push_back(kDwarfNumbers[reg]);
  }
  return function;
}

}  // namespace

absl::StatusOr<EmittedTrace> EmitNests(const Trace& trace, absl::Span<const NestPlan> plans,
                                       const EmitOptions& options) {
  EmittedTrace emitted;
  if (plans.empty()) return emitted;
  FirstError first_error;
  CodeHolder code;
  code.init(Environment::host());
  code.setErrorHandler(&first_error);
  StringLogger logger;
  if (options.keep_listing) code.setLogger(&logger);
  x86::Compiler compiler(&code);
  std::vector<FuncNode*> functions;
  for (const NestPlan& plan : plans) {
    emitted.nests.emplace_back();
    functions.push_back(EmitNest(trace, plan, options, compiler, &emitted.nests.back()));
  }
  std::vector<Label> labels;
  for (FuncNode* const function : functions) labels.push_back(function->label());
  if (first_error.error() == kErrorOk) compiler.finalize();
  if (first_error.error() != kErrorOk)
    return absl::InternalError(absl::StrCat("emitting machine code: ", first_error.message()));
  absl::StatusOr<CodeBlock> block = InstallCode(code);
  if (!block.ok()) return block.status();
  emitted.block = *std::move(block);
  for (size_t k = 0; k < plans.size(); ++k) {
    const std::byte* const entry = emitted.block.address() + code.labelOffsetFromBase(labels[k]);
    emitted.nests[k].function = reinterpret_cast<NestFunction>(reinterpret_cast<uintptr_t>(entry));
  }
  if (options.keep_listing) emitted.listing = logger.data();
  if (options.code_map) {
    CodeDescription description{trace.name, trace.file, {}, {}};
    for (size_t k = 0; k < plans.size(); ++k) {
      const auto offset = static_cast<uint32_t>(code.labelOffset(labels[k]));
      description.lines.push_back({offset, LineOf(trace, plans[k])});
      description.functions.push_back(FunctionAt(offset, functions[k]->frame()));
    }
    emitted.block.Describe(*options.code_map, std::move(description));
  }
  return emitted;
}

}  // namespace lathe
