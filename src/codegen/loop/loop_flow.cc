// Entry, blocks, guards, jumps and exits.
#include "absl/strings/str_cat.h"
#include "src/codegen/loop/loop_emitter.h"
#include "src/codegen/loop/loop_plan.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

LoopEmitter::LoopEmitter(const Trace& trace, const LoopEmitOptions& options, const LoopTarget& target)
    : trace_(trace),
      options_(options),
      target_(target),
      flow_(trace),
      fused_(FindFused(trace, target.memory_operands)),
      allocation_(AllocateRegisters(trace, flow_, fused_, target.registers())) {}

void LoopEmitter::Errors::handleError(asmjit::Error error, const char* message, asmjit::BaseEmitter*) {
  if (!status.ok()) return;
  status = error == asmjit::kErrorInvalidDisplacement
               ? absl::ResourceExhaustedError("the loop's code is too long for the jumps in it")
               : absl::InternalError(absl::StrCat("writing code: ", message));
}

void LoopEmitter::Fail(absl::Status status) {
  if (errors_.status.ok()) errors_.status = std::move(status);
}

// ---- The whole --------------------------------------------------------------------------------------
absl::Status LoopEmitter::EmitCode() {
  const asmjit::Arch host = asmjit::Environment::host().arch();
  code_.init(arch() == host ? asmjit::Environment::host() : asmjit::Environment(arch()));
  code_.setErrorHandler(&errors_);
  if (options_.keep_listing) {
    code_.setLogger(&logger_);
    names_ = std::make_unique<ValueNames>(trace_);
  }
  code_.attach(&out());
  blocks_.resize(flow_.blocks().size());
  after_guard_.resize(flow_.blocks().size());
  for (Label& label : blocks_) label = out().newLabel();
  leave_ = out().newLabel();
  Enter();
  EmitParameters();
  for (size_t k = 0; k < allocation_.order.size() && errors_.status.ok(); ++k) EmitBlock(k);
  if (errors_.status.ok()) EmitExits();
  result_.listing = Readable(std::string(logger_.data(), logger_.dataSize()));
  return errors_.status;
}

absl::StatusOr<LoopCode> LoopEmitter::Emit() {
  if (const absl::Status status = EmitCode(); !status.ok()) return status;
  absl::StatusOr<CodeBlock> block = InstallCode(code_);
  if (!block.ok()) return block.status();
  result_.code = *std::move(block);
  if (options_.code_map) {
    const CodeFunction function{0, target_.frame_bytes, {target_.pushed.begin(), target_.pushed.end()}};
    result_.code.Describe(*options_.code_map, {trace_.name, trace_.file, std::move(lines_), {function}});
  }
  return std::move(result_);
}

absl::StatusOr<std::string> LoopEmitter::EmitBytes() {
  if (const absl::Status status = EmitCode(); !status.ok()) return status;
  return BytesOf(code_);
}

void LoopEmitter::EmitParameters() {
  for (Ref ref = 0; ref < trace_.size() && At(ref).op == Op::kParam; ++ref) {
    const Word input{target_.inputs, static_cast<int>(At(ref).attribute)};
    const LoopPlace& place = PlaceOf(ref);
    if (place.kind == LoopPlace::Kind::kGeneral) Load(GeneralAt(place), input);
    if (place.kind == LoopPlace::Kind::kVector) LoadFloat(VectorAt(place), input);
    if (place.kind == LoopPlace::Kind::kSlot) {
      Load(target_.general_scratch[1], input);
      Save(SlotOf(place), target_.general_scratch[1]);
    }
  }
}

