// The lowering of a nest: what does not change is computed before the loops, then rows and columns are
// walked. The body is emitted several times: for the main loop over several vectors, their instructions
// interleaved; for the rest in whole vectors; for single elements. It is the same for all instruction sets;
// what differs is in the target (nest_target.h).
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/emit/nest_analysis.h"
#include "src/codegen/emit/nest_target.h"
#include "src/codegen/emit/op_emitter.h"
#include "src/codegen/emit/tree_accumulator.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/runtime/reduction_order.h"

namespace lathe {

template <NestTarget Target>
class NestLowering {
 public:
  NestLowering(const Trace& trace, const NestPlan& plan, const EmitOptions& options,
               typename Target::Compiler& compiler)
      : trace_(trace),
        plan_(plan),
        nest_(trace, plan),
        lanes_(nest_.Lanes(VectorBytes(options.level))),
        frame_layout_(nest_.PlanFrame()),
        target_(compiler, options.level),
        vectors_(compiler, options.level, nest_.slot(), lanes_),
        singles_(compiler, options.level, nest_.slot(), 1),
        ops_(trace, nest_, frame_layout_, target_, vectors_),
        no_values_(trace.size()) {
    nest_.Fold({.products = options.fp != FpMode::kStrict && vectors_.has_fma(),
                .choices_by_sign = vectors_.can_choose_by_sign(),
                .bits = vectors_.can_fuse_bits()});
    if (options.elsewhere) {
      vectors_.LeaveAddressesOut();
      singles_.LeaveAddressesOut();
    }
    if (options.keep_listing) names_.emplace(trace);
  }

  // Emits the function; `*code` says how to call it.
  asmjit::FuncNode* Run(NestCode* code) {
    code->frame = frame_layout_;
    streams_ = Target::kStreams && nest_.CanStream(lanes_);
    code->streams = streams_;
    asmjit::FuncNode* const function = target_.BeginFunction();
    EmitRows();
    target_.EndFunction();
    return function;
  }

 private:
  using Emitter = typename Target::Emitter;
  using Value = typename Target::Value;
  using Word = typename Target::Word;
  using Memory = typename Target::Memory;
  using Strided = typename Target::Strided;

  struct Pointer {
    Word address;     // element 0, or of a general access the next element
    Strided strided;  // general accesses
  };

  // Says in the listing what the code from here on is of.
  void Comment(Ref ref) {
    if (names_) target_.Comment(ListingComment(*names_, trace_, ref).c_str());
  }

  // ---- The frame
  size_t AccessNumber(const Access& access) const {
    return static_cast<size_t>(&access - plan_.accesses.data());
  }
  bool IsHoistedLoad(const Access& access) const {
    return access.kind == Access::Kind::kLoad && nest_.state(access.instruction) == ValueState::kFunction;
  }
  void LoadFrame() {
    column_ = target_.NewZero();
    rows_ = target_.NewWord(FrameLayout::kRows);
    counts_ = target_.NewWord(FrameLayout::kCounts);
    for (size_t k = 0; k < plan_.accesses.size(); ++k) {
      const Access& access = plan_.accesses[k];
      Pointer pointer;
      if (!IsHoistedLoad(access)) pointer.address = target_.NewWord(FrameLayout::Pointer(k));
      if (access.inner == StrideClass::kGeneral)
        pointer.strided = target_.NewStrided(pointer.address, FrameLayout::Stride(k));
      pointers_.push_back(pointer);
    }
    for (size_t loop = 0; loop < plan_.indices.size(); ++loop) {
      index_.emplace_back();
      if (plan_.index_used[loop]) index_.back() = target_.NewWord(frame_layout_.IndexStart(loop));
    }
  }
  // To the next row.
  void MovePointers() {
    target_.SubtractFrame(column_, FrameLayout::kRewind);
    for (size_t k = 0; k < plan_.accesses.size(); ++k) {
      if (!IsHoistedLoad(plan_.accesses[k])) target_.AddFrame(pointers_[k].address, FrameLayout::Gap(k));
    }
    for (size_t loop = 0; loop < index_.size(); ++loop) {
      if (plan_.index_used[loop]) target_.AddFrame(index_[loop], frame_layout_.IndexStep(loop));
    }
  }

