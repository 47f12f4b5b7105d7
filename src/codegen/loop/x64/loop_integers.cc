// Integers, bools, and comparisons of all dtypes.
#include <bit>

#include "src/codegen/loop/x64/loop_emitter.h"

namespace lathe {

namespace x86 = asmjit::x86;

namespace {

bool IsPowerOfTwo(int64_t x) { return x > 0 && (x & (x - 1)) == 0; }

}  // namespace

bool LoopEmitter::EmitInteger(Ref ref) {
  const Instruction& i = At(ref);
  const std::span<const Ref> x = trace_.operands(ref);
  const DType operand = x.empty() ? i.dtype : At(x[0]).dtype;
  if (Info(i.op).type_rule == TypeRule::kToBool) {
    if (i.op == Op::kIsNan || i.op == Op::kIsInf || i.op == Op::kIsFinite || i.op == Op::kSignBit)
      return false;
    EmitComparison(ref);
    return true;
  }
  if (IsFloat(i.dtype) || (IsFloat(operand) && i.op != Op::kCast)) return false;
  const bool is_bool = IsBool(i.dtype);
  switch (i.op) {
    case Op::kAdd:
      return Simply(ref, Simple::kAdd, x[0], x[1]), true;
    case Op::kSub:
      return Simply(ref, Simple::kSub, x[0], x[1]), true;
    case Op::kMul:
      return Simply(ref, Simple::kMul, x[0], x[1]), true;
    case Op::kSquare:
      return Simply(ref, Simple::kMul, x[0], x[0]), true;
    case Op::kLogicalAnd:
    case Op::kBitAnd:
      return Simply(ref, Simple::kAnd, x[0], x[1]), true;
    case Op::kLogicalOr:
    case Op::kBitOr:
      return Simply(ref, Simple::kOr, x[0], x[1]), true;
    case Op::kLogicalXor:
    case Op::kBitXor:
      return Simply(ref, Simple::kXor, x[0], x[1]), true;
    case Op::kLogicalNot:
    case Op::kInvert:
    case Op::kNeg: {
      const Gp to = GeneralTarget(ref);
      const Gp from = InGeneral(x[0], x86::rax);
      if (to.id() != from.id()) a_.mov(to, from);
      if (is_bool) {
        a_.xor_(to.r32(), 1);
      } else if (i.op == Op::kNeg) {
        a_.neg(to);
      } else {
        a_.not_(to);
      }
      Extend(to, i.dtype);
      return StoreGeneral(ref, to), true;
    }
    case Op::kPositive:
    case Op::kFloor:
    case Op::kCeil:
    case Op::kTrunc:
      return StoreGeneral(ref, InGeneral(x[0], x86::rax)), true;
    case Op::kAbs: {
      if (IsUnsigned(i.dtype) || is_bool) return StoreGeneral(ref, InGeneral(x[0], x86::rax)), true;
      a_.mov(x86::rcx, InGeneral(x[0], x86::rcx));
      a_.mov(x86::rax, x86::rcx);
      a_.neg(x86::rax);
      a_.cmovs(x86::rax, x86::rcx);
      Extend(x86::rax, i.dtype);
      return StoreGeneral(ref, x86::rax), true;
    }
    case Op::kMaximum:
    case Op::kMinimum:
      return EmitExtreme(ref, i.op == Op::kMaximum), true;
    case Op::kShiftLeft:
    case Op::kShiftRight:
      if (!IsConstant(x[1])) return false;
      return EmitShift(ref, i.op == Op::kShiftLeft), true;
    case Op::kFloorDivide:
    case Op::kRemainder:
      if (i.dtype != DType::kInt64) return false;
      return EmitDivision(ref, i.op == Op::kRemainder), true;
    case Op::kSelect:
    case Op::kSelectRare:
      return EmitIntegerSelect(ref), true;
    case Op::kCast:
      return EmitCast(ref);
    default:
      return false;
  }
}

// ---- Two operands -----------------------------------------------------------------------------------
void LoopEmitter::ApplySimple(Simple kind, Gp to, Ref y) {
  const LoopPlace& place = PlaceOf(y);
  const bool immediate = FitsImmediate(y);
  const auto value = static_cast<int32_t>(immediate ? WordOf(y) : 0);
  if (IsConstant(y) && !immediate) {
    LoadConstant(x86::rcx, WordOf(y));
  }
  const auto apply = [&](auto&& operation) {
    if (immediate) {
      operation(asmjit::Imm(value));
    } else if (IsConstant(y)) {
      operation(x86::rcx);
    } else if (place.kind == LoopPlace::Kind::kGeneral) {
      operation(GeneralAt(place.index));
    } else {
      operation(SlotOf(place));
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
        a_.imul(to, GeneralAt(place.index));
      } else {
        a_.imul(to, SlotOf(place));
      }
      return;
  }
}

void LoopEmitter::Simply(Ref ref, Simple kind, Ref x, Ref y) {
  const DType dtype = At(ref).dtype;
  if (kind != Simple::kSub && IsConstant(x)) std::swap(x, y);
  const Gp target = GeneralTarget(ref);
  const auto is_target = [&](Ref v) {
    return PlaceOf(v).kind == LoopPlace::Kind::kGeneral && GeneralAt(PlaceOf(v).index).id() == target.id();
  };
  if (is_target(y) && !is_target(x) && kind != Simple::kSub) std::swap(x, y);
  // x + constant into another register is one lea.
  if ((kind == Simple::kAdd || kind == Simple::kSub) && FitsImmediate(y) && !is_target(x) &&
      PlaceOf(x).kind == LoopPlace::Kind::kGeneral && WordOf(y) != INT32_MIN) {
    const auto offset = static_cast<int32_t>(kind == Simple::kAdd ? WordOf(y) : -WordOf(y));
    a_.lea(target, x86::ptr(GeneralAt(PlaceOf(x).index), offset));
    Extend(target, dtype);
    return StoreGeneral(ref, target);
  }
  if (kind == Simple::kAdd && !is_target(x) && !is_target(y) &&
      PlaceOf(x).kind == LoopPlace::Kind::kGeneral && PlaceOf(y).kind == LoopPlace::Kind::kGeneral) {
    a_.lea(target, x86::ptr(GeneralAt(PlaceOf(x).index), GeneralAt(PlaceOf(y).index)));
    Extend(target, dtype);
    return StoreGeneral(ref, target);
  }
  const bool clash = is_target(y) && !is_target(x);
  const Gp to = clash ? x86::rax : target;
  const Gp from = InGeneral(x, to);
  if (kind == Simple::kMul && FitsImmediate(y) && !IsPowerOfTwo(WordOf(y))) {
    a_.imul(to, from, static_cast<int32_t>(WordOf(y)));
    Extend(to, dtype);
    return StoreGeneral(ref, to);
  }
  if (from.id() != to.id()) a_.mov(to, from);
  if (kind == Simple::kMul && IsConstant(y) && IsPowerOfTwo(WordOf(y))) {
    const int bits = std::countr_zero(static_cast<uint64_t>(WordOf(y)));
    if (bits > 0) a_.shl(to, bits);
  } else {
    ApplySimple(kind, to, y);
  }
  Extend(to, dtype);
  StoreGeneral(ref, to);
}

void LoopEmitter::EmitChecked(Ref ref) {
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
    if (from.id() != to.id()) a_.mov(to, from);
    ApplySimple(op == Op::kCheckedAdd   ? Simple::kAdd
                : op == Op::kCheckedSub ? Simple::kSub
                                        : Simple::kMul,
                to, y);
  }
  a_.jo(FailureOf(ref));
  StoreGeneral(ref, to);
}

