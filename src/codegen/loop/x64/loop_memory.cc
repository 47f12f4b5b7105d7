// Addresses, element reads and writes, and calls.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/codegen/loop/x64/loop_emitter.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/ir/foreign.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/type_rules.h"

namespace lathe {

namespace x86 = asmjit::x86;

namespace {

// The parts of base + i*s + ...: at most one register with a scale, and a displacement.
struct AddressParts {
  Ref base = kNoRef;
  Ref index = kNoRef;
  int64_t scale = 1;
  int64_t displacement = 0;
};

// `fused`: an index that is an offset from another value, and has no place of its own, adds to the
// displacement.
bool FindParts(const Trace& trace, const std::vector<bool>& fused, Ref address, AddressParts* parts) {
  const std::span<const Ref> operands = trace.operands(address);
  const auto word = [&](Ref ref) { return static_cast<int64_t>(trace.at(ref).attribute); };
  const auto constant = [&](Ref ref) { return trace.at(ref).op == Op::kConst; };
  if (constant(operands[0])) return false;
  parts->base = operands[0];
  for (size_t k = 1; k + 1 < operands.size(); k += 2) {
    const Ref i = operands[k], s = operands[k + 1];
    if (constant(i) && constant(s)) {
      int64_t product;
      if (__builtin_mul_overflow(word(i), word(s), &product) ||
          __builtin_add_overflow(parts->displacement, product, &parts->displacement)) {
        return false;
      }
      continue;
    }
    if (parts->index != kNoRef) return false;
    const Ref index = constant(s) ? i : constant(i) ? s : kNoRef;
    if (index == kNoRef) return false;
    parts->index = index;
    parts->scale = word(constant(s) ? s : i);
    if (parts->scale != 1 && parts->scale != 2 && parts->scale != 4 && parts->scale != 8) return false;
    if (!fused.empty() && fused[index]) {
      const int64_t offset = word(trace.operands(index)[1]);
      parts->index = trace.operands(index)[0];
      parts->displacement += parts->scale * (trace.at(index).op == Op::kAdd ? offset : -offset);
    }
  }
  return parts->displacement >= INT32_MIN / 2 && parts->displacement <= INT32_MAX / 2;
}

}  // namespace

bool LoopEmitter::IsFoldable(const Trace& trace, Ref address) {
  AddressParts parts;
  return FindParts(trace, {}, address, &parts);
}

// Whether an address that is part of an instruction can take the value along as a displacement.
bool LoopEmitter::IsDisplacement(const Trace& trace, Ref ref) {
  constexpr int64_t kMost = 1 << 20;
  if (!IsOffset(trace, ref)) return false;
  const Instruction& y = trace.at(trace.operands(ref)[1]);
  const auto offset = static_cast<int64_t>(y.attribute);
  return y.op == Op::kConst && offset >= -kMost && offset <= kMost;
}

// The memory at an address: computed by the instruction itself, or in a register. Uses rdx and rcx.
asmjit::x86::Mem LoopEmitter::AddressOf(Ref address) {
  if (!fused_[address]) return x86::ptr(InGeneral(address, x86::rdx));
  AddressParts parts;
  FindParts(trace_, fused_, address, &parts);
  const Gp base = InGeneral(parts.base, x86::rdx);
  const auto displacement = static_cast<int32_t>(parts.displacement);
  if (parts.index == kNoRef) return x86::ptr(base, displacement);
  const Gp index = InGeneral(parts.index, x86::rcx);
  const uint32_t shift = parts.scale == 1 ? 0 : parts.scale == 2 ? 1 : parts.scale == 4 ? 2 : 3;
  return x86::ptr(base, index, shift, displacement);
}

void LoopEmitter::EmitAddress(Ref ref) {
  AddressParts parts;
  if (FindParts(trace_, fused_, ref, &parts)) {
    fused_[ref] = true;
    const Mem memory = AddressOf(ref);
    fused_[ref] = false;
    const Gp to = GeneralTarget(ref);
    a_.lea(to, memory);
    return StoreGeneral(ref, to);
  }
  const std::span<const Ref> operands = trace_.operands(ref);
  const Gp base = InGeneral(operands[0], x86::rax);
  if (base.id() != x86::rax.id()) a_.mov(x86::rax, base);
  for (size_t k = 1; k + 1 < operands.size(); k += 2) {
    Ref i = operands[k], s = operands[k + 1];
    if (IsConstant(i)) std::swap(i, s);
    const Gp index = InGeneral(i, x86::rdx);
    if (FitsImmediate(s)) {
      if (WordOf(s) == 1) {
        a_.add(x86::rax, index);
        continue;
      }
      if (WordOf(s) == 2 || WordOf(s) == 4 || WordOf(s) == 8) {
        a_.lea(x86::rax, x86::ptr(x86::rax, index, WordOf(s) == 2 ? 1U : WordOf(s) == 4 ? 2U : 3U));
        continue;
      }
      a_.imul(x86::rdx, index, static_cast<int32_t>(WordOf(s)));
    } else {
      if (index.id() != x86::rdx.id()) a_.mov(x86::rdx, index);
      a_.imul(x86::rdx, InGeneral(s, x86::rcx));
    }
    a_.add(x86::rax, x86::rdx);
  }
  StoreGeneral(ref, x86::rax);
}

void LoopEmitter::EmitRead(Ref ref) {
  Mem from = AddressOf(OperandOf(ref, 0));
  const DType dtype = At(ref).dtype;
  from.setSize(static_cast<uint32_t>(ItemSize(dtype)));
  if (IsFloat(dtype)) {
    const Xmm to = VectorTarget(ref);
    if (dtype == DType::kFloat32) {
      options_.avx ? a_.vmovss(to, from) : a_.movss(to, from);
    } else {
      options_.avx ? a_.vmovsd(to, from) : a_.movsd(to, from);
    }
    return StoreVector(ref, to);
  }
  const Gp to = GeneralTarget(ref);
  switch (dtype) {
    case DType::kInt8:
    case DType::kInt16:
      a_.movsx(to, from);
      break;
    case DType::kBool:
    case DType::kUInt8:
    case DType::kUInt16:
      a_.movzx(to.r32(), from);
      break;
    case DType::kInt32:
      a_.movsxd(to, from);
      break;
    case DType::kUInt32:
      a_.mov(to.r32(), from);
      break;
    default:
      a_.mov(to, from);
      break;
  }
  StoreGeneral(ref, to);
}

// ---- Updates ----------------------------------------------------------------------------------------
namespace {

// `write p, op(read p, y)` of integers: one instruction on memory.
struct Update {
  Ref read = kNoRef;
  Ref other = kNoRef;
};

bool FindUpdate(const Trace& trace, Ref write, Update* update) {
  const Ref value = trace.operands(write)[1];
  const Instruction& operation = trace.at(value);
  const bool commutes = operation.op == Op::kAdd || operation.op == Op::kBitAnd ||
                        operation.op == Op::kBitOr || operation.op == Op::kBitXor;
  if (!IsInteger(operation.dtype) || (!commutes && operation.op != Op::kSub)) return false;
  const std::span<const Ref> x = trace.operands(value);
  for (const size_t k : {size_t{0}, size_t{1}}) {
    const Instruction& read = trace.at(x[k]);
    if (k == 1 && !commutes) break;
    if (read.op != Op::kRead || read.attribute != trace.at(write).attribute || x[0] == x[1]) continue;
    if (trace.operands(x[k])[0] != trace.operands(write)[0]) continue;
    *update = {x[k], x[1 - k]};
    return true;
  }
  return false;
}

// Whether nothing may be written, and the block does not end, between the two.
bool IsMemoryFixed(const Trace& trace, Ref from, Ref to) {
  for (Ref ref = from + 1; ref < to; ++ref) {
    const Op op = trace.at(ref).op;
    if (HasEffect(op) || op == Op::kCall || op == Op::kBlock || IsTerminator(op)) return false;
  }
  return true;
}

}  // namespace

// Reads and operations that become a part of a write.
void LoopEmitter::FuseUpdates(const Trace& trace, std::vector<bool>* fused) {
  std::vector<uint8_t> uses(trace.size());
  for (const Ref operand : trace.operand_pool)
    uses[operand] = static_cast<uint8_t>(std::min(uses[operand] + 1, 2));
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    Update update;
    if (trace.at(ref).op != Op::kWrite || !FindUpdate(trace, ref, &update)) continue;
    const Ref value = trace.operands(ref)[1];
    if (uses[value] > 1 || uses[update.read] > 1 || !IsMemoryFixed(trace, update.read, ref)) continue;
    (*fused)[value] = (*fused)[update.read] = true;
  }
}

