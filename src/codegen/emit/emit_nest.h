// From planned nests to machine code: one function a plan, all of a trace in one block of code.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lathe/engine.h"
#include "src/codegen/memory/code_memory.h"
#include "src/codegen/nest/frame.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/codegen/vector_level.h"

namespace lathe {

struct EmitOptions {
  VectorLevel level = VectorLevel::kAvx2;
  FpMode fp = FpMode::kStrict;
  bool keep_listing = false;
  // The code is not to be run here, and may be of another architecture: addresses that only a running process
  // has are zero in it.
  bool elsewhere = false;
  CodeMap* code_map = nullptr;  // is told of the code, unless null
};

struct NestCode {
  FrameLayout frame;
  NestFunction function = nullptr;
  bool streams = false;  // obeys FrameLayout::kStream
};

struct EmittedTrace {
  CodeBlock block;
  std::string listing;
  std::string bytes;            // instead of a block, with EmitOptions::elsewhere
  std::vector<NestCode> nests;  // by plan
};

absl::StatusOr<EmittedTrace> EmitNests(const Trace& trace, absl::Span<const NestPlan> plans,
                                       const EmitOptions& options);

}  // namespace lathe
