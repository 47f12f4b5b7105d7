// Rebuilding a loop trace after edits.
#include "src/recorder/passes/loop_editor.h"

#include <algorithm>
#include <string>
#include <utility>

namespace lathe {

std::optional<Preheader> FindPreheader(const Trace& trace, const Flow& flow, uint32_t loop) {
  const FlowLoop& found = flow.loop(loop);
  uint32_t outside = kNoBlock;
  for (const uint32_t from : flow.block(found.header).predecessors) {
    if (flow.LoopContains(loop, from)) continue;
    if (outside != kNoBlock) return std::nullopt;
    outside = from;
  }
  if (outside == kNoBlock) return std::nullopt;
  Preheader preheader;
  preheader.jump = flow.block(outside).terminator();
  if (trace.at(preheader.jump).op != Op::kJump) return std::nullopt;
  const bool first = std::all_of(found.blocks.begin(), found.blocks.end(),
                                 [&](uint32_t block) { return flow.block(block).begin > preheader.jump; });
  if (!first) return std::nullopt;
  preheader.anchor = preheader.jump;
  if (const Instruction& before = trace.at(preheader.jump - 1);
      before.op == Op::kPoll && !HasElseBlock(before)) {
    preheader.anchor = preheader.poll = preheader.jump - 1;
  }
  return preheader;
}

bool FailureLeaves(const Trace& trace, const Flow& flow, Ref guard, uint32_t loop) {
  if (!HasElseBlock(trace.at(guard))) return true;
  return !flow.LoopContains(loop, flow.FindBlock(trace.at(guard).attribute & ~kElseBlock));
}

Ref LoopEditor::Insert(Ref anchor, const Instruction& instruction, std::span<const Ref> operands) {
  // The operands may point into the pool that grows.
  const std::vector<Ref> copy(operands.begin(), operands.end());
  const Ref ref = trace_.Append(instruction, copy, {});
  gone_.push_back(false);
  before_[anchor].push_back(ref);
  return ref;
}

Ref LoopEditor::Insert(Ref anchor, Op op, DType dtype, std::initializer_list<Ref> operands,
                       uint64_t attribute) {
  Instruction instruction;
  instruction.op = op;
  instruction.dtype = dtype;
  instruction.attribute = attribute;
  return Insert(anchor, instruction, std::span<const Ref>(operands.begin(), operands.size()));
}

void LoopEditor::Move(Ref ref, Ref anchor) {
  gone_[ref] = true;
  changed_ = true;
  before_[anchor].push_back(ref);
}

void LoopEditor::SetOperands(Ref ref, std::span<const Ref> operands) {
  const std::vector<Ref> copy(operands.begin(), operands.end());
  Instruction& instruction = trace_.instructions[ref];
  instruction.operands_begin = static_cast<uint32_t>(trace_.operand_pool.size());
  instruction.operand_count = static_cast<uint16_t>(copy.size());
  trace_.operand_pool.insert(trace_.operand_pool.end(), copy.begin(), copy.end());
  changed_ = true;
}

// By the instruction that opens the block.
std::vector<bool> LoopEditor::ReachedBlocks() const {
  absl::flat_hash_map<uint64_t, Ref> by_number;
  std::vector<Ref> work;
  for (Ref ref = 0; ref < original_size_; ++ref) {
    if (trace_.at(ref).op != Op::kBlock) continue;
    if (by_number.empty()) work.push_back(ref);
    by_number.emplace(trace_.at(ref).attribute, ref);
  }
  std::vector<bool> reached(original_size_, false);
  const auto reach = [&](uint64_t number) {
    const Ref block = by_number.at(number & ~kElseBlock);
    if (!reached[block]) work.push_back(block);
    reached[block] = true;
  };
  if (!work.empty()) reached[work[0]] = true;
  while (!work.empty()) {
    Ref ref = work.back();
    work.pop_back();
    for (++ref; ref < original_size_ && trace_.at(ref).op != Op::kBlock; ++ref) {
      const bool leads_on = trace_.at(ref).op == Op::kJump || HasElseBlock(trace_.at(ref));
      if (leads_on && !gone_[ref]) reach(trace_.at(ref).attribute);
    }
  }
  return reached;
}

void LoopEditor::Emit(Ref ref, Trace* out, std::vector<Ref>* map) const {
  std::vector<Ref> operands;
  operands.reserve(trace_.at(ref).operand_count);
  for (const Ref operand : trace_.operands(ref)) operands.push_back((*map)[operand]);
  (*map)[ref] = out->Append(trace_.at(ref), operands, {});
  if (const std::string_view name = trace_.NameOf(ref); !name.empty()) {
    out->SetName((*map)[ref], std::string(name));
  }
}

std::vector<Ref> LoopEditor::Apply() {
  const std::vector<bool> reached = ReachedBlocks();
  Trace out;
  out.name = trace_.name;
  out.file = trace_.file;
  out.kernels = trace_.kernels;
  std::vector<Ref> map(trace_.size(), kNoRef);
  bool dropped = false;
  for (Ref ref = 0; ref < original_size_; ++ref) {
    if (trace_.at(ref).op == Op::kBlock) dropped = !reached[ref];
    if (dropped) continue;
    if (const auto found = before_.find(ref); found != before_.end()) {
      for (const Ref inserted : found->second) Emit(inserted, &out, &map);
    }
    if (!gone_[ref]) Emit(ref, &out, &map);
  }
  trace_ = std::move(out);
  return map;
}

}  // namespace lathe
