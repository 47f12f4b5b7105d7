// The built-in functions.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/natives.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

// ---- Output and input -------------------------------------------------------------------------------
Value Print(Vm& vm, const Arguments& a) {
  std::string separator = " ", end = "\n", line;
  if (a.Given(0) && !ToStringArgument(vm, a[0], "sep", &separator)) return Value::Error();
  if (a.Given(1) && !ToStringArgument(vm, a[1], "end", &end)) return Value::Error();
  for (size_t k = 0; k < a.rest.size(); ++k) {
    if (k > 0) line += separator;
    if (!ToText(vm, a.rest[k], &line)) return Value::Error();
  }
  line += end;
  if (a.Given(2)) {
    const Value write = GetAttribute(vm, a[2], vm.Intern("write"));
    if (write.IsError() || vm.Call(write, {Str(std::move(line))}).IsError()) return Value::Error();
    return Value::None();
  }
  vm.out() << line;
  if (a.Has(3) && Truth(vm, a[3]) == 1) vm.out().flush();
  return Value::None();
}

Value Input(Vm& vm, const Arguments& a) {
  std::string prompt, line;
  if (a.Has(0) && !ToText(vm, a[0], &prompt)) return Value::Error();
  vm.out() << prompt << std::flush;
  if (!std::getline(std::cin, line)) return vm.Throw(ErrorKind::kEndOfFile, "EOF when reading a line");
  return Str(std::move(line));
}

Value Open(Vm& vm, const Arguments& a) {
  std::string path, mode = "r";
  if (!ToStringArgument(vm, a[0], "file", &path)) return Value::Error();
  if (a.Given(1) && !ToStringArgument(vm, a[1], "mode", &mode)) return Value::Error();
  std::ios::openmode flags{};
  for (char c : mode) {
    switch (c) {
      case 'r':
        flags |= std::ios::in;
        break;
      case 'w':
        flags |= std::ios::out | std::ios::trunc;
        break;
      case 'a':
        flags |= std::ios::out | std::ios::app;
        break;
      case 'b':
        flags |= std::ios::binary;
        break;
      case '+':
        flags |= std::ios::in | std::ios::out;
        break;
      case 't':
        break;
      default:
        return vm.ThrowValue(absl::StrCat("invalid mode: '", mode, "'"));
    }
  }
  errno = 0;
  auto stream = std::make_unique<std::fstream>(path, flags);
  if (!*stream) {
    const int code = errno ? errno : ENOENT;
    const ErrorKind kind = code == ENOENT ? ErrorKind::kFileNotFound : ErrorKind::kOS;
    return vm.Throw(kind, absl::StrCat("[Errno ", code, "] ", std::strerror(code), ": ", QuoteString(path)));
  }
  Ref<FileObject> file = Make<FileObject>(path, mode);
  file->stream = std::move(stream);
  return file;
}

// ---- Sequences --------------------------------------------------------------------------------------
Value Len(Vm& vm, const Arguments& a) {
  const int64_t length = Length(vm, a[0]);
  return length < 0 ? Value::Error() : Value::Int(length);
}

Value Sum(Vm& vm, const Arguments& a) {
  Value total = a.Has(1) ? a[1] : Value::Int(0);
  if (total.As<StringObject>()) return vm.ThrowType("sum() can't sum strings [use ''.join(seq) instead]");
  const Value iterator = GetIterator(vm, a[0]);
  if (iterator.IsError()) return iterator;
  for (;;) {
    const Value item = NextOf(vm, iterator);
    if (item.IsError()) return item;
    if (item.IsUndefined()) return total;
    int64_t sum;
    if (total.IsInt() && item.IsIntegral() &&
        !__builtin_add_overflow(total.integer(), item.integer(), &sum)) {
      total.SetInt(sum);
      continue;
    }
    total = BinaryOperation(vm, Bytecode::kAdd, total, item);
    if (total.IsError()) return total;
  }
}

