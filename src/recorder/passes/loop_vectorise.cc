// Vectorisation: an innermost counted loop without checks, which computes elements from elements, becomes an
// array-level trace that runs on all turns but the last. The loop itself stays: it makes the last turn, which
// leaves every variable as the script expects it, and runs where there are few turns.
//
//   header(i): guard i < n                      before the loop:
//              x = read a + 8*i                   guard n - i >= 17 else the old way
//              y = mul x, 2                       words = extent, addresses, strides, scalars
//              write c + 8*i, y                   call the kernel  c[:] = a[:] * 2
//              poll                               jump header(n - 1)
//              jump header(i + 1)
//
// Dependences: what is written lies in memory of its own (another alias class), or is read at the very place
// where it is written. Sums over the turns are left alone: their order is part of their value.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// Fewer turns are not worth a call.
constexpr int64_t kFewestTurns = 16;

class Vectoriser {
 public:
  Vectoriser(Trace& trace, PassContext& context)
      : trace_(trace), context_(context), flow_(trace), editor_(trace) {
    for (const FlowBlock& block : flow_.blocks()) next_block_ = std::max(next_block_, block.number + 1);
  }

  void Run() {
    std::vector<bool> has_inner(flow_.loops().size(), false);
    for (const FlowLoop& loop : flow_.loops()) {
      if (loop.parent != kNoLoop) has_inner[loop.parent] = true;
    }
    for (loop_ = 0; loop_ < flow_.loops().size(); ++loop_) {
      if (has_inner[loop_]) continue;
      kernel_ = Kernel();
      const std::string obstacle = Vectorise();
      const uint32_t line = trace_.at(flow_.block(flow_.loop(loop_).header).terminator()).line;
      const uint32_t at = condition_ == kNoRef ? line : trace_.at(condition_).line;
      context_.Reason(
          absl::StrCat("loop at line ", at,
                       obstacle.empty() ? " vectorised" : absl::StrCat(" not vectorised: ", obstacle)));
    }
    if (editor_.changed()) editor_.Apply();
  }

 private:
  // The array-level trace, and the words that it is run on: values before the loop.
  struct Kernel {
    Trace trace;
    Dim turns;
    std::vector<Ref> words;
    uint64_t params = 0;
    absl::flat_hash_map<Ref, Ref> values;  // of the loop -> of the kernel
  };

  // ---- What the loop is
  std::string Vectorise() {
    condition_ = kNoRef;
    const std::optional<Preheader> preheader = FindPreheader(trace_, flow_, loop_);
    if (!preheader || preheader->poll == kNoRef) return "there is no exit before the loop";
    preheader_ = *preheader;
    if (std::string obstacle = FindShape(); !obstacle.empty()) return obstacle;
    if (std::string obstacle = FindCounter(); !obstacle.empty()) return obstacle;
    if (std::string obstacle = BuildKernel(); !obstacle.empty()) return obstacle;
    EmitCall();
    return "";
  }

  bool IsOutside(Ref ref) const {
    const uint32_t block = flow_.BlockOf(ref);
    return ref < preheader_.anchor && (block == kNoBlock || !flow_.LoopContains(loop_, block));
  }

  // Blocks in a row, one guard, one write.
  std::string FindShape() {
    const FlowLoop& loop = flow_.loop(loop_);
    if (loop.latches.size() != 1) return "it has several paths";
    latch_ = flow_.block(loop.latches[0]).terminator();
    write_ = guard_ = kNoRef;
    for (const uint32_t b : loop.blocks) {
      const FlowBlock& block = flow_.block(b);
      if (!flow_.Dominates(block.begin, latch_)) return "it has several paths";
      for (Ref ref = block.body; ref < block.end; ++ref) {
        switch (const Instruction& instruction = trace_.at(ref); instruction.op) {
          case Op::kGuard:
            if (guard_ != kNoRef || b != loop.header) return "there is a check in it";
            guard_ = ref;
            break;
          case Op::kWrite:
            if (write_ != kNoRef) return "there are several writes";
            write_ = ref;
            break;
          case Op::kRead:
          case Op::kPoll:
          case Op::kJump:
          case Op::kConst:
          case Op::kAddress:
            break;
          default:
            if (!IsElementwise(instruction.op)) return "there is a call or a checked operation";
        }
      }
    }
    if (guard_ == kNoRef || write_ == kNoRef) return "nothing is written";
    return "";
  }