void LoopEmitter::EmitShift(Ref ref, bool left) {
  const DType dtype = At(ref).dtype;
  const Gp to = GeneralTarget(ref);
  const Gp from = InGeneral(OperandOf(ref, 0), to);
  if (from.id() != to.id()) a_.mov(to, from);
  const auto count = static_cast<uint64_t>(WordOf(OperandOf(ref, 1)));
  const auto width = static_cast<uint64_t>(8 * ItemSize(dtype));
  if (left) {
    if (count >= width) {
      LoadConstant(to, 0);
    } else {
      a_.shl(to, static_cast<uint32_t>(count));
    }
  } else if (IsSigned(dtype)) {
    a_.sar(to, static_cast<uint32_t>(std::min(count, width - 1)));
  } else if (count >= width) {
    LoadConstant(to, 0);
  } else {
    a_.shr(to, static_cast<uint32_t>(count));
  }
  Extend(to, dtype);
  StoreGeneral(ref, to);
}

// Division that rounds down; by zero the result is zero.
void LoopEmitter::EmitDivision(Ref ref, bool remainder) {
  const Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  if (IsConstant(y) && IsPowerOfTwo(WordOf(y))) {
    const int64_t divisor = WordOf(y);
    const Gp to = GeneralTarget(ref);
    const Gp from = InGeneral(x, to);
    if (from.id() != to.id()) a_.mov(to, from);
    if (!remainder) {
      if (divisor > 1) a_.sar(to, std::countr_zero(static_cast<uint64_t>(divisor)));
    } else if (divisor - 1 == static_cast<int32_t>(divisor - 1)) {
      a_.and_(to, static_cast<int32_t>(divisor - 1));
    } else {
      LoadConstant(x86::rcx, divisor - 1);
      a_.and_(to, x86::rcx);
    }
    return StoreGeneral(ref, to);
  }
  const Label done = a_.newLabel(), wide = a_.newLabel(), special = a_.newLabel();
  const Gp divisor = InGeneral(y, x86::rcx);
  if (divisor.id() != x86::rcx.id()) a_.mov(x86::rcx, divisor);
  const Gp dividend = InGeneral(x, x86::rax);
  if (dividend.id() != x86::rax.id()) a_.mov(x86::rax, dividend);
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
  // Towards minus infinity: if the remainder is not zero and differs from the divisor in sign.
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
  if (remainder) LoadConstant(x86::rax, 0);
  a_.jmp(done);
  a_.bind(special);
  if (remainder) {
    LoadConstant(x86::rax, 0);
  } else {
    // -x for -1, 0 for 0: x * divisor either way.
    a_.imul(x86::rax, x86::rcx);
  }
  a_.bind(done);
  StoreGeneral(ref, x86::rax);
}

