// Expansion: ops whose LOWER is Expand become the primitives of their expansion (expand/), at the nest
// level. They are emitted through the builder, so expansions share constants and equal steps, and an
// operation on constants disappears.
#include <algorithm>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "src/recorder/expand/expand_op.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/reemit.h"

namespace lathe {
namespace {

class BuilderSink : public ExpansionSink {
 public:
  explicit BuilderSink(Builder& builder) : builder_(builder) {}
  Ref Constant(DType dtype, uint64_t bits) override { return builder_.Constant(dtype, bits); }
  Ref Emit(Op op, DType result, std::initializer_list<Ref> operands) override {
    return builder_.Emit(op, result, std::span(operands.begin(), operands.size()), {});
  }

 private:
  Builder& builder_;
};

}  // namespace

absl::Status Expand(Trace& trace, PassContext& context) {
  if (!context.expand) return absl::OkStatus();
  const auto expands = [](const Instruction& instruction) {
    return Info(instruction.op).lowering == Lowering::kExpand && instruction.rank == 0;
  };
  const auto expanded = std::count_if(trace.instructions.begin(), trace.instructions.end(), expands);
  if (expanded == 0) return absl::OkStatus();
  Reemit(trace, {}, [&](Builder& builder, const Instruction& instruction, std::span<const Ref> operands) {
    if (!expands(instruction)) return kNoRef;
    BuilderSink sink(builder);
    return ExpandOp(instruction.op, instruction.dtype, operands, sink);
  });
  context.Reason(absl::StrCat("expanded ", expanded, " operations of vector math"));
  return absl::OkStatus();
}

}  // namespace lathe
