// The lowering of a nest: what does not change is computed before the loops, then rows and columns are
// walked. The body is emitted several times: for the main loop over several vectors, their instructions
// interleaved; for the rest in whole vectors; for single elements.
#include "src/codegen/emit/emit_nest.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "src/codegen/emit/tree_accumulator.h"
#include "src/codegen/x64/emitter.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: asmjit's types throughout this file

// Body size, in instructions of machine code, up to which the main loop is unrolled four or two times.
constexpr int kUnrollFour = 8;
constexpr int kUnrollTwo = 16;
// The same for bodies with polynomials of vector math, whose long chains of dependent operations leave
// units idle.
constexpr int kUnrollChain = 40;
// Up to which a kernel is so much bound by memory that stores past the cache can pay.
constexpr int kStreamable = 10;

class NestEmitter {
 public:
  NestEmitter(const Trace& trace, const NestPlan& plan, const EmitOptions& options, x86::Compiler& compiler)
      : trace_(trace),
        plan_(plan),
        options_(options),
        cc_(compiler),
        slot_(SlotOf()),
        lanes_(LanesOf()),
        vectors_(compiler, options.level, slot_, lanes_),
        singles_(compiler, options.level, slot_, 1),
        hoisted_(trace.size()),
        uses_(trace.size(), 0),
        state_(trace.size(), State::kInner) {}

  // Emits the function; `*code` says how to call it.
  FuncNode* Run(NestCode* code) {
    FindAccesses();
    PlanFrame(&code->frame);
    frame_layout_ = &code->frame;
    FindStates();
    streams_ = CanStream();
    code->streams = streams_;
    FuncNode* function = cc_.addFunc(FuncSignatureT<void, const int64_t*>(CallConvId::kHost));
    if (options_.level != VectorLevel::kSse42) {
      function->frame().setAvxEnabled();
      function->frame().setAvxCleanup();
    }
    if (options_.level == VectorLevel::kAvx512) function->frame().setAvx512Enabled();
    frame_ = cc_.newIntPtr();
    function->setArg(0, frame_);
    EmitRows();
    cc_.ret();
    cc_.endFunc();
    return function;
  }

 private:
  // When a value is computed.
  enum class State : uint8_t { kInner, kRow, kFunction };
  struct Pointer {
    x86::Gp address;  // element 0, or of a general access the next element
    x86::Gp stride;   // general accesses
    x86::Gp three_strides;
  };

  // ---- What is known before emission
  int SlotOf() const {
    int slot = 4;
    const auto widen = [&slot](DType dtype) { slot = std::max(slot, ItemSize(dtype)); };
    for (const Ref ref : plan_.body) {
      const Instruction& instruction = trace_.at(ref);
      const bool has_result = IsElementwise(instruction.op) || instruction.op == Op::kLoad;
      if (has_result) widen(instruction.dtype);
      ForEachValue(ref, [&](Ref operand) { widen(trace_.at(operand).dtype); });
    }
    return slot;
  }
  bool CallsForeign() const {
    return std::any_of(plan_.body.begin(), plan_.body.end(),
                       [this](Ref ref) { return TakesFunction(trace_.at(ref).op); });
  }
  // A tree's accumulators have eight lanes together. C functions are compiled for SSE as a rule: with the
  // upper parts of registers in use their instructions would wait for them, so a nest that calls such
  // functions uses the lowest 16 bytes alone.
  int LanesOf() const {
    const int lanes = (CallsForeign() ? 16 : VectorBytes(options_.level)) / slot_;
    const bool tree = std::any_of(plan_.accesses.begin(), plan_.accesses.end(),
                                  [](const Access& access) { return access.kind == Access::Kind::kTree; });
    return tree ? std::min(lanes, static_cast<int>(kTreeLanes)) : lanes;
  }
  // Calls visit(operand) for the operands that are values (no buffers, no indices of accesses).
  template <class Visit>
  void ForEachValue(Ref ref, const Visit& visit) const {
    const Op op = trace_.at(ref).op;
    if (op == Op::kLoad) return;
    const std::span<const Ref> operands = trace_.operands(ref);
    if (op == Op::kStore || op == Op::kAccumulate) return visit(operands[1]);
    for (const Ref operand : operands) visit(operand);
  }
  void FindAccesses() {
    access_of_.assign(trace_.size(), -1);
    for (size_t k = 0; k < plan_.accesses.size(); ++k) {
      int& first = access_of_[plan_.accesses[k].instruction];
      if (first < 0) first = static_cast<int>(k);
    }
  }
  void PlanFrame(FrameLayout* frame) {
    frame->first_index = FrameLayout::Pointer(plan_.accesses.size());
    frame->first_scalar = frame->first_index + 2 * plan_.indices.size();
    for (const Ref ref : plan_.body) {
      ForEachValue(ref, [&](Ref operand) {
        ++uses_[operand];
        if (trace_.at(operand).op != Op::kParam) return;
        if (std::find(frame->scalars.begin(), frame->scalars.end(), operand) == frame->scalars.end())
          frame->scalars.push_back(operand);
      });
    }
    frame->words = frame->first_scalar + frame->scalars.size();
  }
  int InnerLoop() const { return plan_.loops.empty() ? -1 : plan_.loops.back().last; }
  bool IsInnerIndex(Ref ref) const {
    return trace_.at(ref).op == Op::kIndex && static_cast<int>(trace_.at(ref).attribute) == InnerLoop();
  }
  static bool IsConstantLeaf(Op op) { return op == Op::kConst || op == Op::kParam; }

