// The modules math, time, sys, os (and os.path), and the ones that only matter to annotations.
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <limits>
#include <thread>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/natives.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// ---- math -------------------------------------------------------------------------------------------
bool Number(Vm& vm, const Value& x, double* out) {
  if (AsDouble(x, out)) return true;
  Value special = CallSpecial(vm, x, vm.names().float_);
  if (special.IsError()) return false;
  if (AsDouble(special, out)) return true;
  if (x.IsObject(ObjectKind::kArray)) {
    vm.ThrowType("only 0-dimensional arrays can be converted to Python scalars");
  } else {
    vm.ThrowType(absl::StrCat("must be real number, not ", TypeName(vm, x)));
  }
  return false;
}

// A result that is not a number although the argument is one is a domain error, an infinite one a range
// error.
Value Checked(Vm& vm, double result, double x, double y = 0) {
  if (std::isnan(result) && !std::isnan(x) && !std::isnan(y)) return vm.ThrowValue("math domain error");
  if (std::isinf(result) && std::isfinite(x) && std::isfinite(y))
    return vm.Throw(ErrorKind::kOverflow, "math range error");
  return Value::Float(result);
}

template <double (*Function)(double)>
Value Unary(Vm& vm, const Arguments& a) {
  double x;
  if (!Number(vm, a[0], &x)) return Value::Error();
  return Checked(vm, Function(x), x);
}

template <double (*Function)(double, double)>
Value Binary(Vm& vm, const Arguments& a) {
  double x, y;
  if (!Number(vm, a[0], &x) || !Number(vm, a[1], &y)) return Value::Error();
  return Checked(vm, Function(x, y), x, y);
}

template <double (*Function)(double)>
Value Logarithm(Vm& vm, const Arguments& a) {
  double x;
  if (!Number(vm, a[0], &x)) return Value::Error();
  if (x <= 0) return vm.ThrowValue("math domain error");
  return Value::Float(Function(x));
}

Value Log(Vm& vm, const Arguments& a) {
  double x, base;
  if (!Number(vm, a[0], &x)) return Value::Error();
  if (x <= 0) return vm.ThrowValue("math domain error");
  if (!a.Has(1)) return Value::Float(std::log(x));
  if (!Number(vm, a[1], &base)) return Value::Error();
  if (base <= 0) return vm.ThrowValue("math domain error");
  if (base == 1) return vm.Throw(ErrorKind::kZeroDivision, "float division by zero");
  return Value::Float(std::log(x) / std::log(base));
}

template <double (*Function)(double)>
Value ToInteger(Vm& vm, const Arguments& a) {
  const Value x = Force(a[0]);
  if (x.IsIntegral()) return Value::Int(x.integer());
  double number;
  if (!Number(vm, x, &number)) return Value::Error();
  const double rounded = Function(number);
  if (std::isnan(rounded)) return vm.ThrowValue("cannot convert float NaN to integer");
  if (std::isinf(rounded)) return vm.Throw(ErrorKind::kOverflow, "cannot convert float infinity to integer");
  if (std::fabs(rounded) >= 9.2233720368547758e18) return IntegerOverflow(vm);
  return Value::Int(static_cast<int64_t>(rounded));
}

double ToDegrees(double x) { return x * (180.0 / M_PI); }
double ToRadians(double x) { return x * (M_PI / 180.0); }

Value Factorial(Vm& vm, const Arguments& a) {
  int64_t n;
  if (!ToIndex(vm, a[0], &n)) return Value::Error();
  if (n < 0) return vm.ThrowValue("factorial() not defined for negative values");
  Value result = Value::Int(1);
  for (int64_t k = 2; k <= n && !result.IsError(); ++k)
    result = IntegerOperation(vm, Bytecode::kMultiply, result.integer(), k);
  return result;
}

int64_t Gcd(int64_t x, int64_t y) {
  while (y != 0) x = std::exchange(y, x % y);
  return x < 0 ? -x : x;
}

Value GcdOf(Vm& vm, const Arguments& a) {
  int64_t result = 0, x;
  for (const Value& value : a.rest) {
    if (!ToIndex(vm, value, &x)) return Value::Error();
    result = Gcd(result, x);
  }
  return Value::Int(result);
}

