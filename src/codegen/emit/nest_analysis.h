// What the emitter of a nest wants to know of the nest before it emits anything: how wide its lanes are, when
// each value is computed, which instructions become part of another one, and where values die.
#pragma once

#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "src/codegen/nest/frame.h"
#include "src/codegen/nest/nest_plan.h"

namespace lathe {

// When a value is computed.
enum class ValueState : uint8_t { kInner, kRow, kFunction };

// What the emitter can do in one go.
struct Fusions {
  bool products = false;         // a * b + c as one, which changes its rounding
  bool choices_by_sign = false;  // a choice by the sign bit of a float
  bool bits = false;             // two bitwise operations, and the test of a bit
};

class NestAnalysis {
 public:
  NestAnalysis(const Trace& trace, const NestPlan& plan);

  // Bytes of the widest value.
  int slot() const { return slot_; }
  // Of vectors of so many bytes; a tree's accumulators have eight lanes together.
  int Lanes(int vector_bytes) const;
  // Whether C functions of others are called.
  bool CallsForeign() const;
  // The first of the instruction's accesses in the plan, or -1.
  int first_access(Ref ref) const { return access_of_[ref]; }
  int uses(Ref ref) const { return uses_[ref]; }
  ValueState state(Ref ref) const { return state_[ref]; }
  FrameLayout PlanFrame() const;
  int inner_loop() const { return plan_.loops.empty() ? -1 : plan_.loops.back().last; }
  // Calls visit(operand) for the operands that are values (no buffers, no indices of accesses).
  template <class Visit>
  void ForEachValue(Ref ref, const Visit& visit) const {
    const Op op = trace_.at(ref).op;
    if (op == Op::kLoad) return;
    const std::span<const Ref> operands = trace_.operands(ref);
    if (op == Op::kStore || op == Op::kAccumulate) return visit(operands[1]);
    for (const Ref operand : operands) visit(operand);
  }
  // How many vectors the main loop takes at a time.
  int Copies() const;
  // Whether stores that bypass the cache are possible, with vectors of so many lanes, and can pay.
  bool CanStream(int lanes) const;
  // The constants and scalars of the loops, first those that gain most by having a register;
  // `in_memory(constant)` tells whether instructions can read it from memory.
  std::vector<Ref> LeavesByGain(absl::FunctionRef<bool(const Instruction&)> in_memory) const;

  // ---- Instructions that are emitted as part of their only user
  static bool IsBitOp(Op op) { return op == Op::kBitAnd || op == Op::kBitOr || op == Op::kBitXor; }
  // Decides which; what follows is known only then.
  void Fold(const Fusions& fusions);
  // A product in a sum, the comparison of a choice between what it compares, what replaces a value in rare
  // cases, a bitwise operation in another one, a shift that brings a bit to the sign's place.
  bool is_folded(Ref ref) const { return folded_[ref]; }
  // Whether `choice` is one by the sign bit of a float as wide as what it chooses.
  bool IsChoiceBySign(Ref choice) const;
  // Maximum or Minimum if `choice` is one, by a comparison of floats, of the larger or smaller one; else
  // Select.
  Op ExtremeOfChoice(Ref choice) const;

  // ---- Where values of the inner body are read for the last time
  // Whether the register of `ref` is free after the instruction at `position` in the body.
  bool DiesAt(Ref ref, size_t position) const { return last_use_[RegisterOf(ref)] == position; }
  bool ShareRegister(Ref x, Ref y) const { return RegisterOf(x) == RegisterOf(y); }

 private:
  void FindAccesses();
  void FindSlotAndUses();
  void FindStates();
  bool IsPartOf(Ref ref, Ref user) const;
  void FoldBits(Ref ref);
  void FindLastUses();
  void MarkUses(Ref ref, size_t position);
  Ref RegisterOf(Ref ref) const { return state_[ref] == ValueState::kInner ? register_of_[ref] : ref; }

  const Trace& trace_;
  const NestPlan& plan_;
  int slot_ = 4;
  // By instruction:
  std::vector<int> access_of_;
  std::vector<int> uses_;
  std::vector<ValueState> state_;
  std::vector<bool> folded_;
  std::vector<Ref> register_of_;  // bitcasts share their operand's register
  std::vector<size_t> last_use_;  // position in the body
};

}  // namespace lathe
