// Floats and conversions.
#include <bit>

#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

namespace x86 = asmjit::x86;

namespace {

constexpr uint64_t kSign64 = uint64_t{1} << 63;
constexpr uint64_t kSign32 = 0x8000000080000000;

bool IsSingle(DType dtype) { return dtype == DType::kFloat32; }

bool IsTwo(const Instruction& i) {
  const uint64_t two = IsSingle(i.dtype) ? std::bit_cast<uint32_t>(2.0F) : std::bit_cast<uint64_t>(2.0);
  return i.op == Op::kConst && i.attribute == two;
}

}  // namespace

void LoopEmitter::MoveVector(Xmm to, Xmm from) {
  if (to.id() == from.id()) return;
  if (options_.avx) {
    a_.vmovaps(to, from);
  } else {
    a_.movaps(to, from);
  }
}

bool LoopEmitter::EmitFloat(Ref ref) {
  const Instruction& i = At(ref);
  if (!IsFloat(i.dtype)) return false;
  const std::span<const Ref> x = trace_.operands(ref);
  switch (i.op) {
    case Op::kAdd:
      return Arithmetically(ref, Arithmetic::kAdd, x[0], x[1]), true;
    case Op::kSub:
      return Arithmetically(ref, Arithmetic::kSub, x[0], x[1]), true;
    case Op::kMul:
      // Twice a value is a sum, whose latency is a third shorter on recent processors.
      if (IsTwo(At(x[0]))) return Arithmetically(ref, Arithmetic::kAdd, x[1], x[1]), true;
      if (IsTwo(At(x[1]))) return Arithmetically(ref, Arithmetic::kAdd, x[0], x[0]), true;
      return Arithmetically(ref, Arithmetic::kMul, x[0], x[1]), true;
    case Op::kDiv:
      return Arithmetically(ref, Arithmetic::kDiv, x[0], x[1]), true;
    case Op::kSquare:
      return Arithmetically(ref, Arithmetic::kMul, x[0], x[0]), true;
    case Op::kNeg:
    case Op::kAbs: {
      const bool single = IsSingle(i.dtype);
      const Xmm to = VectorTarget(ref), from = InVector(x[0], x86::xmm15);
      const uint64_t sign = single ? kSign32 : kSign64;
      const uint64_t mask = i.op == Op::kNeg ? sign : ~sign;
      if (options_.avx) {
        if (i.op == Op::kNeg) {
          a_.vxorps(to, from, PoolWide(mask, mask));
        } else {
          a_.vandps(to, from, PoolWide(mask, mask));
        }
      } else {
        MoveVector(to, from);
        if (i.op == Op::kNeg) {
          a_.xorps(to, PoolWide(mask, mask));
        } else {
          a_.andps(to, PoolWide(mask, mask));
        }
      }
      return StoreVector(ref, to), true;
    }
    case Op::kSqrt: {
      const Xmm to = VectorTarget(ref), from = InVector(x[0], x86::xmm15);
      // The destination's own old value is no input: it is the operand's.
      if (IsSingle(i.dtype)) {
        options_.avx ? a_.vsqrtss(to, from, from) : a_.sqrtss(to, from);
      } else {
        options_.avx ? a_.vsqrtsd(to, from, from) : a_.sqrtsd(to, from);
      }
      return StoreVector(ref, to), true;
    }
    case Op::kPositive:
      return StoreVector(ref, InVector(x[0], x86::xmm15)), true;
    case Op::kMaximum:
    case Op::kMinimum:
      return EmitFloatExtreme(ref, i.op == Op::kMaximum), true;
    case Op::kFloor:
      return EmitRound(ref, 1), true;
    case Op::kCeil:
      return EmitRound(ref, 2), true;
    case Op::kTrunc:
      return EmitRound(ref, 3), true;
    case Op::kRint:
      return EmitRound(ref, 4), true;
    case Op::kSelect:
    case Op::kSelectRare:
      return EmitFloatSelect(ref), true;
    case Op::kCast:
      return EmitCast(ref);
    default:
      return false;
  }
}

// ---- Arithmetic -------------------------------------------------------------------------------------
void LoopEmitter::Arithmetically(Ref ref, Arithmetic kind, Ref x, Ref y) {
  const bool single = IsSingle(At(ref).dtype);
  const Xmm to = VectorTarget(ref);
  const Xmm left = InVector(x, x86::xmm15);
  const Xmm right = InVector(y, x86::xmm14);
  ApplyFloat(kind, single, to, left, right);
  StoreVector(ref, to);
}