void LoopEmitter::EmitBlock(size_t position) {
  const uint32_t index = allocation_.order[position];
  const FlowBlock& block = flow_.block(index);
  const bool header = block.loop != kNoLoop && flow_.loop(block.loop).header == index;
  const bool tested_at_end = header && BeginsWithTest(block);
  if (header && !tested_at_end) out().align(asmjit::AlignMode::kCode, 16);
  out().bind(blocks_[index]);
  const bool more = position + 1 < allocation_.order.size();
  const uint32_t next_block = more ? allocation_.order[position + 1] : kNoBlock;
  bool first = true;
  for (Ref ref = block.body; ref < block.end && errors_.status.ok(); ++ref) {
    const Op op = At(ref).op;
    if (op == Op::kJump) {
      EmitJump(ref, next_block);
      continue;
    }
    if (FailsIntoNext(ref, next_block)) return EmitInvertedGuard(ref);
    EmitInstruction(ref);
    if (op == Op::kConst || fused_[ref]) continue;
    if (first && tested_at_end) {
      out().align(asmjit::AlignMode::kCode, 16);
      after_guard_[index] = out().newLabel();
      out().bind(after_guard_[index]);
    }
    first = false;
  }
}

// Whether the guard is directly before a jump that moves nothing, and its else block comes next: then one
// conditional jump does for both.
bool LoopEmitter::FailsIntoNext(Ref guard, uint32_t next_block) const {
  const Ref jump = guard + 1;
  if (At(guard).op != Op::kGuard || !HasElseBlock(At(guard)) || At(jump).op != Op::kJump) return false;
  const uint32_t target = flow_.FindBlock(At(jump).attribute);
  return ElseBlockOf(guard) == next_block && target != next_block && !after_guard_[target].isValid() &&
         MovesOf(jump).empty();
}

void LoopEmitter::EmitInvertedGuard(Ref guard) {
  MarkLine(guard);
  JumpIf(OperandOf(guard, 0), true, blocks_[flow_.FindBlock(At(guard + 1).attribute)]);
}

// The first instruction of a block that becomes machine code.
Ref LoopEmitter::FirstEmitted(const FlowBlock& block) const {
  Ref ref = block.body;
  while (At(ref).op == Op::kConst || fused_[ref]) ++ref;
  return ref;
}

// A loop that begins with a test of its condition is tested at its end as well.
bool LoopEmitter::BeginsWithTest(const FlowBlock& header) const {
  const Ref first = FirstEmitted(header);
  return At(first).op == Op::kGuard && fused_[OperandOf(first, 0)];
}

// Says in the listing, and to the code map, what the code from here on is of.
void LoopEmitter::MarkLine(Ref ref) {
  const Instruction& i = At(ref);
  if (options_.keep_listing) out().comment(ListingComment(*names_, trace_, ref).c_str());
  if (!options_.code_map || i.line == 0 || (!lines_.empty() && lines_.back().line == i.line)) return;
  lines_.push_back({static_cast<uint32_t>(out().offset()), i.line});
}

void LoopEmitter::EmitInstruction(Ref ref) {
  if (fused_[ref]) return;
  if (At(ref).op != Op::kConst) MarkLine(ref);
  const bool unused = PlaceOf(ref).kind == LoopPlace::Kind::kNone;
  switch (At(ref).op) {
    case Op::kConst:
      return;
    case Op::kGuard:
      return JumpIf(OperandOf(ref, 0), false, FailureOf(ref));
    case Op::kPoll:
      return JumpIfAttention(reinterpret_cast<uint64_t>(options_.attention), FailureOf(ref));
    case Op::kLeave:
      return Jump(ExitStub(ref));
    case Op::kCheckedAdd:
    case Op::kCheckedSub:
    case Op::kCheckedMul:
      return EmitChecked(ref);
    case Op::kAddress:
      if (!unused) EmitAddress(ref);
      return;
    case Op::kRead:
      if (!unused) EmitRead(ref);
      return;
    case Op::kWrite:
      return EmitWrite(ref);
    case Op::kCall:
      return EmitCall(ref);
    case Op::kInvoke:
      return EmitInvoke(ref);
    default:
      break;
  }
  if (TakesFunction(At(ref).op) && !(unused && IsPure(At(ref).op))) return EmitForeign(ref);
  if (unused || EmitFloat(ref) || EmitInteger(ref)) return;
  EmitElementFunction(ref);
}

