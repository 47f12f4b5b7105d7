// What runs loop traces (docs/ir.md, "Loop level"): the reference interpreter and machine code are the two
// LoopBackends. The recorder of loops, in the script room, knows machine code by this interface only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// A compiled loop trace. Not thread-safe: it belongs to one interpreter.
class LoopExecutable {
 public:
  virtual ~LoopExecutable() = default;
  // Runs from the entry block until an exit is taken and returns its number. `inputs[k]` are the bits of the
  // trace's k-th parameter; the k-th snapshot value of the exit is stored in `values[k]`. Integers narrower
  // than 64 bits are sign- or zero-extended by their dtype, a bool is 0 or 1, the upper half of an f32 is 0.
  virtual uint32_t Run(const uint64_t* inputs, uint64_t* values) const = 0;
  virtual size_t code_bytes() const { return 0; }
  // Assembly listing; empty for an interpreter.
  virtual std::string Listing() const { return {}; }
};

class LoopBackend {
 public:
  virtual ~LoopBackend() = default;
  // `attention` is what `poll` looks at: it leaves if that is not zero. It must outlive the executable.
  virtual absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                                      const std::atomic<int>* attention) = 0;
};

}  // namespace lathe
