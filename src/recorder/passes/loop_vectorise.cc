// Vectorisation: an innermost counted loop without checks, which computes elements from elements, becomes an
// array-level trace, a kernel, that runs on all turns but the last. The loop itself stays: it makes the last
// turn, which leaves every variable as the script expects it, and runs where a kernel does not pay or may
// not.
//
//   header(i): guard i < n                      before:  guard there are many turns, and memory is apart
//              x = read a + 8*i                          left = n - 1 - i, jump chunk(i, left)
//              y = mul x, 2                     chunk(i, left):
//              write c + 8*i, y                          invoke  c[:m] = a[:m] * 2,  m = min(left, 65536)
//              poll                                      poll else header(i + m)
//              jump header(i + 1)                        guard nothing is left else chunk(i + m, left - m)
//                                                        jump header(i + m)
//
// Dependences. A kernel reads everything before it writes anything. So a read of memory that the loop writes
// too is right if it is of what no turn before has written: it reads the very place that its turn writes, or
// places further on, or places apart from all that is written. What is not known is asked before the loop.
// Sums over the turns are made by the kernel, too: of integers, and of floats if their order does not matter
// (--fp fast).
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/passes/counted_loop.h"
#include "src/recorder/passes/loop_editor.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// Fewer turns are not worth a kernel's call.
constexpr int64_t kFewestTurns = 48;
// Between two looks at whether somebody asks for attention.
constexpr int64_t kMostTurns = int64_t{1} << 20;

// One loop.
class Vectoriser {
 public:
  Vectoriser(Trace& trace, const CountedLoopFinder& finder, LoopEditor& editor, PassContext& context,
             uint32_t* next_block)
      : trace_(trace),
        finder_(finder),
        loop_(finder.found()),
        editor_(editor),
        context_(context),
        next_block_(*next_block),
        anchor_(loop_.preheader.jump) {
    for (const LoopAccess& access : loop_.accesses) memory_ = std::max(memory_, access.memory + 1);
  }

  // Why it cannot be done; empty if it is done.
  std::string Run() {
    if (!loop_.sums.empty() && !context_.new_word) return "there is no room for a sum";
    if (std::string obstacle = FindDependences(); !obstacle.empty()) return obstacle;
    if (std::string obstacle = BuildKernel(); !obstacle.empty()) return obstacle;
    EmitAll();
    return "";
  }

 private:
  // An operand of the invocation.
  struct Word {
    enum class Kind : uint8_t { kValue, kAddress, kStride, kElement };
    Kind kind = Kind::kValue;
    Ref value = kNoRef;                  // of kValue
    const LoopAccess* access = nullptr;  // of the others
  };
  // A question to be asked before the loop.
  struct Check {
    enum class Kind : uint8_t {
      kApart,   // x and y share no bytes
      kAhead,   // or y is never behind x, in the direction in which both go
      kBeyond,  // or it is further on by an element
      kMoves,   // x goes on from turn to turn by an element or more
      kDense,   // x goes on by exactly one
    };
    Kind kind = Kind::kApart;
    const LoopAccess* x = nullptr;
    const LoopAccess* y = nullptr;
  };

  // ---- Dependences
  std::string FindDependences() {
    const std::vector<LoopAccess>& accesses = loop_.accesses;
    for (size_t k = 0; k < accesses.size(); ++k) {
      const LoopAccess& access = accesses[k];
      if (access.is_write) {
        if (!access.HasKnownStride()) checks_.push_back({Check::Kind::kMoves, &access, nullptr});
        if (std::string obstacle = AddWrite(k); !obstacle.empty()) return obstacle;
        continue;
      }
      if (const LoopAccess* source = WrittenBefore(k)) {
        if (source->dtype != access.dtype) return "it reads what it has written as another dtype";
        known_[access.ref] = trace_.operands(source->ref)[1];
        continue;
      }
      for (size_t w = 0; w < accesses.size(); ++w) {
        if (!accesses[w].is_write || accesses[w].memory != access.memory) continue;
        if (!MayRead(access, accesses[w], w < k)) return "it reads what another turn has written";
      }
    }
    return "";
  }

