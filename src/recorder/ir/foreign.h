// ForeignFunction: a C function that the ops `apply` and `foreign` call, as plain data: traces and kernels
// know it by the address of this record, which is a parameter like any scalar. So one kernel serves every
// function of the same dtypes, and no address is part of a trace, its text or its key.
//
// Records live for ever: whoever makes them (the ffi room) keeps one for each function and types.
#pragma once

#include <array>
#include <cstdint>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

struct ForeignFunction {
  // Of a call in a loop, and of an op on arrays. What calling conventions pass in registers, at least.
  static constexpr int kMaxWords = 6, kMaxFloats = 8, kMaxArguments = kMaxWords + kMaxFloats;
  static constexpr int kMaxElementwiseArguments = kMaxElementwiseOperands - 1;

  // Machine code calls it by the C calling convention; argument k is of dtype arguments[k], a pointer an
  // int64.
  const void* address = nullptr;
  // out[i] = function(inputs[0][i], inputs[1][i], ...) for n lanes: how everybody else calls it.
  void (*lanes)(const ForeignFunction& function, void* out, const void* const* inputs, int64_t n) = nullptr;
  const void* caller = nullptr;  // what `lanes` needs to know beside
  DType result = DType::kFloat64;
  std::array<DType, kMaxArguments> arguments{};
  int8_t arity = 0;
  bool pure = false;         // the call has no effect, equal arguments give equal results
  bool thread_safe = false;  // may run on several threads at once
};

}  // namespace lathe
