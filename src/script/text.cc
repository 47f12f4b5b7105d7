// repr and str of every type.
#include "src/script/text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign_object.h"
#include "src/script/operators.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// The shortest decimal that reads back as x, written with an exponent from 1e16 on and below 1e-4.
template <class T>
std::string ShortestText(T x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, x, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  const bool negative = text[0] == '-';
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  std::string out = negative ? "-" : "";
  if (exponent >= 16 || exponent < -4) {
    out += digits.substr(0, 1);
    if (digits.size() > 1) out += "." + digits.substr(1);
    out += exponent < 0 ? "e-" : "e+";
    const int magnitude = std::abs(exponent);
    if (magnitude < 10) out += "0";
    return out + std::to_string(magnitude);
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0') + ".0";
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

}  // namespace

std::string FloatText(double x) { return ShortestText(x); }
std::string FloatText(float x) { return ShortestText(x); }

std::string ScalarText(Scalar scalar) { return FormatScalar(scalar, false); }

std::string QuoteString(std::string_view text, bool bytes) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out = bytes ? "b" : "";
  out += quote;
  static constexpr char kHex[] = "0123456789abcdef";
  for (size_t k = 0; k < text.size();) {
    const char c = text[k];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == quote) {
      out += '\\';
      out += c;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && (bytes || Utf8Length(text, k) == 1))) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (byte >= 0x80) {
      const size_t length = Utf8Length(text, k);
      const uint32_t code = DecodeUtf8(text, k);
      if (code < 0xA0 || code == 0xAD) {
        absl::StrAppend(&out, "\\x", absl::Hex(code, absl::kZeroPad2));
      } else {
        out += text.substr(k, length);
      }
      k += length;
      continue;
    } else {
      out += c;
    }
    ++k;
  }
  return out + quote;
}

