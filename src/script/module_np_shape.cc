// numpy: attributes of arrays, changes of shape and dtype, joining and splitting; as functions and as
// methods.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "src/array/array_body.h"
#include "src/array/view.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

Value TupleOf(const Shape& shape) {
  std::vector<Value> extents;
  for (int64_t extent : shape) extents.push_back(Value::Int(extent));
  return MakeTuple(std::move(extents));
}

// ---- Attributes -------------------------------------------------------------------------------------
Value ShapeOf(Vm& vm, const Arguments& a) {
  return TupleOf(AsArray(a[0]) ? AsArray(a[0])->array.shape() : ToArray(vm, a[0]).shape());
}
Value SetShape(Vm& vm, const Arguments& a) {
  Array& array = AsArray(a[0])->array;
  array = Reshape(array, ToShape(vm, a[1]));
  return Value::None();
}
Value DTypeOfValue(Vm& vm, const Arguments& a) { return Make<DTypeObject>(ToArray(vm, a[0]).dtype()); }
Value RankOf(Vm& vm, const Arguments& a) { return Value::Int(ToArray(vm, a[0]).rank()); }
Value SizeOf(Vm& vm, const Arguments& a) { return Value::Int(ToArray(vm, a[0]).size()); }
Value SizeFunction(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return Value::Int(a.Given(1) ? x.extent(AxisIn(IntegerOr(vm, a, 1, 0), x.rank())) : x.size());
}
Value ItemSizeOf(Vm& vm, const Arguments& a) { return Value::Int(ItemSize(ToArray(vm, a[0]).dtype())); }
Value BytesOf(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return Value::Int(x.size() * ItemSize(x.dtype()));
}
Value StridesOf(Vm& vm, const Arguments& a) { return TupleOf(ToArray(vm, a[0]).Eval().strides()); }
Value Transposed(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return x.rank() < 2 ? a[0] : WrapArray(Transpose(x));
}
Value FlatOf(Vm& vm, const Arguments& a) { return WrapArray(Ravel(ToArray(vm, a[0]))); }
Value RealOf(Vm&, const Arguments& a) { return a[0]; }
Value ImaginaryOf(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return WrapResult(Zeros(x.shape(), x.dtype()));
}

// ---- Reshaping --------------------------------------------------------------------------------------
// reshape(2, 3), reshape((2, 3)) and reshape(-1)
Value ReshapeMethod(Vm& vm, const Arguments& a) {
  if (a.rest.size() == 1) return WrapArray(Reshape(ToArray(vm, a[0]), ToShape(vm, a.rest[0])));
  return WrapArray(Reshape(ToArray(vm, a[0]), ToShape(vm, MakeTuple({a.rest.begin(), a.rest.end()}))));
}
Value ReshapeFunction(Vm& vm, const Arguments& a) {
  return WrapArray(Reshape(ToArray(vm, a[0]), ToShape(vm, a[1])));
}
Value RavelOf(Vm& vm, const Arguments& a) { return WrapArray(Ravel(ToArray(vm, a[0]))); }
Value Flatten(Vm& vm, const Arguments& a) { return WrapArray(Copy(Ravel(ToArray(vm, a[0])))); }

Value TransposeMethod(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  if (a.rest.empty() || (a.rest.size() == 1 && a.rest[0].IsNone())) return WrapArray(Transpose(x));
  if (a.rest.size() == 1) return WrapArray(Transpose(x, ToShape(vm, a.rest[0])));
  return WrapArray(Transpose(x, ToShape(vm, MakeTuple({a.rest.begin(), a.rest.end()}))));
}
Value TransposeFunction(Vm& vm, const Arguments& a) {
  return WrapArray(a.Given(1) ? Transpose(ToArray(vm, a[0]), ToShape(vm, a[1]))
                              : Transpose(ToArray(vm, a[0])));
}

Value SwapAxes(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  Shape order;
  for (int d = 0; d < x.rank(); ++d) order.push_back(d);
  std::swap(order[AxisIn(IntegerOr(vm, a, 1, 0), x.rank())], order[AxisIn(IntegerOr(vm, a, 2, 0), x.rank())]);
  return WrapArray(Transpose(x, order));
}

