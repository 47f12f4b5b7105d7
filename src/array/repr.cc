// Array printing: the format of all elements is chosen first (floats: positional or scientific, widths
// before and after the point), then the nested brackets are laid out and lines broken.
#include "src/array/repr.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

namespace lathe {
namespace {

// A float's shortest digits: 0.d1d2d3... * 10^exponent.
struct Digits {
  std::string digits;  // without leading or trailing zeros; "0" for zero
  int exponent = 0;    // position of the point: value = d1.d2d3... * 10^exponent
};

Digits FromScientific(const char* text, const char* end) {
  Digits result;
  const char* p = text;
  for (; p < end && *p != 'e'; ++p) {
    if (*p != '.') result.digits += *p;
  }
  if (p < end) std::from_chars(p[1] == '+' ? p + 2 : p + 1, end, result.exponent);
  while (result.digits.size() > 1 && result.digits.back() == '0') result.digits.pop_back();
  return result;
}

template <class T>
Digits Shortest(T magnitude) {
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific).ptr;
  return FromScientific(buffer, end);
}

// Rounds to `places` digits after the point (positional) or after the first digit (scientific), if the
// shortest form has more. NumPy rounds the exact value half to even.
template <class T>
Digits Rounded(T magnitude, int places, bool scientific) {
  Digits shortest = Shortest(magnitude);
  const int have = static_cast<int>(shortest.digits.size()) - 1 - (scientific ? 0 : shortest.exponent);
  if (have <= places) return shortest;
  char buffer[512];
  const auto format = scientific ? std::chars_format::scientific : std::chars_format::fixed;
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), magnitude, format, places).ptr;
  if (scientific) return FromScientific(buffer, end);
  const std::string text(buffer, end);
  Digits result;
  const size_t point = std::min(text.find('.'), text.size());
  result.exponent = static_cast<int>(point) - 1;
  for (const char c : text) {
    if (c != '.') result.digits += c;
  }
  size_t zeros = result.digits.find_first_not_of('0');
  if (zeros == std::string::npos) return {"0", 0};
  result.digits.erase(0, zeros);
  result.exponent -= static_cast<int>(zeros);
  while (result.digits.size() > 1 && result.digits.back() == '0') result.digits.pop_back();
  return result;
}

// The value rounded to `places` digits after the first.
template <class T>
Digits Exact(T magnitude, int places) {
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific, places).ptr;
  return FromScientific(buffer, end);
}

// "123.45": parts before and after the point.
struct Parts {
  std::string left, right;
};
Parts Positional(const Digits& d) {
  Parts parts;
  if (d.digits == "0") return {"0", ""};
  if (d.exponent < 0) {
    parts.left = "0";
    parts.right = std::string(static_cast<size_t>(-d.exponent - 1), '0') + d.digits;
  } else {
    const auto before = static_cast<size_t>(d.exponent) + 1;
    parts.left = d.digits.substr(0, before);
    if (parts.left.size() < before) parts.left.append(before - parts.left.size(), '0');
    if (d.digits.size() > before) parts.right = d.digits.substr(before);
  }
  return parts;
}
std::string ExponentText(int exponent, size_t width) {
  std::string digits = std::to_string(std::abs(exponent));
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return (exponent < 0 ? "-" : "+") + digits;
}

// ---- Formats of the elements of one array -----------------------------------------------------------
using Format = std::function<std::string(const char*)>;

