// Integers, bools, and comparisons of all dtypes.
#include <bit>

#include "src/codegen/loop/a64/loop_emitter.h"

namespace lathe {

namespace a64 = asmjit::a64;

namespace {

bool IsPowerOfTwo(int64_t x) { return x > 0 && (x & (x - 1)) == 0; }

// The flag V alone, as ccmp and ccmn set flags where their condition does not hold.
constexpr int kNoFlags = 0;

}  // namespace

// ---- One operand ------------------------------------------------------------------------------------
void A64LoopEmitter::EmitNegation(Ref ref) {
  const Register to = GeneralTarget(ref);
  const Register from = InGeneral(OperandOf(ref, 0), kScratch0);
  if (IsBool(At(ref).dtype)) {
    a_.eor(W(to), W(from), 1);
  } else if (At(ref).op == Op::kNeg) {
    a_.neg(X(to), X(from));
  } else {
    a_.mvn(X(to), X(from));
  }
  Extend(to, At(ref).dtype);
  StoreGeneral(ref, to);
}

void A64LoopEmitter::EmitAbs(Ref ref) {
  const Register to = GeneralTarget(ref);
  const Register from = InGeneral(OperandOf(ref, 0), kScratch0);
  a_.cmp(X(from), 0);
  a_.cneg(X(to), X(from), Cond::kMI);
  Extend(to, At(ref).dtype);
  StoreGeneral(ref, to);
}

// ---- Two operands -----------------------------------------------------------------------------------
// With y as a part of the instruction, if it can be.
bool A64LoopEmitter::EmitImmediate(Register to, Simple kind, Ref x, Ref y) {
  if (!IsConstant(y)) return false;
  const int64_t value = WordOf(y);
  const auto bits = static_cast<uint64_t>(value);
  const bool negative = value < 0 && value != INT64_MIN;
  switch (kind) {
    case Simple::kAdd:
    case Simple::kSub: {
      const int64_t size = negative ? -value : value;
      if (!IsAddable(size)) return false;
      const Register from = InGeneral(x, kScratch0);
      (kind == Simple::kAdd) != negative ? a_.add(X(to), X(from), size) : a_.sub(X(to), X(from), size);
      return true;
    }
    case Simple::kMul:
      if (!IsPowerOfTwo(value)) return false;
      Shift(ShiftKind::kLeft, to, InGeneral(x, kScratch0), std::countr_zero(bits));
      return true;
    default:
      break;
  }
  if (!a64::Utils::isLogicalImm(bits, 64)) return false;
  const Register from = InGeneral(x, kScratch0);
  if (kind == Simple::kAnd) {
    a_.and_(X(to), X(from), bits);
  } else if (kind == Simple::kOr) {
    a_.orr(X(to), X(from), bits);
  } else {
    a_.eor(X(to), X(from), bits);
  }
  return true;
}

void A64LoopEmitter::EmitSimple(Ref ref, Simple kind, Ref x, Ref y) {
  using Inst = a64::Inst;
  static constexpr uint32_t kInstructions[] = {Inst::kIdAdd, Inst::kIdSub, Inst::kIdMul,
                                               Inst::kIdAnd, Inst::kIdOrr, Inst::kIdEor};
  if (kind != Simple::kSub && IsConstant(x)) std::swap(x, y);
  const Register to = GeneralTarget(ref);
  if (!EmitImmediate(to, kind, x, y)) {
    const Register left = InGeneral(x, kScratch0), right = InGeneral(y, kScratch1);
    a_.emit(kInstructions[static_cast<size_t>(kind)], X(to), X(left), X(right));
  }
  // Bits of extended words are extended.
  if (kind < Simple::kAnd) Extend(to, At(ref).dtype);
  StoreGeneral(ref, to);
}

void A64LoopEmitter::EmitChecked(Ref ref) {
  Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  const Op op = At(ref).op;
  if (op != Op::kCheckedSub && IsConstant(x)) std::swap(x, y);
  const Register to = GeneralTarget(ref), left = InGeneral(x, kScratch0);
  if (op == Op::kCheckedMul) {
    const Register right = InGeneral(y, kScratch1);
    // The product fits if its upper half repeats the sign of the lower one.
    a_.smulh(X(kScratch2), X(left), X(right));
    a_.mul(X(to), X(left), X(right));
    a_.cmp(X(kScratch2), X(to), a64::asr(63));
    a_.b_ne(FailureOf(ref));
    return StoreGeneral(ref, to);
  }
  const int64_t value = IsConstant(y) ? WordOf(y) : INT64_MIN;
  const int64_t size = value < 0 && value != INT64_MIN ? -value : value;
  const bool adds = (op == Op::kCheckedAdd) == (value == size);
  if (IsConstant(y) && IsAddable(size)) {
    adds ? a_.adds(X(to), X(left), size) : a_.subs(X(to), X(left), size);
  } else {
    const Register right = InGeneral(y, kScratch1);
    op == Op::kCheckedAdd ? a_.adds(X(to), X(left), X(right)) : a_.subs(X(to), X(left), X(right));
  }
  a_.b_vs(FailureOf(ref));
  StoreGeneral(ref, to);
}

void A64LoopEmitter::Shift(ShiftKind kind, Register to, Register from, int count) {
  if (count == 0) return Move(to, from);
  switch (kind) {
    case ShiftKind::kLeft:
      a_.lsl(X(to), X(from), count);
      break;
    case ShiftKind::kLogicalRight:
      a_.lsr(X(to), X(from), count);
      break;
    case ShiftKind::kArithmeticRight:
      a_.asr(X(to), X(from), count);
      break;
  }
}

// ---- Division ---------------------------------------------------------------------------------------
void A64LoopEmitter::DivideByPowerOfTwo(Ref ref, bool remainder) {
  const int64_t divisor = WordOf(OperandOf(ref, 1));
  const Register to = GeneralTarget(ref);
  if (!remainder) {
    Shift(ShiftKind::kArithmeticRight, to, InGeneral(OperandOf(ref, 0), kScratch0),
          std::countr_zero(static_cast<uint64_t>(divisor)));
  } else if (divisor == 1) {
    SetConstant(to, 0);
  } else {
    a_.and_(X(to), X(InGeneral(OperandOf(ref, 0), kScratch0)), divisor - 1);
  }
  StoreGeneral(ref, to);
}

// Division that rounds down; by zero the result is zero. The instruction truncates, gives 0 for a divisor of
// 0, and the smallest integer for its division by -1.
void A64LoopEmitter::EmitDivision(Ref ref, bool remainder) {
  const Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  if (IsConstant(y) && IsPowerOfTwo(WordOf(y))) return DivideByPowerOfTwo(ref, remainder);
  const Register dividend = InGeneral(x, kScratch0), divisor = InGeneral(y, kScratch1);
  const Register to = GeneralTarget(ref);
  a_.sdiv(X(kScratch2), X(dividend), X(divisor));
  a_.msub(X(kScratch0), X(kScratch2), X(divisor), X(dividend));
  if (!IsConstant(y) || WordOf(y) == 0) {
    a_.cmp(X(divisor), 0);
    a_.csel(X(kScratch0), X(kScratch0), a64::xzr, Cond::kNE);
  }
  // Less than zero: the remainder is not zero and differs from the divisor in sign.
  const Register signs = remainder ? kScratch2 : kScratch1;
  a_.eor(X(signs), X(kScratch0), X(divisor));
  a_.cmp(X(kScratch0), 0);
  a_.ccmp(X(signs), 0, kNoFlags, Cond::kNE);
  if (remainder) {
    a_.csel(X(kScratch2), X(divisor), a64::xzr, Cond::kLT);
    a_.add(X(to), X(kScratch0), X(kScratch2));
  } else {
    a_.csetm(X(kScratch1), Cond::kLT);
    a_.add(X(to), X(kScratch2), X(kScratch1));
  }
  StoreGeneral(ref, to);
}

// ---- Choices ----------------------------------------------------------------------------------------
void A64LoopEmitter::EmitSelect(Ref ref) {
  const Cond holds = SetFlags(TestOf(OperandOf(ref, 0)));
  // Loads do not change the flags.
  const Register x = InGeneral(OperandOf(ref, 1), kScratch0), y = InGeneral(OperandOf(ref, 2), kScratch1);
  const Register to = GeneralTarget(ref);
  a_.csel(X(to), X(x), X(y), holds);
  StoreGeneral(ref, to);
}

void A64LoopEmitter::EmitExtreme(Ref ref, bool largest) {
  const Register x = InGeneral(OperandOf(ref, 0), kScratch0), y = InGeneral(OperandOf(ref, 1), kScratch1);
  const Register to = GeneralTarget(ref);
  const bool is_signed = IsSigned(At(ref).dtype);
  a_.cmp(X(x), X(y));
  a_.csel(X(to), X(x), X(y),
          largest ? (is_signed ? Cond::kGT : Cond::kHI) : (is_signed ? Cond::kLT : Cond::kLO));
  StoreGeneral(ref, to);
}

// ---- Comparisons ------------------------------------------------------------------------------------
// Whether bits of a value, which the comparison with zero names, are zero.
void A64LoopEmitter::TestBits(Ref bits) {
  const Register value = InGeneral(OperandOf(bits, 0), kScratch1);
  const int64_t mask = WordOf(OperandOf(bits, 1)) - (At(bits).op == Op::kRemainder ? 1 : 0);
  if (a64::Utils::isLogicalImm(static_cast<uint64_t>(mask), 32)) {
    a_.tst(W(value), mask);
  } else {
    SetConstant(kScratch2, mask);
    a_.tst(W(value), W(kScratch2));
  }
}

// Leaves the first scratch register alone.
void A64LoopEmitter::CompareWords(Ref x, Ref y) {
  if (IsFused(x)) return TestBits(x);
  const Register left = InGeneral(x, kScratch1);
  if (IsConstant(y) && IsAddable(WordOf(y))) {
    a_.cmp(X(left), WordOf(y));
  } else if (IsConstant(y) && WordOf(y) != INT64_MIN && IsAddable(-WordOf(y))) {
    a_.cmn(X(left), -WordOf(y));
  } else {
    a_.cmp(X(left), X(InGeneral(y, kScratch2)));
  }
}

void A64LoopEmitter::CompareFloats(Ref x, Ref y) {
  const bool single = At(x).dtype == DType::kFloat32;
  const Vec left = Float(InVector(x, kVectorScratch0), single);
  if (IsConstant(y) && At(y).attribute == 0) {
    a_.fcmp(left, 0);
  } else {
    a_.fcmp(left, Float(InVector(y, kVectorScratch1), single));
  }
}

A64LoopEmitter::Cond A64LoopEmitter::SetFlags(const Test& test) {
  // By relation, of signed words, unsigned ones, and floats, where all but "not equal" are false for NaN.
  static constexpr Cond kConditions[][3] = {
      {Cond::kEQ, Cond::kEQ, Cond::kEQ}, {Cond::kNE, Cond::kNE, Cond::kNE},
      {Cond::kLT, Cond::kLO, Cond::kMI}, {Cond::kLE, Cond::kLS, Cond::kLS},
      {Cond::kGT, Cond::kHI, Cond::kGT}, {Cond::kGE, Cond::kHS, Cond::kGE}};
  const size_t relation = static_cast<size_t>(test.relation) - static_cast<size_t>(Op::kEqual);
  Cond holds = kConditions[relation][0];
  switch (test.what) {
    case Compared::kTruth:
      a_.cmp(W(InGeneral(test.x, kScratch1)), 0);
      break;
    case Compared::kSigned:
    case Compared::kUnsigned:
      CompareWords(test.x, test.y);
      holds = kConditions[relation][test.what == Compared::kUnsigned];
      break;
    case Compared::kFloat:
      CompareFloats(test.x, test.y);
      holds = kConditions[relation][2];
      break;
  }
  return test.negated ? a64::negateCond(holds) : holds;
}

void A64LoopEmitter::JumpIfTest(const Test& test, bool truth, const Label& label) {
  const bool is_word = test.what == Compared::kSigned || test.what == Compared::kUnsigned;
  const bool equality = test.relation == Op::kEqual || test.relation == Op::kNotEqual;
  const bool with_zero = is_word && equality && !IsFused(test.x) && IsConstant(test.y) && WordOf(test.y) == 0;
  if (test.what == Compared::kTruth || with_zero) {
    const Register value = InGeneral(test.x, kScratch1);
    const bool if_zero = ((test.relation == Op::kEqual) != test.negated) == truth;
    if_zero ? a_.cbz(X(value), label) : a_.cbnz(X(value), label);
    return;
  }
  const Cond holds = SetFlags(test);
  a_.b(truth ? holds : a64::negateCond(holds), label);
}

// A comparison as a value.
void A64LoopEmitter::EmitComparison(Ref ref, const Test& test) {
  const Register to = GeneralTarget(ref);
  a_.cset(X(to), SetFlags(test));
  StoreGeneral(ref, to);
}

}  // namespace lathe
