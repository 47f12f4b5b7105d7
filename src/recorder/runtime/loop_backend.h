// What runs loop traces (docs/ir.md, "Loop level"): the reference interpreter and machine code are the two
// LoopBackends. The recorder of loops, in the script room, knows machine code by this interface only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "lathe/dtype.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// The element in the low end of `bits` as a word that enters or leaves a loop trace: integers extended by
// their sign, zero above everything else.
inline uint64_t ExtendedBits(DType dtype, uint64_t bits) {
  return VisitDType(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T element = Scalar{dtype, bits}.As<T>();
    if constexpr (std::is_integral_v<T>) return static_cast<uint64_t>(element);
    return Scalar::Of(element).bits;
  });
}

// A compiled loop trace. Not thread-safe: it belongs to one interpreter.
class LoopExecutable {
 public:
  virtual ~LoopExecutable() = default;
  // Runs from the entry block until an exit is taken and returns its number. `inputs[k]` are the bits of the
  // trace's k-th parameter; the k-th snapshot value of the exit is stored in `values[k]`; all as
  // ExtendedBits.
  virtual uint32_t Run(const uint64_t* inputs, uint64_t* values) const = 0;
  virtual size_t code_bytes() const { return 0; }
  // Assembly listing; empty for an interpreter.
  virtual std::string Listing() const { return {}; }
};

// What `poll` looks at holds one of these: with all bits set, a comparison with any address tells them apart.
inline constexpr int kNoAttention = 0;
inline constexpr int kAttention = -1;

class LoopBackend {
 public:
  virtual ~LoopBackend() = default;
  // `attention` is what `poll` looks at: it leaves if that is kAttention, at once or some turns later. It
  // must outlive the executable.
  virtual absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                                      const std::atomic<int>* attention) = 0;
};

}  // namespace lathe
