// Entry, blocks, guards, jumps and exits.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/codegen/loop/x64/loop_emitter.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

namespace x86 = asmjit::x86;

LoopEmitter::LoopEmitter(const Trace& trace, const LoopEmitOptions& options)
    : trace_(trace),
      options_(options),
      flow_(trace),
      fused_(FindFused(trace)),
      allocation_(AllocateRegisters(trace, flow_, fused_, {kGeneralRegisters, kVectorRegisters})) {}

// ---- Planning ---------------------------------------------------------------------------------------
namespace {

bool IsComparison(Op op) { return (op >= Op::kEqual && op <= Op::kGreaterEqual) || op == Op::kInBounds; }

}  // namespace

// Whether a comparison of the value with zero is one instruction: some bits are tested.
bool LoopEmitter::IsBitTest(const Trace& trace, Ref ref) {
  const Instruction& i = trace.at(ref);
  if (!IsInteger(i.dtype) || (i.op != Op::kBitAnd && i.op != Op::kRemainder)) return false;
  const Instruction& y = trace.at(trace.operands(ref)[1]);
  if (y.op != Op::kConst) return false;
  const auto value = static_cast<int64_t>(y.attribute);
  if (value <= 0 || value > INT32_MAX) return false;
  return i.op == Op::kBitAnd || (i.dtype == DType::kInt64 && (value & (value - 1)) == 0);
}

// Whether an exit can compute the value: a sum, or a difference from a constant.
bool LoopEmitter::IsOffset(const Trace& trace, Ref ref) {
  const Instruction& i = trace.at(ref);
  if ((i.op != Op::kAdd && i.op != Op::kSub) || i.dtype != DType::kInt64) return false;
  const std::span<const Ref> x = trace.operands(ref);
  return trace.at(x[0]).op != Op::kConst && (i.op == Op::kAdd || trace.at(x[1]).op == Op::kConst);
}

// Comparisons that are only tested by guards and selections are made there, addresses that an instruction
// can compute are part of it, and so are bits that are compared with zero. Exits compute what only they name.
std::vector<bool> LoopEmitter::FindFused(const Trace& trace) {
  std::vector<bool> fused(trace.size());
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Op op = trace.at(ref).op;
    fused[ref] = IsComparison(op) || op == Op::kLogicalNot ||
                 (op == Op::kAddress && IsFoldable(trace, ref)) || IsBitTest(trace, ref) ||
                 IsOffset(trace, ref);
  }
  // From the end: a negation is fused only if all its uses allow it, and then allows it to its operand.
  for (Ref ref = trace.size(); ref-- > 0;) {
    const Instruction& i = trace.at(ref);
    const std::span<const Ref> operands = trace.operands(ref);
    const size_t snapshot = operands.size() - SnapshotOf(trace, ref).size();
    for (size_t k = 0; k < operands.size(); ++k) {
      const Op op = trace.at(operands[k]).op;
      const bool tested = k == 0 && (i.op == Op::kGuard || i.op == Op::kSelect || i.op == Op::kSelectRare ||
                                     (i.op == Op::kLogicalNot && fused[ref]));
      const bool addressed = op == Op::kAddress && k == 0 && (i.op == Op::kRead || i.op == Op::kWrite);
      const bool compared = k == 0 && (i.op == Op::kEqual || i.op == Op::kNotEqual) && fused[ref] &&
                            trace.at(operands[1]).op == Op::kConst && trace.at(operands[1]).attribute == 0 &&
                            IsBitTest(trace, operands[0]);
      const bool left = k >= snapshot && IsOffset(trace, operands[k]);
      const bool displaced =
          i.op == Op::kAddress && fused[ref] && k > 0 && IsDisplacement(trace, operands[k]);
      if (!tested && !addressed && !compared && !left && !displaced) fused[operands[k]] = false;
    }
  }
  FuseUpdates(trace, &fused);
  return fused;
}

