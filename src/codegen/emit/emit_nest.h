// From a planned nest to machine code: one function that walks the innermost loop.
//
// The function reads a frame of 64-bit words (FrameLayout says which): the number of elements, for every
// access a pointer and a stride in bytes, the loop counters that are used as values, and the scalars.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/codegen/memory/code_memory.h"
#include "src/codegen/native_backend.h"
#include "src/codegen/nest/nest_plan.h"

namespace lathe {

using NestFunction = void (*)(const int64_t* frame);

struct FrameLayout {
  static constexpr int kCount = 0;
  int first_access = 1;  // pointer, stride; pointer, stride; ...
  int first_index = 0;   // one word a loop of the nest
  int first_scalar = 0;
  std::vector<Ref> scalars;  // Params of rank 0, in the order of their words
  int words = 0;
};

struct NestCode {
  CodeBlock block;
  FrameLayout frame;
  std::string listing;
  NestFunction function() const { return reinterpret_cast<NestFunction>(const_cast<void*>(block.address())); }
};

struct EmitOptions {
  bool avx = true;
  FpMode fp = FpMode::kStrict;
  bool keep_listing = false;
};

absl::StatusOr<NestCode> EmitNest(const Trace& trace, const NestPlan& plan, const EmitOptions& options);

}  // namespace lathe