  // The counter goes up by 1 to a limit; nothing else that goes round is needed to compute.
  std::string FindCounter() {
    condition_ = trace_.operands(guard_)[0];
    if (trace_.at(condition_).op != Op::kLess) return "the condition is no limit";
    counter_ = trace_.operands(condition_)[0];
    limit_ = trace_.operands(condition_)[1];
    const FlowBlock& header = flow_.block(flow_.loop(loop_).header);
    if (trace_.at(counter_).op != Op::kParameter || counter_ < header.begin || counter_ >= header.body ||
        trace_.at(counter_).dtype != DType::kInt64 || !IsOutside(limit_))
      return "the condition is no limit";
    const Ref next = trace_.operands(latch_)[counter_ - header.begin - 1];
    const bool by_one = trace_.at(next).op == Op::kAdd && trace_.operands(next)[0] == counter_ &&
                        IsConstant(trace_.operands(next)[1], 1);
    if (!by_one) return "the counter does not go up by 1";
    for (const uint32_t b : flow_.loop(loop_).blocks) {
      for (Ref ref = flow_.block(b).body; ref < flow_.block(b).end; ++ref) {
        const Op op = trace_.at(ref).op;
        if (op == Op::kJump || op == Op::kPoll) continue;
        const size_t own = op == Op::kGuard ? 1 : trace_.at(ref).operand_count;
        for (const Ref operand : trace_.operands(ref).first(own)) {
          if (operand != counter_ && operand >= header.begin && operand < header.body)
            return "a value goes round";
        }
      }
    }
    return "";
  }

  bool IsConstant(Ref ref, int64_t value) const {
    return trace_.at(ref).op == Op::kConst && static_cast<int64_t>(trace_.at(ref).attribute) == value;
  }

  // ---- The kernel
  std::string BuildKernel() {
    Instruction dim;
    dim.op = Op::kDim;
    dim.dtype = DType::kInt64;
    kernel_.trace.name = "vector";
    kernel_.turns = Dim::Symbol(kernel_.trace.Append(dim, {}, {}));
    const Ref target = trace_.operands(write_)[0];
    // Parameters come first.
    if (std::string obstacle = AddLeaves(trace_.operands(write_)[1]); !obstacle.empty()) return obstacle;
    Ref assigned;
    if (std::string obstacle = AddArray(target, trace_.at(write_).dtype, &assigned); !obstacle.empty())
      return obstacle;
    const Ref value = Compute(trace_.operands(write_)[1]);
    Instruction assign;
    assign.op = Op::kAssign;
    assign.dtype = trace_.at(write_).dtype;
    kernel_.trace.Append(assign, std::array{assigned, value}, {});
    Instruction ret;
    ret.op = Op::kReturn;
    kernel_.trace.Append(ret, {}, {});
    return "";
  }

  std::string AddLeaves(Ref ref) {
    if (kernel_.values.contains(ref) || trace_.at(ref).op == Op::kConst) return "";
    if (ref == counter_ || IsOutside(ref)) {
      Instruction param;
      param.op = Op::kParam;
      param.dtype = trace_.at(ref).dtype;
      param.attribute = kernel_.params++;
      kernel_.values[ref] = kernel_.trace.Append(param, {}, {});
      kernel_.words.push_back(ref == counter_ ? EntryOf(counter_) : ref);
      return "";
    }
    if (trace_.at(ref).op == Op::kRead) {
      const bool same = trace_.at(ref).attribute == trace_.at(write_).attribute;
      if (same && trace_.operands(ref)[0] != trace_.operands(write_)[0])
        return "it reads what it writes elsewhere";
      if (same && ref > write_) return "it reads what it has written";
      Ref param;
      std::string obstacle = AddArray(trace_.operands(ref)[0], trace_.at(ref).dtype, &param);
      kernel_.values[ref] = param;
      return obstacle;
    }
    if (!IsElementwise(trace_.at(ref).op)) return "a value is not computed from elements";
    const std::span<const Ref> operands = trace_.operands(ref);
    for (const Ref operand : std::vector<Ref>(operands.begin(), operands.end())) {
      if (std::string obstacle = AddLeaves(operand); !obstacle.empty()) return obstacle;
    }
    return "";
  }

