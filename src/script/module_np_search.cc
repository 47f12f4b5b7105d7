// numpy: conditions, sorting, searching, counting and statistics of order.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

Value TupleOfArrays(std::vector<Array> arrays) {
  std::vector<Value> values;
  for (Array& array : arrays) values.push_back(WrapArray(std::move(array)));
  return MakeTuple(std::move(values));
}

Array IndexArray(const std::vector<int64_t>& values) {
  return Array::FromValues<int64_t>(values, {static_cast<int64_t>(values.size())});
}

// ---- Conditions -------------------------------------------------------------------------------------
Value WhereOf(Vm& vm, const Arguments& a) {
  if (a.Has(1) != a.Has(2)) throw ValueError("either both or neither of x and y should be given");
  if (!a.Has(1)) return TupleOfArrays(Nonzero(ToArray(vm, a[0])));
  Array condition, x, y;
  return WrapResult(Where(ToInput(vm, a[0], &condition), ToInput(vm, a[1], &x), ToInput(vm, a[2], &y)));
}

Value NonzeroOf(Vm& vm, const Arguments& a) { return TupleOfArrays(Nonzero(ToArray(vm, a[0]))); }
Value FlatNonzero(Vm& vm, const Arguments& a) { return WrapArray(Nonzero(Ravel(ToArray(vm, a[0])))[0]); }
Value ArgWhere(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  const std::vector<Array> indices = Nonzero(x);
  return WrapArray(Stack(indices, 1));
}

Array CloseTo(Vm& vm, const Arguments& a) {
  const Array x = Cast(ToArray(vm, a[0]), DType::kFloat64), y = Cast(ToArray(vm, a[1]), DType::kFloat64);
  const double relative = NumberOr(vm, a, 2, 1e-5), absolute = NumberOr(vm, a, 3, 1e-8);
  const Array finite = Ufunc("isfinite", {Input(x)}) & Ufunc("isfinite", {Input(y)});
  Array close = (finite & (Abs(x - y) <= absolute + relative * Abs(y))) | (x == y);
  if (FlagOr(vm, a, 4, false)) close = close | (Ufunc("isnan", {Input(x)}) & Ufunc("isnan", {Input(y)}));
  return close;
}
Value IsClose(Vm& vm, const Arguments& a) { return WrapResult(CloseTo(vm, a)); }
Value AllClose(Vm& vm, const Arguments& a) { return Value::Bool(All(CloseTo(vm, a)).item().To<bool>()); }

Value ArrayEqual(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]), y = ToArray(vm, a[1]);
  if (x.shape() != y.shape()) return Value::Bool(false);
  Array equal = x == y;
  if (FlagOr(vm, a, 2, false)) equal = equal | ((x != x) & (y != y));
  return Value::Bool(All(equal).item().To<bool>());
}

Value NanToNum(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  if (!IsFloat(x.dtype())) return WrapResult(Copy(x));
  const double largest = x.dtype() == DType::kFloat32 ? static_cast<double>(std::numeric_limits<float>::max())
                                                      : std::numeric_limits<double>::max();
  const double infinity = std::numeric_limits<double>::infinity();
  Array result = Where(Ufunc("isnan", {Input(x)}), NumberOr(vm, a, 2, 0.0), x);
  result = Where(result == infinity, NumberOr(vm, a, 3, largest), result);
  return WrapResult(Where(result == -infinity, NumberOr(vm, a, 4, -largest), result));
}

// ---- Sorting ----------------------------------------------------------------------------------------
// The axis of sort and argsort: None flattens.
Value SortWith(Vm& vm, const Arguments& a, Array (*function)(const Array&, int64_t)) {
  const Array x = ToArray(vm, a[0]);
  if (a.Has(1) && a[1].IsNone()) return WrapArray(function(Ravel(x), -1));
  return WrapArray(function(x, IntegerOr(vm, a, 1, -1)));
}
Value SortOf(Vm& vm, const Arguments& a) { return SortWith(vm, a, Sort); }
Value ArgsortOf(Vm& vm, const Arguments& a) { return SortWith(vm, a, Argsort); }
Value SortInPlace(Vm& vm, const Arguments& a) {
  Array& array = AsArray(a[0])->array;
  array.Assign(Sort(array, IntegerOr(vm, a, 1, -1)));
  return Value::None();
}

