// The x86-64 emitter: vector instructions for every primitive op that the level has them for. One object
// emits the body of one loop at one number of lanes.
//
// A value is `lanes` elements of one dtype in one register: 8-byte and 4-byte dtypes densely; 1- and 2-byte
// integers as 32-bit lanes, extended by their sign; bools as masks of `slot` bytes a lane, all ones or zeros.
// `slot` is the width of the widest dtype of the nest, so a full vector has lanes * slot bytes.
#pragma once

#include <asmjit/x86.h>

#include <cstdint>
#include <optional>
#include <span>

#include "lathe/dtype.h"
#include "src/recorder/ir/op.h"

namespace lathe {

struct Vector {
  asmjit::x86::Vec reg;
  DType dtype = DType::kFloat64;
};

class X64Emitter {
 public:
  X64Emitter(asmjit::x86::Compiler& compiler, bool avx, int slot, int lanes)
      : cc_(compiler), avx_(avx), slot_(slot), lanes_(lanes) {}

  int lanes() const { return lanes_; }
  // Every lane the value whose bits are in the 8 bytes at `memory`.
  Vector Splat(DType dtype, const asmjit::x86::Mem& memory);
  // Consecutive elements at `memory`.
  Vector Load(DType dtype, const asmjit::x86::Mem& memory);
  void Store(const asmjit::x86::Mem& memory, const Vector& value);
  // Elements `stride` bytes apart, beginning at `pointer`.
  Vector LoadStrided(DType dtype, const asmjit::x86::Gp& pointer, const asmjit::x86::Gp& stride);
  void StoreStrided(const asmjit::x86::Gp& pointer, const asmjit::x86::Gp& stride, const Vector& value);
  // The op on vectors; calls the op's C++ function on the lanes where the level has no instruction.
  // `shift` is the count of a shift by a constant.
  Vector Emit(Op op, DType result, std::span<const Vector> operands, std::optional<uint64_t> shift);
  // The integers start, start+1, ... for int64 counters.
  Vector Counter(const asmjit::x86::Gp& start);

 private:
  using Vec = asmjit::x86::Vec;
  using Id = uint32_t;

  static int LaneBytes(DType dtype) { return ItemSize(dtype) < 4 ? 4 : ItemSize(dtype); }
  int Bytes(DType dtype) const { return lanes_ * (IsBool(dtype) ? slot_ : LaneBytes(dtype)); }
  Vec New(int bytes);
  Vec NewFor(DType dtype) { return New(Bytes(dtype)); }
  // A register narrowed to what this emitter's lanes need (a hoisted value may be wider).
  Vec Use(const Vector& value);
  // dst = a op b, in two- or three-operand form.
  Vec Binary(Id avx, Id sse, const Vec& a, const Vec& b);
  Vec Binary(Id avx, Id sse, const Vec& a, const Vec& b, int immediate);
  Vec Unary(Id avx, Id sse, const Vec& a, int bytes);
  Vec UnaryImmediate(Id avx, Id sse, const Vec& a, int immediate);
  Vec ShiftBy(Id avx, Id sse, const Vec& a, int count);
  Vec Pattern(int bytes, uint64_t bits, int width);
  Vec Zero(int bytes);
  Vec Ones(int bytes);
  Vec Blend(const Vec& if_false, const Vec& if_true, const Vec& mask);
  Vec High(const Vec& a);
  // Masks of 4-byte lanes to slot width and back.
  Vec Widen(const Vec& mask);
  Vec Narrow(const Vec& mask);
  Vec MaskFor(DType dtype, const Vec& mask) {
    return slot_ == 8 && LaneBytes(dtype) == 4 ? Narrow(mask) : mask;
  }
  Vec ToSlot(DType dtype, const Vec& mask) {
    return slot_ == 8 && LaneBytes(dtype) == 4 ? Widen(mask) : mask;
  }
  Vec Normalised(DType dtype, const Vec& value);

  bool FloatOp(Op op, DType dtype, std::span<const Vector> x, Vector* result);
  bool IntegerOp(Op op, DType dtype, std::span<const Vector> x, std::optional<uint64_t> shift,
                 Vector* result);
  bool MaskOp(Op op, std::span<const Vector> x, Vector* result);
  bool CastOp(DType from, DType to, const Vector& x, Vector* result);
  Vec FloatCompare(Op op, DType dtype, const Vec& a, const Vec& b);
  Vec IntegerCompare(Op op, DType dtype, Vec a, Vec b);
  Vec Multiply64(const Vec& a, const Vec& b);
  Vec Int64ToFloat64(const Vec& a);
  Vector LaneCall(Op op, DType result, std::span<const Vector> operands);

  asmjit::x86::Compiler& cc_;
  const bool avx_;
  const int slot_;
  const int lanes_;
};

}  // namespace lathe
