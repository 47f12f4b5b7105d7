// Arithmetic of Python's numbers, whose integers check for overflow and whose divisions check for zero; that
// of NumPy's scalars is in record_scalars.cc. What has no nodes in the graph is no end of a recording: it
// becomes a call of the VM's own operator, as for objects.
#include <bit>
#include <cmath>
#include <limits>

#include "src/recorder/ir/loop_functions.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// Integers of at most this size are floats exactly.
constexpr int64_t kExact = int64_t{1} << 53;

bool IsExact(const Value& x) { return !x.IsInt() || (x.integer() >= -kExact && x.integer() <= kExact); }

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
  if (x.IsNumber() && y.IsNumber() && NumberBinary(op, x, y, ax, ay, result)) return true;
  return !aborted() && NativeBinary(NativeOperation::Kind::kBinary, op, x, y, ax, ay, result);
}

// False, without an end of the recording, if the graph has no nodes for it.
bool LoopRecorder::NumberBinary(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                                const Value& ay, Abstract* result) {
  if (x.Is(AbstractKind::kScalar) || y.Is(AbstractKind::kScalar)) {
    return ScalarBinary(op, x, y, ax, ay, result);
  }
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

Node LoopRecorder::CallOfTwo(std::string_view function, DType dtype, Node x, Node y) {
  return Emit(Op::kCall, dtype, {x, y}, LoopFunctionIndex(*FindLoopFunction(function)));
}

bool LoopRecorder::IntegerBinary(Bytecode op, Node x, Node y, const Value& ax, const Value& ay,
                                 Abstract* result) {
  const int64_t b = ay.integer();
  const auto give = [&](Node value) {
    *result = Abstract::Int(value);
    return true;
  };
  const auto plain = [&](Op o) { return give(Emit(o, DType::kInt64, {x, y})); };
  switch (op) {
    case Bytecode::kAdd:
      return give(Checked(Op::kCheckedAdd, x, y));
    case Bytecode::kSubtract:
      return give(Checked(Op::kCheckedSub, x, y));
    case Bytecode::kMultiply:
      return give(Checked(Op::kCheckedMul, x, y));
    case Bytecode::kFloorDivide:
    case Bytecode::kModulo:
      return IntegerQuotient(op, x, y, b, result);
    case Bytecode::kDivide: {
      if (b == 0 || !IsExact(ax) || !IsExact(ay) ||
          !Guard(Compare(Op::kNotEqual, y, Int(0)), true, ExitReason::kDivision)) {
        return false;
      }
      const Node fx = ExactFloat(Abstract::Int(x)), fy = ExactFloat(Abstract::Int(y));
      if (aborted()) return false;
      *result = Abstract::Float(Emit(Op::kDiv, DType::kFloat64, {fx, fy}));
      return true;
    }
    case Bytecode::kPower:
      return IntegerPower(x, y, b, result);
    case Bytecode::kLeftShift:
      if (b < 0 || b > 62 || !Guard(Compare(Op::kInBounds, y, Int(63)), true, ExitReason::kDomain))
        return false;
      return give(Checked(Op::kCheckedMul, x, Emit(Op::kShiftLeft, DType::kInt64, {Int(1), y})));
    case Bytecode::kRightShift:
      // By 64 bits and more, what is left is the sign.
      if (b < 0 || !Guard(Compare(Op::kGreaterEqual, y, Int(0)), true, ExitReason::kDomain)) return false;
      return plain(Op::kShiftRight);
    case Bytecode::kBitAnd:
      return plain(Op::kBitAnd);
    case Bytecode::kBitOr:
      return plain(Op::kBitOr);
    case Bytecode::kBitXor:
      return plain(Op::kBitXor);
    default:
      return false;
  }
}

// x // y or x % y.
bool LoopRecorder::IntegerQuotient(Bytecode op, Node x, Node y, int64_t b, Abstract* result) {
  const bool remainder = op == Bytecode::kModulo;
  if (b == 0) return false;
  if (b == -1) {
    if (!Guard(Compare(Op::kEqual, y, Int(-1)), true, ExitReason::kDivision)) return false;
    *result = Abstract::Int(remainder ? Int(0) : Checked(Op::kCheckedSub, Int(0), x));
    return true;
  }
  if (!graph_.IsConstant(y)) {
    // Not 0 and not -1, for which the quotient could overflow: y + 1 is not 0 or 1.
    const Node next = Emit(Op::kAdd, DType::kInt64, {y, Int(1)});
    if (!Guard(Compare(Op::kInBounds, next, Int(2)), false, ExitReason::kDivision)) return false;
  }
  *result = Abstract::Int(Emit(remainder ? Op::kRemainder : Op::kFloorDivide, DType::kInt64, {x, y}));
  return true;
}

bool LoopRecorder::IntegerPower(Node x, Node y, int64_t b, Abstract* result) {
  // A larger power of anything but 0, 1 and -1 does not fit.
  constexpr int64_t kLargest = 63;
  if (b < 0) {
    if (!Guard(Compare(Op::kLess, y, Int(0)), true, ExitReason::kSign) ||
        !Guard(Compare(Op::kNotEqual, x, Int(0)), true, ExitReason::kDivision)) {
      return false;
    }
    *result = Abstract::Float(
        CallOfTwo("pow", DType::kFloat64, Cast(x, DType::kFloat64), Cast(y, DType::kFloat64)));
    return true;
  }
  if (graph_.IsConstant(y) && b <= kLargest) {
    Node power = b & 1 ? x : Int(1), factor = x;
    for (int64_t left = b >> 1; left > 0; left >>= 1) {
      factor = Checked(Op::kCheckedMul, factor, factor);
      if (left & 1) power = power == Int(1) ? factor : Checked(Op::kCheckedMul, power, factor);
    }
    *result = Abstract::Int(power);
    return true;
  }
  if (!Guard(Compare(Op::kGreaterEqual, y, Int(0)), true, ExitReason::kSign)) return false;
  const Node power = CallOfTwo("python_pow", DType::kInt64, x, y);
  // What does not fit is the smallest integer.
  if (!Guard(Compare(Op::kNotEqual, power, Int(INT64_MIN)), true, ExitReason::kOverflow)) return false;
  *result = Abstract::Int(power);
  return true;
}

bool LoopRecorder::FloatBinary(Bytecode op, Node x, Node y, const Value& ax, const Value& ay,
                               Abstract* result) {
  const auto give = [&](Node value) {
    *result = Abstract::Float(value);
    return true;
  };
  const auto plain = [&](Op o) { return give(Emit(o, DType::kFloat64, {x, y})); };
  const auto call = [&](std::string_view name) { return CallOfTwo(name, DType::kFloat64, x, y); };
  double b = 0;
  AsDouble(ay, &b);
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
      if (b == 0) return false;
      if (!Guard(Compare(Op::kNotEqual, y, graph_.ConstantFloat(0)), true, ExitReason::kDivision))
        return false;
      if (op == Bytecode::kDivide) return plain(Op::kDiv);
      return give(call(op == Bytecode::kModulo ? "python_mod" : "python_floordiv"));
    case Bytecode::kPower: {
      double a = 0;
      AsDouble(ax, &a);
      if (!std::isfinite(std::pow(a, b)) || !GuardPower(x, y, a, b, ay.IsIntegral())) return false;
      const Node power = call("pow");
      if (!Guard(Emit(Op::kIsFinite, DType::kBool, {power}), true, ExitReason::kDomain)) return false;
      return give(power);
    }
    default:
      return false;
  }
}

