// The numpy module itself: its parts put together, the ufuncs, constants, and what it says of missing names.
#include "src/script/module_np.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/array/array_body.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/operators.h"
#include "src/script/prelude.h"

namespace lathe::script {

// ---- Arguments --------------------------------------------------------------------------------------
int64_t IntegerOr(Vm& vm, const Arguments& a, size_t k, int64_t fallback) {
  if (!a.Given(k)) return fallback;
  int64_t integer;
  if (!ToIndex(vm, a[k], &integer)) throw PendingError();
  return integer;
}

double NumberOr(Vm& vm, const Arguments& a, size_t k, double fallback) {
  if (!a.Given(k)) return fallback;
  double number;
  if (!AsDouble(a[k], &number))
    throw TypeErrorOf(absl::StrCat("must be real number, not ", TypeName(vm, a[k])));
  return number;
}

bool FlagOr(Vm& vm, const Arguments& a, size_t k, bool fallback) {
  if (!a.Has(k)) return fallback;
  const int truth = Truth(vm, a[k]);
  if (truth < 0) throw PendingError();
  return truth == 1;
}

std::optional<int64_t> AxisOf(Vm& vm, const Arguments& a, size_t k) {
  if (!a.Given(k)) return {};
  return IntegerOr(vm, a, k, 0);
}

std::optional<DType> DTypeOfArgument(Vm& vm, const Arguments& a, size_t k) {
  if (!a.Given(k)) return {};
  return ToDType(vm, a[k]);
}

std::string TextOr(Vm& vm, const Arguments& a, size_t k, std::string fallback) {
  if (!a.Given(k)) return fallback;
  auto* text = a[k].As<StringObject>();
  if (!text) throw TypeErrorOf(absl::StrCat("expected str, not ", TypeName(vm, a[k])));
  return text->text();
}

std::vector<Value> ItemsOf(Vm& vm, const Value& x) {
  std::vector<Value> items;
  if (!CollectItems(vm, x, &items)) throw PendingError();
  return items;
}

std::vector<Array> ArraysOf(Vm& vm, const Value& sequence) {
  std::vector<Array> arrays;
  for (const Value& item : ItemsOf(vm, sequence)) arrays.push_back(ToArray(vm, item));
  return arrays;
}

Value Check(Value value) {
  if (value.IsError()) throw PendingError();
  return value;
}

std::vector<double> DoublesOf(const Array& array) {
  std::vector<double> values(static_cast<size_t>(array.size()));
  Cast(array, DType::kFloat64).CopyTo(values.data());
  return values;
}

int AxisIn(int64_t axis, int rank) { return NormalizeAxis(axis, rank); }

namespace {

// ---- Ufuncs -----------------------------------------------------------------------------------------
Value UfuncReduce(Vm& vm, const Arguments& a) {
  const auto* ufunc = a[0].Get<UfuncObject>();
  // Unlike the functions, ufunc.reduce works on the first axis unless told otherwise.
  const Value axis = a.Has(2) ? a[2] : Value::Int(0);
  Array x = ToArray(vm, a[1]);
  if (auto dtype = DTypeOfArgument(vm, a, 3)) x = Cast(x, *dtype);
  if (x.rank() == 0) throw TypeErrorOf("cannot reduce on a scalar");
  return WrapResult(ReduceBy(ufunc->function, x, ToOver(vm, axis, a[5])));
}

Value UfuncAccumulate(Vm& vm, const Arguments& a) {
  const std::string& name = a[0].Get<UfuncObject>()->function;
  const Array x = ToArray(vm, a[1]);
  const int64_t axis = IntegerOr(vm, a, 2, 0);
  if (name == "add") return WrapArray(Cumsum(x, axis));
  if (name == "multiply") return WrapArray(Cumprod(x, axis));
  if (UfuncArity(name) != 2) throw ValueError("accumulate only supported for binary functions");
  const int dim = AxisIn(axis, x.rank());
  std::vector<Array> parts;
  for (int64_t k = 0; k < x.extent(dim); ++k) {
    std::vector<IndexItem> items(static_cast<size_t>(dim), IndexItem(Slice{}));
    items.emplace_back(k);
    const Array part = x.At(items);
    parts.push_back(parts.empty() ? part : Ufunc(name, {Input(parts.back()), Input(part)}));
  }
  return WrapArray(parts.empty() ? Copy(x) : Stack(parts, dim));
}

Value UfuncOuter(Vm& vm, const Arguments& a) {
  const auto* ufunc = a[0].Get<UfuncObject>();
  const Array x = ToArray(vm, a[1]), y = ToArray(vm, a[2]);
  Shape shape = x.shape();
  for (int d = 0; d < y.rank(); ++d) shape.push_back(1);
  return WrapResult(Ufunc(ufunc->function, {Input(Reshape(x, shape)), Input(y)}));
}

Value UfuncAt(Vm& vm, const Arguments& a) {
  // One element after the other, so that repeated indices count each time.
  const auto* ufunc = a[0].Get<UfuncObject>();
  const std::vector<Value> indices = ItemsOf(vm, WrapArray(Ravel(ToArray(vm, a[2]))));
  const Array values =
      a.Has(3) ? Ravel(BroadcastTo(ToArray(vm, a[3]), {static_cast<int64_t>(indices.size())})) : Array();
  for (size_t k = 0; k < indices.size(); ++k) {
    const auto position = static_cast<int64_t>(k);
    const Value old = ArrayGetItem(vm, *AsArray(a[1]), indices[k]);
    std::vector<Value> arguments = {old};
    if (a.Has(3)) arguments.push_back(Value::Of(values.item(std::span(&position, 1))));
    ArraySetItem(vm, *AsArray(a[1]), indices[k], CallUfunc(vm, *ufunc, arguments, {}));
  }
  return Value::None();
}

Value UfuncNameOf(Vm&, const Arguments& a) { return Str(a[0].Get<UfuncObject>()->name); }
Value UfuncInputs(Vm&, const Arguments& a) { return Value::Int(a[0].Get<UfuncObject>()->arity); }

constexpr NativeRow kUfuncMethods[] = {
    {"reduce", "array, axis=0, dtype=None, out=None, keepdims=False", UfuncReduce},
    {"accumulate", "array, axis=0, dtype=None, out=None", UfuncAccumulate},
    {"outer", "A, B", UfuncOuter},
    {"at", "a, indices, b=None", UfuncAt},
};
constexpr NativeRow kUfuncProperties[] = {{"__name__", "", UfuncNameOf}, {"nin", "", UfuncInputs}};

// ---- Settings ---------------------------------------------------------------------------------------
Value SetPrintOptions(Vm& vm, const Arguments& a) {
  PrintOptions& options = vm.print_options();
  options.precision = static_cast<int>(IntegerOr(vm, a, 0, options.precision));
  options.threshold =
      a.Given(1) ? static_cast<int64_t>(std::min(NumberOr(vm, a, 1, 0), 9e18)) : options.threshold;
  options.edge_items = IntegerOr(vm, a, 2, options.edge_items);
  options.line_width = static_cast<int>(IntegerOr(vm, a, 3, options.line_width));
  options.suppress = FlagOr(vm, a, 4, options.suppress);
  return Value::None();
}

Value SetErr(Vm& vm, const Arguments&) {
  Ref<DictObject> settings = Make<DictObject>();
  for (const char* name : {"divide", "over", "under", "invalid"}) {
    const Value key = Str(name);
    settings->table.Set(vm, key, key.Get<StringObject>()->hash(),
                        Str(std::string_view(name) == "under" ? "ignore" : "warn"));
  }
  return settings;
}

// np.errstate(): a context in which nothing changes; Lathe gives no floating-point warnings.
Value ErrState(Vm&, const Arguments& a) {
  return Make<InstanceObject>(Ref<ClassObject>(a[0].Get<ClassObject>()));
}
Value EnterErrState(Vm&, const Arguments&) { return Value::None(); }
Value LeaveErrState(Vm&, const Arguments&) { return Value::None(); }

Value Norm(Vm& vm, const Arguments& a) {
  const Array x = Cast(ToArray(vm, a[0]), DType::kFloat64);
  const Over over = ToOver(vm, a[2], a[3]);
  const bool text = a.Given(1) && a[1].As<StringObject>();
  const double order = !a.Given(1) || text ? 2 : NumberOr(vm, a, 1, 2);
  const bool matrix = a.Given(1) && !text && (over.axes.rank() == 2 || (over.axes.empty() && x.rank() == 2));
  if (matrix)
    throw Error(ErrorKind::kNotImplemented, "norms of matrices with an order are not available in Lathe");
  if (order == std::numeric_limits<double>::infinity()) return WrapResult(Max(Abs(x), over));
  if (order == 1) return WrapResult(Sum(Abs(x), over));
  if (order == 2) return WrapResult(Sqrt(Sum(x * x, over)));
  return WrapResult(Power(Sum(Power(Abs(x), order), over), 1.0 / order));
}

Value Radians(Vm& vm, const Arguments& a) { return WrapResult(ToArray(vm, a[0]) * (M_PI / 180.0)); }
Value Degrees(Vm& vm, const Arguments& a) { return WrapResult(ToArray(vm, a[0]) * (180.0 / M_PI)); }

constexpr NativeRow kSettings[] = {
    {"radians", "x", Radians},
    {"deg2rad", "x", Radians},
    {"degrees", "x", Degrees},
    {"rad2deg", "x", Degrees},
    {"set_printoptions",
     "precision=None, threshold=None, edgeitems=None, linewidth=None, suppress=None, formatter=None, "
     "sign=None, floatmode=None",
     SetPrintOptions},
    {"seterr", "all=None, divide=None, over=None, under=None, invalid=None", SetErr},
};
constexpr NativeRow kLinalg[] = {{"norm", "x, ord=None, axis=None, keepdims=False", Norm}};

// Names that NumPy has and Lathe does not: for them the error says so.
constexpr const char* kAbsentNames =
    "apply_over_axes array2string array_repr array_str ascontiguousarray asfortranarray bmat "
    "busday_count cdouble char character clongdouble common_type complex128 complex256 complex64 "
    "complexfloating compress csingle ctypeslib datetime64 dsplit einsum_path extract fft float128 "
    "float16 frombuffer fromfile fromfunction fromiter fromregex fromstring half i0 kaiser lexsort "
    "longdouble ma masked_array mat matrix memmap modf nancumprod nancumsum nanmedian nanpercentile "
    "nanquantile nditer object_ packbits partition percentile place poly1d polyint polynomial put "
    "quantile ravel_multi_index real_if_close rec recarray require roots s_ setxor1d str_ strings "
    "testing timedelta64 trim_zeros unpackbits void";

Ref<ModuleObject> MakeNumpy(Vm& vm) {
  Ref<ModuleObject> np = vm.NewModule("numpy");
  Namespace& names = np->variables;
  for (const std::string& name : UfuncNames()) {
    names.Set(vm.Intern(name), Make<UfuncObject>(name, name, UfuncArity(name)));
  }
  names.Set(vm.Intern("matmul"), Make<UfuncObject>("matmul", "matmul", 2));
  const std::pair<const char*, double> constants[] = {{"pi", M_PI},
                                                      {"e", M_E},
                                                      {"inf", std::numeric_limits<double>::infinity()},
                                                      {"nan", std::numeric_limits<double>::quiet_NaN()},
                                                      {"euler_gamma", 0.57721566490153286060651209008240243}};
  for (const auto& [name, value] : constants) names.Set(vm.Intern(name), Value::Float(value));
  names.Set(vm.Intern("newaxis"), Value::None());
  names.Set(vm.Intern("True_"), Value::Of(Scalar::Of(true)));
  names.Set(vm.Intern("False_"), Value::Of(Scalar::Of(false)));
  names.Set(vm.Intern("__version__"), Str("2.4.0"));
  DefineFunctions(vm, names, kSettings);
  DefineNumpyTypes(vm, *np);
  DefineNumpyCreation(vm, *np);
  DefineNumpyReductions(vm, *np);
  DefineNumpyShapes(vm, *np);
  DefineNumpySearching(vm, *np);
  DefineNumpyFiles(vm, *np);
  Ref<ClassObject> errstate = Make<ClassObject>("errstate", "numpy");
  errstate->order = {errstate.get(), vm.classes().object.get()};
  errstate->bases = {vm.classes().object};
  DefineConstructor(vm, *errstate, "all=None, divide=None, over=None, under=None, invalid=None", ErrState);
  static constexpr NativeRow kErrState[] = {{"__enter__", "", EnterErrState},
                                            {"__exit__", "type, value, traceback", LeaveErrState}};
  DefineMethods(vm, *errstate, kErrState);
  names.Set(vm.Intern("errstate"), errstate);
  for (const char* part : {"random", "linalg"}) {
    if (Ref<ModuleObject> module = vm.FindModule(absl::StrCat("numpy.", part)))
      names.Set(vm.Intern(part), module);
  }
  np->prelude = NumpyPrelude();
  np->explain_missing = [](std::string_view name) -> std::string {
    const std::set<absl::string_view> absent = absl::StrSplit(kAbsentNames, ' ');
    const absl::string_view wanted(name.data(), name.size());
    return absent.count(wanted) ? absl::StrCat("numpy.", wanted, " is not available in Lathe") : "";
  };
  return np;
}

Ref<ModuleObject> MakeLinalg(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("numpy.linalg");
  DefineFunctions(vm, module->variables, kLinalg);
  module->explain_missing = [](std::string_view name) -> std::string {
    const std::set<absl::string_view> absent = {
        "solve",    "inv",   "det",  "eig",  "eigh",        "eigvals",      "eigvalsh", "svd",      "qr",
        "cholesky", "lstsq", "pinv", "cond", "matrix_rank", "matrix_power", "slogdet",  "multi_dot"};
    const absl::string_view wanted(name.data(), name.size());
    return absent.count(wanted) ? absl::StrCat("numpy.linalg.", wanted, " is not available in Lathe") : "";
  };
  module->variables.Set(vm.Intern("LinAlgError"),
                        vm.classes().exceptions[static_cast<size_t>(ErrorKind::kValue)]);
  return module;
}

Ref<ModuleObject> MakeRandom(Vm& vm) {
  Ref<ModuleObject> module = vm.NewModule("numpy.random");
  DefineNumpyRandom(vm, *module);
  return module;
}

}  // namespace

void RegisterNumpy(Vm& vm) {
  vm.RegisterModule("numpy", MakeNumpy);
  vm.RegisterModule("numpy.linalg", MakeLinalg);
  vm.RegisterModule("numpy.random", MakeRandom);
}

void DefineArrayMethods(Vm& vm) {
  DefineMethods(vm, *vm.classes().ufunc, kUfuncMethods);
  DefineProperties(vm, *vm.classes().ufunc, kUfuncProperties);
  DefineReductionMethods(vm);
  DefineShapeMethods(vm);
  DefineSearchMethods(vm);
}

}  // namespace lathe::script