Value MoveAxis(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  const Shape from = ToShape(vm, a[1]), to = ToShape(vm, a[2]);
  if (from.rank() != to.rank())
    throw ValueError("`source` and `destination` arguments must have the same number of elements");
  std::vector<std::pair<int, int>> moves;
  std::vector<int> left;
  for (int k = 0; k < from.rank(); ++k)
    moves.emplace_back(AxisIn(to[k], x.rank()), AxisIn(from[k], x.rank()));
  for (int d = 0; d < x.rank(); ++d) {
    if (std::none_of(moves.begin(), moves.end(), [d](const auto& move) { return move.second == d; }))
      left.push_back(d);
  }
  std::sort(moves.begin(), moves.end());
  for (const auto& [target, source] : moves) left.insert(left.begin() + target, source);
  Shape order;
  for (int d : left) order.push_back(d);
  return WrapArray(Transpose(x, order));
}

Value SqueezeOf(Vm& vm, const Arguments& a) {
  return WrapArray(Squeeze(ToArray(vm, a[0]), AxisOf(vm, a, 1)));
}

Value ExpandDimsOf(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  Shape axes = ToShape(vm, a[1]);
  const int rank = x.rank() + axes.rank();
  std::vector<int> sorted;
  for (int64_t axis : axes) sorted.push_back(AxisIn(axis, rank));
  std::sort(sorted.begin(), sorted.end());
  for (int axis : sorted) x = ExpandDims(x, axis);
  return WrapArray(std::move(x));
}

Value BroadcastToOf(Vm& vm, const Arguments& a) {
  return WrapArray(BroadcastTo(ToArray(vm, a[0]), ToShape(vm, a[1])));
}

Value BroadcastArrays(Vm& vm, const Arguments& a) {
  std::vector<Array> arrays;
  Shape shape;
  for (const Value& x : a.rest) {
    arrays.push_back(ToArray(vm, x));
    shape = BroadcastShapes(shape, arrays.back().shape());
  }
  std::vector<Value> results;
  for (const Array& array : arrays) results.push_back(WrapArray(BroadcastTo(array, shape)));
  return MakeTuple(std::move(results));
}

Value AtLeast(Vm& vm, const Value& x, int rank) {
  Array array = ToArray(vm, x);
  while (array.rank() < rank) array = ExpandDims(array, 0);
  return WrapArray(std::move(array));
}
Value AtLeast1(Vm& vm, const Arguments& a) { return AtLeast(vm, a[0], 1); }
Value AtLeast2(Vm& vm, const Arguments& a) { return AtLeast(vm, a[0], 2); }

// ---- Order of elements ------------------------------------------------------------------------------
Value FlipOf(Vm& vm, const Arguments& a) { return WrapArray(Flip(ToArray(vm, a[0]), AxisOf(vm, a, 1))); }
Value FlipUpDown(Vm& vm, const Arguments& a) { return WrapArray(Flip(ToArray(vm, a[0]), 0)); }
Value FlipLeftRight(Vm& vm, const Arguments& a) { return WrapArray(Flip(ToArray(vm, a[0]), 1)); }

Array RollAxis(const Array& x, int64_t shift, int axis) {
  const int64_t extent = x.extent(axis);
  if (extent == 0) return Copy(x);
  const int64_t places = ((shift % extent) + extent) % extent;
  if (places == 0) return Copy(x);
  std::vector<IndexItem> items(static_cast<size_t>(axis), IndexItem(Slice{}));
  items.emplace_back(Slice{extent - places, {}});
  const Array tail = x.At(items);
  items.back() = IndexItem(Slice{{}, extent - places});
  const Array parts[] = {tail, x.At(items)};
  return Concatenate(parts, axis);
}

Value Roll(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  if (!a.Given(2)) return WrapArray(Reshape(RollAxis(Ravel(x), ToShape(vm, a[1])[0], 0), x.shape()));
  const Shape shifts = ToShape(vm, a[1]), axes = ToShape(vm, a[2]);
  Array result = x;
  for (int k = 0; k < std::max(shifts.rank(), axes.rank()); ++k) {
    result = RollAxis(result, shifts[shifts.rank() == 1 ? 0 : k],
                      AxisIn(axes[axes.rank() == 1 ? 0 : k], x.rank()));
  }
  return WrapArray(std::move(result));
}

