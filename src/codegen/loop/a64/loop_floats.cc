// Floats and conversions. Nothing is contracted: the IR's own fma is a call.
#include "src/codegen/loop/a64/loop_emitter.h"

namespace lathe {

namespace a64 = asmjit::a64;

namespace {

bool IsSingle(DType dtype) { return dtype == DType::kFloat32; }

// The flags that ccmp and ccmn set where their condition does not hold: overflow, or none.
constexpr int kOverflowFlag = 1;
constexpr int kNoFlags = 0;

}  // namespace

// ---- Arithmetic -------------------------------------------------------------------------------------
void A64LoopEmitter::EmitArithmetic(Ref ref, Arithmetic kind, Ref x, Ref y) {
  using Inst = a64::Inst;
  static constexpr uint32_t kInstructions[] = {Inst::kIdFadd_v, Inst::kIdFsub_v, Inst::kIdFmul_v,
                                               Inst::kIdFdiv_v};
  const bool single = IsSingle(At(ref).dtype);
  const Register to = VectorTarget(ref), left = InVector(x, kVectorScratch0),
                 right = InVector(y, kVectorScratch1);
  a_.emit(kInstructions[static_cast<size_t>(kind)], Float(to, single), Float(left, single),
          Float(right, single));
  StoreVector(ref, to);
}

void A64LoopEmitter::EmitFloatUnary(Ref ref, FloatUnary kind) {
  const bool single = IsSingle(At(ref).dtype);
  const Register number = VectorTarget(ref);
  const Vec to = Float(number, single);
  const Vec from = Float(InVector(OperandOf(ref, 0), kVectorScratch0), single);
  switch (kind) {
    case FloatUnary::kNeg:
      a_.fneg(to, from);
      break;
    case FloatUnary::kAbs:
      a_.fabs(to, from);
      break;
    case FloatUnary::kSqrt:
      a_.fsqrt(to, from);
      break;
  }
  StoreVector(ref, number);
}

void A64LoopEmitter::EmitRound(Ref ref, Rounding rounding) {
  const bool single = IsSingle(At(ref).dtype);
  const Register number = VectorTarget(ref);
  const Vec to = Float(number, single);
  const Vec from = Float(InVector(OperandOf(ref, 0), kVectorScratch0), single);
  switch (rounding) {
    case Rounding::kFloor:
      a_.frintm(to, from);
      break;
    case Rounding::kCeil:
      a_.frintp(to, from);
      break;
    case Rounding::kTrunc:
      a_.frintz(to, from);
      break;
    case Rounding::kEven:
      a_.frinti(to, from);  // as FPCR says
      break;
  }
  StoreVector(ref, number);
}

// x > y or NaN: x; else y. Not fmax, which has an order of zeros.
void A64LoopEmitter::EmitFloatExtreme(Ref ref, bool largest) {
  const bool single = IsSingle(At(ref).dtype);
  const Register number = VectorTarget(ref);
  const Vec x = Float(InVector(OperandOf(ref, 0), kVectorScratch0), single);
  const Vec y = Float(InVector(OperandOf(ref, 1), kVectorScratch1), single);
  const Vec chosen = Float(kVectorScratch1, single);
  a_.fcmp(x, y);
  a_.fcsel(chosen, x, y, largest ? Cond::kGT : Cond::kMI);
  a_.fcmp(x, x);
  a_.fcsel(Float(number, single), x, chosen, Cond::kVS);
  StoreVector(ref, number);
}

void A64LoopEmitter::EmitFloatSelect(Ref ref) {
  const Cond holds = SetFlags(TestOf(OperandOf(ref, 0)));
  // Loads do not change the flags.
  const Register x = InVector(OperandOf(ref, 1), kVectorScratch0),
                 y = InVector(OperandOf(ref, 2), kVectorScratch1);
  const Register to = VectorTarget(ref);
  a_.fcsel(D(to), D(x), D(y), holds);
  StoreVector(ref, to);
}

// ---- Conversions ------------------------------------------------------------------------------------
void A64LoopEmitter::ConvertFloat(Register to, Register from, bool to_single) {
  a_.fcvt(Float(to, to_single), Float(from, !to_single));
}

void A64LoopEmitter::ConvertToFloat(Register to, Register from, bool to_single) {
  a_.scvtf(Float(to, to_single), X(from));
}

// The instruction saturates and makes 0 of NaN; wanted is the smallest integer for all that does not fit.
void A64LoopEmitter::ConvertToInteger(Register to, Register from, DType to_dtype, bool from_single) {
  const Vec value = Float(from, from_single);
  a_.fcvtzs(X(to), value);
  if (to_dtype == DType::kInt64 || to_dtype == DType::kUInt32) {
    // No float is the largest integer: what gives it was too large.
    a_.fcmp(value, value);
    a_.ccmn(X(to), 1, kOverflowFlag, Cond::kVC);
    SetConstant(kScratch1, INT64_MIN);
    a_.csel(X(to), X(kScratch1), X(to), Cond::kVS);
    return;
  }
  a_.sxtw(X(kScratch2), W(to));
  a_.fcmp(value, value);
  a_.ccmp(X(to), X(kScratch2), kNoFlags, Cond::kVC);
  SetConstant(kScratch1, INT32_MIN);
  a_.csel(X(to), X(to), X(kScratch1), Cond::kEQ);
}

void A64LoopEmitter::FloatToBool(Register to, Register from, bool from_single) {
  a_.fcmp(Float(from, from_single), 0);
  a_.cset(X(to), Cond::kNE);
}

void A64LoopEmitter::IntegerToBool(Register to, Register from) {
  a_.cmp(X(from), 0);
  a_.cset(X(to), Cond::kNE);
}

}  // namespace lathe
