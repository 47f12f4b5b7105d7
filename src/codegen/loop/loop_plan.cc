// Fusion of instructions.
#include "src/codegen/loop/loop_plan.h"

#include <algorithm>
#include <bit>

#include "src/recorder/ir/flow.h"

namespace lathe {
namespace {

// Whether a comparison of the value with zero is one instruction: some bits are tested.
bool IsBitTest(const Trace& trace, Ref ref) {
  const Instruction& i = trace.at(ref);
  if (!IsInteger(i.dtype) || (i.op != Op::kBitAnd && i.op != Op::kRemainder)) return false;
  const Instruction& y = trace.at(trace.operands(ref)[1]);
  if (y.op != Op::kConst) return false;
  const auto value = static_cast<int64_t>(y.attribute);
  if (value <= 0 || value > INT32_MAX) return false;
  return i.op == Op::kBitAnd || (i.dtype == DType::kInt64 && (value & (value - 1)) == 0);
}

// Whether an exit can compute the value: a sum, or a difference from a constant.
bool IsOffset(const Trace& trace, Ref ref) {
  const Instruction& i = trace.at(ref);
  if ((i.op != Op::kAdd && i.op != Op::kSub) || i.dtype != DType::kInt64) return false;
  const std::span<const Ref> x = trace.operands(ref);
  return trace.at(x[0]).op != Op::kConst && (i.op == Op::kAdd || trace.at(x[1]).op == Op::kConst);
}

bool IsFoldable(const Trace& trace, Ref address) {
  AddressParts parts;
  return FindParts(trace, {}, address, &parts);
}

// Whether an address that is part of an instruction can take the value along as a displacement.
bool IsDisplacement(const Trace& trace, Ref ref) {
  constexpr int64_t kMost = 1 << 20;
  if (!IsOffset(trace, ref)) return false;
  const Instruction& y = trace.at(trace.operands(ref)[1]);
  const auto offset = static_cast<int64_t>(y.attribute);
  return y.op == Op::kConst && offset >= -kMost && offset <= kMost;
}

// Whether nothing may be written, and the block does not end, between the two.
bool IsMemoryFixed(const Trace& trace, Ref from, Ref to) {
  for (Ref ref = from + 1; ref < to; ++ref) {
    const Op op = trace.at(ref).op;
    if (HasEffect(op) || op == Op::kCall || op == Op::kBlock || IsTerminator(op)) return false;
  }
  return true;
}

// Uses of each value, as far as two.
std::vector<uint8_t> CountUses(const Trace& trace) {
  std::vector<uint8_t> uses(trace.size());
  for (const Ref operand : trace.operand_pool)
    uses[operand] = static_cast<uint8_t>(std::min(uses[operand] + 1, 2));
  return uses;
}

// Reads that are the second operand of an operation of floats, and of nothing else. The first operand stays
// where it is: which NaN of two becomes the result depends on it.
void FuseOperands(const Trace& trace, const std::vector<uint8_t>& uses, std::vector<bool>* fused) {
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Instruction& i = trace.at(ref);
    const bool takes_memory = i.op == Op::kAdd || i.op == Op::kSub || i.op == Op::kMul || i.op == Op::kDiv;
    if (!takes_memory || !IsFloat(i.dtype) || DoubledValue(trace, ref) != kNoRef) continue;
    const Ref read = trace.operands(ref)[1];
    if (trace.at(read).op != Op::kRead || uses[read] > 1 || !IsMemoryFixed(trace, read, ref)) continue;
    (*fused)[read] = true;
  }
}

// Reads and operations that become a part of a write.
void FuseUpdates(const Trace& trace, const std::vector<uint8_t>& uses, std::vector<bool>* fused) {
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    MemoryUpdate update;
    if (trace.at(ref).op != Op::kWrite || !FindUpdate(trace, ref, &update)) continue;
    const Ref value = trace.operands(ref)[1];
    if (uses[value] > 1 || uses[update.read] > 1 || !IsMemoryFixed(trace, update.read, ref)) continue;
    (*fused)[value] = (*fused)[update.read] = true;
  }
}

}  // namespace

// Comparisons that are only tested by guards and selections are made there, addresses that an instruction
// can compute are part of it, and so are bits that are compared with zero. Exits compute what only they name.
std::vector<bool> FindFused(const Trace& trace, bool memory_operands) {
  std::vector<bool> fused(trace.size());
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    const Op op = trace.at(ref).op;
    fused[ref] = IsComparison(op) || op == Op::kInBounds || op == Op::kLogicalNot ||
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
  if (!memory_operands) return fused;
  const std::vector<uint8_t> uses = CountUses(trace);
  FuseOperands(trace, uses, &fused);
  FuseUpdates(trace, uses, &fused);
  return fused;
}

bool FindParts(const Trace& trace, const std::vector<bool>& fused, Ref address, AddressParts* parts) {
  const std::span<const Ref> operands = trace.operands(address);
  const auto word = [&](Ref ref) { return static_cast<int64_t>(trace.at(ref).attribute); };
  const auto constant = [&](Ref ref) { return trace.at(ref).op == Op::kConst; };
  if (constant(operands[0])) return false;
  parts->base = operands[0];
  int64_t displacement = 0;
  for (size_t k = 1; k + 1 < operands.size(); k += 2) {
    const Ref i = operands[k], s = operands[k + 1];
    if (constant(i) && constant(s)) {
      int64_t product;
      if (__builtin_mul_overflow(word(i), word(s), &product) ||
          __builtin_add_overflow(displacement, product, &displacement)) {
        return false;
      }
      continue;
    }
    if (parts->index != kNoRef) return false;
    const Ref index = constant(s) ? i : constant(i) ? s : kNoRef;
    if (index == kNoRef) return false;
    parts->index = index;
    const int64_t scale = word(constant(s) ? s : i);
    if (scale != 1 && scale != 2 && scale != 4 && scale != 8) return false;
    parts->shift = __builtin_ctzll(static_cast<uint64_t>(scale));
    if (!fused.empty() && fused[index]) {
      const int64_t offset = word(trace.operands(index)[1]);
      parts->index = trace.operands(index)[0];
      displacement += scale * (trace.at(index).op == Op::kAdd ? offset : -offset);
    }
  }
  // What an offset added is small: it may lead a little beyond what was foldable without it.
  parts->displacement = static_cast<int32_t>(displacement);
  return displacement >= INT32_MIN / 2 && displacement <= INT32_MAX / 2;
}

Ref DoubledValue(const Trace& trace, Ref product) {
  if (trace.at(product).op != Op::kMul || !IsFloat(trace.at(product).dtype)) return kNoRef;
  const std::span<const Ref> x = trace.operands(product);
  const auto is_two = [&](Ref ref) {
    const Instruction& i = trace.at(ref);
    const bool single = i.dtype == DType::kFloat32;
    return i.op == Op::kConst &&
           i.attribute == (single ? std::bit_cast<uint32_t>(2.0F) : std::bit_cast<uint64_t>(2.0));
  };
  return is_two(x[0]) ? x[1] : is_two(x[1]) ? x[0] : kNoRef;
}

bool FindUpdate(const Trace& trace, Ref write, MemoryUpdate* update) {
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

}  // namespace lathe