void LoopEmitter::EmitUpdate(Ref write) {
  Update update;
  FindUpdate(trace_, write, &update);
  const Instruction& operation = At(OperandOf(write, 1));
  const auto size = static_cast<uint32_t>(ItemSize(operation.dtype));
  Mem to = AddressOf(OperandOf(write, 0));
  to.setSize(size);
  const auto apply = [&](const auto& y) {
    switch (operation.op) {
      case Op::kAdd:
        return a_.add(to, y);
      case Op::kSub:
        return a_.sub(to, y);
      case Op::kBitAnd:
        return a_.and_(to, y);
      case Op::kBitOr:
        return a_.or_(to, y);
      default:
        return a_.xor_(to, y);
    }
  };
  if (FitsImmediate(update.other)) {
    const int64_t value = WordOf(update.other);
    const int64_t narrow = size == 1   ? static_cast<int8_t>(value)
                           : size == 2 ? static_cast<int16_t>(value)
                                       : value;
    apply(asmjit::Imm(narrow));
    return;
  }
  const Gp y = InGeneral(update.other, x86::rax);
  size == 1 ? apply(y.r8()) : size == 2 ? apply(y.r16()) : size == 4 ? apply(y.r32()) : apply(y);
}

void LoopEmitter::EmitWrite(Ref ref) {
  const Ref value = OperandOf(ref, 1);
  if (fused_[value]) return EmitUpdate(ref);
  const DType dtype = At(value).dtype;
  Mem to = AddressOf(OperandOf(ref, 0));
  to.setSize(static_cast<uint32_t>(ItemSize(dtype)));
  if (IsFloat(dtype)) {
    const Xmm from = InVector(value, x86::xmm15);
    if (dtype == DType::kFloat32) {
      options_.avx ? a_.vmovss(to, from) : a_.movss(to, from);
    } else {
      options_.avx ? a_.vmovsd(to, from) : a_.movsd(to, from);
    }
    return;
  }
  if (FitsImmediate(value)) {
    a_.mov(to, asmjit::Imm(static_cast<int32_t>(WordOf(value))));
    return;
  }
  const Gp from = InGeneral(value, x86::rax);
  switch (ItemSize(dtype)) {
    case 1:
      a_.mov(to, from.r8());
      break;
    case 2:
      a_.mov(to, from.r16());
      break;
    case 4:
      a_.mov(to, from.r32());
      break;
    default:
      a_.mov(to, from);
      break;
  }
}

