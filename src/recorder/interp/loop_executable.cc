// The reference interpreter of loop traces: one step an instruction, one word a value. It shows what machine
// code must do, and is what runs loops where there is none.
#include <atomic>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/interp/interpreter.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/foreign.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/type_rules.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/runtime/kernel_operands.h"

namespace lathe {
namespace {

// The element in the low end of `bits`, as Scalar::bits: zero above it.
uint64_t ElementBits(DType dtype, uint64_t bits) {
  return ItemSize(dtype) == 8 ? bits : bits & ((uint64_t{1} << (8 * ItemSize(dtype))) - 1);
}

struct Step {
  Op op = Op::kLeave;
  bool has_else = false;
  uint32_t item = 0;    // bytes of the element of an access
  uint32_t number = 0;  // of the block that is gone to or the exit that is taken
  uint32_t target = 0;  // the first step of that block
  Ref result = 0;       // the word that is written; of a jump the first parameter of its target
  std::span<const Ref> operands;
  std::span<const Ref> snapshot;
  ElementFunction element = nullptr;
  const LoopFunctionInfo* function = nullptr;
  const Executable* kernel = nullptr;
  KernelOperands* kernel_operands = nullptr;
};

using Kernels = std::vector<std::unique_ptr<Executable>>;

class InterpretedLoop : public LoopExecutable {
 public:
  InterpretedLoop(const Trace& trace, Kernels kernels, const std::atomic<int>* attention)
      : trace_(trace), kernels_(std::move(kernels)), attention_(attention), constants_(trace.size(), 0) {
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kParam) params_.push_back(ref);
      if (instruction.op == Op::kConst) {
        constants_[ref] = ElementBits(instruction.dtype, instruction.attribute);
      }
    }
    const Flow flow(trace_);
    absl::flat_hash_map<uint32_t, uint32_t> first_steps;  // by the number of a block
    absl::flat_hash_map<uint32_t, Ref> first_parameters;
    for (const FlowBlock& block : flow.blocks()) {
      first_steps[block.number] = static_cast<uint32_t>(steps_.size());
      first_parameters[block.number] = block.parameter(0);
      for (Ref ref = block.body; ref < block.end; ++ref) {
        if (trace_.at(ref).op != Op::kConst) steps_.push_back(Decode(ref));
      }
    }
    for (Step& step : steps_) {
      if (step.op != Op::kJump && !step.has_else) continue;
      step.target = first_steps[step.number];
      if (step.op == Op::kJump) step.result = first_parameters[step.number];
    }
  }

  uint32_t Run(const uint64_t* inputs, uint64_t* values) const override {
    std::vector<uint64_t> words = constants_;
    for (size_t k = 0; k < params_.size(); ++k) {
      words[params_[k]] = ElementBits(trace_.at(params_[k]).dtype, inputs[k]);
    }
    std::vector<uint64_t> scratch;
    for (const Step* step = steps_.data();;) {
      const bool goes_on = Execute(*step, words.data(), &scratch);
      if (goes_on && step->op != Op::kJump) {
        ++step;
      } else if (step->op == Op::kJump || step->has_else) {
        step = &steps_[step->target];
      } else {
        for (size_t k = 0; k < step->snapshot.size(); ++k) {
          const Ref ref = step->snapshot[k];
          values[k] = ExtendedBits(trace_.at(ref).dtype, words[ref]);
        }
        return step->number;
      }
    }
  }

 private:
  Step Decode(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    Step step;
    step.op = instruction.op;
    step.has_else = HasElseBlock(instruction);
    step.item = static_cast<uint32_t>(ItemSize(instruction.dtype));
    step.number = static_cast<uint32_t>(instruction.attribute);
    step.result = ref;
    step.operands = trace_.operands(ref);
    step.snapshot = SnapshotOf(trace_, ref);
    if (step.op == Op::kCall) step.function = FindLoopFunction(instruction.attribute);
    if (step.op == Op::kInvoke) {
      step.kernel = kernels_[instruction.attribute].get();
      kernel_operands_.push_back(std::make_unique<KernelOperands>(*trace_.kernels[instruction.attribute]));
      step.kernel_operands = kernel_operands_.back().get();
    }
    if (IsElementwise(step.op) || TakesFunction(step.op)) {
      step.element =
          FindElementFunction(step.op, OperandDType(trace_, step.op, step.operands), instruction.dtype);
    }
    return step;
  }