// True where a sorted vector's element differs from the one before.
std::vector<int64_t> RunStarts(const Array& sorted) {
  std::vector<int64_t> starts;
  const int64_t count = sorted.size();
  if (count == 0) return starts;
  std::vector<char> differs(static_cast<size_t>(count - 1));
  const Array after = sorted[{Slice{1, {}}}], before = sorted[{Slice{{}, count - 1}}];
  // All NaNs count as one value; they are sorted to the end.
  ((after != before) & Ufunc("logical_not", {Input((after != after) & (before != before))}))
      .CopyTo(differs.data());
  starts.push_back(0);
  for (int64_t k = 1; k < count; ++k) {
    if (differs[static_cast<size_t>(k - 1)]) starts.push_back(k);
  }
  return starts;
}

Value Unique(Vm& vm, const Arguments& a) {
  const Array x = Copy(Ravel(ToArray(vm, a[0])));
  const Array order = Argsort(x);
  const Array sorted = Take(x, order);
  const std::vector<int64_t> starts = RunStarts(sorted);
  std::vector<Value> results = {WrapArray(Take(sorted, IndexArray(starts)))};
  if (FlagOr(vm, a, 1, false)) results.push_back(WrapArray(Take(order, IndexArray(starts))));
  if (FlagOr(vm, a, 2, false)) {
    const std::vector<int64_t> positions = order.ToVector<int64_t>();
    std::vector<int64_t> inverse(positions.size());
    for (size_t run = 0; run < starts.size(); ++run) {
      const auto end = static_cast<size_t>(run + 1 < starts.size() ? starts[run + 1] : x.size());
      for (auto k = static_cast<size_t>(starts[run]); k < end; ++k)
        inverse[static_cast<size_t>(positions[k])] = static_cast<int64_t>(run);
    }
    results.push_back(WrapArray(Reshape(IndexArray(inverse), ToArray(vm, a[0]).shape())));
  }
  if (FlagOr(vm, a, 3, false)) {
    std::vector<int64_t> counts;
    for (size_t run = 0; run < starts.size(); ++run) {
      counts.push_back((run + 1 < starts.size() ? starts[run + 1] : x.size()) - starts[run]);
    }
    results.push_back(WrapArray(IndexArray(counts)));
  }
  return results.size() == 1 ? results[0] : MakeTuple(std::move(results));
}

Value SearchSorted(Vm& vm, const Arguments& a) {
  const std::vector<double> sorted = DoublesOf(ToArray(vm, a[0]));
  const Array wanted = ToArray(vm, a[1]);
  const bool right = TextOr(vm, a, 2, "left") == "right";
  std::vector<int64_t> positions;
  for (double x : DoublesOf(Ravel(wanted))) {
    const auto place = right ? std::upper_bound(sorted.begin(), sorted.end(), x)
                             : std::lower_bound(sorted.begin(), sorted.end(), x);
    positions.push_back(place - sorted.begin());
  }
  return WrapResult(Reshape(IndexArray(positions), wanted.shape()));
}

Value TakeOf(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  Array indices = ToArray(vm, a[1]);
  if (indices.size() == 0) indices = Cast(indices, DType::kInt64);
  if (!a.Given(2)) return WrapResult(Take(Ravel(x), indices, 0));
  return WrapResult(Take(x, indices, IntegerOr(vm, a, 2, 0)));
}

// ---- Statistics of order ----------------------------------------------------------------------------
Array MedianOf(const Array& x, int axis) {
  const Array sorted = Sort(x, axis);
  const int64_t count = x.extent(axis);
  if (count == 0) return Mean(x, Over{{axis}});
  const auto at = [&](int64_t k) {
    std::vector<IndexItem> items(static_cast<size_t>(axis), IndexItem(Slice{}));
    items.emplace_back(k);
    return sorted.At(items);
  };
  const Array middle = count % 2 == 1 ? Cast(at(count / 2), IsFloat(x.dtype()) ? x.dtype() : DType::kFloat64)
                                      : (at(count / 2 - 1) + at(count / 2)) / 2.0;
  if (!IsFloat(x.dtype())) return middle;
  // A NaN sorts to the end and makes the median NaN.
  const Array last = at(count - 1);
  return Where(last != last, last, middle);
}