// That x ** y is no error and no complex number, whose result is finite: a negative base needs a whole
// exponent, a zero base one that is not negative. They are a and b now; `integer`: y is one.
bool LoopRecorder::GuardPower(Node x, Node y, double a, double b, bool integer) {
  const Node zero = graph_.ConstantFloat(0);
  const bool known = graph_.IsConstant(y);
  if (integer || (known && b == std::floor(b))) {
    if (b < 0) return a != 0 && Guard(Compare(Op::kNotEqual, x, zero), true, ExitReason::kDivision);
    return known || Guard(Compare(Op::kGreaterEqual, y, zero), true, ExitReason::kSign);
  }
  if (a > 0) return Guard(Compare(Op::kGreater, x, zero), true, ExitReason::kDomain);
  return a == 0 && b > 0 && Guard(Compare(Op::kGreaterEqual, x, zero), true, ExitReason::kDomain) &&
         (known || Guard(Compare(Op::kGreater, y, zero), true, ExitReason::kDomain));
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
  if (x.Is(AbstractKind::kScalar) && ScalarUnary(op, x, result)) return true;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kUnary;
  operation.operation = op;
  return NativeCall(operation, {x}, std::span(&actual, 1), false, result);
}

// ---- Comparisons ------------------------------------------------------------------------------------
bool LoopRecorder::Comparison(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                              const Value& ay, Abstract* result) {
  const Op order = OrderOf(op);
  if (x.Is(AbstractKind::kConstant) && y.Is(AbstractKind::kConstant)) {
    // Strings compare as they are, and classes by what they are.
    auto* a = x.constant.As<StringObject>();
    auto* b = y.constant.As<StringObject>();
    const bool equality = op == Bytecode::kEqual || op == Bytecode::kNotEqual;
    if (equality && x.constant.As<ClassObject>() && y.constant.As<ClassObject>()) {
      *result = Abstract::Bool(graph_.ConstantBool(x.constant.Is(y.constant) == (op == Bytecode::kEqual)));
      return true;
    }
    if (!a || !b || !equality) {
      return NativeBinary(NativeOperation::Kind::kCompare, op, x, y, x.constant, y.constant, result);
    }
    *result = Abstract::Bool(graph_.ConstantBool((a->text() == b->text()) == (op == Bytecode::kEqual)));
    return true;
  }
  if (!x.IsNumber() || !y.IsNumber()) {
    bool done;
    if (!CompareTuples(op, x, y, ax, ay, result, &done)) return false;
    if (done) return true;
    if (!CompareTexts(op, x, y, ax, ay, result, &done)) return false;
    if (!done && !CompareObjects(op, x, y, ax, ay, result, &done)) return false;
    if (done) return true;
    return NativeBinary(NativeOperation::Kind::kCompare, op, x, y, ax, ay, result);
  }
  if (x.IsPlainNumber() && y.IsPlainNumber()) {
    if (x.IsIntegral() && y.IsIntegral()) {
      *result = Abstract::Bool(Compare(order, AsInt(x), AsInt(y)));
      return true;
    }
    if (!IsExact(ax) || !IsExact(ay))
      return NativeBinary(NativeOperation::Kind::kCompare, op, x, y, ax, ay, result);
    const Node a = x.Is(AbstractKind::kFloat) ? x.ref : ExactFloat(x);
    const Node b = y.Is(AbstractKind::kFloat) ? y.ref : ExactFloat(y);
    *result = Abstract::Bool(Compare(order, a, b));
    return !aborted();
  }
  ScalarComparison(order, x, y, result);
  return true;
}