// ---- Places -----------------------------------------------------------------------------------------
asmjit::x86::Gp LoopEmitter::GeneralAt(int index) {
  static constexpr uint32_t kIds[kGeneralRegisters] = {
      x86::Gp::kIdBx, x86::Gp::kIdBp, x86::Gp::kIdR12, x86::Gp::kIdR13, x86::Gp::kIdR14, x86::Gp::kIdSi,
      x86::Gp::kIdDi, x86::Gp::kIdR8, x86::Gp::kIdR9,  x86::Gp::kIdR10, x86::Gp::kIdR11};
  return x86::gpq(kIds[index]);
}

asmjit::x86::Mem LoopEmitter::ContextWord(int word) const { return x86::ptr(x86::r15, 8 * word, 8); }

int64_t LoopEmitter::WordOf(Ref ref) const {
  return static_cast<int64_t>(ExtendedBits(At(ref).dtype, At(ref).attribute));
}

bool LoopEmitter::FitsImmediate(Ref ref) const {
  return IsConstant(ref) && WordOf(ref) == static_cast<int32_t>(WordOf(ref));
}

void LoopEmitter::LoadConstant(Gp to, int64_t value) {
  if (value == 0) {
    // Not xor, which would change the flags that a caller may just have set.
    a_.mov(to.r32(), 0);
  } else if (value == static_cast<int64_t>(static_cast<uint32_t>(value))) {
    a_.mov(to.r32(), static_cast<uint32_t>(value));
  } else {
    a_.mov(to, value);
  }
}

asmjit::x86::Gp LoopEmitter::InGeneral(Ref ref, Gp scratch) {
  const LoopPlace& place = PlaceOf(ref);
  switch (place.kind) {
    case LoopPlace::Kind::kGeneral:
      return GeneralAt(place.index);
    case LoopPlace::Kind::kConstant:
      LoadConstant(scratch, WordOf(ref));
      return scratch;
    default:
      a_.mov(scratch, SlotOf(place));
      return scratch;
  }
}

asmjit::x86::Xmm LoopEmitter::InVector(Ref ref, Xmm scratch) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kVector) return VectorAt(place.index);
  const Mem from = place.kind == LoopPlace::Kind::kConstant ? PoolWord(At(ref).attribute) : SlotOf(place);
  if (options_.avx) {
    a_.vmovsd(scratch, from);
  } else {
    a_.movsd(scratch, from);
  }
  return scratch;
}

asmjit::x86::Gp LoopEmitter::GeneralTarget(Ref ref) const {
  return PlaceOf(ref).kind == LoopPlace::Kind::kGeneral ? GeneralAt(PlaceOf(ref).index) : Gp(x86::rax);
}
asmjit::x86::Xmm LoopEmitter::VectorTarget(Ref ref) const {
  return PlaceOf(ref).kind == LoopPlace::Kind::kVector ? VectorAt(PlaceOf(ref).index) : x86::xmm15;
}

void LoopEmitter::StoreGeneral(Ref ref, Gp from) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kSlot) a_.mov(SlotOf(place), from);
  if (place.kind == LoopPlace::Kind::kGeneral && GeneralAt(place.index).id() != from.id()) {
    a_.mov(GeneralAt(place.index), from);
  }
}

void LoopEmitter::StoreVector(Ref ref, Xmm from) {
  const LoopPlace& place = PlaceOf(ref);
  if (place.kind == LoopPlace::Kind::kSlot) {
    if (options_.avx) {
      a_.vmovsd(SlotOf(place), from);
    } else {
      a_.movsd(SlotOf(place), from);
    }
  }
  if (place.kind == LoopPlace::Kind::kVector) MoveVector(VectorAt(place.index), from);
}

void LoopEmitter::Extend(Gp reg, DType dtype) {
  switch (dtype) {
    case DType::kInt8:
      a_.movsx(reg, reg.r8());
      break;
    case DType::kUInt8:
    case DType::kBool:
      a_.movzx(reg.r32(), reg.r8());
      break;
    case DType::kInt16:
      a_.movsx(reg, reg.r16());
      break;
    case DType::kUInt16:
      a_.movzx(reg.r32(), reg.r16());
      break;
    case DType::kInt32:
      a_.movsxd(reg, reg.r32());
      break;
    case DType::kUInt32:
      a_.mov(reg.r32(), reg.r32());
      break;
    default:
      break;
  }
}

