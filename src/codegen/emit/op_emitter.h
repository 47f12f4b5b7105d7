// The ops of a nest, one by one, in the instructions of a target: which values they take, and which of them
// become one instruction with another. It knows values, not loops.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "src/codegen/emit/fused_form.h"
#include "src/codegen/emit/nest_analysis.h"
#include "src/codegen/emit/nest_target.h"
#include "src/codegen/nest/frame.h"

namespace lathe {

template <NestTarget Target>
class OpEmitter {
 public:
  using Emitter = typename Target::Emitter;
  using Value = typename Target::Value;

  // All of them outlive it. `vectors` emits what is common to all bodies.
  OpEmitter(const Trace& trace, const NestAnalysis& nest, const FrameLayout& frame_layout, Target& target,
            Emitter& vectors)
      : trace_(trace),
        nest_(nest),
        frame_layout_(frame_layout),
        target_(target),
        vectors_(vectors),
        hoisted_(trace.size()) {}

  // A value that was computed before the bodies.
  void Hoist(Ref ref, const Value& value) { hoisted_[ref] = value; }
  void HoistLeaf(Ref ref) { hoisted_[ref] = MakeLeaf(ref); }
  // From here on instructions are of the one at `position` in the body.
  void Begin(size_t position) {
    position_ = position;
    leaves_.clear();
  }
  // The value of `ref` in the body being emitted. Leaves that have no register are made for each
  // instruction, for all its copies together.
  Value ValueOf(const std::vector<Value>& values, Ref ref) {
    if (hoisted_[ref].is_set()) return hoisted_[ref];
    if (values[ref].is_set()) return values[ref];
    for (const auto& [leaf, vector] : leaves_) {
      if (leaf == ref) return vector;
    }
    const Instruction& instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) {
      const Value constant = vectors_.ConstantInMemory(instruction.dtype, instruction.attribute);
      if (constant.is_set()) return constant;
    }
    leaves_.emplace_back(ref, MakeLeaf(ref));
    return leaves_.back().second;
  }

  Value EmitOp(Emitter& emitter, const std::vector<Value>& values, Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    if (Value fused; EmitContracted(emitter, values, ref, &fused)) return fused;
    if constexpr (Emitter::kFusesMore) {
      if (Value fused; EmitFusedMore(emitter, values, ref, &fused)) return fused;
    }
    if (instruction.op == Op::kSelectRare && nest_.is_folded(operands[1]))
      return EmitRare(emitter, values, ref);
    if (instruction.op == Op::kSelect && nest_.is_folded(operands[0])) {
      return emitter.EmitExtreme(nest_.ExtremeOfChoice(ref) == Op::kMaximum, ValueOf(values, operands[1]),
                                 ValueOf(values, operands[2]));
    }
    if (instruction.op == Op::kFma && emitter.has_fma()) {
      return emitter.EmitFused(FusedForm::kProductPlus, ValueOf(values, operands[0]),
                               ValueOf(values, operands[1]), ValueOf(values, operands[2]),
                               Dying(values, operands));
    }
    Value vectors[4];
    for (size_t k = 0; k < operands.size(); ++k) vectors[k] = ValueOf(values, operands[k]);
    std::optional<uint64_t> shift;
    if (instruction.op == Op::kShiftLeft || instruction.op == Op::kShiftRight) {
      const Instruction& count = trace_.at(operands[1]);
      if (count.op == Op::kConst) shift = count.attribute;
    }
    return emitter.Emit(instruction.op, instruction.dtype, std::span(vectors, operands.size()), shift);
  }

