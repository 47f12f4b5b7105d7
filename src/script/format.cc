// Format specifications: format(), f-strings and the % operator.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

// [[fill]align][sign][#][0][width][grouping][.precision][type]
struct Specification {
  std::string fill = " ";
  char align = 0;
  char sign = '-';
  bool alternate = false;
  int64_t width = 0;
  char grouping = 0;
  int precision = -1;
  char type = 0;
};

constexpr int64_t kMaxWidth = 1 << 24;

bool IsAlign(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

bool ReadNumber(std::string_view text, size_t* k, int64_t* number) {
  const size_t begin = *k;
  *number = 0;
  while (*k < text.size() && text[*k] >= '0' && text[*k] <= '9') {
    *number = std::min<int64_t>(*number * 10 + (text[*k] - '0'), kMaxWidth);
    ++*k;
  }
  return *k > begin;
}

bool ParseSpecification(std::string_view text, Specification* spec) {
  size_t k = 0;
  const size_t first = text.empty() ? 0 : Utf8Length(text, 0);
  if (text.size() > first && IsAlign(text[first])) {
    spec->fill = text.substr(0, first);
    spec->align = text[first];
    k = first + 1;
  } else if (!text.empty() && IsAlign(text[0])) {
    spec->align = text[0];
    k = 1;
  }
  const auto at = [&](char c) { return k < text.size() && text[k] == c; };
  if (at('+') || at('-') || at(' ')) spec->sign = text[k++];
  if (at('z')) ++k;
  if (at('#')) spec->alternate = true, ++k;
  if (at('0')) {
    if (!spec->align) {
      spec->fill = "0";
      spec->align = '=';
    }
    ++k;
  }
  ReadNumber(text, &k, &spec->width);
  if (at(',') || at('_')) spec->grouping = text[k++];
  if (at('.')) {
    int64_t precision;
    ++k;
    if (!ReadNumber(text, &k, &precision)) return false;
    spec->precision = static_cast<int>(std::min<int64_t>(precision, 10000));
  }
  if (k < text.size()) spec->type = text[k++];
  return k == text.size();
}

// Puts separators between groups of digits of the integer part; with a zero fill the zeros are grouped too.
std::string GroupDigits(std::string_view digits, char separator, size_t group, size_t least_width) {
  std::string padded(digits);
  std::string out;
  for (;;) {
    out.clear();
    for (size_t k = 0; k < padded.size(); ++k) {
      if (k > 0 && (padded.size() - k) % group == 0) out += separator;
      out += padded[k];
    }
    if (out.size() >= least_width) return out;
    padded.insert(0, 1, '0');
    if (out.size() + 1 == least_width && (padded.size() - 1) % group == 0) {
      // One more digit would need a separator as well and be one too wide: Python does the same.
      return GroupDigits(padded, separator, group, 0);
    }
  }
}

// Pads `body` to the width; `sign` stays in front for the '=' alignment.
std::string Pad(const Specification& spec, const std::string& sign, const std::string& body,
                char default_align) {
  const char align = spec.align ? spec.align : default_align;
  if (spec.width == 0) return sign + body;
  int64_t length = 0;
  for (char c : sign + body) length += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  const int64_t missing = spec.width - length;
  if (missing <= 0) return sign + body;
  const int64_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  const auto fill = [&](int64_t count) {
    std::string out;
    for (int64_t k = 0; k < count; ++k) out += spec.fill;
    return out;
  };
  if (align == '=') return sign + fill(missing) + body;
  return fill(left) + sign + body + fill(missing - left);
}

std::string SignText(const Specification& spec, bool negative) {
  if (negative) return "-";
  return spec.sign == '-' ? "" : std::string(1, spec.sign);
}

// Adds grouping and padding to the digits of a number: an integer part, then the rest.
std::string FinishNumber(const Specification& spec, const std::string& sign, const std::string& whole,
                         const std::string& rest, size_t group = 3) {
  std::string body = whole;
  if (spec.grouping) {
    const bool zero_fill = spec.fill == "0" && spec.align == '=';
    const auto taken = static_cast<int64_t>(sign.size() + rest.size());
    body = GroupDigits(whole, spec.grouping, group,
                       zero_fill ? static_cast<size_t>(std::max<int64_t>(spec.width - taken, 0)) : 0);
  }
  return Pad(spec, sign, body + rest, '>');
}

bool FormatInteger(Vm& vm, const Specification& spec, bool negative, uint64_t magnitude, std::string* out) {
  int base = 10;
  std::string_view prefix;
  switch (spec.type) {
    case 'x':
    case 'X':
      base = 16;
      prefix = spec.type == 'x' ? "0x" : "0X";
      break;
    case 'o':
      base = 8;
      prefix = "0o";
      break;
    case 'b':
      base = 2;
      prefix = "0b";
      break;
    case 'c': {
      std::string text;
      AppendUtf8(static_cast<uint32_t>(magnitude), &text);
      *out += Pad(spec, "", text, '<');
      return true;
    }
    default:
      break;
  }
  if (spec.precision >= 0) {
    vm.ThrowValue("Precision not allowed in integer format specifier");
    return false;
  }
  char buffer[72];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr;
  std::string digits(buffer, static_cast<size_t>(end - buffer));
  if (spec.type == 'X') {
    for (char& c : digits) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  std::string sign = SignText(spec, negative);
  if (spec.alternate) sign += prefix;
  *out += FinishNumber(spec, sign, digits, "", base == 10 ? 3 : 4);
  return true;
}

// A number in the form 'f' or 'e', correctly rounded.
std::string FixedText(double x, int precision, char form) {
  const auto format = form == 'e' ? std::chars_format::scientific : std::chars_format::fixed;
  std::string text(64, '\0');
  for (;;) {
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), x, format, precision);
    if (error == std::errc()) {
      text.resize(static_cast<size_t>(end - text.data()));
      return text;
    }
    text.resize(4 * text.size());
  }
}