Value Median(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  const bool flat = !a.Given(1);
  const int axis = flat ? 0 : AxisIn(IntegerOr(vm, a, 1, 0), x.rank());
  Array result = MedianOf(flat ? Ravel(x) : x, axis);
  if (FlagOr(vm, a, 3, false)) {
    Shape shape = x.shape();
    for (int d = 0; d < x.rank(); ++d) {
      if (flat || d == axis) shape[d] = 1;
    }
    result = Reshape(result, shape);
  }
  return WrapResult(std::move(result));
}

// Linear interpolation between the order statistics of the flattened array.
Value QuantileOf(Vm& vm, const Arguments& a, double scale) {
  if (a.Given(2))
    throw Error(ErrorKind::kNotImplemented,
                "percentile and quantile along an axis are not available in Lathe");
  std::vector<double> sorted = DoublesOf(Sort(Ravel(ToArray(vm, a[0]))));
  const Array wanted = ToArray(vm, a[1]);
  std::vector<double> results;
  for (double q : DoublesOf(Ravel(wanted))) {
    q /= scale;
    if (!(q >= 0 && q <= 1))
      throw ValueError(scale == 1 ? "Quantiles must be in the range [0, 1]"
                                  : "Percentiles must be in the range [0, 100]");
    if (sorted.empty()) throw IndexError("index -1 is out of bounds for axis 0 with size 0");
    const double position = q * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<size_t>(position);
    const size_t high = std::min(low + 1, sorted.size() - 1);
    const double t = position - static_cast<double>(low);
    const double difference = sorted[high] - sorted[low];
    results.push_back(t >= 0.5 ? sorted[high] - difference * (1 - t) : sorted[low] + difference * t);
  }
  return WrapResult(
      Reshape(Array::FromValues<double>(results, {static_cast<int64_t>(results.size())}), wanted.shape()));
}
Value Percentile(Vm& vm, const Arguments& a) { return QuantileOf(vm, a, 100); }
Value Quantile(Vm& vm, const Arguments& a) { return QuantileOf(vm, a, 1); }

// ---- Counting ---------------------------------------------------------------------------------------
Value BinCount(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  if (x.rank() != 1)
    throw ValueError(x.rank() == 0 ? "object of too small depth for desired array"
                                   : "object too deep for desired array");
  if (IsFloat(x.dtype()) && x.size() > 0) {
    throw TypeErrorOf(absl::StrCat("Cannot cast array data from dtype('", std::string(Name(x.dtype())),
                                   "') to dtype('int64') according to the rule 'safe'"));
  }
  const std::vector<int64_t> values = Cast(x, DType::kInt64).ToVector<int64_t>();
  int64_t bins = IntegerOr(vm, a, 2, 0);
  for (int64_t value : values) {
    if (value < 0) throw ValueError("'list' argument must have no negative elements");
    bins = std::max(bins, value + 1);
  }
  if (a.Given(1)) {
    const std::vector<double> weights = DoublesOf(ToArray(vm, a[1]));
    if (weights.size() != values.size()) throw ValueError("The weights and list don't have the same length.");
    std::vector<double> sums(static_cast<size_t>(bins));
    for (size_t k = 0; k < values.size(); ++k) sums[static_cast<size_t>(values[k])] += weights[k];
    return WrapArray(Array::FromValues<double>(sums, {bins}));
  }
  std::vector<int64_t> counts(static_cast<size_t>(bins));
  for (int64_t value : values) ++counts[static_cast<size_t>(value)];
  return WrapArray(Array::FromValues<int64_t>(counts, {bins}));
}

Array BinEdges(Vm& vm, const Arguments& a, const std::vector<double>& values) {
  int64_t count = 10;
  if (a.Given(1) && !AsInteger(a[1], &count)) return Cast(ToArray(vm, a[1]), DType::kFloat64);
  if (count < 1) throw ValueError("`bins` must be positive, when an integer");
  double low = 0, high = 1;
  if (a.Given(2)) {
    const std::vector<double> range = DoublesOf(ToArray(vm, a[2]));
    if (range.size() != 2 || range[0] > range[1])
      throw ValueError("max must be larger than min in range parameter.");
    low = range[0], high = range[1];
  } else if (!values.empty()) {
    low = *std::min_element(values.begin(), values.end());
    high = *std::max_element(values.begin(), values.end());
  }
  if (low == high) low -= 0.5, high += 0.5;
  return Linspace(low, high, count + 1);
}

