// numpy: functions that make arrays.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

Value NewArray(Vm& vm, const Arguments& a) {
  const std::optional<DType> dtype = DTypeOfArgument(vm, a, 1);
  Array array = ToArray(vm, a[0], dtype);
  const bool copy = !a.Given(2) || FlagOr(vm, a, 2, true);
  if (AsArray(a[0]) && copy) array = Copy(array);
  for (int64_t missing = IntegerOr(vm, a, 3, 0) - array.rank(); missing > 0; --missing)
    array = ExpandDims(array, 0);
  return WrapArray(std::move(array));
}

Value AsArrayFunction(Vm& vm, const Arguments& a) {
  const std::optional<DType> dtype = DTypeOfArgument(vm, a, 1);
  if (auto* array = AsProperArray(a[0]); array && (!dtype || *dtype == array->array.dtype())) return a[0];
  return WrapArray(ToArray(vm, a[0], dtype));
}

Value CopyOf(Vm& vm, const Arguments& a) { return WrapArray(Copy(ToArray(vm, a[0]))); }

DType DTypeOr(Vm& vm, const Arguments& a, size_t k, DType fallback) {
  return DTypeOfArgument(vm, a, k).value_or(fallback);
}

Value NewZeros(Vm& vm, const Arguments& a) {
  return WrapArray(Zeros(ToShape(vm, a[0]), DTypeOr(vm, a, 1, DType::kFloat64)));
}
Value NewOnes(Vm& vm, const Arguments& a) {
  return WrapArray(Ones(ToShape(vm, a[0]), DTypeOr(vm, a, 1, DType::kFloat64)));
}
Value NewEmpty(Vm& vm, const Arguments& a) {
  return WrapArray(Empty(ToShape(vm, a[0]), DTypeOr(vm, a, 1, DType::kFloat64)));
}

Array FullOf(Vm& vm, const Shape& shape, const Value& value, std::optional<DType> dtype) {
  const Array fill = ToArray(vm, value, dtype);
  if (fill.rank() == 0) return Full(shape, fill.item());
  return Copy(BroadcastTo(fill, shape));
}
Value NewFull(Vm& vm, const Arguments& a) {
  return WrapArray(FullOf(vm, ToShape(vm, a[0]), a[1], DTypeOfArgument(vm, a, 2)));
}

Value ZerosLike(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return WrapArray(Zeros(a.Given(2) ? ToShape(vm, a[2]) : x.shape(), DTypeOr(vm, a, 1, x.dtype())));
}
Value OnesLike(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return WrapArray(Ones(a.Given(2) ? ToShape(vm, a[2]) : x.shape(), DTypeOr(vm, a, 1, x.dtype())));
}
Value EmptyLike(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return WrapArray(Empty(a.Given(2) ? ToShape(vm, a[2]) : x.shape(), DTypeOr(vm, a, 1, x.dtype())));
}
Value FullLike(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  return WrapArray(FullOf(vm, x.shape(), a[1], DTypeOr(vm, a, 2, x.dtype())));
}

Value NewArange(Vm& vm, const Arguments& a) {
  const bool only_stop = !a.Given(1);
  const Value start = only_stop ? Value::Int(0) : Force(a[0]);
  const Value stop = Force(only_stop ? a[0] : a[1]);
  const Value step = a.Given(2) ? Force(a[2]) : Value::Int(1);
  DType dtype = DType::kInt64;
  bool integers = true;
  for (const Value* bound : {&start, &stop, &step}) {
    const Scalar scalar = ToScalar(vm, *bound);
    integers = integers && !IsFloat(scalar.dtype);
    if (IsFloat(scalar.dtype))
      dtype = bound->IsScalar() && !IsFloat(dtype)
                  ? scalar.dtype
                  : Promote(IsFloat(dtype) ? dtype : scalar.dtype, scalar.dtype);
  }
  if (auto given = DTypeOfArgument(vm, a, 3)) dtype = *given;
  if (integers && !IsFloat(dtype)) {
    int64_t bounds[3];
    AsInteger(start, &bounds[0]), AsInteger(stop, &bounds[1]), AsInteger(step, &bounds[2]);
    if (bounds[2] == 0) throw Error(ErrorKind::kZeroDivision, "division by zero");
    return WrapArray(Arange(bounds[0], bounds[1], bounds[2], dtype));
  }
  const double width = ToScalar(vm, step).To<double>();
  if (width == 0) throw Error(ErrorKind::kZeroDivision, "float division by zero");
  return WrapArray(Arange(ToScalar(vm, start).To<double>(), ToScalar(vm, stop).To<double>(), width, dtype));
}