// min and max: of the arguments, or of the items of the only one.
Value Extreme(Vm& vm, const Arguments& a, bool largest) {
  const char* name = largest ? "max" : "min";
  std::vector<Value> items;
  const Value key = a.Given(0) ? a[0] : Value::None();
  if (a.rest.empty()) return vm.ThrowType(absl::StrCat(name, " expected at least 1 argument, got 0"));
  if (a.rest.size() == 1) {
    if (!CollectItems(vm, a.rest[0], &items)) return Value::Error();
    if (items.empty()) {
      if (a.Has(1)) return a[1];
      return vm.ThrowValue(absl::StrCat(name, "() arg is an empty sequence"));
    }
  } else {
    items.assign(a.rest.begin(), a.rest.end());
  }
  Value best, best_key;
  for (const Value& item : items) {
    Value item_key = key.IsNone() ? item : vm.Call(key, {item});
    if (item_key.IsError()) return item_key;
    if (best.IsUndefined()) {
      best = item;
      best_key = std::move(item_key);
      continue;
    }
    const int better = largest ? Less(vm, best_key, item_key) : Less(vm, item_key, best_key);
    if (better < 0) return Value::Error();
    if (better == 1) {
      best = item;
      best_key = std::move(item_key);
    }
  }
  return best;
}
Value Min(Vm& vm, const Arguments& a) { return Extreme(vm, a, false); }
Value Max(Vm& vm, const Arguments& a) { return Extreme(vm, a, true); }

Value Sorted(Vm& vm, const Arguments& a) {
  std::vector<Value> items;
  if (!CollectItems(vm, a[0], &items)) return Value::Error();
  if (!SortValues(vm, &items, a.Given(1) ? a[1] : Value::None(), a.Has(2) && Truth(vm, a[2]) == 1))
    return Value::Error();
  return MakeList(std::move(items));
}

Value Enumerate(Vm& vm, const Arguments& a) {
  int64_t start = 0;
  if (a.Has(1) && !ToIndex(vm, a[1], &start)) return Value::Error();
  return MakeEnumerate(vm, a[0], start);
}

bool IteratorsOf(Vm& vm, std::span<const Value> iterables, std::vector<Value>* iterators) {
  for (const Value& iterable : iterables) {
    iterators->push_back(GetIterator(vm, iterable));
    if (iterators->back().IsError()) return false;
  }
  return true;
}

Value Zip(Vm& vm, const Arguments& a) {
  std::vector<Value> iterators;
  if (!IteratorsOf(vm, a.rest, &iterators)) return Value::Error();
  return MakeZip(vm, std::move(iterators), a.Has(0) && Truth(vm, a[0]) == 1);
}

Value Map(Vm& vm, const Arguments& a) {
  std::vector<Value> iterators;
  if (a.rest.empty()) return vm.ThrowType("map() must have at least two arguments.");
  if (!IteratorsOf(vm, a.rest, &iterators)) return Value::Error();
  return MakeMap(vm, a[0], std::move(iterators));
}

Value Filter(Vm& vm, const Arguments& a) {
  Value iterator = GetIterator(vm, a[1]);
  return iterator.IsError() ? iterator : MakeFilter(vm, a[0], std::move(iterator));
}

Value AnyOrAll(Vm& vm, const Value& iterable, bool any) {
  const Value iterator = GetIterator(vm, iterable);
  if (iterator.IsError()) return iterator;
  for (;;) {
    const Value item = NextOf(vm, iterator);
    if (item.IsError()) return item;
    if (item.IsUndefined()) return Value::Bool(!any);
    const int truth = Truth(vm, item);
    if (truth < 0) return Value::Error();
    if ((truth == 1) == any) return Value::Bool(any);
  }
}
Value Any(Vm& vm, const Arguments& a) { return AnyOrAll(vm, a[0], true); }
Value All(Vm& vm, const Arguments& a) { return AnyOrAll(vm, a[0], false); }
Value Reversed(Vm& vm, const Arguments& a) { return MakeReversed(vm, a[0]); }
Value Iter(Vm& vm, const Arguments& a) { return GetIterator(vm, a[0]); }

Value Next(Vm& vm, const Arguments& a) {
  Value item;
  if (a[0].As<IteratorObject>()) {
    item = NextOf(vm, a[0]);
  } else {
    item = CallSpecial(vm, a[0], vm.names().next);
    if (item.IsUndefined())
      return vm.ThrowType(absl::StrCat("'", TypeName(vm, a[0]), "' object is not an iterator"));
  }
  if (!item.IsUndefined()) return item;
  return a.Has(1) ? a[1] : vm.Throw(ErrorKind::kStopIteration, "");
}

