// A Backend runs traces: the reference interpreter is one, machine code the other. The recorder knows
// machine code by this interface only.
//
// Compile takes a trace in the shape that the backend asks for (`level`), and returns an executable that
// owns all it needs. Run is given the operands in the order of the trace's `param` instructions, then
// those of its outputs (`ret` operands), already allocated by the caller; temporaries are the
// executable's own business. One output more than results, dense, is where `assign` writes instead of into
// its parameter. Extents of symbolic dims are read off the operands.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

enum class TraceLevel : uint8_t { kArray, kNest, kLoop };

struct RunStatistics {
  int64_t elements = 0;  // points of all loop nests
  int64_t bytes = 0;     // read and written, counted once per operand
  int threads = 1;
  int64_t waiting = 0;  // nanoseconds that the calling thread waited for others; measured while a log is open
};

// A compiled trace prepared for operands of fixed extents and strides. Not thread-safe.
class BoundRun {
 public:
  virtual ~BoundRun() = default;
  // Of the operands only addresses and scalars may differ from those that were bound.
  virtual absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs) = 0;
  // Of the last run.
  virtual RunStatistics statistics() const { return {}; }
  // Of the temporaries that it keeps.
  virtual size_t bytes() const { return 0; }
};

// A compiled trace. Thread-safe: Run may be called from several threads at once.
class Executable {
 public:
  virtual ~Executable() = default;
  // `dims[k]` is the extent of the trace's k-th `dim` instruction.
  virtual absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs,
                           std::span<const int64_t> dims, RunStatistics* statistics) const = 0;
  // For many runs that differ in nothing but memory. The executable must outlive the result.
  virtual absl::StatusOr<std::unique_ptr<BoundRun>> Bind(std::span<const Operand> params,
                                                         std::span<const Operand> outputs,
                                                         std::span<const int64_t> dims) const;
  virtual size_t code_bytes() const { return 0; }
  // Assembly listing before register allocation; empty for an interpreter.
  virtual std::string Listing() const { return {}; }
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual TraceLevel level() const = 0;
  // Whether vector math should come as primitives (the pass expand). If not, its ops are calls of their
  // element functions, which give the same bits.
  virtual bool WantsExpansion() const { return false; }
  virtual absl::StatusOr<std::unique_ptr<Executable>> Compile(const Trace& trace) = 0;
};

}  // namespace lathe
