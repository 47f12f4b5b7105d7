// Vectorisation: an innermost counted loop without checks, which computes elements from elements, becomes an
// array-level trace, a kernel, that runs on all turns but the last. The loop itself stays: it makes the last
// turn, which leaves every variable as the script expects it, and runs where a kernel does not pay or may
// not.
//
//   header(i): guard i < n                      before:  guard there are many turns, and memory is apart
//              x = read a + 8*i                          left = n - 1 - i, jump chunk(i, left)
//              y = mul x, 2                     chunk(i, left):
//              write c + 8*i, y                          invoke  c[:m] = a[:m] * 2,  m = min(left, 2^20)
//              poll                                      poll else header(i + m)
//              jump header(i + 1)                        guard nothing is left else chunk(i + m, left - m)
//                                                        jump header(i + m)
//
// What a kernel may do, vector_kernel.h tells.
#include <algorithm>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/counted_loop.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/vector_kernel.h"

namespace lathe {
namespace {

// Fewer turns are not worth a kernel's call.
constexpr int64_t kFewestTurns = 48;
// Between two looks at whether somebody asks for attention.
constexpr int64_t kMostTurns = int64_t{1} << 20;

// One loop.
class Vectoriser {
 public:
  Vectoriser(Trace& trace, const CountedLoopFinder& finder, VectorKernel& kernel, LoopEditor& editor,
             uint32_t* next_block)
      : trace_(trace),
        finder_(finder),
        loop_(finder.found()),
        kernel_(kernel),
        editor_(editor),
        next_block_(*next_block),
        anchor_(loop_.preheader.jump) {
    for (const LoopAccess& access : loop_.accesses) memory_ = std::max(memory_, access.memory + 1);
  }

  void Run() { EmitAll(); }

 private:
  // ---- Before the loop
  Ref Emit(Op op, std::initializer_list<Ref> operands, DType dtype = DType::kInt64, uint64_t attribute = 0) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    instruction.attribute = attribute;
    instruction.line = op == Op::kConst || op == Op::kBlock || op == Op::kParameter ? 0 : Line();
    return editor_.Insert(anchor_, instruction, std::span(operands.begin(), operands.size()));
  }
  uint32_t Line() const { return trace_.at(loop_.condition).line; }
  Ref Constant(int64_t value) { return Emit(Op::kConst, {}, DType::kInt64, static_cast<uint64_t>(value)); }
  // A list, for what makes its items is done in their order; that of arguments is the compiler's choice.
  Ref Bool(Op op, std::initializer_list<Ref> operands) { return Emit(op, operands, DType::kBool); }
  Ref Both(Ref x, Ref y) { return x == kNoRef ? y : Bool(Op::kLogicalAnd, {x, y}); }
  Ref PlusConstant(Ref x, int64_t value) { return value == 0 ? x : Emit(Op::kAdd, {x, Constant(value)}); }
  void EmitElseGuard(Ref condition, uint32_t block) {
    Emit(Op::kGuard, {condition}, DType::kBool, kElseBlock | block);
  }

  // The value in the turn in which the counter is `counter`.
  Ref AtTurn(Ref ref, Ref counter) {
    if (finder_.IsOutside(ref)) return ref;
    if (ref == loop_.counter) return counter;
    std::vector<Ref> operands;
    const std::span<const Ref> own = trace_.operands(ref);
    for (const Ref operand : std::vector<Ref>(own.begin(), own.end())) {
      operands.push_back(AtTurn(operand, counter));
    }
    return editor_.Insert(anchor_, Instruction(trace_.at(ref)), operands);
  }

  Ref StrideOf(const LoopAccess& access) {
    Ref& stride = strides_.try_emplace(&access, kNoRef).first->second;
    if (stride != kNoRef) return stride;
    Ref sum = access.known != 0 || access.HasKnownStride() ? Constant(access.known) : kNoRef;
    for (const auto& [value, factor] : access.strides) {
      const Ref part = factor == 1 ? value : Emit(Op::kMul, {value, Constant(factor)});
      sum = sum == kNoRef ? part : Emit(Op::kAdd, {sum, part});
    }
    return stride = sum;
  }

