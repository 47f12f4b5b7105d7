// NumPy's ufuncs over the op table: dtype resolution (NEP 50 and each ufunc's own rules), broadcasting,
// and the operators and named functions of the public API.
#include "src/array/ufunc.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "src/array/array_body.h"
#include "src/array/promote.h"
#include "src/array/thread_recorder.h"
#include "src/array/view.h"

namespace lathe {
namespace {

// Names that NumPy gives to a ufunc beside the one of the table.
struct Alias {
  std::string_view name;
  Op op;
};
constexpr Alias kAliases[] = {
    {"abs", Op::kAbs},
    {"fabs", Op::kAbs},
    {"true_divide", Op::kDiv},
    {"mod", Op::kRemainder},
    {"bitwise_not", Op::kInvert},
    {"power", Op::kPower},
    {"pow", Op::kPower},
    {"float_power", Op::kPower},
    {"acos", Op::kArccos},
    {"asin", Op::kArcsin},
    {"atan", Op::kArctan},
    {"atan2", Op::kArctan2},
    {"acosh", Op::kArccosh},
    {"asinh", Op::kArcsinh},
    {"atanh", Op::kArctanh},
    {"bitwise_left_shift", Op::kShiftLeft},
    {"bitwise_right_shift", Op::kShiftRight},
    {"bitwise_invert", Op::kInvert},
};

std::string UfuncName(Op op) {
  return op == Op::kPower || op == Op::kIntPower ? "power" : std::string(Info(op).numpy);
}

[[noreturn]] void Unsupported(Op op) {
  throw DTypeError(
      "ufunc '" + UfuncName(op) +
      "' not supported for the input types, and the inputs could not be safely coerced to any supported "
      "types according to the casting rule ''safe''");
}

// Booleans have their own loops in some ufuncs; in the others they are promoted or refused.
Op BoolOp(Op op, DType* dtype) {
  switch (op) {
    case Op::kAdd:
      return Op::kLogicalOr;
    case Op::kMul:
      return Op::kLogicalAnd;
    case Op::kInvert:
      return Op::kLogicalNot;
    case Op::kSub:
      throw DTypeError(
          "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` "
          "operator, or the "
          "logical_xor function instead.");
    case Op::kNeg:
      throw DTypeError(
          "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the "
          "logical_not "
          "function instead.");
    case Op::kSign:
    case Op::kPositive:
      Unsupported(op);
    default:
      break;
  }
  if (Info(op).dtypes == DTypeClass::kNumber || Info(op).dtypes == DTypeClass::kInteger)
    *dtype = DType::kInt8;
  return op;
}

bool IsWeakNumber(const Input& input) {
  return input.kind() == Input::Kind::kWeakInt || input.kind() == Input::Kind::kWeakFloat;
}

// True if any element of an integer exponent is negative.
bool HasNegative(const Input& input) {
  if (!input.is_array()) return input.scalar().To<double>() < 0;
  if (!IsSigned(input.array().dtype()) || input.array().size() == 0) return false;
  return Min(input.array()).item().To<int64_t>() < 0;
}

Array RecordPower(std::span<const Input> inputs) {
  const Input& base = inputs[0];
  const Input& exponent = inputs[1];
  DType dtype = ResultDType(inputs);
  if (IsBool(dtype)) dtype = DType::kInt8;
  if (base.is_array() && IsWeakNumber(exponent)) {
    // The powers that NumPy computes by simpler means.
    const double value = exponent.scalar().To<double>();
    const std::array one = {base};
    if (value == 2) return RecordElementwise(Op::kSquare, one, dtype, dtype);
    if (value == 1) return RecordElementwise(Op::kPositive, one, dtype, dtype);
    if (IsFloat(dtype) && value == 0.5) return RecordElementwise(Op::kSqrt, one, dtype, dtype);
    if (IsFloat(dtype) && value == -1) return RecordElementwise(Op::kReciprocal, one, dtype, dtype);
  }
  if (IsFloat(dtype)) return RecordElementwise(Op::kPower, inputs, dtype, dtype);
  if (HasNegative(exponent)) throw ValueError("Integers to negative integer powers are not allowed.");
  return RecordElementwise(Op::kIntPower, inputs, dtype, dtype);
}

}  // namespace

bool FindUfunc(std::string_view name, Op* op) {
  if (FindOpByNumpyName(name, op)) return true;
  const auto alias =
      std::find_if(std::begin(kAliases), std::end(kAliases), [&](const Alias& a) { return a.name == name; });
  if (alias == std::end(kAliases)) return false;
  *op = alias->op;
  return true;
}

Shape InputShape(const Input& input) { return input.is_array() ? input.array().shape() : Shape(); }

namespace {

// What `a` and `b` broadcast to, or nothing.
std::optional<Shape> JoinShapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  const int shift = longer.rank() - shorter.rank();
  for (int d = 0; d < shorter.rank(); ++d) {
    const int64_t x = longer[d + shift];
    const int64_t y = shorter[d];
    if (x == y || y == 1) continue;
    if (x != 1) return std::nullopt;
    result[d + shift] = y;
  }
  return result;
}

ShapeError NotBroadcastable(std::span<const Shape> shapes) {
  std::string message = "operands could not be broadcast together with shapes ";
  for (const Shape& shape : shapes) message += CompactShape(shape) + " ";
  return ShapeError(message);
}

}  // namespace

