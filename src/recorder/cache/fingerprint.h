// A running 128-bit hash of a recording: what makes two recordings the same program. Ops, operand
// positions, dtypes, ranks, broadcast patterns and layouts go in; addresses, extents and scalar values
// stay out, or a program with a changing number would compile for ever.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lathe {

struct Fingerprint {
  uint64_t low = 0x9e3779b97f4a7c15u;
  uint64_t high = 0xc2b2ae3d27d4eb4fu;

  // Two independent multiply-fold mixers; each word costs two multiplications.
  void Add(uint64_t word) {
    low = Fold(low ^ word, 0xa0761d6478bd642fu);
    high = Fold(high + word, 0xe7037ed1a0b428dbu) ^ word;
  }
  bool operator==(const Fingerprint&) const = default;

  template <class H>
  friend H AbslHashValue(H state, const Fingerprint& value) {
    return H::combine(std::move(state), value.low, value.high);
  }

 private:
  static uint64_t Fold(uint64_t a, uint64_t b) {
    const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
};

}  // namespace lathe
