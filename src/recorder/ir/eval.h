// Eval: the one meaning of every primitive elementwise op, on single elements, in NumPy's semantics. The
// interpreter, constant folding and the lanes that an emitter cannot do by itself all come here; compiled
// with contraction off. A row of ops.def without a function here is a compile error naming the op.
//
// Integers wrap (computed without a sign, so nothing is undefined); division by integer zero gives 0;
// maximum and minimum propagate NaN; shifts by the width or more give 0 or the sign.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace lathe::eval {

template <class T>
inline constexpr bool kFloat = std::is_floating_point_v<T>;
template <class T>
inline constexpr bool kBool = std::is_same_v<T, bool>;
template <class T>
inline constexpr bool kSigned = std::is_integral_v<T>&& std::is_signed_v<T>;

template <class T>
constexpr uint64_t Wide(T x) {
  return static_cast<uint64_t>(x);
}

// clang-format off
template <class T> T Add(T x, T y) { if constexpr (kFloat<T>) return x + y; else return static_cast<T>(Wide(x) + Wide(y)); }
template <class T> T Sub(T x, T y) { if constexpr (kFloat<T>) return x - y; else return static_cast<T>(Wide(x) - Wide(y)); }
template <class T> T Mul(T x, T y) { if constexpr (kFloat<T>) return x * y; else return static_cast<T>(Wide(x) * Wide(y)); }
template <class T> T Div(T x, T y) { return x / y; }
template <class T> T Fma(T x, T y, T z) { return std::fma(x, y, z); }
template <class T> T Neg(T x) { if constexpr (kFloat<T>) return -x; else return static_cast<T>(0 - Wide(x)); }
template <class T> T Positive(T x) { return x; }
template <class T> T Square(T x) { return Mul(x, x); }
template <class T> T Sqrt(T x) { return std::sqrt(x); }
template <class T> T CopySign(T x, T y) { return std::copysign(x, y); }
template <class T> T Rint(T x) { return std::nearbyint(x); }
template <class T> bool Equal(T x, T y) { return x == y; }
template <class T> bool NotEqual(T x, T y) { return x != y; }
template <class T> bool Less(T x, T y) { return x < y; }
template <class T> bool LessEqual(T x, T y) { return x <= y; }
template <class T> bool Greater(T x, T y) { return x > y; }
template <class T> bool GreaterEqual(T x, T y) { return x >= y; }
template <class T> bool InBounds(T i, T n) { return i >= T{0} && i < n; }
template <class T> bool IsNan(T x) { return std::isnan(x); }
template <class T> bool IsInf(T x) { return std::isinf(x); }
template <class T> bool IsFinite(T x) { return std::isfinite(x); }
template <class T> bool SignBit(T x) { return std::signbit(x); }
template <class T> bool LogicalAnd(T x, T y) { return x && y; }
template <class T> bool LogicalOr(T x, T y) { return x || y; }
template <class T> bool LogicalXor(T x, T y) { return x != y; }
template <class T> bool LogicalNot(T x) { return !x; }
template <class T> T BitAnd(T x, T y) { if constexpr (kBool<T>) return x && y; else return static_cast<T>(x & y); }
template <class T> T BitOr(T x, T y) { if constexpr (kBool<T>) return x || y; else return static_cast<T>(x | y); }
template <class T> T BitXor(T x, T y) { if constexpr (kBool<T>) return x != y; else return static_cast<T>(x ^ y); }
template <class T> T Invert(T x) { if constexpr (kBool<T>) return !x; else return static_cast<T>(~x); }
template <class T> T Select(bool c, T x, T y) { return c ? x : y; }
template <class T> T LibraryLog(T x) { return std::log(x); }
template <class T> T LibraryPower(T x, T y) { return std::pow(x, y); }
template <class T> T SelectRare(bool c, T x, T y) { return c ? x : y; }
template <class T> T Exp2(T x) { return std::exp2(x); }
template <class T> T Expm1(T x) { return std::expm1(x); }
template <class T> T Log2(T x) { return std::log2(x); }
template <class T> T Log10(T x) { return std::log10(x); }
template <class T> T Log1p(T x) { return std::log1p(x); }
template <class T> T Cbrt(T x) { return std::cbrt(x); }
template <class T> T Tan(T x) { return std::tan(x); }
template <class T> T Arcsin(T x) { return std::asin(x); }
template <class T> T Arccos(T x) { return std::acos(x); }
template <class T> T Arctan(T x) { return std::atan(x); }
template <class T> T Arctan2(T y, T x) { return std::atan2(y, x); }
template <class T> T Hypot(T x, T y) { return std::hypot(x, y); }
template <class T> T Sinh(T x) { return std::sinh(x); }
template <class T> T Cosh(T x) { return std::cosh(x); }
template <class T> T Arcsinh(T x) { return std::asinh(x); }
template <class T> T Arccosh(T x) { return std::acosh(x); }
template <class T> T Arctanh(T x) { return std::atanh(x); }
// clang-format on

