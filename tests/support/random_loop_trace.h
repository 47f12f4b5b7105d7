// Random loop traces, and running them on several backends to see that they agree.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/loop_backend.h"
#include "tests/support/lir_runner.h"

namespace lathe {

// A trace that ends on any inputs: its loops are counted. Its first parameters are the addresses of `arrays`,
// whose alias classes are their positions; it accesses nothing else. Signs and payloads of NaN reach nothing
// but results and arrays as floats.
struct RandomLoop {
  struct Array {
    DType dtype = DType::kFloat64;
    int64_t length = 0;
  };
  Trace trace;
  std::vector<Array> arrays;
};
RandomLoop MakeRandomLoop(uint64_t seed);

// A trace at the array level, over two dims, whose parameters and results have these dtypes.
Trace RandomKernel(const std::vector<DType>& dtypes, std::mt19937_64& random);

// Compiles the trace on each backend and runs it on some inputs; says what a backend does otherwise than the
// first one, or nothing. Exits, values and memory are compared by bits, but every NaN is the same; what does
// not belong to the arrays and the values must stay as it was.
std::string CompareLoopBackends(const RandomLoop& loop, const std::vector<LirLoopBackend>& backends,
                                uint64_t seed);

}  // namespace lathe