  // Whether the trace goes on behind the step: false if a guard fails, and for `leave`.
  bool Execute(const Step& step, uint64_t* words, std::vector<uint64_t>* scratch) const {
    const auto operand = [&](size_t k) { return words[step.operands[k]]; };
    const auto integer = [&](size_t k) { return static_cast<int64_t>(operand(k)); };
    int64_t* const result = reinterpret_cast<int64_t*>(&words[step.result]);
    switch (step.op) {
      case Op::kLeave:
        return false;
      case Op::kPoll:
        return attention_->load(std::memory_order_relaxed) == kNoAttention;
      case Op::kGuard:
        return operand(0) != 0;
      case Op::kCheckedAdd:
        return !__builtin_add_overflow(integer(0), integer(1), result);
      case Op::kCheckedSub:
        return !__builtin_sub_overflow(integer(0), integer(1), result);
      case Op::kCheckedMul:
        return !__builtin_mul_overflow(integer(0), integer(1), result);
      case Op::kAddress:
        words[step.result] = operand(0);
        for (size_t k = 1; k < step.operands.size(); k += 2)
          words[step.result] += operand(k) * operand(k + 1);
        return true;
      case Op::kRead:
        std::memcpy(result, reinterpret_cast<const void*>(operand(0)), step.item);
        return true;
      case Op::kWrite:
        std::memcpy(reinterpret_cast<void*>(operand(0)), &words[step.operands[1]], step.item);
        return true;
      case Op::kJump:
      case Op::kCall:
      case Op::kInvoke:
        // All operands are read before anything is written: a jump may permute the parameters.
        scratch->clear();
        for (const Ref ref : step.operands) scratch->push_back(words[ref]);
        if (step.op == Op::kCall) {
          words[step.result] = step.function->invoke(scratch->data());
        } else if (step.op == Op::kInvoke) {
          words[step.result] = Invoke(step, scratch->data()) ? 1 : 0;
        } else if (!scratch->empty()) {
          std::memcpy(result, scratch->data(), scratch->size() * sizeof(uint64_t));
        }
        return true;
      default:
        return ExecuteElement(step, words);
    }
  }

  // The interpreter of arrays reads all before it writes anything, whatever overlaps, and has all its memory
  // by then.
  static bool Invoke(const Step& step, const uint64_t* words) {
    KernelOperands& operands = *step.kernel_operands;
    operands.Load(words);
    return step.kernel->Run(operands.params(), operands.outputs(), operands.dims(), nullptr).ok();
  }

  static bool ExecuteElement(const Step& step, uint64_t* words) {
    const void* inputs[ForeignFunction::kMaxArguments + 1] = {};
    for (size_t k = 0; k < step.operands.size(); ++k) inputs[k] = &words[step.operands[k]];
    step.element(&words[step.result], inputs, 1);
    return true;
  }

  const Trace trace_;
  const Kernels kernels_;
  std::vector<std::unique_ptr<KernelOperands>> kernel_operands_;  // by invoke
  const std::atomic<int>* const attention_;
  std::vector<uint64_t> constants_;  // the words as a run begins with them
  std::vector<Ref> params_;
  std::vector<Step> steps_;
};

class LoopInterpreter : public LoopBackend {
 public:
  absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                              const std::atomic<int>* attention) override {
    if (!IsLoopTrace(trace)) return absl::InvalidArgumentError("the trace is not at the loop level");
    if (absl::Status status = Verify(trace); !status.ok()) return status;
    const std::unique_ptr<Backend> interpreter = MakeInterpreter();
    Kernels kernels;
    for (const std::shared_ptr<const Trace>& kernel : trace.kernels) {
      absl::StatusOr<std::unique_ptr<Executable>> executable = interpreter->Compile(*kernel);
      if (!executable.ok()) return executable.status();
      kernels.push_back(*std::move(executable));
    }
    return std::make_unique<InterpretedLoop>(trace, std::move(kernels), attention);
  }
};

}  // namespace

std::unique_ptr<LoopBackend> MakeLoopInterpreter() { return std::make_unique<LoopInterpreter>(); }

}  // namespace lathe