asmjit::Label LoopEmitter::PoolLabel(uint64_t low, uint64_t high, bool wide) {
  auto& pool = wide ? wide_pool_ : pool_;
  for (const auto& [bits, label] : pool) {
    if (bits == std::pair{low, high}) return label;
  }
  pool.push_back({{low, high}, a_.newLabel()});
  return pool.back().second;
}

// ---- The whole --------------------------------------------------------------------------------------
absl::StatusOr<LoopCode> LoopEmitter::Emit() {
  code_.init(asmjit::Environment::host());
  if (options_.keep_listing) {
    code_.setLogger(&logger_);
    names_ = std::make_unique<ValueNames>(trace_);
  }
  code_.attach(&a_);
  blocks_.resize(flow_.blocks().size());
  after_guard_.resize(flow_.blocks().size());
  for (Label& label : blocks_) label = a_.newLabel();
  leave_ = a_.newLabel();
  EmitEntry();
  for (size_t k = 0; k < allocation_.order.size(); ++k) EmitBlock(k);
  if (!status_.ok()) return status_;
  EmitExits();
  result_.listing.assign(logger_.data(), logger_.dataSize());
  absl::StatusOr<CodeBlock> block = InstallCode(code_);
  if (!block.ok()) return block.status();
  result_.code = *std::move(block);
  if (options_.code_map) {
    // EmitEntry: the return address, six registers and eight bytes for alignment.
    const CodeFunction function{0, 64, {3, 6, 12, 13, 14, 15}};
    result_.code.Describe(*options_.code_map, {trace_.name, trace_.file, std::move(lines_), {function}});
  }
  return std::move(result_);
}

void LoopEmitter::EmitEntry() {
  for (const Gp& reg : {x86::rbx, x86::rbp, x86::r12, x86::r13, x86::r14, x86::r15}) a_.push(reg);
  a_.sub(x86::rsp, 8);
  a_.mov(x86::rax, x86::rdi);
  a_.mov(x86::r15, x86::rsi);
  for (Ref ref = 0; ref < trace_.size() && At(ref).op == Op::kParam; ++ref) {
    const Mem input = x86::ptr(x86::rax, static_cast<int32_t>(8 * At(ref).attribute), 8);
    const LoopPlace& place = PlaceOf(ref);
    if (place.kind == LoopPlace::Kind::kGeneral) a_.mov(GeneralAt(place.index), input);
    if (place.kind == LoopPlace::Kind::kVector) {
      if (options_.avx) {
        a_.vmovsd(VectorAt(place.index), input);
      } else {
        a_.movsd(VectorAt(place.index), input);
      }
    }
    if (place.kind == LoopPlace::Kind::kSlot) {
      a_.mov(x86::rcx, input);
      a_.mov(SlotOf(place), x86::rcx);
    }
  }
}

void LoopEmitter::EmitBlock(size_t position) {
  const uint32_t index = allocation_.order[position];
  const FlowBlock& block = flow_.block(index);
  const bool header = block.loop != kNoLoop && flow_.loop(block.loop).header == index;
  const bool tested_at_end = header && BeginsWithTest(block);
  if (header && !tested_at_end) a_.align(asmjit::AlignMode::kCode, 16);
  a_.bind(blocks_[index]);
  bool first = true;
  for (Ref ref = block.body; ref < block.end && status_.ok(); ++ref) {
    const Op op = At(ref).op;
    if (op == Op::kJump) {
      const bool more = position + 1 < allocation_.order.size();
      EmitJump(ref, more ? allocation_.order[position + 1] : kNoBlock);
      continue;
    }
    EmitInstruction(ref);
    if (op == Op::kConst || fused_[ref]) continue;
    if (first && tested_at_end) {
      a_.align(asmjit::AlignMode::kCode, 16);
      after_guard_[index] = a_.newLabel();
      a_.bind(after_guard_[index]);
    }
    first = false;
  }
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
  if (options_.keep_listing) a_.comment(ListingComment(*names_, trace_, ref).c_str());
  if (!options_.code_map || i.line == 0 || (!lines_.empty() && lines_.back().line == i.line)) return;
  lines_.push_back({static_cast<uint32_t>(a_.offset()), i.line});
}

