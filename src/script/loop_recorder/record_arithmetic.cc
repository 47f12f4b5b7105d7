// Arithmetic of numbers: Python's, whose integers check for overflow and whose divisions check for zero,
// and NumPy's scalars, which do neither.
#include <bit>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// Integers of at most this size are floats exactly.
constexpr int64_t kExact = int64_t{1} << 53;

Op OrderOf(Bytecode op) {
  switch (op) {
    case Bytecode::kLess:
      return Op::kLess;
    case Bytecode::kLessEqual:
      return Op::kLessEqual;
    case Bytecode::kEqual:
      return Op::kEqual;
    case Bytecode::kNotEqual:
      return Op::kNotEqual;
    case Bytecode::kGreater:
      return Op::kGreater;
    default:
      return Op::kGreaterEqual;
  }
}

}  // namespace

// ---- Conversions ------------------------------------------------------------------------------------
Node LoopRecorder::AsInt(const Abstract& x) { return Cast(x.ref, DType::kInt64); }
Node LoopRecorder::AsFloat(const Abstract& x) { return Cast(x.ref, DType::kFloat64); }

// An integer as the float that has the same value, which it must have.
Node LoopRecorder::ExactFloat(const Abstract& x) {
  if (x.kind == AbstractKind::kInt &&
      !(graph_.IsConstant(x.ref) && std::abs(graph_.IntOf(x.ref)) <= kExact)) {
    const Node shifted = Emit(Op::kAdd, DType::kInt64, {x.ref, Int(kExact)});
    Guard(Compare(Op::kInBounds, shifted, Int(2 * kExact + 1)), true, ExitReason::kDomain);
  }
  return AsFloat(x);
}

bool LoopRecorder::ToInteger(Node x, Abstract* result) {
  // What does not fit, a NaN too, becomes the smallest integer.
  const Node integer = Cast(x, DType::kInt64);
  if (!Guard(Compare(Op::kNotEqual, integer, Int(INT64_MIN)), true, ExitReason::kDomain)) return false;
  *result = Abstract::Int(integer);
  return true;
}

// ---- Operators --------------------------------------------------------------------------------------
bool LoopRecorder::Binary(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax, const Value& ay,
                          Abstract* result) {
  if (x.IsArrayLike() || y.IsArrayLike()) return ArrayOperator(op, x, y, ax, ay, result);
  if (!x.IsNumber() || !y.IsNumber()) {
    return NativeBinary(NativeOperation::Kind::kBinary, op, x, y, ax, ay, result);
  }
  if (x.Is(AbstractKind::kScalar) || y.Is(AbstractKind::kScalar)) return ScalarBinary(op, x, y, result);
  if (x.Is(AbstractKind::kBool) && y.Is(AbstractKind::kBool) &&
      (op == Bytecode::kBitAnd || op == Bytecode::kBitOr || op == Bytecode::kBitXor)) {
    const Op bits = op == Bytecode::kBitAnd  ? Op::kLogicalAnd
                    : op == Bytecode::kBitOr ? Op::kLogicalOr
                                             : Op::kLogicalXor;
    *result = Abstract::Bool(Emit(bits, DType::kBool, {x.ref, y.ref}));
    return true;
  }
  if (x.IsIntegral() && y.IsIntegral()) return IntegerBinary(op, AsInt(x), AsInt(y), ax, ay, result);
  return FloatBinary(op, AsFloat(x), AsFloat(y), ax, ay, result);
}