// ---- Calls ------------------------------------------------------------------------------------------
// Registers that a called function may change, of values that live on behind the instruction.
void LoopEmitter::SaveLive(Ref ref, bool restore) {
  constexpr int kPreserved = 5;  // rbx, rbp, r12, r13, r14 come first
  const uint32_t at = allocation_.positions[ref];
  for (const LiveInterval& interval : allocation_.intervals) {
    if (interval.start > at) break;
    if (interval.end <= at) continue;
    const LoopPlace& place = PlaceOf(interval.ref);
    if (place.kind == LoopPlace::Kind::kGeneral && place.index >= kPreserved) {
      const Mem word = ContextWord(LoopContext::kGeneral + place.index);
      restore ? a_.mov(GeneralAt(place.index), word) : a_.mov(word, GeneralAt(place.index));
    }
    if (place.kind == LoopPlace::Kind::kVector) {
      const Mem word = ContextWord(LoopContext::kVector + place.index);
      if (options_.avx) {
        restore ? a_.vmovsd(VectorAt(place.index), word) : a_.vmovsd(word, VectorAt(place.index));
      } else {
        restore ? a_.movsd(VectorAt(place.index), word) : a_.movsd(word, VectorAt(place.index));
      }
    }
  }
}

void LoopEmitter::StoreWord(Ref ref, int word) {
  if (IsFloat(At(ref).dtype)) {
    const Xmm value = InVector(ref, x86::xmm15);
    options_.avx ? a_.vmovsd(ContextWord(word), value) : a_.movsd(ContextWord(word), value);
  } else {
    a_.mov(ContextWord(word), InGeneral(ref, x86::rax));
  }
}

void LoopEmitter::EmitCall(Ref ref) {
  const LoopFunctionInfo& function = *FindLoopFunction(At(ref).attribute);
  if (function.pure && PlaceOf(ref).kind == LoopPlace::Kind::kNone) return;
  EmitCallOf(function.address, ref, trace_.operands(ref), function.result);
}

// The function's address is in its record: known now, if the record is.
void LoopEmitter::EmitForeign(Ref ref) {
  const std::span<const Ref> operands = trace_.operands(ref);
  if (!IsConstant(operands[0])) {
    status_ = EmitElementFunction(ref);
    return;
  }
  const auto& function = *reinterpret_cast<const ForeignFunction*>(WordOf(operands[0]));
  EmitCallOf(function.address, ref, operands.subspan(1), At(ref).dtype);
}

