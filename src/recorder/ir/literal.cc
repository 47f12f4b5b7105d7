// Printing and reading of dtype words and of single elements.
#include "src/recorder/ir/literal.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace lathe {
namespace {

constexpr std::array<std::string_view, kDTypeCount> kWords = {"bool", "i8",  "u8",  "i16", "u16", "i32",
                                                              "u32",  "i64", "u64", "f32", "f64"};
static_assert(kWords.back() == "f64" && static_cast<int>(DType::kFloat64) + 1 == kDTypeCount);

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

template <class T>
std::string FormatFloat(T value) {
  char buffer[64];
  if (std::isnan(value)) {
    const BitsOf<T> bits = std::bit_cast<BitsOf<T>>(value);
    if (bits == std::bit_cast<BitsOf<T>>(std::numeric_limits<T>::quiet_NaN())) return "nan";
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), bits, 16).ptr;
    return "nan:0x" + std::string(buffer, end);
  }
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

template <class T>
std::optional<T> ParseNumber(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
std::optional<T> ParseFloat(std::string_view text) {
  if (text == "nan") return std::numeric_limits<T>::quiet_NaN();
  if (text.starts_with("nan:0x")) {
    BitsOf<T> bits = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 6, last, bits, 16);
    const T value = std::bit_cast<T>(bits);
    if (error != std::errc() || end != last || !std::isnan(value)) return std::nullopt;
    return value;
  }
  return ParseNumber<T>(text);
}

}  // namespace

std::string_view DTypeWord(DType dtype) { return kWords[static_cast<size_t>(dtype)]; }

std::optional<DType> FindDTypeWord(std::string_view word) {
  for (size_t k = 0; k < kWords.size(); ++k) {
    if (kWords[k] == word) return static_cast<DType>(k);
  }
  return std::nullopt;
}

std::string FormatLiteral(DType dtype, uint64_t bits) {
  const Scalar scalar{dtype, bits};
  return VisitDType(dtype, [&](auto type) -> std::string {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      return (bits & 0xff) != 0 ? "true" : "false";
    } else if constexpr (std::is_floating_point_v<T>) {
      return FormatFloat(scalar.As<T>());
    } else {
      return std::to_string(scalar.As<T>());
    }
  });
}

std::optional<uint64_t> ParseLiteral(DType dtype, std::string_view text) {
  return VisitDType(dtype, [&](auto type) -> std::optional<uint64_t> {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      if (text != "true" && text != "false") return std::nullopt;
      return text == "true";
    } else {
      std::optional<T> value;
      if constexpr (std::is_floating_point_v<T>) {
        value = ParseFloat<T>(text);
      } else {
        value = ParseNumber<T>(text);
      }
      if (!value) return std::nullopt;
      return Scalar::Of(*value).bits;
    }
  });
}

}  // namespace lathe
