// The x86-64 emitter: vector instructions for every primitive op that the level (vector_level.h) has them
// for. One object emits one body at one number of lanes; it knows values, not loops.
//
// A value is `lanes` elements of one dtype in one register: 8-byte and 4-byte dtypes densely; 1- and 2-byte
// integers as 32-bit lanes, extended by their sign. Bools are masks: at AVX-512 a mask register, one bit a
// lane; at the lower levels vectors of `slot` bytes a lane, all ones or zeros. `slot` is the width of the
// widest dtype of the nest, so a full vector has lanes * slot bytes. What is in a register beyond its lanes
// is undefined.
#pragma once

#include <asmjit/x86.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "lathe/dtype.h"
#include "src/codegen/emit/fused_form.h"
#include "src/codegen/vector_level.h"
#include "src/recorder/ir/op.h"

namespace lathe {

// A constant may instead be in memory, in as many lanes as there can be: instructions read it there.
struct Vector {
  asmjit::x86::Reg reg;
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

class X64Emitter {
 public:
  using Value = Vector;
  using Word = asmjit::x86::Gp;
  using Memory = asmjit::x86::Mem;
  using Strided = StridedPointer;
  // Some levels leave lanes of dense accesses out, and fuse more than products and sums.
  static constexpr bool kMasksRest = true;
  static constexpr bool kFusesMore = true;

  X64Emitter(asmjit::x86::Compiler& compiler, VectorLevel level, int slot, int lanes)
      : cc_(compiler), level_(level), slot_(slot), lanes_(lanes) {}

  int lanes() const { return lanes_; }
  // Addresses of this process do not get into the code.
  void LeaveAddressesOut() { elsewhere_ = true; }
  X64Emitter WithLanes(int lanes) const { return {cc_, level_, slot_, lanes}; }
  // Constants and scalars that may stay in registers, besides what a body needs.
  int registers_for_constants() const { return level_ == VectorLevel::kAvx512 ? 20 : 7; }
  bool has_fma() const { return avx(); }

  // ---- Part of a vector
  // Whether dense loads and stores can leave lanes out.
  bool can_mask() const { return level_ == VectorLevel::kAvx512; }
  // This emitter but with dense loads and stores of the first `count` lanes only, 0 < count <= lanes: other
  // lanes are loaded as zeros.
  X64Emitter WithRest(const asmjit::x86::Gp& count) const;

  // ---- Values and memory (values.cc, strided.cc; of bools masks.cc)
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
  // The same for a value that is used nowhere else: the instruction that made it, if it is the last one,
  // writes to the variable at once.
  void Replace(const Vector& variable, const Vector& value);

  // ---- Operations
  // The op on vectors; calls the op's C++ function on the lanes where the level has no instruction.
  // `shift` is the count of a shift by a constant.
  Vector Emit(Op op, DType result, std::span<const Vector> operands, std::optional<uint64_t> shift);
  // x * y fused with z; has_fma() only. Bit k of `dying` allows to overwrite the register of operand k.
  Vector EmitFused(FusedForm form, const Vector& x, const Vector& y, const Vector& z, int dying);
  // x < y ? x : y, or x > y ? x : y, in floats.
  Vector EmitExtreme(bool largest, const Vector& x, const Vector& y);
  // x where the sign bit of `sign` is set, else y; all floats of one dtype; can_choose_by_sign() only.
  bool can_choose_by_sign() const { return level_ == VectorLevel::kAvx2; }
  Vector EmitChoiceBySign(const Vector& sign, const Vector& x, const Vector& y);
  // outer(z, inner(x, y)) of And, Or, Xor on 4- and 8-byte integers, and whether a bit is set;
  // can_fuse_bits() only. If `z_dies` its register may be overwritten.
  bool can_fuse_bits() const { return avx512(); }
  Vector EmitBits(Op outer, const Vector& z, Op inner, const Vector& x, const Vector& y, bool z_dies);
  Vector EmitTestBit(const Vector& x, int bit);
  // To the label if no lane of the mask is set, or if all are.
  void JumpIfNone(const Vector& mask, const asmjit::Label& label);
  void JumpIfAll(const Vector& mask, const asmjit::Label& label);
  // `variable` becomes `value` in the lanes of the mask.
  void AssignWhere(const Vector& variable, const Vector& value, const Vector& mask);
  // The mask is cleared where x or y is a NaN.
  void KeepOrdered(const Vector& mask, const Vector& x, const Vector& y);
  // The eight lanes of a tree's accumulators joined as reduction_order.h says; of one lane. With `numbers`,
  // a maximum or minimum of floats need not care for NaNs.
  Vector JoinLanes(Op combiner, std::span<const Vector> accumulators, bool numbers);

