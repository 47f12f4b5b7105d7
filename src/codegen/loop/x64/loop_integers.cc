// Integers, bools, and comparisons of all dtypes.
#include <bit>

#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

namespace x86 = asmjit::x86;

namespace {

bool IsPowerOfTwo(int64_t x) { return x > 0 && (x & (x - 1)) == 0; }

}  // namespace

// ---- One operand ------------------------------------------------------------------------------------
void X64LoopEmitter::EmitNegation(Ref ref) {
  const Gp to = GeneralTarget(ref);
  const Gp from = InGeneral(OperandOf(ref, 0), x86::rax);
  MoveTo(to, from);
  if (IsBool(At(ref).dtype)) {
    a_.xor_(to.r32(), 1);
  } else if (At(ref).op == Op::kNeg) {
    a_.neg(to);
  } else {
    a_.not_(to);
  }
  Extend(to, At(ref).dtype);
  StoreGeneral(ref, to);
}

void X64LoopEmitter::EmitAbs(Ref ref) {
  a_.mov(x86::rcx, InGeneral(OperandOf(ref, 0), x86::rcx));
  a_.mov(x86::rax, x86::rcx);
  a_.neg(x86::rax);
  a_.cmovs(x86::rax, x86::rcx);
  Extend(x86::rax, At(ref).dtype);
  StoreGeneral(ref, x86::rax);
}

// ---- Two operands -----------------------------------------------------------------------------------
void X64LoopEmitter::ApplySimple(Simple kind, Gp to, Ref y) {
  const LoopPlace& place = PlaceOf(y);
  const bool immediate = FitsImmediate(y);
  const auto value = static_cast<int32_t>(immediate ? WordOf(y) : 0);
  if (IsConstant(y) && !immediate) {
    SetConstant(NumberOf(x86::rcx), WordOf(y));
  }
  const auto apply = [&](auto&& operation) {
    if (immediate) {
      operation(asmjit::Imm(value));
    } else if (IsConstant(y)) {
      operation(x86::rcx);
    } else if (place.kind == LoopPlace::Kind::kGeneral) {
      operation(GpOf(GeneralAt(place)));
    } else {
      operation(MemoryOf(SlotOf(place)));
    }
  };
  switch (kind) {
    case Simple::kAdd:
      return apply([&](const auto& o) { a_.add(to, o); });
    case Simple::kSub:
      return apply([&](const auto& o) { a_.sub(to, o); });
    case Simple::kAnd:
      return apply([&](const auto& o) { a_.and_(to, o); });
    case Simple::kOr:
      return apply([&](const auto& o) { a_.or_(to, o); });
    case Simple::kXor:
      return apply([&](const auto& o) { a_.xor_(to, o); });
    case Simple::kMul:
      if (immediate) {
        a_.imul(to, to, value);
      } else if (IsConstant(y)) {
        a_.imul(to, x86::rcx);
      } else if (place.kind == LoopPlace::Kind::kGeneral) {
        a_.imul(to, GpOf(GeneralAt(place)));
      } else {
        a_.imul(to, MemoryOf(SlotOf(place)));
      }
      return;
  }
}

// x + constant, or x + y, into another register is one lea.
bool X64LoopEmitter::EmitLea(Ref ref, Simple kind, Ref x, Ref y) {
  if (PlaceOf(x).kind != LoopPlace::Kind::kGeneral) return false;
  const Gp target = GeneralTarget(ref), base = GpOf(GeneralAt(PlaceOf(x)));
  if (base.id() == target.id()) return false;
  if ((kind == Simple::kAdd || kind == Simple::kSub) && FitsImmediate(y) && WordOf(y) != INT32_MIN) {
    const auto offset = static_cast<int32_t>(kind == Simple::kAdd ? WordOf(y) : -WordOf(y));
    a_.lea(target, x86::ptr(base, offset));
  } else if (kind == Simple::kAdd && PlaceOf(y).kind == LoopPlace::Kind::kGeneral &&
             GeneralAt(PlaceOf(y)) != target.id()) {
    a_.lea(target, x86::ptr(base, GpOf(GeneralAt(PlaceOf(y)))));
  } else {
    return false;
  }
  Extend(target, At(ref).dtype);
  StoreGeneral(ref, target);
  return true;
}

