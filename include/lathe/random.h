// File: lathe/random.h
//
// Random numbers, bit-identical to NumPy 2.4's np.random.default_rng(seed) (PCG64 seeded by SeedSequence).
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

  // One draw each.
  double Random();  // uniform in [0, 1)
  double StandardNormal();
  int64_t Integer(int64_t low, int64_t high);  // in [low, high); ValueError if empty

  // Arrays of draws, in C order. dtype: float64 or float32 for Random and StandardNormal.
  Array Random(Shape shape, DType dtype = DType::kFloat64);
  Array StandardNormal(Shape shape, DType dtype = DType::kFloat64);
  Array Normal(double mean, double deviation, Shape shape);
  Array Uniform(double low, double high, Shape shape);
  Array Integers(int64_t low, int64_t high, Shape shape, DType dtype = DType::kInt64);
  Array Exponential(double scale, Shape shape);
  Array Permutation(int64_t count);  // of 0..count-1
  void Shuffle(Array& array);        // along axis 0, in place
  Array Choice(int64_t count, Shape shape, bool replace = true);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace lathe
