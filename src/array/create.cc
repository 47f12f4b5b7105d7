// Creation of arrays. Zeros and Empty take memory at once; the others are recorded, so that they fuse with
// what uses them.
#include <array>
#include <cmath>
#include <string>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/array/ufunc.h"

namespace lathe {
namespace {

// The index along `axis` at each element, as int64.
Array Iota(const Shape& shape, int axis) {
  CheckAllocatable(shape, DType::kInt64);
  ThreadRecorder& recorder = ThreadRecorder::Get();
  recorder.MakeRoom();
  const Source row = recorder.Record(Op::kIota, DType::kInt64, {}, shape, static_cast<uint64_t>(axis));
  return recorder.MakePending(row, DType::kInt64, shape);
}

Array CastTo(const Array& x, DType dtype) { return x.dtype() == dtype ? x : Cast(x, dtype); }

int64_t CountSteps(double steps) {
  if (std::isnan(steps)) throw ValueError("arange: cannot compute length");
  if (steps > 9.2e18) throw ValueError("Maximum allowed size exceeded");
  return steps > 0 ? static_cast<int64_t>(std::ceil(steps)) : 0;
}

}  // namespace

Array Zeros(Shape shape, DType dtype) { return MakeDense(shape, dtype, true); }
Array Empty(Shape shape, DType dtype) { return MakeDense(shape, dtype); }

Array Full(Shape shape, Scalar value) {
  if (shape.empty()) return Array(value);
  CheckAllocatable(shape, value.dtype);
  ThreadRecorder& recorder = ThreadRecorder::Get();
  recorder.MakeRoom();
  const Source scalar = recorder.Operand(value, value.dtype);
  return recorder.MakePending(recorder.Record(Op::kBroadcast, value.dtype, std::array{scalar}, shape),
                              value.dtype, shape);
}

Array Ones(Shape shape, DType dtype) {
  return Full(shape, VisitDType(dtype, [](auto type) {
                return Scalar::Of(static_cast<typename decltype(type)::type>(1));
              }));
}

Array Arange(int64_t start, int64_t stop, int64_t step, DType dtype) {
  if (step == 0) throw Error(ErrorKind::kZeroDivision, "division by zero");
  if (IsFloat(dtype))
    return Arange(static_cast<double>(start), static_cast<double>(stop), static_cast<double>(step), dtype);
  const int64_t count =
      CountSteps((static_cast<double>(stop) - static_cast<double>(start)) / static_cast<double>(step));
  Array values = Iota({count}, 0);
  if (step != 1) values = values * Scalar::Of(step);
  if (start != 0) values = values + Scalar::Of(start);
  return CastTo(values, dtype);
}

Array Arange(double start, double stop, double step, DType dtype) {
  if (step == 0) throw Error(ErrorKind::kZeroDivision, "division by zero");
  const int64_t count = CountSteps((stop - start) / step);
  // NumPy takes the step from its first two elements.
  const double delta = (start + step) - start;
  return CastTo(CastTo(Iota({count}, 0), DType::kFloat64) * Scalar::Of(delta) + Scalar::Of(start), dtype);
}

Array Linspace(double start, double stop, int64_t count, bool endpoint, DType dtype) {
  if (count < 0) throw ValueError("Number of samples, " + std::to_string(count) + ", must be non-negative.");
  const int64_t intervals = endpoint ? count - 1 : count;
  const double delta = stop - start;
  const Array index = Iota({count}, 0);
  Array values = CastTo(index, DType::kFloat64);
  if (intervals > 0) {
    const double step = delta / static_cast<double>(intervals);
    values = step == 0 ? values / Scalar::Of(static_cast<double>(intervals)) * Scalar::Of(delta)
                       : values * Scalar::Of(step);
  } else {
    values = values * Scalar::Of(delta);
  }
  values = values + Scalar::Of(start);
  if (endpoint && count > 1) values = Where(index == Scalar::Of(count - 1), Scalar::Of(stop), values);
  if (IsInteger(dtype)) values = Ufunc("floor", {values});
  return CastTo(values, dtype);
}

Array Eye(int64_t rows, int64_t columns, int64_t diagonal, DType dtype) {
  const Shape shape = {rows, columns};
  return CastTo(Iota(shape, 0) + Scalar::Of(diagonal) == Iota(shape, 1), dtype);
}

}  // namespace lathe
