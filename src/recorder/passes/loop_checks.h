// Writes checks before a loop: conditions that hold only if what they stand for does, whatever wraps around.
#pragma once

#include <cstdint>
#include <optional>

#include "src/recorder/passes/loop_affine.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/loop_ranges.h"

namespace lathe {

// factor * base + rest - other <= c, or other - (factor * base + rest) <= c. No reference stands for 0.
struct EndCheck {
  bool is_upper = true;
  Ref base = kNoRef;
  int64_t factor = 1;
  Ref rest = kNoRef;
  Ref other = kNoRef;
  Wide c = 0;
};

class CheckWriter {
 public:
  CheckWriter(const Trace& trace, LoopEditor& editor, LoopRanges& ranges, Ref anchor, uint32_t line)
      : trace_(trace), editor_(editor), ranges_(ranges), anchor_(anchor), line_(line) {}

  // The condition; kNoRef if it holds anyway, none if it cannot be written.
  std::optional<Ref> Write(const EndCheck& check);
  // The condition under which the place that the ends are for is not reached; kNoRef if there is none.
  Ref WriteUnreached(const Ends& ends);
  // Either condition.
  Ref Or(Ref a, Ref b) { return Emit(Op::kLogicalOr, DType::kBool, {a, b}); }

 private:
  Ref Emit(Op op, DType dtype, std::initializer_list<Ref> operands, uint64_t attribute = 0);
  Ref Constant(Wide value) {
    return Emit(Op::kConst, DType::kInt64, {}, static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
  // p <= q + c; none if a constant does not fit.
  std::optional<Ref> LessEqual(Ref p, Ref q, Wide c);
  Ref Both(Ref a, Ref b);
  // |value| is less than 2^bits.
  Ref IsWithin(Ref value, int bits);
  std::optional<Ref> WriteSum(const EndCheck& check);

  const Trace& trace_;
  LoopEditor& editor_;
  LoopRanges& ranges_;
  const Ref anchor_;
  const uint32_t line_;
};

}  // namespace lathe
