// Running a compiled nest: binds its accesses to buffers, walks the outer loops, splits large work over
// threads, and combines what accumulations write to their scratch blocks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/nest/combine.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

// Bounds of one nest, generous for the longest recording; Compile refuses what exceeds them.
inline constexpr int kMaxAccesses = 200;
inline constexpr int kMaxScalars = 200;

// A nest ready to run, and what never changes between runs.
struct CompiledNest {
  struct Reduction {
    size_t access = 0;  // into plan.accesses
    Op combiner = Op::kAdd;
    DType dtype = DType::kFloat64;
    bool is_arg = false;
    bool uses_tree = false;
    Combiner functions;
    ArgScan scan = nullptr;
    ArgJoin join = nullptr;
  };
  NestPlan plan;
  NestCode code;
  NestFunction function = nullptr;
  std::vector<DType> access_dtypes;
  std::vector<Reduction> reductions;
};

// Prepares a planned and emitted nest.
CompiledNest FinishNest(const Trace& trace, NestPlan plan, NestCode code);

// Runs the nest: `buffers[k]` is what access k refers to, `extents` those of the nest's own loops,
// `scalars` the words of its frame's scalars. Returns the number of threads used.
int RunNest(const CompiledNest& nest, std::span<const Operand* const> buffers,
            std::span<const int64_t> extents, std::span<const uint64_t> scalars, int threads);

}  // namespace lathe
