// What goes across lanes: calls of an op's C++ function on all lanes, and joining the lanes of a tree.
#include "src/codegen/emit/dispatch_dtype.h"
#include "src/codegen/x64/emitter.h"
#include "src/recorder/expand/element_function.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
namespace Inst = x86::Inst;

// Evens and odds of eight 4-byte lanes in two registers, and of four in one.
constexpr int kEvens = 0x88, kOdds = 0xdd;

}  // namespace

Vector X64Emitter::LaneCall(Op op, DType result, std::span<const Vector> operands) {
  const ElementFunction function =
      elsewhere_ ? nullptr : FindElementFunction(op, DispatchDType(op, operands), result);
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
             FuncSignatureT<void, void*, const void*, int64_t>(CallConvId::kX64SystemV));
  call->setArg(0, out);
  call->setArg(1, list);
  call->setArg(2, imm(lanes_));
  return Load(result, stack.cloneAdjusted(32));
}

Vector X64Emitter::Combine(Op op, const Reg& a, const Reg& b, DType dtype, bool numbers) {
  const Vector operands[] = {{a, dtype}, {b, dtype}};
  if (numbers) return EmitExtreme(op == Op::kMaximum, operands[0], operands[1]);
  return Emit(op, dtype, operands, std::nullopt);
}

Vector X64Emitter::JoinLanes(Op combiner, std::span<const Vector> accumulators, bool numbers) {
  const DType dtype = accumulators[0].dtype;
  if (accumulators[0].reg.isKReg()) return JoinMasks(combiner, accumulators);
  const int width = Width(dtype);
  X64Emitter four = WithLanes(4), two = WithLanes(2), one = WithLanes(1);
  const auto vec = [&](size_t k) { return accumulators[k].reg.as<Vec>(); };
  Vec pair;  // lanes 0..3 joined, lanes 4..7 joined
  if (width == 8 && lanes_ >= 4) {
    const Vec low = Part(vec(0), 32);
    const Vec high = lanes_ == 8 ? High(vec(0)) : vec(1);
    const Vector joined =
        four.Combine(combiner, Binary(Inst::kIdVunpcklpd, 0, low, high),
                     Binary(Inst::kIdVunpckhpd, 0, low, high), dtype, numbers);  // 01 45 23 67
    const Vec fours = joined.reg.as<Vec>();
    pair = Part(two.Combine(combiner, fours.xmm(), High(fours), dtype, numbers).reg, 16);
  } else if (width == 8) {
    const auto join = [&](const Vec& low, const Vec& high) {
      return two
          .Combine(combiner, Binary(Inst::kIdVunpcklpd, Inst::kIdUnpcklpd, low, high),
                   Binary(Inst::kIdVunpckhpd, Inst::kIdUnpckhpd, low, high), dtype, numbers)
          .reg;
    };
    const Reg left = join(vec(0), vec(2));   // 01 45
    const Reg right = join(vec(1), vec(3));  // 23 67
    pair = Part(two.Combine(combiner, left, right, dtype, numbers).reg, 16);
  } else {
    Vec low = vec(0).xmm();
    Vec high;
    if (lanes_ == 8) {
      high = High(vec(0));
    } else if (lanes_ == 4) {
      high = vec(1).xmm();
    } else {
      // Four accumulators of two lanes each, made two of four.
      low = Binary(Inst::kIdVunpcklpd, Inst::kIdUnpcklpd, low, vec(1).xmm());
      high = Binary(Inst::kIdVunpcklpd, Inst::kIdUnpcklpd, vec(2).xmm(), vec(3).xmm());
    }
    const auto shuffle = [&](const Vec& x, const Vec& y, int which) {
      return Binary(Inst::kIdVshufps, Inst::kIdShufps, x, y, which);
    };
    // The order of the shuffles is spelled out: that of arguments is the compiler's.
    const auto join = [&](X64Emitter& emitter, const Vec& x, const Vec& y) {
      const Vec odds = shuffle(x, y, kOdds);
      const Vec evens = shuffle(x, y, kEvens);
      return Part(emitter.Combine(combiner, evens, odds, dtype, numbers).reg, 16);
    };
    const Vec fours = join(four, low, high);  // 01 23 45 67
    pair = join(two, fours, fours);
  }
  const Vec second = width == 8 ? Binary(Inst::kIdVunpckhpd, Inst::kIdUnpckhpd, pair, pair)
                                : Binary(Inst::kIdVshufps, Inst::kIdShufps, pair, pair, 0x55);
  return one.Combine(combiner, pair, second, dtype, numbers);
}

}  // namespace lathe
