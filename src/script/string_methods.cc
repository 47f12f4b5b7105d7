// Methods of str. Case and classes of characters are those of ASCII; other characters pass unchanged.
#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/natives.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

const std::string& Self(const Arguments& a) { return a[0].Get<StringObject>()->text(); }
char Upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }
char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlpha(char c) { return IsUpper(c) || IsLower(c) || (c & 0x80); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

template <class Function>
Value Transform(const Arguments& a, Function function) {
  std::string text = Self(a);
  for (char& c : text) c = function(c);
  return Str(std::move(text));
}

Value ToUpper(Vm&, const Arguments& a) { return Transform(a, Upper); }
Value ToLower(Vm&, const Arguments& a) { return Transform(a, Lower); }
Value SwapCase(Vm&, const Arguments& a) {
  return Transform(a, [](char c) { return IsUpper(c) ? Lower(c) : Upper(c); });
}
Value Capitalize(Vm&, const Arguments& a) {
  bool first = true;
  return Transform(a, [&](char c) { return std::exchange(first, false) ? Upper(c) : Lower(c); });
}
Value Title(Vm&, const Arguments& a) {
  bool inside = false;
  return Transform(a, [&](char c) {
    const char out = inside ? Lower(c) : Upper(c);
    inside = IsAlpha(c);
    return out;
  });
}

template <class Predicate>
Value AllOf(const Arguments& a, Predicate predicate) {
  const std::string& text = Self(a);
  return Value::Bool(!text.empty() && std::all_of(text.begin(), text.end(), predicate));
}
Value IsDigits(Vm&, const Arguments& a) { return AllOf(a, IsDigit); }
Value IsLetters(Vm&, const Arguments& a) { return AllOf(a, IsAlpha); }
Value IsAlnum(Vm&, const Arguments& a) {
  return AllOf(a, [](char c) { return IsAlpha(c) || IsDigit(c); });
}
Value IsBlank(Vm&, const Arguments& a) { return AllOf(a, IsSpace); }
Value IsIdentifier(Vm&, const Arguments& a) {
  return Value::Bool(!Self(a).empty() && !IsDigit(Self(a)[0]) &&
                     std::all_of(Self(a).begin(), Self(a).end(),
                                 [](char c) { return IsAlpha(c) || IsDigit(c) || c == '_'; }));
}
Value IsLowerCase(Vm&, const Arguments& a) {
  return Value::Bool(std::any_of(Self(a).begin(), Self(a).end(), IsLower) &&
                     std::none_of(Self(a).begin(), Self(a).end(), IsUpper));
}
Value IsUpperCase(Vm&, const Arguments& a) {
  return Value::Bool(std::any_of(Self(a).begin(), Self(a).end(), IsUpper) &&
                     std::none_of(Self(a).begin(), Self(a).end(), IsLower));
}

// ---- Stripping --------------------------------------------------------------------------------------
Value StripSides(Vm& vm, const Arguments& a, bool left, bool right) {
  std::string set = " \t\n\r\f\v";
  if (a.Given(1) && !ToStringArgument(vm, a[1], "strip arg", &set)) return Value::Error();
  const std::string& text = Self(a);
  size_t begin = 0, end = text.size();
  while (left && begin < end && set.find(text[begin]) != std::string::npos) ++begin;
  while (right && end > begin && set.find(text[end - 1]) != std::string::npos) --end;
  return Str(text.substr(begin, end - begin));
}
Value Strip(Vm& vm, const Arguments& a) { return StripSides(vm, a, true, true); }
Value LStrip(Vm& vm, const Arguments& a) { return StripSides(vm, a, true, false); }
Value RStrip(Vm& vm, const Arguments& a) { return StripSides(vm, a, false, true); }

Value RemovePrefix(Vm& vm, const Arguments& a) {
  std::string prefix;
  if (!ToStringArgument(vm, a[1], "removeprefix() argument", &prefix)) return Value::Error();
  return Self(a).starts_with(prefix) ? Str(Self(a).substr(prefix.size())) : a[0];
}
Value RemoveSuffix(Vm& vm, const Arguments& a) {
  std::string suffix;
  if (!ToStringArgument(vm, a[1], "removesuffix() argument", &suffix)) return Value::Error();
  return Self(a).ends_with(suffix) && !suffix.empty() ? Str(Self(a).substr(0, Self(a).size() - suffix.size()))
                                                      : a[0];
}

// ---- Splitting and joining --------------------------------------------------------------------------
Value SplitBlanks(const std::string& text, int64_t limit, bool from_right) {
  std::vector<Value> parts;
  if (!from_right) {
    size_t k = 0;
    for (;;) {
      while (k < text.size() && IsSpace(text[k])) ++k;
      if (k >= text.size()) break;
      size_t end = k;
      if (limit >= 0 && static_cast<int64_t>(parts.size()) == limit) {
        end = text.size();
        while (end > k && IsSpace(text[end - 1])) --end;
      } else {
        while (end < text.size() && !IsSpace(text[end])) ++end;
      }
      parts.push_back(Str(text.substr(k, end - k)));
      k = end;
    }
    return MakeList(std::move(parts));
  }
  size_t end = text.size();
  for (;;) {
    while (end > 0 && IsSpace(text[end - 1])) --end;
    if (end == 0) break;
    size_t begin = end;
    if (limit >= 0 && static_cast<int64_t>(parts.size()) == limit) {
      begin = 0;
      while (begin < end && IsSpace(text[begin])) ++begin;
    } else {
      while (begin > 0 && !IsSpace(text[begin - 1])) --begin;
    }
    parts.push_back(Str(text.substr(begin, end - begin)));
    end = begin;
    if (limit >= 0 && static_cast<int64_t>(parts.size()) > limit) break;
  }
  std::reverse(parts.begin(), parts.end());
  return MakeList(std::move(parts));
}

Value SplitText(Vm& vm, const Arguments& a, bool from_right) {
  int64_t limit = -1;
  if (a.Has(2) && !ToIndex(vm, a[2], &limit)) return Value::Error();
  const std::string& text = Self(a);
  if (!a.Given(1)) return SplitBlanks(text, limit, from_right);
  std::string separator;
  if (!ToStringArgument(vm, a[1], "must be str or None, not separator", &separator)) return Value::Error();
  if (separator.empty()) return vm.ThrowValue("empty separator");
  std::vector<std::string> parts;
  if (!from_right) {
    size_t begin = 0;
    while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
      const size_t end = text.find(separator, begin);
      if (end == std::string::npos) break;
      parts.push_back(text.substr(begin, end - begin));
      begin = end + separator.size();
    }
    parts.push_back(text.substr(begin));
  } else {
    size_t end = text.size();
    while (limit < 0 || static_cast<int64_t>(parts.size()) < limit) {
      const size_t begin =
          end < separator.size() ? std::string::npos : text.rfind(separator, end - separator.size());
      if (begin == std::string::npos) break;
      parts.push_back(text.substr(begin + separator.size(), end - begin - separator.size()));
      end = begin;
    }
    parts.push_back(text.substr(0, end));
    std::reverse(parts.begin(), parts.end());
  }
  std::vector<Value> values;
  for (std::string& part : parts) values.push_back(Str(std::move(part)));
  return MakeList(std::move(values));
}
Value Split(Vm& vm, const Arguments& a) { return SplitText(vm, a, false); }
Value RSplit(Vm& vm, const Arguments& a) { return SplitText(vm, a, true); }