namespace {

std::string ArrayText(Vm& vm, const Array& array, bool repr) {
  EvalFor(array, EndReason::kPrinted);
  return FormatArray(array.body()->AsOperand(), vm.print_options(), repr);
}

bool ReprItems(Vm& vm, const std::vector<Value>& items, std::string* out) {
  for (size_t k = 0; k < items.size(); ++k) {
    if (k > 0) *out += ", ";
    const Value item = items[k];
    if (!Repr(vm, item, out)) return false;
  }
  return true;
}

bool ReprTable(Vm& vm, const HashTable& table, bool values, bool keys, std::string* out) {
  bool first = true;
  for (size_t k = 0; k < table.entries().size(); ++k) {
    const HashTable::Entry entry = table.entries()[k];
    if (entry.key.IsUndefined()) continue;
    if (!first) *out += ", ";
    first = false;
    if (keys && !Repr(vm, entry.key, out)) return false;
    if (values && keys) *out += ": ";
    if (values && !Repr(vm, entry.value, out)) return false;
  }
  return true;
}

bool ReprView(Vm& vm, const DictViewObject& view, std::string* out) {
  using Part = DictViewObject::Part;
  if (view.part == Part::kItems) {
    *out += "dict_items([";
    bool first = true;
    const bool done = view.dict->table.VisitEntries([&](const HashTable::Entry& entry) {
      if (!first) *out += ", ";
      first = false;
      return Repr(vm, MakeTuple({entry.key, entry.value}), out);
    });
    if (!done) return false;
  } else {
    *out += view.part == Part::kKeys ? "dict_keys([" : "dict_values([";
    if (!ReprTable(vm, view.dict->table, view.part == Part::kValues, view.part == Part::kKeys, out))
      return false;
  }
  *out += "])";
  return true;
}

std::string Address(const Object* object) {
  return absl::StrCat("0x", absl::Hex(reinterpret_cast<uintptr_t>(object), absl::kZeroPad12));
}

std::string FullName(const ClassObject& type) {
  return type.module == "builtins" ? type.name : absl::StrCat(type.module, ".", type.name);
}

bool ReprException(Vm& vm, const ExceptionObject& exception, std::string* out) {
  absl::StrAppend(out, exception.type->name, "(");
  if (!ReprItems(vm, exception.arguments, out)) return false;
  *out += ')';
  return true;
}

bool ReprSlice(Vm& vm, const SliceObject& slice, std::string* out) {
  *out += "slice(";
  const std::vector<Value> parts = {slice.start, slice.stop, slice.step};
  if (!ReprItems(vm, parts, out)) return false;
  *out += ')';
  return true;
}

// The result of a special method that must return a string.
bool AppendSpecial(Vm& vm, const Value& result, const char* method, std::string* out) {
  if (result.IsError()) return false;
  if (auto* text = result.As<StringObject>()) {
    *out += text->text();
    return true;
  }
  vm.ThrowType(absl::StrCat(method, " returned non-string (type ", TypeName(vm, result), ")"));
  return false;
}

bool ReprContainer(Vm& vm, const Value& x, std::string* out) {
  Vm::Nesting nesting(vm);
  if (!nesting) return false;
  switch (x.object()->kind()) {
    case ObjectKind::kList:
      *out += '[';
      if (!ReprItems(vm, x.Get<ListObject>()->items, out)) return false;
      *out += ']';
      return true;
    case ObjectKind::kTuple:
      *out += '(';
      if (!ReprItems(vm, x.Get<TupleObject>()->items, out)) return false;
      *out += x.Get<TupleObject>()->items.size() == 1 ? ",)" : ")";
      return true;
    case ObjectKind::kDict:
      *out += '{';
      if (!ReprTable(vm, x.Get<DictObject>()->table, true, true, out)) return false;
      *out += '}';
      return true;
    case ObjectKind::kSet:
      if (x.Get<SetObject>()->table.size() == 0) {
        *out += "set()";
        return true;
      }
      *out += '{';
      if (!ReprTable(vm, x.Get<SetObject>()->table, false, true, out)) return false;
      *out += '}';
      return true;
    default:
      return ReprView(vm, *x.Get<DictViewObject>(), out);
  }
}

bool ReprInstance(Vm& vm, const Value& x, std::string* out) {
  Vm::Nesting nesting(vm);
  if (!nesting) return false;
  Value special = CallSpecial(vm, x, vm.names().repr);
  if (!special.IsUndefined()) return AppendSpecial(vm, special, "__repr__", out);
  if (auto* exception = x.As<ExceptionObject>()) return ReprException(vm, *exception, out);
  absl::StrAppend(out, "<", FullName(*AsInstance(x)->type), " object at ", Address(x.object()), ">");
  return true;
}

bool ReprObject(Vm& vm, const Value& x, std::string* out) {
  Object* object = x.object();
  switch (object->kind()) {
    case ObjectKind::kString:
      *out += QuoteString(x.Get<StringObject>()->text(), x.Get<StringObject>()->bytes());
      return true;
    case ObjectKind::kList:
    case ObjectKind::kTuple:
    case ObjectKind::kDict:
    case ObjectKind::kSet:
    case ObjectKind::kDictView:
      return ReprContainer(vm, x, out);
    case ObjectKind::kRange: {
      const auto* range = x.Get<RangeObject>();
      absl::StrAppend(out, "range(", range->start, ", ", range->stop);
      if (range->step != 1) absl::StrAppend(out, ", ", range->step);
      *out += ')';
      return true;
    }
    case ObjectKind::kSlice:
      return ReprSlice(vm, *x.Get<SliceObject>(), out);
    case ObjectKind::kInstance:
    case ObjectKind::kException:
      return ReprInstance(vm, x, out);
    case ObjectKind::kFunction:
      absl::StrAppend(out, "<function ", x.Get<FunctionObject>()->code->qualified_name, " at ",
                      Address(object), ">");
      return true;
    case ObjectKind::kNative:
      absl::StrAppend(out, x.Get<NativeObject>()->is_method ? "<method '" : "<built-in function ",
                      x.Get<NativeObject>()->name, x.Get<NativeObject>()->is_method ? "'>" : ">");
      return true;
    case ObjectKind::kBoundMethod: {
      const auto* method = x.Get<BoundMethodObject>();
      if (auto* function = method->function.As<FunctionObject>()) {
        absl::StrAppend(out, "<bound method ", function->code->qualified_name, " of ");
        if (!Repr(vm, method->self, out)) return false;
      } else {
        absl::StrAppend(out, "<built-in method ", method->function.Get<NativeObject>()->name, " of ",
                        TypeName(vm, method->self), " object");
      }
      *out += '>';
      return true;
    }
    case ObjectKind::kClass:
      absl::StrAppend(out, "<class '", FullName(*x.Get<ClassObject>()), "'>");
      return true;
    case ObjectKind::kModule:
      absl::StrAppend(out, "<module '", x.Get<ModuleObject>()->name, "'>");
      return true;
    case ObjectKind::kArray: {
      const auto* array = x.Get<ArrayObject>();
      if (array->scalar) return Repr(vm, Force(x), out);
      *out += ArrayText(vm, array->array, true);
      return true;
    }
    case ObjectKind::kDType: {
      const std::string_view name = Name(x.Get<DTypeObject>()->dtype);
      absl::StrAppend(out, "dtype('", View(name), "')");
      return true;
    }
    case ObjectKind::kUfunc:
      absl::StrAppend(out, "<ufunc '", x.Get<UfuncObject>()->name, "'>");
      return true;
    case ObjectKind::kRandom:
      absl::StrAppend(out, "Generator(PCG64) at ", Address(object));
      return true;
    case ObjectKind::kArchive:
      *out += "NpzFile with keys: ";
      for (size_t k = 0; k < x.Get<ArchiveObject>()->members.size(); ++k) {
        absl::StrAppend(out, k > 0 ? ", " : "", x.Get<ArchiveObject>()->members[k].first);
      }
      return true;
    case ObjectKind::kFile:
      absl::StrAppend(out, "<_io.TextIOWrapper name=", QuoteString(x.Get<FileObject>()->path), " mode='",
                      x.Get<FileObject>()->mode, "' encoding='UTF-8'>");
      return true;
    case ObjectKind::kForeign:
      *out += x.Get<ForeignObject>()->Repr();
      return true;
    default:
      absl::StrAppend(out, "<", TypeName(vm, x), " object at ", Address(object), ">");
      return true;
  }
}

}  // namespace

