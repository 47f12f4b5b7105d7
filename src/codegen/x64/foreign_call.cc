// Calls of C functions, once a lane, by the C calling convention. The lanes go through memory: every vector
// register is the callee's to use.
#include <array>
#include <cstddef>

#include "src/codegen/emit/passed_as.h"
#include "src/codegen/x64/emitter.h"
#include "src/recorder/ir/foreign.h"

namespace lathe {

using namespace asmjit;  // NOLINT: the instruction names of this file

BaseReg X64Emitter::LoadArgument(DType dtype, const x86::Mem& from) {
  const auto sized = [&](uint32_t bytes) {
    x86::Mem memory = from;
    memory.setSize(bytes);
    return memory;
  };
  const auto bytes = static_cast<uint32_t>(ItemSize(dtype));
  if (IsFloat(dtype)) {
    const x86::Xmm value = cc_.newXmm();
    if (avx()) {
      bytes == 8 ? cc_.vmovsd(value, sized(8)) : cc_.vmovss(value, sized(4));
    } else {
      bytes == 8 ? cc_.movsd(value, sized(8)) : cc_.movss(value, sized(4));
    }
    return value;
  }
  const x86::Gp value = bytes == 8 ? cc_.newInt64() : cc_.newInt32();
  if (bytes >= 4) {
    cc_.mov(value, sized(bytes));
  } else if (IsSigned(dtype)) {
    cc_.movsx(value, sized(bytes));
  } else {
    cc_.movzx(value, sized(bytes));
  }
  return value;
}

void X64Emitter::StoreResult(InvokeNode* call, DType dtype, const x86::Mem& to) {
  const auto bytes = static_cast<uint32_t>(ItemSize(dtype));
  x86::Mem memory = to;
  memory.setSize(bytes);
  if (IsFloat(dtype)) {
    const x86::Xmm value = cc_.newXmm();
    call->setRet(0, value);
    if (avx()) {
      bytes == 8 ? cc_.vmovsd(memory, value) : cc_.vmovss(memory, value);
    } else {
      bytes == 8 ? cc_.movsd(memory, value) : cc_.movss(memory, value);
    }
    return;
  }
  const x86::Gp value = cc_.newInt64();
  call->setRet(0, value);
  switch (bytes) {
    case 1:
      cc_.mov(memory, value.r8());
      return;
    case 2:
      cc_.mov(memory, value.r16());
      return;
    case 4:
      cc_.mov(memory, value.r32());
      return;
    default:
      cc_.mov(memory, value);
  }
}

Vector X64Emitter::ForeignCall(DType result, std::span<const Vector> operands) {
  // The result's lanes, then each operand's.
  const x86::Mem stack = cc_.newStack(static_cast<uint32_t>(kStackSlot) * (kMaxElementwiseOperands + 1), 32);
  for (size_t k = 0; k < operands.size(); ++k) {
    Store(stack.cloneAdjusted(kStackSlot * static_cast<int>(k + 1)), operands[k]);
  }
  const x86::Gp target = cc_.newInt64();
  FuncSignatureBuilder signature(CallConvId::kX64SystemV);
  signature.setRet(PassedAs(result));
  for (const Vector& operand : operands.subspan(1)) signature.addArg(PassedAs(operand.dtype));
  for (int lane = 0; lane < lanes_; ++lane) {
    x86::Mem record = stack.cloneAdjusted(kStackSlot);
    record.setSize(8);
    cc_.mov(target, record);
    cc_.mov(target, x86::qword_ptr(target, offsetof(ForeignFunction, address)));
    std::array<BaseReg, ForeignFunction::kMaxArguments> arguments;
    for (size_t k = 1; k < operands.size(); ++k) {
      const DType dtype = operands[k].dtype;
      arguments[k - 1] = LoadArgument(
          dtype, stack.cloneAdjusted(kStackSlot * static_cast<int>(k + 1) + lane * ItemSize(dtype)));
    }
    InvokeNode* call = nullptr;
    cc_.invoke(&call, target, signature);
    for (size_t k = 1; k < operands.size(); ++k) call->setArg(static_cast<uint32_t>(k - 1), arguments[k - 1]);
    StoreResult(call, result, stack.cloneAdjusted(lane * ItemSize(result)));
  }
  return Load(result, stack);
}

}  // namespace lathe
