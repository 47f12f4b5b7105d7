// Arithmetic of NumPy scalars, computed at once: two numbers are not worth a trace. Dtypes promote by NEP 50,
// integers wrap, and division by zero gives what the arrays give.
#include <cmath>
#include <limits>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

bool IsNumeric(const Value& x) { return x.IsScalar() || x.IsIntegral() || x.IsFloat(); }

// The dtype in which x op y is computed: typed operands promote, Python numbers follow them.
DType CommonDType(const Value& x, const Value& y) {
  if (x.IsScalar() && y.IsScalar()) return Promote(x.scalar().dtype, y.scalar().dtype);
  const DType typed = x.IsScalar() ? x.scalar().dtype : y.scalar().dtype;
  const Value& weak = x.IsScalar() ? y : x;
  if (weak.IsBool()) return typed;
  if (weak.IsInt()) return IsBool(typed) ? DType::kInt64 : typed;
  return IsFloat(typed) ? typed : DType::kFloat64;
}

// A Python integer that the dtype does not hold is an error, as in NumPy.
void CheckFits(const Value& x, DType dtype) {
  if (!x.IsInt() || IsFloat(dtype)) return;
  const bool fits = VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, uint64_t>) return x.integer() >= 0;
    if constexpr (std::is_integral_v<T>) {
      return x.integer() >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
             x.integer() <=
                 static_cast<int64_t>(std::numeric_limits<T>::max() / (std::is_same_v<T, uint64_t> ? 2 : 1));
    }
    return true;
  });
  if (!fits) {
    const std::string_view name = Name(dtype);
    throw Error(ErrorKind::kOverflow, absl::StrCat("Python integer ", x.integer(), " out of bounds for ",
                                                   absl::string_view(name.data(), name.size())));
  }
}

template <class T>
T As(const Value& x) {
  if (x.IsScalar()) return x.scalar().To<T>();
  if (x.IsFloat()) return static_cast<T>(x.number());
  return static_cast<T>(x.integer());
}

template <class T>
T IntegerPower(T base, T exponent) {
  if constexpr (std::is_signed_v<T>) {
    if (exponent < 0) throw ValueError("Integers to negative integer powers are not allowed.");
  }
  using U = std::make_unsigned_t<T>;
  uint64_t result = 1, factor = static_cast<U>(base);
  for (auto left = static_cast<U>(exponent); left > 0; left = static_cast<U>(left >> 1)) {
    if (left & 1) result *= factor;
    factor *= factor;
  }
  return static_cast<T>(result);
}

template <class T>
Value IntegerScalar(Bytecode op, T x, T y) {
  using U = std::make_unsigned_t<T>;
  const auto a = static_cast<uint64_t>(x), b = static_cast<uint64_t>(y);
  const auto wrap = [](uint64_t bits) { return Value::Of(Scalar::Of(static_cast<T>(static_cast<U>(bits)))); };
  switch (op) {
    case Bytecode::kAdd:
      return wrap(a + b);
    case Bytecode::kSubtract:
      return wrap(a - b);
    case Bytecode::kMultiply:
      return wrap(a * b);
    case Bytecode::kFloorDivide:
    case Bytecode::kModulo: {
      const bool divide = op == Bytecode::kFloorDivide;
      if (y == 0) return wrap(0);
      if constexpr (std::is_signed_v<T>) {
        if (y == -1) return wrap(divide ? 0 - a : 0);
        const auto remainder = static_cast<T>(x % y);
        const bool adjust = remainder != 0 && (remainder < 0) != (y < 0);
        return wrap(static_cast<uint64_t>(divide ? x / y - adjust : adjust ? remainder + y : remainder));
      } else {
        return wrap(divide ? a / b : a % b);
      }
    }
    case Bytecode::kPower:
      return Value::Of(Scalar::Of(IntegerPower(x, y)));
    case Bytecode::kBitAnd:
      return wrap(a & b);
    case Bytecode::kBitOr:
      return wrap(a | b);
    case Bytecode::kBitXor:
      return wrap(a ^ b);
    case Bytecode::kLeftShift:
      return wrap(b < sizeof(T) * 8 ? a << b : 0);
    case Bytecode::kRightShift:
      if (b >= sizeof(T) * 8) return Value::Of(Scalar::Of(static_cast<T>(x < 0 ? -1 : 0)));
      return Value::Of(Scalar::Of(static_cast<T>(x >> b)));
    default:
      return Value();
  }
}

