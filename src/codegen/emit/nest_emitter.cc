// The lowering of a nest: what does not change is computed before the loops, then rows and columns are
// walked. The body is emitted several times: for the main loop over several vectors, their instructions
// interleaved; for the rest in whole vectors; for single elements.
#include "src/codegen/emit/nest_emitter.h"

#include <algorithm>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "src/codegen/emit/nest_analysis.h"
#include "src/codegen/emit/tree_accumulator.h"
#include "src/codegen/x64/emitter.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: asmjit's types throughout this file

class NestEmitter {
 public:
  NestEmitter(const Trace& trace, const NestPlan& plan, const EmitOptions& options, x86::Compiler& compiler)
      : trace_(trace),
        plan_(plan),
        options_(options),
        cc_(compiler),
        nest_(trace, plan),
        lanes_(nest_.Lanes(VectorBytes(options.level))),
        vectors_(compiler, options.level, nest_.slot(), lanes_),
        singles_(compiler, options.level, nest_.slot(), 1),
        hoisted_(trace.size()),
        no_values_(trace.size()) {
    nest_.Fold({.products = options.fp != FpMode::kStrict && vectors_.has_fma(),
                .choices_by_sign = vectors_.can_choose_by_sign(),
                .bits = vectors_.can_fuse_bits()});
    if (options.keep_listing) names_.emplace(trace);
  }