Value Repeat(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  int axis = 0;
  if (a.Given(2)) {
    axis = AxisIn(IntegerOr(vm, a, 2, 0), x.rank());
  } else {
    x = Ravel(x);
  }
  const int64_t extent = x.extent(axis);
  const Array counts = Cast(ToArray(vm, a[1]), DType::kInt64);
  if (counts.rank() > 0 && counts.size() != extent && counts.size() != 1) {
    throw ShapeError(absl::StrCat("operands could not be broadcast together with shape (", extent, ",) (",
                                  counts.size(), ",)"));
  }
  const std::vector<int64_t> repeats = Ravel(counts).ToVector<int64_t>();
  std::vector<int64_t> positions;
  for (int64_t k = 0; k < extent; ++k) {
    const int64_t count = repeats[repeats.size() == 1 ? 0 : static_cast<size_t>(k)];
    if (count < 0) throw ValueError("repeats may not contain negative values.");
    positions.insert(positions.end(), static_cast<size_t>(count), k);
  }
  return WrapArray(
      Take(x, Array::FromValues<int64_t>(positions, {static_cast<int64_t>(positions.size())}), axis));
}

Value Tile(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  Shape counts = ToShape(vm, a[1]);
  while (x.rank() < counts.rank()) x = ExpandDims(x, 0);
  while (counts.rank() < x.rank()) counts.insert(0, 1);
  // Each dimension becomes two, (count, extent), the first of stride zero.
  Shape own, wide, result;
  for (int d = 0; d < x.rank(); ++d) {
    int64_t extent = 0;
    if (__builtin_mul_overflow(counts[d], x.extent(d), &extent)) {
      return vm.ThrowValue(
          "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size.");
    }
    result.push_back(extent);
  }
  if (2 * x.rank() <= Shape::kMaxRank) {
    for (int d = 0; d < x.rank(); ++d) {
      own.push_back(1);
      own.push_back(x.extent(d));
      wide.push_back(counts[d]);
      wide.push_back(x.extent(d));
    }
    return WrapArray(Reshape(Copy(BroadcastTo(Reshape(x, own), wide)), result));
  }
  for (int d = 0; d < x.rank(); ++d) {
    const std::vector<Array> parts(static_cast<size_t>(counts[d]), x);
    x = parts.empty() ? Zeros(result, x.dtype()) : Concatenate(parts, d);
  }
  return WrapArray(std::move(x));
}

Array DiffOnce(const Array& x, int axis) {
  const int64_t extent = x.extent(axis);
  std::vector<IndexItem> items(static_cast<size_t>(axis), IndexItem(Slice{}));
  items.emplace_back(Slice{1, {}});
  const Array after = x.At(items);
  items.back() = IndexItem(Slice{{}, std::max<int64_t>(extent - 1, 0)});
  const Array before = x.At(items);
  return IsBool(x.dtype()) ? Ufunc("not_equal", {Input(after), Input(before)}) : after - before;
}

Value Diff(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  if (x.rank() == 0) throw ValueError("diff requires input that is at least one dimensional");
  const int64_t times = IntegerOr(vm, a, 1, 1);
  if (times < 0) throw ValueError(absl::StrCat("order must be non-negative but got ", times));
  const int axis = AxisIn(IntegerOr(vm, a, 2, -1), x.rank());
  for (int64_t k = 0; k < times; ++k) x = DiffOnce(x, axis);
  return WrapArray(std::move(x));
}

// ---- Joining and splitting --------------------------------------------------------------------------
Value ConcatenateOf(Vm& vm, const Arguments& a) {
  std::vector<Array> parts = ArraysOf(vm, a[0]);
  if (a.Has(1) && a[1].IsNone()) {
    for (Array& part : parts) part = Ravel(part);
  }
  return WrapArray(Concatenate(parts, IntegerOr(vm, a, 1, 0)));
}
Value StackOf(Vm& vm, const Arguments& a) {
  return WrapArray(Stack(ArraysOf(vm, a[0]), IntegerOr(vm, a, 1, 0)));
}