bool LoopRecorder::IntegerBinary(Bytecode op, Node x, Node y, const Value& ax, const Value& ay,
                                 Abstract* result) {
  const auto give = [&](Node value) {
    *result = Abstract::Int(value);
    return true;
  };
  const auto plain = [&](Op o) { return give(Emit(o, DType::kInt64, {x, y})); };
  const int64_t b = ay.integer();
  switch (op) {
    case Bytecode::kAdd:
      return give(Checked(Op::kCheckedAdd, x, y));
    case Bytecode::kSubtract:
      return give(Checked(Op::kCheckedSub, x, y));
    case Bytecode::kMultiply:
      return give(Checked(Op::kCheckedMul, x, y));
    case Bytecode::kFloorDivide:
    case Bytecode::kModulo: {
      if (b == 0 || b == -1) return Abort("a division by 0 or -1");
      if (!graph_.IsConstant(y)) {
        // Not 0 and not -1, for which the quotient could overflow: y + 1 is not 0 or 1.
        const Node next = Emit(Op::kAdd, DType::kInt64, {y, Int(1)});
        if (!Guard(Compare(Op::kInBounds, next, Int(2)), false, ExitReason::kDivision)) return false;
      }
      return plain(op == Bytecode::kModulo ? Op::kRemainder : Op::kFloorDivide);
    }
    case Bytecode::kDivide: {
      if (b == 0) return Abort("a division by 0");
      if (!Guard(Compare(Op::kNotEqual, y, Int(0)), true, ExitReason::kDivision)) return false;
      const Node fx = ExactFloat(Abstract::Int(x)), fy = ExactFloat(Abstract::Int(y));
      if (aborted()) return false;
      *result = Abstract::Float(Emit(Op::kDiv, DType::kFloat64, {fx, fy}));
      return true;
    }
    case Bytecode::kPower: {
      if (!graph_.IsConstant(y) || b < 0 || b > 8) return Abort("a power of integers");
      Node power = b == 0 ? Int(1) : x;
      for (int64_t k = 1; k < b; ++k) power = Checked(Op::kCheckedMul, power, x);
      return give(power);
    }
    case Bytecode::kLeftShift: {
      if (b < 0 || b > 62) return Abort("a shift by too many bits");
      if (!Guard(Compare(Op::kInBounds, y, Int(63)), true, ExitReason::kDomain)) return false;
      return give(Checked(Op::kCheckedMul, x, Emit(Op::kShiftLeft, DType::kInt64, {Int(1), y})));
    }
    case Bytecode::kRightShift:
      if (b < 0 || b > 63) return Abort("a shift by too many bits");
      if (!Guard(Compare(Op::kInBounds, y, Int(64)), true, ExitReason::kDomain)) return false;
      return plain(Op::kShiftRight);
    case Bytecode::kBitAnd:
      return plain(Op::kBitAnd);
    case Bytecode::kBitOr:
      return plain(Op::kBitOr);
    case Bytecode::kBitXor:
      return plain(Op::kBitXor);
    default:
      (void)ax;
      return Abort("an operator of integers");
  }
}

bool LoopRecorder::FloatBinary(Bytecode op, Node x, Node y, const Value& ax, const Value& ay,
                               Abstract* result) {
  const auto give = [&](Node value) {
    *result = Abstract::Float(value);
    return true;
  };
  const auto plain = [&](Op o) { return give(Emit(o, DType::kFloat64, {x, y})); };
  const auto call = [&](const char* name) {
    return Emit(Op::kCall, DType::kFloat64, {x, y},
                LoopFunctionIndex(*FindLoopFunction(std::string_view(name))));
  };
  double a = 0, b = 0;
  AsDouble(ax, &a);
  AsDouble(ay, &b);
  const Node zero = graph_.ConstantFloat(0);
  switch (op) {
    case Bytecode::kAdd:
      return plain(Op::kAdd);
    case Bytecode::kSubtract:
      return plain(Op::kSub);
    case Bytecode::kMultiply:
      return plain(Op::kMul);
    case Bytecode::kDivide:
    case Bytecode::kFloorDivide:
    case Bytecode::kModulo:
      if (b == 0) return Abort("a division by 0");
      if (!Guard(Compare(Op::kNotEqual, y, zero), true, ExitReason::kDivision)) return false;
      if (op == Bytecode::kDivide) return plain(Op::kDiv);
      return give(call(op == Bytecode::kModulo ? "python_mod" : "python_floordiv"));
    case Bytecode::kPower: {
      // A negative base needs a whole exponent, a zero base one that is not negative; a result that is not
      // finite is an error unless an operand was not.
      const bool whole = graph_.IsConstant(y) && b == std::floor(b) && b >= 0;
      if (!whole) {
        if (!(a > 0)) return Abort("a power of what is not positive");
        if (!Guard(Compare(Op::kGreater, x, zero), true, ExitReason::kDomain)) return false;
      }
      if (!std::isfinite(std::pow(a, b))) return Abort("a power that is not finite");
      const Node power = call("pow");
      if (!Guard(Emit(Op::kIsFinite, DType::kBool, {power}), true, ExitReason::kDomain)) return false;
      return give(power);
    }
    default:
      return Abort("an operator of floats");
  }
}