  // The bytes that an access touches in all turns: from the first value up to the second.
  std::pair<Ref, Ref> RangeOf(const LoopAccess& access) {
    auto& range = ranges_.try_emplace(&access, kNoRef, kNoRef).first->second;
    if (range.first != kNoRef) return range;
    const int64_t item = ItemSize(access.dtype);
    const Ref first = FirstAddress(access);
    if (access.HasKnownStride() && access.known == 0) return range = {first, PlusConstant(first, item)};
    const Ref last = Emit(Op::kAdd, {first, Emit(Op::kMul, {left_, StrideOf(access)})});
    if (!access.HasKnownStride()) {
      return range = {Emit(Op::kMinimum, {first, last}),
                      PlusConstant(Emit(Op::kMaximum, {first, last}), item)};
    }
    return range = access.known > 0 ? std::pair(first, PlusConstant(last, item))
                                    : std::pair(last, PlusConstant(first, item));
  }
  Ref FirstAddress(const LoopAccess& access) {
    Ref& first = firsts_.try_emplace(access.address, kNoRef).first->second;
    return first != kNoRef ? first : first = AtTurn(access.address, loop_.start);
  }

  Ref EmitCheck(const VectorKernel::Check& check) {
    const int64_t item = ItemSize(check.x->dtype);
    if (check.kind == VectorKernel::Check::Kind::kMoves) {
      return Bool(Op::kGreaterEqual, {Emit(Op::kAbs, {StrideOf(*check.x)}), Constant(item)});
    }
    if (check.kind == VectorKernel::Check::Kind::kDense)
      return Bool(Op::kEqual, {StrideOf(*check.x), Constant(item)});
    const auto [x_low, x_high] = RangeOf(*check.x);
    const auto [y_low, y_high] = RangeOf(*check.y);
    const Ref apart =
        Bool(Op::kLogicalOr, {Bool(Op::kLessEqual, {x_high, y_low}), Bool(Op::kLessEqual, {y_high, x_low})});
    if (check.kind == VectorKernel::Check::Kind::kApart) return apart;
    const int64_t least = check.kind == VectorKernel::Check::Kind::kBeyond ? item : 0;
    Ref x = FirstAddress(*check.x), y = FirstAddress(*check.y);
    if (check.x->HasKnownStride()) {
      if (check.x->known < 0) std::swap(x, y);
      return Bool(Op::kLogicalOr, {apart, Bool(Op::kLessEqual, {PlusConstant(x, least), y})});
    }
    const Ref rises = Bool(Op::kGreater, {StrideOf(*check.x), Constant(0)});
    const Ref low = Emit(Op::kSelect, {rises, x, y});
    const Ref high = Emit(Op::kSelect, {rises, y, x});
    return Bool(Op::kLogicalOr, {apart, Bool(Op::kLessEqual, {PlusConstant(low, least), high})});
  }

  // ---- All of it
  // The turns but the last: 0 or less if there is none, or if there are more than can be counted.
  void EmitTurns() {
    Ref distance = Emit(Op::kSub, loop_.step > 0 ? std::initializer_list<Ref>{loop_.limit, loop_.start}
                                                 : std::initializer_list<Ref>{loop_.start, loop_.limit});
    distance = Emit(Op::kSub, {distance, Constant(1)});
    const int64_t step = std::abs(loop_.step);
    left_ = step == 1 ? distance : Emit(Op::kFloorDivide, {distance, Constant(step)});
  }

