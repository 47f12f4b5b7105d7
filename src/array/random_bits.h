// The bit stream of np.random.default_rng: SeedSequence (M. O'Neill's seed_seq design) turns a seed into the
// state of a PCG64 generator (XSL-RR 128/64), which yields words, half words and uniform floats. Knows
// nothing of arrays; random_draws.h makes distributions of it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

namespace lathe {

// Hashes any number of 32-bit words of entropy into well-mixed state words.
class SeedSequence {
 public:
  explicit SeedSequence(std::span<const uint32_t> entropy);
  void Generate(std::span<uint64_t> state) const;

 private:
  std::array<uint32_t, 4> pool_;
};

class Pcg64 {
 public:
  explicit Pcg64(const SeedSequence& seed);

  uint64_t Next64() {
    state_ = state_ * kMultiplier + increment_;
    const auto folded = static_cast<uint64_t>(state_ >> 64) ^ static_cast<uint64_t>(state_);
    return std::rotr(folded, static_cast<int>(state_ >> 122));
  }
  // The low half of a word, then its high half.
  uint32_t Next32() {
    if (has_half_) {
      has_half_ = false;
      return half_;
    }
    const uint64_t word = Next64();
    has_half_ = true;
    half_ = static_cast<uint32_t>(word >> 32);
    return static_cast<uint32_t>(word);
  }
  // Uniform in [0, 1), with 53 and 24 random bits.
  double NextDouble() { return static_cast<double>(Next64() >> 11) * 0x1p-53; }
  float NextFloat() { return static_cast<float>(Next32() >> 8) * 0x1p-24f; }

 private:
  using Wide = unsigned __int128;
  static constexpr Wide kMultiplier = (Wide{0x2360ed051fc65da4u} << 64) | 0x4385df649fccf645u;

  Wide state_;
  Wide increment_;
  bool has_half_ = false;
  uint32_t half_ = 0;
};

}  // namespace lathe
