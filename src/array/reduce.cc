// Reductions: which op combines in which dtype, over which axes; all recorded, none computed here.
#include <array>
#include <string>

#include "src/array/array_body.h"
#include "src/array/promote.h"
#include "src/array/thread_recorder.h"
#include "src/array/ufunc.h"

namespace lathe {
namespace {

struct Axes {
  uint64_t mask = 0;
  Shape result;         // extents of the result
  int64_t reduced = 1;  // elements combined into each result
};

Axes ResolveAxes(const Shape& shape, const Over& over) {
  Axes axes;
  if (over.axes.empty() && !over.no_axes) {
    axes.mask = (uint64_t{1} << shape.rank()) - 1;
  }
  for (const int64_t axis : over.axes) {
    const uint64_t bit = uint64_t{1} << NormalizeAxis(axis, shape.rank());
    if (axes.mask & bit) throw ValueError("duplicate value in 'axis'");
    axes.mask |= bit;
  }
  for (int d = 0; d < shape.rank(); ++d) {
    const bool reduced = (axes.mask >> d) & 1;
    if (reduced) axes.reduced *= shape[d];
    if (!reduced) axes.result.push_back(shape[d]);
    if (reduced && over.keep_dims) axes.result.push_back(1);
  }
  return axes;
}

// Records the reduction of `x`, converted to `operand`, by `op` (Reduce with a combiner, ArgMax, ArgMin).
Array RecordReduction(Op op, Op combiner, const Array& x, const Axes& axes, bool keep_dims, DType operand,
                      DType result) {
  ThreadRecorder& recorder = ThreadRecorder::Get();
  recorder.MakeRoom();
  const Source source = recorder.Operand(x, operand);
  const uint64_t attribute = axes.mask | (keep_dims ? kKeepDims : 0);
  const Source row = recorder.Record(op, result, std::array{source}, axes.result, attribute, combiner);
  return recorder.MakePending(row, result, axes.result);
}

Array Combine(Op combiner, const Array& x, const Over& over, DType dtype) {
  const Axes axes = ResolveAxes(x.shape(), over);
  // Nothing is combined: the elements themselves, in the result's dtype; but a sum is never -0.
  if (axes.mask == 0) {
    const Array elements = Cast(x, dtype);
    return combiner == Op::kAdd && IsFloat(dtype) ? elements + 0.0 : elements;
  }
  if (axes.reduced == 0 && Info(combiner).identity == Identity::kNoStart) {
    throw ValueError("zero-size array to reduction operation " + std::string(Info(combiner).numpy) +
                     " which has no identity");
  }
  return RecordReduction(Op::kReduce, combiner, x, axes, over.keep_dims, dtype, dtype);
}

DType SumDType(DType dtype) {
  if (IsFloat(dtype)) return dtype;
  return IsUnsigned(dtype) ? DType::kUInt64 : DType::kInt64;
}

Array DivideByCount(const Array& sum, double count, DType dtype) {
  // A float32 sum divides in float64 and rounds once, as NumPy's mean does.
  if (dtype == DType::kFloat32) return Cast(Cast(sum, DType::kFloat64) / Scalar::Of(count), DType::kFloat32);
  return sum / Scalar::Of(count);
}

DType MeanDType(DType dtype) { return IsFloat(dtype) ? dtype : DType::kFloat64; }

Array ArgExtreme(Op op, const Array& x, std::optional<int64_t> axis, bool keep_dims) {
  Over over;
  over.keep_dims = keep_dims;
  if (axis) over.axes.push_back(*axis);
  const Axes axes = ResolveAxes(x.shape(), over);
  if (axes.reduced == 0) {
    throw ValueError("attempt to get " + std::string(Info(op).text) + " of an empty sequence");
  }
  if (axes.mask == 0) return Zeros(x.shape(), DType::kInt64);
  return RecordReduction(op, op, x, axes, keep_dims, x.dtype(), DType::kInt64);
}

}  // namespace

int NormalizeAxis(int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) {
    throw IndexError("axis " + std::to_string(axis) + " is out of bounds for array of dimension " +
                     std::to_string(rank));
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Array Sum(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Combine(Op::kAdd, x, over, SumDType(x.dtype()));
}
Array Prod(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Combine(Op::kMul, x, over, SumDType(x.dtype()));
}
Array Min(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Combine(Op::kMinimum, x, over, x.dtype());
}
Array Max(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Combine(Op::kMaximum, x, over, x.dtype());
}
Array Any(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Combine(Op::kLogicalOr, x, over, DType::kBool);
}
Array All(const Input& input, Over over) {
  const Array x = input.TakeArray();
  return Combine(Op::kLogicalAnd, x, over, DType::kBool);
}

Array Mean(const Input& input, Over over) {
  const Array x = input.TakeArray();
  const DType dtype = MeanDType(x.dtype());
  const auto count = static_cast<double>(ResolveAxes(x.shape(), over).reduced);
  return DivideByCount(Combine(Op::kAdd, x, over, dtype), count, dtype);
}

Array Var(const Input& input, Over over, double ddof) {
  const Array x = input.TakeArray();
  const DType dtype = MeanDType(x.dtype());
  const auto count = static_cast<double>(ResolveAxes(x.shape(), over).reduced);
  Over kept = over;
  kept.keep_dims = true;
  const Array mean = DivideByCount(Combine(Op::kAdd, x, kept, dtype), count, dtype);
  const Array deviation = x - mean;
  return DivideByCount(Combine(Op::kAdd, deviation * deviation, over, dtype), std::max(count - ddof, 0.0),
                       dtype);
}

Array Std(const Input& x, Over over, double ddof) { return Sqrt(Var(x, over, ddof)); }

Array ArgMax(const Input& x, std::optional<int64_t> axis, bool keep_dims) {
  return ArgExtreme(Op::kArgMax, x.TakeArray(), axis, keep_dims);
}
Array ArgMin(const Input& x, std::optional<int64_t> axis, bool keep_dims) {
  return ArgExtreme(Op::kArgMin, x.TakeArray(), axis, keep_dims);
}

Array ReduceBy(std::string_view ufunc, const Array& x, Over over) {
  Op op;
  if (!FindOpByNumpyName(ufunc, &op)) {
    throw Error(ErrorKind::kAttribute, "module 'numpy' has no attribute '" + std::string(ufunc) + "'");
  }
  if (!IsCombiner(op)) throw ValueError("reduce is not supported for ufunc '" + std::string(ufunc) + "'");
  DType dtype = x.dtype();
  if (op == Op::kAdd || op == Op::kMul) dtype = SumDType(dtype);
  if (Info(op).dtypes == DTypeClass::kBool) dtype = DType::kBool;
  if (Info(op).dtypes == DTypeClass::kIntBool && IsFloat(dtype)) {
    throw DTypeError("ufunc '" + std::string(ufunc) +
                     "' did not contain a loop with signature matching types");
  }
  return Combine(op, x, over, dtype);
}

}  // namespace lathe