// ---- Numbers ----------------------------------------------------------------------------------------
Value Abs(Vm& vm, const Arguments& a) {
  const Value x = Force(a[0]);
  if (x.IsIntegral())
    return x.integer() == INT64_MIN ? IntegerOverflow(vm) : Value::Int(std::abs(x.integer()));
  if (x.IsFloat()) return Value::Float(std::fabs(x.number()));
  if (x.IsScalar()) return WrapResult(lathe::Abs(lathe::Input(x.scalar())));
  if (auto* array = AsArray(x)) return WrapResult(lathe::Abs(array->array));
  Value special = CallSpecial(vm, x, vm.names().abs);
  if (!special.IsUndefined()) return special;
  return vm.ThrowType(absl::StrCat("bad operand type for abs(): '", TypeName(vm, x), "'"));
}

// Rounds to `digits` decimals, half to even of the exact value, as CPython does by way of the decimal text.
double RoundDecimals(double x, int64_t digits) {
  if (!std::isfinite(x) || digits > 300) return x;
  if (digits < -308) return 0.0 * x;
  if (digits >= 0) {
    char buffer[800];
    std::snprintf(buffer, sizeof buffer, "%.*f", static_cast<int>(digits), x);
    return std::strtod(buffer, nullptr);
  }
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  const double scaled = x / unit;
  double rounded = std::round(scaled);
  if (std::fabs(scaled - rounded) == 0.5) rounded = 2.0 * std::round(scaled / 2.0);
  return rounded * unit;
}

Value RoundInteger(int64_t x, int64_t digits) {
  if (digits >= 0 || digits < -18) return Value::Int(digits >= 0 ? x : 0);
  int64_t unit = 1;
  for (int64_t k = digits; k < 0; ++k) unit *= 10;
  int64_t remainder = x % unit;
  if (remainder < 0) remainder += unit;
  const int64_t low = x - remainder;
  const bool up = remainder * 2 > unit || (remainder * 2 == unit && (low / unit) % 2 != 0);
  return Value::Int(up ? low + unit : low);
}

Value Round(Vm& vm, const Arguments& a) {
  const Value x = Force(a[0]);
  int64_t digits = 0;
  if (a.Given(1) && !ToIndex(vm, a[1], &digits)) return Value::Error();
  if (x.IsIntegral()) return RoundInteger(x.integer(), a.Given(1) ? digits : 0);
  if (AsProperArray(x)) return vm.Call(GetAttribute(vm, x, vm.Intern("round")), {Value::Int(digits)});
  double number;
  if (!AsDouble(x, &number)) {
    Value special = CallSpecial(vm, x, vm.Intern("__round__"));
    if (!special.IsUndefined()) return special;
    return vm.ThrowType(absl::StrCat("type ", TypeName(vm, x), " doesn't define __round__ method"));
  }
  if (x.IsScalar() && !IsFloat(x.scalar().dtype)) return x;
  if (a.Given(1)) {
    if (!x.IsScalar()) return Value::Float(RoundDecimals(number, digits));
    // NumPy scales, rounds and scales back.
    const double unit = std::pow(10.0, static_cast<double>(std::llabs(digits)));
    const double rounded =
        digits >= 0 ? std::nearbyint(number * unit) / unit : std::nearbyint(number / unit) * unit;
    return Value::Of(ConvertScalar(Scalar::Of(rounded), x.scalar().dtype));
  }
  const double rounded = std::nearbyint(number);
  if (std::isnan(rounded)) return vm.ThrowValue("cannot convert float NaN to integer");
  if (std::isinf(rounded)) return vm.Throw(ErrorKind::kOverflow, "cannot convert float infinity to integer");
  if (std::fabs(rounded) >= 9.2233720368547758e18) return IntegerOverflow(vm);
  return Value::Int(static_cast<int64_t>(rounded));
}

