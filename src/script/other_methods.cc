// Methods and properties of numbers, exceptions and files.
#include <bit>
#include <cmath>
#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/natives.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// ---- Numbers ----------------------------------------------------------------------------------------
Value BitLength(Vm&, const Arguments& a) {
  const int64_t x = a[0].integer();
  const uint64_t magnitude = x < 0 ? 0 - static_cast<uint64_t>(x) : static_cast<uint64_t>(x);
  return Value::Int(64 - std::countl_zero(magnitude));
}
Value BitCount(Vm&, const Arguments& a) {
  const int64_t x = a[0].integer();
  return Value::Int(std::popcount(x < 0 ? 0 - static_cast<uint64_t>(x) : static_cast<uint64_t>(x)));
}
Value IsInteger(Vm&, const Arguments& a) {
  double x = 0;
  AsDouble(a[0], &x);
  return Value::Bool(std::isfinite(x) && x == std::floor(x));
}
Value Conjugate(Vm&, const Arguments& a) { return a[0]; }
Value Real(Vm&, const Arguments& a) { return a[0].IsBool() ? Value::Int(a[0].integer()) : a[0]; }
Value Imaginary(Vm&, const Arguments& a) { return a[0].IsFloat() ? Value::Float(0) : Value::Int(0); }

constexpr NativeRow kIntegerMethods[] = {{"bit_length", "", BitLength},
                                         {"bit_count", "", BitCount},
                                         {"is_integer", "", IsInteger},
                                         {"conjugate", "", Conjugate}};
constexpr NativeRow kFloatMethods[] = {{"is_integer", "", IsInteger}, {"conjugate", "", Conjugate}};
constexpr NativeRow kNumberProperties[] = {{"real", "", Real}, {"imag", "", Imaginary}};

// ---- Exceptions -------------------------------------------------------------------------------------
ExceptionObject& Exception(const Arguments& a) { return *a[0].Get<ExceptionObject>(); }

Value InitException(Vm&, const Arguments& a) {
  Exception(a).arguments.assign(a.rest.begin(), a.rest.end());
  return Value::None();
}
Value ExceptionArguments(Vm&, const Arguments& a) { return MakeTuple(Exception(a).arguments); }
Value Cause(Vm&, const Arguments& a) {
  return Exception(a).cause ? Value(Exception(a).cause) : Value::None();
}
Value Context(Vm&, const Arguments& a) {
  return Exception(a).context ? Value(Exception(a).context) : Value::None();
}
Value ExitCode(Vm&, const Arguments& a) {
  return Exception(a).arguments.empty() ? Value::None() : Exception(a).arguments[0];
}
Value WithTraceback(Vm&, const Arguments& a) { return a[0]; }

constexpr NativeRow kExceptionMethods[] = {{"__init__", "*args", InitException},
                                           {"with_traceback", "tb", WithTraceback}};
constexpr NativeRow kExceptionProperties[] = {
    {"args", "", ExceptionArguments}, {"__cause__", "", Cause}, {"__context__", "", Context}};
constexpr NativeRow kExitProperties[] = {{"code", "", ExitCode}};

Value InitObject(Vm&, const Arguments&) { return Value::None(); }
constexpr NativeRow kObjectMethods[] = {{"__init__", "*args", InitObject}};

// ---- Files ------------------------------------------------------------------------------------------
FileObject& File(const Arguments& a) { return *a[0].Get<FileObject>(); }

Value ThrowClosed(Vm& vm) { return vm.ThrowValue("I/O operation on closed file."); }

Value Text(const Arguments& a, std::string text) {
  return Make<StringObject>(std::move(text), File(a).mode.find('b') != std::string::npos);
}

// True if the file can be read; otherwise an exception is set.
bool CheckReadable(Vm& vm, const Arguments& a) {
  if (!File(a).stream) {
    ThrowClosed(vm);
    return false;
  }
  if (File(a).mode.find('r') == std::string::npos && File(a).mode.find('+') == std::string::npos) {
    vm.Throw(ErrorKind::kOS, "not readable");
    return false;
  }
  return true;
}

Value Read(Vm& vm, const Arguments& a) {
  if (!CheckReadable(vm, a)) return Value::Error();
  std::istream& stream = *File(a).stream;
  int64_t limit = -1;
  if (a.Given(1) && !ToIndex(vm, a[1], &limit)) return Value::Error();
  std::string text;
  if (limit < 0) {
    text.assign(std::istreambuf_iterator<char>(stream), {});
  } else {
    text.resize(static_cast<size_t>(std::min<int64_t>(limit, 1 << 30)));
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(stream.gcount()));
  }
  return Text(a, std::move(text));
}