  void EmitAll() {
    const std::span<const Ref> own = trace_.operands(anchor_);
    const std::vector<Ref> arguments(own.begin(), own.end());
    const uint32_t chunk = next_block_++, slow = next_block_++, attention = next_block_++,
                   more = next_block_++;
    EmitTurns();
    // The difference may have wrapped.
    Ref worth = Bool(loop_.step > 0 ? Op::kLess : Op::kGreater, {loop_.start, loop_.limit});
    worth = Both(worth, Bool(Op::kGreaterEqual, {left_, Constant(kFewestTurns)}));
    for (const VectorKernel::Check& check : kernel_.checks) worth = Both(worth, EmitCheck(check));
    EmitElseGuard(worth, slow);
    for (const VectorKernel::Word& word : kernel_.words) {
      if (word.access) StrideOf(*word.access);
    }
    EmitChunkJump(loop_.start, left_, SumsIn(arguments), chunk);

    Emit(Op::kBlock, {}, DType::kBool, chunk);
    const Ref counter = Emit(Op::kParameter, {});
    const Ref left = Emit(Op::kParameter, {});
    std::vector<Ref> before;
    for (const LoopSum& sum : loop_.sums) before.push_back(Emit(Op::kParameter, {}, sum.dtype));
    const Ref turns = Emit(Op::kMinimum, {left, Constant(kMostTurns)});
    const Ref done = EmitInvoke(turns, counter);
    EmitFailure(Bool(Op::kNotEqual, {done, Constant(0)}));
    const std::vector<Ref> after = EmitSums(before);
    const Ref passed = loop_.step == 1 ? turns : Emit(Op::kMul, {turns, Constant(loop_.step)});
    const Ref next = Emit(Op::kAdd, {counter, passed});
    const Ref rest = Emit(Op::kSub, {left, turns});
    Emit(Op::kPoll, {}, DType::kBool, kElseBlock | attention);
    EmitElseGuard(Bool(Op::kLessEqual, {rest, Constant(0)}), more);
    // Here the block's own jump follows.
    editor_.SetOperands(anchor_, ArgumentsWith(arguments, next, after));
    anchor_ = loop_.preheader.jump + 1;
    EmitJumpBlock(slow, arguments);
    for (const uint32_t block : failed_) EmitJumpBlock(block, ArgumentsWith(arguments, counter, before));
    EmitJumpBlock(attention, ArgumentsWith(arguments, next, after));
    Emit(Op::kBlock, {}, DType::kBool, more);
    EmitChunkJump(next, rest, after, chunk);
  }

  void EmitChunkJump(Ref counter, Ref left, const std::vector<Ref>& sums, uint32_t chunk) {
    std::vector<Ref> operands = {counter, left};
    operands.insert(operands.end(), sums.begin(), sums.end());
    Instruction jump;
    jump.op = Op::kJump;
    jump.dtype = DType::kBool;
    jump.attribute = chunk;
    jump.line = Line();
    editor_.Insert(anchor_, jump, operands);
  }

  // Adds what the kernel has left. A checked sum cannot overflow if all that is added is small, and so is
  // what it is added to; otherwise the turns are made again, one by one.
  std::vector<Ref> EmitSums(const std::vector<Ref>& before) {
    std::vector<Ref> after;
    size_t word = 0;
    const auto read = [&](DType dtype) {
      return Emit(Op::kRead, {Constant(static_cast<int64_t>(kernel_.sum_words[word++]))}, dtype, memory_);
    };
    for (size_t k = 0; k < loop_.sums.size(); ++k) {
      const LoopSum& sum = loop_.sums[k];
      const Ref part = read(sum.dtype);
      if (sum.checked) {
        constexpr int64_t kFar = int64_t{1} << 62;
        Ref small = Bool(Op::kGreaterEqual, {read(DType::kInt64), Constant(-kFar / kMostTurns)});
        small = Both(small, Bool(Op::kLessEqual, {read(DType::kInt64), Constant(kFar / kMostTurns)}));
        small = Both(small, Bool(Op::kGreaterEqual, {before[k], Constant(-kFar)}));
        EmitFailure(Both(small, Bool(Op::kLess, {before[k], Constant(kFar)})));
      }
      after.push_back(Emit(Op::kAdd, {before[k], part}, sum.dtype));
    }
    return after;
  }
  // If the condition does not hold, the loop is entered as the chunk was.
  void EmitFailure(Ref condition) {
    failed_.push_back(next_block_++);
    EmitElseGuard(condition, failed_.back());
  }

  Ref EmitInvoke(Ref turns, Ref counter) {
    std::vector<Ref> operands = {turns};
    for (const VectorKernel::Word& word : kernel_.words) {
      switch (word.kind) {
        case VectorKernel::Word::Kind::kValue:
          operands.push_back(word.value == loop_.counter ? counter : word.value);
          break;
        case VectorKernel::Word::Kind::kAddress:
          operands.push_back(AtTurn(word.access->address, counter));
          break;
        case VectorKernel::Word::Kind::kStride:
          operands.push_back(StrideOf(*word.access));
          break;
        case VectorKernel::Word::Kind::kElement:
          operands.push_back(Emit(Op::kRead, {AtTurn(word.access->address, counter)}, word.access->dtype,
                                  word.access->memory));
          break;
      }
    }
    for (const LoopAccess* write : kernel_.results) operands.push_back(AtTurn(write->address, counter));
    for (const uint64_t word : kernel_.sum_words) operands.push_back(Constant(static_cast<int64_t>(word)));
    Instruction invoke;
    invoke.op = Op::kInvoke;
    invoke.dtype = DType::kInt64;
    invoke.attribute = trace_.AddKernel(std::make_shared<const Trace>(std::move(kernel_.trace)));
    invoke.line = Line();
    return editor_.Insert(anchor_, invoke, operands);
  }