  void FindStates() {
    std::vector<bool> written(trace_.size(), false);
    for (const Access& access : plan_.accesses) {
      if (access.kind != Access::Kind::kLoad) written[access.buffer] = true;
    }
    for (const Ref ref : plan_.body) {
      const Op op = trace_.at(ref).op;
      State state = State::kFunction;
      if (op == Op::kLoad) {
        const Access& access = plan_.accesses[static_cast<size_t>(access_of_[ref])];
        if (access.inner != StrideClass::kBroadcast || written[access.buffer])
          state = State::kInner;
        else if (!access.is_fixed)
          state = State::kRow;
      } else if (IsElementwise(op)) {
        ForEachValue(ref, [&](Ref operand) {
          const Op operand_op = trace_.at(operand).op;
          const State of = IsConstantLeaf(operand_op) ? State::kFunction
                           : operand_op == Op::kIndex ? (IsInnerIndex(operand) ? State::kInner : State::kRow)
                                                      : state_[operand];
          state = std::min(state, of);
        });
      } else {
        state = State::kInner;
      }
      state_[ref] = state;
    }
  }
  bool CanStream() const {
    if (plan_.loops.empty() || !plan_.reductions.empty() || plan_.called_ops > 0 ||
        plan_.plain_ops > kStreamable)
      return false;
    bool stores = false;
    for (const Access& access : plan_.accesses) {
      if (access.kind == Access::Kind::kLoad) continue;
      const bool whole = access.inner == StrideClass::kUnit && lanes_ * ItemSize(access.dtype) >= 16 &&
                         ItemSize(access.dtype) >= 4;
      if (!whole) return false;
      stores = true;
    }
    return stores;
  }

  // ---- The frame
  x86::Mem Word(size_t index) const { return x86::ptr(frame_, static_cast<int32_t>(8 * index), 8); }
  size_t AccessNumber(const Access& access) const {
    return static_cast<size_t>(&access - plan_.accesses.data());
  }
  bool IsHoistedLoad(const Access& access) const {
    return access.kind == Access::Kind::kLoad && state_[access.instruction] == State::kFunction;
  }
  void LoadFrame() {
    column_ = cc_.newInt64();
    cc_.xor_(column_.r32(), column_.r32());
    rows_ = cc_.newInt64();
    cc_.mov(rows_, Word(FrameLayout::kRows));
    counts_ = cc_.newIntPtr();
    cc_.mov(counts_, Word(FrameLayout::kCounts));
    for (size_t k = 0; k < plan_.accesses.size(); ++k) {
      const Access& access = plan_.accesses[k];
      Pointer pointer;
      if (!IsHoistedLoad(access)) {
        pointer.address = cc_.newIntPtr();
        cc_.mov(pointer.address, Word(FrameLayout::Pointer(k)));
      }
      if (access.inner == StrideClass::kGeneral) {
        pointer.stride = cc_.newIntPtr();
        cc_.mov(pointer.stride, Word(FrameLayout::Stride(k)));
        pointer.three_strides = cc_.newIntPtr();
        cc_.lea(pointer.three_strides, x86::ptr(pointer.stride, pointer.stride, 1));
      }
      pointers_.push_back(pointer);
    }
    for (size_t loop = 0; loop < plan_.indices.size(); ++loop) {
      index_.emplace_back();
      if (!plan_.index_used[loop]) continue;
      index_.back() = cc_.newInt64();
      cc_.mov(index_.back(), Word(frame_layout_->IndexStart(loop)));
    }
  }
  // To the next row.
  void MovePointers() {
    cc_.sub(column_, Word(FrameLayout::kRewind));
    for (size_t k = 0; k < plan_.accesses.size(); ++k) {
      if (!IsHoistedLoad(plan_.accesses[k])) cc_.add(pointers_[k].address, Word(FrameLayout::Gap(k)));
    }
    for (size_t loop = 0; loop < index_.size(); ++loop) {
      if (plan_.index_used[loop]) cc_.add(index_[loop], Word(frame_layout_->IndexStep(loop)));
    }
  }

