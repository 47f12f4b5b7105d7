// The exact reduction: a number is an integer times a power of two, and of its product with 2/pi only those
// bits count that are below the multiples of 4 and above what rounding would take.
#include "src/recorder/expand/large_sine.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "src/recorder/expand/scalar_algebra.h"
#include "src/recorder/expand/trigonometric.h"

namespace lathe {
namespace {

using Wide = unsigned __int128;
using Words = std::array<uint64_t, 3>;  // 192 bits, the highest word first

// Bits of 2/pi behind a word of zeros: the first bit of kTwoOverPi[1] counts 1/2.
constexpr std::array<uint64_t, 21> kTwoOverPi = {0,
                                                 0xa2f9836e4e441529,
                                                 0xfc2757d1f534ddc0,
                                                 0xdb6295993c439041,
                                                 0xfe5163abdebbc561,
                                                 0xb7246e3a424dd2e0,
                                                 0x06492eea09d1921c,
                                                 0xfe1deb1cb129a73e,
                                                 0xe88235f52ebb4484,
                                                 0xe99c7026b45f7e41,
                                                 0x3991d639835339f4,
                                                 0x9c845f8bbdf9283b,
                                                 0x1ff897ffde05980f,
                                                 0xef2f118b5a0a6d1f,
                                                 0x6d367ecf27cb09b7,
                                                 0x4f463f669e5fea2d,
                                                 0x7527bac7ebe5f17b,
                                                 0x3d0739f78a5292ea,
                                                 0x6bfb5fb11f8d5d08,
                                                 0x56033046fc7b6bab,
                                                 0xf0cfbc209af4361d};

// 192 bits from bit `first` on.
Words Window(int first) {
  const auto word = static_cast<size_t>(first / 64);
  const int shift = first % 64;
  Words window;
  for (size_t k = 0; k < 3; ++k) {
    window[k] = kTwoOverPi[word + k] << shift;
    if (shift != 0) window[k] |= kTwoOverPi[word + k + 1] >> (64 - shift);
  }
  return window;
}

// The lowest 192 bits of the product.
Words Product(const Words& x, uint64_t y) {
  Words product;
  uint64_t carry = 0;
  for (size_t k = 3; k-- > 0;) {
    const Wide sum = Wide{x[k]} * y + carry;
    product[k] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64);
  }
  return product;
}

Words Negated(Words x) {
  for (uint64_t& word : x) word = ~word;
  for (size_t k = 3; k-- > 0 && ++x[k] == 0;) {
  }
  return x;
}

int LeadingZeros(const Words& x) {
  for (int k = 0; k < 3; ++k) {
    if (x[static_cast<size_t>(k)] != 0) return 64 * k + std::countl_zero(x[static_cast<size_t>(k)]);
  }
  return 192;
}

Words ShiftedLeft(Words x, int count) {
  for (; count >= 64; count -= 64) x = {x[1], x[2], 0};
  if (count == 0) return x;
  return {x[0] << count | x[1] >> (64 - count), x[1] << count | x[2] >> (64 - count), x[2] << count};
}

}  // namespace

double SineOfLarge(double x, int quarter_turns) {
  if (!std::isfinite(x)) return x - x;
  if (std::fabs(x) < 1) return x;
  const auto bits = std::bit_cast<uint64_t>(std::fabs(x));
  const uint64_t integer = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  const int exponent = static_cast<int>(bits >> 52) - 1023 - 52;
  // In units of 2^-190: multiples of 4 fall off at the top.
  Words turns = Product(Window(64 + exponent - 2), integer);
  auto quadrant = static_cast<int>(turns[0] >> 62);
  turns = ShiftedLeft(turns, 2);
  const bool negative = turns[0] >> 63;
  if (negative) {
    turns = Negated(turns);
    ++quadrant;
  }
  const int zeros = LeadingZeros(turns);
  turns = ShiftedLeft(turns, zeros);
  // The fraction of a quarter turn as two numbers of 53 bits.
  double high = std::ldexp(static_cast<double>(turns[0] >> 11), -53 - zeros);
  double low = std::ldexp(static_cast<double>((turns[0] << 53 | turns[1] >> 11) >> 11), -106 - zeros);
  if (negative) high = -high, low = -low;
  const double r = high * expand::kHalfPi[0];
  const double rest =
      std::fma(high, expand::kHalfPi[0], -r) + high * expand::kHalfPi[1] + low * expand::kHalfPi[0];
  expand::ScalarAlgebra<double> algebra;
  const double r_high = r + rest;
  const auto [sine, cosine] = expand::SineAndCosine(algebra, r_high, (r_high - r) - rest);
  if (x < 0 && quarter_turns == 0) quadrant += 2;  // sin(-x) = -sin(x)
  quadrant += quarter_turns;
  const double value = quadrant & 1 ? cosine : sine;
  return quadrant & 2 ? -value : value;
}

}  // namespace lathe
