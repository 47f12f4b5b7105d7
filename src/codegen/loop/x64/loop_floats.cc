// Floats and conversions.
#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

namespace x86 = asmjit::x86;

namespace {

constexpr uint64_t kSign64 = uint64_t{1} << 63;
constexpr uint64_t kSign32 = 0x8000000080000000;

bool IsSingle(DType dtype) { return dtype == DType::kFloat32; }

}  // namespace

// ---- Arithmetic -------------------------------------------------------------------------------------
void X64LoopEmitter::EmitArithmetic(Ref ref, Arithmetic kind, Ref x, Ref y) {
  namespace Inst = x86::Inst;
  static constexpr uint32_t kAvx[][2] = {{Inst::kIdVaddsd, Inst::kIdVaddss},
                                         {Inst::kIdVsubsd, Inst::kIdVsubss},
                                         {Inst::kIdVmulsd, Inst::kIdVmulss},
                                         {Inst::kIdVdivsd, Inst::kIdVdivss}};
  static constexpr uint32_t kSse[][2] = {{Inst::kIdAddsd, Inst::kIdAddss},
                                         {Inst::kIdSubsd, Inst::kIdSubss},
                                         {Inst::kIdMulsd, Inst::kIdMulss},
                                         {Inst::kIdDivsd, Inst::kIdDivss}};
  const bool single = IsSingle(At(ref).dtype);
  const Xmm to = VectorTarget(ref), left = InVector(x, x86::xmm15);
  asmjit::Operand right;
  if (IsFused(y)) {
    right = ElementOf(y);
  } else {
    right = InVector(y, x86::xmm14);
  }
  const auto row = static_cast<size_t>(kind);
  if (avx_) {
    a_.emit(kAvx[row][single], to, left, right);
    return StoreVector(ref, to);
  }
  if (right == to && right != left) {
    a_.movaps(x86::xmm14, to);
    right = x86::xmm14;
  }
  MoveTo(to, left);
  a_.emit(kSse[row][single], to, right);
  StoreVector(ref, to);
}

void X64LoopEmitter::EmitFloatUnary(Ref ref, FloatUnary kind) {
  const bool single = IsSingle(At(ref).dtype);
  const Xmm to = VectorTarget(ref), from = InVector(OperandOf(ref, 0), x86::xmm15);
  const uint64_t sign = single ? kSign32 : kSign64;
  switch (kind) {
    case FloatUnary::kNeg:
      if (!avx_) MoveTo(to, from);
      avx_ ? a_.vxorps(to, from, PoolWide(sign, sign)) : a_.xorps(to, PoolWide(sign, sign));
      break;
    case FloatUnary::kAbs:
      if (!avx_) MoveTo(to, from);
      avx_ ? a_.vandps(to, from, PoolWide(~sign, ~sign)) : a_.andps(to, PoolWide(~sign, ~sign));
      break;
    case FloatUnary::kSqrt:
      // The destination's own old value is no input: it is the operand's.
      if (single) {
        avx_ ? a_.vsqrtss(to, from, from) : a_.sqrtss(to, from);
      } else {
        avx_ ? a_.vsqrtsd(to, from, from) : a_.sqrtsd(to, from);
      }
      break;
  }
  StoreVector(ref, to);
}

void X64LoopEmitter::EmitRound(Ref ref, Rounding rounding) {
  const Xmm to = VectorTarget(ref), from = InVector(OperandOf(ref, 0), x86::xmm15);
  // Down, up, towards zero, as MXCSR says; bit 3: without the inexact exception.
  static constexpr int kModes[] = {1, 2, 3, 4};
  const int control = kModes[static_cast<size_t>(rounding)] | 8;
  if (IsSingle(At(ref).dtype)) {
    avx_ ? a_.vroundss(to, from, from, control) : a_.roundss(to, from, control);
  } else {
    avx_ ? a_.vroundsd(to, from, from, control) : a_.roundsd(to, from, control);
  }
  StoreVector(ref, to);
}

// x > y or NaN: x; else y. The instruction gives y where an operand is NaN.
void X64LoopEmitter::EmitFloatExtreme(Ref ref, bool largest) {
  const bool single = IsSingle(At(ref).dtype);
  const Xmm x = InVector(OperandOf(ref, 0), x86::xmm15), y = InVector(OperandOf(ref, 1), x86::xmm14);
  MoveTo(x86::xmm15, x);
  if (single) {
    largest ? a_.maxss(x86::xmm15, y) : a_.minss(x86::xmm15, y);
  } else {
    largest ? a_.maxsd(x86::xmm15, y) : a_.minsd(x86::xmm15, y);
  }
  const Label ordered = a_.newLabel();
  const Xmm original = InVector(OperandOf(ref, 0), x86::xmm14);
  single ? a_.ucomiss(original, original) : a_.ucomisd(original, original);
  a_.jnp(ordered);
  MoveTo(x86::xmm15, original);
  a_.bind(ordered);
  StoreVector(ref, x86::xmm15);
}

void X64LoopEmitter::CompareFloats(Ref x, Ref y) {
  const bool single = IsSingle(At(x).dtype);
  const Xmm left = InVector(x, x86::xmm15), right = InVector(y, x86::xmm14);
  if (avx_) {
    single ? a_.vucomiss(left, right) : a_.vucomisd(left, right);
  } else {
    single ? a_.ucomiss(left, right) : a_.ucomisd(left, right);
  }
}

