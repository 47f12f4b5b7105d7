// The recorder's state: variables, snapshots, guards, and the dispatch to what records an instruction.
#include "src/script/loop_recorder/loop_recorder.h"

#include "absl/strings/str_cat.h"
#include "src/recorder/log/phase_clock.h"

namespace lathe::script {

LoopRecorder::LoopRecorder(Vm& vm, RecordingHost& host, LoopGraph& graph, ArrayStatements& arrays,
                           CodeObject* code, uint32_t header)
    : vm_(vm),
      host_(host),
      graph_(graph),
      root_code_(code),
      header_(header),
      loop_end_(host.AnalysisOf(code).LoopEnd(header)),
      arrays_(arrays) {
  arrays_.UseFacts(&state_.facts);
  graph_.known_objects().clear();
}

// ---- Begin and end ----------------------------------------------------------------------------------
void LoopRecorder::BeginRoot() {
  root_frame_ = vm_.frame_count_ - 1;
  const Frame& vm_frame = VmFrame();
  FrameState root;
  root.code = Ref<CodeObject>(root_code_);
  root.module = vm_frame.module;
  root.pc = header_;
  root.registers.resize(static_cast<size_t>(vm_.stack_top_ - vm_frame.slots));
  state_.frames.push_back(std::move(root));
  Segment& header = graph_.segments()[kRootHeader];
  header.resume_exit = ExitHere(ExitReason::kResume);
}

void LoopRecorder::BeginSide(int32_t exit) {
  const GraphExit& from = graph_.exits()[static_cast<size_t>(exit)];
  state_ = *from.snapshot;
  root_frame_ = vm_.frame_count_ - state_.frames.size();
  graph_.SetCurrent(graph_.AddSegment());
  if (HasForeignPending()) Abort(AbortReason::kInnerLoop, "it has left array expressions");
}

std::string_view NameOf(AbortReason reason) {
  static constexpr std::string_view kNames[] = {
#define ABORT_REASON(ID, TEXT) #ID,
#include "src/script/loop_recorder/abort_reasons.def"
#undef ABORT_REASON
  };
  return kNames[static_cast<size_t>(reason)];
}

Abortion MakeAbortion(AbortReason reason, std::string_view what) {
  static constexpr std::string_view kTexts[] = {
#define ABORT_REASON(ID, TEXT) TEXT,
#include "src/script/loop_recorder/abort_reasons.def"
#undef ABORT_REASON
  };
  if (reason == AbortReason::kOperation) return {reason, std::string(what)};
  std::string text(kTexts[static_cast<size_t>(reason)]);
  if (!what.empty()) text.append(": ").append(what);
  return {reason, std::move(text)};
}

bool LoopRecorder::Abort(AbortReason reason, std::string_view what) {
  if (aborted_.text.empty()) aborted_ = MakeAbortion(reason, what);
  return false;
}

bool LoopRecorder::Failed() {
  if (std::exchange(raises_, false)) return true;
  Abort(AbortReason::kException);
  Finish();
  return false;
}

void LoopRecorder::Finish() { host_.Finished(aborted_); }

// One instruction, not yet run.
bool LoopRecorder::Before() {
  if (asked_ && vm_.frame_count_ - root_frame_ == state_.frames.size()) AfterNext();
  const PhaseScope phase(Phase::record);
  if (vm_.frame_count_ - root_frame_ != state_.frames.size()) {
    Abort(AbortReason::kUnfollowed, "a call into the interpreter");
    Finish();
    return false;
  }
  const Frame& vm_frame = VmFrame();
  const auto pc = static_cast<uint32_t>(vm_frame.pc - vm_frame.code->instructions.data());
  if (vm_frame.code != frame().code.get() || pc != frame().pc) {
    Abort(AbortReason::kUnfollowed);
    Finish();
    return false;
  }
  snapshot_ = nullptr;
  const std::vector<Abstract>& registers = frame().registers;
  if (!registers.empty() && registers.back().Is(AbstractKind::kBoxed) && !Unbox()) {
    Finish();
    return false;
  }
  if (state_.frames.size() == 1 && (pc < header_ || pc >= loop_end_)) {
    left_loop_ = true;
    Abort(AbortReason::kLeavesLoop);
  } else if (++recorded_ > host_.limits().instructions) {
    Abort(AbortReason::kTooLong);
  } else if (static_cast<int64_t>(graph_.size()) > host_.limits().nodes) {
    Abort(AbortReason::kTooLarge);
  } else {
    const CodeAnalysis& analysis = host_.AnalysisOf(vm_frame.code);
    // Where a recording begins it has not arrived: the exit may have been at the loop's own header.
    const bool arrived =
        !at_start_ && (analysis.IsHeader(pc) ? AtHeader() : analysis.IsMerge(pc) && AtMerge());
    if (arrived) {
      Finish();
      return false;
    }
    // Running an inner loop has taken the VM elsewhere: its next instruction comes here anew.
    if (!aborted() && returned_here_) {
      returned_here_ = false;
      at_start_ = true;
      return Before();
    }
  }
  at_start_ = false;
  if (!aborted()) {
    const Frame& now = VmFrame();
    const uint32_t at = frame().pc;
    const Instruction& i = now.code->instructions[at];
    graph_.SetLine(static_cast<uint32_t>(now.code->RangeOf(at).line));
    if (Record(i)) return true;
    if (!aborted()) Abort("an instruction that cannot be recorded");
    aborted_.text += absl::StrCat(", line ", now.code->RangeOf(at).line);
  }
  Finish();
  return false;
}

// ---- State ------------------------------------------------------------------------------------------
const Frame& LoopRecorder::VmFrame() const { return vm_.frames_[vm_.frame_count_ - 1]; }
const Value* LoopRecorder::RootSlots() const { return vm_.frames_[root_frame_].slots; }

const Value& LoopRecorder::Actual(size_t below) const {
  return vm_.stack_top_[-1 - static_cast<std::ptrdiff_t>(below)];
}

Abstract& LoopRecorder::Register(size_t index) {
  Abstract& value = frame().registers[index];
  if (value.kind == AbstractKind::kUnloaded && state_.frames.size() == 1) {
    const Location location{Location::Kind::kRegister, nullptr, static_cast<uint32_t>(index)};
    value = LoadEntry(location);
  }
  return value;
}

Abstract& LoopRecorder::Operand(size_t below) { return Register(frame().registers.size() - 1 - below); }

Abstract& LoopRecorder::Variable(const Location& location) {
  Abstract* known = state_.Find(location);
  if (!known) {
    if (location.owner) graph_.Keep(Value(location.owner));
    state_.variables.emplace_back(location, Abstract());
    known = &state_.variables.back().second;
  }
  if (known->kind == AbstractKind::kUnloaded) {
    const Abstract loaded = LoadEntry(location);
    known = state_.Find(location);
    *known = loaded;
  }
  return *known;
}

// What a variable held when the root's header was reached, as the header's parameters have it.
Abstract LoopRecorder::LoadEntry(const Location& location) {
  for (const Entrance& entrance : graph_.entrances()) {
    if (entrance.location == location) return entrance.value;
  }
  for (const EntryItem& item : graph_.entry()) {
    if (item.location == location) return item.value;
  }
  snapshot_ = nullptr;
  std::vector<EntryItem> objects;
  const auto is_live = [this](CodeObject* code, uint32_t instruction, size_t slot) {
    return host_.AnalysisOf(code).IsLive(instruction, slot);
  };
  const std::span slots(RootSlots(), static_cast<size_t>(root_code_->slot_count));
  const Abstract value =
      AddEntry(location, LoadValue(ValueAt(location, RootSlots()), graph_, slots, is_live, &objects));
  for (const EntryItem& object : objects) AddEntry(object.location, object.value);
  return value;
}

// Makes the root's header take a variable.
Abstract LoopRecorder::AddEntry(const Location& location, const Abstract& entry) {
  graph_.entry().push_back({location, entry});
  if (entry.kind == AbstractKind::kConstant) return entry;
  const Abstract value =
      MapRefs(entry, [this](Node, DType dtype) { return graph_.AddParameter(kRootHeader, dtype); });
  graph_.entrances().push_back({location, value});
  return value;
}

std::shared_ptr<const State> LoopRecorder::Snapshot() {
  if (!snapshot_) {
    auto copy = std::make_shared<State>(state_);
    ForgetDead(copy.get());
    snapshot_ = std::move(copy);
  }
  return snapshot_;
}

// ---- Emission ---------------------------------------------------------------------------------------
Node LoopRecorder::Not(Node condition) {
  const GraphNode node = graph_.node(condition);
  const std::vector<Node> operands(graph_.operands(condition).begin(), graph_.operands(condition).end());
  const auto flip = [&](Op op) { return Compare(op, operands[0], operands[1]); };
  const bool integers = !operands.empty() && !IsFloat(graph_.node(operands[0]).dtype);
  switch (node.op) {
    case Op::kEqual:
      return flip(Op::kNotEqual);
    case Op::kNotEqual:
      return flip(Op::kEqual);
    // With a NaN both a comparison of order and its reverse are false.
    case Op::kLess:
      if (integers) return flip(Op::kGreaterEqual);
      break;
    case Op::kGreaterEqual:
      if (integers) return flip(Op::kLess);
      break;
    case Op::kGreater:
      if (integers) return flip(Op::kLessEqual);
      break;
    case Op::kLessEqual:
      if (integers) return flip(Op::kGreater);
      break;
    case Op::kLogicalNot:
      return operands[0];
    default:
      break;
  }
  return Emit(Op::kLogicalNot, DType::kBool, {condition});
}

bool LoopRecorder::Guard(Node condition, bool expected, ExitReason reason) {
  if (graph_.IsConstant(condition)) {
    return (graph_.node(condition).attribute != 0) == expected ||
           Abort(AbortReason::kNeverHolds, std::string(ReasonText(reason)));
  }
  const Node holds = expected ? condition : Not(condition);
  const Node operands[] = {holds};
  graph_.EmitList(Op::kGuard, DType::kBool, operands, 0, ExitHere(reason));
  return true;
}

Node LoopRecorder::Checked(Op op, Node x, Node y) {
  if (graph_.IsConstant(x) && graph_.IsConstant(y)) {
    int64_t result = 0;
    const int64_t a = graph_.IntOf(x), b = graph_.IntOf(y);
    const bool overflows = op == Op::kCheckedAdd   ? __builtin_add_overflow(a, b, &result)
                           : op == Op::kCheckedSub ? __builtin_sub_overflow(a, b, &result)
                                                   : __builtin_mul_overflow(a, b, &result);
    if (!overflows) return Int(result);
  }
  const Node operands[] = {x, y};
  return graph_.EmitList(op, DType::kInt64, operands, 0, ExitHere(ExitReason::kOverflow));
}

Node LoopRecorder::Cast(Node x, DType to) {
  return graph_.node(x).dtype == to ? x : Emit(Op::kCast, to, {x});
}

// ---- Dispatch ---------------------------------------------------------------------------------------
bool LoopRecorder::Record(const Instruction& i) {
  bool ok = false;
  const uint32_t pc = frame().pc;
  const size_t depth = state_.frames.size();
  bool followed;
  if (!FollowSpecial(i, &followed)) return false;
  if (followed) return !aborted();
  bool fails = false;
  if (!RecordFailure(i, &fails)) return false;
  if (fails) return true;
  switch (i.op) {
    case Bytecode::kAdd:
    case Bytecode::kSubtract:
    case Bytecode::kMultiply:
    case Bytecode::kDivide:
    case Bytecode::kFloorDivide:
    case Bytecode::kModulo:
    case Bytecode::kPower:
    case Bytecode::kMatmul:
    case Bytecode::kLeftShift:
    case Bytecode::kRightShift:
    case Bytecode::kBitAnd:
    case Bytecode::kBitOr:
    case Bytecode::kBitXor: {
      Abstract result;
      const Abstract y = Operand(0), x = Operand(1);
      const bool container =
          Actual(1).As<ListObject>() || Actual(1).As<SetObject>() || Actual(1).As<DictObject>();
      if (i.a == 1 && container) {
        ok = NativeInPlace(i.op);
        break;
      }
      if (i.a == 1 && x.IsArrayLike()) {
        ok = ArrayInPlace(i.op, x, Actual(1), Actual(0));
        break;
      }
      bool done = false;
      if (i.op == Bytecode::kAdd && !AddTexts(x, y, i.a == 1, &result, &done)) break;
      if (!done && !CombineLists(i.op, x, y, &result, &done)) break;
      ok = (done || Binary(i.op, x, y, Actual(1), Actual(0), &result)) && Replace(2, std::move(result));
      break;
    }
    case Bytecode::kNegative:
    case Bytecode::kPositive:
    case Bytecode::kInvert: {
      Abstract result;
      const Abstract x = Operand(0);
      ok = Unary(i.op, x, Actual(0), &result) && Replace(1, std::move(result));
      break;
    }
    case Bytecode::kNot: {
      Node truth;
      const Abstract x = Operand(0);
      ok = Truth(x, Actual(0), &truth) && Replace(1, Abstract::Bool(Not(truth)));
      break;
    }
    case Bytecode::kLess:
    case Bytecode::kLessEqual:
    case Bytecode::kEqual:
    case Bytecode::kNotEqual:
    case Bytecode::kGreater:
    case Bytecode::kGreaterEqual: {
      Abstract result;
      const Abstract y = Operand(0), x = Operand(1);
      ok = (x.IsArrayLike() || y.IsArrayLike() ? ArrayOperator(i.op, x, y, Actual(1), Actual(0), &result)
                                               : Comparison(i.op, x, y, Actual(1), Actual(0), &result)) &&
           Replace(2, std::move(result));
      break;
    }
    case Bytecode::kLoadSubscript: {
      Abstract result;
      const Abstract index = Operand(0);
      Abstract x = Operand(1);
      if (x.Is(AbstractKind::kPending) && !ComputePending(0, &x)) break;
      ok = GetItem(x, index, Actual(1), Actual(0), &result) && Replace(2, std::move(result));
      break;
    }
    case Bytecode::kStoreSubscript: {
      const Abstract index = Operand(0), value = Operand(2);
      Abstract x = Operand(1);
      if (x.Is(AbstractKind::kPending) && !ComputePending(3, &x)) break;
      ok = SetItem(x, index, value, Actual(1), Actual(0), Actual(2));
      if (ok) Drop(3);
      break;
    }
    default:
      ok = RecordVariable(i) || (!aborted() && RecordStack(i)) || (!aborted() && RecordObject(i)) ||
           (!aborted() && RecordFlow(i));
      break;
  }
  // Jumps, calls and returns have set the next instruction themselves.
  if (asked_) return ok && !aborted();
  if (ok && state_.frames.size() == depth && frame().pc == pc) ++frame().pc;
  return ok && !aborted();
}

}  // namespace lathe::script
