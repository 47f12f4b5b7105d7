// File: tests/differential/random_program.h
//
// Random array programs for the differential test. A seed fixes a program; every decision depends on the
// seed, the shapes and the dtypes alone, never on a value, so that the same program runs under every
// configuration of the engine. Its outcome is each array's bytes (NaNs made equal) and each error's text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/array.h"

namespace lathe::differential {

struct Value {
  std::string name;
  DType dtype = DType::kFloat64;
  Shape shape;
  std::vector<uint8_t> bytes;
  bool operator==(const Value&) const = default;
};

struct Outcome {
  std::vector<std::string> lines;  // the program as text, with the errors that its steps raised
  std::vector<Value> values;       // every array at the end
};

struct RunOptions {
  int steps = 40;
  bool eager = false;  // compute every array as soon as it is made
};

Outcome RunProgram(uint64_t seed, const RunOptions& options);

// The elements of `value` around the first that differs from `other`'s, both as text.
std::string DescribeDifference(const Value& value, const Value& other);

}  // namespace lathe::differential