void X64LoopEmitter::EmitSimple(Ref ref, Simple kind, Ref x, Ref y) {
  const DType dtype = At(ref).dtype;
  if (kind != Simple::kSub && IsConstant(x)) std::swap(x, y);
  const Gp target = GeneralTarget(ref);
  const auto is_target = [&](Ref v) {
    return PlaceOf(v).kind == LoopPlace::Kind::kGeneral && GeneralAt(PlaceOf(v)) == target.id();
  };
  if (is_target(y) && !is_target(x) && kind != Simple::kSub) std::swap(x, y);
  if (EmitLea(ref, kind, x, y)) return;
  const bool clash = is_target(y) && !is_target(x);
  const Gp to = clash ? x86::rax : target;
  const Gp from = InGeneral(x, to);
  if (kind == Simple::kMul && FitsImmediate(y) && !IsPowerOfTwo(WordOf(y))) {
    a_.imul(to, from, static_cast<int32_t>(WordOf(y)));
    Extend(to, dtype);
    return StoreGeneral(ref, to);
  }
  MoveTo(to, from);
  if (kind == Simple::kMul && IsConstant(y) && IsPowerOfTwo(WordOf(y))) {
    const int bits = std::countr_zero(static_cast<uint64_t>(WordOf(y)));
    if (bits > 0) a_.shl(to, bits);
  } else {
    ApplySimple(kind, to, y);
  }
  // Bits of extended words are extended.
  if (kind < Simple::kAnd) Extend(to, dtype);
  StoreGeneral(ref, to);
}

void X64LoopEmitter::EmitChecked(Ref ref) {
  Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  const Op op = At(ref).op;
  if (op != Op::kCheckedSub && IsConstant(x)) std::swap(x, y);
  const Gp target = GeneralTarget(ref);
  const bool has_register = PlaceOf(ref).kind == LoopPlace::Kind::kGeneral;
  const bool clash = PlaceOf(y).kind == LoopPlace::Kind::kGeneral && has_register &&
                     PlaceOf(y).index == PlaceOf(ref).index && PlaceOf(x) != PlaceOf(ref);
  const Gp to = clash ? x86::rax : target;
  const Gp from = InGeneral(x, to);
  if (op == Op::kCheckedMul && FitsImmediate(y)) {
    a_.imul(to, from, static_cast<int32_t>(WordOf(y)));
  } else {
    MoveTo(to, from);
    ApplySimple(op == Op::kCheckedAdd   ? Simple::kAdd
                : op == Op::kCheckedSub ? Simple::kSub
                                        : Simple::kMul,
                to, y);
  }
  a_.jo(FailureOf(ref));
  StoreGeneral(ref, to);
}

void X64LoopEmitter::Shift(ShiftKind kind, Register to_number, Register from, int count) {
  const Gp to = GpOf(to_number);
  Move(to_number, from);
  switch (kind) {
    case ShiftKind::kLeft:
      a_.shl(to, count);
      break;
    case ShiftKind::kLogicalRight:
      a_.shr(to, count);
      break;
    case ShiftKind::kArithmeticRight:
      a_.sar(to, count);
      break;
  }
}

// ---- Division ---------------------------------------------------------------------------------------
void X64LoopEmitter::DivideByPowerOfTwo(Ref ref, bool remainder) {
  const int64_t divisor = WordOf(OperandOf(ref, 1));
  const Gp to = GeneralTarget(ref);
  MoveTo(to, InGeneral(OperandOf(ref, 0), to));
  if (!remainder) {
    if (divisor > 1) a_.sar(to, std::countr_zero(static_cast<uint64_t>(divisor)));
  } else if (divisor - 1 == static_cast<int32_t>(divisor - 1)) {
    a_.and_(to, static_cast<int32_t>(divisor - 1));
  } else {
    a_.mov(x86::rcx, divisor - 1);
    a_.and_(to, x86::rcx);
  }
  StoreGeneral(ref, to);
}

// From the quotient in rax and the remainder in rdx towards minus infinity: if the remainder is not zero and
// differs from the divisor, rcx, in sign. The result is in rax.
void X64LoopEmitter::RoundDown(bool remainder, const Label& done) {
  const Label exact = a_.newLabel();
  a_.test(x86::rdx, x86::rdx);
  a_.je(exact);
  const Label same = a_.newLabel();
  if (remainder) {
    a_.mov(x86::rax, x86::rdx);
    a_.xor_(x86::rdx, x86::rcx);
    a_.jns(same);
    a_.add(x86::rax, x86::rcx);
  } else {
    a_.xor_(x86::rdx, x86::rcx);
    a_.jns(same);
    a_.dec(x86::rax);
  }
  a_.bind(same);
  a_.jmp(done);
  a_.bind(exact);
  if (remainder) a_.mov(x86::eax, 0);
  a_.jmp(done);
}

