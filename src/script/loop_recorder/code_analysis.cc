// Liveness by iteration to a fixed point, backwards over the instructions.
#include "src/script/loop_recorder/code_analysis.h"

#include <algorithm>

#include "src/script/value.h"

namespace lathe::script {
namespace {

struct Flow {
  bool next = true;     // goes on at the next instruction
  int32_t target = -1;  // or here
};

Flow FlowOf(const Instruction& i) {
  switch (i.op) {
    case Bytecode::kJump:
    case Bytecode::kJumpBack:
      return {false, i.c};
    case Bytecode::kPopJumpIfFalse:
    case Bytecode::kPopJumpIfTrue:
    case Bytecode::kJumpIfFalseOrPop:
    case Bytecode::kJumpIfTrueOrPop:
    case Bytecode::kJumpUnlessBuiltin:
    case Bytecode::kForIter:
      return {true, i.c};
    case Bytecode::kReturn:
    case Bytecode::kRaise:
    case Bytecode::kReraise:
    case Bytecode::kReraiseHandled:
      return {false, -1};
    default:
      return {};
  }
}

bool ReadsSlot(Bytecode op) {
  return op == Bytecode::kLoadLocal || op == Bytecode::kDeleteLocal || op == Bytecode::kLoadCell ||
         op == Bytecode::kStoreCell || op == Bytecode::kDeleteCell || op == Bytecode::kMakeCell ||
         op == Bytecode::kLoadClosure;
}

}  // namespace

CodeAnalysis::CodeAnalysis(const CodeObject& code)
    : slots_(static_cast<size_t>(code.slot_count)),
      predecessors_(code.instructions.size() + 1),
      loop_ends_(code.instructions.size() + 1) {
  const auto count = static_cast<uint32_t>(code.instructions.size());
  for (uint32_t pc = 0; pc < count; ++pc) {
    const Instruction& i = code.instructions[pc];
    const Flow flow = FlowOf(i);
    if (flow.next) ++predecessors_[pc + 1];
    if (flow.target >= 0) ++predecessors_[static_cast<size_t>(flow.target)];
    if (i.op == Bytecode::kJumpBack) {
      uint32_t& end = loop_ends_[static_cast<size_t>(i.c)];
      end = std::max(end, pc + 1);
    }
  }
  FindLiveness(code);
}

void CodeAnalysis::FindLiveness(const CodeObject& code) {
  const size_t count = code.instructions.size();
  live_.assign((count + 1) * slots_, false);
  const auto merge = [&](size_t into, size_t from) {
    for (size_t s = 0; s < slots_; ++s) {
      if (live_[from * slots_ + s]) live_[into * slots_ + s] = true;
    }
  };
  std::vector<bool> before(slots_);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t pc = count; pc-- > 0;) {
      for (size_t s = 0; s < slots_; ++s) before[s] = live_[pc * slots_ + s];
      const Instruction& i = code.instructions[pc];
      const Flow flow = FlowOf(i);
      if (flow.next) merge(pc, pc + 1);
      if (flow.target >= 0) merge(pc, static_cast<size_t>(flow.target));
      if (i.op == Bytecode::kStoreLocal) live_[pc * slots_ + static_cast<size_t>(i.c)] = false;
      for (const ExceptionEntry& entry : code.exceptions) {
        if (pc >= entry.begin && pc < entry.end) merge(pc, entry.target);
      }
      if (ReadsSlot(i.op)) live_[pc * slots_ + static_cast<size_t>(i.c)] = true;
      for (size_t s = 0; s < slots_ && !changed; ++s) changed = before[s] != live_[pc * slots_ + s];
    }
  }
}

}  // namespace lathe::script
