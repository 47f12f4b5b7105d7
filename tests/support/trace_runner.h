// Running traces on memory of a test's own: random parameters of every layout, outputs compared by bits.
// For parity tests between backends and between the forms that a trace has before and after passes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/backend.h"

namespace lathe {

// Bits of values where operations differ: zeros of both signs, extremes, infinities, NaN, small numbers.
std::vector<uint64_t> SpecialValues(DType dtype);
// One of them, or any number.
uint64_t RandomValue(DType dtype, std::mt19937_64& random);

// The parameters of a trace for given extents of its dims, laid out as their layouts say.
class TraceInputs {
 public:
  TraceInputs(const Trace& trace, std::vector<int64_t> extents, uint64_t seed);

  // Runs an executable made of `trace` or of a form of it. The bytes of all outputs, each in C order, then
  // of all parameters as they are afterwards; every NaN is the same.
  absl::StatusOr<std::vector<std::string>> Run(const Trace& trace, const Executable& executable) const {
    return Execute(trace, executable, false);
  }
  // As Run, of a trace at the nest level, but each result takes the parameter's memory that `alloc reuse`
  // permits. The bytes of the outputs only.
  absl::StatusOr<std::vector<std::string>> RunInPlace(const Trace& nest, const Executable& executable) const {
    return Execute(nest, executable, true);
  }

 private:
  struct Param {
    Operand operand;  // its data is an offset into `memory`
    std::string memory;
    size_t first = 0;  // of the element at index 0
  };
  absl::StatusOr<std::vector<std::string>> Execute(const Trace& trace, const Executable& executable,
                                                   bool in_place) const;

  std::vector<int64_t> extents_;
  std::vector<Param> params_;
};

// A random valid trace at the array level, over two dims %n and %m.
Trace RandomTrace(uint64_t seed);

}  // namespace lathe