Value SplitLines(Vm& vm, const Arguments& a) {
  const bool keep = a.Has(1) && Truth(vm, a[1]) == 1;
  const std::string& text = Self(a);
  std::vector<Value> lines;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find_first_of("\n\r", begin), text.size());
    size_t next = std::min(end + 1, text.size());
    if (end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n') ++next;
    lines.push_back(Str(text.substr(begin, (keep ? next : end) - begin)));
    begin = next;
  }
  return MakeList(std::move(lines));
}

Value PartitionText(Vm& vm, const Arguments& a, bool last) {
  std::string separator;
  if (!ToStringArgument(vm, a[1], "separator", &separator)) return Value::Error();
  if (separator.empty()) return vm.ThrowValue("empty separator");
  const std::string& text = Self(a);
  const size_t at = last ? text.rfind(separator) : text.find(separator);
  if (at == std::string::npos) {
    return last ? MakeTuple({Str(""), Str(""), a[0]}) : MakeTuple({a[0], Str(""), Str("")});
  }
  return MakeTuple({Str(text.substr(0, at)), Str(separator), Str(text.substr(at + separator.size()))});
}
Value Partition(Vm& vm, const Arguments& a) { return PartitionText(vm, a, false); }
Value RPartition(Vm& vm, const Arguments& a) { return PartitionText(vm, a, true); }