  // The last write of the turn to the very place that access `k` reads; null if there is none.
  const LoopAccess* WrittenBefore(size_t k) const {
    for (size_t w = k; w-- > 0;) {
      const LoopAccess& write = loop_.accesses[w];
      if (write.is_write && write.memory == loop_.accesses[k].memory &&
          IsSamePlace(write, loop_.accesses[k])) {
        return &write;
      }
    }
    return nullptr;
  }
  bool IsSamePlace(const LoopAccess& x, const LoopAccess& y) const {
    int64_t distance = 0;
    return x.address == y.address || (finder_.ConstantDistance(x, y, &distance) && distance == 0);
  }

  // Whether the read may be made before all writes of `write`; `written`: the write stands before it.
  bool MayRead(const LoopAccess& read, const LoopAccess& write, bool written) {
    if (!written && IsSamePlace(read, write)) return true;
    const int64_t item = ItemSize(write.dtype);
    const bool same_stride = read.HasStrideOf(write) && ItemSize(read.dtype) == item;
    int64_t distance = 0;
    if (same_stride && write.HasKnownStride() && finder_.ConstantDistance(write, read, &distance)) {
      return (write.known > 0 ? distance : -distance) >= (written ? item : 0);
    }
    checks_.push_back({!same_stride ? Check::Kind::kApart
                       : written    ? Check::Kind::kBeyond
                                    : Check::Kind::kAhead,
                       &write, &read});
    return true;
  }

  // Writes to one place are one; all others go apart.
  std::string AddWrite(size_t k) {
    const LoopAccess& write = loop_.accesses[k];
    for (const LoopAccess*& other : writes_) {
      if (other->memory != write.memory) continue;
      if (IsSamePlace(*other, write)) {
        if (other->dtype != write.dtype) return "it writes one place as two dtypes";
        other = &write;
        return "";
      }
      int64_t distance = 0;
      if (write.HasStrideOf(*other) && finder_.ConstantDistance(*other, write, &distance)) {
        return "two writes go over the same places";
      }
      checks_.push_back({Check::Kind::kApart, other, &write});
    }
    writes_.push_back(&write);
    return "";
  }

  // ---- The kernel: parameters in the order of `words_`, all operations, then one write as an assignment and
  // the others, which have to be dense, as results
  std::string BuildKernel() {
    kernel_.file = trace_.file;
    kernel_.name = absl::StrCat("vector", trace_.kernels.size());
    Instruction dim;
    dim.op = Op::kDim;
    dim.dtype = DType::kInt64;
    turns_ = Dim::Symbol(kernel_.Append(dim, {}, {}));
    // Parameters come first.
    for (const LoopAccess* write : writes_) {
      if (std::string obstacle = AddLeaves(trace_.operands(write->ref)[1]); !obstacle.empty())
        return obstacle;
    }
    for (const LoopSum& sum : loop_.sums) {
      if (std::string obstacle = AddLeaves(sum.value); !obstacle.empty()) return obstacle;
    }
    if (!writes_.empty()) ChooseAssigned();
    for (const LoopAccess* write : writes_) {
      if (write == assigned_ || IsDense(*write)) continue;
      if (write->HasKnownStride()) return "several writes go over places with gaps";
      checks_.push_back({Check::Kind::kDense, write, nullptr});
    }
    const Ref target = assigned_ ? AddArray(*assigned_) : kNoRef;
    std::vector<Ref> results;
    for (const LoopAccess* write : writes_) {
      const Ref value = Compute(trace_.operands(write->ref)[1]);
      if (write == assigned_) {
        assigned_value_ = value;
      } else {
        results.push_back(AsArray(value));
      }
    }
    for (const LoopSum& sum : loop_.sums) AddSum(sum, &results);
    if (assigned_) {
      Instruction assign;
      assign.op = Op::kAssign;
      assign.dtype = assigned_->dtype;
      kernel_.Append(assign, std::array{target, assigned_value_}, {});
    }
    Instruction ret;
    ret.op = Op::kReturn;
    ret.dtype = DType::kBool;
    kernel_.Append(ret, results, {});
    return "";
  }