Value Divmod(Vm& vm, const Arguments& a) {
  Value quotient = BinaryOperation(vm, Bytecode::kFloorDivide, a[0], a[1]);
  if (quotient.IsError()) return quotient;
  Value remainder = BinaryOperation(vm, Bytecode::kModulo, a[0], a[1]);
  if (remainder.IsError()) return remainder;
  return MakeTuple({std::move(quotient), std::move(remainder)});
}

Value Pow(Vm& vm, const Arguments& a) {
  if (!a.Given(2)) return BinaryOperation(vm, Bytecode::kPower, a[0], a[1]);
  int64_t base, exponent, modulus;
  if (!ToIndex(vm, a[0], &base) || !ToIndex(vm, a[1], &exponent) || !ToIndex(vm, a[2], &modulus))
    return Value::Error();
  if (modulus == 0) return vm.ThrowValue("pow() 3rd argument cannot be 0");
  if (exponent < 0)
    return vm.ThrowValue("pow() with a negative exponent and a modulus is not available in Lathe");
  __int128 result = 1, factor = base % modulus;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = result * factor % modulus;
    factor = factor * factor % modulus;
  }
  auto remainder = static_cast<int64_t>(result % modulus);
  if (remainder != 0 && (remainder < 0) != (modulus < 0)) remainder += modulus;
  return Value::Int(remainder);
}

Value InBase(Vm& vm, const Value& x, const char* format) {
  int64_t integer;
  if (!ToIndex(vm, x, &integer)) return Value::Error();
  std::string text;
  if (!Format(vm, Value::Int(integer), format, &text)) return Value::Error();
  return Str(std::move(text));
}
Value Hex(Vm& vm, const Arguments& a) { return InBase(vm, a[0], "#x"); }
Value Bin(Vm& vm, const Arguments& a) { return InBase(vm, a[0], "#b"); }
Value Oct(Vm& vm, const Arguments& a) { return InBase(vm, a[0], "#o"); }

// ---- Text -------------------------------------------------------------------------------------------
Value ReprOf(Vm& vm, const Arguments& a) {
  std::string text;
  return Repr(vm, a[0], &text) ? Str(std::move(text)) : Value::Error();
}

Value FormatOf(Vm& vm, const Arguments& a) {
  std::string specification, text;
  if (a.Has(1) && !ToStringArgument(vm, a[1], "format() argument 2", &specification)) return Value::Error();
  return Format(vm, a[0], specification, &text) ? Str(std::move(text)) : Value::Error();
}

Value Ord(Vm& vm, const Arguments& a) {
  auto* text = a[0].As<StringObject>();
  if (!text)
    return vm.ThrowType(
        absl::StrCat("ord() expected string of length 1, but ", TypeName(vm, a[0]), " found"));
  if (text->length() != 1) {
    return vm.ThrowType(
        absl::StrCat("ord() expected a character, but string of length ", text->length(), " found"));
  }
  return Value::Int(DecodeUtf8(text->text(), 0));
}

Value Chr(Vm& vm, const Arguments& a) {
  int64_t code;
  if (!ToIndex(vm, a[0], &code)) return Value::Error();
  if (code < 0 || code > 0x10FFFF) return vm.ThrowValue("chr() arg not in range(0x110000)");
  std::string text;
  AppendUtf8(static_cast<uint32_t>(code), &text);
  return Str(std::move(text));
}

// ---- Objects and classes ----------------------------------------------------------------------------
int IsInstanceOf(Vm& vm, const ClassObject* type, const Value& classes, const char* function) {
  if (auto* tuple = classes.As<TupleObject>()) {
    for (const Value& one : tuple->items) {
      const int found = IsInstanceOf(vm, type, one, function);
      if (found != 0) return found;
    }
    return 0;
  }
  if (auto* expected = classes.As<ClassObject>()) return type->IsSubclassOf(expected);
  vm.ThrowType(absl::StrCat(function, "() arg 2 must be a type, a tuple of types, or a union"));
  return -1;
}

Value IsInstanceBuiltin(Vm& vm, const Arguments& a) {
  const int found = IsInstanceOf(vm, ClassOf(vm, a[0]), a[1], "isinstance");
  return found < 0 ? Value::Error() : Value::Bool(found == 1);
}