  // ---- Values
  // Constants and scalar parameters, in every lane.
  Vector MakeLeaf(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) return vectors_.SplatConstant(instruction.dtype, instruction.attribute);
    const std::vector<Ref>& scalars = frame_layout_->scalars;
    const auto position = std::find(scalars.begin(), scalars.end(), ref) - scalars.begin();
    return vectors_.Splat(instruction.dtype, Word(frame_layout_->Scalar(static_cast<size_t>(position))));
  }
  // The value of `ref` in the body being emitted. Leaves that have no register are made for each
  // instruction, for all its copies together.
  Vector ValueOf(const std::vector<Vector>& values, Ref ref) {
    if (hoisted_[ref].is_set()) return hoisted_[ref];
    if (values[ref].is_set()) return values[ref];
    for (const auto& [leaf, vector] : leaves_) {
      if (leaf == ref) return vector;
    }
    const Instruction& instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) {
      const Vector constant = vectors_.ConstantInMemory(instruction.dtype, instruction.attribute);
      if (constant.is_set()) return constant;
    }
    leaves_.emplace_back(ref, MakeLeaf(ref));
    return leaves_.back().second;
  }

  Vector EmitOp(X64Emitter& emitter, const std::vector<Vector>& values, Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    if (Vector fused; EmitContracted(emitter, values, ref, &fused)) return fused;
    if (instruction.op == Op::kSelectRare && folded_[operands[1]]) return EmitRare(emitter, values, ref);
    if (instruction.op == Op::kSelect && folded_[operands[0]] && IsChoiceBySign(ref)) {
      return emitter.EmitChoiceBySign(ValueOf(values, trace_.operands(operands[0])[0]),
                                      ValueOf(values, operands[1]), ValueOf(values, operands[2]));
    }
    if (instruction.op == Op::kSelect && folded_[operands[0]]) {
      return emitter.EmitExtreme(ExtremeOfChoice(ref) == Op::kMaximum, ValueOf(values, operands[1]),
                                 ValueOf(values, operands[2]));
    }
    if (instruction.op == Op::kFma && emitter.has_fma()) {
      return emitter.EmitFused(FusedForm::kProductPlus, ValueOf(values, operands[0]),
                               ValueOf(values, operands[1]), ValueOf(values, operands[2]),
                               Dying(values, operands));
    }
    Vector vectors[4];
    for (size_t k = 0; k < operands.size(); ++k) vectors[k] = ValueOf(values, operands[k]);
    std::optional<uint64_t> shift;
    if (instruction.op == Op::kShiftLeft || instruction.op == Op::kShiftRight) {
      const Instruction& count = trace_.at(operands[1]);
      if (count.op == Op::kConst) shift = count.attribute;
    }
    return emitter.Emit(instruction.op, instruction.dtype, std::span(vectors, operands.size()), shift);
  }

  // ---- Instructions that are emitted as part of their only user
  bool IsPartOf(Ref ref, Ref user) const {
    return IsElementwise(trace_.at(ref).op) && uses_[ref] == 1 && state_[ref] == state_[user];
  }
  // A product that may be fused with a sum, the comparison of a choice between what it compares, and what
  // replaces a value in rare cases.
  void FindFolded() {
    folded_.assign(trace_.size(), false);
    for (const Ref ref : plan_.body) {
      const Instruction& user = trace_.at(ref);
      const std::span<const Ref> operands = trace_.operands(ref);
      const bool sum = (user.op == Op::kAdd || user.op == Op::kSub) && IsFloat(user.dtype);
      if (sum && options_.fp != FpMode::kStrict && vectors_.has_fma()) {
        const auto product = std::find_if(operands.begin(), operands.end(), [&](Ref operand) {
          return trace_.at(operand).op == Op::kMul && IsPartOf(operand, ref);
        });
        if (product != operands.end()) folded_[*product] = true;
      }
      if (user.op == Op::kSelect && IsPartOf(operands[0], ref) &&
          (IsChoiceBySign(ref) || ExtremeOfChoice(ref) != Op::kSelect))
        folded_[operands[0]] = true;
      if (user.op == Op::kSelectRare && state_[ref] == State::kInner && IsPartOf(operands[1], ref))
        folded_[operands[1]] = true;
    }
  }
  // Whether `ref` is a choice by the sign bit of a float as wide as what it chooses.
  bool IsChoiceBySign(Ref ref) const {
    const Ref condition = trace_.operands(ref)[0];
    if (trace_.at(condition).op != Op::kSignBit || !vectors_.can_choose_by_sign()) return false;
    return trace_.at(trace_.operands(condition)[0]).dtype == trace_.at(ref).dtype;
  }
  // Maximum or Minimum if `ref` is a choice, by a comparison of floats, of the larger or smaller one.
  Op ExtremeOfChoice(Ref ref) const {
    const std::span<const Ref> choice = trace_.operands(ref);
    const Instruction& comparison = trace_.at(choice[0]);
    if ((comparison.op != Op::kLess && comparison.op != Op::kGreater) || !IsFloat(trace_.at(ref).dtype))
      return Op::kSelect;
    const std::span<const Ref> compared = trace_.operands(choice[0]);
    const bool straight = choice[1] == compared[0] && choice[2] == compared[1];
    const bool crossed = choice[1] == compared[1] && choice[2] == compared[0];
    if (!straight && !crossed) return Op::kSelect;
    return (comparison.op == Op::kLess) == straight ? Op::kMinimum : Op::kMaximum;
  }

  // Where each value of the inner body is read for the last time, by position in the body. Bitcasts share
  // their operand's register.
  void FindLastUses() {
    register_of_.resize(trace_.size());
    last_use_.assign(trace_.size(), 0);
    for (size_t at = 0; at < plan_.body.size(); ++at) {
      const Ref ref = plan_.body[at];
      const Op op = trace_.at(ref).op;
      const bool shares = op == Op::kBitcast || op == Op::kPositive || op == Op::kCast;
      register_of_[ref] = shares ? RegisterOf(trace_.operands(ref)[0]) : ref;
      if (!folded_[ref]) MarkUses(ref, at);
    }
  }
  Ref RegisterOf(Ref ref) const { return state_[ref] == State::kInner ? register_of_[ref] : ref; }
  void MarkUses(Ref ref, size_t at) {
    ForEachValue(ref, [&](Ref operand) {
      last_use_[RegisterOf(operand)] = at;
      if (folded_[operand]) MarkUses(operand, at);
    });
  }
  // Whether the register of `operand` is free after the instruction being emitted.
  bool Dies(const std::vector<Vector>& values, Ref operand) const {
    return !hoisted_[operand].is_set() && values[operand].is_set() &&
           last_use_[RegisterOf(operand)] == position_;
  }
  int Dying(const std::vector<Vector>& values, std::span<const Ref> operands) const {
    int dying = 0;
    for (size_t k = 0; k < operands.size(); ++k) {
      const auto same = std::count_if(operands.begin(), operands.end(), [&](Ref other) {
        return RegisterOf(other) == RegisterOf(operands[k]);
      });
      if (same == 1 && Dies(values, operands[k])) dying |= 1 << k;
    }
    return dying;
  }

  bool EmitContracted(X64Emitter& emitter, const std::vector<Vector>& values, Ref ref, Vector* result) {
    const Instruction& sum = trace_.at(ref);
    if ((sum.op != Op::kAdd && sum.op != Op::kSub) || !IsFloat(sum.dtype)) return false;
    const std::span<const Ref> operands = trace_.operands(ref);
    const bool left = folded_[operands[0]];
    if (!left && !folded_[operands[1]]) return false;
    const std::span<const Ref> factors = trace_.operands(operands[left ? 0 : 1]);
    const FusedForm form = sum.op == Op::kAdd ? FusedForm::kProductPlus
                           : left             ? FusedForm::kProductMinus
                                              : FusedForm::kMinusProduct;
    const Ref parts[] = {factors[0], factors[1], operands[left ? 1 : 0]};
    *result = emitter.EmitFused(form, ValueOf(values, parts[0]), ValueOf(values, parts[1]),
                                ValueOf(values, parts[2]), Dying(values, parts));
    return true;
  }
  // `y`, or in the lanes of a mask that hardly ever has one, x: computed behind a jump.
  Vector EmitRare(X64Emitter& emitter, const std::vector<Vector>& values, Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    const Vector mask = ValueOf(values, operands[0]);
    const Vector usual_value = ValueOf(values, operands[2]);
    const Vector result = Dies(values, operands[2]) ? usual_value : emitter.Copy(usual_value);
    // Constants must have their registers before the jump.
    for (const Ref operand : trace_.operands(operands[1])) ValueOf(values, operand);
    const Label usual = cc_.newLabel();
    emitter.TestAny(mask);
    cc_.jz(usual);
    emitter.AssignWhere(result, EmitOp(emitter, values, operands[1]), mask);
    cc_.bind(usual);
    return result;
  }

  // ---- What is computed before the loops, and before each row
  // Whether an instruction can take operand `k` of `op` from memory at no cost.
  static bool TakesFromMemory(Op op, size_t k) {
    switch (op) {
      case Op::kFma:
      case Op::kAdd:
      case Op::kMul:
      case Op::kBitAnd:
      case Op::kBitOr:
      case Op::kBitXor:
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
        return true;
      case Op::kSub:
      case Op::kDiv:
      case Op::kShiftLeft:
      case Op::kShiftRight:
        return k == 1;
      default:
        return false;
    }
  }
  void HoistLeaves() {
    std::vector<Ref> leaves;  // those that instructions cannot take from memory first
    std::vector<Ref> others;
    const auto add = [](std::vector<Ref>& list, Ref leaf) {
      if (std::find(list.begin(), list.end(), leaf) == list.end()) list.push_back(leaf);
    };
    for (const Ref ref : plan_.body) {
      if (state_[ref] == State::kFunction && IsElementwise(trace_.at(ref).op)) continue;
      size_t k = 0;
      ForEachValue(ref, [&](Ref operand) {
        const Instruction& leaf = trace_.at(operand);
        const bool taken = TakesFromMemory(trace_.at(ref).op, k++);
        if (!IsConstantLeaf(leaf.op)) return;
        const bool stays =
            leaf.op == Op::kConst && taken && vectors_.ConstantInMemory(leaf.dtype, leaf.attribute).is_set();
        add(stays ? others : leaves, operand);
      });
    }
    // Those used most often fill up the registers: loads have a limit of their own.
    std::stable_sort(others.begin(), others.end(), [this](Ref a, Ref b) { return uses_[a] > uses_[b]; });
    for (const Ref ref : others) add(leaves, ref);
    const auto most = static_cast<size_t>(vectors_.registers_for_constants());
    if (leaves.size() > most) leaves.resize(most);
    for (const Ref ref : leaves) hoisted_[ref] = MakeLeaf(ref);
  }
  void Hoist(State state) {
    if (state == State::kRow) {
      for (size_t loop = 0; loop < index_.size(); ++loop) {
        const bool inner = static_cast<int>(loop) == InnerLoop();
        if (plan_.index_used[loop] && !inner)
          hoisted_[plan_.indices[loop]] = vectors_.SplatCounter(index_[loop]);
      }
    }
    for (const Ref ref : plan_.body) {
      if (state_[ref] != state || folded_[ref]) continue;
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kLoad) {
        const auto access = static_cast<size_t>(access_of_[ref]);
        x86::Gp address = pointers_[access].address;
        if (state == State::kFunction) {
          address = cc_.newIntPtr();
          cc_.mov(address, Word(FrameLayout::Pointer(access)));
        }
        hoisted_[ref] = vectors_.Splat(instruction.dtype, x86::ptr(address));
      } else if (IsElementwise(instruction.op)) {
        hoisted_[ref] = EmitOp(vectors_, no_values_, ref);
      }
      leaves_.clear();
    }
  }

  // ---- Bodies
  // Element `copy * lanes` behind the column that a dense access stands at.
  x86::Mem Dense(const Access& access, int copy, int lanes) const {
    const int item = ItemSize(access.dtype);
    const uint32_t shift = item == 8 ? 3 : item == 4 ? 2 : item == 2 ? 1 : 0;
    return x86::ptr(pointers_[AccessNumber(access)].address, column_, shift, copy * lanes * item);
  }
  StridedPointer Strided(const Access& access) const {
    const Pointer& pointer = pointers_[AccessNumber(access)];
    return {pointer.address, pointer.stride, pointer.three_strides};
  }
  Vector EmitLoad(X64Emitter& emitter, const Access& access, int copy) {
    if (access.inner == StrideClass::kUnit)
      return emitter.Load(access.dtype, Dense(access, copy, emitter.lanes()));
    const x86::Gp& address = pointers_[AccessNumber(access)].address;
    if (access.inner == StrideClass::kBroadcast) return emitter.Splat(access.dtype, x86::ptr(address));
    return emitter.LoadStrided(access.dtype, Strided(access));
  }
  void EmitStore(X64Emitter& emitter, const Access& access, const Vector& value, int copy, bool stream) {
    if (access.inner == StrideClass::kUnit) {
      const x86::Mem memory = Dense(access, copy, emitter.lanes());
      return stream ? emitter.StreamingStore(memory, value) : emitter.Store(memory, value);
    }
    if (access.inner == StrideClass::kBroadcast) {
      return singles_.Store(x86::ptr(pointers_[AccessNumber(access)].address), value);
    }
    emitter.StoreStrided(Strided(access), value);
  }

  void EmitAccess(X64Emitter& emitter, std::vector<Vector>& values, const Access& access, int copy,
                  bool stream) {
    switch (access.kind) {
      case Access::Kind::kLoad:
        values[access.instruction] = EmitLoad(emitter, access, copy);
        break;
      case Access::Kind::kStore:
      case Access::Kind::kScratch:
        EmitStore(emitter, access, ValueOf(values, access.value), copy, stream);
        break;
      case Access::Kind::kRows: {
        const Vector operands[] = {EmitLoad(emitter, access, copy), ValueOf(values, access.value)};
        EmitStore(emitter, access, emitter.Emit(access.combiner, access.dtype, operands, std::nullopt), copy,
                  stream);
        break;
      }
      case Access::Kind::kTree:
        return;  // of all copies together
    }
    if (access.inner == StrideClass::kGeneral) emitter.AdvanceStrided(Strided(access));
  }
  // The accumulation of the values of all copies.
  void EmitCombine(X64Emitter& emitter, const Access& access, int copies) {
    TreeAccumulator& accumulator =
        *std::find_if(accumulators_.begin(), accumulators_.end(),
                      [&](const TreeAccumulator& other) { return &other.access() == &access; });
    absl::InlinedVector<Vector, 4> combined;
    for (const std::vector<Vector>& values : CopiesOf(copies))
      combined.push_back(ValueOf(values, access.value));
    if (emitter.lanes() > 1) {
      accumulator.Combine(combined);
    } else {
      accumulator.CombineSingle(combined[0]);
    }
  }

  // The body for `copies` vectors of the emitter's lanes, op by op.
  void EmitBody(X64Emitter& emitter, int copies, bool stream) {
    if (values_.size() < static_cast<size_t>(copies)) values_.resize(static_cast<size_t>(copies));
    for (int copy = 0; copy < copies; ++copy) values_[static_cast<size_t>(copy)].assign(trace_.size(), {});
    EmitCounter(emitter, copies);
    for (position_ = 0; position_ < plan_.body.size(); ++position_) {
      const Ref ref = plan_.body[position_];
      if (state_[ref] != State::kInner || folded_[ref]) continue;
      const int first = access_of_[ref];
      if (first < 0) {
        for (std::vector<Vector>& values : CopiesOf(copies)) values[ref] = EmitOp(emitter, values, ref);
      }
      for (size_t k = static_cast<size_t>(std::max(first, 0));
           first >= 0 && k < plan_.accesses.size() && plan_.accesses[k].instruction == ref; ++k) {
        for (int copy = 0; copy < copies; ++copy)
          EmitAccess(emitter, values_[static_cast<size_t>(copy)], plan_.accesses[k], copy, stream);
        if (plan_.accesses[k].kind == Access::Kind::kTree) EmitCombine(emitter, plan_.accesses[k], copies);
      }
      leaves_.clear();
    }
  }
  std::span<std::vector<Vector>> CopiesOf(int copies) {
    return {values_.data(), static_cast<size_t>(copies)};
  }
  void EmitCounter(X64Emitter& emitter, int copies) {
    const int loop = InnerLoop();
    if (loop < 0 || !plan_.index_used[static_cast<size_t>(loop)]) return;
    const x86::Gp start = cc_.newInt64();
    cc_.lea(start, x86::ptr(index_[static_cast<size_t>(loop)], column_));
    const Vector splat = emitter.SplatCounter(start);
    for (int copy = 0; copy < copies; ++copy) {
      values_[static_cast<size_t>(copy)][plan_.indices[static_cast<size_t>(loop)]] =
          emitter.CounterAt(splat, copy * emitter.lanes());
    }
  }

  // while (column + elements <= limit) { body; column += elements; }
  void EmitLoop(X64Emitter& emitter, int copies, bool stream = false) {
    const int elements = emitter.lanes() * copies;
    const Label head = cc_.newLabel();
    const Label done = cc_.newLabel();
    const x86::Gp last = cc_.newInt64();
    cc_.lea(last, x86::ptr(limit_, -elements));
    cc_.cmp(column_, last);
    cc_.jg(done);
    cc_.bind(head);
    EmitBody(emitter, copies, stream);
    cc_.add(column_, imm(elements));
    cc_.cmp(column_, last);
    cc_.jle(head);
    cc_.bind(done);
  }
  // The columns that do not fill a vector.
  void EmitRest() {
    const bool dense = std::none_of(plan_.accesses.begin(), plan_.accesses.end(), [](const Access& access) {
      return access.inner == StrideClass::kGeneral;
    });
    // Lanes that are left out would still be arguments of calls.
    if (!vectors_.can_mask() || !dense || CallsForeign()) return EmitLoop(singles_, 1);
    const Label done = cc_.newLabel();
    const x86::Gp count = cc_.newInt64();
    cc_.mov(count, limit_);
    cc_.sub(count, column_);
    cc_.jz(done);
    X64Emitter rest = vectors_.WithRest(count);
    EmitBody(rest, 1, false);
    cc_.mov(column_, limit_);
    cc_.bind(done);
  }
  void EmitMainLoop(int copies) {
    if (!streams_) return EmitLoop(vectors_, copies);
    const Label usual = cc_.newLabel();
    const Label done = cc_.newLabel();
    cc_.cmp(Word(FrameLayout::kStream), imm(0));
    cc_.je(usual);
    EmitLoop(vectors_, copies, true);
    cc_.sfence();
    cc_.jmp(done);
    cc_.bind(usual);
    EmitLoop(vectors_, copies);
    cc_.bind(done);
  }
  int Copies() const {
    const int size = plan_.plain_ops + 4 * plan_.called_ops;
    const bool is_chain = std::any_of(plan_.body.begin(), plan_.body.end(),
                                      [this](Ref ref) { return trace_.at(ref).op == Op::kFma; });
    return size <= kUnrollFour ? 4 : size <= (is_chain ? kUnrollChain : kUnrollTwo) ? 2 : 1;
  }

  // ---- Reductions over the columns
  void BeginTrees() {
    accumulators_.clear();
    for (const Access& access : plan_.accesses) {
      if (access.kind == Access::Kind::kTree) accumulators_.emplace_back(cc_, access, vectors_, singles_);
    }
  }
  void EmitTreeLoops() {
    const int group = static_cast<int>(kTreeLanes) / lanes_;
    if (Copies() > group) EmitLoop(vectors_, Copies());
    EmitLoop(vectors_, group);
    for (TreeAccumulator& accumulator : accumulators_) accumulator.Join();
    EmitLoop(singles_, 1);
    for (const TreeAccumulator& accumulator : accumulators_)
      singles_.Store(x86::ptr(pointers_[AccessNumber(accumulator.access())].address), accumulator.single());
  }

  void EmitRows() {
    FindFolded();
    FindLastUses();
    no_values_.assign(trace_.size(), {});
    LoadFrame();
    HoistLeaves();
    Hoist(State::kFunction);
    const Label row = cc_.newLabel();
    cc_.bind(row);
    Hoist(State::kRow);
    if (plan_.loops.empty()) {
      EmitBody(singles_, 1, false);
    } else {
      limit_ = cc_.newInt64();
      cc_.mov(limit_, x86::ptr(counts_));
      cc_.add(counts_, Word(FrameLayout::kCountStep));
      cc_.add(limit_, column_);
      BeginTrees();
      if (accumulators_.empty()) {
        const int copies = Copies();
        if (copies > 1 || streams_) EmitMainLoop(copies);
        EmitLoop(vectors_, 1);
        EmitRest();
      } else {
        EmitTreeLoops();
      }
      MovePointers();
    }
    cc_.dec(rows_);
    cc_.jnz(row);
  }

  const Trace& trace_;
  const NestPlan& plan_;
  const EmitOptions& options_;
  x86::Compiler& cc_;
  const int slot_;
  const int lanes_;
  X64Emitter vectors_, singles_;
  const FrameLayout* frame_layout_ = nullptr;
  std::vector<int> access_of_;   // by instruction: its first access, or -1
  std::vector<Vector> hoisted_;  // by instruction, as the following
  std::vector<int> uses_;
  std::vector<State> state_;
  std::vector<bool> folded_;
  std::vector<Ref> register_of_;
  std::vector<size_t> last_use_;
  std::vector<Vector> no_values_;
  std::vector<std::vector<Vector>> values_;     // by copy
  std::vector<std::pair<Ref, Vector>> leaves_;  // made for the instruction being emitted
  std::vector<Pointer> pointers_;               // by access
  std::vector<x86::Gp> index_;                  // by loop
  std::vector<TreeAccumulator> accumulators_;
  x86::Gp frame_, rows_, counts_, column_, limit_;
  bool streams_ = false;
  size_t position_ = 0;  // in the body, of the instruction being emitted
};