 private:
  // Constants and scalar parameters, in every lane.
  Value MakeLeaf(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) return vectors_.SplatConstant(instruction.dtype, instruction.attribute);
    const std::vector<Ref>& scalars = frame_layout_.scalars;
    const auto position = std::find(scalars.begin(), scalars.end(), ref) - scalars.begin();
    return vectors_.Splat(instruction.dtype,
                          target_.FrameWord(frame_layout_.Scalar(static_cast<size_t>(position))));
  }
  // Whether the register of `operand` is free after the instruction being emitted.
  bool Dies(const std::vector<Value>& values, Ref operand) const {
    return !hoisted_[operand].is_set() && values[operand].is_set() && nest_.DiesAt(operand, position_);
  }
  int Dying(const std::vector<Value>& values, std::span<const Ref> operands) const {
    int dying = 0;
    for (size_t k = 0; k < operands.size(); ++k) {
      const auto same = std::count_if(operands.begin(), operands.end(),
                                      [&](Ref other) { return nest_.ShareRegister(other, operands[k]); });
      if (same == 1 && Dies(values, operands[k])) dying |= 1 << k;
    }
    return dying;
  }

  bool EmitContracted(Emitter& emitter, const std::vector<Value>& values, Ref ref, Value* result) {
    const Instruction& sum = trace_.at(ref);
    if ((sum.op != Op::kAdd && sum.op != Op::kSub) || !IsFloat(sum.dtype)) return false;
    const std::span<const Ref> operands = trace_.operands(ref);
    const bool left = nest_.is_folded(operands[0]);
    if (!left && !nest_.is_folded(operands[1])) return false;
    const std::span<const Ref> factors = trace_.operands(operands[left ? 0 : 1]);
    const FusedForm form = sum.op == Op::kAdd ? FusedForm::kProductPlus
                           : left             ? FusedForm::kProductMinus
                                              : FusedForm::kMinusProduct;
    const Ref parts[] = {factors[0], factors[1], operands[left ? 1 : 0]};
    *result = emitter.EmitFused(form, ValueOf(values, parts[0]), ValueOf(values, parts[1]),
                                ValueOf(values, parts[2]), Dying(values, parts));
    return true;
  }
  // What only some instruction sets fuse: choices by the sign, bitwise operations.
  bool EmitFusedMore(Emitter& emitter, const std::vector<Value>& values, Ref ref, Value* result) {
    const Op op = trace_.at(ref).op;
    const std::span<const Ref> operands = trace_.operands(ref);
    if (op == Op::kSelect && nest_.is_folded(operands[0]) && nest_.IsChoiceBySign(ref)) {
      *result = emitter.EmitChoiceBySign(ValueOf(values, trace_.operands(operands[0])[0]),
                                         ValueOf(values, operands[1]), ValueOf(values, operands[2]));
      return true;
    }
    if (op == Op::kSignBit && nest_.is_folded(operands[0])) {
      const std::span<const Ref> shift = trace_.operands(trace_.operands(operands[0])[0]);
      const int bits = 8 * ItemSize(trace_.at(operands[0]).dtype);
      const int bit = bits - 1 - static_cast<int>(trace_.at(shift[1]).attribute);
      *result = emitter.EmitTestBit(ValueOf(values, shift[0]), bit);
      return true;
    }
    if (!NestAnalysis::IsBitOp(op)) return false;
    const size_t inner = nest_.is_folded(operands[0]) ? 0 : 1;
    if (!nest_.is_folded(operands[inner])) return false;
    const std::span<const Ref> pair = trace_.operands(operands[inner]);
    const Ref parts[] = {operands[1 - inner], pair[0], pair[1]};
    *result = emitter.EmitBits(op, ValueOf(values, parts[0]), trace_.at(operands[inner]).op,
                               ValueOf(values, parts[1]), ValueOf(values, parts[2]),
                               (Dying(values, parts) & 1) != 0);
    result->dtype = trace_.at(ref).dtype;
    return true;
  }
  // Constants of an instruction behind a jump must have their registers before it.
  void MakeLeavesOf(const std::vector<Value>& values, Ref ref) {
    for (const Ref operand : trace_.operands(ref)) {
      if (nest_.is_folded(operand)) {
        MakeLeavesOf(values, operand);
      } else {
        ValueOf(values, operand);
      }
    }
  }
  // `y`, or in the lanes of a mask that hardly ever has one, x: computed behind a jump.
  Value EmitRare(Emitter& emitter, const std::vector<Value>& values, Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    const Value mask = ValueOf(values, operands[0]);
    const Value usual_value = ValueOf(values, operands[2]);
    const Value result = Dies(values, operands[2]) ? usual_value : emitter.Copy(usual_value);
    MakeLeavesOf(values, operands[1]);
    const asmjit::Label usual = target_.NewLabel();
    emitter.JumpIfNone(mask, usual);
    emitter.AssignWhere(result, EmitOp(emitter, values, operands[1]), mask);
    target_.Bind(usual);
    return result;
  }

  const Trace& trace_;
  const NestAnalysis& nest_;
  const FrameLayout& frame_layout_;
  Target& target_;
  Emitter& vectors_;
  std::vector<Value> hoisted_;                 // by instruction
  std::vector<std::pair<Ref, Value>> leaves_;  // made for the instruction being emitted
  size_t position_ = 0;                        // in the body, of that instruction
};

}  // namespace lathe
