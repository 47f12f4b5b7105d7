// What calling a built-in class makes: int("42"), list(range(3)), dict(a=1), type(x), super().
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/natives.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

std::string_view Strip(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\n\r\f\v");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n\r\f\v") - begin + 1);
}

std::string WithoutUnderscores(std::string_view text) {
  std::string out;
  for (size_t k = 0; k < text.size(); ++k) {
    const bool between = k > 0 && k + 1 < text.size() &&
                         std::isalnum(static_cast<unsigned char>(text[k - 1])) &&
                         std::isalnum(static_cast<unsigned char>(text[k + 1]));
    if (text[k] != '_' || !between) out += text[k];
  }
  return out;
}

Value IntegerFromText(Vm& vm, const std::string& original, int64_t base) {
  const auto fail = [&] {
    return vm.ThrowValue(
        absl::StrCat("invalid literal for int() with base ", base, ": ", QuoteString(original)));
  };
  if (base != 0 && (base < 2 || base > 36)) return vm.ThrowValue("int() base must be >= 2 and <= 36, or 0");
  const std::string cleaned = WithoutUnderscores(Strip(original));
  std::string_view text = cleaned;
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.size() > 1 && text[0] == '0') {
    const int c = std::tolower(static_cast<unsigned char>(text[1]));
    const int64_t prefix_base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
    if (prefix_base != 0 && (base == prefix_base || base == 0)) {
      base = prefix_base;
      text.remove_prefix(2);
    }
  }
  if (base == 0) base = 10;
  uint64_t magnitude = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), magnitude, static_cast<int>(base));
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return fail();
  const uint64_t limit = negative ? uint64_t{1} << 63 : (uint64_t{1} << 63) - 1;
  if (error == std::errc::result_out_of_range || magnitude > limit) return IntegerOverflow(vm);
  return Value::Int(static_cast<int64_t>(negative ? 0 - magnitude : magnitude));
}

Value IntegerFromFloat(Vm& vm, double x) {
  if (std::isnan(x)) return vm.ThrowValue("cannot convert float NaN to integer");
  if (std::isinf(x)) return vm.Throw(ErrorKind::kOverflow, "cannot convert float infinity to integer");
  if (std::fabs(x) >= 9.2233720368547758e18) return IntegerOverflow(vm);
  return Value::Int(static_cast<int64_t>(x));
}

Value NewInteger(Vm& vm, const Arguments& a) {
  if (!a.Has(1)) return Value::Int(0);
  int64_t base = 10;
  if (a.Has(2) && !ToIndex(vm, a[2], &base)) return Value::Error();
  const Value x = Force(a[1]);
  if (auto* text = x.As<StringObject>()) return IntegerFromText(vm, text->text(), base);
  if (a.Has(2)) return vm.ThrowType("int() can't convert non-string with explicit base");
  if (x.IsIntegral()) return Value::Int(x.integer());
  if (x.IsFloat()) return IntegerFromFloat(vm, x.number());
  if (x.IsScalar()) {
    const Scalar scalar = x.scalar();
    if (IsFloat(scalar.dtype)) return IntegerFromFloat(vm, scalar.To<double>());
    if (scalar.dtype == DType::kUInt64 && scalar.bits > INT64_MAX) return IntegerOverflow(vm);
    return Value::Int(scalar.To<int64_t>());
  }
  if (auto* array = AsArray(x)) {
    if (array->array.size() != 1)
      return vm.ThrowType("only 0-dimensional arrays can be converted to Python scalars");
    const Value values[] = {a[0], Value::Of(array->array.item()), Value()};
    return NewInteger(vm, Arguments{values, {}});
  }
  for (const Ref<StringObject>& name : {vm.names().int_, vm.names().index}) {
    Value special = CallSpecial(vm, x, name);
    if (!special.IsUndefined()) return special;
  }
  return vm.ThrowType(absl::StrCat(
      "int() argument must be a string, a bytes-like object or a real number, not '", TypeName(vm, x), "'"));
}

