// Which op is which kind of instruction. What has no case here, in all instruction sets alike, is a call of
// its function (loop_calls.cc).
#include <algorithm>

#include "src/codegen/loop/loop_emitter.h"
#include "src/codegen/loop/loop_plan.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {
namespace {

bool IsSingle(DType dtype) { return dtype == DType::kFloat32; }

}  // namespace

// ---- Integers and bools -----------------------------------------------------------------------------
bool LoopEmitter::EmitInteger(Ref ref) {
  const Instruction& i = At(ref);
  const std::span<const Ref> x = trace_.operands(ref);
  const DType operand = x.empty() ? i.dtype : At(x[0]).dtype;
  if (Info(i.op).type_rule == TypeRule::kToBool) {
    if (i.op == Op::kIsNan || i.op == Op::kIsInf || i.op == Op::kIsFinite || i.op == Op::kSignBit)
      return false;
    EmitComparison(ref, ComparisonOf(ref));
    return true;
  }
  if (IsFloat(i.dtype) || (IsFloat(operand) && i.op != Op::kCast)) return false;
  const auto copy = [&] { StoreGeneral(ref, InGeneral(x[0], target_.general_scratch[0])); };
  switch (i.op) {
    case Op::kAdd:
      return EmitSimple(ref, Simple::kAdd, x[0], x[1]), true;
    case Op::kSub:
      return EmitSimple(ref, Simple::kSub, x[0], x[1]), true;
    case Op::kMul:
      return EmitSimple(ref, Simple::kMul, x[0], x[1]), true;
    case Op::kSquare:
      return EmitSimple(ref, Simple::kMul, x[0], x[0]), true;
    case Op::kLogicalAnd:
    case Op::kBitAnd:
      return EmitSimple(ref, Simple::kAnd, x[0], x[1]), true;
    case Op::kLogicalOr:
    case Op::kBitOr:
      return EmitSimple(ref, Simple::kOr, x[0], x[1]), true;
    case Op::kLogicalXor:
    case Op::kBitXor:
      return EmitSimple(ref, Simple::kXor, x[0], x[1]), true;
    case Op::kLogicalNot:
    case Op::kInvert:
    case Op::kNeg:
      return EmitNegation(ref), true;
    case Op::kPositive:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      return copy(), true;
    case Op::kAbs:
      return IsSigned(i.dtype) ? EmitAbs(ref) : copy(), true;
    case Op::kMaximum:
    case Op::kMinimum:
      return EmitExtreme(ref, i.op == Op::kMaximum), true;
    case Op::kShiftLeft:
    case Op::kShiftRight:
      if (!IsConstant(x[1])) return false;
      return EmitShift(ref, i.op == Op::kShiftLeft), true;
    case Op::kFloorDivide:
    case Op::kRemainder:
      if (i.dtype != DType::kInt64) return false;
      return EmitDivision(ref, i.op == Op::kRemainder), true;
    case Op::kSelect:
    case Op::kSelectRare:
      return EmitSelect(ref), true;
    case Op::kCast:
      return EmitCast(ref);
    default:
      return false;
  }
}

void LoopEmitter::EmitShift(Ref ref, bool left) {
  const DType dtype = At(ref).dtype;
  const Register to = GeneralTarget(ref);
  const auto count = static_cast<uint64_t>(WordOf(OperandOf(ref, 1)));
  const auto width = static_cast<uint64_t>(8 * ItemSize(dtype));
  const bool arithmetic = !left && IsSigned(dtype);
  if (count >= width && !arithmetic) {
    SetConstant(to, 0);
    return StoreGeneral(ref, to);
  }
  const Register from = InGeneral(OperandOf(ref, 0), to);
  const ShiftKind kind = left         ? ShiftKind::kLeft
                         : arithmetic ? ShiftKind::kArithmeticRight
                                      : ShiftKind::kLogicalRight;
  Shift(kind, to, from, static_cast<int>(std::min(count, width - 1)));
  Extend(to, dtype);
  StoreGeneral(ref, to);
}