std::string PadLeft(std::string text, size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

// The elements that will be printed, in C order; summarised arrays show only the edges.
void Visit(const Operand& view, const PrintOptions& options, bool summarise, int dim, const char* data,
           const std::function<void(const char*)>& visit) {
  if (dim == view.rank) return visit(data);
  const int64_t n = view.extents[dim];
  const bool cut = summarise && n > 2 * options.edge_items;
  for (int64_t k = 0; k < n; ++k) {
    if (cut && k == options.edge_items) k = n - options.edge_items;
    Visit(view, options, summarise, dim + 1, data + k * view.strides[dim], visit);
  }
}

template <class T>
class FloatFormat {
 public:
  FloatFormat(const std::vector<T>& values, const PrintOptions& options) : precision_(options.precision) {
    T largest = 0;
    T smallest = 0;
    bool any = false;
    bool special = false;
    for (const T value : values) {
      if (!std::isfinite(value)) {
        special = true;
        continue;
      }
      negative_ |= std::signbit(value);
      const T magnitude = std::fabs(value);
      if (magnitude == 0) continue;
      largest = any ? std::max(largest, magnitude) : magnitude;
      smallest = any ? std::min(smallest, magnitude) : magnitude;
      any = true;
    }
    // Positional only as long as all digits before the point mean something.
    const T most = sizeof(T) == 4 ? T(1.e6) : T(1.e8);
    const bool wide = smallest < T(0.0001) || largest / smallest > T(1000.);
    scientific_ = any && (largest >= most || (!options.suppress && wide));
    size_t left = 0;
    size_t exponent_width = 2;
    for (const T value : values) {
      if (!std::isfinite(value)) continue;
      const Digits digits = Rounded(static_cast<T>(std::fabs(value)), precision_, scientific_);
      const std::string sign = std::signbit(value) ? "-" : "";
      if (scientific_) {
        left = std::max(left, sign.size() + 1);
        right_ = std::max(right_, digits.digits.size() - 1);
        exponent_width = std::max(exponent_width, std::to_string(std::abs(digits.exponent)).size());
      } else {
        const Parts parts = Positional(digits);
        left = std::max(left, sign.size() + parts.left.size());
        right_ = std::max(right_, parts.right.size());
      }
    }
    exponent_width_ = exponent_width;
    left_ = left;
    if (special) {
      // nan and inf fill the column; with a sign only if one is negative.
      for (const T value : values) {
        if (std::isfinite(value)) continue;
        const size_t width = std::isnan(value) ? 3 : std::signbit(value) ? 4 : 3;
        const size_t rest = scientific_ ? right_ + 1 + exponent_width_ + 2 : right_ + 1;
        left_ = std::max(left_, width > rest ? width - rest : 0);
      }
    }
  }

  std::string operator()(const char* data) const {
    T value;
    std::memcpy(&value, data, sizeof(T));
    const size_t total = left_ + 1 + right_ + (scientific_ ? exponent_width_ + 2 : 0);
    if (std::isnan(value)) return PadLeft("nan", total);
    if (std::isinf(value)) return PadLeft(value < 0 ? "-inf" : "inf", total);
    const std::string sign = std::signbit(value) ? "-" : "";
    if (scientific_) {
      // All elements have as many digits as the longest: exact ones, beyond the shortest that identify them.
      Digits digits = Exact(static_cast<T>(std::fabs(value)), static_cast<int>(right_));
      std::string right = digits.digits.substr(1);
      right.append(right_ - right.size(), '0');
      return PadLeft(sign + digits.digits[0], left_) + "." + right + "e" +
             ExponentText(digits.exponent, exponent_width_);
    }
    const Parts parts = Positional(Rounded(static_cast<T>(std::fabs(value)), precision_, false));
    std::string right = parts.right;
    right.append(right_ - right.size(), ' ');
    return PadLeft(sign + parts.left, left_) + "." + right;
  }

 private:
  int precision_;
  bool scientific_ = false;
  bool negative_ = false;
  size_t left_ = 0, right_ = 0, exponent_width_ = 2;
};

template <class T>
std::string IntegerText(const char* data) {
  T value;
  std::memcpy(&value, data, sizeof(T));
  return std::to_string(value);
}

Format ChooseFormat(const Operand& view, const PrintOptions& options, bool summarise) {
  std::vector<const char*> shown;
  Visit(view, options, summarise, 0, static_cast<const char*>(view.data),
        [&](const char* data) { shown.push_back(data); });
  return VisitDType(view.dtype, [&](auto type) -> Format {
    using T = typename decltype(type)::type;
    if constexpr (std::is_same_v<T, bool>) {
      const size_t width = view.rank == 0 ? 0 : 5;
      return [width](const char* data) { return PadLeft(*data ? "True" : "False", width); };
    } else if constexpr (std::is_floating_point_v<T>) {
      std::vector<T> values;
      for (const char* data : shown) {
        T value;
        std::memcpy(&value, data, sizeof(T));
        values.push_back(value);
      }
      return FloatFormat<T>(values, options);
    } else {
      size_t width = 0;
      for (const char* data : shown) width = std::max(width, IntegerText<T>(data).size());
      return [width](const char* data) { return PadLeft(IntegerText<T>(data), width); };
    }
  });
}

// ---- Layout -----------------------------------------------------------------------------------------
class Layouter {
 public:
  Layouter(const Operand& view, const PrintOptions& options, bool summarise, const Format& format,
           const std::string& separator, size_t line_width)
      : view_(view),
        options_(options),
        summarise_(summarise),
        format_(format),
        separator_(separator),
        line_width_(line_width) {}

  std::string Run(const std::string& prefix_spaces) const {
    return Recurse(0, static_cast<const char*>(view_.data), prefix_spaces, line_width_);
  }

 private:
  static std::string RightStripped(std::string text) {
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
  }
  void Extend(std::string* text, std::string* line, const std::string& word, size_t width,
              const std::string& next_prefix) const {
    const bool too_long = line->size() + word.size() > width && line->size() > next_prefix.size();
    if (too_long) {
      *text += RightStripped(*line) + "\n";
      *line = next_prefix;
    }
    *line += word;
  }
  std::string Recurse(int dim, const char* data, const std::string& hanging, size_t width) const {
    if (dim == view_.rank) return format_(data);
    const std::string next_hanging = hanging + " ";
    const size_t next_width = width - 1;
    const int64_t n = view_.extents[dim];
    const int left_dims = view_.rank - dim;
    const bool cut = summarise_ && n > 2 * options_.edge_items;
    const int64_t leading = cut ? options_.edge_items : 0;
    const int64_t trailing = cut ? options_.edge_items : n;
    const int64_t stride = view_.strides[dim];
    std::string text;
    if (left_dims == 1) {
      const size_t element_width = width - std::max(RightStripped(separator_).size(), size_t{1});
      std::string line = hanging;
      for (int64_t k = 0; k < leading; ++k) {
        Extend(&text, &line, Recurse(dim + 1, data + k * stride, next_hanging, next_width), element_width,
               hanging);
        line += separator_;
      }
      if (cut) {
        Extend(&text, &line, "...", element_width, hanging);
        line += separator_;
      }
      for (int64_t k = trailing; k > 1; --k) {
        Extend(&text, &line, Recurse(dim + 1, data + (n - k) * stride, next_hanging, next_width),
               element_width, hanging);
        line += separator_;
      }
      if (n > 0)
        Extend(&text, &line, Recurse(dim + 1, data + (n - 1) * stride, next_hanging, next_width),
               element_width, hanging);
      text += line;
    } else {
      const std::string line_separator =
          RightStripped(separator_) + std::string(static_cast<size_t>(left_dims - 1), '\n');
      for (int64_t k = 0; k < leading; ++k) {
        text += hanging + Recurse(dim + 1, data + k * stride, next_hanging, next_width) + line_separator;
      }
      if (cut) text += hanging + "..." + line_separator;
      for (int64_t k = trailing; k > 1; --k) {
        text +=
            hanging + Recurse(dim + 1, data + (n - k) * stride, next_hanging, next_width) + line_separator;
      }
      if (n > 0) text += hanging + Recurse(dim + 1, data + (n - 1) * stride, next_hanging, next_width);
    }
    return "[" + text.substr(hanging.size()) + "]";
  }

  const Operand& view_;
  const PrintOptions& options_;
  const bool summarise_;
  const Format& format_;
  const std::string separator_;
  const size_t line_width_;
};

int64_t Elements(const Operand& view) {
  int64_t count = 1;
  for (int d = 0; d < view.rank; ++d) count *= view.extents[d];
  return count;
}

std::string ShapeText(const Operand& view) {
  std::string text = "(";
  for (int d = 0; d < view.rank; ++d) text += (d ? ", " : "") + std::to_string(view.extents[d]);
  return text + (view.rank == 1 ? ",)" : ")");
}

template <class T>
std::string FloatText(T value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const std::string sign = std::signbit(value) ? "-" : "";
  const T magnitude = std::fabs(value);
  const Digits digits = Shortest(magnitude);
  // Positional only as long as all digits before the point mean something.
  const int most = sizeof(T) == 4 ? 6 : 16;
  if (magnitude != 0 && (static_cast<double>(magnitude) < 1e-4 || digits.exponent >= most)) {
    const std::string rest = digits.digits.substr(1);
    return sign + digits.digits[0] + (rest.empty() ? "" : "." + rest) + "e" +
           ExponentText(digits.exponent, 2);
  }
  const Parts parts = Positional(digits);
  return sign + parts.left + "." + (parts.right.empty() ? "0" : parts.right);
}

}  // namespace