template <class T>
T Abs(T x) {
  if constexpr (kFloat<T>) {
    return std::fabs(x);
  } else if constexpr (kSigned<T>) {
    return x < 0 ? Neg(x) : x;
  } else {
    return x;
  }
}
template <class T>
T Sign(T x) {
  if constexpr (kFloat<T>) {
    return std::isnan(x) ? x : static_cast<T>((x > 0) - (x < 0));
  } else if constexpr (kSigned<T>) {
    return static_cast<T>((x > 0) - (x < 0));
  } else {
    return static_cast<T>(x > 0);
  }
}
// Quotient of integers rounded towards minus infinity, and the remainder with the divisor's sign.
template <class T>
T FloorDivide(T x, T y);
template <class T>
T Remainder(T x, T y) {
  if constexpr (kFloat<T>) {
    const T remainder = std::fmod(x, y);
    if (y == 0) return remainder;
    if (remainder == 0) return std::copysign(T{0}, y);
    return (y < 0) != (remainder < 0) ? remainder + y : remainder;
  } else {
    if (y == 0) return 0;
    if constexpr (kSigned<T>) {
      if (y == -1) return 0;
    }
    const T remainder = static_cast<T>(x % y);
    if constexpr (kSigned<T>) {
      if (remainder != 0 && (remainder < 0) != (y < 0)) return static_cast<T>(remainder + y);
    }
    return remainder;
  }
}
template <class T>
T FloorDivide(T x, T y) {
  if constexpr (kFloat<T>) {
    if (y == 0) return x / y;
    T remainder = std::fmod(x, y);
    T quotient = (x - remainder) / y;
    if (remainder != 0 && (y < 0) != (remainder < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(T{0}, x / y);
    const T floor = std::floor(quotient);
    return quotient - floor > T{0.5} ? floor + 1 : floor;
  } else {
    if (y == 0) return 0;
    if constexpr (kSigned<T>) {
      if (y == -1) return Neg(x);
    }
    const T quotient = static_cast<T>(x / y);
    if constexpr (kSigned<T>) {
      if (x % y != 0 && (x < 0) != (y < 0)) return static_cast<T>(quotient - 1);
    }
    return quotient;
  }
}
template <class T>
T Fmod(T x, T y) {
  if constexpr (kFloat<T>) {
    return std::fmod(x, y);
  } else {
    if (y == 0) return 0;
    if constexpr (kSigned<T>) {
      if (y == -1) return 0;
    }
    return static_cast<T>(x % y);
  }
}
template <class T>
T Reciprocal(T x) {
  if constexpr (kFloat<T>) {
    return T{1} / x;
  } else {
    // NumPy divides in double and truncates; 1/0 is the smallest integer, as the hardware converts infinity.
    if (x == 0) return kSigned<T> ? std::numeric_limits<T>::min() : T{0};
    return static_cast<T>(1 / static_cast<int64_t>(x));
  }
}
template <class T>
T Maximum(T x, T y) {
  if constexpr (kFloat<T>) return x > y || std::isnan(x) ? x : y;
  return x > y ? x : y;
}
template <class T>
T Minimum(T x, T y) {
  if constexpr (kFloat<T>) return x < y || std::isnan(x) ? x : y;
  return x < y ? x : y;
}
template <class T>
T Fmax(T x, T y) {
  if constexpr (kFloat<T>) return x >= y || std::isnan(y) ? x : y;
  return x > y ? x : y;
}
template <class T>
T Fmin(T x, T y) {
  if constexpr (kFloat<T>) return x <= y || std::isnan(y) ? x : y;
  return x < y ? x : y;
}
template <class T>
T IntPower(T base, T exponent) {
  if constexpr (kSigned<T>) {
    if (exponent < 0)
      return base == 1 ? T{1} : base == static_cast<T>(-1) ? (exponent % 2 ? base : T{1}) : T{0};
  }
  uint64_t result = 1;
  uint64_t square = Wide(base);
  for (uint64_t rest = Wide(exponent); rest != 0; rest >>= 1) {
    if (rest & 1) result *= square;
    square *= square;
  }
  return static_cast<T>(result);
}
template <class T>
T Floor(T x) {
  if constexpr (kFloat<T>) return std::floor(x);
  return x;
}
template <class T>
T Ceil(T x) {
  if constexpr (kFloat<T>) return std::ceil(x);
  return x;
}
template <class T>
T Trunc(T x) {
  if constexpr (kFloat<T>) return std::trunc(x);
  return x;
}
template <class T>
T ShiftLeft(T x, T y) {
  if (Wide(y) >= 8 * sizeof(T)) return 0;
  return static_cast<T>(Wide(x) << Wide(y));
}
template <class T>
T ShiftRight(T x, T y) {
  if (Wide(y) >= 8 * sizeof(T)) return x < 0 ? static_cast<T>(-1) : T{0};
  return static_cast<T>(x >> y);
}

template <class T>
T Bitcast(T x) {
  return x;
}

// Conversion as NumPy's astype on x86-64: floats truncate towards zero; what does not fit gives what the
// hardware's conversion to 64 bits (32 for int32) gives, truncated.
template <class To, class From>
To Cast(From x) {
  if constexpr (kBool<To>) {
    return x != From{};
  } else if constexpr (kFloat<From> && std::is_integral_v<To>) {
    if constexpr (std::is_same_v<To, uint64_t>) {
      if (x >= From(9223372036854775808.0)) {
        if (x >= From(18446744073709551616.0)) return 0;
        return static_cast<uint64_t>(static_cast<int64_t>(x - From(9223372036854775808.0))) +
               (uint64_t{1} << 63);
      }
    }
    constexpr bool kNarrow =
        std::is_same_v<To, int32_t> || (kSigned<To> && sizeof(To) < 4) || (!kSigned<To> && sizeof(To) < 4);
    if constexpr (kNarrow) {
      const bool fits = x > From(-2147483649.0) && x < From(2147483648.0);
      return static_cast<To>(fits ? static_cast<int32_t>(x) : std::numeric_limits<int32_t>::min());
    } else {
      const bool fits = x >= From(-9223372036854775808.0) && x < From(9223372036854775808.0);
      return static_cast<To>(fits ? static_cast<int64_t>(x) : std::numeric_limits<int64_t>::min());
    }
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace lathe::eval