// Remembers the first error of asmjit, so that it is checked once.
class FirstError : public ErrorHandler {
 public:
  void handleError(Error error, const char* message, BaseEmitter*) override {
    if (error_ == kErrorOk) error_ = error, message_ = message;
  }
  Error error() const { return error_; }
  const std::string& message() const { return message_; }

 private:
  Error error_ = kErrorOk;
  std::string message_;
};

}  // namespace

absl::StatusOr<EmittedTrace> EmitNests(const Trace& trace, absl::Span<const NestPlan> plans,
                                       const EmitOptions& options) {
  EmittedTrace emitted;
  if (plans.empty()) return emitted;
  FirstError first_error;
  CodeHolder code;
  code.init(Environment::host());
  code.setErrorHandler(&first_error);
  StringLogger logger;
  if (options.keep_listing) code.setLogger(&logger);
  x86::Compiler compiler(&code);
  std::vector<FuncNode*> functions;
  for (const NestPlan& plan : plans) {
    emitted.nests.emplace_back();
    functions.push_back(NestEmitter(trace, plan, options, compiler).Run(&emitted.nests.back()));
  }
  std::vector<Label> labels;
  for (FuncNode* const function : functions) labels.push_back(function->label());
  if (first_error.error() == kErrorOk) compiler.finalize();
  if (first_error.error() != kErrorOk)
    return absl::InternalError(absl::StrCat("emitting machine code: ", first_error.message()));
  absl::StatusOr<CodeBlock> block = InstallCode(code);
  if (!block.ok()) return block.status();
  emitted.block = *std::move(block);
  for (size_t k = 0; k < plans.size(); ++k) {
    const std::byte* const entry = emitted.block.address() + code.labelOffsetFromBase(labels[k]);
    emitted.nests[k].function = reinterpret_cast<NestFunction>(reinterpret_cast<uintptr_t>(entry));
  }
  if (options.keep_listing) emitted.listing = logger.data();
  return emitted;
}

}  // namespace lathe
