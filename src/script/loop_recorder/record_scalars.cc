// NumPy's scalars: operators, comparisons, conversions and ufuncs of them. Typed operands promote and
// Python's numbers follow them (NEP 50); integers wrap, and a division by zero is no error. A Python integer
// has to fit the dtype that it follows, which is guarded. What has no nodes in the graph is left to the VM's
// own function.
#include <algorithm>

#include "src/array/ufunc.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

bool IsTyped(const Abstract& a) { return a.Is(AbstractKind::kScalar); }

// The dtype in which numbers meet, one of which at least is typed.
DType MeetingDType(std::span<const Abstract> numbers) {
  DType dtype = DType::kBool;
  for (const Abstract& a : numbers) {
    if (IsTyped(a)) dtype = Promote(dtype, a.dtype);
  }
  for (const Abstract& a : numbers) {
    if (IsTyped(a) || a.Is(AbstractKind::kBool)) continue;
    if (a.Is(AbstractKind::kFloat) && !IsFloat(dtype)) dtype = DType::kFloat64;
    if (a.Is(AbstractKind::kInt) && IsBool(dtype)) dtype = DType::kInt64;
  }
  return dtype;
}

// The op that an operator of a dtype's numbers is; kConst if there is none.
Op OperatorOf(Bytecode op, DType dtype) {
  const bool integer = IsInteger(dtype), logical = IsBool(dtype);
  switch (op) {
    case Bytecode::kAdd:
      return logical ? Op::kLogicalOr : Op::kAdd;
    case Bytecode::kMultiply:
      return logical ? Op::kLogicalAnd : Op::kMul;
    case Bytecode::kBitAnd:
      return logical ? Op::kLogicalAnd : integer ? Op::kBitAnd : Op::kConst;
    case Bytecode::kBitOr:
      return logical ? Op::kLogicalOr : integer ? Op::kBitOr : Op::kConst;
    case Bytecode::kBitXor:
      return logical ? Op::kLogicalXor : integer ? Op::kBitXor : Op::kConst;
    case Bytecode::kSubtract:
      return logical ? Op::kConst : Op::kSub;
    case Bytecode::kDivide:
      return IsFloat(dtype) ? Op::kDiv : Op::kConst;
    case Bytecode::kFloorDivide:
      return logical ? Op::kConst : Op::kFloorDivide;
    case Bytecode::kModulo:
      return logical ? Op::kConst : Op::kRemainder;
    case Bytecode::kLeftShift:
      return integer ? Op::kShiftLeft : Op::kConst;
    case Bytecode::kRightShift:
      return integer ? Op::kShiftRight : Op::kConst;
    case Bytecode::kPower:
      return integer ? Op::kIntPower : Op::kConst;
    default:
      return Op::kConst;
  }
}

}  // namespace

// `x` as a number of the dtype that it follows. False if it is a Python integer that does not fit.
bool LoopRecorder::Follow(const Abstract& x, const Value& actual, DType dtype, Node* out) {
  if (x.Is(AbstractKind::kInt) && IsInteger(dtype) && dtype != DType::kInt64) {
    const bool wide = dtype == DType::kUInt64;
    const int bits = wide ? 63 : 8 * ItemSize(dtype);
    const int64_t low = IsSigned(dtype) ? -(int64_t{1} << (bits - 1)) : 0;
    const int64_t now = actual.integer();
    if (now < low || (!wide && now >= low + (int64_t{1} << bits))) return false;
    const Node shifted = Emit(Op::kSub, DType::kInt64, {x.ref, Int(low)});
    const Node fits = wide ? Compare(Op::kGreaterEqual, x.ref, Int(0))
                           : Compare(Op::kInBounds, shifted, Int(int64_t{1} << bits));
    if (!Guard(fits, true, ExitReason::kDomain)) return false;
  }
  *out = Cast(x.ref, dtype);
  return true;
}

bool LoopRecorder::ScalarBinary(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                                const Value& ay, Abstract* result) {
  const Abstract operands[] = {x, y};
  DType dtype = MeetingDType(operands);
  Node a, b;
  // An integer that does not fit is an error even where what is computed is a float.
  if (!Follow(x, ax, dtype, &a) || !Follow(y, ay, dtype, &b)) return false;
  if (op == Bytecode::kDivide && !IsFloat(dtype)) {
    dtype = DType::kFloat64;
    a = Cast(x.ref, dtype);
    b = Cast(y.ref, dtype);
  }
  if (op == Bytecode::kPower && IsFloat(dtype)) {
    *result = Abstract::ScalarOf(dtype, CallOfTwo(dtype == DType::kFloat32 ? "powf" : "pow", dtype, a, b));
    return true;
  }
  const Op scalar = OperatorOf(op, dtype);
  if (scalar == Op::kConst) return false;
  if (scalar == Op::kIntPower && IsSigned(dtype)) {
    int64_t exponent = 0;
    if (!AsInteger(ay, &exponent) || exponent < 0) return false;
    if (!Guard(Compare(Op::kGreaterEqual, b, graph_.Constant(dtype, 0)), true, ExitReason::kSign))
      return false;
  }
  *result = Abstract::ScalarOf(dtype, Emit(scalar, dtype, {a, b}));
  return true;
}

