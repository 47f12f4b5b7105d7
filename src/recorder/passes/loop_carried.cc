// Values that go from one turn of a loop to the next through memory: a read of what the turn before has
// written takes it from a parameter of the header instead.
//
//   header(i):  a = read base + (i-1)*8         header(i, a):
//               ...                                 ...
//               write base + i*8, x                 write base + i*8, x
//               jump header(i+1)                    jump header(i+1, x)
//
// In the first turn the parameter is what the read gives with the values that the loop is entered with. A
// loop that is not entered must not read there: the read is then made at a word of our own.
#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// A wrapping sum: factor * variable + rest + constant, of values from outside of the loop but the variable.
struct Linear {
  Ref variable = kNoRef;
  uint64_t factor = 0;
  Ref rest = kNoRef;
  uint64_t constant = 0;
  friend bool operator==(const Linear&, const Linear&) = default;
};

class Carrier {
 public:
  Carrier(Trace& trace, uint64_t zeros)
      : trace_(trace), zeros_(zeros), flow_(trace), editor_(trace), replaced_(trace.size(), kNoRef) {}

  int Run() {
    for (loop_ = 0; loop_ < flow_.loops().size(); ++loop_) {
      const std::optional<Preheader> preheader = FindPreheader(trace_, flow_, loop_);
      if (!preheader || flow_.loop(loop_).latches.size() != 1) continue;
      preheader_ = *preheader;
      latch_ = flow_.block(flow_.loop(loop_).latches[0]).terminator();
      header_ = flow_.loop(loop_).header;
      if (!FindCondition()) continue;
      CarryReads();
    }
    if (carried_ > 0) Finish();
    return carried_;
  }

 private:
  bool IsOutside(Ref ref) const {
    const uint32_t block = flow_.BlockOf(ref);
    return ref < preheader_.anchor && (block == kNoBlock || !flow_.LoopContains(loop_, block));
  }
  bool IsOwn(Ref ref) const { return flow_.block(flow_.BlockOf(ref)).loop == loop_; }
  size_t PlaceOf(Ref parameter) const { return parameter - flow_.block(header_).begin - 1; }
  Ref EntryOf(Ref parameter) const { return trace_.operands(preheader_.jump)[PlaceOf(parameter)]; }

  // The condition that the header begins with: without it nothing in the loop runs.
  bool FindCondition() {
    const FlowBlock& header = flow_.block(header_);
    for (Ref ref = header.body; ref < header.end; ++ref) {
      const Op op = trace_.at(ref).op;
      if (op != Op::kGuard) {
        if (!IsPure(op)) return false;
        continue;
      }
      condition_ = trace_.operands(ref)[0];
      return FailureLeaves(trace_, flow_, ref, loop_) && IsElementwise(trace_.at(condition_).op);
    }
    return false;
  }