 private:
  using Reg = asmjit::x86::Reg;
  using Vec = asmjit::x86::Vec;
  using Mask = asmjit::x86::Reg;  // a Vec, or a KReg at AVX-512
  using Id = uint32_t;
  enum class MaskLogic : uint8_t { kAnd, kAndNot, kOr, kXor };  // kAndNot: not a and b

  static int LaneBytes(DType dtype) { return ItemSize(dtype) < 4 ? 4 : ItemSize(dtype); }
  bool avx() const { return level_ != VectorLevel::kSse42; }
  bool avx512() const { return level_ == VectorLevel::kAvx512; }
  // Of one lane in a register.
  int Width(DType dtype) const { return IsBool(dtype) ? slot_ : LaneBytes(dtype); }
  int Bytes(DType dtype) const { return lanes_ * Width(dtype); }
  Id MoveId(int bytes) const;
  Vec New(int bytes);
  static Vec Part(const Reg& reg, int bytes);
  static int BytesOf(const Vec& a) { return static_cast<int>(a.size()); }
  Vec NewLike(const Vec& a) { return New(BytesOf(a)); }
  // A register narrowed to what this emitter's lanes need (a hoisted value may be wider). A constant in
  // memory is loaded.
  Vec Use(const Vector& value);
  // The same as the last operand of an instruction, which may be in memory.
  asmjit::Operand UseLast(const Vector& value);
  // The instruction at this level: AVX-512 has some under other names.
  Id Named(Id avx, Id sse) const;
  // dst = a op b, in two- or three-operand form.
  Vec Binary(Id avx, Id sse, const Vec& a, const asmjit::Operand_& b);
  Vec Binary(Id avx, Id sse, const Vec& a, const asmjit::Operand_& b, int immediate);
  Vec Unary(Id avx, Id sse, const asmjit::Operand_& a, int bytes);
  Vec UnaryImmediate(Id avx, Id sse, const Vec& a, int immediate);
  Vec ShiftBy(Id avx, Id sse, const Vec& a, int count);
  // A constant of `width` bytes in every lane: in memory, as an operand; in a register.
  asmjit::x86::Mem PatternAt(int bytes, uint64_t bits, int width);
  Vec Pattern(int bytes, uint64_t bits, int width);
  Vec SplatGp(const asmjit::x86::Gp& value, bool wide, int bytes);
  Vec Zero(int bytes);
  Vec Ones(int bytes);
  Vec Not(const Vec& a) { return Binary(kVpxor, kPxor, a, Ones(BytesOf(a))); }
  Vec High(const Vec& a);
  Vec Joined(const Vec& low, const Vec& high);
  Vec NarrowLanes(const Vec& a);
  Vec Normalised(DType dtype, const Vec& value);
  Vec Packed(const Vector& value);
  Vec GatherPart(DType dtype, const StridedPointer& from);
  Vector LoadThroughStack(DType dtype, const StridedPointer& from);
  void StoreLanes(const StridedPointer& to, const Vec& packed, int item, int count);
  void MoveMasked(const asmjit::Operand_& to, const asmjit::Operand_& from, int item);

  // ---- Masks (masks.cc)
  asmjit::x86::KReg NewMask();
  Mask UseMask(const Vector& value);
  Mask Logic(MaskLogic logic, const Mask& a, const Mask& b);
  Mask NotMask(const Mask& a);
  // By masks as wide as the lanes of the dtype: a choice of values that are no bools, and the constant at
  // `memory` where the mask is set, else 0.
  Vec Blend(DType dtype, const Vec& if_false, const Vec& if_true, const Mask& mask);
  Vec Where(DType dtype, const Mask& mask, const asmjit::x86::Mem& memory);
  // mask ? x : y of any dtype, by a mask of slot width.
  Reg Choose(DType dtype, const Mask& mask, const Vector& x, const Vector& y);
  // Vectors that are masks of 4-byte lanes to slot width and back.
  Vec Widen(const Vec& mask);
  Vec Narrow(const Vec& mask);
  asmjit::x86::Gp BitsOf(const Vector& mask);
  void TestMask(const Mask& mask);
  // A mask as wide as the lanes of the dtype; those of bools are masks themselves.
  Mask MaskFor(DType dtype, const Mask& mask);
  Mask ToSlot(DType dtype, const Mask& mask);
  Mask SignMask(DType dtype, const Vec& a);
  Mask SplatMask(const asmjit::x86::Gp& value);
  Mask ConstantMask(bool value);
  Mask LoadMask(const Vec& bytes);
  Vec PackedMask(const Mask& mask);
  bool MaskOp(Op op, std::span<const Vector> x, Vector* result);

