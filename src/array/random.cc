// NumPy's default generator, bit for bit: SeedSequence (M. O'Neill's seed_seq design), PCG64 (XSL-RR
// 128/64), Lemire's bounded integers and the ziggurat of Marsaglia and Tsang with 256 layers.
#include "lathe/random.h"

#include <array>
#include <bit>
#include <cmath>
#include <random>
#include <string>

#include "src/array/array_body.h"

namespace lathe {
namespace {

using Wide = unsigned __int128;

// The entropy pool of np.random.SeedSequence, for a seed of up to 64 bits.
class SeedSequence {
 public:
  explicit SeedSequence(uint64_t seed) {
    std::array<uint32_t, 4> entropy = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32), 0, 0};
    uint32_t constant = 0x43b0d7e5u;
    const auto hash = [&constant](uint32_t value) {
      value ^= constant;
      constant *= 0x931e8875u;
      value *= constant;
      return value ^ (value >> 16);
    };
    for (size_t k = 0; k < 4; ++k) pool_[k] = hash(entropy[k]);
    for (size_t from = 0; from < 4; ++from) {
      for (size_t to = 0; to < 4; ++to) {
        if (from == to) continue;
        const uint32_t mixed = 0xca01f9ddu * pool_[to] - 0x4973f715u * hash(pool_[from]);
        pool_[to] = mixed ^ (mixed >> 16);
      }
    }
  }
  std::array<uint64_t, 4> Generate() const {
    std::array<uint32_t, 8> words;
    uint32_t constant = 0x8b51f9ddu;
    for (size_t k = 0; k < 8; ++k) {
      uint32_t value = pool_[k % 4] ^ constant;
      constant *= 0x58f38dedu;
      value *= constant;
      words[k] = value ^ (value >> 16);
    }
    std::array<uint64_t, 4> state;
    for (size_t k = 0; k < 4; ++k) state[k] = words[2 * k] | (static_cast<uint64_t>(words[2 * k + 1]) << 32);
    return state;
  }

 private:
  std::array<uint32_t, 4> pool_;
};

// Layers of the ziggurat for exp(-x*x/2): widths from the table, densities and acceptance bounds from them.
struct Ziggurat {
  static constexpr double kTail = 3.6541528853610087963519472518;
  std::array<double, 256> w = {
#include "src/array/ziggurat.inc"
  };
  std::array<uint64_t, 256> k;
  std::array<double, 256> f;

  Ziggurat() {
    constexpr double kScale = 4503599627370496.0;  // 2^52
    f[0] = 1;
    for (size_t layer = 1; layer < 256; ++layer) {
      const double x = w[layer] * kScale;
      f[layer] = std::exp(-0.5 * x * x);
      if (layer > 1) k[layer] = static_cast<uint64_t>(w[layer - 1] / w[layer] * kScale);
    }
    // Layer 0 is a rectangle of the common area's width; in layer 1 nothing is accepted at once.
    k[0] = static_cast<uint64_t>(w[255] / w[0] * kScale);
    k[1] = 0;
  }
};
const Ziggurat& Layers() {
  static const Ziggurat layers;
  return layers;
}

}  // namespace

struct Generator::State {
  Wide state = 0;
  Wide increment = 0;
  bool has_half = false;
  uint32_t half = 0;

  static constexpr Wide kMultiplier = (Wide{2549297995355413924u} << 64) | 4865540595714422341u;

  explicit State(uint64_t seed) {
    const std::array<uint64_t, 4> words = SeedSequence(seed).Generate();
    increment = ((((Wide{words[2]} << 64) | words[3]) << 1) | 1);
    Step();
    state += (Wide{words[0]} << 64) | words[1];
    Step();
  }
  void Step() { state = state * kMultiplier + increment; }
  uint64_t Next64() {
    Step();
    const auto folded = static_cast<uint64_t>(state >> 64) ^ static_cast<uint64_t>(state);
    return std::rotr(folded, static_cast<int>(state >> 122));
  }
  // Halves of 64-bit words, low one first.
  uint32_t Next32() {
    if (has_half) {
      has_half = false;
      return half;
    }
    const uint64_t word = Next64();
    has_half = true;
    half = static_cast<uint32_t>(word >> 32);
    return static_cast<uint32_t>(word);
  }
  double NextDouble() { return static_cast<double>(Next64() >> 11) * (1.0 / 9007199254740992.0); }
  float NextFloat() { return static_cast<float>(Next32() >> 8) * (1.0f / 16777216.0f); }

  double NextNormal() {
    const Ziggurat& z = Layers();
    constexpr double kTail = Ziggurat::kTail;
    for (;;) {
      uint64_t bits = Next64();
      const size_t layer = bits & 0xff;
      bits >>= 8;
      const bool negative = bits & 1;
      const uint64_t magnitude = (bits >> 1) & 0x000fffffffffffffu;
      double x = static_cast<double>(magnitude) * z.w[layer];
      if (negative) x = -x;
      if (magnitude < z.k[layer]) return x;
      if (layer == 0) {
        for (;;) {
          const double a = -(1.0 / kTail) * std::log1p(-NextDouble());
          const double b = -std::log1p(-NextDouble());
          if (b + b > a * a) return (magnitude >> 8) & 1 ? -(kTail + a) : kTail + a;
        }
      }
      if ((z.f[layer - 1] - z.f[layer]) * NextDouble() + z.f[layer] < std::exp(-0.5 * x * x)) return x;
    }
  }