Shape BroadcastShapes(const Shape& a, const Shape& b) {
  if (std::optional<Shape> shape = JoinShapes(a, b)) return *std::move(shape);
  throw NotBroadcastable(std::array{a, b});
}

Array RecordElementwise(Op op, std::span<const Input> inputs, DType operand, DType result) {
  ThreadRecorder& recorder = ThreadRecorder::Get();
  Shape shape = InputShape(inputs[0]);
  for (const Input& input : inputs.subspan(1)) {
    if (!input.is_array()) continue;
    std::optional<Shape> joined = JoinShapes(shape, input.array().shape());
    if (!joined) {
      std::vector<Shape> shapes;
      for (const Input& each : inputs) shapes.push_back(InputShape(each));
      throw NotBroadcastable(shapes);
    }
    shape = *std::move(joined);
  }
  CheckAllocatable(shape, result);
  recorder.MakeRoom();
  std::array<Source, 3> sources;
  for (size_t k = 0; k < inputs.size(); ++k) {
    const bool fixed = (Info(op).bool_operands >> k) & 1;
    sources[k] = recorder.Operand(inputs[k], fixed ? DType::kBool : operand);
  }
  const Source row = recorder.Record(op, result, std::span(sources).first(inputs.size()), shape);
  return recorder.MakePending(row, result, shape);
}

Array RecordUfunc(Op op, std::span<const Input> inputs) {
  if (op == Op::kPower || op == Op::kIntPower) return RecordPower(inputs);
  const DTypeClass allowed = Info(op).dtypes;
  if (allowed == DTypeClass::kBool) return RecordElementwise(op, inputs, DType::kBool, DType::kBool);
  DType dtype = ResultDType(inputs);
  if (allowed == DTypeClass::kFloat) {
    dtype = op == Op::kDiv && !IsFloat(dtype) ? DType::kFloat64 : FloatDTypeFor(dtype);
  } else if (IsBool(dtype)) {
    op = BoolOp(op, &dtype);
  } else if (IsFloat(dtype) && (allowed == DTypeClass::kIntBool || allowed == DTypeClass::kInteger)) {
    Unsupported(op);
  }
  const bool to_bool = Info(op).type_rule == TypeRule::kToBool;
  return RecordElementwise(op, inputs, dtype, to_bool ? DType::kBool : dtype);
}

int UfuncArity(std::string_view name) {
  Op op;
  return FindUfunc(name, &op) ? Info(op).operand_count : 0;
}

std::vector<std::string> UfuncNames() {
  std::vector<std::string> names;
  for (const OpInfo& info : kOpInfos) {
    if (!info.numpy.empty()) names.emplace_back(info.numpy);
  }
  for (const Alias& alias : kAliases) names.emplace_back(alias.name);
  std::sort(names.begin(), names.end());
  return names;
}