namespace {

// Whether items of tuples can be compared one by one: nothing is equal because it is the same object, and no
// code of the script runs.
bool HaveComparableItems(const Abstract& x, const Abstract& y) {
  const std::vector<Abstract>&a = x.parts->items, &b = y.parts->items;
  for (size_t k = 0; k < std::min(a.size(), b.size()); ++k) {
    const auto is_text = [](const Abstract& item) {
      return (item.Is(AbstractKind::kObject) && item.object_kind == ObjectKind::kString) ||
             (item.Is(AbstractKind::kConstant) && item.constant.As<StringObject>());
    };
    const bool tuples = a[k].Is(AbstractKind::kTuple) && b[k].Is(AbstractKind::kTuple);
    const bool fits = (a[k].IsPlainNumber() && b[k].IsPlainNumber()) || (is_text(a[k]) && is_text(b[k])) ||
                      (tuples && HaveComparableItems(a[k], b[k]));
    if (!fits) return false;
  }
  return true;
}

}  // namespace

// Tuples that the trace has the items of: by the first items that differ, or else by their lengths. *done is
// false for others.
bool LoopRecorder::CompareTuples(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                                 const Value& ay, Abstract* result, bool* done) {
  *done = x.Is(AbstractKind::kTuple) && y.Is(AbstractKind::kTuple) && HaveComparableItems(x, y);
  if (!*done) return true;
  const std::vector<Abstract>&a = x.parts->items, &b = y.parts->items;
  const std::vector<Value>& actual_a = ax.Get<TupleObject>()->items;
  const std::vector<Value>& actual_b = ay.Get<TupleObject>()->items;
  const bool equality = op == Bytecode::kEqual || op == Bytecode::kNotEqual;
  const auto length = [&](const std::vector<Abstract>& items) {
    return Int(static_cast<int64_t>(items.size()));
  };
  Node holds = Compare(OrderOf(op), length(a), length(b));
  const size_t common = equality && a.size() != b.size() ? 0 : std::min(a.size(), b.size());
  for (size_t k = common; k-- > 0;) {
    Abstract equal, ordered;
    if (!Comparison(Bytecode::kEqual, a[k], b[k], actual_a[k], actual_b[k], &equal) ||
        !Comparison(op, a[k], b[k], actual_a[k], actual_b[k], &ordered)) {
      return false;
    }
    holds = Emit(Op::kSelect, DType::kBool, {equal.ref, holds, ordered.ref});
  }
  *result = Abstract::Bool(holds);
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