Value Join(Vm& vm, const Arguments& a) {
  std::vector<Value> items;
  if (!a[1].IsObject()) return vm.ThrowType("can only join an iterable");
  if (!CollectItems(vm, a[1], &items)) return Value::Error();
  std::string text;
  for (size_t k = 0; k < items.size(); ++k) {
    auto* item = items[k].As<StringObject>();
    if (!item) {
      return vm.ThrowType(
          absl::StrCat("sequence item ", k, ": expected str instance, ", TypeName(vm, items[k]), " found"));
    }
    if (k > 0) text += Self(a);
    text += item->text();
  }
  return Str(std::move(text));
}

// ---- Searching --------------------------------------------------------------------------------------
// Byte range of the optional start and end arguments (1-based positions in `a` from `first`).
bool SearchRange(Vm& vm, const Arguments& a, size_t first, size_t* begin, size_t* end) {
  const auto* self = a[0].Get<StringObject>();
  int64_t from = 0, to = self->length();
  if (a.Given(first) && !ToIndex(vm, a[first], &from)) return false;
  if (a.Given(first + 1) && !ToIndex(vm, a[first + 1], &to)) return false;
  if (from < 0) from = std::max<int64_t>(from + self->length(), 0);
  if (to < 0) to += self->length();
  to = std::min(to, self->length());
  *begin = Utf8Offset(self->text(), from);
  *end = to < from ? std::string::npos : Utf8Offset(self->text(), to);
  return true;
}

// Index of the found part in code points; -1: not found, -2: failed.
int64_t FindPart(Vm& vm, const Arguments& a, bool last) {
  std::string part;
  size_t begin, end;
  if (!ToStringArgument(vm, a[1], "argument", &part) || !SearchRange(vm, a, 2, &begin, &end)) return -2;
  if (end == std::string::npos) return -1;
  const std::string_view range = std::string_view(Self(a)).substr(0, end);
  size_t at = last ? range.rfind(part) : range.find(part, begin);
  if (at == std::string_view::npos || at < begin) return -1;
  return static_cast<int64_t>(std::count_if(range.begin(), range.begin() + static_cast<std::ptrdiff_t>(at),
                                            [](char c) { return (c & 0xC0) != 0x80; }));
}
Value Find(Vm& vm, const Arguments& a) {
  const int64_t at = FindPart(vm, a, false);
  return at == -2 ? Value::Error() : Value::Int(at);
}
Value RFind(Vm& vm, const Arguments& a) {
  const int64_t at = FindPart(vm, a, true);
  return at == -2 ? Value::Error() : Value::Int(at);
}
Value IndexOf(Vm& vm, const Arguments& a) {
  const int64_t at = FindPart(vm, a, false);
  return at == -2 ? Value::Error() : at < 0 ? vm.ThrowValue("substring not found") : Value::Int(at);
}