Value NewLinspace(Vm& vm, const Arguments& a) {
  const double start = NumberOr(vm, a, 0, 0), stop = NumberOr(vm, a, 1, 0);
  const int64_t count = IntegerOr(vm, a, 2, 50);
  const bool endpoint = FlagOr(vm, a, 3, true);
  Array array = Linspace(start, stop, count, endpoint, DTypeOr(vm, a, 5, DType::kFloat64));
  if (!FlagOr(vm, a, 4, false)) return WrapArray(std::move(array));
  const auto steps = static_cast<double>(endpoint ? count - 1 : count);
  return MakeTuple({WrapArray(std::move(array)), Value::Of(Scalar::Of((stop - start) / steps))});
}

Value NewLogspace(Vm& vm, const Arguments& a) {
  const Array exponents =
      Linspace(NumberOr(vm, a, 0, 0), NumberOr(vm, a, 1, 0), IntegerOr(vm, a, 2, 50), FlagOr(vm, a, 3, true));
  return WrapArray(Power(NumberOr(vm, a, 4, 10.0), exponents));
}

Value NewGeomspace(Vm& vm, const Arguments& a) {
  const double start = NumberOr(vm, a, 0, 0), stop = NumberOr(vm, a, 1, 0);
  if (start == 0 || stop == 0) throw ValueError("Geometric sequence cannot include zero");
  if ((start < 0) != (stop < 0))
    throw ValueError("Geometric sequences between numbers of different sign are not available in Lathe");
  const double sign = start < 0 ? -1 : 1;
  const bool endpoint = FlagOr(vm, a, 3, true);
  const int64_t count = IntegerOr(vm, a, 2, 50);
  const Array logs = Linspace(std::log10(sign * start), std::log10(sign * stop), count, endpoint);
  Array result = Power(10.0, logs) * sign;
  // The ends are exact.
  if (count > 0) result.Set({0}, start);
  if (count > 1 && endpoint) result.Set({-1}, stop);
  return WrapArray(std::move(result));
}

Value NewEye(Vm& vm, const Arguments& a) {
  const int64_t rows = IntegerOr(vm, a, 0, 0);
  return WrapArray(
      Eye(rows, IntegerOr(vm, a, 1, rows), IntegerOr(vm, a, 2, 0), DTypeOr(vm, a, 3, DType::kFloat64)));
}
Value NewIdentity(Vm& vm, const Arguments& a) {
  const int64_t rows = IntegerOr(vm, a, 0, 0);
  return WrapArray(Eye(rows, rows, 0, DTypeOr(vm, a, 1, DType::kFloat64)));
}

Value MeshGrid(Vm& vm, const Arguments& a) {
  std::vector<Array> axes;
  for (const Value& x : a.rest) axes.push_back(Ravel(ToArray(vm, x)));
  const bool matrix = TextOr(vm, a, 0, "xy") == "xy" && axes.size() > 1;
  const auto place = [&](size_t k) { return static_cast<int>(matrix && k < 2 ? 1 - k : k); };
  Shape shape;
  for (size_t k = 0; k < axes.size(); ++k) shape.push_back(0);
  for (size_t k = 0; k < axes.size(); ++k) shape[place(k)] = axes[k].size();
  std::vector<Value> grids;
  for (size_t k = 0; k < axes.size(); ++k) {
    Shape own;
    for (size_t d = 0; d < axes.size(); ++d) own.push_back(1);
    own[place(k)] = axes[k].size();
    grids.push_back(WrapArray(Copy(BroadcastTo(Reshape(axes[k], own), shape))));
  }
  return MakeTuple(std::move(grids));
}

// Zeros of a matrix outside the triangle: `lower` keeps what lies on and below diagonal k.
Array Triangle(const Array& x, int64_t diagonal, bool lower) {
  if (x.rank() < 1) throw ValueError("an array of rank 1 or more is needed");
  const Array matrix = x.rank() == 1 ? Copy(BroadcastTo(x, {x.size(), x.size()})) : x;
  const int64_t rows = matrix.extent(matrix.rank() - 2), columns = matrix.extent(matrix.rank() - 1);
  const Array row = Reshape(Arange(int64_t{0}, rows), {rows, 1});
  const Array column = Arange(int64_t{0}, columns);
  const Array inside = lower ? column <= row + diagonal : column >= row + diagonal;
  return Where(inside, matrix, Zeros({}, matrix.dtype()));
}
Value LowerTriangle(Vm& vm, const Arguments& a) {
  return WrapArray(Triangle(ToArray(vm, a[0]), IntegerOr(vm, a, 1, 0), true));
}
Value UpperTriangle(Vm& vm, const Arguments& a) {
  return WrapArray(Triangle(ToArray(vm, a[0]), IntegerOr(vm, a, 1, 0), false));
}