  bool FloatOp(Op op, DType dtype, std::span<const Vector> x, Vector* result);
  bool FloatArithmetic(Op op, bool f64, const Vec& a, const Vector& y, Reg* result);
  bool FloatExtreme(Op op, DType dtype, const Vec& a, const Vec& b, Reg* result);
  bool FloatShape(Op op, DType dtype, const Vec& a, const Vec& b, Reg* result);
  Mask FloatComparison(Op op, DType dtype, const Vector& x, const Vector& y);
  Vec FloatSign(DType dtype, const Vec& a);
  Mask Unordered(DType dtype, const Vec& a);
  Mask Compare(DType dtype, const Vec& a, const asmjit::Operand_& b, int predicate);
  Mask FloatCompare(Op op, DType dtype, const Vec& a, const Vec& b);

  bool IntegerOp(Op op, DType dtype, std::span<const Vector> x, std::optional<uint64_t> shift,
                 Vector* result);
  bool IntegerArithmetic(Op op, DType dtype, const Vec& a, const Vector& y, Reg* result);
  bool IntegerExtreme(Op op, DType dtype, const Vec& a, const Vector& y, Reg* result);
  bool Shift(Op op, DType dtype, const Vec& a, const Vector& y, std::optional<uint64_t> count, Reg* result);
  Vec IntegerAbs(DType dtype, const Vec& a);
  Vec IntegerSign(DType dtype, const Vec& a);
  // Masks of the dtype's own lane width.
  Mask IntegerMask(Op op, DType dtype, Vec a, Vec b);
  Vec Multiply64(const Vec& a, const Vec& b);

  bool CastOp(DType from, DType to, const Vector& x, Vector* result);
  Vec CastInteger(DType from, DType to, const Vec& a);
  bool CastToFloat(DType from, DType to, const Vec& a, Reg* result);
  bool CastFromFloat(DType from, DType to, const Vec& a, Reg* result);
  Vec ExtendTo64(DType from, const Vec& a);
  Vec Int64ToFloat64(const Vec& a);
  Vec UInt64ToFloat64(const Vec& a);
  Vec FloatToInt64(DType from, const Vec& a);
  Vec Int64ToFloat32(const Vec& a);

  // ---- What AVX-512 has better instructions for than the common text (avx512.cc)
  bool Avx512Integer(Op op, DType dtype, const Vec& a, const Vector& y, std::optional<uint64_t> shift,
                     Reg* result);
  Mask Avx512IntegerMask(Op op, DType dtype, const Vec& a, const Vec& b);
  bool Avx512Cast(DType from, DType to, const Vec& a, Reg* result);

  Vector LaneCall(Op op, DType result, std::span<const Vector> operands);
  // ---- Calls of C functions (foreign_call.cc): operand 0 is the record of the function
  Vector ForeignCall(DType result, std::span<const Vector> operands);
  asmjit::BaseReg LoadArgument(DType dtype, const asmjit::x86::Mem& from);
  void StoreResult(asmjit::InvokeNode* call, DType dtype, const asmjit::x86::Mem& to);

  Vector Combine(Op op, const Reg& a, const Reg& b, DType dtype, bool numbers);
  Vector JoinMasks(Op combiner, std::span<const Vector> accumulators);

  static constexpr Id kVpxor = asmjit::x86::Inst::kIdVpxor;
  static constexpr Id kPxor = asmjit::x86::Inst::kIdPxor;
  static constexpr int kStackSlot = 64;  // bytes of one operand's lanes on the stack

  asmjit::x86::Compiler& cc_;
  VectorLevel level_;
  int slot_;
  int lanes_;
  bool elsewhere_ = false;
  asmjit::x86::KReg rest_;  // valid: the lanes of dense loads and stores
};

}  // namespace lathe