Value NewFloat(Vm& vm, const Arguments& a) {
  if (!a.Has(1)) return Value::Float(0.0);
  const Value x = Force(a[1]);
  if (auto* text = x.As<StringObject>()) {
    const std::string cleaned = WithoutUnderscores(Strip(text->text()));
    char* end = nullptr;
    const double value = std::strtod(cleaned.c_str(), &end);
    const bool hexadecimal =
        cleaned.find_first_of("xX") != std::string::npos || cleaned.find('(') != std::string::npos;
    if (cleaned.empty() || *end != '\0' || hexadecimal) {
      return vm.ThrowValue(absl::StrCat("could not convert string to float: ", QuoteString(text->text())));
    }
    return Value::Float(value);
  }
  double number;
  if (AsArray(x) && AsArray(x)->array.size() != 1) {
    return vm.ThrowType("only 0-dimensional arrays can be converted to Python scalars");
  }
  if (AsDouble(x, &number)) return Value::Float(number);
  Value special = CallSpecial(vm, x, vm.names().float_);
  if (!special.IsUndefined()) return special;
  return vm.ThrowType(
      absl::StrCat("float() argument must be a string or a real number, not '", TypeName(vm, x), "'"));
}

Value NewBool(Vm& vm, const Arguments& a) {
  const int truth = a.Has(1) ? Truth(vm, a[1]) : 0;
  return truth < 0 ? Value::Error() : Value::Bool(truth == 1);
}

Value NewString(Vm& vm, const Arguments& a) {
  std::string text;
  if (a.Has(1) && !ToText(vm, a[1], &text)) return Value::Error();
  return Str(std::move(text));
}

Value NewList(Vm& vm, const Arguments& a) {
  std::vector<Value> items;
  if (a.Has(1) && !CollectItems(vm, a[1], &items)) return Value::Error();
  return MakeList(std::move(items));
}

Value NewTuple(Vm& vm, const Arguments& a) {
  if (a.Has(1) && a[1].As<TupleObject>()) return a[1];
  std::vector<Value> items;
  if (a.Has(1) && !CollectItems(vm, a[1], &items)) return Value::Error();
  return MakeTuple(std::move(items));
}

Value NewSet(Vm& vm, const Arguments& a) {
  Ref<SetObject> set = Make<SetObject>();
  std::vector<Value> items;
  if (a.Has(1) && !CollectItems(vm, a[1], &items)) return Value::Error();
  for (const Value& item : items) {
    uint64_t hash;
    if (!Hash(vm, item, &hash)) return Value::Error();
    if (!set->table.Set(vm, item, hash, Value::None())) return Value::Error();
  }
  return set;
}

Value NewRange(Vm& vm, const Arguments& a) {
  int64_t values[3] = {0, 0, 1};
  const bool only_stop = !a.Has(2);
  if (!ToIndex(vm, a[1], &values[only_stop ? 1 : 0])) return Value::Error();
  if (!only_stop && !ToIndex(vm, a[2], &values[1])) return Value::Error();
  if (a.Has(3) && !ToIndex(vm, a[3], &values[2])) return Value::Error();
  if (values[2] == 0) return vm.ThrowValue("range() arg 3 must not be zero");
  return Make<RangeObject>(values[0], values[1], values[2]);
}

Value NewSlice(Vm&, const Arguments& a) {
  if (!a.Has(2)) return Make<SliceObject>(Value::None(), a[1], Value::None());
  return Make<SliceObject>(a[1], a[2], a.Has(3) ? a[3] : Value::None());
}

Value NewType(Vm& vm, const Arguments& a) { return Value(static_cast<Object*>(ClassOf(vm, a[1]))); }

Value NewProperty(Vm&, const Arguments& a) {
  return Make<PropertyObject>(PropertyObject::Role::kProperty, a[1], a.Given(2) ? a[2] : Value());
}
Value NewStaticMethod(Vm&, const Arguments& a) {
  return Make<PropertyObject>(PropertyObject::Role::kStatic, a[1]);
}
Value NewClassMethod(Vm&, const Arguments& a) {
  return Make<PropertyObject>(PropertyObject::Role::kClass, a[1]);
}

// @name.setter
Value PropertySetter(Vm&, const Arguments& a) {
  return Make<PropertyObject>(PropertyObject::Role::kProperty, a[0].Get<PropertyObject>()->getter, a[1]);
}

// super() without arguments: the class that defines the calling method, and its first argument.
Value NewSuper(Vm& vm, const Arguments& a) {
  if (a.Has(2)) {
    auto* type = a[1].As<ClassObject>();
    if (!type) return vm.ThrowType("super() argument 1 must be a type");
    return Make<SuperObject>(Ref<ClassObject>(type), a[2]);
  }
  const Frame* caller = vm.caller();
  if (!caller || !caller->function || !caller->function->owner || caller->code->positional_count == 0) {
    return vm.Throw(ErrorKind::kRuntime, "super(): no arguments");
  }
  Value self = caller->slots[0];
  if (auto* cell = self.As<CellObject>()) self = Value(cell->value);
  return Make<SuperObject>(Ref<ClassObject>(caller->function->owner), std::move(self));
}