Value Histogram(Vm& vm, const Arguments& a) {
  const std::vector<double> values = DoublesOf(ToArray(vm, a[0]));
  const Array edges = BinEdges(vm, a, values);
  const std::vector<double> bounds = DoublesOf(edges);
  if (!std::is_sorted(bounds.begin(), bounds.end()))
    throw ValueError("`bins` must increase monotonically, when an array");
  const std::vector<double> weights =
      a.Given(4) ? DoublesOf(ToArray(vm, a[4])) : std::vector<double>(values.size(), 1.0);
  if (weights.size() != values.size()) throw ValueError("weights should have the same shape as a.");
  const size_t bins = bounds.size() - 1;
  std::vector<double> sums(bins);
  for (size_t k = 0; k < values.size(); ++k) {
    const double x = values[k];
    if (!(x >= bounds.front() && x <= bounds.back())) continue;
    auto bin = static_cast<size_t>(std::upper_bound(bounds.begin(), bounds.end(), x) - bounds.begin()) - 1;
    sums[std::min(bin, bins - 1)] += weights[k];
  }
  const auto extent = static_cast<int64_t>(bins);
  if (FlagOr(vm, a, 3, false)) {
    const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
    for (size_t k = 0; k < bins; ++k) sums[k] /= total * (bounds[k + 1] - bounds[k]);
    return MakeTuple({WrapArray(Array::FromValues<double>(sums, {extent})), WrapArray(edges)});
  }
  Array counts = Array::FromValues<double>(sums, {extent});
  if (!a.Given(4)) counts = Cast(counts, DType::kInt64);
  const bool given_edges = a.Given(1) && AsArray(a[1]);
  return MakeTuple({WrapArray(std::move(counts)), given_edges ? a[1] : WrapArray(edges)});
}

constexpr NativeRow kFunctions[] = {
    {"where", "condition, x=None, y=None", WhereOf},
    {"nonzero", "a", NonzeroOf},
    {"flatnonzero", "a", FlatNonzero},
    {"argwhere", "a", ArgWhere},
    {"isclose", "a, b, rtol=1e-5, atol=1e-8, equal_nan=False", IsClose},
    {"allclose", "a, b, rtol=1e-5, atol=1e-8, equal_nan=False", AllClose},
    {"array_equal", "a1, a2, equal_nan=False", ArrayEqual},
    {"nan_to_num", "x, copy=True, nan=0.0, posinf=None, neginf=None", NanToNum},
    {"sort", "a, axis=-1, kind=None, order=None", SortOf},
    {"argsort", "a, axis=-1, kind=None, order=None", ArgsortOf},
    {"unique", "ar, return_index=False, return_inverse=False, return_counts=False", Unique},
    {"searchsorted", "a, v, side='left'", SearchSorted},
    {"take", "a, indices, axis=None", TakeOf},
    {"median", "a, axis=None, out=None, keepdims=False", Median},
    {"percentile", "a, q, axis=None", Percentile},
    {"quantile", "a, q, axis=None", Quantile},
    {"bincount", "x, weights=None, minlength=0", BinCount},
    {"histogram", "a, bins=10, range=None, density=False, weights=None", Histogram},
};

constexpr NativeRow kMethods[] = {
    {"nonzero", "", NonzeroOf},
    {"argsort", "axis=-1, kind=None, order=None", ArgsortOf},
    {"take", "indices, axis=None", TakeOf},
    {"searchsorted", "v, side='left'", SearchSorted},
    {"sort", "axis=-1, kind=None, order=None", SortInPlace},
};

}  // namespace

void DefineNumpySearching(Vm& vm, ModuleObject& np) { DefineFunctions(vm, np.variables, kFunctions); }

void DefineSearchMethods(Vm& vm) { DefineMethods(vm, *vm.classes().array, kMethods); }

}  // namespace lathe::script