Value LcmOf(Vm& vm, const Arguments& a) {
  int64_t result = 1, x;
  for (const Value& value : a.rest) {
    if (!ToIndex(vm, value, &x)) return Value::Error();
    if (x == 0) return Value::Int(0);
    if (__builtin_mul_overflow(result / Gcd(result, x), std::llabs(x), &result)) return IntegerOverflow(vm);
  }
  return Value::Int(result);
}

Value Comb(Vm& vm, const Arguments& a) {
  int64_t n, k;
  if (!ToIndex(vm, a[0], &n) || !ToIndex(vm, a[1], &k)) return Value::Error();
  if (n < 0) return vm.ThrowValue("n must be a non-negative integer");
  if (k < 0) return vm.ThrowValue("k must be a non-negative integer");
  if (k > n) return Value::Int(0);
  k = std::min(k, n - k);
  __int128 result = 1;
  for (int64_t j = 1; j <= k; ++j) {
    if (__builtin_mul_overflow(result, static_cast<__int128>(n - k + j), &result)) return IntegerOverflow(vm);
    result /= j;
  }
  return result > INT64_MAX ? IntegerOverflow(vm) : Value::Int(static_cast<int64_t>(result));
}

Value Isqrt(Vm& vm, const Arguments& a) {
  int64_t n;
  if (!ToIndex(vm, a[0], &n)) return Value::Error();
  if (n < 0) return vm.ThrowValue("isqrt() argument must be nonnegative");
  auto root = static_cast<int64_t>(std::sqrt(static_cast<double>(n)));
  while (root > 0 && root > n / root) --root;
  while ((root + 1) <= n / (root + 1)) ++root;
  return Value::Int(root);
}

Value HypotOf(Vm& vm, const Arguments& a) {
  if (a.rest.size() == 2) {
    double x, y;
    if (!Number(vm, a.rest[0], &x) || !Number(vm, a.rest[1], &y)) return Value::Error();
    return Value::Float(std::hypot(x, y));
  }
  double result = 0, x;
  for (const Value& value : a.rest) {
    if (!Number(vm, value, &x)) return Value::Error();
    result = std::hypot(result, x);
  }
  return Value::Float(result);
}

Value Fsum(Vm& vm, const Arguments& a) {
  std::vector<Value> items;
  if (!CollectItems(vm, a[0], &items)) return Value::Error();
  // Shewchuk's exact partial sums.
  std::vector<double> partials;
  for (const Value& item : items) {
    double x;
    if (!Number(vm, item, &x)) return Value::Error();
    size_t kept = 0;
    for (double y : partials) {
      if (std::fabs(x) < std::fabs(y)) std::swap(x, y);
      const double high = x + y;
      const double low = y - (high - x);
      if (low != 0) partials[kept++] = low;
      x = high;
    }
    partials.resize(kept);
    partials.push_back(x);
  }
  double sum = 0;
  for (size_t k = partials.size(); k-- > 0;) sum += partials[k];
  return Value::Float(sum);
}

Value Prod(Vm& vm, const Arguments& a) {
  std::vector<Value> items;
  if (!CollectItems(vm, a[0], &items)) return Value::Error();
  Value product = a.Has(1) ? a[1] : Value::Int(1);
  for (const Value& item : items) {
    product = BinaryOperation(vm, Bytecode::kMultiply, product, item);
    if (product.IsError()) return product;
  }
  return product;
}

Value IsNan(Vm& vm, const Arguments& a) {
  double x;
  return Number(vm, a[0], &x) ? Value::Bool(std::isnan(x)) : Value::Error();
}
Value IsInf(Vm& vm, const Arguments& a) {
  double x;
  return Number(vm, a[0], &x) ? Value::Bool(std::isinf(x)) : Value::Error();
}
Value IsFinite(Vm& vm, const Arguments& a) {
  double x;
  return Number(vm, a[0], &x) ? Value::Bool(std::isfinite(x)) : Value::Error();
}