void LoopEmitter::ApplyFloat(Arithmetic kind, bool single, Xmm to, Xmm x, Xmm y) {
  namespace Inst = x86::Inst;
  static constexpr uint32_t kAvx[][2] = {{Inst::kIdVaddsd, Inst::kIdVaddss},
                                         {Inst::kIdVsubsd, Inst::kIdVsubss},
                                         {Inst::kIdVmulsd, Inst::kIdVmulss},
                                         {Inst::kIdVdivsd, Inst::kIdVdivss}};
  static constexpr uint32_t kSse[][2] = {{Inst::kIdAddsd, Inst::kIdAddss},
                                         {Inst::kIdSubsd, Inst::kIdSubss},
                                         {Inst::kIdMulsd, Inst::kIdMulss},
                                         {Inst::kIdDivsd, Inst::kIdDivss}};
  const auto row = static_cast<size_t>(kind);
  if (options_.avx) {
    a_.emit(kAvx[row][single], to, x, y);
    return;
  }
  if (to.id() == y.id() && to.id() != x.id()) {
    a_.movaps(x86::xmm14, y);
    y = x86::xmm14;
  }
  MoveVector(to, x);
  a_.emit(kSse[row][single], to, y);
}

void LoopEmitter::EmitRound(Ref ref, int mode) {
  const Xmm to = VectorTarget(ref), from = InVector(OperandOf(ref, 0), x86::xmm15);
  // Bit 3: without the inexact exception. 4: as MXCSR says.
  const int control = mode | 8;
  if (IsSingle(At(ref).dtype)) {
    options_.avx ? a_.vroundss(to, from, from, control) : a_.roundss(to, from, control);
  } else {
    options_.avx ? a_.vroundsd(to, from, from, control) : a_.roundsd(to, from, control);
  }
  StoreVector(ref, to);
}

// x > y or NaN: x; else y. The instruction gives y where an operand is NaN.
void LoopEmitter::EmitFloatExtreme(Ref ref, bool largest) {
  const bool single = IsSingle(At(ref).dtype);
  const Xmm x = InVector(OperandOf(ref, 0), x86::xmm15), y = InVector(OperandOf(ref, 1), x86::xmm14);
  MoveVector(x86::xmm15, x);
  if (single) {
    largest ? a_.maxss(x86::xmm15, y) : a_.minss(x86::xmm15, y);
  } else {
    largest ? a_.maxsd(x86::xmm15, y) : a_.minsd(x86::xmm15, y);
  }
  const Label ordered = a_.newLabel();
  const Xmm original = InVector(OperandOf(ref, 0), x86::xmm14);
  single ? a_.ucomiss(original, original) : a_.ucomisd(original, original);
  a_.jnp(ordered);
  MoveVector(x86::xmm15, original);
  a_.bind(ordered);
  StoreVector(ref, x86::xmm15);
}

void LoopEmitter::CompareFloats(Ref x, Ref y) {
  const bool single = IsSingle(At(x).dtype);
  const Xmm left = InVector(x, x86::xmm15), right = InVector(y, x86::xmm14);
  if (options_.avx) {
    single ? a_.vucomiss(left, right) : a_.vucomisd(left, right);
  } else {
    single ? a_.ucomiss(left, right) : a_.ucomisd(left, right);
  }
}

// One of two floats. With AVX a comparison of floats becomes a mask: choices such as minima are not foreseen
// by any branch predictor.
void LoopEmitter::EmitFloatSelect(Ref ref) {
  const Ref condition = OperandOf(ref, 0);
  const bool single = IsSingle(At(ref).dtype);
  const Xmm to = VectorTarget(ref);
  const Op op = At(condition).op;
  const bool ordered =
      op == Op::kLess || op == Op::kLessEqual || op == Op::kGreater || op == Op::kGreaterEqual;
  const bool masked =
      options_.avx && fused_[condition] && ordered && At(OperandOf(condition, 0)).dtype == At(ref).dtype;
  if (masked) {
    static constexpr int kPredicates[] = {0x11, 0x12, 0x1e, 0x1d};  // lt, le, gt, ge; quiet
    const int predicate = kPredicates[static_cast<int>(op) - static_cast<int>(Op::kLess)];
    const Xmm left = InVector(OperandOf(condition, 0), x86::xmm15);
    const Xmm right = InVector(OperandOf(condition, 1), x86::xmm14);
    single ? a_.vcmpss(x86::xmm15, left, right, predicate) : a_.vcmpsd(x86::xmm15, left, right, predicate);
    const Xmm x = InVector(OperandOf(ref, 1), x86::xmm14);
    const LoopPlace& place = PlaceOf(OperandOf(ref, 2));
    if (place.kind == LoopPlace::Kind::kVector) {
      single ? a_.vblendvps(to, VectorAt(place.index), x, x86::xmm15)
             : a_.vblendvpd(to, VectorAt(place.index), x, x86::xmm15);
      return StoreVector(ref, to);
    }
    // Both scratch registers are taken: choose by bits.
    a_.vandps(x86::xmm14, x, x86::xmm15);
    const Mem y = place.kind == LoopPlace::Kind::kConstant ? PoolWide(At(OperandOf(ref, 2)).attribute, 0)
                                                           : SlotOf(place);
    if (place.kind == LoopPlace::Kind::kConstant) {
      a_.vandnps(x86::xmm15, x86::xmm15, y);
    } else {
      a_.sub(x86::rsp, 16);
      a_.vmovups(x86::xmmword_ptr(x86::rsp), x86::xmm14);
      a_.vmovsd(x86::xmm14, y);
      a_.vandnps(x86::xmm15, x86::xmm15, x86::xmm14);
      a_.vmovups(x86::xmm14, x86::xmmword_ptr(x86::rsp));
      a_.add(x86::rsp, 16);
    }
    a_.vorps(x86::xmm15, x86::xmm15, x86::xmm14);
    return StoreVector(ref, x86::xmm15);
  }
  const Label otherwise = a_.newLabel(), done = a_.newLabel();
  JumpIf(condition, false, otherwise);
  MoveVector(x86::xmm15, InVector(OperandOf(ref, 1), x86::xmm15));
  a_.jmp(done);
  a_.bind(otherwise);
  MoveVector(x86::xmm15, InVector(OperandOf(ref, 2), x86::xmm15));
  a_.bind(done);
  StoreVector(ref, x86::xmm15);
}

