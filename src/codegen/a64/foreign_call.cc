// Calls of C functions, once a lane, by the C calling convention AAPCS64. The lanes go through memory: every
// vector register is the callee's to use.
#include <array>
#include <cstddef>

#include "src/codegen/a64/emitter.h"
#include "src/codegen/emit/passed_as.h"
#include "src/recorder/ir/foreign.h"

namespace lathe {

using namespace asmjit;  // NOLINT: asmjit's types throughout this file

BaseReg A64Emitter::LoadArgument(DType dtype, const Memory& from) {
  if (!IsFloat(dtype)) return LoadInteger(dtype, from);
  const Vec value = dtype == DType::kFloat64 ? Vec(cc_.newVecD()) : Vec(cc_.newVecS());
  cc_.ldr(Scalar(value, ItemSize(dtype)), from);
  return value;
}

void A64Emitter::StoreResult(InvokeNode* call, DType dtype, const Memory& to) {
  if (!IsFloat(dtype)) {
    const Gp value = cc_.newInt64();
    call->setRet(0, value);
    return StoreInteger(value, ItemSize(dtype), to);
  }
  const Vec value = dtype == DType::kFloat64 ? Vec(cc_.newVecD()) : Vec(cc_.newVecS());
  call->setRet(0, value);
  cc_.str(Scalar(value, ItemSize(dtype)), to);
}

A64Vector A64Emitter::ForeignCall(DType result, std::span<const A64Vector> operands) {
  // The result's lanes, then each operand's.
  const Memory stack = cc_.newStack(static_cast<uint32_t>(kStackSlot) * (kMaxElementwiseOperands + 1), 16);
  for (size_t k = 0; k < operands.size(); ++k)
    Store(stack.cloneAdjusted(kStackSlot * static_cast<int>(k + 1)), operands[k]);
  const Gp target = cc_.newInt64();
  FuncSignatureBuilder signature(CallConvId::kCDecl);
  signature.setRet(PassedAs(result));
  for (const A64Vector& operand : operands.subspan(1)) signature.addArg(PassedAs(operand.dtype));
  for (int lane = 0; lane < lanes_; ++lane) {
    cc_.ldr(target, stack.cloneAdjusted(kStackSlot));
    cc_.ldr(target, a64::ptr(target, offsetof(ForeignFunction, address)));
    std::array<BaseReg, ForeignFunction::kMaxArguments> arguments;
    for (size_t k = 1; k < operands.size(); ++k) {
      const DType dtype = operands[k].dtype;
      arguments[k - 1] = LoadArgument(
          dtype, stack.cloneAdjusted(kStackSlot * static_cast<int>(k + 1) + lane * ItemSize(dtype)));
    }
    InvokeNode* const call = Invoke(target, signature);
    if (!call) return operands[0];  // the error is kept by the code's handler
    for (size_t k = 1; k < operands.size(); ++k) call->setArg(static_cast<uint32_t>(k - 1), arguments[k - 1]);
    StoreResult(call, result, stack.cloneAdjusted(lane * ItemSize(result)));
  }
  return Load(result, stack);
}

}  // namespace lathe