bool Repr(Vm& vm, const Value& x, std::string* out) {
  switch (x.tag()) {
    case Tag::kUndefined:
      *out += "<undefined>";
      return true;
    case Tag::kError:
      return false;
    case Tag::kNone:
      *out += "None";
      return true;
    case Tag::kEllipsis:
      *out += "Ellipsis";
      return true;
    case Tag::kNotImplemented:
      *out += "NotImplemented";
      return true;
    case Tag::kBool:
      *out += x.boolean() ? "True" : "False";
      return true;
    case Tag::kInt:
      absl::StrAppend(out, x.integer());
      return true;
    case Tag::kFloat:
      *out += FloatText(x.number());
      return true;
    case Tag::kScalar: {
      const Scalar scalar = x.scalar();
      const std::string_view name = Name(scalar.dtype);
      if (IsBool(scalar.dtype)) {
        absl::StrAppend(out, "np.", ScalarText(scalar), IsBool(scalar.dtype) ? "_" : "");
      } else {
        absl::StrAppend(out, "np.", View(name), "(", ScalarText(scalar), ")");
      }
      return true;
    }
    case Tag::kObject:
      return ReprObject(vm, x, out);
  }
  return false;
}

bool ToText(Vm& vm, const Value& x, std::string* out) {
  if (auto* text = x.As<StringObject>(); text && !text->bytes()) {
    *out += text->text();
    return true;
  }
  if (x.IsScalar()) {
    *out += ScalarText(x.scalar());
    return true;
  }
  if (auto* array = x.As<ArrayObject>()) {
    *out += array->scalar ? ScalarText(EvalFor(array->array, EndReason::kPrinted).item())
                          : ArrayText(vm, array->array, false);
    return true;
  }
  if (auto* dtype = x.As<DTypeObject>()) {
    *out += Name(dtype->dtype);
    return true;
  }
  if (AsInstance(x)) {
    Vm::Nesting nesting(vm);
    if (!nesting) return false;
    Value special = CallSpecial(vm, x, vm.names().str);
    if (!special.IsUndefined()) return AppendSpecial(vm, special, "__str__", out);
    auto* exception = x.As<ExceptionObject>();
    if (exception && !FindSpecial(x, vm.names().repr)) {
      const std::vector<Value>& arguments = exception->arguments;
      if (arguments.empty()) return true;
      if (arguments.size() > 1) return Repr(vm, MakeTuple(arguments), out);
      const bool quoted = exception->type->error == ErrorKind::kKey;
      return quoted ? Repr(vm, arguments[0], out) : ToText(vm, arguments[0], out);
    }
  }
  return Repr(vm, x, out);
}

}  // namespace lathe::script
