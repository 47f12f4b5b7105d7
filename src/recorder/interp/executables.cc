// Memory and statistics of the interpreter.
#include "src/recorder/interp/executables.h"

#include <new>

#include "absl/strings/str_cat.h"

namespace lathe {

absl::StatusOr<std::shared_ptr<std::byte[]>> AllocateDense(StridedView* view) {
  int64_t bytes = view->item;
  bool overflow = false;
  for (int d = view->rank - 1; d >= 0; --d) {
    view->strides[d] = bytes;
    overflow |= __builtin_mul_overflow(bytes, view->extents[d], &bytes);
  }
  std::shared_ptr<std::byte[]> owner;
  // An array always has an address, and room for one element to be written as a whole word.
  const size_t size = static_cast<size_t>(bytes) + sizeof(uint64_t);
  if (!overflow && bytes >= 0) owner.reset(new (std::nothrow) std::byte[size]);
  if (owner == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("Unable to allocate ", overflow ? INT64_MAX : bytes, " bytes for a temporary array"));
  }
  view->data = owner.get();
  return owner;
}

void CountRun(std::span<const Operand> params, std::span<const Operand> outputs, int64_t elements,
              RunStatistics* statistics) {
  if (statistics == nullptr) return;
  statistics->elements = elements;
  statistics->bytes = 0;
  statistics->threads = 1;
  for (const std::span<const Operand> operands : {params, outputs}) {
    for (const Operand& operand : operands) {
      if (!operand.is_scalar) statistics->bytes += ViewOf(operand).Elements() * ItemSize(operand.dtype);
    }
  }
}

}  // namespace lathe