  // The elements at an address as a parameter: the address in the first turn, and the stride.
  std::string AddArray(Ref address, DType dtype, Ref* param) {
    int64_t known = 0;
    std::vector<std::pair<Ref, int64_t>> strides;  // values and their factors
    if (!StrideOf(address, &known, &strides)) return "an address is not affine";
    Instruction instruction;
    instruction.op = Op::kParam;
    instruction.dtype = dtype;
    instruction.attribute = kernel_.params++;
    const bool unit = strides.empty() && known == ItemSize(dtype);
    instruction.layout = unit ? Layout::Dense(1) : Layout::Strided(1);
    *param = kernel_.trace.Append(instruction, {}, std::array{kernel_.turns});
    kernel_.words.push_back(AtEntry(address));
    Ref stride = Constant(known);
    for (const auto& [value, factor] : strides) {
      const Ref part = factor == 1 ? value : Emit(Op::kMul, {value, Constant(factor)});
      stride = Emit(Op::kAdd, {stride, part});
    }
    kernel_.words.push_back(stride);
    return "";
  }

  // By how much an address grows from turn to turn.
  bool StrideOf(Ref address, int64_t* known, std::vector<std::pair<Ref, int64_t>>* strides) const {
    if (IsOutside(address)) return true;
    if (trace_.at(address).op != Op::kAddress) return false;
    const std::span<const Ref> operands = trace_.operands(address);
    if (!StrideOf(operands[0], known, strides) || !IsComputable(address)) return false;
    for (size_t k = 1; k < operands.size(); k += 2) {
      int64_t factor = 0;
      if (!FactorOf(operands[k], &factor) || !IsOutsideOrConstant(operands[k + 1])) return false;
      if (factor == 0) continue;
      const Instruction& stride = trace_.at(operands[k + 1]);
      if (stride.op == Op::kConst) {
        *known += factor * static_cast<int64_t>(stride.attribute);
      } else {
        strides->emplace_back(operands[k + 1], factor);
      }
    }
    return true;
  }

  bool IsOutsideOrConstant(Ref ref) const { return IsOutside(ref) || trace_.at(ref).op == Op::kConst; }

  // By how much an index grows from turn to turn.
  bool FactorOf(Ref index, int64_t* factor) const {
    if (IsOutsideOrConstant(index)) return true;
    if (index == counter_) return *factor = 1, true;
    const Op op = trace_.at(index).op;
    if (op != Op::kAdd && op != Op::kSub) return false;
    int64_t left = 0, right = 0;
    if (!FactorOf(trace_.operands(index)[0], &left) || !FactorOf(trace_.operands(index)[1], &right))
      return false;
    *factor = op == Op::kAdd ? left + right : left - right;
    return true;
  }

  Ref Compute(Ref ref) {
    if (const auto known = kernel_.values.find(ref); known != kernel_.values.end()) {
      if (ref != counter_ || kernel_.trace.at(known->second).rank > 0) return known->second;
      const Ref counted = CounterValue(known->second);
      return kernel_.values[ref] = counted;
    }
    Instruction instruction = trace_.at(ref);
    instruction.line = 0;
    if (instruction.op == Op::kConst) return kernel_.values[ref] = kernel_.trace.Append(instruction, {}, {});
    std::vector<Ref> operands;
    const std::span<const Ref> own = trace_.operands(ref);
    for (const Ref operand : own) operands.push_back(Compute(operand));
    const bool scalar = std::all_of(operands.begin(), operands.end(),
                                    [&](Ref operand) { return kernel_.trace.at(operand).rank == 0; });
    const std::array dims = {kernel_.turns};
    const Ref made = kernel_.trace.Append(instruction, operands,
                                          scalar ? std::span<const Dim>() : std::span<const Dim>(dims));
    kernel_.values[ref] = made;
    return made;
  }

  // The counter's values: where it begins, and up by 1.
  Ref CounterValue(Ref start) {
    Instruction iota;
    iota.op = Op::kIota;
    iota.dtype = DType::kInt64;
    const std::array dims = {kernel_.turns};
    const Ref turn = kernel_.trace.Append(iota, {}, dims);
    Instruction add;
    add.op = Op::kAdd;
    add.dtype = DType::kInt64;
    return kernel_.trace.Append(add, std::array{turn, start}, dims);
  }