  // ---- What is computed before the loops, and before each row
  void HoistLeaves() {
    std::vector<Ref> leaves = nest_.LeavesByGain([this](const Instruction& constant) {
      return vectors_.ConstantInMemory(constant.dtype, constant.attribute).is_set();
    });
    const auto most = static_cast<size_t>(vectors_.registers_for_constants());
    if (leaves.size() > most) leaves.resize(most);
    for (const Ref ref : leaves) ops_.HoistLeaf(ref);
  }
  void Hoist(ValueState state) {
    if (state == ValueState::kRow) {
      for (size_t loop = 0; loop < index_.size(); ++loop) {
        const bool inner = static_cast<int>(loop) == nest_.inner_loop();
        if (plan_.index_used[loop] && !inner)
          ops_.Hoist(plan_.indices[loop], vectors_.SplatCounter(index_[loop]));
      }
    }
    for (const Ref ref : plan_.body) {
      if (nest_.state(ref) != state || nest_.is_folded(ref)) continue;
      const Instruction& instruction = trace_.at(ref);
      Comment(ref);
      if (instruction.op == Op::kLoad) {
        const auto access = static_cast<size_t>(nest_.first_access(ref));
        const Word address = state == ValueState::kFunction ? target_.NewWord(FrameLayout::Pointer(access))
                                                            : pointers_[access].address;
        ops_.Hoist(ref, vectors_.Splat(instruction.dtype, target_.At(address)));
      } else if (IsElementwise(instruction.op)) {
        ops_.Hoist(ref, ops_.EmitOp(vectors_, no_values_, ref));
      }
      ops_.Begin(0);
    }
  }

  // ---- Bodies
  // Element `copy * lanes` behind the column that a dense access stands at.
  Memory Dense(const Access& access, int copy, int lanes) {
    const size_t k = AccessNumber(access);
    if (!dense_[k].is_set())
      dense_[k] = target_.Column(pointers_[k].address, column_, ItemSize(access.dtype));
    return target_.Element(dense_[k], copy * lanes * ItemSize(access.dtype));
  }
  const Strided& StridedOf(const Access& access) const { return pointers_[AccessNumber(access)].strided; }
  Value EmitLoad(Emitter& emitter, const Access& access, int copy) {
    if (access.inner == StrideClass::kUnit)
      return emitter.Load(access.dtype, Dense(access, copy, emitter.lanes()));
    const Word& address = pointers_[AccessNumber(access)].address;
    if (access.inner == StrideClass::kBroadcast) return emitter.Splat(access.dtype, target_.At(address));
    return emitter.LoadStrided(access.dtype, StridedOf(access));
  }
  void EmitStore(Emitter& emitter, const Access& access, const Value& value, int copy, bool stream) {
    if (access.inner == StrideClass::kUnit) {
      const Memory memory = Dense(access, copy, emitter.lanes());
      return stream ? emitter.StreamingStore(memory, value) : emitter.Store(memory, value);
    }
    if (access.inner == StrideClass::kBroadcast) {
      return singles_.Store(target_.At(pointers_[AccessNumber(access)].address), value);
    }
    emitter.StoreStrided(StridedOf(access), value);
  }

  void EmitAccess(Emitter& emitter, std::vector<Value>& values, const Access& access, int copy, bool stream) {
    switch (access.kind) {
      case Access::Kind::kLoad:
        values[access.instruction] = EmitLoad(emitter, access, copy);
        break;
      case Access::Kind::kStore:
      case Access::Kind::kScratch:
        EmitStore(emitter, access, ops_.ValueOf(values, access.value), copy, stream);
        break;
      case Access::Kind::kRows: {
        const Value operands[] = {EmitLoad(emitter, access, copy), ops_.ValueOf(values, access.value)};
        EmitStore(emitter, access, emitter.Emit(access.combiner, access.dtype, operands, std::nullopt), copy,
                  stream);
        break;
      }
      case Access::Kind::kTree:
        return;  // of all copies together
    }
    if (access.inner == StrideClass::kGeneral) emitter.AdvanceStrided(StridedOf(access));
  }
  // The accumulation of the values of all copies.
  void EmitCombine(Emitter& emitter, const Access& access, int copies) {
    TreeAccumulator<Target>& accumulator =
        *std::find_if(accumulators_.begin(), accumulators_.end(),
                      [&](const TreeAccumulator<Target>& other) { return &other.access() == &access; });
    absl::InlinedVector<Value, 4> combined;
    for (const std::vector<Value>& values : CopiesOf(copies))
      combined.push_back(ops_.ValueOf(values, access.value));
    if (emitter.lanes() > 1) {
      accumulator.Combine(combined);
    } else {
      accumulator.CombineSingle(combined[0]);
    }
  }

  // The body for `copies` vectors of the emitter's lanes, op by op.
  void EmitBody(Emitter& emitter, int copies, bool stream) {
    if (values_.size() < static_cast<size_t>(copies)) values_.resize(static_cast<size_t>(copies));
    for (int copy = 0; copy < copies; ++copy) values_[static_cast<size_t>(copy)].assign(trace_.size(), {});
    dense_.assign(plan_.accesses.size(), {});
    EmitCounter(emitter, copies);
    for (size_t position = 0; position < plan_.body.size(); ++position) {
      const Ref ref = plan_.body[position];
      if (nest_.state(ref) != ValueState::kInner || nest_.is_folded(ref)) continue;
      Comment(ref);
      ops_.Begin(position);
      const int first = nest_.first_access(ref);
      if (first < 0) {
        for (std::vector<Value>& values : CopiesOf(copies)) values[ref] = ops_.EmitOp(emitter, values, ref);
      }
      for (size_t k = static_cast<size_t>(std::max(first, 0));
           first >= 0 && k < plan_.accesses.size() && plan_.accesses[k].instruction == ref; ++k) {
        for (int copy = 0; copy < copies; ++copy)
          EmitAccess(emitter, values_[static_cast<size_t>(copy)], plan_.accesses[k], copy, stream);
        if (plan_.accesses[k].kind == Access::Kind::kTree) EmitCombine(emitter, plan_.accesses[k], copies);
      }
    }
  }
  std::span<std::vector<Value>> CopiesOf(int copies) { return {values_.data(), static_cast<size_t>(copies)}; }
  void EmitCounter(Emitter& emitter, int copies) {
    const int loop = nest_.inner_loop();
    if (loop < 0 || !plan_.index_used[static_cast<size_t>(loop)]) return;
    const Word start = target_.Sum(index_[static_cast<size_t>(loop)], column_);
    const Value splat = emitter.SplatCounter(start);
    for (int copy = 0; copy < copies; ++copy) {
      values_[static_cast<size_t>(copy)][plan_.indices[static_cast<size_t>(loop)]] =
          emitter.CounterAt(splat, copy * emitter.lanes());
    }
  }

