// The x86-64 emitter: vector instructions for every primitive op that the level (SSE4.2, or AVX2 with FMA)
// has them for. One object emits one body at one number of lanes; it knows values, not loops.
//
// A value is `lanes` elements of one dtype in one register: 8-byte and 4-byte dtypes densely; 1- and 2-byte
// integers as 32-bit lanes, extended by their sign; bools as masks of `slot` bytes a lane, all ones or zeros.
// `slot` is the width of the widest dtype of the nest, so a full vector has lanes * slot bytes.
#pragma once

#include <asmjit/x86.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

// A constant may instead be in memory, in as many lanes as there can be: instructions read it there.
struct Vector {
  asmjit::x86::Vec reg;
  DType dtype = DType::kFloat64;
  asmjit::x86::Mem memory = {};
  bool is_set() const { return reg.isValid() || in_memory(); }
  bool in_memory() const { return memory.hasBase(); }
};

// A strided run of elements: `pointer` at the first, and three strides, for addressing.
struct StridedPointer {
  asmjit::x86::Gp pointer;
  asmjit::x86::Gp stride;
  asmjit::x86::Gp three_strides;
};

// How an element-wise product takes part in a fused multiply-add.
enum class FusedForm : uint8_t { kProductPlus, kProductMinus, kMinusProduct };

class X64Emitter {
 public:
  X64Emitter(asmjit::x86::Compiler& compiler, bool avx, int slot, int lanes)
      : cc_(compiler), avx_(avx), slot_(slot), lanes_(lanes) {}

  int lanes() const { return lanes_; }
  X64Emitter WithLanes(int lanes) const { return {cc_, avx_, slot_, lanes}; }

  // ---- Values and memory (values.cc)
  // Every lane the value whose bits are in the 8 bytes at `memory`, or the element at `memory`.
  Vector Splat(DType dtype, const asmjit::x86::Mem& memory);
  Vector SplatConstant(DType dtype, uint64_t bits);
  // The same left in memory, if instructions can take it from there.
  Vector ConstantInMemory(DType dtype, uint64_t bits);
  // Consecutive elements at `memory`.
  Vector Load(DType dtype, const asmjit::x86::Mem& memory);
  void Store(const asmjit::x86::Mem& memory, const Vector& value);
  // A store that bypasses the cache; of whole vectors of 4- and 8-byte dtypes, aligned.
  void StreamingStore(const asmjit::x86::Mem& memory, const Vector& value);
  Vector LoadStrided(DType dtype, const StridedPointer& from);
  void StoreStrided(const StridedPointer& to, const Vector& value);
  // The pointer moved by the lanes of one vector.
  void AdvanceStrided(const StridedPointer& pointer);
  // The int64 values of `start` in every lane, plus first, first+1, ...
  Vector SplatCounter(const asmjit::x86::Gp& start);
  Vector CounterAt(const Vector& splat, int64_t first);
  // A variable that begins as `value`, and its assignment.
  Vector Copy(const Vector& value);
  void Assign(const Vector& variable, const Vector& value);

  // ---- Operations
  // The op on vectors; calls the op's C++ function on the lanes where the level has no instruction.
  // `shift` is the count of a shift by a constant.
  Vector Emit(Op op, DType result, std::span<const Vector> operands, std::optional<uint64_t> shift);
  // x * y fused with z; AVX only. Bit k of `dying` allows to overwrite the register of operand k.
  Vector EmitFused(FusedForm form, const Vector& x, const Vector& y, const Vector& z, int dying);
  // x < y ? x : y, or x > y ? x : y, in floats.
  Vector EmitExtreme(bool largest, const Vector& x, const Vector& y);
  // x where the sign bit of `sign` is set, else y; all floats of one dtype; AVX only.
  Vector EmitChoiceBySign(const Vector& sign, const Vector& x, const Vector& y);
  // Sets the flags to "zero" if no lane of the mask is set.
  void TestAny(const Vector& mask);
  // `variable` becomes `value` in the lanes of the mask.
  void AssignWhere(const Vector& variable, const Vector& value, const Vector& mask);
  // The eight lanes of a tree's accumulators joined as reduction_order.h says; of one lane.
  Vector JoinLanes(Op combiner, std::span<const Vector> accumulators);

 private:
  using Vec = asmjit::x86::Vec;
  using Id = uint32_t;