  // A uniform integer in [0, range], range < 2^64 - 1, by multiplication (Lemire 2019).
  uint64_t Bounded64(uint64_t range) {
    if (range == 0) return 0;
    if (range == ~uint64_t{0}) return Next64();
    if (range <= 0xffffffffu) {
      return range == 0xffffffffu ? Next32() : Bounded32(static_cast<uint32_t>(range));
    }
    const uint64_t count = range + 1;
    Wide product = Wide{Next64()} * count;
    if (static_cast<uint64_t>(product) < count) {
      const uint64_t threshold = (~uint64_t{0} - range) % count;
      while (static_cast<uint64_t>(product) < threshold) product = Wide{Next64()} * count;
    }
    return static_cast<uint64_t>(product >> 64);
  }
  uint32_t Bounded32(uint32_t range) {
    const uint32_t count = range + 1;
    uint64_t product = uint64_t{Next32()} * count;
    if (static_cast<uint32_t>(product) < count) {
      const uint32_t threshold = (0xffffffffu - range) % count;
      while (static_cast<uint32_t>(product) < threshold) product = uint64_t{Next32()} * count;
    }
    return static_cast<uint32_t>(product >> 32);
  }
  // As the legacy helper that shuffles use: masked rejection.
  uint64_t Interval(uint64_t max) {
    if (max == 0) return 0;
    const uint64_t mask = ~uint64_t{0} >> std::countl_zero(max);
    uint64_t value;
    do {
      value = (max <= 0xffffffffu ? Next32() : Next64()) & mask;
    } while (value > max);
    return value;
  }
};

namespace {

// A dense array whose elements are draws, in order.
template <class T, class Draw>
Array Fill(const Shape& shape, const Draw& draw) {
  Array array = MakeDense(shape, DTypeOf<T>::kValue);
  T* data = reinterpret_cast<T*>(array.body()->data);
  const int64_t count = array.size();
  for (int64_t k = 0; k < count; ++k) data[k] = draw();
  return array;
}

}  // namespace

Generator::Generator(std::optional<uint64_t> seed)
    : state_(std::make_unique<State>(
          seed ? *seed : (uint64_t{std::random_device()()} << 32) | std::random_device()())) {}
Generator::~Generator() = default;
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;

double Generator::Random() { return state_->NextDouble(); }
double Generator::StandardNormal() { return state_->NextNormal(); }
int64_t Generator::Integer(int64_t low, int64_t high) {
  if (low >= high) throw ValueError("low >= high");
  return low + static_cast<int64_t>(
                   state_->Bounded64(static_cast<uint64_t>(high) - static_cast<uint64_t>(low) - 1));
}

Array Generator::Random(Shape shape, DType dtype) {
  if (dtype == DType::kFloat32) return Fill<float>(shape, [&] { return state_->NextFloat(); });
  if (dtype != DType::kFloat64)
    throw DTypeError("Unsupported dtype dtype('" + std::string(Name(dtype)) + "') for random");
  return Fill<double>(shape, [&] { return state_->NextDouble(); });
}
Array Generator::StandardNormal(Shape shape, DType dtype) {
  if (dtype != DType::kFloat64) {
    throw DTypeError("Unsupported dtype dtype('" + std::string(Name(dtype)) + "') for standard_normal");
  }
  return Fill<double>(shape, [&] { return state_->NextNormal(); });
}
Array Generator::Normal(double mean, double deviation, Shape shape) {
  if (deviation < 0) throw ValueError("scale < 0");
  return Fill<double>(shape, [&] { return mean + deviation * state_->NextNormal(); });
}
Array Generator::Uniform(double low, double high, Shape shape) {
  const double range = high - low;
  if (!std::isfinite(range)) throw Error(ErrorKind::kOverflow, "high - low range exceeds valid bounds");
  return Fill<double>(shape, [&] { return low + range * state_->NextDouble(); });
}
Array Generator::Integers(int64_t low, int64_t high, Shape shape, DType dtype) {
  if (low >= high) throw ValueError("low >= high");
  if (dtype != DType::kInt64 && dtype != DType::kInt32) {
    throw DTypeError("Unsupported dtype dtype('" + std::string(Name(dtype)) + "') for integers");
  }
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) - 1;
  if (dtype == DType::kInt32) {
    return Fill<int32_t>(
        shape, [&] { return static_cast<int32_t>(low + static_cast<int64_t>(state_->Bounded64(range))); });
  }
  return Fill<int64_t>(
      shape, [&] { return static_cast<int64_t>(static_cast<uint64_t>(low) + state_->Bounded64(range)); });
}
Array Generator::Exponential(double scale, Shape) {
  (void)scale;
  throw Error(ErrorKind::kNotImplemented,
              "exponential is not available in Lathe; use -scale * np.log1p(-rng.random())");
}
Array Generator::Permutation(int64_t count) {
  Array result = Arange(int64_t{0}, count);
  Shuffle(result);
  return result;
}
void Generator::Shuffle(Array& array) {
  if (array.rank() == 0) throw Error(ErrorKind::kType, "object of type 'int' has no len()");
  const Array rows = Copy(array).Eval();
  std::vector<int64_t> order(static_cast<size_t>(array.extent(0)));
  for (size_t k = 0; k < order.size(); ++k) order[k] = static_cast<int64_t>(k);
  for (size_t k = order.size(); k-- > 1;) std::swap(order[k], order[state_->Interval(k)]);
  array.Assign(Take(rows, Array::FromValues<int64_t>(order, {array.extent(0)})));
}
Array Generator::Choice(int64_t count, Shape shape, bool replace) {
  if (replace) return Integers(0, count, shape);
  if (shape.Elements() > count)
    throw ValueError("Cannot take a larger sample than population when replace is False");
  throw Error(ErrorKind::kNotImplemented,
              "choice without replacement is not available in Lathe; use permutation");
}

}  // namespace lathe