Value ReadLine(Vm& vm, const Arguments& a) {
  if (!CheckReadable(vm, a)) return Value::Error();
  std::string line;
  if (std::getline(*File(a).stream, line) && !File(a).stream->eof()) line += '\n';
  return Text(a, std::move(line));
}

Value ReadLines(Vm& vm, const Arguments& a) {
  if (!CheckReadable(vm, a)) return Value::Error();
  std::vector<Value> lines;
  if (!CollectItems(vm, a[0], &lines)) return Value::Error();
  return MakeList(std::move(lines));
}

Value Write(Vm& vm, const Arguments& a) {
  auto* text = a[1].As<StringObject>();
  if (!text) return vm.ThrowType(absl::StrCat("write() argument must be str, not ", TypeName(vm, a[1])));
  std::ostream* stream = File(a).standard;
  if (File(a).mode == "stdout") stream = &vm.out();
  if (File(a).mode == "stderr") stream = &vm.err();
  if (!stream) {
    if (!File(a).stream) return ThrowClosed(vm);
    if (File(a).mode.find_first_of("wa+") == std::string::npos)
      return vm.Throw(ErrorKind::kOS, "not writable");
    stream = File(a).stream.get();
  }
  *stream << text->text();
  return Value::Int(text->length());
}

Value WriteLines(Vm& vm, const Arguments& a) {
  std::vector<Value> lines;
  if (!CollectItems(vm, a[1], &lines)) return Value::Error();
  for (const Value& line : lines) {
    const Value arguments[] = {a[0], line};
    if (Write(vm, Arguments{arguments, {}}).IsError()) return Value::Error();
  }
  return Value::None();
}

Value Flush(Vm& vm, const Arguments& a) {
  if (File(a).mode == "stdout") vm.out().flush();
  if (File(a).stream) File(a).stream->flush();
  return Value::None();
}

Value Close(Vm&, const Arguments& a) {
  File(a).stream = nullptr;
  return Value::None();
}
Value Enter(Vm& vm, const Arguments& a) {
  return File(a).stream || File(a).mode.starts_with("std") ? a[0] : ThrowClosed(vm);
}
Value Exit(Vm&, const Arguments& a) {
  File(a).stream = nullptr;
  return Value::None();
}
Value IsTerminal(Vm&, const Arguments&) { return Value::Bool(false); }
Value Name(Vm&, const Arguments& a) { return Str(File(a).path); }
Value Mode(Vm&, const Arguments& a) { return Str(File(a).mode); }
Value Closed(Vm&, const Arguments& a) {
  return Value::Bool(!File(a).stream && !File(a).mode.starts_with("std"));
}

constexpr NativeRow kFileMethods[] = {
    {"read", "size=-1", Read},
    {"readline", "", ReadLine},
    {"readlines", "", ReadLines},
    {"write", "text", Write},
    {"writelines", "lines", WriteLines},
    {"flush", "", Flush},
    {"close", "", Close},
    {"isatty", "", IsTerminal},
    {"__enter__", "", Enter},
    {"__exit__", "type, value, traceback", Exit},
};
constexpr NativeRow kFileProperties[] = {{"name", "", Name}, {"mode", "", Mode}, {"closed", "", Closed}};

}  // namespace

void DefineNumberMethods(Vm& vm) {
  DefineMethods(vm, *vm.classes().integer, kIntegerMethods);
  DefineMethods(vm, *vm.classes().number, kFloatMethods);
  DefineProperties(vm, *vm.classes().integer, kNumberProperties);
  DefineProperties(vm, *vm.classes().number, kNumberProperties);
}

void DefineExceptionMethods(Vm& vm) {
  DefineMethods(vm, *vm.classes().object, kObjectMethods);
  DefineMethods(vm, *vm.classes().base_exception, kExceptionMethods);
  DefineProperties(vm, *vm.classes().base_exception, kExceptionProperties);
  DefineProperties(vm, *vm.classes().exceptions[static_cast<size_t>(ErrorKind::kSystemExit)],
                   kExitProperties);
}

void DefineFileMethods(Vm& vm) {
  DefineMethods(vm, *vm.classes().file, kFileMethods);
  DefineProperties(vm, *vm.classes().file, kFileProperties);
}

}  // namespace lathe::script
