// SeedSequence's hashing and PCG64's seeding.
#include "src/array/random_bits.h"

#include <algorithm>

namespace lathe {
namespace {

// A multiplicative hash whose constant changes with every word.
class WordHash {
 public:
  WordHash(uint32_t constant, uint32_t multiplier) : constant_(constant), multiplier_(multiplier) {}
  uint32_t operator()(uint32_t value) {
    value ^= constant_;
    constant_ *= multiplier_;
    value *= constant_;
    return value ^ (value >> 16);
  }

 private:
  uint32_t constant_;
  uint32_t multiplier_;
};

uint32_t Mix(uint32_t x, uint32_t y) {
  const uint32_t mixed = 0xca01f9ddu * x - 0x4973f715u * y;
  return mixed ^ (mixed >> 16);
}

}  // namespace

SeedSequence::SeedSequence(std::span<const uint32_t> entropy) {
  WordHash hash(0x43b0d7e5u, 0x931e8875u);
  for (size_t k = 0; k < pool_.size(); ++k) pool_[k] = hash(k < entropy.size() ? entropy[k] : 0);
  for (size_t from = 0; from < pool_.size(); ++from) {
    for (size_t to = 0; to < pool_.size(); ++to) {
      if (from != to) pool_[to] = Mix(pool_[to], hash(pool_[from]));
    }
  }
  for (size_t k = pool_.size(); k < entropy.size(); ++k) {
    for (uint32_t& word : pool_) word = Mix(word, hash(entropy[k]));
  }
}

void SeedSequence::Generate(std::span<uint64_t> state) const {
  WordHash hash(0x8b51f9ddu, 0x58f38dedu);
  size_t next = 0;
  for (uint64_t& word : state) {
    const uint64_t low = hash(pool_[next++ % pool_.size()]);
    word = low | (uint64_t{hash(pool_[next++ % pool_.size()])} << 32);
  }
}

Pcg64::Pcg64(const SeedSequence& seed) {
  std::array<uint64_t, 4> words;
  seed.Generate(words);
  increment_ = (((Wide{words[2]} << 64) | words[3]) << 1) | 1;
  // From a state of zero: one step, the seed added, another step.
  state_ = (increment_ + ((Wide{words[0]} << 64) | words[1])) * kMultiplier + increment_;
}

}  // namespace lathe
