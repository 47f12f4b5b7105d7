// numpy: reductions and scans, as functions and as methods; products of vectors and matrices.
#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// Stores into out= if it was given.
Value Finish(Array result, const Value& out) {
  if (auto* target = AsProperArray(out)) {
    target->array.Assign(result);
    return out;
  }
  return WrapResult(std::move(result));
}

// What the reductions of one array share: a, axis, dtype, out, keepdims.
template <Array (*Reduction)(const Input&, Over)>
Value ReduceTyped(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  const Over over = ToOver(vm, a[1], a[4]);
  if (auto dtype = DTypeOfArgument(vm, a, 2))
    return Finish(Cast(Reduction(Cast(x, *dtype), over), *dtype), a[3]);
  return Finish(Reduction(x, over), a[3]);
}

// The same without dtype: a, axis, out, keepdims.
template <Array (*Reduction)(const Input&, Over)>
Value Reduce(Vm& vm, const Arguments& a) {
  return Finish(Reduction(ToArray(vm, a[0]), ToOver(vm, a[1], a[3])), a[2]);
}

template <Array (*Reduction)(const Input&, Over, double)>
Value ReduceSpread(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  if (auto dtype = DTypeOfArgument(vm, a, 2)) x = Cast(x, *dtype);
  return Finish(Reduction(x, ToOver(vm, a[1], a[5]), NumberOr(vm, a, 4, 0)), a[3]);
}

template <Array (*Find)(const Input&, std::optional<int64_t>, bool)>
Value FindExtreme(Vm& vm, const Arguments& a) {
  return WrapResult(Find(ToArray(vm, a[0]), AxisOf(vm, a, 1), FlagOr(vm, a, 3, false)));
}

template <Array (*ScanFunction)(const Array&, std::optional<int64_t>)>
Value Scan(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  if (auto dtype = DTypeOfArgument(vm, a, 2)) x = Cast(x, *dtype);
  Array result = ScanFunction(x, AxisOf(vm, a, 1));
  if (auto* target = AsProperArray(a[3])) {
    target->array.Assign(result);
    return a[3];
  }
  return WrapArray(std::move(result));
}

Array Range(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Max(x, over) - Min(x, over);
}

Array WithoutNan(const Array& x, double replacement) {
  return Where(Ufunc("isnan", {Input(x)}), Full({}, ConvertScalar(Scalar::Of(replacement), x.dtype())), x);
}
Array NanSum(const Input& input, Over over) { return Sum(WithoutNan(input.TakeArray(), 0), over); }
Array NanMax(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Max(WithoutNan(x, -std::numeric_limits<double>::infinity()), over);
}
Array NanMin(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Min(WithoutNan(x, std::numeric_limits<double>::infinity()), over);
}
Array NanMean(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return NanSum(x, over) / Sum(Ufunc("logical_not", {Input(Ufunc("isnan", {Input(x)}))}), over);
}
Array CountNonzero(const Array& x, Over over) { return Sum(Cast(x, DType::kBool), over); }
Value CountNonzeroOf(Vm& vm, const Arguments& a) {
  const Array count = CountNonzero(ToArray(vm, a[0]), ToOver(vm, a[1], a[2]));
  return count.rank() == 0 ? Value::Of(count.item()) : WrapArray(count);
}

Value Average(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  const Over over = ToOver(vm, a[1], a[3]);
  if (!a.Given(2)) return WrapResult(Mean(x, over));
  Array weights = ToArray(vm, a[2]);
  if (weights.rank() == 1 && x.rank() > 1 && over.axes.rank() == 1) {
    // Weights along one axis stand along it.
    Shape shape;
    const int axis = AxisIn(over.axes[0], x.rank());
    for (int d = 0; d < x.rank(); ++d) shape.push_back(d == axis ? weights.size() : 1);
    weights = Reshape(weights, shape);
  }
  return WrapResult(Sum(x * weights, over) / Sum(Copy(BroadcastTo(weights, x.shape())), over));
}

// ---- Products ---------------------------------------------------------------------------------------
Value DotOf(Vm& vm, const Arguments& a) { return Finish(Dot(ToArray(vm, a[0]), ToArray(vm, a[1])), a[2]); }
Value DotMethod(Vm& vm, const Arguments& a) { return WrapResult(Dot(ToArray(vm, a[0]), ToArray(vm, a[1]))); }
Value VDot(Vm& vm, const Arguments& a) {
  return WrapResult(Dot(Ravel(ToArray(vm, a[0])), Ravel(ToArray(vm, a[1]))));
}
Value Inner(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]), y = ToArray(vm, a[1]);
  if (x.rank() == 0 || y.rank() == 0) return WrapResult(x * y);
  if (y.rank() == 1) return WrapResult(Dot(x, y));
  return WrapResult(Dot(x, Transpose(y)));
}
Value OuterOf(Vm& vm, const Arguments& a) {
  return WrapArray(Outer(Ravel(ToArray(vm, a[0])), Ravel(ToArray(vm, a[1]))));
}

