// The ziggurats' rare paths, bounded integers and sampling without replacement.
#include "src/array/random_draws.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace lathe {
namespace {

using Wide = unsigned __int128;

struct Layer {
  uint64_t bound;
  double width;
  double density;
};
constexpr Layer kNormalLayers[] = {
#define NORMAL_LAYER(BOUND, WIDTH, DENSITY) {BOUND, WIDTH, DENSITY},
#define EXPONENTIAL_LAYER(BOUND, WIDTH, DENSITY)
#include "src/array/ziggurat.def"
#undef NORMAL_LAYER
#undef EXPONENTIAL_LAYER
};
constexpr Layer kExponentialLayers[] = {
#define NORMAL_LAYER(BOUND, WIDTH, DENSITY)
#define EXPONENTIAL_LAYER(BOUND, WIDTH, DENSITY) {BOUND, WIDTH, DENSITY},
#include "src/array/ziggurat.def"
#undef NORMAL_LAYER
#undef EXPONENTIAL_LAYER
};
// The normal layers for 23 bits of a draw instead of 52.
struct FloatLayer {
  uint32_t bound;
  float width;
  float density;
};
constexpr FloatLayer FloatNormalLayer(size_t k) {
  const Layer& layer = kNormalLayers[k];
  return {static_cast<uint32_t>((layer.bound + (uint64_t{1} << 28)) >> 29),
          static_cast<float>(layer.width * 0x1p29), static_cast<float>(layer.density)};
}
constexpr auto kNormalFloatLayers = [] {
  std::array<FloatLayer, 256> layers{};
  for (size_t k = 0; k < layers.size(); ++k) layers[k] = FloatNormalLayer(k);
  return layers;
}();
static_assert(std::size(kNormalLayers) == 256 && std::size(kExponentialLayers) == 256);

// Where the tails begin.
constexpr double kNormalTail = 3.6541528853610088;
constexpr double kExponentialTail = 7.697117470131049714;

// Hands out 32-bit draws in pieces of `kBits`, low ones first.
template <int kBits>
class Pieces {
 public:
  explicit Pieces(Pcg64& bits) : bits_(bits) {}
  uint32_t Next() {
    if (left_ == 0) {
      word_ = bits_.Next32();
      left_ = 32 / kBits;
    } else {
      word_ >>= kBits;
    }
    --left_;
    return word_ & ((uint32_t{1} << kBits) - 1);
  }

 private:
  Pcg64& bits_;
  uint32_t word_ = 0;
  int left_ = 0;
};

// Lemire's method on pieces narrower than a word.
template <int kBits>
uint32_t DrawBoundedPiece(Pieces<kBits>& pieces, uint32_t range) {
  constexpr uint32_t kMax = (uint32_t{1} << kBits) - 1;
  if (range == kMax) return pieces.Next();
  const uint32_t count = range + 1;
  uint32_t product = pieces.Next() * count;
  if ((product & kMax) < count) {
    const uint32_t threshold = (kMax - range) % count;
    while ((product & kMax) < threshold) product = pieces.Next() * count;
  }
  return product >> kBits;
}

// The running sums of weights, scaled so that the last is 1.
std::vector<double> Distribution(std::span<const double> weights) {
  std::vector<double> sums(weights.size());
  std::partial_sum(weights.begin(), weights.end(), sums.begin());
  const double total = sums.empty() ? 1 : sums.back();
  for (double& sum : sums) sum /= total;
  return sums;
}
int64_t Locate(const std::vector<double>& distribution, double draw) {
  return std::upper_bound(distribution.begin(), distribution.end(), draw) - distribution.begin();
}

}  // namespace

