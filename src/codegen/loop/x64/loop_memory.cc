// Addresses, element reads and writes.
#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

namespace x86 = asmjit::x86;

// The memory at an address: computed by the instruction itself, or in a register. Uses rdx and rcx.
asmjit::x86::Mem X64LoopEmitter::AddressOf(Ref address) {
  if (!IsFused(address)) return x86::ptr(InGeneral(address, x86::rdx));
  AddressParts parts;
  FindParts(trace_, fused(), address, &parts);
  return AddressOf(parts);
}

asmjit::x86::Mem X64LoopEmitter::AddressOf(const AddressParts& parts) {
  const Gp base = InGeneral(parts.base, x86::rdx);
  if (parts.index == kNoRef) return x86::ptr(base, parts.displacement);
  const Gp index = InGeneral(parts.index, x86::rcx);
  return x86::ptr(base, index, static_cast<uint32_t>(parts.shift), parts.displacement);
}

asmjit::x86::Mem X64LoopEmitter::ElementOf(Ref read) {
  Mem element = AddressOf(OperandOf(read, 0));
  element.setSize(static_cast<uint32_t>(ItemSize(At(read).dtype)));
  return element;
}

void X64LoopEmitter::EmitAddress(Ref ref) {
  AddressParts parts;
  if (FindParts(trace_, fused(), ref, &parts)) {
    const Mem memory = AddressOf(parts);
    const Gp to = GeneralTarget(ref);
    a_.lea(to, memory);
    return StoreGeneral(ref, to);
  }
  const std::span<const Ref> operands = trace_.operands(ref);
  const Gp base = InGeneral(operands[0], x86::rax);
  MoveTo(x86::rax, base);
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
      MoveTo(x86::rdx, index);
      a_.imul(x86::rdx, InGeneral(s, x86::rcx));
    }
    a_.add(x86::rax, x86::rdx);
  }
  StoreGeneral(ref, x86::rax);
}

void X64LoopEmitter::EmitRead(Ref ref) {
  const Mem from = ElementOf(ref);
  const DType dtype = At(ref).dtype;
  if (IsFloat(dtype)) {
    const Xmm to = VectorTarget(ref);
    LoadFloatFrom(to, from, dtype == DType::kFloat32);
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

void X64LoopEmitter::EmitUpdate(Ref write) {
  MemoryUpdate update;
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

void X64LoopEmitter::EmitWrite(Ref ref) {
  const Ref value = OperandOf(ref, 1);
  if (IsFused(value)) return EmitUpdate(ref);
  const DType dtype = At(value).dtype;
  Mem to = AddressOf(OperandOf(ref, 0));
  to.setSize(static_cast<uint32_t>(ItemSize(dtype)));
  if (IsFloat(dtype)) {
    const Xmm from = InVector(value, x86::xmm15);
    if (dtype == DType::kFloat32) {
      avx_ ? a_.vmovss(to, from) : a_.movss(to, from);
    } else {
      avx_ ? a_.vmovsd(to, from) : a_.movsd(to, from);
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

}  // namespace lathe
