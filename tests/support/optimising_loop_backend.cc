// Passes before a loop backend.
#include "tests/support/optimising_loop_backend.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// Leaves out the number of turns, the last value of each exit, which the trace did not have before.
class WithoutTurns : public LoopExecutable {
 public:
  WithoutTurns(std::unique_ptr<LoopExecutable> inner, std::vector<uint32_t> turn_values)
      : inner_(std::move(inner)), turn_values_(std::move(turn_values)) {}

  uint32_t Run(const uint64_t* inputs, uint64_t* values) const override {
    std::vector<uint64_t> all(256);
    const uint32_t exit = inner_->Run(inputs, all.data());
    std::copy_n(all.begin(), turn_values_[exit], values);
    return exit;
  }

 private:
  std::unique_ptr<LoopExecutable> inner_;
  std::vector<uint32_t> turn_values_;
};

// A poll that is made later leaves with the state of a later turn: whoever asks for attention beforehand gets
// the loop whose polls stand where they stood.
class PollingOnTime : public LoopExecutable {
 public:
  PollingOnTime(std::unique_ptr<LoopExecutable> later, std::unique_ptr<LoopExecutable> on_time,
                const std::atomic<int>* attention)
      : later_(std::move(later)), on_time_(std::move(on_time)), attention_(attention) {}

  uint32_t Run(const uint64_t* inputs, uint64_t* values) const override {
    return (*attention_ == kNoAttention ? later_ : on_time_)->Run(inputs, values);
  }

 private:
  const std::unique_ptr<LoopExecutable> later_, on_time_;
  const std::atomic<int>* const attention_;
};

class OptimisingLoopBackend : public LoopBackend {
 public:
  OptimisingLoopBackend(std::string_view pass, std::unique_ptr<LoopBackend> inner)
      : pass_(pass), inner_(std::move(inner)) {}

  absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                              const std::atomic<int>* attention) override {
    absl::StatusOr<std::unique_ptr<LoopExecutable>> later = Optimise(trace, attention, std::nullopt);
    if (!later.ok()) return later;
    absl::StatusOr<std::unique_ptr<LoopExecutable>> on_time = Optimise(trace, attention, false);
    if (!on_time.ok()) return on_time;
    return std::make_unique<PollingOnTime>(*std::move(later), *std::move(on_time), attention);
  }

 private:
  absl::StatusOr<std::unique_ptr<LoopExecutable>> Optimise(const Trace& trace,
                                                           const std::atomic<int>* attention,
                                                           std::optional<bool> spare_polls) {
    Choices choices;
    choices.Force(Choice::kLoopPolls, spare_polls);
    Trace optimised = trace;
    PassContext context;
    context.verify = true;
    context.count_turns = true;
    context.choices = &choices;
    size_t exits = 0;
    context.new_word = [this] { return reinterpret_cast<uint64_t>(&words_.emplace_back()); };
    for (const Instruction& instruction : trace.instructions) {
      if ((Info(instruction.op).flags & kExits) == 0 || HasElseBlock(instruction)) continue;
      context.barred_exits.push_back(static_cast<uint32_t>(instruction.attribute));
      exits = std::max<size_t>(exits, instruction.attribute + 1);
    }
    const absl::Status status =
        pass_.empty() ? RunPasses(TraceLevel::kLoop, optimised, context) : RunPass(pass_, optimised, context);
    if (!status.ok()) return status;
    absl::StatusOr<std::unique_ptr<LoopExecutable>> made = inner_->CompileLoop(optimised, attention);
    if (!made.ok() || !context.turns_counted) return made;
    return std::make_unique<WithoutTurns>(*std::move(made), TurnValues(optimised, exits));
  }

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