Value Count(Vm& vm, const Arguments& a) {
  std::string part;
  if (!ToStringArgument(vm, a[1], "argument", &part)) return Value::Error();
  if (part.empty()) return Value::Int(a[0].Get<StringObject>()->length() + 1);
  int64_t count = 0;
  for (size_t at = Self(a).find(part); at != std::string::npos; at = Self(a).find(part, at + part.size()))
    ++count;
  return Value::Int(count);
}

Value StartsOrEnds(Vm& vm, const Arguments& a, bool starts) {
  size_t begin, end;
  if (!SearchRange(vm, a, 2, &begin, &end)) return Value::Error();
  if (end == std::string::npos) return Value::Bool(false);
  const std::string_view range = std::string_view(Self(a)).substr(begin, end - begin);
  const auto matches = [&](const Value& part) {
    const std::string& text = part.Get<StringObject>()->text();
    return starts ? range.starts_with(text) : range.ends_with(text);
  };
  if (a[1].As<StringObject>()) return Value::Bool(matches(a[1]));
  if (auto* tuple = a[1].As<TupleObject>()) {
    return Value::Bool(std::any_of(tuple->items.begin(), tuple->items.end(), [&](const Value& part) {
      return part.As<StringObject>() && matches(part);
    }));
  }
  return vm.ThrowType(absl::StrCat(starts ? "startswith" : "endswith",
                                   " first arg must be str or a tuple of str, not ", TypeName(vm, a[1])));
}
Value StartsWith(Vm& vm, const Arguments& a) { return StartsOrEnds(vm, a, true); }
Value EndsWith(Vm& vm, const Arguments& a) { return StartsOrEnds(vm, a, false); }

Value Replace(Vm& vm, const Arguments& a) {
  std::string from, to;
  int64_t limit = -1;
  if (!ToStringArgument(vm, a[1], "replace() argument 1", &from)) return Value::Error();
  if (!ToStringArgument(vm, a[2], "replace() argument 2", &to)) return Value::Error();
  if (a.Has(3) && !ToIndex(vm, a[3], &limit)) return Value::Error();
  const std::string& text = Self(a);
  std::string out;
  size_t begin = 0;
  for (int64_t done = 0; limit < 0 || done < limit; ++done) {
    const size_t at = text.find(from, begin);
    if (at == std::string::npos) break;
    out += text.substr(begin, at - begin) + to;
    begin = at + from.size();
    if (from.empty()) {
      if (at >= text.size()) break;
      const size_t length = Utf8Length(text, at);
      out += text.substr(at, length);
      begin = at + length;
    }
  }
  if (begin <= text.size()) out += text.substr(begin);
  return Str(std::move(out));
}

// ---- Padding ----------------------------------------------------------------------------------------
Value Justify(Vm& vm, const Arguments& a, char align) {
  int64_t width;
  std::string fill = " ";
  if (!ToIndex(vm, a[1], &width)) return Value::Error();
  if (a.Has(2) && !ToStringArgument(vm, a[2], "The fill character", &fill)) return Value::Error();
  const int64_t missing =
      std::max<int64_t>(std::clamp<int64_t>(width, 0, 1 << 28) - a[0].Get<StringObject>()->length(), 0);
  int64_t left = align == '<' ? 0 : missing;
  // Python puts the odd one to the left if the width is odd.
  if (align == '^') left = missing / 2 + (missing & width & 1);
  std::string out;
  for (int64_t k = 0; k < left; ++k) out += fill;
  out += Self(a);
  for (int64_t k = left; k < missing; ++k) out += fill;
  return Str(std::move(out));
}
Value LJust(Vm& vm, const Arguments& a) { return Justify(vm, a, '<'); }
Value RJust(Vm& vm, const Arguments& a) { return Justify(vm, a, '>'); }
Value Center(Vm& vm, const Arguments& a) { return Justify(vm, a, '^'); }

