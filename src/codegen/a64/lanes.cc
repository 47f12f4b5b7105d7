// What goes across lanes: calls of an op's C++ function on all lanes, and joining the lanes of a tree.
#include "src/codegen/a64/emitter.h"
#include "src/codegen/emit/dispatch_dtype.h"
#include "src/recorder/expand/element_function.h"

namespace lathe {
namespace {

using namespace asmjit;  // NOLINT: the instruction names of this file
using Inst = a64::Inst;

constexpr int kListBytes = 32;  // of the operands' addresses

}  // namespace

// By AAPCS64 a function keeps only the lower halves of v8 to v15; asmjit believes that it keeps all of them.
InvokeNode* A64Emitter::Invoke(const Gp& target, const FuncSignature& signature) {
  InvokeNode* call = nullptr;
  cc_.invoke(&call, target, signature);
  if (call) call->detail()._callConv.setPreservedRegs(RegGroup::kVec, 0);
  return call;
}

A64Vector A64Emitter::LaneCall(Op op, DType result, std::span<const A64Vector> operands) {
  const ElementFunction function =
      elsewhere_ ? nullptr : FindElementFunction(op, DispatchDType(op, operands), result);
  // The list of operands, the result, the operands.
  const Memory stack =
      cc_.newStack(static_cast<uint32_t>(kStackSlot) * (kMaxElementwiseOperands + 1) + kListBytes, 16);
  const Gp address = cc_.newInt64();
  const Gp list = cc_.newInt64();
  const Gp out = cc_.newInt64();
  const Gp count = cc_.newInt64();
  const Gp target = cc_.newInt64();
  for (size_t k = 0; k < operands.size(); ++k) {
    const auto offset = kListBytes + kStackSlot * static_cast<int>(k + 1);
    Store(stack.cloneAdjusted(offset), operands[k]);
    cc_.loadAddressOf(address, stack.cloneAdjusted(offset));
    cc_.str(address, stack.cloneAdjusted(8 * static_cast<int>(k)));
  }
  cc_.loadAddressOf(list, stack);
  cc_.loadAddressOf(out, stack.cloneAdjusted(kListBytes));
  cc_.mov(count, imm(lanes_));
  cc_.mov(target, imm(reinterpret_cast<uint64_t>(function)));
  InvokeNode* const call =
      Invoke(target, FuncSignatureT<void, void*, const void*, int64_t>(CallConvId::kCDecl));
  if (!call) return operands[0];  // the error is kept by the code's handler
  call->setArg(0, out);
  call->setArg(1, list);
  call->setArg(2, count);
  return Load(result, stack.cloneAdjusted(kListBytes));
}

A64Vector A64Emitter::Combine(Op op, const Vec& a, const Vec& b, DType dtype, bool numbers) {
  const A64Vector operands[] = {{a, dtype}, {b, dtype}};
  if (numbers) return EmitExtreme(op == Op::kMaximum, operands[0], operands[1]);
  return Emit(op, dtype, operands, std::nullopt);
}

A64Vector A64Emitter::JoinLanes(Op combiner, std::span<const A64Vector> accumulators, bool numbers) {
  const DType dtype = accumulators[0].dtype;
  const int width = Width(dtype);
  A64Emitter four = WithLanes(4), two = WithLanes(2), one = WithLanes(1);
  const auto vec = [&](size_t k) { return accumulators[k].reg; };
  // By two instructions, of which one gives the first operands and the other the second.
  const auto join = [&](A64Emitter& emitter, Id first, Id second, const Vec& low, const Vec& high) {
    const Vec y = Binary(second, low, high, width);
    const Vec x = Binary(first, low, high, width);
    return emitter.Combine(combiner, x, y, dtype, numbers).reg;
  };
  Vec pair;  // lanes 0..3 joined, lanes 4..7 joined
  if (width == 8) {
    const Vec left = join(two, Inst::kIdZip1_v, Inst::kIdZip2_v, vec(0), vec(2));   // 01 45
    const Vec right = join(two, Inst::kIdZip1_v, Inst::kIdZip2_v, vec(1), vec(3));  // 23 67
    pair = two.Combine(combiner, left, right, dtype, numbers).reg;
  } else {
    Vec low = vec(0), high = vec(1);
    if (lanes_ == 2) {
      // Four accumulators of two lanes each, made two of four.
      low = Binary(Inst::kIdZip1_v, vec(0), vec(1), 8);
      high = Binary(Inst::kIdZip1_v, vec(2), vec(3), 8);
    }
    const Vec fours = join(four, Inst::kIdUzp1_v, Inst::kIdUzp2_v, low, high);  // 01 23 45 67
    pair = join(two, Inst::kIdUzp1_v, Inst::kIdUzp2_v, fours, fours);
  }
  const Vec second = New();
  cc_.dup(Whole(second, width), Lane(pair, width, 1));
  return one.Combine(combiner, pair, second, dtype, numbers);
}

}  // namespace lathe