  // What the turns add together; of a checked sum also the ends of what they add.
  void AddSum(const LoopSum& sum, std::vector<Ref>* results) {
    const Ref values = AsArray(Compute(sum.value));
    for (const Op combiner : {Op::kAdd, Op::kMinimum, Op::kMaximum}) {
      if (combiner != Op::kAdd && !sum.checked) break;
      Instruction reduce;
      reduce.op = Op::kReduce;
      reduce.dtype = sum.dtype;
      reduce.combiner = combiner;
      reduce.attribute = 1;
      results->push_back(kernel_.Append(reduce, std::array{values}, {}));
      sum_words_.push_back(context_.new_word());
    }
  }

  static bool IsDense(const LoopAccess& access) {
    return access.HasKnownStride() && access.known == ItemSize(access.dtype);
  }

  // The write that needs it most: with gaps, or else of what is read.
  void ChooseAssigned() {
    const auto need = [&](const LoopAccess* write) {
      return !IsDense(*write) && write->HasKnownStride() ? 3
             : !IsDense(*write)                          ? 2
             : arrays_.contains(write->address)          ? 1
                                                         : 0;
    };
    assigned_ =
        *std::max_element(writes_.begin(), writes_.end(),
                          [&](const LoopAccess* a, const LoopAccess* b) { return need(a) < need(b); });
  }

  std::string AddLeaves(Ref ref) {
    if (values_.contains(ref) || trace_.at(ref).op == Op::kConst) return "";
    if (const auto known = known_.find(ref); known != known_.end()) return AddLeaves(known->second);
    if (ref == loop_.counter || finder_.IsOutside(ref)) {
      values_[ref] = AddScalar(trace_.at(ref).dtype, {Word::Kind::kValue, ref, nullptr});
      return "";
    }
    if (trace_.at(ref).op == Op::kRead) {
      const LoopAccess& access = *std::find_if(loop_.accesses.begin(), loop_.accesses.end(),
                                               [&](const LoopAccess& a) { return a.ref == ref; });
      const bool one_element = access.HasKnownStride() && access.known == 0;
      values_[ref] =
          one_element ? AddScalar(access.dtype, {Word::Kind::kElement, kNoRef, &access}) : AddArray(access);
      return "";
    }
    if (!IsElementwise(trace_.at(ref).op)) return "a value is not computed from elements";
    for (const Ref operand : trace_.operands(ref)) {
      if (std::string obstacle = AddLeaves(operand); !obstacle.empty()) return obstacle;
    }
    return "";
  }

  Ref AddParam(DType dtype, Layout layout, std::span<const Dim> dims) {
    Instruction param;
    param.op = Op::kParam;
    param.dtype = dtype;
    param.layout = layout;
    param.attribute = params_++;
    return kernel_.Append(param, {}, dims);
  }
  Ref AddScalar(DType dtype, const Word& word) {
    words_.push_back(word);
    return AddParam(dtype, Layout(), {});
  }
  // One parameter for all reads and writes of a place, which have one dtype if they are of one.
  Ref AddArray(const LoopAccess& access) {
    const auto [place, is_new] = arrays_.try_emplace(access.address, kNoRef);
    if (!is_new && kernel_.at(place->second).dtype == access.dtype) return place->second;
    words_.push_back({Word::Kind::kAddress, kNoRef, &access});
    words_.push_back({Word::Kind::kStride, kNoRef, &access});
    const std::array dims = {turns_};
    return place->second =
               AddParam(access.dtype, IsDense(access) ? Layout::Dense(1) : Layout::Strided(1), dims);
  }