  // A block that goes to the loop.
  void EmitJumpBlock(uint32_t number, const std::vector<Ref>& arguments) {
    Emit(Op::kBlock, {}, DType::kBool, number);
    editor_.Insert(anchor_, Instruction(trace_.at(loop_.preheader.jump)), arguments);
  }

  size_t PlaceOf(Ref parameter) const {
    Ref header = parameter;
    while (trace_.at(header).op == Op::kParameter) --header;
    return parameter - header - 1;
  }
  std::vector<Ref> SumsIn(const std::vector<Ref>& arguments) const {
    std::vector<Ref> sums;
    for (const LoopSum& sum : loop_.sums) sums.push_back(arguments[PlaceOf(sum.parameter)]);
    return sums;
  }
  std::vector<Ref> ArgumentsWith(std::vector<Ref> arguments, Ref counter,
                                 const std::vector<Ref>& sums) const {
    arguments[PlaceOf(loop_.counter)] = counter;
    for (size_t k = 0; k < sums.size(); ++k) arguments[PlaceOf(loop_.sums[k].parameter)] = sums[k];
    return arguments;
  }

  Trace& trace_;
  const CountedLoopFinder& finder_;
  const CountedLoop& loop_;
  VectorKernel& kernel_;
  LoopEditor& editor_;
  uint32_t& next_block_;
  Ref anchor_;           // where Emit puts instructions
  uint64_t memory_ = 0;  // the alias class of the words that the kernel leaves sums in
  // Before the loop.
  std::vector<uint32_t> failed_;  // blocks that enter the loop as the chunk was entered
  Ref left_ = kNoRef;
  absl::flat_hash_map<const LoopAccess*, Ref> strides_;
  absl::flat_hash_map<const LoopAccess*, std::pair<Ref, Ref>> ranges_;
  absl::flat_hash_map<Ref, Ref> firsts_;  // by address
};

// The first line that the block is of.
uint32_t LineOf(const Trace& trace, const FlowBlock& block) {
  uint32_t line = 0;
  for (Ref ref = block.body; ref < block.end && line == 0; ++ref) line = trace.at(ref).line;
  return line;
}

}  // namespace

absl::Status LoopVectorise(Trace& trace, PassContext& context) {
  const Flow flow(trace);
  LoopEditor editor(trace);
  uint32_t next_block = 0;
  for (const FlowBlock& block : flow.blocks()) next_block = std::max(next_block, block.number + 1);
  std::vector<bool> has_inner(flow.loops().size(), false);
  for (const FlowLoop& loop : flow.loops()) {
    if (loop.parent != kNoLoop) has_inner[loop.parent] = true;
  }
  for (uint32_t l = 0; l < flow.loops().size(); ++l) {
    if (has_inner[l]) continue;
    CountedLoopFinder finder(trace, flow, l, context.any_order);
    const uint32_t line = LineOf(trace, flow.block(flow.loop(l).header));
    std::string obstacle = finder.Run();
    VectorKernel kernel;
    if (obstacle.empty()) obstacle = BuildVectorKernel(trace, finder, context, &kernel);
    const auto why = [&] { return absl::StrCat("the loop at line ", line, " can be"); };
    if (obstacle.empty() && !context.Ask(Choice::kLoopVectorise, true, why))
      obstacle = "it was told not to be";
    if (obstacle.empty()) {
      Vectoriser(trace, finder, kernel, editor, &next_block).Run();
      context.vectorised_loops.push_back(flow.block(flow.loop(l).header).number);
    }
    context.Reason(
        absl::StrCat("loop at line ", line,
                     obstacle.empty() ? " vectorised" : absl::StrCat(" not vectorised: ", obstacle)));
  }
  if (editor.changed()) editor.Apply();
  return absl::OkStatus();
}

}  // namespace lathe