  // while (column + elements <= limit) { body; column += elements; }
  void EmitLoop(Emitter& emitter, int copies, bool stream = false) {
    const int elements = emitter.lanes() * copies;
    const asmjit::Label head = target_.NewLabel();
    const asmjit::Label done = target_.NewLabel();
    const Word last = target_.Less(limit_, elements);
    target_.JumpIfGreater(column_, last, done);
    target_.Bind(head);
    EmitBody(emitter, copies, stream);
    target_.Add(column_, elements);
    target_.JumpIfNotGreater(column_, last, head);
    target_.Bind(done);
  }
  // The columns that do not fill a vector.
  void EmitRest() {
    const bool dense = std::none_of(plan_.accesses.begin(), plan_.accesses.end(), [](const Access& access) {
      return access.inner == StrideClass::kGeneral;
    });
    // Lanes that are left out would still be arguments of calls.
    if (!vectors_.can_mask() || !dense || nest_.CallsForeign()) return EmitLoop(singles_, 1);
    if constexpr (Emitter::kMasksRest) {
      const asmjit::Label done = target_.NewLabel();
      const Word count = target_.Difference(limit_, column_, done);
      Emitter rest = vectors_.WithRest(count);
      EmitBody(rest, 1, false);
      target_.Move(column_, limit_);
      target_.Bind(done);
    }
  }
  void EmitMainLoop(int copies) {
    if (!streams_) return EmitLoop(vectors_, copies);
    const asmjit::Label usual = target_.NewLabel();
    const asmjit::Label done = target_.NewLabel();
    target_.JumpIfZero(FrameLayout::kStream, usual);
    EmitLoop(vectors_, copies, true);
    target_.FenceStreams();
    target_.Jump(done);
    target_.Bind(usual);
    EmitLoop(vectors_, copies);
    target_.Bind(done);
  }
  // ---- Reductions over the columns
  void BeginTrees() {
    accumulators_.clear();
    for (const Access& access : plan_.accesses) {
      if (access.kind == Access::Kind::kTree) accumulators_.emplace_back(target_, access, vectors_, singles_);
    }
  }
  void EmitTreeLoops() {
    const int group = static_cast<int>(kTreeLanes) / lanes_;
    if (nest_.Copies() > group) EmitLoop(vectors_, nest_.Copies());
    EmitLoop(vectors_, group);
    for (TreeAccumulator<Target>& accumulator : accumulators_) accumulator.Join();
    EmitLoop(singles_, 1);
    for (const TreeAccumulator<Target>& accumulator : accumulators_)
      singles_.Store(target_.At(pointers_[AccessNumber(accumulator.access())].address), accumulator.single());
  }

  void EmitRows() {
    LoadFrame();
    HoistLeaves();
    Hoist(ValueState::kFunction);
    const asmjit::Label row = target_.NewLabel();
    target_.Bind(row);
    Hoist(ValueState::kRow);
    if (plan_.loops.empty()) {
      EmitBody(singles_, 1, false);
    } else {
      limit_ = target_.NewWordAt(counts_);
      target_.AddFrame(counts_, FrameLayout::kCountStep);
      target_.Add(limit_, column_);
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
    target_.CountDown(rows_, row);
  }

  const Trace& trace_;
  const NestPlan& plan_;
  NestAnalysis nest_;
  const int lanes_;
  const FrameLayout frame_layout_;
  Target target_;
  Emitter vectors_, singles_;
  OpEmitter<Target> ops_;
  std::optional<ValueNames> names_;  // for the listing
  std::vector<Value> no_values_;
  std::vector<std::vector<Value>> values_;          // by copy
  std::vector<Pointer> pointers_;                   // by access
  std::vector<typename Target::ColumnBase> dense_;  // by access, of the body being emitted
  std::vector<Word> index_;                         // by loop
  std::vector<TreeAccumulator<Target>> accumulators_;
  Word rows_, counts_, column_, limit_;
  bool streams_ = false;
};

}  // namespace lathe