Value IsClose(Vm& vm, const Arguments& a) {
  double x, y, relative = 1e-9, absolute = 0;
  if (!Number(vm, a[0], &x) || !Number(vm, a[1], &y)) return Value::Error();
  if (a.Has(2) && !Number(vm, a[2], &relative)) return Value::Error();
  if (a.Has(3) && !Number(vm, a[3], &absolute)) return Value::Error();
  if (x == y) return Value::Bool(true);
  if (std::isinf(x) || std::isinf(y)) return Value::Bool(false);
  const double difference = std::fabs(x - y);
  return Value::Bool(difference <= std::fabs(relative * x) || difference <= std::fabs(relative * y) ||
                     difference <= absolute);
}

Value Modf(Vm& vm, const Arguments& a) {
  double x, whole;
  if (!Number(vm, a[0], &x)) return Value::Error();
  const double fraction = std::modf(x, &whole);
  return MakeTuple({Value::Float(fraction), Value::Float(whole)});
}

Value Frexp(Vm& vm, const Arguments& a) {
  double x;
  int exponent;
  if (!Number(vm, a[0], &x)) return Value::Error();
  const double mantissa = std::frexp(x, &exponent);
  return MakeTuple({Value::Float(mantissa), Value::Int(exponent)});
}

Value Ldexp(Vm& vm, const Arguments& a) {
  double x;
  int64_t exponent;
  if (!Number(vm, a[0], &x) || !ToIndex(vm, a[1], &exponent)) return Value::Error();
  return Checked(vm, std::ldexp(x, static_cast<int>(std::clamp<int64_t>(exponent, -100000, 100000))), x);
}

constexpr NativeRow kMath[] = {
    {"sqrt", "x", Unary<std::sqrt>},
    {"exp", "x", Unary<std::exp>},
    {"expm1", "x", Unary<std::expm1>},
    {"log", "x, base=None", Log},
    {"log2", "x", Logarithm<std::log2>},
    {"log10", "x", Logarithm<std::log10>},
    {"log1p", "x", Unary<std::log1p>},
    {"sin", "x", Unary<std::sin>},
    {"cos", "x", Unary<std::cos>},
    {"tan", "x", Unary<std::tan>},
    {"asin", "x", Unary<std::asin>},
    {"acos", "x", Unary<std::acos>},
    {"atan", "x", Unary<std::atan>},
    {"sinh", "x", Unary<std::sinh>},
    {"cosh", "x", Unary<std::cosh>},
    {"tanh", "x", Unary<std::tanh>},
    {"asinh", "x", Unary<std::asinh>},
    {"acosh", "x", Unary<std::acosh>},
    {"atanh", "x", Unary<std::atanh>},
    {"erf", "x", Unary<std::erf>},
    {"erfc", "x", Unary<std::erfc>},
    {"gamma", "x", Unary<std::tgamma>},
    {"lgamma", "x", Unary<std::lgamma>},
    {"cbrt", "x", Unary<std::cbrt>},
    {"fabs", "x", Unary<std::fabs>},
    {"degrees", "x", Unary<ToDegrees>},
    {"radians", "x", Unary<ToRadians>},
    {"atan2", "y, x", Binary<std::atan2>},
    {"pow", "x, y", Binary<std::pow>},
    {"fmod", "x, y", Binary<std::fmod>},
    {"copysign", "x, y", Binary<std::copysign>},
    {"remainder", "x, y", Binary<std::remainder>},
    {"nextafter", "x, y", Binary<std::nextafter>},
    {"floor", "x", ToInteger<std::floor>},
    {"ceil", "x", ToInteger<std::ceil>},
    {"trunc", "x", ToInteger<std::trunc>},
    {"factorial", "n", Factorial},
    {"gcd", "*integers", GcdOf},
    {"lcm", "*integers", LcmOf},
    {"comb", "n, k", Comb},
    {"isqrt", "n", Isqrt},
    {"hypot", "*coordinates", HypotOf},
    {"fsum", "seq", Fsum},
    {"prod", "iterable, *, start=1", Prod},
    {"isnan", "x", IsNan},
    {"isinf", "x", IsInf},
    {"isfinite", "x", IsFinite},
    {"isclose", "a, b, *, rel_tol=1e-9, abs_tol=0.0", IsClose},
    {"modf", "x", Modf},
    {"frexp", "x", Frexp},
    {"ldexp", "x, i", Ldexp},
};