Value IsSubclassBuiltin(Vm& vm, const Arguments& a) {
  auto* type = a[0].As<ClassObject>();
  if (!type) return vm.ThrowType("issubclass() arg 1 must be a class");
  const int found = IsInstanceOf(vm, type, a[1], "issubclass");
  return found < 0 ? Value::Error() : Value::Bool(found == 1);
}

bool AttributeName(Vm& vm, const Value& x, Ref<StringObject>* name) {
  auto* text = x.As<StringObject>();
  if (!text) {
    vm.ThrowType(absl::StrCat("attribute name must be string, not '", TypeName(vm, x), "'"));
    return false;
  }
  *name = vm.Intern(text->text());
  return true;
}

bool TakeAttributeError(Vm& vm) {
  const auto& attribute_error = vm.classes().exceptions[static_cast<size_t>(ErrorKind::kAttribute)];
  if (!vm.pending()->type->IsSubclassOf(attribute_error.get())) return false;
  vm.TakePending();
  return true;
}

Value GetAttr(Vm& vm, const Arguments& a) {
  Ref<StringObject> name;
  if (!AttributeName(vm, a[1], &name)) return Value::Error();
  Value found = GetAttribute(vm, a[0], name);
  return found.IsError() && a.Has(2) && TakeAttributeError(vm) ? a[2] : found;
}

Value HasAttr(Vm& vm, const Arguments& a) {
  Ref<StringObject> name;
  if (!AttributeName(vm, a[1], &name)) return Value::Error();
  const Value found = FindAttribute(vm, a[0], name);
  if (found.IsError()) return TakeAttributeError(vm) ? Value::Bool(false) : found;
  return Value::Bool(!found.IsUndefined());
}

Value SetAttr(Vm& vm, const Arguments& a) {
  Ref<StringObject> name;
  if (!AttributeName(vm, a[1], &name)) return Value::Error();
  return SetAttribute(vm, a[0], name, a[2]) ? Value::None() : Value::Error();
}

Value DelAttr(Vm& vm, const Arguments& a) {
  Ref<StringObject> name;
  if (!AttributeName(vm, a[1], &name)) return Value::Error();
  return DeleteAttribute(vm, a[0], name) ? Value::None() : Value::Error();
}

Value Callable(Vm& vm, const Arguments& a) {
  const Value& x = a[0];
  const bool callable = x.IsObject(ObjectKind::kFunction) || x.IsObject(ObjectKind::kNative) ||
                        x.IsObject(ObjectKind::kClass) || x.IsObject(ObjectKind::kBoundMethod) ||
                        x.IsObject(ObjectKind::kUfunc) || FindSpecial(x, vm.names().call);
  return Value::Bool(callable);
}

Value Id(Vm&, const Arguments& a) {
  return Value::Int(a[0].IsObject() ? static_cast<int64_t>(reinterpret_cast<uintptr_t>(a[0].object()))
                                    : a[0].integer());
}

Value HashOf(Vm& vm, const Arguments& a) {
  uint64_t hash;
  return Hash(vm, a[0], &hash) ? Value::Int(static_cast<int64_t>(hash)) : Value::Error();
}

Value Vars(Vm& vm, const Arguments& a) { return GetAttribute(vm, a[0], vm.names().dict); }

Value Exit(Vm& vm, const Arguments& a) {
  Ref<ExceptionObject> exit =
      Make<ExceptionObject>(vm.classes().exceptions[static_cast<size_t>(ErrorKind::kSystemExit)]);
  if (a.Has(0)) exit->arguments.push_back(a[0]);
  return vm.ThrowException(exit);
}