std::string FormatPythonFloat(double value) { return FloatText(value); }

std::string FormatScalar(Scalar value, bool repr) {
  const std::string text = VisitDType(value.dtype, [&](auto type) -> std::string {
    using T = typename decltype(type)::type;
    const T element = value.As<T>();
    if constexpr (std::is_same_v<T, bool>) {
      return element ? "True" : "False";
    } else if constexpr (std::is_floating_point_v<T>) {
      return FloatText(element);
    } else {
      return std::to_string(element);
    }
  });
  if (!repr) return text;
  if (IsBool(value.dtype)) return "np." + text + "_";
  return "np." + std::string(Name(value.dtype)) + "(" + text + ")";
}

std::string FormatArray(const Operand& view, const PrintOptions& options, bool repr) {
  const int64_t count = Elements(view);
  const bool shown_dtype =
      view.dtype != DType::kFloat64 && view.dtype != DType::kInt64 && view.dtype != DType::kBool;
  if (view.rank == 0 && !repr) {
    Scalar scalar;
    scalar.dtype = view.dtype;
    std::memcpy(&scalar.bits, view.data, static_cast<size_t>(ItemSize(view.dtype)));
    return FormatScalar(scalar, false);
  }
  const std::string prefix = repr ? "array(" : "";
  const std::string separator = repr ? ", " : " ";
  const bool summarise = count > options.threshold;
  std::string body;
  if (count == 0) {
    body = "[]";
  } else {
    const Format format = ChooseFormat(view, options, summarise);
    const size_t width = static_cast<size_t>(options.line_width) - (repr ? 1 : 0);  // the closing bracket
    Layouter layouter(view, options, summarise, format, separator, width);
    body = view.rank == 0 ? format(static_cast<const char*>(view.data))
                          : layouter.Run(std::string(prefix.size() + 1, ' '));
  }
  if (!repr) return body;
  std::string extras;
  if (count == 0 && !(view.rank == 1)) extras = "shape=" + ShapeText(view);
  if (summarise) extras = "shape=" + ShapeText(view);
  if (shown_dtype || count == 0) {
    if (!extras.empty()) extras += ", ";
    extras += "dtype=" + std::string(Name(view.dtype));
  }
  if (extras.empty()) return prefix + body + ")";
  std::string text = prefix + body + ",";
  const size_t last_line = text.size() - (text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  const std::string spacer = last_line + extras.size() + 2 > static_cast<size_t>(options.line_width)
                                 ? "\n" + std::string(prefix.size(), ' ')
                                 : " ";
  return text + spacer + extras + ")";
}

}  // namespace lathe