Array Ufunc(std::string_view name, std::span<const Input> inputs) {
  Op op;
  if (!FindUfunc(name, &op)) {
    throw Error(ErrorKind::kAttribute, "module 'numpy' has no attribute '" + std::string(name) + "'");
  }
  const int arity = Info(op).operand_count;
  if (static_cast<int>(inputs.size()) != arity) {
    throw Error(ErrorKind::kType, std::string(name) + "() takes from " + std::to_string(arity) + " to " +
                                      std::to_string(arity + 1) + " positional arguments but " +
                                      std::to_string(inputs.size()) + " were given");
  }
  Array result = RecordUfunc(op, inputs);
  for (const Input& input : inputs) input.Consume();
  return result;
}
Array Ufunc(std::string_view name, std::initializer_list<Input> inputs) {
  return Ufunc(name, std::span(inputs.begin(), inputs.size()));
}

namespace {
Array Binary(Op op, const Input& x, const Input& y) {
  Array result = RecordUfunc(op, std::array{x, y});
  x.Consume();
  y.Consume();
  return result;
}
Array Unary(Op op, const Input& x) {
  Array result = RecordUfunc(op, std::array{x});
  x.Consume();
  return result;
}
}  // namespace

Array operator+(const Input& x, const Input& y) { return Binary(Op::kAdd, x, y); }
Array operator-(const Input& x, const Input& y) { return Binary(Op::kSub, x, y); }
Array operator*(const Input& x, const Input& y) { return Binary(Op::kMul, x, y); }
Array operator/(const Input& x, const Input& y) { return Binary(Op::kDiv, x, y); }
Array operator%(const Input& x, const Input& y) { return Binary(Op::kRemainder, x, y); }
Array operator-(const Input& x) { return Unary(Op::kNeg, x); }
Array operator<(const Input& x, const Input& y) { return Binary(Op::kLess, x, y); }
Array operator<=(const Input& x, const Input& y) { return Binary(Op::kLessEqual, x, y); }
Array operator>(const Input& x, const Input& y) { return Binary(Op::kGreater, x, y); }
Array operator>=(const Input& x, const Input& y) { return Binary(Op::kGreaterEqual, x, y); }
Array operator==(const Input& x, const Input& y) { return Binary(Op::kEqual, x, y); }
Array operator!=(const Input& x, const Input& y) { return Binary(Op::kNotEqual, x, y); }
Array operator&(const Input& x, const Input& y) { return Binary(Op::kBitAnd, x, y); }
Array operator|(const Input& x, const Input& y) { return Binary(Op::kBitOr, x, y); }
Array operator^(const Input& x, const Input& y) { return Binary(Op::kBitXor, x, y); }
Array operator~(const Input& x) { return Unary(Op::kInvert, x); }

Array Exp(const Input& x) { return Unary(Op::kExp, x); }
Array Log(const Input& x) { return Unary(Op::kLog, x); }
Array Sin(const Input& x) { return Unary(Op::kSin, x); }
Array Cos(const Input& x) { return Unary(Op::kCos, x); }
Array Tanh(const Input& x) { return Unary(Op::kTanh, x); }
Array Sqrt(const Input& x) { return Unary(Op::kSqrt, x); }
Array Erf(const Input& x) { return Unary(Op::kErf, x); }
Array Power(const Input& x, const Input& y) { return Binary(Op::kPower, x, y); }
Array Abs(const Input& x) { return Unary(Op::kAbs, x); }
Array Maximum(const Input& x, const Input& y) { return Binary(Op::kMaximum, x, y); }
Array Minimum(const Input& x, const Input& y) { return Binary(Op::kMinimum, x, y); }

Array Where(const Input& condition, const Input& x, const Input& y) {
  const DType dtype = ResultDType(std::array{x, y});
  const std::array inputs{condition, x, y};
  Array result = RecordElementwise(Op::kSelect, inputs, dtype, dtype);
  for (const Input& input : inputs) input.Consume();
  return result;
}

Array Cast(const Input& input, DType dtype) {
  const Array x = input.TakeArray();
  if (x.dtype() == dtype) return Copy(x);
  ThreadRecorder& recorder = ThreadRecorder::Get();
  CheckAllocatable(x.shape(), dtype);
  recorder.MakeRoom();
  Source source = recorder.Operand(x, dtype);
  if (source.kind != SourceKind::kRow) {
    source = recorder.Record(Op::kBroadcast, dtype, std::array{source}, x.shape());
  }
  return recorder.MakePending(source, dtype, x.shape());
}

}  // namespace lathe