void LoopEmitter::EmitIntegerSelect(Ref ref) {
  const Ref condition = OperandOf(ref, 0), x = OperandOf(ref, 1), y = OperandOf(ref, 2);
  Cond holds = Cond::kZero;
  // Loads first, for they may not change the flags afterwards.
  const Gp otherwise = InGeneral(y, x86::rax);
  if (otherwise.id() != x86::rax.id()) a_.mov(x86::rax, otherwise);
  const Gp then = InGeneral(x, x86::rdx);
  if (SetFlags(condition, &holds)) {
    a_.emit(x86::Inst::cmovccFromCond(holds), x86::rax, then);
  } else {
    const Label skip = a_.newLabel();
    JumpIf(condition, false, skip);
    a_.mov(x86::rax, then);
    a_.bind(skip);
  }
  StoreGeneral(ref, x86::rax);
}

void LoopEmitter::EmitExtreme(Ref ref, bool largest) {
  const Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  const Gp first = InGeneral(x, x86::rdx);
  const Gp second = InGeneral(y, x86::rax);
  if (second.id() != x86::rax.id()) a_.mov(x86::rax, second);
  a_.cmp(first, x86::rax);
  const bool is_signed = IsSigned(At(ref).dtype);
  const Cond takes = largest ? (is_signed ? Cond::kSignedGT : Cond::kUnsignedGT)
                             : (is_signed ? Cond::kSignedLT : Cond::kUnsignedLT);
  a_.emit(x86::Inst::cmovccFromCond(takes), x86::rax, first);
  StoreGeneral(ref, x86::rax);
}

// ---- Comparisons ------------------------------------------------------------------------------------
void LoopEmitter::CompareWords(Ref x, Ref y) {
  if (fused_[x]) {
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
    a_.cmp(left, SlotOf(PlaceOf(y)));
  } else if (IsConstant(y)) {
    // rax may hold a result that is being selected.
    const Mem word = PoolWord(static_cast<uint64_t>(WordOf(y)));
    a_.cmp(left, word);
  } else {
    a_.cmp(left, GeneralAt(PlaceOf(y).index));
  }
}