// %g with Python's rules, on the shortest digits or on `precision` ones.
std::string GeneralText(double x, int precision, bool alternate, bool keep_point) {
  if (precision == 0) precision = 1;
  const std::string digits = FixedText(x, std::min(precision, 350) - 1, 'e');
  const size_t e = digits.find('e');
  const int exponent = std::atoi(digits.c_str() + e + 1);
  const auto drop_zeros = [&](std::string* text) {
    if (alternate || text->find('.') == std::string::npos) return;
    text->erase(text->find_last_not_of('0') + 1);
    if (text->back() == '.') text->pop_back();
  };
  if (exponent < -4 || exponent >= precision) {
    std::string mantissa = digits.substr(0, e);
    drop_zeros(&mantissa);
    return mantissa + digits.substr(e);
  }
  std::string text = FixedText(x, std::max(precision - 1 - exponent, 0), 'f');
  drop_zeros(&text);
  if (keep_point && text.find('.') == std::string::npos) text += ".0";
  return text;
}

// The text of a finite number's magnitude.
std::string MagnitudeText(const Specification& spec, double x, bool float32) {
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  switch (spec.type) {
    case 'f':
    case 'F':
      return FixedText(x, precision, 'f');
    case 'e':
    case 'E':
      return FixedText(x, precision, 'e');
    case '%':
      return FixedText(x * 100, precision, 'f') + "%";
    case 'g':
    case 'G':
    case 'n':
      return GeneralText(x, precision, spec.alternate, false);
    default:
      if (spec.precision >= 0) return GeneralText(x, spec.precision, spec.alternate, false);
      return float32 ? FloatText(static_cast<float>(x)) : FloatText(x);
  }
}

bool FormatFloat(const Specification& spec, double x, bool float32, std::string* out) {
  const bool negative = std::signbit(x) && !std::isnan(x);
  const double magnitude = std::fabs(x);
  const bool upper = spec.type == 'F' || spec.type == 'E' || spec.type == 'G';
  std::string text;
  if (std::isnan(x)) {
    text = "nan";
  } else if (std::isinf(x)) {
    text = "inf";
  } else {
    text = MagnitudeText(spec, magnitude, float32);
  }
  if (!std::isfinite(x) && spec.type == '%') text += '%';
  if (upper) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  size_t whole = 0;
  while (whole < text.size() && text[whole] >= '0' && text[whole] <= '9') ++whole;
  Specification effective = spec;
  if (!std::isfinite(x)) {
    effective.grouping = 0;
    if (effective.fill == "0" && effective.align == '=') effective.fill = "0";
  }
  *out += FinishNumber(effective, SignText(spec, negative), text.substr(0, whole), text.substr(whole));
  return true;
}

bool FormatString(Vm& vm, const Specification& spec, std::string_view text, std::string* out) {
  if (spec.align == '=' && spec.fill != "0") {
    vm.ThrowValue("'=' alignment not allowed in string format specifier");
    return false;
  }
  std::string cut(text);
  if (spec.precision >= 0) cut.resize(Utf8Offset(text, spec.precision));
  Specification effective = spec;
  if (effective.align == '=') effective.align = '<';
  *out += Pad(effective, "", cut, '<');
  return true;
}

bool ThrowUnknownCode(Vm& vm, const Value& x, char type) {
  vm.ThrowValue(absl::StrCat("Unknown format code '", std::string(1, type), "' for object of type '",
                             TypeName(vm, x), "'"));
  return false;
}

