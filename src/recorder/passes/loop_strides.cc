// Strength reduction of addresses: where an index goes up by a constant from turn to turn and its stride is
// not one that an instruction can scale by, the address goes round as a parameter, and a turn adds to it.
//
//   jump 1(%zero)                                 %start = address %a, %zero, %stride
//   block 1(%i: i64):                             jump 1(%zero, %start)
//     %at = address %a, %i, %stride               block 1(%i: i64, %at: i64):
//     ...                                           ...
//     %next = add %i, %one                          %next = add %i, %one
//     jump 1(%next)                                 %further = add %at, %stride
//                                                   jump 1(%next, %further)
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// Each takes a register for as long as the loop runs.
constexpr int kMostAddresses = 4;

class StrideReduction {
 public:
  explicit StrideReduction(Trace& trace) : trace_(trace), flow_(trace), editor_(trace) {}

  int Run() {
    std::vector<bool> has_inner(flow_.loops().size(), false);
    for (const FlowLoop& loop : flow_.loops()) {
      if (loop.parent != kNoLoop) has_inner[loop.parent] = true;
    }
    replaced_.assign(trace_.size(), kNoRef);
    for (loop_ = 0; loop_ < flow_.loops().size(); ++loop_) {
      if (!has_inner[loop_]) RunLoop();
    }
    if (count_ == 0) return 0;
    replaced_.resize(trace_.size(), kNoRef);
    for (Ref& operand : trace_.operand_pool) {
      if (replaced_[operand] != kNoRef) operand = replaced_[operand];
    }
    editor_.Apply();
    return count_;
  }

 private:
  // An operand of an address that is parameter + offset, and changes by `step` from turn to turn.
  struct Index {
    size_t operand = 0;
    size_t place = 0;  // of the parameter
    int64_t offset = 0;
    int64_t step = 0;
  };

  void RunLoop() {
    const std::optional<Preheader> preheader = FindPreheader(trace_, flow_, loop_);
    if (!preheader) return;
    preheader_ = *preheader;
    int reduced = 0;
    for (const uint32_t b : flow_.loop(loop_).blocks) {
      for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end && reduced < kMostAddresses; ++ref) {
        if (trace_.at(ref).op != Op::kAddress) continue;
        const std::optional<Index> index = OnlyIndex(ref);
        if (!index) continue;
        Reduce(ref, *index);
        ++reduced;
      }
    }
    count_ += reduced;
  }

  bool IsOutside(Ref ref) const {
    const uint32_t block = flow_.BlockOf(ref);
    return ref < preheader_.anchor && (block == kNoBlock || !flow_.LoopContains(loop_, block));
  }

  bool IsScale(Ref stride) const {
    if (trace_.at(stride).op != Op::kConst) return false;
    const uint64_t scale = trace_.at(stride).attribute;
    return scale == 1 || scale == 2 || scale == 4 || scale == 8;
  }

  // The one operand that changes in the loop, if it is a counter whose stride no instruction scales by.
  std::optional<Index> OnlyIndex(Ref address) const {
    const std::span<const Ref> x = trace_.operands(address);
    std::optional<Index> found;
    for (size_t k = 0; k < x.size(); ++k) {
      if (IsOutside(x[k])) continue;
      if (found || k % 2 == 0 || IsScale(x[k + 1])) return std::nullopt;
      found = IndexOf(x[k]);
      if (!found) return std::nullopt;
      found->operand = k;
    }
    return found;
  }

  std::optional<Index> IndexOf(Ref ref) const {
    Index index;
    if (const std::optional<int64_t> offset = ConstantChange(ref)) {
      index.offset = *offset;
      ref = trace_.operands(ref)[0];
    }
    const uint32_t header = flow_.loop(loop_).header;
    if (trace_.at(ref).op != Op::kParameter || flow_.BlockOf(ref) != header) return std::nullopt;
    index.place = ref - flow_.block(header).begin - 1;
    std::optional<int64_t> step;
    for (const uint32_t latch : flow_.loop(loop_).latches) {
      const Ref next = trace_.operands(flow_.block(latch).terminator())[index.place];
      const std::optional<int64_t> change = ConstantChange(next);
      if (!change || trace_.operands(next)[0] != ref || (step && *step != *change)) return std::nullopt;
      step = change;
    }
    index.step = *step;
    return index;
  }

  // What the operation adds to its first operand.
  std::optional<int64_t> ConstantChange(Ref ref) const {
    const Instruction& i = trace_.at(ref);
    const bool sum = i.op == Op::kAdd || i.op == Op::kCheckedAdd;
    const bool difference = i.op == Op::kSub || i.op == Op::kCheckedSub;
    if ((!sum && !difference) || i.dtype != DType::kInt64) return std::nullopt;
    const Instruction& y = trace_.at(trace_.operands(ref)[1]);
    if (y.op != Op::kConst) return std::nullopt;
    return static_cast<int64_t>(sum ? y.attribute : 0 - y.attribute);
  }

  Ref Integer(int64_t value) {
    return editor_.Insert(preheader_.anchor, Op::kConst, DType::kInt64, {}, static_cast<uint64_t>(value));
  }

  void Reduce(Ref address, const Index& index) {
    const std::span<const Ref> x = trace_.operands(address);
    std::vector<Ref> operands(x.begin(), x.end());
    const Ref stride = operands[index.operand + 1];
    Ref& start = operands[index.operand];
    start = trace_.operands(preheader_.jump)[index.place];
    if (index.offset != 0) {
      start = editor_.Insert(preheader_.anchor, Op::kAdd, DType::kInt64, {start, Integer(index.offset)});
    }
    const Instruction instruction = trace_.at(address);
    const Ref first = editor_.Insert(preheader_.anchor, instruction, operands);
    const Ref step = StepOf(stride, index.step);
    Instruction parameter;
    parameter.op = Op::kParameter;
    parameter.dtype = DType::kInt64;
    const Ref moving = editor_.Insert(flow_.block(flow_.loop(loop_).header).body, parameter, {});
    AddArgument(preheader_.jump, first);
    for (const uint32_t latch : flow_.loop(loop_).latches) {
      const Ref jump = flow_.block(latch).terminator();
      AddArgument(jump, editor_.Insert(jump, Op::kAdd, DType::kInt64, {moving, step}));
    }
    replaced_[address] = moving;
    editor_.Remove(address);
  }

  Ref StepOf(Ref stride, int64_t step) {
    if (step == 1) return stride;
    if (trace_.at(stride).op != Op::kConst) {
      return editor_.Insert(preheader_.anchor, Op::kMul, DType::kInt64, {stride, Integer(step)});
    }
    return Integer(static_cast<int64_t>(trace_.at(stride).attribute * static_cast<uint64_t>(step)));
  }

  void AddArgument(Ref jump, Ref value) {
    const std::span<const Ref> own = trace_.operands(jump);
    std::vector<Ref> arguments(own.begin(), own.end());
    arguments.push_back(value);
    editor_.SetOperands(jump, arguments);
  }

  Trace& trace_;
  const Flow flow_;
  LoopEditor editor_;
  std::vector<Ref> replaced_;  // by address: the parameter that is it
  uint32_t loop_ = 0;
  Preheader preheader_;
  int count_ = 0;
};

}  // namespace

absl::Status LoopStrides(Trace& trace, PassContext& context) {
  const int count = StrideReduction(trace).Run();
  if (count > 0) context.Reason(absl::StrCat("reduced ", count, " addresses to additions"));
  return absl::OkStatus();
}

}  // namespace lathe