bool LoopEmitter::SetFlags(Ref comparison, Cond* holds) {
  const Instruction& i = At(comparison);
  if (!fused_[comparison]) {
    const LoopPlace& place = PlaceOf(comparison);
    if (IsConstant(comparison)) {
      LoadConstant(x86::rcx, WordOf(comparison));
      a_.test(x86::ecx, x86::ecx);
    } else if (place.kind == LoopPlace::Kind::kGeneral) {
      a_.test(GeneralAt(place.index).r32(), GeneralAt(place.index).r32());
    } else {
      a_.cmp(SlotOf(place), 0);
    }
    *holds = Cond::kNotZero;
    return true;
  }
  if (i.op == Op::kLogicalNot) {
    Cond inner = Cond::kZero;
    // The negation of a comparison of floats is true for NaN: another set of flags, but one test still.
    if (!SetFlags(OperandOf(comparison, 0), &inner)) return false;
    *holds = x86::negateCond(inner);
    return true;
  }
  const Ref x = OperandOf(comparison, 0), y = OperandOf(comparison, 1);
  const DType dtype = At(x).dtype;
  if (i.op == Op::kInBounds) {
    // The extent is not negative: one unsigned comparison tests both ends.
    CompareWords(x, y);
    *holds = Cond::kUnsignedLT;
    return true;
  }
  if (IsFloat(dtype)) {
    switch (i.op) {
      case Op::kLess:
        CompareFloats(y, x);
        *holds = Cond::kUnsignedGT;
        return true;
      case Op::kLessEqual:
        CompareFloats(y, x);
        *holds = Cond::kUnsignedGE;
        return true;
      case Op::kGreater:
        CompareFloats(x, y);
        *holds = Cond::kUnsignedGT;
        return true;
      case Op::kGreaterEqual:
        CompareFloats(x, y);
        *holds = Cond::kUnsignedGE;
        return true;
      default:
        return false;
    }
  }
  CompareWords(x, y);
  const bool is_signed = IsSigned(dtype);
  switch (i.op) {
    case Op::kEqual:
      *holds = Cond::kEqual;
      break;
    case Op::kNotEqual:
      *holds = Cond::kNotEqual;
      break;
    case Op::kLess:
      *holds = is_signed ? Cond::kSignedLT : Cond::kUnsignedLT;
      break;
    case Op::kLessEqual:
      *holds = is_signed ? Cond::kSignedLE : Cond::kUnsignedLE;
      break;
    case Op::kGreater:
      *holds = is_signed ? Cond::kSignedGT : Cond::kUnsignedGT;
      break;
    default:
      *holds = is_signed ? Cond::kSignedGE : Cond::kUnsignedGE;
      break;
  }
  return true;
}

void LoopEmitter::JumpIf(Ref condition, bool truth, const Label& label) {
  if (IsConstant(condition)) {
    if ((At(condition).attribute != 0) == truth) a_.jmp(label);
    return;
  }
  if (fused_[condition] && At(condition).op == Op::kLogicalNot)
    return JumpIf(OperandOf(condition, 0), !truth, label);
  Cond holds = Cond::kZero;
  if (SetFlags(condition, &holds)) {
    a_.j(truth ? holds : x86::negateCond(holds), label);
    return;
  }
  // Equality of floats: equal, and not unordered.
  CompareFloats(OperandOf(condition, 0), OperandOf(condition, 1));
  if ((At(condition).op == Op::kEqual) == truth) {
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
void LoopEmitter::EmitComparison(Ref ref) {
  const Ref x = OperandOf(ref, 0), y = OperandOf(ref, 1);
  Cond holds = Cond::kZero;
  // The comparison itself is not fused here; its flags are set as if it were.
  fused_[ref] = true;
  const bool one_test = SetFlags(ref, &holds);
  fused_[ref] = false;
  if (one_test) {
    a_.emit(x86::Inst::setccFromCond(holds), x86::al);
  } else {
    CompareFloats(x, y);
    if (At(ref).op == Op::kEqual) {
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