// NumPy scalars: typed operands promote, Python numbers follow them (NEP 50).
bool LoopRecorder::ScalarBinary(Bytecode op, const Abstract& x, const Abstract& y, Abstract* result) {
  const auto typed = [](const Abstract& a) { return a.Is(AbstractKind::kScalar); };
  DType dtype;
  if (typed(x) && typed(y)) {
    dtype = Promote(x.dtype, y.dtype);
  } else {
    const Abstract& weak = typed(x) ? y : x;
    dtype = typed(x) ? x.dtype : y.dtype;
    if (weak.Is(AbstractKind::kFloat) && !IsFloat(dtype)) dtype = DType::kFloat64;
    if (weak.Is(AbstractKind::kInt)) {
      if (IsBool(dtype)) dtype = DType::kInt64;
      // An integer that the dtype does not hold is an error.
      if (IsInteger(dtype) && dtype != DType::kInt64) return Abort("a Python integer with a narrow scalar");
    }
  }
  if (IsBool(dtype)) return Abort("arithmetic of NumPy bools");
  if (op == Bytecode::kDivide && !IsFloat(dtype)) {
    if (ItemSize(dtype) < 4) return Abort("a division of narrow integers");
    dtype = DType::kFloat64;
  }
  Node a = Cast(x.ref, dtype), b = Cast(y.ref, dtype);
  const auto give = [&](Op o) {
    *result = Abstract::ScalarOf(dtype, Emit(o, dtype, {a, b}));
    return true;
  };
  const bool integers = !IsFloat(dtype);
  switch (op) {
    case Bytecode::kAdd:
      return give(Op::kAdd);
    case Bytecode::kSubtract:
      return give(Op::kSub);
    case Bytecode::kMultiply:
      return give(Op::kMul);
    case Bytecode::kDivide:
      return give(Op::kDiv);
    case Bytecode::kFloorDivide:
      return give(Op::kFloorDivide);
    case Bytecode::kModulo:
      return give(Op::kRemainder);
    case Bytecode::kBitAnd:
      return integers ? give(Op::kBitAnd) : Abort("bits of floats");
    case Bytecode::kBitOr:
      return integers ? give(Op::kBitOr) : Abort("bits of floats");
    case Bytecode::kBitXor:
      return integers ? give(Op::kBitXor) : Abort("bits of floats");
    case Bytecode::kLeftShift:
      return integers ? give(Op::kShiftLeft) : Abort("bits of floats");
    case Bytecode::kRightShift:
      return integers ? give(Op::kShiftRight) : Abort("bits of floats");
    case Bytecode::kPower: {
      if (integers) return Abort("a power of NumPy integers");
      const char* function = dtype == DType::kFloat32 ? "powf" : "pow";
      *result = Abstract::ScalarOf(
          dtype, Emit(Op::kCall, dtype, {a, b}, LoopFunctionIndex(*FindLoopFunction(function))));
      return true;
    }
    default:
      return Abort("an operator of NumPy scalars");
  }
}

bool LoopRecorder::Unary(Bytecode op, const Abstract& x, const Value& actual, Abstract* result) {
  if (x.IsArrayLike()) {
    RecordedOperation operation;
    operation.operation = op;
    return RecordArrays(operation, {x}, std::span(&actual, 1), result);
  }
  if (x.IsIntegral()) {
    const Node value = AsInt(x);
    if (op == Bytecode::kPositive) *result = Abstract::Int(value);
    if (op == Bytecode::kInvert) *result = Abstract::Int(Emit(Op::kInvert, DType::kInt64, {value}));
    if (op == Bytecode::kNegative) *result = Abstract::Int(Checked(Op::kCheckedSub, Int(0), value));
    return true;
  }
  if (x.Is(AbstractKind::kFloat) && op != Bytecode::kInvert) {
    *result = op == Bytecode::kPositive ? x : Abstract::Float(Emit(Op::kNeg, DType::kFloat64, {x.ref}));
    return true;
  }
  if (x.Is(AbstractKind::kScalar) && !IsBool(x.dtype)) {
    if (op == Bytecode::kInvert && IsFloat(x.dtype)) return Abort("~ of a float");
    const Op scalar = op == Bytecode::kPositive ? Op::kPositive
                      : op == Bytecode::kInvert ? Op::kInvert
                                                : Op::kNeg;
    *result = Abstract::ScalarOf(x.dtype, Emit(scalar, x.dtype, {x.ref}));
    return true;
  }
  return Abort(absl::StrCat("an operator of a ", Describe(x)));
}