  static int LaneBytes(DType dtype) { return ItemSize(dtype) < 4 ? 4 : ItemSize(dtype); }
  // Of one lane in a register.
  int Width(DType dtype) const { return IsBool(dtype) ? slot_ : LaneBytes(dtype); }
  int Bytes(DType dtype) const { return lanes_ * Width(dtype); }
  Id MoveId(int bytes) const;
  Vec New(int bytes);
  Vec NewLike(const Vec& a) { return New(a.isYmm() ? 32 : 16); }
  // A register narrowed to what this emitter's lanes need (a hoisted value may be wider). A constant in
  // memory is loaded.
  Vec Use(const Vector& value);
  // The same as the last operand of an instruction, which may be in memory.
  asmjit::Operand UseLast(const Vector& value);
  // dst = a op b, in two- or three-operand form.
  Vec Binary(Id avx, Id sse, const Vec& a, const asmjit::Operand_& b);
  Vec Binary(Id avx, Id sse, const Vec& a, const asmjit::Operand_& b, int immediate);
  Vec Unary(Id avx, Id sse, const asmjit::Operand_& a, int bytes);
  Vec UnaryImmediate(Id avx, Id sse, const Vec& a, int immediate);
  Vec ShiftBy(Id avx, Id sse, const Vec& a, int count);
  // A constant of `width` bytes in every lane: in memory, as an operand; in a register.
  asmjit::x86::Mem PatternAt(int bytes, uint64_t bits, int width);
  Vec Pattern(int bytes, uint64_t bits, int width);
  Vec Zero(int bytes);
  Vec Ones(int bytes);
  Vec Not(const Vec& a) { return Binary(kVpxor, kPxor, a, Ones(a.isYmm() ? 32 : 16)); }
  Vec Blend(const Vec& if_false, const Vec& if_true, const Vec& mask);
  Vec High(const Vec& a);
  // Masks of 4-byte lanes to slot width and back.
  Vec Widen(const Vec& mask);
  Vec Narrow(const Vec& mask);
  // A mask as wide as the lanes of the dtype; those of bools are masks themselves.
  Vec MaskFor(DType dtype, const Vec& mask) {
    return slot_ == 8 && LaneBytes(dtype) == 4 && !IsBool(dtype) ? Narrow(mask) : mask;
  }
  Vec ToSlot(DType dtype, const Vec& mask) {
    return slot_ == 8 && LaneBytes(dtype) == 4 ? Widen(mask) : mask;
  }
  Vec Normalised(DType dtype, const Vec& value);
  Vec Packed(const Vector& value);
  Vec GatherQuads(DType dtype, const StridedPointer& from);

  bool FloatOp(Op op, DType dtype, std::span<const Vector> x, Vector* result);
  bool FloatArithmetic(Op op, bool f64, const Vec& a, const Vector& y, Vec* result);
  bool FloatExtreme(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result);
  bool FloatShape(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result);
  Vec FloatComparison(Op op, DType dtype, const Vector& x, const Vector& y);
  Vec FloatSign(DType dtype, const Vec& a);
  Vec Unordered(DType dtype, const Vec& a);
  Vec Compare(DType dtype, const Vec& a, const asmjit::Operand_& b, int predicate);
  Vec FloatCompare(Op op, DType dtype, const Vec& a, const Vec& b);

  bool IntegerOp(Op op, DType dtype, std::span<const Vector> x, std::optional<uint64_t> shift,
                 Vector* result);
  bool IntegerArithmetic(Op op, DType dtype, const Vec& a, const Vector& y, Vec* result);
  bool Shift(Op op, DType dtype, const Vec& a, const Vector& y, std::optional<uint64_t> count, Vec* result);
  Vec IntegerAbs(DType dtype, const Vec& a);
  Vec IntegerSign(DType dtype, const Vec& a);
  // Masks of the dtype's own lane width.
  Vec IntegerMask(Op op, DType dtype, Vec a, Vec b);
  Vec Multiply64(const Vec& a, const Vec& b);
  bool MaskOp(Op op, std::span<const Vector> x, Vector* result);

  bool CastOp(DType from, DType to, const Vector& x, Vector* result);
  bool CastInteger(DType from, DType to, const Vec& a, Vec* result);
  bool CastToFloat(DType from, DType to, const Vec& a, Vec* result);
  bool CastFromFloat(DType from, DType to, const Vec& a, Vec* result);
  Vec ExtendTo64(DType from, const Vec& a);
  Vec Int64ToFloat64(const Vec& a);
  Vec UInt64ToFloat64(const Vec& a);
  Vec FloatToInt64(DType from, const Vec& a);
  Vec Int64ToFloat32(const Vec& a);

  Vector LaneCall(Op op, DType result, std::span<const Vector> operands);
  // Calls the C function whose record operand 0 is, once a lane, on the others.
  Vector ForeignCall(DType result, std::span<const Vector> operands);
  asmjit::BaseReg LoadArgument(DType dtype, const asmjit::x86::Mem& from);
  void StoreResult(asmjit::InvokeNode* call, DType dtype, const asmjit::x86::Mem& to);
  Vector Combine(Op op, const Vec& a, const Vec& b, DType dtype);

  static constexpr Id kVpxor = asmjit::x86::Inst::kIdVpxor;
  static constexpr Id kPxor = asmjit::x86::Inst::kIdPxor;
  static constexpr int kStackSlot = 64;  // bytes of one operand's lanes on the stack

  asmjit::x86::Compiler& cc_;
  bool avx_;
  int slot_;
  int lanes_;
};

}  // namespace lathe