Value Trace(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  if (x.rank() != 2) throw ValueError("diag requires an array of at least two dimensions");
  const int64_t k = IntegerOr(vm, a, 1, 0);
  const int64_t rows = x.extent(0), columns = x.extent(1);
  const int64_t row = k < 0 ? -k : 0, column = k > 0 ? k : 0;
  const int64_t length = std::max<int64_t>(std::min(rows - row, columns - column), 0);
  const Array flat = Reshape(Copy(x), {rows * columns});
  const int64_t first = row * columns + column;
  const int64_t last = length == 0 ? first : first + (length - 1) * (columns + 1) + 1;
  return WrapResult(Sum(flat[{Slice{first, last, columns + 1}}]));
}

constexpr NativeRow kFunctions[] = {
    {"sum", "a, axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<Sum>},
    {"prod", "a, axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<Prod>},
    {"mean", "a, axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<Mean>},
    {"nansum", "a, axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<NanSum>},
    {"nanmean", "a, axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<NanMean>},
    {"min", "a, axis=None, out=None, keepdims=False", Reduce<Min>},
    {"max", "a, axis=None, out=None, keepdims=False", Reduce<Max>},
    {"amin", "a, axis=None, out=None, keepdims=False", Reduce<Min>},
    {"amax", "a, axis=None, out=None, keepdims=False", Reduce<Max>},
    {"nanmin", "a, axis=None, out=None, keepdims=False", Reduce<NanMin>},
    {"nanmax", "a, axis=None, out=None, keepdims=False", Reduce<NanMax>},
    {"any", "a, axis=None, out=None, keepdims=False", Reduce<Any>},
    {"all", "a, axis=None, out=None, keepdims=False", Reduce<All>},
    {"ptp", "a, axis=None, out=None, keepdims=False", Reduce<Range>},
    {"var", "a, axis=None, dtype=None, out=None, ddof=0, keepdims=False", ReduceSpread<Var>},
    {"std", "a, axis=None, dtype=None, out=None, ddof=0, keepdims=False", ReduceSpread<Std>},
    {"argmax", "a, axis=None, out=None, keepdims=False", FindExtreme<ArgMax>},
    {"argmin", "a, axis=None, out=None, keepdims=False", FindExtreme<ArgMin>},
    {"cumsum", "a, axis=None, dtype=None, out=None", Scan<Cumsum>},
    {"cumprod", "a, axis=None, dtype=None, out=None", Scan<Cumprod>},
    {"count_nonzero", "a, axis=None, keepdims=False", CountNonzeroOf},
    {"average", "a, axis=None, weights=None, keepdims=False", Average},
    {"dot", "a, b, out=None", DotOf},
    {"vdot", "a, b", VDot},
    {"inner", "a, b", Inner},
    {"outer", "a, b", OuterOf},
    {"trace", "a, offset=0", Trace},
};

constexpr NativeRow kMethods[] = {
    {"sum", "axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<Sum>},
    {"prod", "axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<Prod>},
    {"mean", "axis=None, dtype=None, out=None, keepdims=False", ReduceTyped<Mean>},
    {"min", "axis=None, out=None, keepdims=False", Reduce<Min>},
    {"max", "axis=None, out=None, keepdims=False", Reduce<Max>},
    {"any", "axis=None, out=None, keepdims=False", Reduce<Any>},
    {"all", "axis=None, out=None, keepdims=False", Reduce<All>},
    {"var", "axis=None, dtype=None, out=None, ddof=0, keepdims=False", ReduceSpread<Var>},
    {"std", "axis=None, dtype=None, out=None, ddof=0, keepdims=False", ReduceSpread<Std>},
    {"argmax", "axis=None, out=None, keepdims=False", FindExtreme<ArgMax>},
    {"argmin", "axis=None, out=None, keepdims=False", FindExtreme<ArgMin>},
    {"cumsum", "axis=None, dtype=None, out=None", Scan<Cumsum>},
    {"cumprod", "axis=None, dtype=None, out=None", Scan<Cumprod>},
    {"dot", "b, out=None", DotMethod},
    {"trace", "offset=0", Trace},
};

}  // namespace

void DefineNumpyReductions(Vm& vm, ModuleObject& np) { DefineFunctions(vm, np.variables, kFunctions); }

void DefineReductionMethods(Vm& vm) {
  DefineMethods(vm, *vm.classes().array, kMethods);
  DefineMethods(vm, *vm.classes().generic, kMethods);
}

}  // namespace lathe::script