// Division that rounds down; by zero the result is zero.
void X64LoopEmitter::EmitDivision(Ref ref, bool remainder) {
  const Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  if (IsConstant(y) && IsPowerOfTwo(WordOf(y))) return DivideByPowerOfTwo(ref, remainder);
  const Label done = a_.newLabel(), wide = a_.newLabel(), special = a_.newLabel();
  MoveTo(x86::rcx, InGeneral(y, x86::rcx));
  MoveTo(x86::rax, InGeneral(x, x86::rax));
  // Both below 2^32 and not negative: the short division is several times quicker.
  a_.mov(x86::rdx, x86::rax);
  a_.or_(x86::rdx, x86::rcx);
  a_.shr(x86::rdx, 32);
  a_.jne(wide);
  if (!IsConstant(y) || WordOf(y) == 0) {
    a_.test(x86::ecx, x86::ecx);
    a_.je(special);
  }
  a_.div(x86::ecx);  // edx is zero
  if (remainder) a_.mov(x86::eax, x86::edx);
  a_.jmp(done);
  a_.bind(wide);
  if (!IsConstant(y) || WordOf(y) == -1 || WordOf(y) == 0) {
    // By -1 (whose quotient may overflow) or 0.
    a_.lea(x86::rdx, x86::ptr(x86::rcx, 1));
    a_.cmp(x86::rdx, 1);
    a_.jbe(special);
  }
  a_.cqo();
  a_.idiv(x86::rcx);
  RoundDown(remainder, done);
  a_.bind(special);
  if (remainder) {
    a_.mov(x86::eax, 0);
  } else {
    // -x for -1, 0 for 0: x * divisor either way.
    a_.imul(x86::rax, x86::rcx);
  }
  a_.bind(done);
  StoreGeneral(ref, x86::rax);
}

// ---- Choices ----------------------------------------------------------------------------------------
void X64LoopEmitter::EmitSelect(Ref ref) {
  const Ref condition = OperandOf(ref, 0), x = OperandOf(ref, 1), y = OperandOf(ref, 2);
  Cond holds = Cond::kZero;
  // Loads first, for they may not change the flags afterwards.
  MoveTo(x86::rax, InGeneral(y, x86::rax));
  const Gp then = InGeneral(x, x86::rdx);
  if (SetFlags(TestOf(condition), &holds)) {
    a_.emit(x86::Inst::cmovccFromCond(holds), x86::rax, then);
  } else {
    const Label skip = a_.newLabel();
    JumpIf(condition, false, skip);
    a_.mov(x86::rax, then);
    a_.bind(skip);
  }
  StoreGeneral(ref, x86::rax);
}

void X64LoopEmitter::EmitExtreme(Ref ref, bool largest) {
  const Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  const Gp first = InGeneral(x, x86::rdx);
  MoveTo(x86::rax, InGeneral(y, x86::rax));
  a_.cmp(first, x86::rax);
  const bool is_signed = IsSigned(At(ref).dtype);
  const Cond takes = largest ? (is_signed ? Cond::kSignedGT : Cond::kUnsignedGT)
                             : (is_signed ? Cond::kSignedLT : Cond::kUnsignedLT);
  a_.emit(x86::Inst::cmovccFromCond(takes), x86::rax, first);
  StoreGeneral(ref, x86::rax);
}