// ---- Choices ----------------------------------------------------------------------------------------
// With AVX a comparison of floats becomes a mask: choices such as minima are not foreseen by any branch
// predictor.
bool X64LoopEmitter::IsMaskable(const Test& test, DType dtype) const {
  return avx_ && test.what == Compared::kFloat && test.relation >= Op::kLess && !test.negated &&
         At(test.x).dtype == dtype;
}

void X64LoopEmitter::EmitFloatSelect(Ref ref) {
  const Ref condition = OperandOf(ref, 0);
  if (const Test test = TestOf(condition); IsMaskable(test, At(ref).dtype)) {
    return EmitMaskedSelect(ref, test);
  }
  const Label otherwise = a_.newLabel(), done = a_.newLabel();
  JumpIf(condition, false, otherwise);
  MoveTo(x86::xmm15, InVector(OperandOf(ref, 1), x86::xmm15));
  a_.jmp(done);
  a_.bind(otherwise);
  MoveTo(x86::xmm15, InVector(OperandOf(ref, 2), x86::xmm15));
  a_.bind(done);
  StoreVector(ref, x86::xmm15);
}

void X64LoopEmitter::EmitMaskedSelect(Ref ref, const Test& test) {
  static constexpr int kPredicates[] = {0x11, 0x12, 0x1e, 0x1d};  // lt, le, gt, ge; quiet
  const bool single = IsSingle(At(ref).dtype);
  const Xmm to = VectorTarget(ref);
  const int predicate = kPredicates[static_cast<int>(test.relation) - static_cast<int>(Op::kLess)];
  const Xmm left = InVector(test.x, x86::xmm15), right = InVector(test.y, x86::xmm14);
  single ? a_.vcmpss(x86::xmm15, left, right, predicate) : a_.vcmpsd(x86::xmm15, left, right, predicate);
  const Xmm x = InVector(OperandOf(ref, 1), x86::xmm14);
  const LoopPlace& place = PlaceOf(OperandOf(ref, 2));
  if (place.kind == LoopPlace::Kind::kVector) {
    const Xmm y = XmmOf(VectorAt(place));
    single ? a_.vblendvps(to, y, x, x86::xmm15) : a_.vblendvpd(to, y, x, x86::xmm15);
    return StoreVector(ref, to);
  }
  // Both scratch registers are taken: choose by bits.
  a_.vandps(x86::xmm14, x, x86::xmm15);
  if (place.kind == LoopPlace::Kind::kConstant) {
    a_.vandnps(x86::xmm15, x86::xmm15, PoolWide(At(OperandOf(ref, 2)).attribute, 0));
  } else {
    a_.sub(x86::rsp, 16);
    a_.vmovups(x86::xmmword_ptr(x86::rsp), x86::xmm14);
    a_.vmovsd(x86::xmm14, MemoryOf(SlotOf(place)));
    a_.vandnps(x86::xmm15, x86::xmm15, x86::xmm14);
    a_.vmovups(x86::xmm14, x86::xmmword_ptr(x86::rsp));
    a_.add(x86::rsp, 16);
  }
  a_.vorps(x86::xmm15, x86::xmm15, x86::xmm14);
  StoreVector(ref, x86::xmm15);
}

// ---- Conversions ------------------------------------------------------------------------------------
void X64LoopEmitter::ConvertFloat(Register to_number, Register from_number, bool to_single) {
  const Xmm to = XmmOf(to_number), from = XmmOf(from_number);
  if (to_single) {
    avx_ ? a_.vcvtsd2ss(to, from, from) : a_.cvtsd2ss(to, from);
  } else {
    avx_ ? a_.vcvtss2sd(to, from, from) : a_.cvtss2sd(to, from);
  }
}

void X64LoopEmitter::ConvertToFloat(Register to_number, Register from_number, bool to_single) {
  const Xmm to = XmmOf(to_number);
  const Gp from = GpOf(from_number);
  // The conversion keeps the upper part of its destination: cleared, it depends on nothing.
  if (avx_) {
    a_.vxorps(to, to, to);
    to_single ? a_.vcvtsi2ss(to, to, from) : a_.vcvtsi2sd(to, to, from);
  } else {
    a_.xorps(to, to);
    to_single ? a_.cvtsi2ss(to, from) : a_.cvtsi2sd(to, from);
  }
}

void X64LoopEmitter::ConvertToInteger(Register to_number, Register from_number, DType to_dtype,
                                      bool from_single) {
  const Xmm from = XmmOf(from_number);
  const bool wide = to_dtype == DType::kInt64 || to_dtype == DType::kUInt32;
  const Gp to = wide ? GpOf(to_number) : GpOf(to_number).r32();
  from_single ? a_.cvttss2si(to, from) : a_.cvttsd2si(to, from);
}

void X64LoopEmitter::FloatToBool(Register to, Register from_number, bool from_single) {
  const Xmm from = XmmOf(from_number);
  a_.xorps(x86::xmm14, x86::xmm14);
  from_single ? a_.ucomiss(from, x86::xmm14) : a_.ucomisd(from, x86::xmm14);
  a_.setne(x86::al);
  a_.setp(x86::cl);
  a_.or_(x86::al, x86::cl);
  a_.movzx(GpOf(to).r32(), x86::al);
}

void X64LoopEmitter::IntegerToBool(Register to, Register from) {
  a_.test(GpOf(from), GpOf(from));
  a_.setne(x86::al);
  a_.movzx(GpOf(to).r32(), x86::al);
}

}  // namespace lathe