  // ---- Before the loop
  Ref EntryOf(Ref parameter) const {
    return trace_.operands(preheader_.jump)[parameter - flow_.block(flow_.loop(loop_).header).begin - 1];
  }
  Ref Emit(Op op, std::initializer_list<Ref> operands, DType dtype = DType::kInt64) {
    return editor_.Insert(preheader_.jump, op, dtype, operands);
  }
  Ref Constant(int64_t value) {
    return editor_.Insert(preheader_.jump, Op::kConst, DType::kInt64, {}, static_cast<uint64_t>(value));
  }
  bool IsComputable(Ref ref, int depth = 8) const {
    if (IsOutside(ref)) return true;
    if (trace_.at(ref).op == Op::kParameter) return ref == counter_;
    if (depth == 0 || !IsPure(trace_.at(ref).op)) return false;
    const std::span<const Ref> operands = trace_.operands(ref);
    return std::all_of(operands.begin(), operands.end(), [&](Ref x) { return IsComputable(x, depth - 1); });
  }
  Ref AtEntry(Ref ref) {
    if (IsOutside(ref)) return ref;
    if (ref == counter_) return EntryOf(counter_);
    std::vector<Ref> operands;
    const std::span<const Ref> own = trace_.operands(ref);
    for (const Ref operand : std::vector<Ref>(own.begin(), own.end())) operands.push_back(AtEntry(operand));
    return editor_.Insert(preheader_.jump, Instruction(trace_.at(ref)), operands);
  }

  void EmitCall() {
    const Ref start = EntryOf(counter_);
    const Ref last = Emit(Op::kSub, {limit_, Constant(1)});
    const Ref turns = Emit(Op::kSub, {last, start});
    // Neither difference has wrapped if the limit is above the start by a number of turns that exist.
    const Ref some = Emit(Op::kLess, {start, limit_}, DType::kBool);
    const Ref many = Emit(Op::kGreaterEqual, {turns, Constant(kFewestTurns)}, DType::kBool);
    const Ref worth = Emit(Op::kLogicalAnd, {some, many}, DType::kBool);
    Instruction guard;
    guard.op = Op::kGuard;
    guard.dtype = DType::kBool;
    guard.attribute = kElseBlock | next_block_;
    editor_.Insert(preheader_.jump, guard, std::array{worth});
    const PassContext::KernelPlace place =
        context_.make_kernel(std::move(kernel_.trace), kernel_.words.size() + 1);
    kernel_.words.insert(kernel_.words.begin(), turns);
    for (size_t k = 0; k < kernel_.words.size(); ++k) {
      Instruction write;
      write.op = Op::kWrite;
      write.dtype = trace_.at(kernel_.words[k]).dtype;
      write.attribute = place.memory;
      const Ref address = Constant(static_cast<int64_t>(place.words + 8 * k));
      editor_.Insert(preheader_.jump, write, std::array{address, kernel_.words[k]});
    }
    const Ref callback = Constant(static_cast<int64_t>(place.callback));
    const Ref done = editor_.Insert(preheader_.jump, Op::kCall, DType::kInt64, {callback}, place.function);
    const Ref ran = Emit(Op::kNotEqual, {done, Constant(0)}, DType::kBool);
    const Ref next = Emit(Op::kSelect, {ran, last, start});
    EmitOtherWay();
    const std::span<const Ref> own = trace_.operands(preheader_.jump);
    std::vector<Ref> arguments(own.begin(), own.end());
    arguments[counter_ - flow_.block(flow_.loop(loop_).header).begin - 1] = next;
    editor_.SetOperands(preheader_.jump, arguments);
  }

  // The block for few turns: the jump as it was. It stands behind the block that it leaves.
  void EmitOtherWay() {
    const Ref anchor = preheader_.jump + 1;
    Instruction block;
    block.op = Op::kBlock;
    block.attribute = next_block_++;
    editor_.Insert(anchor, block, {});
    editor_.Insert(anchor, Instruction(trace_.at(preheader_.jump)), trace_.operands(preheader_.jump));
  }

  Trace& trace_;
  PassContext& context_;
  const Flow flow_;
  LoopEditor editor_;
  Kernel kernel_;
  uint32_t loop_ = kNoLoop;
  uint32_t next_block_ = 0;
  Preheader preheader_;
  Ref latch_ = kNoRef, guard_ = kNoRef, write_ = kNoRef;
  Ref condition_ = kNoRef, counter_ = kNoRef, limit_ = kNoRef;
};

}  // namespace

absl::Status LoopVectorise(Trace& trace, PassContext& context) {
  if (context.make_kernel) Vectoriser(trace, context).Run();
  return absl::OkStatus();
}

}  // namespace lathe