double DrawNormal(Pcg64& bits) {
  for (;;) {
    const uint64_t draw = bits.Next64();
    const size_t k = draw & 0xff;
    const Layer& layer = kNormalLayers[k];
    const uint64_t magnitude = (draw >> 9) & 0x000fffffffffffffu;
    double x = static_cast<double>(magnitude) * layer.width;
    if (draw & 0x100) x = -x;
    if (magnitude < layer.bound) return x;
    if (k == 0) {
      for (;;) {
        const double beyond = -(1 / kNormalTail) * std::log1p(-bits.NextDouble());
        const double height = -std::log1p(-bits.NextDouble());
        if (height + height > beyond * beyond)
          return (magnitude >> 8) & 1 ? -(kNormalTail + beyond) : kNormalTail + beyond;
      }
    }
    const double above = kNormalLayers[k - 1].density;
    if ((above - layer.density) * bits.NextDouble() + layer.density < std::exp(-0.5 * x * x)) return x;
  }
}

float DrawNormalFloat(Pcg64& bits) {
  constexpr auto kTail = static_cast<float>(kNormalTail);
  constexpr auto kInverseTail = static_cast<float>(1 / kNormalTail);
  for (;;) {
    const uint32_t draw = bits.Next32();
    const size_t k = draw & 0xff;
    const FloatLayer& layer = kNormalFloatLayers[k];
    const uint32_t magnitude = (draw >> 9) & 0x7fffffu;
    float x = static_cast<float>(magnitude) * layer.width;
    if (draw & 0x100) x = -x;
    if (magnitude < layer.bound) return x;
    if (k == 0) {
      for (;;) {
        const float beyond = -kInverseTail * std::log1p(-bits.NextFloat());
        const float height = -std::log1p(-bits.NextFloat());
        if (height + height > beyond * beyond)
          return (magnitude >> 8) & 1 ? -(kTail + beyond) : kTail + beyond;
      }
    }
    const float above = kNormalFloatLayers[k - 1].density;
    const float height = (above - layer.density) * bits.NextFloat() + layer.density;
    if (static_cast<double>(height) < std::exp(-0.5 * static_cast<double>(x) * static_cast<double>(x)))
      return x;
  }
}

double DrawExponential(Pcg64& bits) {
  for (;;) {
    const uint64_t draw = bits.Next64() >> 3;
    const size_t k = draw & 0xff;
    const Layer& layer = kExponentialLayers[k];
    const uint64_t magnitude = draw >> 8;
    const double x = static_cast<double>(magnitude) * layer.width;
    if (magnitude < layer.bound) return x;
    if (k == 0) return kExponentialTail - std::log1p(-bits.NextDouble());
    const double above = kExponentialLayers[k - 1].density;
    if ((above - layer.density) * bits.NextDouble() + layer.density < std::exp(-x)) return x;
  }
}

uint32_t DrawBounded32(Pcg64& bits, uint32_t range) {
  if (range == 0) return 0;
  if (range == UINT32_MAX) return bits.Next32();
  const uint32_t count = range + 1;
  uint64_t product = uint64_t{bits.Next32()} * count;
  if (static_cast<uint32_t>(product) < count) {
    const uint32_t threshold = (UINT32_MAX - range) % count;
    while (static_cast<uint32_t>(product) < threshold) product = uint64_t{bits.Next32()} * count;
  }
  return static_cast<uint32_t>(product >> 32);
}

uint64_t DrawBounded64(Pcg64& bits, uint64_t range) {
  if (range <= UINT32_MAX) return DrawBounded32(bits, static_cast<uint32_t>(range));
  if (range == UINT64_MAX) return bits.Next64();
  const uint64_t count = range + 1;
  Wide product = Wide{bits.Next64()} * count;
  if (static_cast<uint64_t>(product) < count) {
    const uint64_t threshold = (UINT64_MAX - range) % count;
    while (static_cast<uint64_t>(product) < threshold) product = Wide{bits.Next64()} * count;
  }
  return static_cast<uint64_t>(product >> 64);
}

uint64_t DrawInterval(Pcg64& bits, uint64_t max) {
  if (max == 0) return 0;
  const uint64_t mask = UINT64_MAX >> std::countl_zero(max);
  for (;;) {
    const uint64_t value = (max <= UINT32_MAX ? bits.Next32() : bits.Next64()) & mask;
    if (value <= max) return value;
  }
}

