// Operations along one axis that go through its elements in order: running sums and sorting. They work on
// evaluated, dense copies, one lane (all elements that differ in that axis only) at a time.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/recorder/ir/eval.h"

namespace lathe {
namespace {

// Calls lane(first element, distance between elements) for each lane of dense `data` along `axis`.
template <class T, class Lane>
void ForEachLane(T* data, const Shape& shape, int axis, const Lane& lane) {
  if (shape.Elements() == 0) return;  // however many lanes without elements there are
  int64_t outer = 1;
  int64_t inner = 1;
  for (int d = 0; d < shape.rank(); ++d) {
    if (d < axis) outer *= shape[d];
    if (d > axis) inner *= shape[d];
  }
  for (int64_t block = 0; block < outer; ++block) {
    for (int64_t k = 0; k < inner; ++k) lane(data + block * shape[axis] * inner + k, inner);
  }
}

template <bool kSum>
Array Scan(const Array& x, std::optional<int64_t> axis) {
  if (!axis) return Scan<kSum>(Ravel(x), 0);
  const int dim = NormalizeAxis(*axis, x.rank());
  const DType dtype = IsFloat(x.dtype()) ? x.dtype() : IsUnsigned(x.dtype()) ? DType::kUInt64 : DType::kInt64;
  const Array result = EvalFor(Cast(x, dtype), EndReason::kWhole);
  VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    ForEachLane(reinterpret_cast<T*>(result.body()->data), x.shape(), dim, [&](T* lane, int64_t step) {
      for (int64_t k = 1; k < x.extent(dim); ++k) {
        T& value = lane[k * step];
        value = kSum ? eval::Add(lane[(k - 1) * step], value) : eval::Mul(lane[(k - 1) * step], value);
      }
    });
  });
  return result;
}

// NaN sorts last.
template <class T>
bool Before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || (std::isnan(b) && !std::isnan(a));
  return a < b;
}

}  // namespace

Array Cumsum(const Array& x, std::optional<int64_t> axis) { return Scan<true>(x, axis); }
Array Cumprod(const Array& x, std::optional<int64_t> axis) { return Scan<false>(x, axis); }

Array Sort(const Array& x, int64_t axis) {
  const int dim = NormalizeAxis(axis, x.rank());
  const Array result = EvalFor(Copy(x), EndReason::kWhole);
  if (x.size() == 0) return result;
  VisitDType(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    std::vector<char> bytes(sizeof(T) * static_cast<size_t>(x.extent(dim)));
    T* values = reinterpret_cast<T*>(bytes.data());
    ForEachLane(reinterpret_cast<T*>(result.body()->data), x.shape(), dim, [&](T* lane, int64_t step) {
      for (int64_t k = 0; k < x.extent(dim); ++k) values[k] = lane[k * step];
      std::sort(values, values + x.extent(dim), Before<T>);
      for (int64_t k = 0; k < x.extent(dim); ++k) lane[k * step] = values[k];
    });
  });
  return result;
}

Array Argsort(const Array& x, int64_t axis) {
  const int dim = NormalizeAxis(axis, x.rank());
  const Array values = EvalFor(Copy(x), EndReason::kWhole);
  const Array result = MakeDense(x.shape(), DType::kInt64);
  if (x.size() == 0) return result;
  auto* positions = reinterpret_cast<int64_t*>(result.body()->data);
  VisitDType(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T* data = reinterpret_cast<T*>(values.body()->data);
    std::vector<int64_t> order(static_cast<size_t>(x.extent(dim)));
    ForEachLane(data, x.shape(), dim, [&](T* lane, int64_t step) {
      std::iota(order.begin(), order.end(), int64_t{0});
      std::stable_sort(order.begin(), order.end(),
                       [&](int64_t a, int64_t b) { return Before(lane[a * step], lane[b * step]); });
      for (size_t k = 0; k < order.size(); ++k)
        positions[(lane - data) + static_cast<int64_t>(k) * step] = order[k];
    });
  });
  return result;
}

}  // namespace lathe
