// The AArch64 emitter: Advanced SIMD instructions for every primitive op that has them. One object emits one
// body at one number of lanes; it knows values, not loops. x64/emitter.h says what the functions of the same
// names mean.
//
// A value is `lanes` elements of one dtype in one register of 16 bytes: 8-byte and 4-byte dtypes densely; 1-
// and 2-byte integers as 32-bit lanes, extended by their sign. Bools are masks: `slot` bytes a lane, all ones
// or zeros. `slot` is the width of the widest dtype of the nest, so a full vector has lanes * slot bytes.
// What is in a register beyond its lanes is undefined, and instructions work on it all the same.
#pragma once

#include <asmjit/arm/a64compiler.h>

#include <cstdint>
#include <optional>
#include <span>

#include "lathe/dtype.h"
#include "src/codegen/emit/fused_form.h"
#include "src/codegen/vector_level.h"
#include "src/recorder/ir/op.h"

namespace lathe {

struct A64Vector {
  asmjit::a64::Vec reg;
  DType dtype = DType::kFloat64;
  bool is_set() const { return reg.isValid(); }
};

// A strided run of elements: the pointer stands at the first.
struct A64Strided {
  asmjit::a64::Gp pointer;
  asmjit::a64::Gp stride;
};

class A64Emitter {
 public:
  using Value = A64Vector;
  using Word = asmjit::a64::Gp;
  using Memory = asmjit::a64::Mem;
  using Strided = A64Strided;
  static constexpr bool kMasksRest = false;
  static constexpr bool kFusesMore = false;

  A64Emitter(asmjit::a64::Compiler& compiler, VectorLevel, int slot, int lanes)
      : cc_(compiler), slot_(slot), lanes_(lanes) {}

  int lanes() const { return lanes_; }
  // Addresses of this process do not get into the code.
  void LeaveAddressesOut() { elsewhere_ = true; }
  int registers_for_constants() const { return 16; }
  bool has_fma() const { return true; }
  bool can_mask() const { return false; }
  bool can_choose_by_sign() const { return false; }
  bool can_fuse_bits() const { return false; }

  // ---- Values and memory (values.cc, strided.cc; of bools masks.cc)
  A64Vector Splat(DType dtype, const Memory& memory);
  A64Vector SplatConstant(DType dtype, uint64_t bits);
  // Instructions have no operands in memory.
  A64Vector ConstantInMemory(DType, uint64_t) { return {}; }
  A64Vector Load(DType dtype, const Memory& memory);
  void Store(const Memory& memory, const A64Vector& value);
  // No store bypasses the cache (Target::kStreams).
  void StreamingStore(const Memory& memory, const A64Vector& value) { Store(memory, value); }
  A64Vector LoadStrided(DType dtype, const A64Strided& from);
  void StoreStrided(const A64Strided& to, const A64Vector& value);
  void AdvanceStrided(const A64Strided& pointer);
  A64Vector SplatCounter(const Word& start);
  A64Vector CounterAt(const A64Vector& splat, int64_t first);
  A64Vector Copy(const A64Vector& value) { return {Copied(value.reg), value.dtype}; }
  void Assign(const A64Vector& variable, const A64Vector& value);
  void Replace(const A64Vector& variable, const A64Vector& value);

  // ---- Operations
  A64Vector Emit(Op op, DType result, std::span<const A64Vector> operands, std::optional<uint64_t> shift);
  A64Vector EmitFused(FusedForm form, const A64Vector& x, const A64Vector& y, const A64Vector& z, int dying);
  A64Vector EmitExtreme(bool largest, const A64Vector& x, const A64Vector& y);
  void JumpIfNone(const A64Vector& mask, const asmjit::Label& label);
  void JumpIfAll(const A64Vector& mask, const asmjit::Label& label);
  void AssignWhere(const A64Vector& variable, const A64Vector& value, const A64Vector& mask);
  void KeepOrdered(const A64Vector& mask, const A64Vector& x, const A64Vector& y);
  A64Vector JoinLanes(Op combiner, std::span<const A64Vector> accumulators, bool numbers);

 private:
  using Vec = asmjit::a64::Vec;
  using Gp = asmjit::a64::Gp;
  using Id = uint32_t;

  A64Emitter WithLanes(int lanes) const { return {cc_, VectorLevel::kNeon, slot_, lanes}; }
  static int LaneBytes(DType dtype) { return ItemSize(dtype) < 4 ? 4 : ItemSize(dtype); }
  // Of one lane in a register.
  int Width(DType dtype) const { return IsBool(dtype) ? slot_ : LaneBytes(dtype); }