Ref<ModuleObject> MakeMath(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("math");
  DefineFunctions(vm, module->variables, kMath);
  const std::pair<const char*, double> constants[] = {{"pi", M_PI},
                                                      {"e", M_E},
                                                      {"tau", 2 * M_PI},
                                                      {"inf", std::numeric_limits<double>::infinity()},
                                                      {"nan", std::numeric_limits<double>::quiet_NaN()}};
  for (const auto& [name, value] : constants) module->variables.Set(vm.Intern(name), Value::Float(value));
  return module;
}

// ---- time -------------------------------------------------------------------------------------------
template <class Clock>
double Seconds() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}
Value WallTime(Vm&, const Arguments&) { return Value::Float(Seconds<std::chrono::system_clock>()); }
Value SteadyTime(Vm&, const Arguments&) { return Value::Float(Seconds<std::chrono::steady_clock>()); }
Value SteadyNanoseconds(Vm&, const Arguments&) {
  return Value::Int(std::chrono::duration_cast<std::chrono::nanoseconds>(
                        std::chrono::steady_clock::now().time_since_epoch())
                        .count());
}
Value ProcessTime(Vm&, const Arguments&) {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return Value::Float(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9);
}
Value Sleep(Vm& vm, const Arguments& a) {
  double seconds;
  if (!Number(vm, a[0], &seconds)) return Value::Error();
  if (seconds < 0) return vm.ThrowValue("sleep length must be non-negative");
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return Value::None();
}
Value TimeText(Vm& vm, const Arguments& a) {
  std::string format;
  if (!ToStringArgument(vm, a[0], "format", &format)) return Value::Error();
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char buffer[512];
  return Str(std::string(buffer, std::strftime(buffer, sizeof buffer, format.c_str(), &parts)));
}

constexpr NativeRow kTime[] = {
    {"time", "", WallTime},
    {"perf_counter", "", SteadyTime},
    {"perf_counter_ns", "", SteadyNanoseconds},
    {"monotonic", "", SteadyTime},
    {"process_time", "", ProcessTime},
    {"sleep", "seconds", Sleep},
    {"strftime", "format, t=None", TimeText},
};

Ref<ModuleObject> MakeTime(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("time");
  DefineFunctions(vm, module->variables, kTime);
  return module;
}

// ---- sys --------------------------------------------------------------------------------------------
Value SysExit(Vm& vm, const Arguments& a) {
  Ref<ExceptionObject> exit =
      Make<ExceptionObject>(vm.classes().exceptions[static_cast<size_t>(ErrorKind::kSystemExit)]);
  if (a.Has(0)) exit->arguments.push_back(a[0]);
  return vm.ThrowException(exit);
}
Value GetRecursionLimit(Vm& vm, const Arguments&) { return Value::Int(vm.recursion_limit()); }
Value SetRecursionLimit(Vm& vm, const Arguments& a) {
  int64_t limit;
  if (!ToIndex(vm, a[0], &limit)) return Value::Error();
  if (limit < 1) return vm.ThrowValue("recursion limit must be greater or equal than 1");
  vm.set_recursion_limit(static_cast<int>(std::min<int64_t>(limit, 1 << 30)));
  return Value::None();
}
Value GetSizeOf(Vm&, const Arguments&) { return Value::Int(static_cast<int64_t>(sizeof(Value))); }

constexpr NativeRow kSys[] = {
    {"exit", "status=None", SysExit},
    {"getrecursionlimit", "", GetRecursionLimit},
    {"setrecursionlimit", "limit", SetRecursionLimit},
    {"getsizeof", "object", GetSizeOf},
};

Ref<ModuleObject> MakeSys(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("sys");
  Namespace& names = module->variables;
  DefineFunctions(vm, names, kSys);
  std::vector<Value> arguments;
  for (const std::string& argument : vm.arguments()) arguments.push_back(Str(argument));
  names.Set(vm.Intern("argv"), MakeList(std::move(arguments)));
  names.Set(vm.Intern("maxsize"), Value::Int(INT64_MAX));
  names.Set(vm.Intern("byteorder"), Str("little"));
  names.Set(vm.Intern("platform"), Str("linux"));
  names.Set(vm.Intern("version"), Str("3.11 (Lathe)"));
  names.Set(vm.Intern("version_info"),
            MakeTuple({Value::Int(3), Value::Int(11), Value::Int(0), Str("final"), Value::Int(0)}));
  names.Set(vm.Intern("path"), MakeList({}));
  names.Set(vm.Intern("stdout"), Make<FileObject>("<stdout>", "stdout"));
  names.Set(vm.Intern("stderr"), Make<FileObject>("<stderr>", "stderr"));
  return module;
}