bool FillDict(Vm& vm, DictObject& dict, const Value& source) {
  if (auto* other = source.As<DictObject>()) return dict.table.SetAll(vm, other->table);
  std::vector<Value> pairs;
  if (!CollectItems(vm, source, &pairs)) return false;
  for (size_t k = 0; k < pairs.size(); ++k) {
    std::vector<Value> pair;
    if (!pairs[k].IsObject()) {
      vm.ThrowType(absl::StrCat("cannot convert dictionary update sequence element #", k, " to a sequence"));
      return false;
    }
    if (!CollectItems(vm, pairs[k], &pair)) return false;
    if (pair.size() != 2) {
      vm.ThrowValue(absl::StrCat("dictionary update sequence element #", k, " has length ", pair.size(),
                                 "; 2 is required"));
      return false;
    }
    if (!DictSet(vm, dict, pair[0], pair[1])) return false;
  }
  return true;
}

// dict(source, **items): the keywords arrive as one dict, see Signature::keywords.
Value NewDictFromArguments(Vm& vm, const Arguments& a) {
  Ref<DictObject> dict = Make<DictObject>();
  if (a.Has(1) && !FillDict(vm, *dict, a[1])) return Value::Error();
  if (a.Has(2) && !FillDict(vm, *dict, a[2])) return Value::Error();
  return dict;
}

Value DictUpdate(Vm& vm, const Arguments& a) {
  DictObject& dict = *a[0].Get<DictObject>();
  if (a.Has(1) && !FillDict(vm, dict, a[1])) return Value::Error();
  if (a.Has(2) && !FillDict(vm, dict, a[2])) return Value::Error();
  return Value::None();
}

Value BytesConstructor(Vm& vm, const Arguments& a) {
  std::string text;
  if (a.Has(1)) {
    std::vector<Value> items;
    if (auto* string = a[1].As<StringObject>()) {
      text = string->text();
    } else if (!CollectItems(vm, a[1], &items)) {
      return Value::Error();
    }
    for (const Value& item : items) {
      int64_t byte;
      if (!ToIndex(vm, item, &byte)) return Value::Error();
      if (byte < 0 || byte > 255) return vm.ThrowValue("bytes must be in range(0, 256)");
      text += static_cast<char>(byte);
    }
  }
  return Make<StringObject>(std::move(text), true);
}

}  // namespace

void DefineConstructors(Vm& vm) {
  BuiltinClasses& c = vm.classes();
  DefineConstructor(vm, *c.integer, "x=0, base=10", NewInteger);
  DefineConstructor(vm, *c.number, "x=0.0", NewFloat);
  DefineConstructor(vm, *c.boolean, "x=False", NewBool);
  DefineConstructor(vm, *c.string, "object='', encoding=None", NewString);
  DefineConstructor(vm, *c.bytes, "source='', encoding=None", BytesConstructor);
  DefineConstructor(vm, *c.list, "iterable=()", NewList);
  DefineConstructor(vm, *c.tuple, "iterable=()", NewTuple);
  DefineConstructor(vm, *c.set, "iterable=()", NewSet);
  DefineConstructor(vm, *c.dict, "source=(), **items", NewDictFromArguments);
  DefineConstructor(vm, *c.range, "start, stop=0, step=1", NewRange);
  DefineConstructor(vm, *c.slice, "start, stop=None, step=None", NewSlice);
  DefineConstructor(vm, *c.type, "object", NewType);
  DefineConstructor(vm, *c.property, "fget, fset=None, fdel=None, doc=None", NewProperty);
  DefineConstructor(vm, *c.static_method, "function", NewStaticMethod);
  DefineConstructor(vm, *c.class_method, "function", NewClassMethod);
  DefineConstructor(vm, *c.super, "type=None, object=None", NewSuper);
  static constexpr NativeRow kPropertyMethods[] = {{"setter", "function", PropertySetter}};
  DefineMethods(vm, *c.property, kPropertyMethods);
  static constexpr NativeRow kDictMethods[] = {{"update", "source=(), **items", DictUpdate}};
  DefineMethods(vm, *c.dict, kDictMethods);
}

}  // namespace lathe::script