  std::optional<Linear> LinearOf(Ref ref, int depth = 5) const {
    Linear form;
    const Instruction& instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) {
      form.constant = instruction.attribute;
      return form;
    }
    if (IsOutside(ref)) {
      form.rest = ref;
      return form;
    }
    if (instruction.op == Op::kParameter && flow_.BlockOf(ref) == header_) {
      form.variable = ref;
      form.factor = 1;
      return form;
    }
    const bool sum = instruction.op == Op::kAdd || instruction.op == Op::kCheckedAdd;
    const bool difference = instruction.op == Op::kSub || instruction.op == Op::kCheckedSub;
    if (depth == 0 || (!sum && !difference)) return std::nullopt;
    const std::optional<Linear> a = LinearOf(trace_.operands(ref)[0], depth - 1);
    const std::optional<Linear> b = LinearOf(trace_.operands(ref)[1], depth - 1);
    if (!a || !b) return std::nullopt;
    form = *a;
    if (b->variable != kNoRef) {
      if (form.variable != kNoRef || difference) return std::nullopt;
      form.variable = b->variable;
      form.factor = b->factor;
    }
    if (b->rest != kNoRef) {
      if (form.rest != kNoRef || difference) return std::nullopt;
      form.rest = b->rest;
    }
    form.constant = sum ? form.constant + b->constant : form.constant - b->constant;
    return form;
  }

  // The same value in the next turn.
  std::optional<Linear> NextOf(Linear form) const {
    if (form.variable == kNoRef) return form;
    const std::optional<Linear> step = LinearOf(trace_.operands(latch_)[PlaceOf(form.variable)]);
    if (!step || step->variable != form.variable || step->factor != 1 || step->rest != kNoRef)
      return std::nullopt;
    form.constant += form.factor * step->constant;
    return form;
  }

  // Whether `read` reads in the next turn what `write` has written in this one.
  bool Meets(Ref read, Ref write) const {
    const std::span<const Ref> from = trace_.operands(trace_.operands(read)[0]);
    const std::span<const Ref> to = trace_.operands(trace_.operands(write)[0]);
    if (from.size() != to.size()) return false;
    for (size_t k = 0; k < from.size(); ++k) {
      const std::optional<Linear> a = LinearOf(from[k]);
      const std::optional<Linear> b = LinearOf(to[k]);
      if (!a || !b) return false;
      const std::optional<Linear> next = NextOf(*a);
      if (!next || *next != *b) return false;
    }
    return true;
  }

  void CarryReads() {
    std::vector<Ref> reads, writes;
    for (const uint32_t b : flow_.loop(loop_).blocks) {
      for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
        const Instruction& instruction = trace_.at(ref);
        if (IsImpureCall(instruction)) return;
        if (instruction.op == Op::kRead) reads.push_back(ref);
        if (instruction.op == Op::kWrite) writes.push_back(ref);
      }
    }
    for (const Ref read : reads) {
      const Ref write = OnlyWrite(writes, trace_.at(read).attribute);
      if (write == kNoRef || !IsCandidate(read, write) || !Meets(read, write)) continue;
      Carry(read, write);
    }
  }

  // The only write to the memory; kNoRef if there are several or none.
  Ref OnlyWrite(const std::vector<Ref>& writes, uint64_t memory) const {
    Ref only = kNoRef;
    for (const Ref write : writes) {
      if (trace_.at(write).attribute != memory) continue;
      if (only != kNoRef) return kNoRef;
      only = write;
    }
    return only;
  }

  // Both are made in every turn, the read first.
  bool IsCandidate(Ref read, Ref write) const {
    return IsOwn(read) && IsOwn(write) && trace_.at(read).dtype == trace_.at(write).dtype &&
           trace_.at(trace_.operands(read)[0]).op == Op::kAddress &&
           trace_.at(trace_.operands(write)[0]).op == Op::kAddress && flow_.Dominates(read, write) &&
           flow_.Dominates(write, latch_) && replaced_[read] == kNoRef && !IsGuarded(read);
  }

  // Whether the read may owe its safety to a guard of the loop other than the condition.
  bool IsGuarded(Ref read) const {
    for (const uint32_t b : flow_.loop(loop_).blocks) {
      for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
        if (trace_.at(ref).op != Op::kGuard || trace_.operands(ref)[0] == condition_) continue;
        if (flow_.Dominates(ref, read)) return true;
      }
    }
    return false;
  }

  // A pure value of the loop, computed before it from what the loop is entered with.
  Ref AtEntry(Ref ref) {
    if (IsOutside(ref)) return ref;
    const Instruction instruction = trace_.at(ref);
    if (instruction.op == Op::kParameter) return EntryOf(ref);
    std::vector<Ref> operands;
    const std::span<const Ref> own = trace_.operands(ref);
    for (const Ref operand : std::vector<Ref>(own.begin(), own.end())) operands.push_back(AtEntry(operand));
    Instruction copy = instruction;
    if (copy.op == Op::kCheckedAdd) copy.op = Op::kAdd;
    if (copy.op == Op::kCheckedSub) copy.op = Op::kSub;
    if (copy.op != instruction.op) {
      operands.resize(2);
      copy.attribute = 0;
    }
    return editor_.Insert(preheader_.anchor, copy, operands);
  }
  // Whether AtEntry can: everything is pure or a sum.
  bool IsComputable(Ref ref, int depth = 8) const {
    if (IsOutside(ref)) return true;
    const Instruction& instruction = trace_.at(ref);
    if (instruction.op == Op::kParameter) return flow_.BlockOf(ref) == header_;
    const bool sum = instruction.op == Op::kCheckedAdd || instruction.op == Op::kCheckedSub;
    if (depth == 0 || (!sum && !IsPure(instruction.op))) return false;
    const std::span<const Ref> operands = trace_.operands(ref).first(sum ? 2 : instruction.operand_count);
    return std::all_of(operands.begin(), operands.end(), [&](Ref x) { return IsComputable(x, depth - 1); });
  }

  void Carry(Ref read, Ref write) {
    const Ref address = trace_.operands(read)[0];
    if (!IsComputable(address) || !IsComputable(condition_)) return;
    const Ref enters = AtEntry(condition_);
    const Ref first = AtEntry(address);
    const Ref nothing = editor_.Insert(preheader_.anchor, Op::kConst, DType::kInt64, {}, zeros_);
    const Ref place = editor_.Insert(preheader_.anchor, Op::kSelect, DType::kInt64, {enters, first, nothing});
    Instruction entry = trace_.at(read);
    const Ref before = editor_.Insert(preheader_.anchor, entry, std::array{place});
    Instruction parameter;
    parameter.op = Op::kParameter;
    parameter.dtype = entry.dtype;
    const Ref carried = editor_.Insert(flow_.block(header_).body, parameter, {});
    AddArgument(preheader_.jump, before);
    AddArgument(latch_, trace_.operands(write)[1]);
    replaced_[read] = carried;
    editor_.Remove(read);
    ++carried_;
  }

  void AddArgument(Ref jump, Ref value) {
    const std::span<const Ref> own = trace_.operands(jump);
    std::vector<Ref> arguments(own.begin(), own.end());
    arguments.push_back(value);
    editor_.SetOperands(jump, arguments);
  }

  void Finish() {
    replaced_.resize(trace_.size(), kNoRef);
    for (Ref& operand : trace_.operand_pool) {
      while (replaced_[operand] != kNoRef) operand = replaced_[operand];
    }
    editor_.Apply();
  }

  Trace& trace_;
  const uint64_t zeros_;
  const Flow flow_;
  LoopEditor editor_;
  std::vector<Ref> replaced_;  // by read: the parameter that carries it
  uint32_t loop_ = kNoLoop;
  uint32_t header_ = kNoBlock;
  Preheader preheader_;
  Ref latch_ = kNoRef;
  Ref condition_ = kNoRef;
  int carried_ = 0;
};

}  // namespace

absl::Status LoopCarried(Trace& trace, PassContext& context) {
  const int carried = Carrier(trace, context.zeros).Run();
  if (carried > 0) context.Reason(absl::StrCat("carried ", carried, " elements from turn to turn"));
  return absl::OkStatus();
}

}  // namespace lathe