// ---- os ---------------------------------------------------------------------------------------------
bool PathArgument(Vm& vm, const Value& x, std::filesystem::path* path) {
  std::string text;
  if (!ToStringArgument(vm, x, "path", &text)) return false;
  *path = text;
  return true;
}

Value PathExists(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  std::error_code ignored;
  return PathArgument(vm, a[0], &path) ? Value::Bool(std::filesystem::exists(path, ignored)) : Value::Error();
}
Value PathIsFile(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  std::error_code ignored;
  return PathArgument(vm, a[0], &path) ? Value::Bool(std::filesystem::is_regular_file(path, ignored))
                                       : Value::Error();
}
Value PathJoin(Vm& vm, const Arguments& a) {
  std::filesystem::path joined, part;
  for (const Value& value : a.rest) {
    if (!PathArgument(vm, value, &part)) return Value::Error();
    joined /= part;
  }
  return Str(joined.string());
}
Value PathBaseName(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  return PathArgument(vm, a[0], &path) ? Str(path.filename().string()) : Value::Error();
}
Value PathDirName(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  return PathArgument(vm, a[0], &path) ? Str(path.parent_path().string()) : Value::Error();
}
Value PathSplitExt(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  if (!PathArgument(vm, a[0], &path)) return Value::Error();
  const std::string extension = path.extension().string(), text = path.string();
  return MakeTuple({Str(text.substr(0, text.size() - extension.size())), Str(extension)});
}
Value PathAbs(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  std::error_code ignored;
  return PathArgument(vm, a[0], &path)
             ? Str(std::filesystem::absolute(path, ignored).lexically_normal().string())
             : Value::Error();
}

constexpr NativeRow kPath[] = {
    {"exists", "path", PathExists},     {"isfile", "path", PathIsFile},   {"join", "*paths", PathJoin},
    {"basename", "path", PathBaseName}, {"dirname", "path", PathDirName}, {"splitext", "path", PathSplitExt},
    {"abspath", "path", PathAbs},
};

Ref<ModuleObject> MakePath(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("os.path");
  DefineFunctions(vm, module->variables, kPath);
  return module;
}

Value CurrentFolder(Vm&, const Arguments&) {
  std::error_code ignored;
  return Str(std::filesystem::current_path(ignored).string());
}
Value RemoveFile(Vm& vm, const Arguments& a) {
  std::filesystem::path path;
  std::error_code ignored;
  if (!PathArgument(vm, a[0], &path)) return Value::Error();
  if (std::filesystem::remove(path, ignored)) return Value::None();
  return vm.Throw(ErrorKind::kFileNotFound,
                  absl::StrCat("[Errno 2] No such file or directory: '", path.string(), "'"));
}
constexpr NativeRow kOs[] = {{"getcwd", "", CurrentFolder}, {"remove", "path", RemoveFile}};

Ref<ModuleObject> MakeOs(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("os");
  DefineFunctions(vm, module->variables, kOs);
  module->variables.Set(vm.Intern("sep"), Str("/"));
  module->variables.Set(vm.Intern("environ"), Make<DictObject>());
  return module;
}

// ---- typing and friends: names that only annotations use ---------------------------------------------
Ref<ModuleObject> MakeTyping(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("typing");
  for (const char* name : {"Any", "Callable", "Dict", "Iterable", "Iterator", "List", "Optional", "Sequence",
                           "Set", "Tuple", "Union", "Generator", "NamedTuple", "TypeVar"}) {
    module->variables.Set(vm.Intern(name), vm.classes().object);
  }
  return module;
}

}  // namespace

void RegisterStandardModules(Vm& vm) {
  vm.RegisterModule("math", MakeMath);
  vm.RegisterModule("time", MakeTime);
  vm.RegisterModule("sys", MakeSys);
  vm.RegisterModule("os", MakeOs);
  vm.RegisterModule("os.path", MakePath);
  vm.RegisterModule("typing", MakeTyping);
}

}  // namespace lathe::script