// Arguments where the C calling convention has them. Words hold integers extended to 64 bits, as it wants
// them.
void LoopEmitter::PassArguments(std::span<const Ref> arguments) {
  static constexpr x86::Gp kWords[] = {x86::rdi, x86::rsi, x86::rdx, x86::rcx, x86::r8, x86::r9};
  if (arguments.size() == 1) {
    // Nothing else is in the way of its register.
    if (IsFloat(At(arguments[0]).dtype)) {
      MoveVector(x86::xmm0, InVector(arguments[0], x86::xmm0));
    } else if (const Gp value = InGeneral(arguments[0], x86::rdi); value.id() != x86::rdi.id()) {
      a_.mov(x86::rdi, value);
    }
    return;
  }
  for (size_t k = 0; k < arguments.size(); ++k)
    StoreWord(arguments[k], LoopContext::kArguments + static_cast<int>(k));
  size_t general = 0;
  int vector = 0;
  for (size_t k = 0; k < arguments.size(); ++k) {
    const Mem word = ContextWord(LoopContext::kArguments + static_cast<int>(k));
    if (IsFloat(At(arguments[k]).dtype)) {
      options_.avx ? a_.vmovsd(VectorAt(vector++), word) : a_.movsd(VectorAt(vector++), word);
    } else if (general == std::size(kWords)) {
      status_ = absl::UnimplementedError("a call with more than six integer arguments");
      return;
    } else {
      a_.mov(kWords[general++], word);
    }
  }
}

void LoopEmitter::EmitCallOf(const void* address, Ref ref, std::span<const Ref> arguments, DType result) {
  SaveLive(ref, false);
  PassArguments(arguments);
  a_.mov(x86::rax, reinterpret_cast<uint64_t>(address));
  a_.call(x86::rax);
  if (IsFloat(result)) {
    MoveVector(x86::xmm15, x86::xmm0);
    SaveLive(ref, true);
    return StoreVector(ref, x86::xmm15);
  }
  SaveLive(ref, true);
  Extend(x86::rax, result);
  StoreGeneral(ref, x86::rax);
}

size_t LoopEmitter::context_words() const {
  size_t words = 0;
  for (const Instruction& i : trace_.instructions) {
    if (i.op == Op::kInvoke) words = std::max<size_t>(words, i.operand_count);
  }
  return static_cast<size_t>(LoopContext::kSlots + allocation_.slots) + words;
}

void LoopEmitter::EmitInvoke(Ref ref) {
  const int words = LoopContext::kSlots + allocation_.slots;
  const std::span<const Ref> operands = trace_.operands(ref);
  SaveLive(ref, false);
  for (size_t k = 0; k < operands.size(); ++k) StoreWord(operands[k], words + static_cast<int>(k));
  a_.mov(x86::rdi, reinterpret_cast<uint64_t>(options_.sites.at(ref)));
  a_.lea(x86::rsi, ContextWord(words));
  a_.mov(x86::rax, reinterpret_cast<uint64_t>(&LatheInvokeKernel));
  a_.call(x86::rax);
  SaveLive(ref, true);
  StoreGeneral(ref, x86::rax);
}

// An op that has no code of its own: its function, on operands and a result in memory.
absl::Status LoopEmitter::EmitElementFunction(Ref ref) {
  const Instruction& i = At(ref);
  const std::span<const Ref> operands = trace_.operands(ref);
  const ElementFunction function =
      IsElementwise(i.op) || TakesFunction(i.op)
          ? FindElementFunction(i.op, OperandDType(trace_, i.op, operands), i.dtype)
          : nullptr;
  if (function == nullptr) {
    return absl::UnimplementedError(absl::StrCat(
        "no code for the op ", absl::string_view(Info(i.op).text.data(), Info(i.op).text.size())));
  }
  constexpr int kResult = LoopContext::kArguments + 8, kPointers = LoopContext::kArguments + 12;
  SaveLive(ref, false);
  for (size_t k = 0; k < operands.size(); ++k) {
    const int word = LoopContext::kArguments + static_cast<int>(k);
    StoreWord(operands[k], word);
    a_.lea(x86::rcx, ContextWord(word));
    a_.mov(ContextWord(kPointers + static_cast<int>(k)), x86::rcx);
  }
  a_.lea(x86::rdi, ContextWord(kResult));
  a_.lea(x86::rsi, ContextWord(kPointers));
  a_.mov(x86::edx, 1);
  a_.mov(x86::rax, reinterpret_cast<uint64_t>(function));
  a_.call(x86::rax);
  SaveLive(ref, true);
  if (IsFloat(i.dtype)) {
    const Mem word = ContextWord(kResult);
    if (i.dtype == DType::kFloat32) {
      Mem narrow = word;
      narrow.setSize(4);
      options_.avx ? a_.vmovss(x86::xmm15, narrow) : a_.movss(x86::xmm15, narrow);
    } else {
      options_.avx ? a_.vmovsd(x86::xmm15, word) : a_.movsd(x86::xmm15, word);
    }
    StoreVector(ref, x86::xmm15);
  } else {
    a_.mov(x86::rax, ContextWord(kResult));
    Extend(x86::rax, i.dtype);
    StoreGeneral(ref, x86::rax);
  }
  return absl::OkStatus();
}

}  // namespace lathe