// ---- Comparisons ------------------------------------------------------------------------------------
void X64LoopEmitter::CompareWords(Ref x, Ref y) {
  if (IsFused(x)) {
    const Ref mask = OperandOf(x, 1);
    const int64_t bits = At(x).op == Op::kRemainder ? WordOf(mask) - 1 : WordOf(mask);
    a_.test(InGeneral(OperandOf(x, 0), x86::rcx).r32(), static_cast<int32_t>(bits));
    return;
  }
  const Gp left = InGeneral(x, x86::rcx);
  if (FitsImmediate(y)) {
    if (WordOf(y) == 0) {
      a_.test(left, left);
    } else {
      a_.cmp(left, static_cast<int32_t>(WordOf(y)));
    }
  } else if (PlaceOf(y).kind == LoopPlace::Kind::kSlot) {
    a_.cmp(left, MemoryOf(SlotOf(PlaceOf(y))));
  } else if (IsConstant(y)) {
    // rax may hold a result that is being selected.
    const Mem word = PoolWord(static_cast<uint64_t>(WordOf(y)));
    a_.cmp(left, word);
  } else {
    a_.cmp(left, GpOf(GeneralAt(PlaceOf(y))));
  }
}

void X64LoopEmitter::TestBool(Ref x) {
  if (IsConstant(x)) {
    SetConstant(NumberOf(x86::rcx), WordOf(x));
    a_.test(x86::ecx, x86::ecx);
  } else if (PlaceOf(x).kind == LoopPlace::Kind::kGeneral) {
    const Gp reg = GpOf(GeneralAt(PlaceOf(x)));
    a_.test(reg.r32(), reg.r32());
  } else {
    a_.cmp(MemoryOf(SlotOf(PlaceOf(x))), 0);
  }
}

// The condition that "above" is false for NaN, and so are all that are made of it.
bool X64LoopEmitter::SetFloatFlags(const Test& test, Cond* holds) {
  switch (test.relation) {
    case Op::kLess:
    case Op::kLessEqual:
      CompareFloats(test.y, test.x);
      break;
    case Op::kGreater:
    case Op::kGreaterEqual:
      CompareFloats(test.x, test.y);
      break;
    default:
      return false;
  }
  const bool strict = test.relation == Op::kLess || test.relation == Op::kGreater;
  *holds = strict ? Cond::kUnsignedGT : Cond::kUnsignedGE;
  return true;
}

bool X64LoopEmitter::SetFlags(const Test& test, Cond* holds) {
  // By relation, of signed and of unsigned words.
  static constexpr Cond kConditions[][2] = {
      {Cond::kEqual, Cond::kEqual},         {Cond::kNotEqual, Cond::kNotEqual},
      {Cond::kSignedLT, Cond::kUnsignedLT}, {Cond::kSignedLE, Cond::kUnsignedLE},
      {Cond::kSignedGT, Cond::kUnsignedGT}, {Cond::kSignedGE, Cond::kUnsignedGE}};
  if (test.what == Compared::kTruth) {
    TestBool(test.x);
    *holds = Cond::kNotZero;
  } else if (test.what == Compared::kFloat) {
    if (!SetFloatFlags(test, holds)) return false;
  } else {
    CompareWords(test.x, test.y);
    const size_t relation = static_cast<size_t>(test.relation) - static_cast<size_t>(Op::kEqual);
    *holds = kConditions[relation][test.what == Compared::kUnsigned];
  }
  if (test.negated) *holds = x86::negateCond(*holds);
  return true;
}

void X64LoopEmitter::JumpIfTest(const Test& test, bool truth, const Label& label) {
  Cond holds = Cond::kZero;
  if (SetFlags(test, &holds)) {
    a_.j(truth ? holds : x86::negateCond(holds), label);
    return;
  }
  // Equality of floats: equal, and not unordered.
  CompareFloats(test.x, test.y);
  if ((test.relation == Op::kEqual) == (truth != test.negated)) {
    const Label unordered = a_.newLabel();
    a_.jp(unordered);
    a_.je(label);
    a_.bind(unordered);
  } else {
    a_.jp(label);
    a_.jne(label);
  }
}

// A comparison as a value.
void X64LoopEmitter::EmitComparison(Ref ref, const Test& test) {
  Cond holds = Cond::kZero;
  if (SetFlags(test, &holds)) {
    a_.emit(x86::Inst::setccFromCond(holds), x86::al);
  } else {
    CompareFloats(test.x, test.y);
    if (test.relation == Op::kEqual) {
      a_.sete(x86::al);
      a_.setnp(x86::cl);
      a_.and_(x86::al, x86::cl);
    } else {
      a_.setne(x86::al);
      a_.setp(x86::cl);
      a_.or_(x86::al, x86::cl);
    }
  }
  a_.movzx(x86::eax, x86::al);
  StoreGeneral(ref, x86::rax);
}

}  // namespace lathe