bool FormatNumber(Vm& vm, const Value& x, const Specification& spec, std::string* out) {
  const bool is_float = x.IsFloat() || (x.IsScalar() && IsFloat(x.scalar().dtype));
  const bool float_code = spec.type && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos;
  const bool integer_code =
      !spec.type || std::string_view("bcdoxXn").find(spec.type) != std::string_view::npos;
  if (!float_code && !integer_code) return ThrowUnknownCode(vm, x, spec.type);
  if (is_float || float_code) {
    if (is_float && spec.type && spec.type != 'n' && integer_code) {
      vm.ThrowValue(absl::StrCat("Unknown format code '", std::string(1, spec.type), "' for object of type '",
                                 x.IsFloat() ? "float" : TypeName(vm, x), "'"));
      return false;
    }
    double number;
    AsDouble(x, &number);
    const bool float32 = x.IsScalar() && x.scalar().dtype == DType::kFloat32;
    return FormatFloat(spec, number, float32, out);
  }
  if (x.IsScalar() && x.scalar().dtype == DType::kUInt64) {
    return FormatInteger(vm, spec, false, x.scalar().As<uint64_t>(), out);
  }
  int64_t integer = 0;
  AsInteger(x, &integer);
  const uint64_t magnitude =
      integer < 0 ? 0 - static_cast<uint64_t>(integer) : static_cast<uint64_t>(integer);
  return FormatInteger(vm, spec, integer < 0, magnitude, out);
}

}  // namespace

bool Format(Vm& vm, const Value& value, std::string_view specification, std::string* out) {
  if (specification.empty() && !AsInstance(value)) return ToText(vm, value, out);
  const Value x = Force(value);
  if (AsInstance(x)) {
    const Value text = Str(std::string(specification));
    Value special = CallSpecial(vm, x, vm.names().format, std::span(&text, 1));
    if (special.IsError()) return false;
    if (!special.IsUndefined()) return ToText(vm, special, out);
    if (specification.empty()) return ToText(vm, x, out);
  }
  Specification spec;
  if (!ParseSpecification(specification, &spec)) {
    vm.ThrowValue(absl::StrCat("Invalid format specifier '",
                               absl::string_view(specification.data(), specification.size()),
                               "' for object of type '", TypeName(vm, x), "'"));
    return false;
  }
  if (auto* text = x.As<StringObject>()) {
    if (spec.type && spec.type != 's') return ThrowUnknownCode(vm, x, spec.type);
    return FormatString(vm, spec, text->text(), out);
  }
  if (x.IsBool() && !spec.type) return FormatString(vm, spec, x.boolean() ? "True" : "False", out);
  if (x.IsScalar() && IsBool(x.scalar().dtype) && !spec.type)
    return FormatString(vm, spec, ScalarText(x.scalar()), out);
  if (x.IsIntegral() || x.IsFloat() || x.IsScalar()) return FormatNumber(vm, x, spec, out);
  vm.ThrowType(absl::StrCat("unsupported format string passed to ", TypeName(vm, x), ".__format__"));
  return false;
}

// ---- The % operator ---------------------------------------------------------------------------------
namespace {

// One "%-5.2f" of a template.
struct Directive {
  std::string key;
  bool has_key = false;
  std::string flags;
  int64_t width = 0;
  int precision = -1;
  char type = 0;
};

class PercentFormatter {
 public:
  PercentFormatter(Vm& vm, std::string_view format, const Value& arguments)
      : vm_(vm), format_(format), arguments_(arguments), tuple_(arguments.As<TupleObject>()) {}

  Value Run() {
    for (size_t k = 0; k < format_.size();) {
      if (format_[k] != '%') {
        out_ += format_[k++];
        continue;
      }
      ++k;
      Directive directive;
      if (!ReadDirective(&k, &directive) || !Apply(directive)) return Value::Error();
    }
    const bool mapping = arguments_.As<DictObject>() || arguments_.As<ListObject>();
    const size_t count = tuple_ ? tuple_->items.size() : mapping ? 0 : 1;
    if (next_ < count && !used_key_)
      return vm_.ThrowType("not all arguments converted during string formatting");
    return Str(std::move(out_));
  }

 private:
  bool ReadDirective(size_t* k, Directive* d) {
    if (*k < format_.size() && format_[*k] == '(') {
      const size_t close = format_.find(')', *k);
      if (close == std::string_view::npos) {
        vm_.ThrowValue("incomplete format key");
        return false;
      }
      d->key = format_.substr(*k + 1, close - *k - 1);
      d->has_key = used_key_ = true;
      *k = close + 1;
    }
    while (*k < format_.size() && std::string_view("-+ #0").find(format_[*k]) != std::string_view::npos)
      d->flags += format_[(*k)++];
    if (!ReadCount(k, &d->width)) return false;
    if (*k < format_.size() && format_[*k] == '.') {
      ++*k;
      int64_t precision = 0;
      if (!ReadCount(k, &precision)) return false;
      d->precision = static_cast<int>(std::min<int64_t>(precision, 10000));
    }
    while (*k < format_.size() && (format_[*k] == 'l' || format_[*k] == 'h')) ++*k;
    if (*k >= format_.size()) {
      vm_.ThrowValue("incomplete format");
      return false;
    }
    d->type = format_[(*k)++];
    return true;
  }