Value VStack(Vm& vm, const Arguments& a) {
  std::vector<Array> parts = ArraysOf(vm, a[0]);
  for (Array& part : parts) {
    while (part.rank() < 2) part = ExpandDims(part, 0);
  }
  return WrapArray(Concatenate(parts, 0));
}
Value HStack(Vm& vm, const Arguments& a) {
  std::vector<Array> parts = ArraysOf(vm, a[0]);
  for (Array& part : parts) {
    if (part.rank() == 0) part = ExpandDims(part, 0);
  }
  return WrapArray(Concatenate(parts, !parts.empty() && parts[0].rank() == 1 ? 0 : 1));
}
Value DStack(Vm& vm, const Arguments& a) {
  std::vector<Array> parts = ArraysOf(vm, a[0]);
  for (Array& part : parts) {
    while (part.rank() < 2) part = ExpandDims(part, 0);
    if (part.rank() == 2) part = ExpandDims(part, 2);
  }
  return WrapArray(Concatenate(parts, 2));
}
Value ColumnStack(Vm& vm, const Arguments& a) {
  std::vector<Array> parts = ArraysOf(vm, a[0]);
  for (Array& part : parts) {
    if (part.rank() < 2) part = Reshape(part, {part.size(), 1});
  }
  return WrapArray(Concatenate(parts, 1));
}

Value Append(Vm& vm, const Arguments& a) {
  std::vector<Array> parts = {ToArray(vm, a[0]), ToArray(vm, a[1])};
  if (!a.Given(2)) {
    for (Array& part : parts) part = Ravel(part);
  }
  return WrapArray(Concatenate(parts, IntegerOr(vm, a, 2, 0)));
}

Value SplitAt(const Array& x, const std::vector<int64_t>& bounds, int axis) {
  std::vector<Value> parts;
  for (size_t k = 0; k + 1 < bounds.size(); ++k) {
    std::vector<IndexItem> items(static_cast<size_t>(axis), IndexItem(Slice{}));
    items.emplace_back(Slice{bounds[k], std::max(bounds[k], bounds[k + 1])});
    parts.push_back(WrapArray(x.At(items)));
  }
  return MakeList(std::move(parts));
}

Value SplitInto(Vm& vm, const Arguments& a, bool equal) {
  const Array x = ToArray(vm, a[0]);
  const int axis = AxisIn(IntegerOr(vm, a, 2, 0), x.rank());
  const int64_t extent = x.extent(axis);
  std::vector<int64_t> bounds = {0};
  int64_t count;
  if (AsInteger(a[1], &count)) {
    if (count <= 0) throw ValueError("number sections must be larger than 0.");
    if (equal && extent % count != 0) throw ValueError("array split does not result in an equal division");
    for (int64_t k = 0; k < count; ++k)
      bounds.push_back(bounds.back() + extent / count + (k < extent % count));
  } else {
    for (const Value& bound : ItemsOf(vm, a[1])) {
      if (!ToIndex(vm, bound, &count)) throw PendingError();
      bounds.push_back(std::min(count < 0 ? std::max<int64_t>(count + extent, 0) : count, extent));
    }
    bounds.push_back(extent);
  }
  return SplitAt(x, bounds, axis);
}
Value Split(Vm& vm, const Arguments& a) { return SplitInto(vm, a, true); }
Value ArraySplit(Vm& vm, const Arguments& a) { return SplitInto(vm, a, false); }
Value SplitAlong(Vm& vm, const Arguments& a, int64_t axis) {
  const Value values[] = {a[0], a[1], Value::Int(axis)};
  return SplitInto(vm, Arguments{values, {}}, true);
}
Value HSplit(Vm& vm, const Arguments& a) { return SplitAlong(vm, a, ToArray(vm, a[0]).rank() > 1 ? 1 : 0); }
Value VSplit(Vm& vm, const Arguments& a) { return SplitAlong(vm, a, 0); }

