// Parameters of blocks that are one value whichever way the block is reached are replaced by it, and blocks
// that are reached by one jump only become a part of the block that ends with it.
//
//   jump 5(%x)                    ...               what uses %p uses %x
//   block 5(%p: f64):             the rest of block 5
//     ...
//
// A value stands before its uses in the text too, and stays there: what cannot be moved up is left.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class ParameterRemover {
 public:
  explicit ParameterRemover(Trace& trace) : trace_(trace), flow_(trace) {}

  void Run() {
    ResolveParameters();
    MergeBlocks();
    if (replaced_ > 0 || merged_ > 0) Emit();
  }
  int replaced() const { return replaced_; }
  int merged() const { return merged_; }

 private:
  bool IsParameter(Ref ref) const { return trace_.at(ref).op == Op::kParameter; }

  // Supposes of all parameters that they are one value until two arguments differ: so parameters that only
  // pass each other around are found too. An argument is defined wherever its jump runs, so a value that
  // all jumps pass is defined wherever the block runs.
  void ResolveParameters() {
    value_.resize(trace_.size());
    for (Ref ref = 0; ref < trace_.size(); ++ref) value_[ref] = IsParameter(ref) ? kNoRef : ref;
    for (bool changed = true; changed;) {
      changed = false;
      for (const uint32_t b : flow_.order()) {
        for (uint32_t k = 0; k < flow_.block(b).parameter_count(); ++k) {
          const Ref parameter = flow_.block(b).parameter(k);
          if (value_[parameter] == parameter) continue;
          const Ref value = OnlyArgument(flow_.block(b), k);
          changed |= value != value_[parameter];
          value_[parameter] = value;
        }
      }
    }
    for (Ref ref = 0; ref < trace_.size(); ++ref) replaced_ += value_[ref] != ref;
  }

  // What all jumps pass, as far as it is known; the parameter itself if they differ.
  Ref OnlyArgument(const FlowBlock& block, uint32_t k) const {
    Ref only = kNoRef;
    for (const uint32_t from : block.predecessors) {
      const Ref argument = value_[trace_.operands(flow_.block(from).terminator())[k]];
      if (argument == kNoRef || argument == only) continue;
      if (only != kNoRef || argument > block.begin) return block.parameter(k);
      only = argument;
    }
    return only;
  }

  void MergeBlocks() {
    const size_t count = flow_.blocks().size();
    head_.resize(count);
    next_.assign(count, kNoBlock);
    for (uint32_t b = 0; b < count; ++b) head_[b] = b;
    // What dominates a block stands before it in the order.
    for (const uint32_t b : flow_.order()) {
      if (!MayMerge(b)) continue;
      const uint32_t from = flow_.block(b).predecessors[0];
      next_[from] = b;
      head_[b] = head_[from];
      ++merged_;
    }
  }

  bool MayMerge(uint32_t b) const {
    const FlowBlock& block = flow_.block(b);
    if (block.predecessors.size() != 1 || block.else_of != kNoRef || block.predecessors[0] >= b) return false;
    const uint32_t head = head_[block.predecessors[0]];
    for (Ref ref = block.begin + 1; ref < block.end; ++ref) {
      if (IsParameter(ref) && value_[ref] == ref) return false;
      const std::span<const Ref> operands = trace_.operands(ref);
      const bool stands_before = std::all_of(operands.begin(), operands.end(), [&](Ref operand) {
        const uint32_t home = flow_.BlockOf(value_[operand]);
        return home == kNoBlock || home == b || head_[home] <= head;
      });
      if (!stands_before) return false;
    }
    return true;
  }

  void Emit() {
    out_.name = trace_.name;
    out_.file = trace_.file;
    out_.kernels = trace_.kernels;
    map_.assign(trace_.size(), kNoRef);
    for (Ref ref = 0; trace_.at(ref).op == Op::kParam; ++ref) EmitInstruction(ref);
    for (uint32_t b = 0; b < flow_.blocks().size(); ++b) {
      if (head_[b] != b) continue;
      for (Ref ref = flow_.block(b).begin; ref < flow_.block(b).body; ++ref) {
        if (value_[ref] == ref) EmitInstruction(ref);
      }
      for (uint32_t part = b; part != kNoBlock; part = next_[part]) EmitBody(part);
    }
    trace_ = std::move(out_);
  }

  void EmitBody(uint32_t b) {
    const Ref end = next_[b] == kNoBlock ? flow_.block(b).end : flow_.block(b).terminator();
    for (Ref ref = flow_.block(b).body; ref < end; ++ref) EmitInstruction(ref);
  }

  void EmitInstruction(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    Ref parameter = kNoRef;  // that the first operand of a jump is passed to
    if (instruction.op == Op::kJump)
      parameter = flow_.block(flow_.FindBlock(instruction.attribute)).begin + 1;
    std::vector<Ref> kept;
    kept.reserve(operands.size());
    for (size_t k = 0; k < operands.size(); ++k) {
      if (parameter != kNoRef && value_[parameter + k] != parameter + k) continue;
      kept.push_back(map_[value_[operands[k]]]);
    }
    map_[ref] = out_.Append(instruction, kept, {});
    if (const std::string_view name = trace_.NameOf(ref); !name.empty()) {
      out_.SetName(map_[ref], std::string(name));
    }
  }

  Trace& trace_;
  const Flow flow_;
  Trace out_;
  std::vector<Ref> value_;  // by instruction: itself, or what stands for the parameter; kNoRef: not known yet
  std::vector<uint32_t> next_;  // by block: the one that it goes on with
  std::vector<uint32_t> head_;  // by block: the one that it has become a part of, or itself
  std::vector<Ref> map_;        // where an instruction is in `out_`
  int replaced_ = 0;
  int merged_ = 0;
};

}  // namespace

absl::Status LoopParameters(Trace& trace, PassContext& context) {
  ParameterRemover remover(trace);
  remover.Run();
  if (remover.replaced() > 0) {
    context.Reason(absl::StrCat("replaced ", remover.replaced(), " parameters of blocks"));
  }
  if (remover.merged() > 0) context.Reason(absl::StrCat("merged ", remover.merged(), " blocks"));
  return absl::OkStatus();
}

}  // namespace lathe