  // A number, or "*" for the next argument.
  bool ReadCount(size_t* k, int64_t* count) {
    if (*k < format_.size() && format_[*k] == '*') {
      ++*k;
      const Value value = NextArgument();
      if (value.IsError()) return false;
      if (AsInteger(value, count)) return true;
      vm_.ThrowType("* wants int");
      return false;
    }
    ReadNumber(format_, k, count);
    return true;
  }

  Value NextArgument() {
    if (tuple_ ? next_ < tuple_->items.size() : next_ == 0)
      return tuple_ ? tuple_->items[next_++] : (++next_, arguments_);
    return vm_.ThrowType("not enough arguments for format string");
  }

  bool Apply(const Directive& d) {
    if (d.type == '%') {
      out_ += '%';
      return true;
    }
    Value value = d.has_key ? GetItem(vm_, arguments_, Str(d.key)) : NextArgument();
    if (value.IsError()) return false;
    value = vm_.Guard([&] { return Force(value); });
    Specification spec;
    spec.width = d.width;
    spec.precision = d.precision;
    const bool left = d.flags.find('-') != std::string::npos;
    spec.align = left ? '<' : '>';
    if (d.flags.find('0') != std::string::npos && !left) spec.fill = "0", spec.align = '=';
    if (d.flags.find(' ') != std::string::npos) spec.sign = ' ';
    if (d.flags.find('+') != std::string::npos) spec.sign = '+';
    spec.alternate = d.flags.find('#') != std::string::npos;
    spec.type = d.type;
    return ApplyType(value, spec);
  }

  bool ApplyType(const Value& value, Specification spec) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a': {
        std::string text;
        if (!(spec.type == 's' ? ToText(vm_, value, &text) : Repr(vm_, value, &text))) return false;
        if (spec.align == '=') spec.align = '>', spec.fill = " ";
        return FormatString(vm_, spec, text, &out_);
      }
      case 'c':
        if (auto* text = value.As<StringObject>()) return FormatString(vm_, spec, text->text(), &out_);
        return FormatNumber(vm_, value, spec, &out_);
      case 'd':
      case 'i':
      case 'u':
        return ApplyInteger(value, spec);
      default:
        break;
    }
    if (std::string_view("eEfFgGxXo").find(spec.type) == std::string_view::npos) {
      vm_.ThrowValue(absl::StrCat("unsupported format character '", std::string(1, spec.type), "' (0x",
                                  absl::Hex(static_cast<unsigned char>(spec.type)), ") at index 0"));
      return false;
    }
    double number;
    if (AsDouble(value, &number)) return FormatNumber(vm_, value, spec, &out_);
    const bool integral = spec.type == 'x' || spec.type == 'X' || spec.type == 'o';
    vm_.ThrowType(integral ? absl::StrCat("%", std::string(1, spec.type),
                                          " format: an integer is required, not ", TypeName(vm_, value))
                           : absl::StrCat("must be real number, not ", TypeName(vm_, value)));
    return false;
  }

  bool ApplyInteger(const Value& value, Specification spec) {
    double number;
    if (!AsDouble(value, &number)) {
      vm_.ThrowType(absl::StrCat("%", std::string(1, spec.type), " format: a real number is required, not ",
                                 TypeName(vm_, value)));
      return false;
    }
    spec.type = 'd';
    const int digits = spec.precision;
    spec.precision = -1;
    int64_t integer;
    if (!AsInteger(value, &integer)) integer = static_cast<int64_t>(number);
    if (digits > 0) {
      Specification inner;
      inner.width = digits + (integer < 0);
      inner.fill = "0";
      inner.align = '=';
      std::string text;
      if (!FormatNumber(vm_, Value::Int(integer), inner, &text)) return false;
      return FormatString(vm_, spec, text, &out_);
    }
    return FormatNumber(vm_, Value::Int(integer), spec, &out_);
  }

  Vm& vm_;
  std::string_view format_;
  const Value& arguments_;
  TupleObject* tuple_;
  std::string out_;
  size_t next_ = 0;
  bool used_key_ = false;
};

}  // namespace

Value PercentFormat(Vm& vm, std::string_view format, const Value& arguments) {
  return PercentFormatter(vm, format, arguments).Run();
}

}  // namespace lathe::script