// ---- Conversion -------------------------------------------------------------------------------------
Value AsType(Vm& vm, const Arguments& a) {
  const DType dtype = ToDType(vm, a[1]);
  const Array x = ToArray(vm, a[0]);
  if (AsProperArray(a[0])) return WrapArray(x.dtype() == dtype ? Copy(x) : Cast(x, dtype));
  return Value::Of(ConvertScalar(x.item(), dtype));
}
Value CopyMethod(Vm& vm, const Arguments& a) {
  return AsProperArray(a[0]) ? WrapArray(Copy(ToArray(vm, a[0]))) : a[0];
}
Value ToListMethod(Vm& vm, const Arguments& a) { return ToList(ToArray(vm, a[0])); }

Value Item(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  if (a.rest.empty()) {
    if (x.size() != 1) throw ValueError("can only convert an array of size 1 to a Python scalar");
    return PythonNumber(x.item());
  }
  Shape indices = ToShape(vm, a.rest.size() == 1 ? a.rest[0] : MakeTuple({a.rest.begin(), a.rest.end()}));
  if (indices.rank() == 1 && x.rank() != 1) {
    // One index counts through all elements in C order.
    int64_t flat = indices[0];
    if (flat < -x.size() || flat >= x.size()) {
      throw IndexError(absl::StrCat("index ", flat, " is out of bounds for size ", x.size()));
    }
    if (flat < 0) flat += x.size();
    Shape full = x.shape();
    for (int d = x.rank() - 1; d >= 0; --d) {
      full[d] = flat % x.extent(d);
      flat /= x.extent(d);
    }
    indices = full;
  }
  return PythonNumber(x.item(std::span(indices.begin(), static_cast<size_t>(indices.rank()))));
}

Value Fill(Vm& vm, const Arguments& a) {
  Array storage;
  AsArray(a[0])->array.Assign(ToInput(vm, a[1], &storage));
  return Value::None();
}

// round(a, decimals): scaled, rounded to even and scaled back, as NumPy does.
Array RoundTo(const Array& x, int64_t decimals) {
  if (!IsFloat(x.dtype())) {
    if (decimals >= 0) return Copy(x);
    const double unit = std::pow(10.0, static_cast<double>(-decimals));
    return Cast(Ufunc("rint", {Input(x / unit)}) * unit, IsBool(x.dtype()) ? DType::kInt64 : x.dtype());
  }
  if (decimals == 0) return Ufunc("rint", {Input(x)});
  const double unit = std::pow(10.0, static_cast<double>(std::llabs(decimals)));
  return decimals > 0 ? Ufunc("rint", {Input(x * unit)}) / unit : Ufunc("rint", {Input(x / unit)}) * unit;
}
Value Round(Vm& vm, const Arguments& a) {
  Array result = RoundTo(ToArray(vm, a[0]), IntegerOr(vm, a, 1, 0));
  if (auto* target = AsProperArray(a[2])) {
    target->array.Assign(result);
    return a[2];
  }
  return WrapResult(std::move(result));
}

Value Clip(Vm& vm, const Arguments& a) {
  Array x = ToArray(vm, a[0]);
  Array low, high;
  if (a.Given(1)) x = Ufunc("maximum", {Input(x), ToInput(vm, a[1], &low)});
  if (a.Given(2)) x = Ufunc("minimum", {Input(x), ToInput(vm, a[2], &high)});
  if (auto* target = AsProperArray(a[3])) {
    target->array.Assign(x);
    return a[3];
  }
  return WrapResult(std::move(x));
}

constexpr NativeRow kProperties[] = {
    {"dtype", "", DTypeOfValue},  {"ndim", "", RankOf},    {"size", "", SizeOf},
    {"itemsize", "", ItemSizeOf}, {"nbytes", "", BytesOf}, {"strides", "", StridesOf},
    {"T", "", Transposed},        {"flat", "", FlatOf},    {"real", "", RealOf},
    {"imag", "", ImaginaryOf},
};

