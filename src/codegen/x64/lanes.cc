// What goes across lanes: calls of an op's C++ function on all lanes, and joining the lanes of a tree.
#include <array>
#include <cstddef>

#include "src/codegen/x64/emitter.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/ir/foreign.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

// Evens and odds of eight 4-byte lanes in two registers, and of four in one.
constexpr int kEvens = 0x88, kOdds = 0xdd;

}  // namespace

Vector X64Emitter::LaneCall(Op op, DType result, std::span<const Vector> operands) {
  // The dtype that selects the function: that of the operands not fixed to bool.
  DType dtype = operands[0].dtype;
  for (size_t k = 0; k < operands.size(); ++k) {
    if (((Info(op).bool_operands >> k) & 1) == 0) dtype = operands[k].dtype;
  }
  const ElementFunction function = FindElementFunction(op, dtype, result);
  // The list of operands, the result, the operands.
  const x86::Mem stack =
      cc_.newStack(static_cast<uint32_t>(kStackSlot) * (kMaxElementwiseOperands + 1) + 32, 32);
  const x86::Gp address = cc_.newInt64();
  const x86::Gp list = cc_.newInt64();
  const x86::Gp out = cc_.newInt64();
  for (size_t k = 0; k < operands.size(); ++k) {
    const auto offset = 32 + kStackSlot * static_cast<int>(k + 1);
    Store(stack.cloneAdjusted(offset), operands[k]);
    cc_.lea(address, stack.cloneAdjusted(offset));
    x86::Mem entry = stack.cloneAdjusted(8 * static_cast<int>(k));
    entry.setSize(8);
    cc_.mov(entry, address);
  }
  cc_.lea(list, stack);
  cc_.lea(out, stack.cloneAdjusted(32));
  InvokeNode* call = nullptr;
  cc_.invoke(&call, imm(reinterpret_cast<uint64_t>(function)),
             FuncSignatureT<void, void*, const void*, int64_t>(CallConvId::kHost));
  call->setArg(0, out);
  call->setArg(1, list);
  call->setArg(2, imm(lanes_));
  return Load(result, stack.cloneAdjusted(32));
}

namespace {

// How the C calling convention passes a dtype: integers of less than 32 bits are extended by the caller.
TypeId PassedAs(DType dtype) {
  switch (dtype) {
    case DType::kFloat64:
      return TypeId::kFloat64;
    case DType::kFloat32:
      return TypeId::kFloat32;
    case DType::kInt64:
      return TypeId::kInt64;
    case DType::kUInt64:
      return TypeId::kUInt64;
    default:
      return IsSigned(dtype) ? TypeId::kInt32 : TypeId::kUInt32;
  }
}

}  // namespace

BaseReg X64Emitter::LoadArgument(DType dtype, const x86::Mem& from) {
  const auto sized = [&](uint32_t bytes) {
    x86::Mem memory = from;
    memory.setSize(bytes);
    return memory;
  };
  const auto bytes = static_cast<uint32_t>(ItemSize(dtype));
  if (IsFloat(dtype)) {
    const x86::Xmm value = cc_.newXmm();
    if (avx_) {
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
    if (avx_) {
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
  FuncSignatureBuilder signature(CallConvId::kHost);
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

Vector X64Emitter::Combine(Op op, const Vec& a, const Vec& b, DType dtype) {
  const Vector operands[] = {{a, dtype}, {b, dtype}};
  return Emit(op, dtype, operands, std::nullopt);
}

Vector X64Emitter::JoinLanes(Op combiner, std::span<const Vector> accumulators) {
  const DType dtype = accumulators[0].dtype;
  const int width = Width(dtype);
  X64Emitter four = WithLanes(4), two = WithLanes(2), one = WithLanes(1);
  Vector pair;  // lanes 0..3 joined, lanes 4..7 joined
  if (width == 8 && lanes_ == 4) {
    const Vec& low = accumulators[0].reg;
    const Vec& high = accumulators[1].reg;
    const Vec joined = four.Combine(combiner, Binary(Inst::kIdVunpcklpd, 0, low, high),
                                    Binary(Inst::kIdVunpckhpd, 0, low, high), dtype)
                           .reg;  // 01 45 23 67
    pair = two.Combine(combiner, joined.xmm(), High(joined), dtype);
  } else if (width == 8) {
    const auto join = [&](const Vec& low, const Vec& high) {
      return two
          .Combine(combiner, Binary(Inst::kIdVunpcklpd, Inst::kIdUnpcklpd, low, high),
                   Binary(Inst::kIdVunpckhpd, Inst::kIdUnpckhpd, low, high), dtype)
          .reg;
    };
    const Vec left = join(accumulators[0].reg, accumulators[2].reg);   // 01 45
    const Vec right = join(accumulators[1].reg, accumulators[3].reg);  // 23 67
    pair = two.Combine(combiner, left, right, dtype);
  } else {
    Vec low = accumulators[0].reg.xmm();
    Vec high;
    if (lanes_ == 8) {
      high = High(accumulators[0].reg);
    } else if (lanes_ == 4) {
      high = accumulators[1].reg.xmm();
    } else {
      // Four accumulators of two lanes each, made two of four.
      low = Binary(Inst::kIdVunpcklpd, Inst::kIdUnpcklpd, low, accumulators[1].reg.xmm());
      high =
          Binary(Inst::kIdVunpcklpd, Inst::kIdUnpcklpd, accumulators[2].reg.xmm(), accumulators[3].reg.xmm());
    }
    const auto shuffle = [&](const Vec& x, const Vec& y, int which) {
      return Binary(Inst::kIdVshufps, Inst::kIdShufps, x, y, which);
    };
    const Vec fours = four.Combine(combiner, shuffle(low, high, kEvens), shuffle(low, high, kOdds), dtype)
                          .reg.xmm();  // 01 23 45 67
    pair = two.Combine(combiner, shuffle(fours, fours, kEvens), shuffle(fours, fours, kOdds), dtype);
  }
  const Vec joined = pair.reg.xmm();
  const Vec second = width == 8 ? Binary(Inst::kIdVunpckhpd, Inst::kIdUnpckhpd, joined, joined)
                                : Binary(Inst::kIdVshufps, Inst::kIdShufps, joined, joined, 0x55);
  return one.Combine(combiner, joined, second, dtype);
}

}  // namespace lathe
