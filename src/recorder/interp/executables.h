// What the two halves of the interpreter share: a trace with its elementwise functions, and memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/interp/strided.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/backend.h"

namespace lathe {

struct Program {
  Trace trace;
  std::vector<ElementFunction> functions;  // by instruction; null if it is not elementwise
};

std::unique_ptr<Executable> MakeArrayExecutable(Program program);
std::unique_ptr<Executable> MakeNestExecutable(Program program);

// The extents of `dims` in a run whose k-th dim instruction is `extents[k]`.
inline void ResolveDims(const Trace& trace, std::span<const Dim> dims, std::span<const int64_t> extents,
                        StridedView* view) {
  view->rank = static_cast<int>(dims.size());
  for (size_t d = 0; d < dims.size(); ++d) {
    view->extents[d] = dims[d].is_constant() ? dims[d].value : extents[trace.at(dims[d].ref()).attribute];
  }
}

// The memory of a parameter or output.
inline StridedView ViewOf(const Operand& operand) {
  StridedView view;
  // A scalar is only ever read.
  view.data =
      static_cast<std::byte*>(operand.is_scalar ? const_cast<uint64_t*>(&operand.scalar_bits) : operand.data);
  view.item = ItemSize(operand.dtype);
  view.rank = operand.is_scalar ? 0 : operand.rank;
  for (int d = 0; d < view.rank; ++d) {
    view.extents[d] = operand.extents[d];
    view.strides[d] = operand.strides[d];
  }
  return view;
}

// Memory for `view`, whose item size and extents are set: dense strides, and the owner of the bytes.
absl::StatusOr<std::shared_ptr<std::byte[]>> AllocateDense(StridedView* view);

// Counts what a run has done: the points computed, the bytes of all operands.
void CountRun(std::span<const Operand> params, std::span<const Operand> outputs, int64_t elements,
              RunStatistics* statistics);

}  // namespace lathe