constexpr NativeRow kMethods[] = {
    {"reshape", "*shape, order='C'", ReshapeMethod},
    {"ravel", "order='C'", RavelOf},
    {"flatten", "order='C'", Flatten},
    {"transpose", "*axes", TransposeMethod},
    {"swapaxes", "axis1, axis2", SwapAxes},
    {"squeeze", "axis=None", SqueezeOf},
    {"repeat", "repeats, axis=None", Repeat},
    {"astype", "dtype, order=None, casting=None, subok=None, copy=True", AsType},
    {"copy", "order='C'", CopyMethod},
    {"tolist", "", ToListMethod},
    {"item", "*args", Item},
    {"round", "decimals=0, out=None", Round},
    {"clip", "min=None, max=None, out=None", Clip},
    {"conj", "", RealOf},
    {"conjugate", "", RealOf},
};
constexpr NativeRow kArrayMethods[] = {{"fill", "value", Fill}};

constexpr NativeRow kFunctions[] = {
    {"shape", "a", ShapeOf},
    {"ndim", "a", RankOf},
    {"size", "a, axis=None", SizeFunction},
    {"reshape", "a, shape, order='C'", ReshapeFunction},
    {"ravel", "a, order='C'", RavelOf},
    {"transpose", "a, axes=None", TransposeFunction},
    {"permute_dims", "a, axes=None", TransposeFunction},
    {"swapaxes", "a, axis1, axis2", SwapAxes},
    {"moveaxis", "a, source, destination", MoveAxis},
    {"squeeze", "a, axis=None", SqueezeOf},
    {"expand_dims", "a, axis", ExpandDimsOf},
    {"broadcast_to", "array, shape", BroadcastToOf},
    {"broadcast_arrays", "*args", BroadcastArrays},
    {"atleast_1d", "array", AtLeast1},
    {"atleast_2d", "array", AtLeast2},
    {"flip", "m, axis=None", FlipOf},
    {"flipud", "m", FlipUpDown},
    {"fliplr", "m", FlipLeftRight},
    {"roll", "a, shift, axis=None", Roll},
    {"repeat", "a, repeats, axis=None", Repeat},
    {"tile", "A, reps", Tile},
    {"diff", "a, n=1, axis=-1", Diff},
    {"concatenate", "arrays, axis=0", ConcatenateOf},
    {"concat", "arrays, axis=0", ConcatenateOf},
    {"stack", "arrays, axis=0", StackOf},
    {"vstack", "tup", VStack},
    {"row_stack", "tup", VStack},
    {"hstack", "tup", HStack},
    {"dstack", "tup", DStack},
    {"column_stack", "tup", ColumnStack},
    {"append", "arr, values, axis=None", Append},
    {"split", "ary, indices_or_sections, axis=0", Split},
    {"array_split", "ary, indices_or_sections, axis=0", ArraySplit},
    {"hsplit", "ary, indices_or_sections", HSplit},
    {"vsplit", "ary, indices_or_sections", VSplit},
    {"round", "a, decimals=0, out=None", Round},
    {"around", "a, decimals=0, out=None", Round},
    {"clip", "a, a_min=None, a_max=None, out=None", Clip},
    {"real", "val", RealOf},
    {"imag", "val", ImaginaryOf},
    {"conj", "x", RealOf},
};

}  // namespace

void DefineNumpyShapes(Vm& vm, ModuleObject& np) { DefineFunctions(vm, np.variables, kFunctions); }

void DefineShapeMethods(Vm& vm) {
  for (const Ref<ClassObject>& type : {vm.classes().array, vm.classes().generic}) {
    DefineProperties(vm, *type, kProperties);
    DefineMethods(vm, *type, kMethods);
  }
  DefineMethods(vm, *vm.classes().array, kArrayMethods);
  Ref<NativeObject> get = MakeNative(vm, {"shape", "self", ShapeOf});
  Ref<NativeObject> set = MakeNative(vm, {"shape", "self, value", SetShape});
  const Ref<StringObject> name = vm.Intern("shape");
  vm.classes().array->attributes.Set(name, Make<PropertyObject>(PropertyObject::Role::kProperty, get, set));
  vm.classes().generic->attributes.Set(name, Make<PropertyObject>(PropertyObject::Role::kProperty, get));
}

}  // namespace lathe::script