template <class T>
T FloatFloorDivide(T x, T y) {
  if (y == 0) return x / y;
  const T remainder = std::fmod(x, y);
  T quotient = (x - remainder) / y;
  if (remainder != 0 && (y < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(T{0}, x / y);
  T floor = std::floor(quotient);
  if (quotient - floor > T{0.5}) floor += 1;
  return floor;
}

template <class T>
T FloatRemainder(T x, T y) {
  if (y == 0) return std::fmod(x, y);
  T remainder = std::fmod(x, y);
  if (remainder != 0) {
    if ((y < 0) != (remainder < 0)) remainder += y;
  } else {
    remainder = std::copysign(T{0}, y);
  }
  return remainder;
}

template <class T>
Value FloatScalar(Bytecode op, T x, T y) {
  switch (op) {
    case Bytecode::kAdd:
      return Value::Of(Scalar::Of(x + y));
    case Bytecode::kSubtract:
      return Value::Of(Scalar::Of(x - y));
    case Bytecode::kMultiply:
      return Value::Of(Scalar::Of(x * y));
    case Bytecode::kDivide:
      return Value::Of(Scalar::Of(x / y));
    case Bytecode::kFloorDivide:
      return Value::Of(Scalar::Of(FloatFloorDivide(x, y)));
    case Bytecode::kModulo:
      return Value::Of(Scalar::Of(FloatRemainder(x, y)));
    case Bytecode::kPower:
      // The C library's, as NumPy's scalars have it; arrays have a function of their own.
      return Value::Of(Scalar::Of(std::pow(x, y)));
    default:
      return Value();
  }
}

}  // namespace

Value ScalarOperation(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  (void)vm;
  if (!IsNumeric(x) || !IsNumeric(y)) return Value();
  const DType dtype = CommonDType(x, y);
  CheckFits(x, dtype);
  CheckFits(y, dtype);
  if (op == Bytecode::kDivide && !IsFloat(dtype)) {
    if (ItemSize(dtype) < 4) return Value();
    return FloatScalar(op, As<double>(x), As<double>(y));
  }
  return VisitDType(dtype, [&](auto type) -> Value {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      return Value();
    } else if constexpr (std::is_floating_point_v<T>) {
      return FloatScalar(op, As<T>(x), As<T>(y));
    } else {
      return IntegerScalar(op, As<T>(x), As<T>(y));
    }
  });
}

namespace {

template <class T>
bool Ordered(Bytecode op, T x, T y) {
  switch (op) {
    case Bytecode::kLess:
      return x < y;
    case Bytecode::kLessEqual:
      return x <= y;
    case Bytecode::kEqual:
      return x == y;
    case Bytecode::kNotEqual:
      return x != y;
    case Bytecode::kGreater:
      return x > y;
    default:
      return x >= y;
  }
}

}  // namespace

Value ScalarComparison(Vm& vm, Bytecode op, const Value& x, const Value& y) {
  (void)vm;
  if (!IsNumeric(x) || !IsNumeric(y)) return Value();
  const auto is_float = [](const Value& v) {
    return v.IsFloat() || (v.IsScalar() && IsFloat(v.scalar().dtype));
  };
  bool result;
  if (is_float(x) || is_float(y)) {
    // A weak Python float takes the scalar's own precision.
    const DType dtype = CommonDType(x, y);
    result = dtype == DType::kFloat32 ? Ordered(op, As<float>(x), As<float>(y))
                                      : Ordered(op, As<double>(x), As<double>(y));
  } else {
    const auto is_unsigned = [](const Value& v) {
      return v.IsScalar() && v.scalar().dtype == DType::kUInt64;
    };
    // Integers compare by value, whatever their types.
    const auto wide = [&](const Value& v) {
      return is_unsigned(v) ? static_cast<__int128>(As<uint64_t>(v)) : static_cast<__int128>(As<int64_t>(v));
    };
    result = Ordered(op, wide(x), wide(y));
  }
  return Value::Of(Scalar::Of(result));
}

}  // namespace lathe::script