// ---- Floats -----------------------------------------------------------------------------------------
bool LoopEmitter::EmitFloat(Ref ref) {
  const Instruction& i = At(ref);
  if (!IsFloat(i.dtype)) return false;
  const std::span<const Ref> x = trace_.operands(ref);
  switch (i.op) {
    case Op::kAdd:
      return EmitArithmetic(ref, Arithmetic::kAdd, x[0], x[1]), true;
    case Op::kSub:
      return EmitArithmetic(ref, Arithmetic::kSub, x[0], x[1]), true;
    case Op::kMul:
      // Twice a value is a sum, whose latency is a third shorter on recent processors.
      if (const Ref value = DoubledValue(trace_, ref); value != kNoRef) {
        return EmitArithmetic(ref, Arithmetic::kAdd, value, value), true;
      }
      return EmitArithmetic(ref, Arithmetic::kMul, x[0], x[1]), true;
    case Op::kDiv:
      return EmitArithmetic(ref, Arithmetic::kDiv, x[0], x[1]), true;
    case Op::kSquare:
      return EmitArithmetic(ref, Arithmetic::kMul, x[0], x[0]), true;
    case Op::kNeg:
      return EmitFloatUnary(ref, FloatUnary::kNeg), true;
    case Op::kAbs:
      return EmitFloatUnary(ref, FloatUnary::kAbs), true;
    case Op::kSqrt:
      return EmitFloatUnary(ref, FloatUnary::kSqrt), true;
    case Op::kPositive:
      return StoreVector(ref, InVector(x[0], target_.vector_scratch[0])), true;
    case Op::kMaximum:
    case Op::kMinimum:
      return EmitFloatExtreme(ref, i.op == Op::kMaximum), true;
    case Op::kFloor:
      return EmitRound(ref, Rounding::kFloor), true;
    case Op::kCeil:
      return EmitRound(ref, Rounding::kCeil), true;
    case Op::kTrunc:
      return EmitRound(ref, Rounding::kTrunc), true;
    case Op::kRint:
      return EmitRound(ref, Rounding::kEven), true;
    case Op::kSelect:
    case Op::kSelectRare:
      return EmitFloatSelect(ref), true;
    case Op::kCast:
      return EmitCast(ref);
    default:
      return false;
  }
}

// ---- Conversions ------------------------------------------------------------------------------------
bool LoopEmitter::EmitCast(Ref ref) {
  const Ref x = OperandOf(ref, 0);
  const DType to = At(ref).dtype, from = At(x).dtype;
  if (to == DType::kUInt64 && IsFloat(from)) return false;
  if (from == DType::kUInt64 && IsFloat(to)) return false;
  if (IsFloat(to)) return EmitCastToFloat(ref), true;
  const Register scratch = target_.general_scratch[0], target = GeneralTarget(ref);
  if (IsFloat(from)) {
    const Register value = InVector(x, target_.vector_scratch[0]);
    if (IsBool(to)) {
      FloatToBool(scratch, value, IsSingle(from));
      return StoreGeneral(ref, scratch), true;
    }
    ConvertToInteger(target, value, to, IsSingle(from));
    Extend(target, to);
    return StoreGeneral(ref, target), true;
  }
  const Register value = InGeneral(x, target);
  if (IsBool(to) && !IsBool(from)) {
    IntegerToBool(scratch, value);
    return StoreGeneral(ref, scratch), true;
  }
  Move(target, value);
  if (ItemSize(to) < ItemSize(from) || (ItemSize(to) == ItemSize(from) && to != from)) Extend(target, to);
  if (ItemSize(to) > ItemSize(from) && to != DType::kInt64 && to != DType::kUInt64) Extend(target, to);
  return StoreGeneral(ref, target), true;
}

void LoopEmitter::EmitCastToFloat(Ref ref) {
  const Ref x = OperandOf(ref, 0);
  const DType to = At(ref).dtype, from = At(x).dtype;
  const Register target = VectorTarget(ref);
  if (!IsFloat(from)) {
    ConvertToFloat(target, InGeneral(x, target_.general_scratch[0]), IsSingle(to));
  } else if (const Register value = InVector(x, target_.vector_scratch[0]); to == from) {
    MoveFloat(target, value);
  } else {
    ConvertFloat(target, value, IsSingle(to));
  }
  StoreVector(ref, target);
}

// ---- Conditions -------------------------------------------------------------------------------------
LoopEmitter::Test LoopEmitter::ComparisonOf(Ref comparison) const {
  Test test;
  test.x = OperandOf(comparison, 0);
  test.y = OperandOf(comparison, 1);
  test.relation = At(comparison).op;
  const DType dtype = At(test.x).dtype;
  test.what = IsFloat(dtype) ? Compared::kFloat : IsSigned(dtype) ? Compared::kSigned : Compared::kUnsigned;
  if (test.relation == Op::kInBounds) {
    // The extent is not negative: one unsigned comparison tests both ends.
    test.relation = Op::kLess;
    test.what = Compared::kUnsigned;
  }
  return test;
}

LoopEmitter::Test LoopEmitter::TestOf(Ref condition) const {
  if (!fused_[condition]) return {Compared::kTruth, Op::kNotEqual, condition, kNoRef, false};
  if (At(condition).op != Op::kLogicalNot) return ComparisonOf(condition);
  Test test = TestOf(OperandOf(condition, 0));
  test.negated = !test.negated;
  return test;
}

void LoopEmitter::JumpIf(Ref condition, bool truth, const Label& label) {
  if (!IsConstant(condition)) {
    const Test test = TestOf(condition);
    if (!IsConstant(test.x) || test.what != Compared::kTruth) return JumpIfTest(test, truth, label);
    truth = truth != test.negated;
    condition = test.x;
  }
  if ((At(condition).attribute != 0) == truth) Jump(label);
}

}  // namespace lathe