void LoopEmitter::EmitInstruction(Ref ref) {
  if (fused_[ref]) return;
  if (At(ref).op != Op::kConst) MarkLine(ref);
  const bool unused = PlaceOf(ref).kind == LoopPlace::Kind::kNone;
  switch (At(ref).op) {
    case Op::kConst:
      return;
    case Op::kGuard:
      return EmitGuard(ref);
    case Op::kPoll:
      return EmitPoll(ref);
    case Op::kLeave:
      a_.jmp(ExitStub(ref));
      return;
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
  status_ = EmitElementFunction(ref);
}

// ---- Guards and exits -------------------------------------------------------------------------------
// Where an instruction goes that may not go on.
asmjit::Label LoopEmitter::FailureOf(Ref ref) {
  if (HasElseBlock(At(ref))) return blocks_[flow_.FindBlock(At(ref).attribute & 0xffffffff)];
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

asmjit::Label LoopEmitter::ExitStub(Ref ref) {
  ExitSite site;
  site.exit = static_cast<uint32_t>(At(ref).attribute);
  for (const Ref value : SnapshotOf(trace_, ref)) {
    site.values.push_back(ExitValueOf(value));
  }
  stubs_.push_back({a_.newLabel(), result_.sites.size()});
  result_.sites.push_back(std::move(site));
  return stubs_.back().label;
}

void LoopEmitter::EmitGuard(Ref ref) { JumpIf(OperandOf(ref, 0), false, FailureOf(ref)); }

void LoopEmitter::EmitPoll(Ref ref) {
  const auto address = reinterpret_cast<uint64_t>(options_.attention);
  if (address <= INT32_MAX) {
    Mem word = x86::dword_ptr(address);
    word.setAbs();
    a_.cmp(word, 0);
  } else {
    a_.mov(x86::rax, address);
    a_.cmp(x86::dword_ptr(x86::rax), 0);
  }
  a_.jne(FailureOf(ref));
}

void LoopEmitter::EmitExits() {
  for (const Stub& stub : stubs_) {
    a_.bind(stub.label);
    a_.mov(x86::eax, static_cast<uint32_t>(stub.site));
    a_.jmp(leave_);
  }
  a_.bind(leave_);
  for (int k = 0; k < kGeneralRegisters; ++k) a_.mov(ContextWord(LoopContext::kGeneral + k), GeneralAt(k));
  for (int k = 0; k < kVectorRegisters; ++k) {
    if (options_.avx) {
      a_.vmovsd(ContextWord(LoopContext::kVector + k), VectorAt(k));
    } else {
      a_.movsd(ContextWord(LoopContext::kVector + k), VectorAt(k));
    }
  }
  a_.add(x86::rsp, 8);
  for (const Gp& reg : {x86::r15, x86::r14, x86::r13, x86::r12, x86::rbp, x86::rbx}) a_.pop(reg);
  a_.ret();
  a_.align(asmjit::AlignMode::kData, 16);
  for (const auto& [bits, label] : wide_pool_) {
    a_.bind(label);
    const uint64_t words[] = {bits.first, bits.second};
    a_.embed(words, sizeof words);
  }
  for (const auto& [bits, label] : pool_) {
    a_.bind(label);
    a_.embed(&bits.first, sizeof bits.first);
  }
}

// ---- Jumps ------------------------------------------------------------------------------------------
void LoopEmitter::EmitJump(Ref ref, uint32_t next_block) {
  MoveArguments(ref);
  const uint32_t target = flow_.FindBlock(At(ref).attribute);
  if (after_guard_[target].isValid() && EmitInvertedLoop(target)) return;
  if (target != next_block) a_.jmp(blocks_[target]);
}

// Tests the condition that the loop at `target` begins with, so that a turn has one jump only.
bool LoopEmitter::EmitInvertedLoop(uint32_t target) {
  const Ref guard = FirstEmitted(flow_.block(target));
  JumpIf(OperandOf(guard, 0), true, after_guard_[target]);
  a_.jmp(FailureOf(guard));
  return true;
}

void LoopEmitter::MoveArguments(Ref ref) {
  const FlowBlock& target = flow_.block(flow_.FindBlock(At(ref).attribute));
  std::vector<Move> moves;
  for (uint32_t k = 0; k < target.parameter_count(); ++k) {
    const Ref argument = OperandOf(ref, k);
    const LoopPlace& to = PlaceOf(target.parameter(k));
    if (to.kind == LoopPlace::Kind::kNone || PlaceOf(argument) == to) continue;
    moves.push_back({PlaceOf(argument), to, IsConstant(argument) ? argument : kNoRef, At(argument).dtype});
  }
  ParallelMove(std::move(moves));
}

void LoopEmitter::ParallelMove(std::vector<Move> moves) {
  while (!moves.empty()) {
    const auto blocks = [&](const Move& move) {
      return std::any_of(moves.begin(), moves.end(), [&](const Move& other) {
        return &other != &move && other.constant == kNoRef && other.from == move.to;
      });
    };
    const auto ready = std::find_if(moves.begin(), moves.end(), [&](const Move& m) { return !blocks(m); });
    if (ready != moves.end()) {
      EmitMove(*ready);
      moves.erase(ready);
      continue;
    }
    // Only cycles are left. One value steps aside into a scratch register, which no place names.
    Move& first = moves.front();
    const LoopPlace aside = first.from.kind == LoopPlace::Kind::kVector || IsFloat(first.dtype)
                                ? LoopPlace{LoopPlace::Kind::kVector, kVectorRegisters}
                                : LoopPlace{LoopPlace::Kind::kGeneral, -1};
    EmitMove({first.from, aside, kNoRef, first.dtype});
    const LoopPlace moved = first.from;
    for (Move& move : moves) {
      if (move.constant == kNoRef && move.from == moved) move.from = aside;
    }
  }
}

// Places beyond the allocation: vector register 14, and -1 for rcx, hold a value that steps aside.
void LoopEmitter::EmitMove(const Move& move) {
  const auto general = [](const LoopPlace& place) {
    return place.index < 0 ? Gp(x86::rcx) : GeneralAt(place.index);
  };
  using Kind = LoopPlace::Kind;
  if (move.constant != kNoRef) {
    if (move.to.kind == Kind::kGeneral) return LoadConstant(general(move.to), WordOf(move.constant));
    if (move.to.kind == Kind::kVector) {
      const Xmm to = VectorAt(move.to.index);
      if (At(move.constant).attribute == 0) {
        if (options_.avx) {
          a_.vxorps(to, to, to);
        } else {
          a_.xorps(to, to);
        }
        return;
      }
      MoveVector(to, InVector(move.constant, to));
      return;
    }
    LoadConstant(x86::rax, WordOf(move.constant));
    a_.mov(SlotOf(move.to), x86::rax);
    return;
  }
  if (move.from.kind == Kind::kVector || move.to.kind == Kind::kVector) {
    if (move.from.kind == Kind::kVector && move.to.kind == Kind::kVector) {
      return MoveVector(VectorAt(move.to.index), VectorAt(move.from.index));
    }
    if (move.from.kind == Kind::kVector) {
      if (options_.avx) {
        a_.vmovsd(SlotOf(move.to), VectorAt(move.from.index));
      } else {
        a_.movsd(SlotOf(move.to), VectorAt(move.from.index));
      }
    } else if (options_.avx) {
      a_.vmovsd(VectorAt(move.to.index), SlotOf(move.from));
    } else {
      a_.movsd(VectorAt(move.to.index), SlotOf(move.from));
    }
    return;
  }
  if (move.from.kind == Kind::kGeneral && move.to.kind == Kind::kGeneral) {
    a_.mov(general(move.to), general(move.from));
  } else if (move.from.kind == Kind::kGeneral) {
    a_.mov(SlotOf(move.to), general(move.from));
  } else if (move.to.kind == Kind::kGeneral) {
    a_.mov(general(move.to), SlotOf(move.from));
  } else {
    a_.mov(x86::rax, SlotOf(move.from));
    a_.mov(SlotOf(move.to), x86::rax);
  }
}

}  // namespace lathe
