// File: lathe/random.h
//
// Random numbers, bit-identical to NumPy 2.4's np.random.default_rng(seed) (PCG64 seeded by SeedSequence).
// The functions below draw from the stream exactly as the Generator methods of the same names do, so a
// program moved from NumPy sees the same numbers. Each is O(number of draws) and computes at once. Errors
// have NumPy's words: ValueError for parameters without a meaning, DTypeError for a dtype that cannot be
// drawn.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "lathe/array.h"

namespace lathe {

class Generator {
 public:
  // Seeds as np.random.default_rng(seed); without a seed from the operating system's entropy.
  explicit Generator(std::optional<uint64_t> seed = {});
  ~Generator();
  Generator(Generator&&) noexcept;
  Generator& operator=(Generator&&) noexcept;

  // Seeds with any number of 32-bit words, as default_rng does with a sequence of integers below 2^32, or
  // with one integer of several words, the lowest first.
  static Generator FromEntropy(std::span<const uint32_t> words);

  // One draw each.
  double Random();  // uniform in [0, 1)
  double StandardNormal();
  int64_t Integer(int64_t low, int64_t high);  // in [low, high); ValueError if empty

  // Arrays of draws, in C order. dtype: float64 or float32 for Random and StandardNormal.
  Array Random(Shape shape, DType dtype = DType::kFloat64);
  Array StandardNormal(Shape shape, DType dtype = DType::kFloat64);
  Array Normal(double mean, double deviation, Shape shape);
  Array Uniform(double low, double high, Shape shape);
  // In [low, high), or [low, high] with `endpoint`; any integer dtype or bool, which must hold the range.
  Array Integers(int64_t low, int64_t high, Shape shape, DType dtype = DType::kInt64, bool endpoint = false);
  Array Exponential(double scale, Shape shape);
  Array Permutation(int64_t count);  // of 0..count-1
  // A copy shuffled along axis 0.
  Array Permutation(const Array& array);
  void Shuffle(Array& array);  // along axis 0, in place
  // Integers of [0, count), uniformly or with the given probabilities (one for each, summing to 1).
  Array Choice(int64_t count, Shape shape, bool replace = true);
  Array Choice(int64_t count, Shape shape, const Array& probabilities, bool replace = true);

  struct State;

 private:
  explicit Generator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lathe
