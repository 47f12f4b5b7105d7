// The public generator: checks parameters in NumPy's order and words, and fills arrays from random_draws.h.
#include "lathe/random.h"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "src/array/array_body.h"
#include "src/array/random_draws.h"
#include "src/array/thread_recorder.h"

namespace lathe {

struct Generator::State {
  Pcg64 bits;
};

namespace {

template <class T>
std::span<T> Elements(const Array& array) {
  return {reinterpret_cast<T*>(array.body()->data), static_cast<size_t>(array.size())};
}

// A dense array whose elements are draws, in order.
template <class T, class Draw>
Array Fill(const Shape& shape, const Draw& draw) {
  Array array = MakeDense(shape, DTypeOf<T>::kValue);
  for (T& value : Elements<T>(array)) value = draw();
  return array;
}

DTypeError UnsupportedDType(DType dtype, const char* function) {
  return DTypeError("Unsupported dtype dtype('" + std::string(Name(dtype)) + "') for " + function);
}

// NumPy forbids -0.0 too, and lets NaN through.
void CheckNotNegative(double value, const char* name) {
  if (std::signbit(value) && !std::isnan(value)) throw ValueError(std::string(name) + " < 0");
}

// The width of [low, high) or [low, high], less one, which `dtype` must hold.
uint64_t CheckedRange(int64_t low, int64_t high, DType dtype, bool endpoint) {
  const auto last = static_cast<__int128>(high) - (endpoint ? 0 : 1);
  VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_floating_point_v<T>) {
      throw UnsupportedDType(dtype, "integers");
    } else {
      const char* wrong = low < static_cast<__int128>(std::numeric_limits<T>::min())    ? "low"
                          : last > static_cast<__int128>(std::numeric_limits<T>::max()) ? "high"
                                                                                        : nullptr;
      if (wrong) throw ValueError(std::string(wrong) + " is out of bounds for " + std::string(Name(dtype)));
    }
  });
  if (low > last) {
    // The usual mistake is a single argument, which leaves `low` at zero.
    if (low == 0) throw ValueError(endpoint ? "high < 0" : "high <= 0");
    throw ValueError(endpoint ? "low > high" : "low >= high");
  }
  return static_cast<uint64_t>(last - low);
}

void CheckPopulation(int64_t count, const Shape& shape) {
  CheckAllocatable(shape, DType::kInt64);
  if (count <= 0 && shape.Elements() != 0)
    throw ValueError("a must be a positive integer unless no samples are taken");
}

// Summed with compensation, as NumPy checks that probabilities sum to 1.
double CompensatedSum(std::span<const double> values) {
  double sum = values[0];
  double lost = 0;
  for (const double value : values.subspan(1)) {
    const double corrected = value - lost;
    const double next = sum + corrected;
    lost = (next - sum) - corrected;
    sum = next;
  }
  return sum;
}

std::vector<double> CheckedProbabilities(const Array& probabilities, int64_t count) {
  if (probabilities.rank() != 1) throw ValueError("p must be 1-dimensional");
  if (probabilities.size() != count) throw ValueError("a and p must have same size");
  std::vector<double> values(static_cast<size_t>(count));
  Cast(probabilities, DType::kFloat64).CopyTo(values.data());
  const double sum = values.empty() ? 0 : CompensatedSum(values);
  if (std::isnan(sum)) throw ValueError("Probabilities contain NaN");
  for (const double value : values) {
    if (value < 0) throw ValueError("Probabilities are not non-negative");
  }
  // The square root of the precision they were computed in.
  const double tolerance = probabilities.dtype() == DType::kFloat32 ? std::sqrt(0x1p-23) : std::sqrt(0x1p-52);
  if (std::fabs(sum - 1) > tolerance) {
    throw ValueError("Probabilities do not sum to 1. See Notes section of docstring for more information.");
  }
  return values;
}

void CheckSampleSize(const Shape& shape, int64_t count) {
  if (shape.Elements() > count)
    throw ValueError("Cannot take a larger sample than population when replace is False");
}

std::vector<uint32_t> Words(uint64_t seed) {
  return {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
}
std::vector<uint32_t> SystemEntropy() {
  std::random_device device;
  return {device(), device(), device(), device()};
}

}  // namespace

Generator::Generator(std::optional<uint64_t> seed)
    : state_(std::make_unique<State>(Pcg64(SeedSequence(seed ? Words(*seed) : SystemEntropy())))) {}
Generator::Generator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