bool LoopRecorder::ScalarUnary(Bytecode op, const Abstract& x, Abstract* result) {
  const bool logical = IsBool(x.dtype);
  Op scalar = Op::kPositive;
  if (op == Bytecode::kNegative) scalar = logical ? Op::kConst : Op::kNeg;
  if (op == Bytecode::kPositive && logical) scalar = Op::kConst;
  if (op == Bytecode::kInvert) {
    scalar = logical ? Op::kLogicalNot : IsInteger(x.dtype) ? Op::kInvert : Op::kConst;
  }
  if (scalar == Op::kConst) return false;
  *result = Abstract::ScalarOf(x.dtype, Emit(scalar, x.dtype, {x.ref}));
  return true;
}

// Numbers, one of which at least is typed. Integers compare by value, whatever their types.
void LoopRecorder::ScalarComparison(Op order, const Abstract& x, const Abstract& y, Abstract* result) {
  const auto give = [&](Node truth) { *result = Abstract::ScalarOf(DType::kBool, truth); };
  const auto compare = [&](DType dtype) { return Compare(order, Cast(x.ref, dtype), Cast(y.ref, dtype)); };
  if (IsFloat(x.dtype) || IsFloat(y.dtype)) {
    const Abstract operands[] = {x, y};
    return give(compare(MeetingDType(operands)));
  }
  const bool left = x.dtype == DType::kUInt64, right = y.dtype == DType::kUInt64;
  if (!left && !right) return give(compare(DType::kInt64));
  if (left && right) return give(compare(DType::kUInt64));
  // A negative number is less than any without a sign.
  const Node negative = Compare(Op::kLess, Cast((left ? y : x).ref, DType::kInt64), Int(0));
  const bool if_negative =
      order == Op::kNotEqual || (left ? order == Op::kGreater || order == Op::kGreaterEqual
                                      : order == Op::kLess || order == Op::kLessEqual);
  const Node unsigned_order = compare(DType::kUInt64);
  give(if_negative ? Emit(Op::kLogicalOr, DType::kBool, {negative, unsigned_order})
                   : Emit(Op::kLogicalAnd, DType::kBool, {Not(negative), unsigned_order}));
}

// A call of the class of a dtype's scalars on one argument.
bool LoopRecorder::ToScalar(DType dtype, const Abstract& x, const Value& actual, Abstract* result) {
  Node value;
  if (!x.IsNumber() || !Follow(x, actual, dtype, &value)) return false;
  *result = Abstract::ScalarOf(dtype, value);
  return true;
}

// ---- Ufuncs -----------------------------------------------------------------------------------------
bool LoopRecorder::CallUfuncOnScalars(const UfuncObject& ufunc, std::span<const Abstract> arguments,
                                      std::span<const Value> actual, Abstract* result) {
  Op op;
  // What np.power() computes depends on the exponent.
  const bool known = FindUfunc(ufunc.function, &op) && op != Op::kPower && IsElementwise(op) &&
                     arguments.size() == static_cast<size_t>(Info(op).operand_count);
  if (!known) return false;
  bool typed = false;
  DType dtype = DType::kBool;
  for (const Abstract& a : arguments) {
    if (!a.IsNumber()) return false;
    typed |= IsTyped(a);
    dtype = Promote(dtype, a.dtype);
  }
  if (typed) dtype = MeetingDType(arguments);
  // Where uint64 meets what has a sign, comparisons are by value.
  const bool mixed = std::any_of(arguments.begin(), arguments.end(), [&](const Abstract& a) {
    return a.dtype == DType::kUInt64 && dtype != DType::kUInt64;
  });
  if (mixed) return false;
  const DTypeClass allowed = Info(op).dtypes;
  std::vector<Node> operands(arguments.size());
  for (size_t k = 0; k < arguments.size(); ++k) {
    if (!Follow(arguments[k], actual[k], dtype, &operands[k])) return false;
  }
  if (allowed == DTypeClass::kFloat && !IsFloat(dtype)) {
    // Of narrow integers and bools NumPy makes narrow floats.
    if (ItemSize(dtype) < 4) return false;
    dtype = DType::kFloat64;
    for (size_t k = 0; k < arguments.size(); ++k) operands[k] = Cast(arguments[k].ref, dtype);
  }
  const bool fits = !IsBool(dtype) && allowed != DTypeClass::kBool &&
                    (!IsFloat(dtype) || (allowed != DTypeClass::kIntBool && allowed != DTypeClass::kInteger));
  if (!fits) return false;
  const DType to = Info(op).type_rule == TypeRule::kToBool ? DType::kBool : dtype;
  *result = Abstract::ScalarOf(to, graph_.EmitList(op, to, operands));
  return true;
}

}  // namespace lathe::script