template <class T>
void FillBounded(Pcg64& bits, T low, uint64_t range, std::span<T> out) {
  if (range == 0) {
    std::fill(out.begin(), out.end(), low);
  } else if constexpr (std::is_same_v<T, bool>) {
    Pieces<1> pieces(bits);
    for (T& value : out) value = pieces.Next() != 0;
  } else if constexpr (sizeof(T) <= 2) {
    Pieces<8 * sizeof(T)> pieces(bits);
    for (T& value : out)
      value =
          static_cast<T>(static_cast<uint32_t>(low) + DrawBoundedPiece(pieces, static_cast<uint32_t>(range)));
  } else {
    for (T& value : out) value = static_cast<T>(static_cast<uint64_t>(low) + DrawBounded64(bits, range));
  }
}
template void FillBounded(Pcg64&, bool, uint64_t, std::span<bool>);
template void FillBounded(Pcg64&, int8_t, uint64_t, std::span<int8_t>);
template void FillBounded(Pcg64&, uint8_t, uint64_t, std::span<uint8_t>);
template void FillBounded(Pcg64&, int16_t, uint64_t, std::span<int16_t>);
template void FillBounded(Pcg64&, uint16_t, uint64_t, std::span<uint16_t>);
template void FillBounded(Pcg64&, int32_t, uint64_t, std::span<int32_t>);
template void FillBounded(Pcg64&, uint32_t, uint64_t, std::span<uint32_t>);
template void FillBounded(Pcg64&, int64_t, uint64_t, std::span<int64_t>);
template void FillBounded(Pcg64&, uint64_t, uint64_t, std::span<uint64_t>);

void ShuffleTail(Pcg64& bits, std::span<int64_t> values, size_t first) {
  for (size_t k = values.size(); k-- > first;) std::swap(values[k], values[DrawBounded64(bits, k)]);
}

void DrawSample(Pcg64& bits, int64_t population, std::span<int64_t> out) {
  const auto count = static_cast<int64_t>(out.size());
  // NumPy's choice of method decides the stream: many out of a large population shuffle the whole of it.
  if (population > 10000 && count > population / 50) {
    std::vector<int64_t> all(static_cast<size_t>(population));
    std::iota(all.begin(), all.end(), int64_t{0});
    ShuffleTail(bits, all, static_cast<size_t>(std::max<int64_t>(population - count, 1)));
    std::copy(all.end() - count, all.end(), out.begin());
    return;
  }
  // Floyd's algorithm, then a shuffle of what it took.
  absl::flat_hash_set<int64_t> taken;
  taken.reserve(out.size());
  for (int64_t k = population - count; k < population; ++k) {
    auto value = static_cast<int64_t>(DrawBounded64(bits, static_cast<uint64_t>(k)));
    if (!taken.insert(value).second) {
      value = k;
      taken.insert(k);
    }
    out[static_cast<size_t>(k - (population - count))] = value;
  }
  ShuffleTail(bits, out, 1);
}

void DrawWeighted(Pcg64& bits, std::span<const double> probabilities, bool replace, std::span<int64_t> out) {
  if (replace) {
    const std::vector<double> distribution = Distribution(probabilities);
    for (int64_t& value : out) value = Locate(distribution, bits.NextDouble());
    return;
  }
  // Rounds of draws with what was found left out, until enough different ones have come up.
  std::vector<double> weights(probabilities.begin(), probabilities.end());
  size_t found = 0;
  while (found < out.size()) {
    const std::vector<double> distribution = Distribution(weights);
    const size_t wanted = out.size() - found;
    for (size_t k = 0; k < wanted; ++k) {
      const int64_t value = Locate(distribution, bits.NextDouble());
      if (weights[static_cast<size_t>(value)] == 0) continue;  // found in this round
      weights[static_cast<size_t>(value)] = 0;
      out[found++] = value;
    }
  }
}

}  // namespace lathe