// A matrix with `x` on a diagonal, or the diagonal of a matrix.
Value Diag(Vm& vm, const Arguments& a) {
  const Array x = ToArray(vm, a[0]);
  const int64_t k = IntegerOr(vm, a, 1, 0);
  if (x.rank() == 1) {
    const int64_t size = x.size() + std::llabs(k);
    Array matrix = Zeros({size, size}, x.dtype());
    Array flat = Reshape(matrix, {size * size});
    const int64_t first = k >= 0 ? k : -k * size;
    if (x.size() > 0) flat.Set({Slice{first, first + (x.size() - 1) * (size + 1) + 1, size + 1}}, x);
    return WrapArray(std::move(matrix));
  }
  if (x.rank() != 2) throw ValueError("Input must be 1- or 2-d.");
  const int64_t rows = x.extent(0), columns = x.extent(1);
  const int64_t row = k < 0 ? -k : 0, column = k > 0 ? k : 0;
  const int64_t length = std::max<int64_t>(std::min(rows - row, columns - column), 0);
  const Array flat = Reshape(Copy(x), {rows * columns});
  const int64_t first = row * columns + column;
  const int64_t last = length == 0 ? first : first + (length - 1) * (columns + 1) + 1;
  return WrapArray(Copy(flat[{Slice{first, last, columns + 1}}]));
}

Value FromFunction(Vm& vm, const Arguments& a) {
  const Shape shape = ToShape(vm, a[1]);
  const DType dtype = DTypeOr(vm, a, 2, DType::kFloat64);
  std::vector<Value> grids;
  for (int d = 0; d < shape.rank(); ++d) {
    Shape own;
    for (int k = 0; k < shape.rank(); ++k) own.push_back(k == d ? shape[d] : 1);
    grids.push_back(
        WrapArray(Copy(BroadcastTo(Reshape(Arange(int64_t{0}, shape[d], 1, dtype), own), shape))));
  }
  return Check(vm.Call(a[0], grids));
}

constexpr NativeRow kFunctions[] = {
    {"array", "object, dtype=None, copy=True, ndmin=0, order=None", NewArray},
    {"asarray", "a, dtype=None, order=None", AsArrayFunction},
    {"asanyarray", "a, dtype=None, order=None", AsArrayFunction},
    {"ascontiguousarray", "a, dtype=None", AsArrayFunction},
    {"copy", "a, order=None", CopyOf},
    {"zeros", "shape, dtype=float, order='C'", NewZeros},
    {"ones", "shape, dtype=float, order='C'", NewOnes},
    {"empty", "shape, dtype=float, order='C'", NewEmpty},
    {"full", "shape, fill_value, dtype=None, order='C'", NewFull},
    {"zeros_like", "a, dtype=None, shape=None, order=None", ZerosLike},
    {"ones_like", "a, dtype=None, shape=None, order=None", OnesLike},
    {"empty_like", "a, dtype=None, shape=None, order=None", EmptyLike},
    {"full_like", "a, fill_value, dtype=None", FullLike},
    {"arange", "start, stop=None, step=1, dtype=None", NewArange},
    {"linspace", "start, stop, num=50, endpoint=True, retstep=False, dtype=None", NewLinspace},
    {"logspace", "start, stop, num=50, endpoint=True, base=10.0", NewLogspace},
    {"geomspace", "start, stop, num=50, endpoint=True", NewGeomspace},
    {"eye", "N, M=None, k=0, dtype=float", NewEye},
    {"identity", "n, dtype=None", NewIdentity},
    {"meshgrid", "*xi, indexing='xy'", MeshGrid},
    {"tril", "m, k=0", LowerTriangle},
    {"triu", "m, k=0", UpperTriangle},
    {"diag", "v, k=0", Diag},
    {"fromfunction", "function, shape, dtype=float", FromFunction},
};

}  // namespace

void DefineNumpyCreation(Vm& vm, ModuleObject& np) { DefineFunctions(vm, np.variables, kFunctions); }

}  // namespace lathe::script