// ---- Conversions ------------------------------------------------------------------------------------
bool LoopEmitter::EmitCast(Ref ref) {
  const DType to = At(ref).dtype, from = At(OperandOf(ref, 0)).dtype;
  const Ref x = OperandOf(ref, 0);
  if (to == DType::kUInt64 && IsFloat(from)) return false;
  if (from == DType::kUInt64 && IsFloat(to)) return false;
  if (IsFloat(to)) {
    const Xmm target = VectorTarget(ref);
    const bool single = IsSingle(to);
    if (IsFloat(from)) {
      const Xmm value = InVector(x, x86::xmm15);
      if (to == from) {
        MoveVector(target, value);
      } else if (single) {
        options_.avx ? a_.vcvtsd2ss(target, value, value) : a_.cvtsd2ss(target, value);
      } else {
        options_.avx ? a_.vcvtss2sd(target, value, value) : a_.cvtss2sd(target, value);
      }
    } else {
      const Gp value = InGeneral(x, x86::rax);
      // The conversion keeps the upper part of its destination: cleared, it depends on nothing.
      if (options_.avx) {
        a_.vxorps(target, target, target);
        single ? a_.vcvtsi2ss(target, target, value) : a_.vcvtsi2sd(target, target, value);
      } else {
        a_.xorps(target, target);
        single ? a_.cvtsi2ss(target, value) : a_.cvtsi2sd(target, value);
      }
    }
    return StoreVector(ref, target), true;
  }
  if (IsFloat(from)) {
    const Xmm value = InVector(x, x86::xmm15);
    if (IsBool(to)) {
      a_.xorps(x86::xmm14, x86::xmm14);
      IsSingle(from) ? a_.ucomiss(value, x86::xmm14) : a_.ucomisd(value, x86::xmm14);
      a_.setne(x86::al);
      a_.setp(x86::cl);
      a_.or_(x86::al, x86::cl);
      a_.movzx(x86::eax, x86::al);
      return StoreGeneral(ref, x86::rax), true;
    }
    const Gp target = GeneralTarget(ref);
    if (to == DType::kInt64) {
      IsSingle(from) ? a_.cvttss2si(target, value) : a_.cvttsd2si(target, value);
    } else {
      IsSingle(from) ? a_.cvttss2si(target.r32(), value) : a_.cvttsd2si(target.r32(), value);
      // uint32 converts by way of 64 bits.
      if (to == DType::kUInt32) IsSingle(from) ? a_.cvttss2si(target, value) : a_.cvttsd2si(target, value);
    }
    Extend(target, to);
    return StoreGeneral(ref, target), true;
  }
  const Gp target = GeneralTarget(ref);
  const Gp value = InGeneral(x, target);
  if (IsBool(to) && !IsBool(from)) {
    a_.test(value, value);
    a_.setne(x86::al);
    a_.movzx(x86::eax, x86::al);
    return StoreGeneral(ref, x86::rax), true;
  }
  if (target.id() != value.id()) a_.mov(target, value);
  if (ItemSize(to) < ItemSize(from) || (ItemSize(to) == ItemSize(from) && to != from)) Extend(target, to);
  if (ItemSize(to) > ItemSize(from) && to != DType::kInt64 && to != DType::kUInt64) Extend(target, to);
  return StoreGeneral(ref, target), true;
}

}  // namespace lathe