// ---- Comparisons ------------------------------------------------------------------------------------
bool LoopRecorder::Comparison(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                              const Value& ay, Abstract* result) {
  const Op order = OrderOf(op);
  if (x.Is(AbstractKind::kConstant) && y.Is(AbstractKind::kConstant)) {
    // Strings compare as they are; equality of anything else that is one object is known.
    auto* a = x.constant.As<StringObject>();
    auto* b = y.constant.As<StringObject>();
    if (!a || !b || (op != Bytecode::kEqual && op != Bytecode::kNotEqual)) {
      return NativeBinary(NativeOperation::Kind::kCompare, op, x, y, x.constant, y.constant, result);
    }
    *result = Abstract::Bool(graph_.ConstantBool((a->text() == b->text()) == (op == Bytecode::kEqual)));
    return true;
  }
  if (!x.IsNumber() || !y.IsNumber()) {
    return NativeBinary(NativeOperation::Kind::kCompare, op, x, y, ax, ay, result);
  }
  if (x.IsPlainNumber() && y.IsPlainNumber()) {
    if (x.IsIntegral() && y.IsIntegral()) {
      *result = Abstract::Bool(Compare(order, AsInt(x), AsInt(y)));
      return true;
    }
    const Node a = x.Is(AbstractKind::kFloat) ? x.ref : ExactFloat(x);
    const Node b = y.Is(AbstractKind::kFloat) ? y.ref : ExactFloat(y);
    *result = Abstract::Bool(Compare(order, a, b));
    return !aborted();
  }
  const bool floats = IsFloat(x.dtype) || IsFloat(y.dtype);
  DType dtype = DType::kInt64;
  if (floats) {
    const auto is_single = [](const Abstract& a) {
      return !a.Is(AbstractKind::kScalar) || a.dtype == DType::kFloat32;
    };
    dtype = is_single(x) && is_single(y) ? DType::kFloat32 : DType::kFloat64;
  } else if (x.dtype == DType::kUInt64 || y.dtype == DType::kUInt64) {
    return Abort("a comparison of uint64");
  }
  *result = Abstract::ScalarOf(DType::kBool, Compare(order, Cast(x.ref, dtype), Cast(y.ref, dtype)));
  return true;
}

bool LoopRecorder::TruthOfObject(const Abstract& x, const Value& actual, Node* truth) {
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kTruth;
  Abstract result;
  if (!NativeCall(operation, {x}, std::span(&actual, 1), false, &result)) return false;
  *truth = result.ref;
  return true;
}

bool LoopRecorder::Truth(const Abstract& x, const Value& actual, Node* truth) {
  switch (x.kind) {
    case AbstractKind::kBool:
      *truth = x.ref;
      return true;
    case AbstractKind::kInt:
    case AbstractKind::kFloat:
    case AbstractKind::kScalar:
      *truth = IsBool(x.dtype) ? x.ref : Compare(Op::kNotEqual, x.ref, graph_.Constant(x.dtype, 0));
      return true;
    case AbstractKind::kList:
      *truth = Compare(Op::kNotEqual, SequenceLength(x), Int(0));
      return true;
    case AbstractKind::kTuple:
      *truth = graph_.ConstantBool(!x.parts->items.empty());
      return true;
    case AbstractKind::kConstant: {
      const bool plain =
          x.constant.IsNone() || x.constant.As<StringObject>() || x.constant.As<FunctionObject>();
      if (!plain) return TruthOfObject(x, actual, truth);
      *truth = graph_.ConstantBool(script::Truth(vm_, x.constant) == 1);
      return true;
    }
    default:
      return TruthOfObject(x, actual, truth);
  }
}

}  // namespace lathe::script