  Ref Compute(Ref ref) {
    if (const auto known = known_.find(ref); known != known_.end()) return Compute(known->second);
    if (const auto known = computed_.find(ref); known != computed_.end()) return known->second;
    if (const auto leaf = values_.find(ref); leaf != values_.end()) {
      return computed_[ref] = ref == loop_.counter ? CounterValue(leaf->second) : leaf->second;
    }
    Instruction instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) return computed_[ref] = kernel_.Append(instruction, {}, {});
    std::vector<Ref> operands;
    for (const Ref operand : trace_.operands(ref)) operands.push_back(Compute(operand));
    const bool scalar = std::all_of(operands.begin(), operands.end(),
                                    [&](Ref operand) { return kernel_.at(operand).rank == 0; });
    return computed_[ref] = AppendValue(instruction, operands, scalar);
  }
  Ref AppendValue(const Instruction& instruction, std::span<const Ref> operands, bool scalar = false) {
    const std::array dims = {turns_};
    return kernel_.Append(instruction, operands,
                          scalar ? std::span<const Dim>() : std::span<const Dim>(dims));
  }
  Ref AppendValue(Op op, DType dtype, std::initializer_list<Ref> operands) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    return AppendValue(instruction, std::span(operands.begin(), operands.size()));
  }
  Ref AsArray(Ref value) {
    return kernel_.at(value).rank > 0 ? value : AppendValue(Op::kBroadcast, kernel_.at(value).dtype, {value});
  }
  // The counter's values: where it begins, and on by steps.
  Ref CounterValue(Ref start) {
    Ref turn = AppendValue(Op::kIota, DType::kInt64, {});
    if (loop_.step != 1) {
      Instruction step;
      step.op = Op::kConst;
      step.dtype = DType::kInt64;
      step.attribute = static_cast<uint64_t>(loop_.step);
      turn = AppendValue(Op::kMul, DType::kInt64, {turn, kernel_.Append(step, {}, {})});
    }
    return AppendValue(Op::kAdd, DType::kInt64, {turn, start});
  }

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
  Ref Bool(Op op, Ref x, Ref y) { return Emit(op, {x, y}, DType::kBool); }
  Ref Both(Ref x, Ref y) { return x == kNoRef ? y : Bool(Op::kLogicalAnd, x, y); }
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

  Ref EmitCheck(const Check& check) {
    const int64_t item = ItemSize(check.x->dtype);
    if (check.kind == Check::Kind::kMoves) {
      return Bool(Op::kGreaterEqual, Emit(Op::kAbs, {StrideOf(*check.x)}), Constant(item));
    }
    if (check.kind == Check::Kind::kDense) return Bool(Op::kEqual, StrideOf(*check.x), Constant(item));
    const auto [x_low, x_high] = RangeOf(*check.x);
    const auto [y_low, y_high] = RangeOf(*check.y);
    const Ref apart =
        Bool(Op::kLogicalOr, Bool(Op::kLessEqual, x_high, y_low), Bool(Op::kLessEqual, y_high, x_low));
    if (check.kind == Check::Kind::kApart) return apart;
    const int64_t least = check.kind == Check::Kind::kBeyond ? item : 0;
    Ref x = FirstAddress(*check.x), y = FirstAddress(*check.y);
    if (check.x->HasKnownStride()) {
      if (check.x->known < 0) std::swap(x, y);
      return Bool(Op::kLogicalOr, apart, Bool(Op::kLessEqual, PlusConstant(x, least), y));
    }
    const Ref rises = Bool(Op::kGreater, StrideOf(*check.x), Constant(0));
    const Ref low = Emit(Op::kSelect, {rises, x, y});
    const Ref high = Emit(Op::kSelect, {rises, y, x});
    return Bool(Op::kLogicalOr, apart, Bool(Op::kLessEqual, PlusConstant(low, least), high));
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
    Ref worth = Bool(loop_.step > 0 ? Op::kLess : Op::kGreater, loop_.start, loop_.limit);
    worth = Both(worth, Bool(Op::kGreaterEqual, left_, Constant(kFewestTurns)));
    for (const Check& check : checks_) worth = Both(worth, EmitCheck(check));
    EmitElseGuard(worth, slow);
    for (const Word& word : words_) {
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
    EmitFailure(Bool(Op::kNotEqual, done, Constant(0)));
    const std::vector<Ref> after = EmitSums(before);
    const Ref passed = loop_.step == 1 ? turns : Emit(Op::kMul, {turns, Constant(loop_.step)});
    const Ref next = Emit(Op::kAdd, {counter, passed});
    const Ref rest = Emit(Op::kSub, {left, turns});
    Emit(Op::kPoll, {}, DType::kBool, kElseBlock | attention);
    EmitElseGuard(Bool(Op::kLessEqual, rest, Constant(0)), more);
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
      return Emit(Op::kRead, {Constant(static_cast<int64_t>(sum_words_[word++]))}, dtype, memory_);
    };
    for (size_t k = 0; k < loop_.sums.size(); ++k) {
      const LoopSum& sum = loop_.sums[k];
      const Ref part = read(sum.dtype);
      if (sum.checked) {
        constexpr int64_t kFar = int64_t{1} << 62;
        Ref small = Bool(Op::kGreaterEqual, read(DType::kInt64), Constant(-kFar / kMostTurns));
        small = Both(small, Bool(Op::kLessEqual, read(DType::kInt64), Constant(kFar / kMostTurns)));
        small = Both(small, Bool(Op::kGreaterEqual, before[k], Constant(-kFar)));
        EmitFailure(Both(small, Bool(Op::kLess, before[k], Constant(kFar))));
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
    for (const Word& word : words_) {
      switch (word.kind) {
        case Word::Kind::kValue:
          operands.push_back(word.value == loop_.counter ? counter : word.value);
          break;
        case Word::Kind::kAddress:
          operands.push_back(AtTurn(word.access->address, counter));
          break;
        case Word::Kind::kStride:
          operands.push_back(StrideOf(*word.access));
          break;
        case Word::Kind::kElement:
          operands.push_back(Emit(Op::kRead, {AtTurn(word.access->address, counter)}, word.access->dtype,
                                  word.access->memory));
          break;
      }
    }
    for (const LoopAccess* write : writes_) {
      if (write != assigned_) operands.push_back(AtTurn(write->address, counter));
    }
    for (const uint64_t word : sum_words_) operands.push_back(Constant(static_cast<int64_t>(word)));
    Instruction invoke;
    invoke.op = Op::kInvoke;
    invoke.dtype = DType::kInt64;
    invoke.attribute = trace_.AddKernel(std::make_shared<const Trace>(std::move(kernel_)));
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
  LoopEditor& editor_;
  PassContext& context_;
  uint32_t& next_block_;
  Ref anchor_;  // where Emit puts instructions
  // Dependences.
  std::vector<Check> checks_;
  std::vector<const LoopAccess*> writes_;  // one for each place
  absl::flat_hash_map<Ref, Ref> known_;    // reads of what the turn has written: the value
  // The kernel.
  Trace kernel_;
  Dim turns_;
  uint64_t params_ = 0;
  std::vector<Word> words_;
  const LoopAccess* assigned_ = nullptr;
  Ref assigned_value_ = kNoRef;
  absl::flat_hash_map<Ref, Ref> values_;    // leaves of the loop -> parameters of the kernel
  absl::flat_hash_map<Ref, Ref> computed_;  // values of the loop -> values of the kernel
  absl::flat_hash_map<Ref, Ref> arrays_;    // addresses -> parameters
  std::vector<uint64_t> sum_words_;         // where the kernel leaves sums
  uint64_t memory_ = 0;                     // the alias class of these words
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
    std::string obstacle = finder.Run();
    if (obstacle.empty()) obstacle = Vectoriser(trace, finder, editor, context, &next_block).Run();
    context.Reason(
        absl::StrCat("loop at line ", LineOf(trace, flow.block(flow.loop(l).header)),
                     obstacle.empty() ? " vectorised" : absl::StrCat(" not vectorised: ", obstacle)));
  }
  if (editor.changed()) editor.Apply();
  return absl::OkStatus();
}

}  // namespace lathe
