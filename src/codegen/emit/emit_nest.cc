// All nests of a trace in one block of code.
#include "src/codegen/emit/emit_nest.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/codegen/a64/nest_target.h"
#include "src/codegen/emit/nest_emitter.h"
#include "src/codegen/x64/nest_target.h"

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

// Functions behind their prologues, for debuggers. By the register numbers of instructions:
std::vector<uint8_t> PushedOnX64(const FuncFrame& frame) {
  static constexpr uint8_t kDwarfNumbers[] = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
  std::vector<uint8_t> pushed;
  for (uint8_t reg = 0; reg < std::size(kDwarfNumbers); ++reg) {
    if ((frame.savedRegs(RegGroup::kGp) >> reg) & 1) pushed.push_back(kDwarfNumbers[reg]);
  }
  return pushed;
}
// asmjit stores pairs upwards: general registers, then vector registers, an odd one of either with room for
// another.
std::vector<uint8_t> PushedOnAArch64(const FuncFrame& frame) {
  constexpr uint8_t kFirstVector = 64;
  std::vector<uint8_t> words;
  for (const auto& [group, first] :
       {std::pair(RegGroup::kGp, uint8_t{0}), std::pair(RegGroup::kVec, kFirstVector)}) {
    for (uint8_t reg = 0; reg < 32; ++reg) {
      if ((frame.savedRegs(group) >> reg) & 1) words.push_back(static_cast<uint8_t>(first + reg));
    }
    if (words.size() % 2 == 1) words.push_back(CodeFunction::kNoRegister);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

// All nests as functions of `code`: their offsets, frames and, if wanted, listing.
template <class Target>
absl::Status EmitFunctions(const Trace& trace, absl::Span<const NestPlan> plans, const EmitOptions& options,
                           CodeHolder& code, std::vector<CodeFunction>* functions, EmittedTrace* emitted) {
  FirstError first_error;
  StringLogger logger;
  code.setErrorHandler(&first_error);
  if (options.keep_listing) code.setLogger(&logger);
  typename Target::Compiler compiler(&code);
  std::vector<FuncNode*> nodes;
  for (const NestPlan& plan : plans) {
    emitted->nests.emplace_back();
    nodes.push_back(EmitNest<Target>(trace, plan, options, compiler, &emitted->nests.back()));
  }
  if (first_error.error() == kErrorOk) compiler.finalize();
  code.setErrorHandler(nullptr);
  code.setLogger(nullptr);
  if (first_error.error() != kErrorOk)
    return absl::InternalError(absl::StrCat("emitting machine code: ", first_error.message()));
  for (const FuncNode* const node : nodes) {
    const auto offset = static_cast<uint32_t>(code.labelOffset(node->label()));
    const FuncFrame& frame = node->frame();
    if (Info(options.level).architecture == Architecture::kX64) {
      functions->push_back({offset, frame.saOffsetFromSP(), PushedOnX64(frame)});
    } else {
      functions->push_back(
          {offset, frame.stackAdjustment() + frame.pushPopSaveSize(), PushedOnAArch64(frame)});
    }
  }
  if (options.keep_listing) emitted->listing = logger.data();
  return absl::OkStatus();
}

void Describe(const Trace& trace, absl::Span<const NestPlan> plans, std::vector<CodeFunction> functions,
              CodeMap& map, CodeBlock& block) {
  CodeDescription description{trace.name, trace.file, {}, std::move(functions)};
  for (size_t k = 0; k < plans.size(); ++k)
    description.lines.push_back({description.functions[k].offset, LineOf(trace, plans[k])});
  block.Describe(map, std::move(description));
}

}  // namespace

absl::StatusOr<EmittedTrace> EmitNests(const Trace& trace, absl::Span<const NestPlan> plans,
                                       const EmitOptions& options) {
  EmittedTrace emitted;
  if (plans.empty()) return emitted;
  const Architecture architecture = Info(options.level).architecture;
  const bool is_arm = architecture == Architecture::kAArch64;
  Environment environment(is_arm ? Arch::kAArch64 : Arch::kX64);
  environment.setPlatform(Platform::kLinux);
  environment.setPlatformABI(PlatformABI::kGNU);
  CodeHolder code;
  code.init(environment);
  std::vector<CodeFunction> functions;
  const absl::Status status =
      is_arm ? EmitFunctions<A64Target>(trace, plans, options, code, &functions, &emitted)
             : EmitFunctions<X64Target>(trace, plans, options, code, &functions, &emitted);
  if (!status.ok()) return status;
  if (options.elsewhere) {
    absl::StatusOr<std::string> bytes = BytesOf(code);
    if (!bytes.ok()) return bytes.status();
    emitted.bytes = *std::move(bytes);
    return emitted;
  }
  if (architecture != kHostArchitecture)
    return absl::FailedPreconditionError("code of another architecture cannot run here");
  absl::StatusOr<CodeBlock> block = InstallCode(code);
  if (!block.ok()) return block.status();
  emitted.block = *std::move(block);
  for (size_t k = 0; k < plans.size(); ++k) {
    const std::byte* const entry = emitted.block.address() + functions[k].offset;
    emitted.nests[k].function = reinterpret_cast<NestFunction>(reinterpret_cast<uintptr_t>(entry));
  }
  if (options.code_map) Describe(trace, plans, std::move(functions), *options.code_map, emitted.block);
  return emitted;
}

}  // namespace lathe