// ---- Guards and exits -------------------------------------------------------------------------------
uint32_t LoopEmitter::ElseBlockOf(Ref guard) const {
  return flow_.FindBlock(At(guard).attribute & 0xffffffff);
}

LoopEmitter::Label LoopEmitter::FailureOf(Ref ref) {
  if (HasElseBlock(At(ref))) return blocks_[ElseBlockOf(ref)];
  return ExitStub(ref);
}

ExitValue LoopEmitter::ExitValueOf(Ref ref) const {
  ExitValue value;
  value.dtype = At(ref).dtype;
  if (!fused_[ref]) {
    value.place = PlaceOf(ref);
    if (IsConstant(ref)) value.constant = static_cast<uint64_t>(WordOf(ref));
    return value;
  }
  const std::span<const Ref> x = trace_.operands(ref);
  value.place = PlaceOf(x[0]);
  if (!IsConstant(x[1])) {
    value.added = PlaceOf(x[1]);
  } else {
    const auto offset = static_cast<uint64_t>(WordOf(x[1]));
    value.constant = At(ref).op == Op::kAdd ? offset : 0 - offset;
  }
  return value;
}

LoopEmitter::Label LoopEmitter::ExitStub(Ref ref) {
  ExitSite site;
  site.exit = static_cast<uint32_t>(At(ref).attribute);
  for (const Ref value : SnapshotOf(trace_, ref)) {
    site.values.push_back(ExitValueOf(value));
  }
  stubs_.push_back({out().newLabel(), result_.sites.size()});
  result_.sites.push_back(std::move(site));
  return stubs_.back().label;
}

void LoopEmitter::EmitExits() {
  for (const Stub& stub : stubs_) {
    out().bind(stub.label);
    SetSite(static_cast<uint32_t>(stub.site));
    Jump(leave_);
  }
  out().bind(leave_);
  DumpRegisters();
  Return();
  EmitPool();
}

void LoopEmitter::DumpRegisters() {
  const LoopTarget::List general = target_.general, vector = target_.vector;
  for (size_t k = 0; k < general.size(); k += 2) {
    const Word word = ContextWord(LoopContext::kGeneral + static_cast<int>(k));
    k + 1 < general.size() ? SaveTwo(word, general[k], general[k + 1]) : Save(word, general[k]);
  }
  for (size_t k = 0; k < vector.size(); k += 2) {
    const Word word = ContextWord(LoopContext::kVector + static_cast<int>(k));
    k + 1 < vector.size() ? SaveTwoFloats(word, vector[k], vector[k + 1]) : SaveFloat(word, vector[k]);
  }
}

void LoopEmitter::SaveTwo(Word to, Register first, Register second) {
  Save(to, first);
  Save({to.base, to.index + 1}, second);
}

void LoopEmitter::SaveTwoFloats(Word to, Register first, Register second) {
  SaveFloat(to, first);
  SaveFloat({to.base, to.index + 1}, second);
}

// ---- Jumps ------------------------------------------------------------------------------------------
void LoopEmitter::EmitJump(Ref ref, uint32_t next_block) {
  ParallelMove(MovesOf(ref));
  const uint32_t target = flow_.FindBlock(At(ref).attribute);
  if (after_guard_[target].isValid()) return EmitInvertedLoop(target, next_block);
  if (target != next_block) Jump(blocks_[target]);
}

// Tests the condition that the loop at `target` begins with, so that a turn has one jump only.
void LoopEmitter::EmitInvertedLoop(uint32_t target, uint32_t next_block) {
  const Ref guard = FirstEmitted(flow_.block(target));
  JumpIf(OperandOf(guard, 0), true, after_guard_[target]);
  if (!HasElseBlock(At(guard)) || ElseBlockOf(guard) != next_block) Jump(FailureOf(guard));
}

}  // namespace lathe
