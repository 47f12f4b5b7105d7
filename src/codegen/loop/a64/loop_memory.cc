// Addresses, element reads and writes.
#include <bit>

#include "src/codegen/loop/a64/loop_emitter.h"

namespace lathe {

namespace a64 = asmjit::a64;

// The memory of an element of `item` bytes: computed by the instruction itself as far as it can, else in
// kScratch1. Uses kScratch1 and kScratch2.
A64LoopEmitter::Mem A64LoopEmitter::AddressOf(Ref address, int item) {
  if (!IsFused(address)) return a64::ptr(X(InGeneral(address, kScratch1)));
  AddressParts parts;
  FindParts(trace_, fused(), address, &parts);
  Register base = InGeneral(parts.base, kScratch1);
  if (parts.index != kNoRef) {
    const Register index = InGeneral(parts.index, kScratch2);
    if (parts.displacement == 0 && parts.shift == 0) return a64::ptr(X(base), X(index));
    if (parts.displacement == 0 && (1 << parts.shift) == item) {
      return a64::ptr(X(base), X(index), a64::lsl(static_cast<uint32_t>(parts.shift)));
    }
    a_.add(X(kScratch1), X(base), X(index), a64::lsl(static_cast<uint32_t>(parts.shift)));
    base = kScratch1;
  }
  // 9 bits with a sign, or 12 bits without one in units of the element.
  const int32_t offset = parts.displacement;
  if ((offset >= -256 && offset < 256) || (offset >= 0 && offset % item == 0 && offset / item < 4096)) {
    return a64::ptr(X(base), offset);
  }
  AddConstant(kScratch1, base, offset, kScratch2);
  return a64::ptr(X(kScratch1));
}

// Adds index * stride to kScratch0.
void A64LoopEmitter::AddIndex(Ref index, Ref stride) {
  if (IsConstant(index)) std::swap(index, stride);
  const Register factor = InGeneral(index, kScratch1);
  const auto scale = static_cast<uint64_t>(IsConstant(stride) ? WordOf(stride) : 0);
  if (std::has_single_bit(scale)) {
    a_.add(X(kScratch0), X(kScratch0), X(factor), a64::lsl(static_cast<uint32_t>(std::countr_zero(scale))));
  } else {
    a_.madd(X(kScratch0), X(factor), X(InGeneral(stride, kScratch2)), X(kScratch0));
  }
}

void A64LoopEmitter::EmitAddress(Ref ref) {
  const std::span<const Ref> operands = trace_.operands(ref);
  const Register to = GeneralTarget(ref);
  AddressParts parts;
  if (FindParts(trace_, fused(), ref, &parts)) {
    Register base = InGeneral(parts.base, kScratch1);
    if (parts.index != kNoRef) {
      const Register index = InGeneral(parts.index, kScratch2);
      a_.add(X(to), X(base), X(index), a64::lsl(static_cast<uint32_t>(parts.shift)));
      base = to;
    }
    AddConstant(to, base, parts.displacement, kScratch2);
    return StoreGeneral(ref, to);
  }
  Move(kScratch0, InGeneral(operands[0], kScratch0));
  for (size_t k = 1; k + 1 < operands.size(); k += 2) AddIndex(operands[k], operands[k + 1]);
  StoreGeneral(ref, kScratch0);
}

void A64LoopEmitter::EmitRead(Ref ref) {
  const DType dtype = At(ref).dtype;
  const Mem from = AddressOf(OperandOf(ref, 0), ItemSize(dtype));
  if (IsFloat(dtype)) {
    const Register to = VectorTarget(ref);
    a_.ldr(Float(to, dtype == DType::kFloat32), from);
    return StoreVector(ref, to);
  }
  const Register to = GeneralTarget(ref);
  switch (dtype) {
    case DType::kInt8:
      a_.ldrsb(X(to), from);
      break;
    case DType::kBool:
    case DType::kUInt8:
      a_.ldrb(W(to), from);
      break;
    case DType::kInt16:
      a_.ldrsh(X(to), from);
      break;
    case DType::kUInt16:
      a_.ldrh(W(to), from);
      break;
    case DType::kInt32:
      a_.ldrsw(X(to), from);
      break;
    case DType::kUInt32:
      a_.ldr(W(to), from);
      break;
    default:
      a_.ldr(X(to), from);
      break;
  }
  StoreGeneral(ref, to);
}

void A64LoopEmitter::EmitWrite(Ref ref) {
  constexpr Register kZero = asmjit::arm::Gp::kIdZr;
  const Ref value = OperandOf(ref, 1);
  const DType dtype = At(value).dtype;
  const int item = ItemSize(dtype);
  const Mem to = AddressOf(OperandOf(ref, 0), item);
  const bool zero = IsConstant(value) && At(value).attribute == 0;
  if (IsFloat(dtype) && !zero) {
    a_.str(Float(InVector(value, kVectorScratch0), dtype == DType::kFloat32), to);
    return;
  }
  const Register from = zero ? kZero : InGeneral(value, kScratch0);
  switch (item) {
    case 1:
      a_.strb(W(from), to);
      break;
    case 2:
      a_.strh(W(from), to);
      break;
    case 4:
      a_.str(W(from), to);
      break;
    default:
      a_.str(X(from), to);
      break;
  }
}

}  // namespace lathe