Generator Generator::FromEntropy(std::span<const uint32_t> words) {
  return Generator(std::make_unique<State>(Pcg64(SeedSequence(words))));
}

double Generator::Random() { return state_->bits.NextDouble(); }
double Generator::StandardNormal() { return DrawNormal(state_->bits); }
int64_t Generator::Integer(int64_t low, int64_t high) {
  const uint64_t range = CheckedRange(low, high, DType::kInt64, false);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + DrawBounded64(state_->bits, range));
}

Array Generator::Random(Shape shape, DType dtype) {
  Pcg64& bits = state_->bits;
  if (dtype == DType::kFloat32) return Fill<float>(shape, [&] { return bits.NextFloat(); });
  if (dtype == DType::kFloat64) return Fill<double>(shape, [&] { return bits.NextDouble(); });
  throw UnsupportedDType(dtype, "random");
}

Array Generator::StandardNormal(Shape shape, DType dtype) {
  Pcg64& bits = state_->bits;
  if (dtype == DType::kFloat32) return Fill<float>(shape, [&] { return DrawNormalFloat(bits); });
  if (dtype == DType::kFloat64) return Fill<double>(shape, [&] { return DrawNormal(bits); });
  throw UnsupportedDType(dtype, "standard_normal");
}

Array Generator::Normal(double mean, double deviation, Shape shape) {
  CheckNotNegative(deviation, "scale");
  return Fill<double>(shape, [&] { return mean + deviation * DrawNormal(state_->bits); });
}

Array Generator::Uniform(double low, double high, Shape shape) {
  const double range = high - low;
  if (!std::isfinite(range)) throw Error(ErrorKind::kOverflow, "high - low range exceeds valid bounds");
  CheckNotNegative(range, "high - low");
  return Fill<double>(shape, [&] { return low + range * state_->bits.NextDouble(); });
}

Array Generator::Exponential(double scale, Shape shape) {
  CheckNotNegative(scale, "scale");
  return Fill<double>(shape, [&] { return scale * DrawExponential(state_->bits); });
}

Array Generator::Integers(int64_t low, int64_t high, Shape shape, DType dtype, bool endpoint) {
  const uint64_t range = CheckedRange(low, high, dtype, endpoint);
  const Array array = MakeDense(shape, dtype);
  VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (!std::is_floating_point_v<T>) {
      FillBounded(state_->bits, static_cast<T>(low), range, Elements<T>(array));
    }
  });
  return array;
}

Array Generator::Permutation(int64_t count) {
  Array result = Copy(Arange(int64_t{0}, count));
  Shuffle(result);
  return result;
}

Array Generator::Permutation(const Array& array) {
  if (array.rank() == 0) NormalizeAxis(0, 0);
  Array result = Copy(array);
  Shuffle(result);
  return result;
}

void Generator::Shuffle(Array& array) {
  if (array.rank() == 0) throw Error(ErrorKind::kType, "len() of unsized object");
  if (!array.writable()) throw ValueError("array is read-only");
  const Array rows = EvalFor(Copy(array), EndReason::kWhole);
  std::vector<int64_t> order(static_cast<size_t>(array.extent(0)));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t k = order.size(); k-- > 1;) std::swap(order[k], order[DrawInterval(state_->bits, k)]);
  array.Assign(Take(rows, Array::FromValues<int64_t>(order, {array.extent(0)})));
}

Array Generator::Choice(int64_t count, Shape shape, bool replace) {
  CheckPopulation(count, shape);
  if (!replace) CheckSampleSize(shape, count);
  if (shape.Elements() == 0) return MakeDense(shape, DType::kInt64);
  if (replace) return Integers(0, count, shape);
  const Array sample = MakeDense(shape, DType::kInt64);
  DrawSample(state_->bits, count, Elements<int64_t>(sample));
  return sample;
}

Array Generator::Choice(int64_t count, Shape shape, const Array& probabilities, bool replace) {
  CheckPopulation(count, shape);
  const std::vector<double> values = CheckedProbabilities(probabilities, count);
  if (!replace) {
    CheckSampleSize(shape, count);
    int64_t possible = 0;
    for (const double value : values) possible += value > 0;
    if (possible < shape.Elements()) throw ValueError("Fewer non-zero entries in p than size");
  }
  const Array sample = MakeDense(shape, DType::kInt64);
  DrawWeighted(state_->bits, values, replace, Elements<int64_t>(sample));
  return sample;
}

}  // namespace lathe