  // Emits the function; `*code` says how to call it.
  FuncNode* Run(NestCode* code) {
    code->frame = nest_.PlanFrame();
    frame_layout_ = &code->frame;
    streams_ = nest_.CanStream(lanes_);
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
  struct Pointer {
    x86::Gp address;  // element 0, or of a general access the next element
    x86::Gp stride;   // general accesses
    x86::Gp three_strides;
  };

  // Says in the listing what the code from here on is of.
  void Comment(Ref ref) {
    if (names_) cc_.comment(ListingComment(*names_, trace_, ref).c_str());
  }

  // ---- The frame
  x86::Mem Word(size_t index) const { return x86::ptr(frame_, static_cast<int32_t>(8 * index), 8); }
  size_t AccessNumber(const Access& access) const {
    return static_cast<size_t>(&access - plan_.accesses.data());
  }
  bool IsHoistedLoad(const Access& access) const {
    return access.kind == Access::Kind::kLoad && nest_.state(access.instruction) == ValueState::kFunction;
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
    if (Vector fused; EmitFusedBits(emitter, values, ref, &fused)) return fused;
    if (instruction.op == Op::kSelectRare && nest_.is_folded(operands[1]))
      return EmitRare(emitter, values, ref);
    if (instruction.op == Op::kSelect && nest_.is_folded(operands[0]) && nest_.IsChoiceBySign(ref)) {
      return emitter.EmitChoiceBySign(ValueOf(values, trace_.operands(operands[0])[0]),
                                      ValueOf(values, operands[1]), ValueOf(values, operands[2]));
    }
    if (instruction.op == Op::kSelect && nest_.is_folded(operands[0])) {
      return emitter.EmitExtreme(nest_.ExtremeOfChoice(ref) == Op::kMaximum, ValueOf(values, operands[1]),
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

  // Whether the register of `operand` is free after the instruction being emitted.
  bool Dies(const std::vector<Vector>& values, Ref operand) const {
    return !hoisted_[operand].is_set() && values[operand].is_set() && nest_.DiesAt(operand, position_);
  }
  int Dying(const std::vector<Vector>& values, std::span<const Ref> operands) const {
    int dying = 0;
    for (size_t k = 0; k < operands.size(); ++k) {
      const auto same = std::count_if(operands.begin(), operands.end(),
                                      [&](Ref other) { return nest_.ShareRegister(other, operands[k]); });
      if (same == 1 && Dies(values, operands[k])) dying |= 1 << k;
    }
    return dying;
  }

  bool EmitContracted(X64Emitter& emitter, const std::vector<Vector>& values, Ref ref, Vector* result) {
    const Instruction& sum = trace_.at(ref);
    if ((sum.op != Op::kAdd && sum.op != Op::kSub) || !IsFloat(sum.dtype)) return false;
    const std::span<const Ref> operands = trace_.operands(ref);
    const bool left = nest_.is_folded(operands[0]);
    if (!left && !nest_.is_folded(operands[1])) return false;
    const std::span<const Ref> factors = trace_.operands(operands[left ? 0 : 1]);
    const FusedForm form = sum.op == Op::kAdd ? FusedForm::kProductPlus
                           : left             ? FusedForm::kProductMinus
                                              : FusedForm::kMinusProduct;
    const Ref parts[] = {factors[0], factors[1], operands[left ? 1 : 0]};
    *result = emitter.EmitFused(form, ValueOf(values, parts[0]), ValueOf(values, parts[1]),
                                ValueOf(values, parts[2]), Dying(values, parts));
    return true;
  }
  bool EmitFusedBits(X64Emitter& emitter, const std::vector<Vector>& values, Ref ref, Vector* result) {
    const Op op = trace_.at(ref).op;
    const std::span<const Ref> operands = trace_.operands(ref);
    if (op == Op::kSignBit && nest_.is_folded(operands[0])) {
      const std::span<const Ref> shift = trace_.operands(trace_.operands(operands[0])[0]);
      const int bits = 8 * ItemSize(trace_.at(operands[0]).dtype);
      const int bit = bits - 1 - static_cast<int>(trace_.at(shift[1]).attribute);
      *result = emitter.EmitTestBit(ValueOf(values, shift[0]), bit);
      return true;
    }
    if (!NestAnalysis::IsBitOp(op)) return false;
    const size_t inner = nest_.is_folded(operands[0]) ? 0 : 1;
    if (!nest_.is_folded(operands[inner])) return false;
    const std::span<const Ref> pair = trace_.operands(operands[inner]);
    const Ref parts[] = {operands[1 - inner], pair[0], pair[1]};
    *result = emitter.EmitBits(op, ValueOf(values, parts[0]), trace_.at(operands[inner]).op,
                               ValueOf(values, parts[1]), ValueOf(values, parts[2]),
                               (Dying(values, parts) & 1) != 0);
    result->dtype = trace_.at(ref).dtype;
    return true;
  }
  // Constants of an instruction behind a jump must have their registers before it.
  void MakeLeavesOf(const std::vector<Vector>& values, Ref ref) {
    for (const Ref operand : trace_.operands(ref)) {
      if (nest_.is_folded(operand)) {
        MakeLeavesOf(values, operand);
      } else {
        ValueOf(values, operand);
      }
    }
  }
  // `y`, or in the lanes of a mask that hardly ever has one, x: computed behind a jump.
  Vector EmitRare(X64Emitter& emitter, const std::vector<Vector>& values, Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    const Vector mask = ValueOf(values, operands[0]);
    const Vector usual_value = ValueOf(values, operands[2]);
    const Vector result = Dies(values, operands[2]) ? usual_value : emitter.Copy(usual_value);
    MakeLeavesOf(values, operands[1]);
    const Label usual = cc_.newLabel();
    emitter.TestAny(mask);
    cc_.jz(usual);
    emitter.AssignWhere(result, EmitOp(emitter, values, operands[1]), mask);
    cc_.bind(usual);
    return result;
  }

  // ---- What is computed before the loops, and before each row
  void HoistLeaves() {
    std::vector<Ref> leaves = nest_.LeavesByGain([this](const Instruction& constant) {
      return vectors_.ConstantInMemory(constant.dtype, constant.attribute).is_set();
    });
    const auto most = static_cast<size_t>(vectors_.registers_for_constants());
    if (leaves.size() > most) leaves.resize(most);
    for (const Ref ref : leaves) hoisted_[ref] = MakeLeaf(ref);
  }
  void Hoist(ValueState state) {
    if (state == ValueState::kRow) {
      for (size_t loop = 0; loop < index_.size(); ++loop) {
        const bool inner = static_cast<int>(loop) == nest_.inner_loop();
        if (plan_.index_used[loop] && !inner)
          hoisted_[plan_.indices[loop]] = vectors_.SplatCounter(index_[loop]);
      }
    }
    for (const Ref ref : plan_.body) {
      if (nest_.state(ref) != state || nest_.is_folded(ref)) continue;
      const Instruction& instruction = trace_.at(ref);
      Comment(ref);
      if (instruction.op == Op::kLoad) {
        const auto access = static_cast<size_t>(nest_.first_access(ref));
        x86::Gp address = pointers_[access].address;
        if (state == ValueState::kFunction) {
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
      if (nest_.state(ref) != ValueState::kInner || nest_.is_folded(ref)) continue;
      Comment(ref);
      const int first = nest_.first_access(ref);
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
    const int loop = nest_.inner_loop();
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
    if (!vectors_.can_mask() || !dense || nest_.CallsForeign()) return EmitLoop(singles_, 1);
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
  // ---- Reductions over the columns
  void BeginTrees() {
    accumulators_.clear();
    for (const Access& access : plan_.accesses) {
      if (access.kind == Access::Kind::kTree) accumulators_.emplace_back(cc_, access, vectors_, singles_);
    }
  }
  void EmitTreeLoops() {
    const int group = static_cast<int>(kTreeLanes) / lanes_;
    if (nest_.Copies() > group) EmitLoop(vectors_, nest_.Copies());
    EmitLoop(vectors_, group);
    for (TreeAccumulator& accumulator : accumulators_) accumulator.Join();
    EmitLoop(singles_, 1);
    for (const TreeAccumulator& accumulator : accumulators_)
      singles_.Store(x86::ptr(pointers_[AccessNumber(accumulator.access())].address), accumulator.single());
  }

  void EmitRows() {
    LoadFrame();
    HoistLeaves();
    Hoist(ValueState::kFunction);
    const Label row = cc_.newLabel();
    cc_.bind(row);
    Hoist(ValueState::kRow);
    if (plan_.loops.empty()) {
      EmitBody(singles_, 1, false);
    } else {
      limit_ = cc_.newInt64();
      cc_.mov(limit_, x86::ptr(counts_));
      cc_.add(counts_, Word(FrameLayout::kCountStep));
      cc_.add(limit_, column_);
      BeginTrees();
      if (accumulators_.empty()) {
        const int copies = nest_.Copies();
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
  NestAnalysis nest_;
  const int lanes_;
  X64Emitter vectors_, singles_;
  std::optional<ValueNames> names_;  // for the listing
  const FrameLayout* frame_layout_ = nullptr;
  std::vector<Vector> hoisted_;  // by instruction
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

}  // namespace

FuncNode* EmitNest(const Trace& trace, const NestPlan& plan, const EmitOptions& options,
                   x86::Compiler& compiler, NestCode* code) {
  return NestEmitter(trace, plan, options, compiler).Run(code);
}

}  // namespace lathe