  // ---- Registers (values.cc)
  Vec New();
  // The whole register as lanes of so many bytes, its lower half, and the scalar in its low end.
  static Vec Whole(const Vec& reg, int width);
  static Vec Half(const Vec& reg, int width);
  static Vec Scalar(const Vec& reg, int bytes);
  static Vec Lane(const Vec& reg, int width, int lane);
  Vec Unary(Id id, const Vec& a, int width);
  Vec Binary(Id id, const Vec& a, const Vec& b, int width);
  Vec WithImmediate(Id id, const Vec& a, int64_t immediate, int width);
  Vec Bitwise(Id id, const Vec& a, const Vec& b) { return Binary(id, a, b, 1); }
  Vec Not(const Vec& a);
  Vec Copied(const Vec& a);
  Vec Zero();
  Vec Ones();
  // A constant of `width` bytes in every lane.
  Vec Pattern(uint64_t bits, int width);
  Vec SplatGp(const Gp& value, int width);
  // Lanes of the lower half twice as wide, and lanes cut to half their width, `width` being that of the
  // result.
  Vec Widened(const Vec& a, bool is_signed, int width);
  Vec Narrowed(const Vec& a, int width);
  Vec Normalised(DType dtype, const Vec& value);
  Vec Packed(const A64Vector& value);
  Gp LoadInteger(DType dtype, const Memory& from);
  void StoreInteger(const Gp& value, int bytes, const Memory& to);

  // ---- Masks (masks.cc): Choose takes the mask's register for the result
  Vec Choose(const Vec& mask, const Vec& if_true, const Vec& if_false);
  Vec Where(const Vec& mask, uint64_t bits, int width);
  Vec MaskFor(DType dtype, const Vec& mask);
  Vec ToSlot(DType dtype, const Vec& mask);
  Gp BitsOf(const A64Vector& mask, bool smallest);
  Vec LoadMask(const Vec& bytes);
  Vec PackedMask(const Vec& mask);
  bool MaskOp(Op op, std::span<const A64Vector> x, Vec* result);

  // ---- Floats (floats.cc)
  bool FloatOp(Op op, DType dtype, std::span<const A64Vector> x, Vec* result);
  bool FloatArithmetic(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result);
  bool FloatExtreme(Op op, int width, const Vec& a, const Vec& b, Vec* result);
  bool FloatShape(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result);
  // As wide as the lanes.
  Vec FloatMask(Op op, int width, const Vec& a, const Vec& b);
  Vec IsNumber(const Vec& a, int width);
  Vec FloatSign(DType dtype, const Vec& a);

  // ---- Integers (integers.cc)
  bool IntegerOp(Op op, DType dtype, std::span<const A64Vector> x, std::optional<uint64_t> shift,
                 Vec* result);
  bool IntegerArithmetic(Op op, DType dtype, const Vec& a, const Vec& b, Vec* result);
  Vec IntegerExtreme(bool largest, DType dtype, const Vec& a, const Vec& b);
  Vec IntegerSign(DType dtype, const Vec& a);
  Vec IntegerReciprocal(DType dtype, const Vec& a);
  Vec IntegerMask(Op op, DType dtype, const Vec& a, const Vec& b);
  Vec Shift(Op op, DType dtype, const Vec& a, const Vec& count, std::optional<uint64_t> constant);
  Vec Multiply64(const Vec& a, const Vec& b);

  // ---- Casts (casts.cc)
  bool CastOp(DType from, DType to, const A64Vector& x, Vec* result);
  Vec CastInteger(DType from, DType to, const Vec& a);
  Vec CastToFloat(DType from, DType to, const Vec& a);
  Vec CastFromFloat(DType from, DType to, const Vec& a);
  Vec Int64ToFloat32(DType from, const Vec& a);
  // Of float64; what does not fit gives the smallest integer.
  Vec ToInt64(const Vec& a);
  Vec ToUInt64(const Vec& a);

  // ---- Calls, once for all lanes of an op's C++ function, or once a lane (lanes.cc, foreign_call.cc)
  asmjit::InvokeNode* Invoke(const Gp& target, const asmjit::FuncSignature& signature);
  A64Vector LaneCall(Op op, DType result, std::span<const A64Vector> operands);
  A64Vector ForeignCall(DType result, std::span<const A64Vector> operands);
  asmjit::BaseReg LoadArgument(DType dtype, const Memory& from);
  void StoreResult(asmjit::InvokeNode* call, DType dtype, const Memory& to);

  A64Vector Combine(Op op, const Vec& a, const Vec& b, DType dtype, bool numbers);

  static constexpr int kStackSlot = 16;  // bytes of one operand's lanes on the stack

  asmjit::a64::Compiler& cc_;
  int slot_;
  int lanes_;
  bool elsewhere_ = false;
};

}  // namespace lathe