Value ZFill(Vm& vm, const Arguments& a) {
  int64_t width;
  if (!ToIndex(vm, a[1], &width)) return Value::Error();
  std::string text = Self(a);
  const int64_t missing = std::clamp<int64_t>(width, 0, 1 << 28) - a[0].Get<StringObject>()->length();
  const size_t sign = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
  if (missing > 0) text.insert(sign, static_cast<size_t>(missing), '0');
  return Str(std::move(text));
}

Value ExpandTabs(Vm& vm, const Arguments& a) {
  int64_t size = 8;
  if (a.Has(1) && !ToIndex(vm, a[1], &size)) return Value::Error();
  std::string out;
  int64_t column = 0;
  for (char c : Self(a)) {
    if (c == '\t') {
      const int64_t spaces = size > 0 ? size - column % size : 0;
      out += std::string(static_cast<size_t>(spaces), ' ');
      column += spaces;
    } else {
      out += c;
      column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
  }
  return Str(std::move(out));
}

// ---- format() ---------------------------------------------------------------------------------------
class TemplateFormatter {
 public:
  TemplateFormatter(Vm& vm, const Arguments& a)
      : vm_(vm), positional_(a.rest), named_(a.Has(1) ? a[1].As<DictObject>() : nullptr) {}

  bool Run(std::string_view text, std::string* out, int depth = 0) {
    for (size_t k = 0; k < text.size();) {
      const char c = text[k];
      if ((c == '{' || c == '}') && k + 1 < text.size() && text[k + 1] == c) {
        *out += c;
        k += 2;
      } else if (c == '}') {
        return Fail("Single '}' encountered in format string");
      } else if (c == '{') {
        if (!RunField(text, &k, out, depth)) return false;
      } else {
        *out += c;
        ++k;
      }
    }
    return true;
  }

 private:
  bool Fail(std::string message) {
    vm_.ThrowValue(std::move(message));
    return false;
  }

  bool RunField(std::string_view text, size_t* k, std::string* out, int depth) {
    int level = 0;
    size_t end = *k;
    for (; end < text.size(); ++end) {
      if (text[end] == '{') ++level;
      if (text[end] == '}' && --level == 0) break;
    }
    if (end >= text.size()) return Fail("expected '}' before end of string");
    if (depth > 1) return Fail("Max string recursion exceeded");
    std::string_view field = text.substr(*k + 1, end - *k - 1);
    *k = end + 1;
    std::string specification;
    char conversion = 0;
    if (const size_t colon = field.find(':'); colon != std::string_view::npos) {
      if (!Run(field.substr(colon + 1), &specification, depth + 1)) return false;
      field = field.substr(0, colon);
    }
    if (const size_t mark = field.find('!'); mark != std::string_view::npos && mark + 1 < field.size()) {
      conversion = field[mark + 1];
      field = field.substr(0, mark);
    }
    Value value = Lookup(field);
    if (value.IsError()) return false;
    if (conversion) {
      std::string converted;
      if (!(conversion == 's' ? ToText(vm_, value, &converted) : Repr(vm_, value, &converted))) return false;
      value = Str(std::move(converted));
    }
    return Format(vm_, value, specification, out);
  }

  // "0", "name", "0.attribute[index]"
  Value Lookup(std::string_view field) {
    const size_t end = std::min(field.find_first_of(".["), field.size());
    const std::string first(field.substr(0, end));
    Value value;
    const bool number = !first.empty() && std::all_of(first.begin(), first.end(), IsDigit);
    if (first.empty() || number) {
      const size_t index = number ? static_cast<size_t>(std::atol(first.c_str())) : next_++;
      if (index >= positional_.size()) {
        return vm_.Throw(ErrorKind::kIndex, absl::StrCat("Replacement index ", index,
                                                         " out of range for positional args tuple"));
      }
      value = positional_[index];
    } else {
      if (named_) value = DictGet(vm_, *named_, Str(first));
      if (value.IsUndefined()) return vm_.Throw(ErrorKind::kKey, first);
    }
    return Descend(std::move(value), field.substr(end));
  }

  Value Descend(Value value, std::string_view path) {
    while (!path.empty() && !value.IsError()) {
      const bool attribute = path[0] == '.';
      const size_t end = attribute ? std::min(path.find_first_of(".[", 1), path.size()) : path.find(']');
      if (end == std::string_view::npos) return vm_.ThrowValue("Missing ']' in format string");
      const std::string name(path.substr(1, end - 1));
      if (attribute) {
        value = GetAttribute(vm_, value, vm_.Intern(name));
        path.remove_prefix(end);
      } else {
        const bool number = !name.empty() && std::all_of(name.begin(), name.end(), IsDigit);
        value = GetItem(vm_, value, number ? Value::Int(std::atol(name.c_str())) : Str(name));
        path.remove_prefix(end + 1);
      }
    }
    return value;
  }

  Vm& vm_;
  std::span<const Value> positional_;
  DictObject* named_;
  size_t next_ = 0;
};

Value FormatTemplate(Vm& vm, const Arguments& a) {
  std::string out;
  return TemplateFormatter(vm, a).Run(Self(a), &out) ? Str(std::move(out)) : Value::Error();
}

Value Encode(Vm&, const Arguments& a) { return Make<StringObject>(Self(a), true); }
Value Decode(Vm&, const Arguments& a) { return Str(Self(a)); }

constexpr NativeRow kMethods[] = {
    {"upper", "", ToUpper},
    {"lower", "", ToLower},
    {"casefold", "", ToLower},
    {"swapcase", "", SwapCase},
    {"capitalize", "", Capitalize},
    {"title", "", Title},
    {"isdigit", "", IsDigits},
    {"isnumeric", "", IsDigits},
    {"isdecimal", "", IsDigits},
    {"isalpha", "", IsLetters},
    {"isalnum", "", IsAlnum},
    {"isspace", "", IsBlank},
    {"islower", "", IsLowerCase},
    {"isupper", "", IsUpperCase},
    {"isidentifier", "", IsIdentifier},
    {"strip", "chars=None", Strip},
    {"lstrip", "chars=None", LStrip},
    {"rstrip", "chars=None", RStrip},
    {"removeprefix", "prefix", RemovePrefix},
    {"removesuffix", "suffix", RemoveSuffix},
    {"split", "sep=None, maxsplit=-1", Split},
    {"rsplit", "sep=None, maxsplit=-1", RSplit},
    {"splitlines", "keepends=False", SplitLines},
    {"partition", "sep", Partition},
    {"rpartition", "sep", RPartition},
    {"join", "iterable", Join},
    {"find", "sub, start=None, end=None", Find},
    {"rfind", "sub, start=None, end=None", RFind},
    {"index", "sub, start=None, end=None", IndexOf},
    {"count", "sub", Count},
    {"startswith", "prefix, start=None, end=None", StartsWith},
    {"endswith", "suffix, start=None, end=None", EndsWith},
    {"replace", "old, new, count=-1", Replace},
    {"ljust", "width, fillchar=' '", LJust},
    {"rjust", "width, fillchar=' '", RJust},
    {"center", "width, fillchar=' '", Center},
    {"zfill", "width", ZFill},
    {"expandtabs", "tabsize=8", ExpandTabs},
    {"format", "*args, **kwargs", FormatTemplate},
    {"encode", "encoding=None, errors=None", Encode},
};
constexpr NativeRow kBytesMethods[] = {
    {"decode", "encoding=None, errors=None", Decode},
    {"split", "sep=None, maxsplit=-1", Split},
    {"strip", "chars=None", Strip},
    {"startswith", "prefix, start=None, end=None", StartsWith},
    {"endswith", "suffix, start=None, end=None", EndsWith},
};

}  // namespace

void DefineStringMethods(Vm& vm) {
  DefineMethods(vm, *vm.classes().string, kMethods);
  DefineMethods(vm, *vm.classes().bytes, kBytesMethods);
}

}  // namespace lathe::script