constexpr NativeRow kFunctions[] = {
    {"print", "*args, sep=' ', end='\\n', file=None, flush=False", Print},
    {"input", "prompt=''", Input},
    {"open", "file, mode='r', buffering=-1, encoding=None, errors=None, newline=None", Open},
    {"len", "obj", Len},
    {"sum", "iterable, start=0", Sum},
    {"min", "*args, key=None, default=None", Min},
    {"max", "*args, key=None, default=None", Max},
    {"sorted", "iterable, *, key=None, reverse=False", Sorted},
    {"any", "iterable", Any},
    {"all", "iterable", All},
    {"iter", "iterable", Iter},
    {"next", "iterator, default=None", Next},
    {"abs", "x", Abs},
    {"round", "number, ndigits=None", Round},
    {"divmod", "x, y", Divmod},
    {"pow", "base, exp, mod=None", Pow},
    {"hex", "number", Hex},
    {"bin", "number", Bin},
    {"oct", "number", Oct},
    {"repr", "obj", ReprOf},
    {"ascii", "obj", ReprOf},
    {"format", "value, format_spec=''", FormatOf},
    {"ord", "c", Ord},
    {"chr", "i", Chr},
    {"isinstance", "obj, class_or_tuple", IsInstanceBuiltin},
    {"issubclass", "cls, class_or_tuple", IsSubclassBuiltin},
    {"getattr", "obj, name, default=None", GetAttr},
    {"hasattr", "obj, name", HasAttr},
    {"setattr", "obj, name, value", SetAttr},
    {"delattr", "obj, name", DelAttr},
    {"callable", "obj", Callable},
    {"id", "obj", Id},
    {"hash", "obj", HashOf},
    {"vars", "obj", Vars},
    {"exit", "code=None", Exit},
    {"quit", "code=None", Exit},
    {"enumerate", "iterable, start=0", Enumerate},
    {"zip", "*iterables, strict=False", Zip},
    {"map", "func, *iterables", Map},
    {"filter", "function, iterable", Filter},
    {"reversed", "sequence", Reversed},
};

}  // namespace

bool SortValues(Vm& vm, std::vector<Value>* values, const Value& key, bool reverse) {
  struct Item {
    Value key;
    Value value;
  };
  std::vector<Item> items;
  items.reserve(values->size());
  for (const Value& value : *values) {
    Value item_key = key.IsNone() ? value : vm.Call(key, {value});
    if (item_key.IsError()) return false;
    items.push_back({std::move(item_key), value});
  }
  // A merge sort: stable, and unlike the library's it can be stopped by a failing comparison.
  if (reverse) std::reverse(items.begin(), items.end());
  std::vector<Item> buffer(items.size());
  for (size_t width = 1; width < items.size(); width *= 2) {
    for (size_t begin = 0; begin < items.size(); begin += 2 * width) {
      const size_t middle = std::min(begin + width, items.size());
      const size_t end = std::min(begin + 2 * width, items.size());
      size_t left = begin, right = middle;
      for (size_t out = begin; out < end; ++out) {
        bool take_right = left >= middle;
        if (!take_right && right < end) {
          const int less = Less(vm, items[right].key, items[left].key);
          if (less < 0) return false;
          take_right = less == 1;
        }
        buffer[out] = std::move(take_right ? items[right++] : items[left++]);
      }
    }
    items.swap(buffer);
  }
  if (reverse) std::reverse(items.begin(), items.end());
  for (size_t k = 0; k < items.size(); ++k) (*values)[k] = std::move(items[k].value);
  return true;
}

void DefineBuiltins(Vm& vm) {
  Namespace& names = vm.builtins();
  DefineFunctions(vm, names, kFunctions);
  const BuiltinClasses& c = vm.classes();
  for (const Ref<ClassObject>* type :
       {&c.object, &c.type, &c.integer, &c.boolean, &c.number, &c.string, &c.bytes, &c.list, &c.tuple,
        &c.dict, &c.set, &c.range, &c.slice, &c.property, &c.static_method, &c.class_method, &c.super,
        &c.base_exception}) {
    names.Set(vm.Intern((*type)->name), *type);
  }
  names.Set(vm.Intern("frozenset"), c.set);
  for (const Ref<ClassObject>& type : c.exceptions) names.Set(vm.Intern(type->name), type);
  names.Set(vm.Intern("IOError"), c.exceptions[static_cast<size_t>(ErrorKind::kOS)]);
  names.Set(vm.Intern("NotImplemented"), Value::NotImplemented());
  names.Set(vm.Intern("Ellipsis"), Value::Ellipsis());
  names.Set(vm.Intern("__debug__"), Value::Bool(true));
}

}  // namespace lathe::script
