// Passes before a loop backend.
#include "tests/support/optimising_loop_backend.h"

#include <deque>
#include <utility>

#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class OptimisingLoopBackend : public LoopBackend {
 public:
  OptimisingLoopBackend(std::string_view pass, std::unique_ptr<LoopBackend> inner)
      : pass_(pass), inner_(std::move(inner)) {}

  absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                              const std::atomic<int>* attention) override {
    Trace optimised = trace;
    PassContext context;
    context.verify = true;
    context.new_word = [this] { return reinterpret_cast<uint64_t>(&words_.emplace_back()); };
    for (const Instruction& instruction : trace.instructions) {
      if ((Info(instruction.op).flags & kExits) != 0 && !HasElseBlock(instruction))
        context.no_hoisting.push_back(static_cast<uint32_t>(instruction.attribute));
    }
    const absl::Status status =
        pass_.empty() ? RunPasses(TraceLevel::kLoop, optimised, context) : RunPass(pass_, optimised, context);
    if (!status.ok()) return status;
    return inner_->CompileLoop(optimised, attention);
  }

 private:
  std::deque<uint64_t> words_;  // that compiled traces write to
  const std::string_view pass_;
  const std::unique_ptr<LoopBackend> inner_;
};

}  // namespace

std::unique_ptr<LoopBackend> MakeOptimisingLoopBackend(std::string_view pass,
                                                       std::unique_ptr<LoopBackend> inner) {
  return std::make_unique<OptimisingLoopBackend>(pass, std::move(inner));
}

}  // namespace lathe
