// The dispatch loop. Each instruction's common case is a few lines here, on the operands' tags; everything
// else is a call of instructions.cc or call.cc. The loop is instantiated for each thing that may watch it.
#include "src/script/vm.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "src/recorder/log/phase_clock.h"
#include "src/script/cursor.h"
#include "src/script/iteration.h"
#include "src/script/loop_recorder/loop_jit.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"

namespace lathe::script {
namespace {

// ---- The arithmetic of plain numbers: true if the result stands in x ---------------------------------
bool IsNumber(const Value& x) { return x.IsInt() || x.IsFloat(); }
double NumberOf(const Value& x) { return x.IsInt() ? static_cast<double>(x.integer()) : x.number(); }

inline bool FastAdd(Value& x, const Value& y) {
  int64_t sum;
  if (x.IsInt() && y.IsInt() && !__builtin_add_overflow(x.integer(), y.integer(), &sum))
    return x.SetInt(sum), true;
  if (x.IsFloat() && y.IsFloat()) return x.SetFloat(x.number() + y.number()), true;
  return false;
}
inline bool FastSubtract(Value& x, const Value& y) {
  int64_t difference;
  if (x.IsInt() && y.IsInt() && !__builtin_sub_overflow(x.integer(), y.integer(), &difference)) {
    return x.SetInt(difference), true;
  }
  if (x.IsFloat() && y.IsFloat()) return x.SetFloat(x.number() - y.number()), true;
  return false;
}
inline bool FastMultiply(Value& x, const Value& y) {
  int64_t product;
  if (x.IsInt() && y.IsInt() && !__builtin_mul_overflow(x.integer(), y.integer(), &product)) {
    return x.SetInt(product), true;
  }
  if (x.IsFloat() && y.IsFloat()) return x.SetFloat(x.number() * y.number()), true;
  if (IsNumber(x) && IsNumber(y) && (x.IsFloat() || y.IsFloat()))
    return x.SetFloat(NumberOf(x) * NumberOf(y)), true;
  return false;
}
inline bool FastDivide(Value& x, const Value& y) {
  if (x.IsFloat() && y.IsFloat() && y.number() != 0) return x.SetFloat(x.number() / y.number()), true;
  return false;
}
inline bool FastFloorDivide(Value& x, const Value& y) {
  if (!x.IsInt() || !y.IsInt() || y.integer() <= 0) return false;
  const int64_t quotient = x.integer() / y.integer();
  x.SetInt(quotient - (x.integer() % y.integer() < 0));
  return true;
}
inline bool FastModulo(Value& x, const Value& y) {
  if (!x.IsInt() || !y.IsInt() || y.integer() <= 0) return false;
  const int64_t remainder = x.integer() % y.integer();
  x.SetInt(remainder < 0 ? remainder + y.integer() : remainder);
  return true;
}
inline bool FastBitAnd(Value& x, const Value& y) {
  return x.IsInt() && y.IsInt() && (x.SetInt(x.integer() & y.integer()), true);
}
inline bool FastBitOr(Value& x, const Value& y) {
  return x.IsInt() && y.IsInt() && (x.SetInt(x.integer() | y.integer()), true);
}
inline bool FastBitXor(Value& x, const Value& y) {
  return x.IsInt() && y.IsInt() && (x.SetInt(x.integer() ^ y.integer()), true);
}
inline bool FastRightShift(Value& x, const Value& y) {
  return x.IsInt() && y.IsInt() && static_cast<uint64_t>(y.integer()) < 64 &&
         (x.SetInt(x.integer() >> y.integer()), true);
}
inline bool FastNever(Value&, const Value&) { return false; }

template <class Comparison>
inline bool FastCompare(Value& x, const Value& y, Comparison compare) {
  if (x.IsInt() && y.IsInt()) return x.SetBool(compare(x.integer(), y.integer())), true;
  if (x.IsFloat() && y.IsFloat()) return x.SetBool(compare(x.number(), y.number())), true;
  return false;
}

// The item of a list or tuple at an integer index, or null.
inline Value* FastItem(const Value& x, const Value& index) {
  if (!index.IsInt() || !x.IsObject()) return nullptr;
  std::vector<Value>* items = nullptr;
  if (x.object()->kind() == ObjectKind::kList) items = &x.Get<ListObject>()->items;
  if (x.object()->kind() == ObjectKind::kTuple) items = &x.Get<TupleObject>()->items;
  if (!items) return nullptr;
  int64_t k = index.integer();
  const auto size = static_cast<int64_t>(items->size());
  if (k < 0) k += size;
  return k >= 0 && k < size ? &(*items)[static_cast<size_t>(k)] : nullptr;
}

// The attribute that an instance itself holds, or null.
inline Value* FastAttribute(const Value& x, const StringObject* name) {
  if (!x.IsObject(ObjectKind::kInstance)) return nullptr;
  auto* instance = x.Get<InstanceObject>();
  return instance->type->has_properties ? nullptr : instance->attributes.Find(name);
}

}  // namespace

// ---- The loop ---------------------------------------------------------------------------------------
Value Vm::Run() {
  const PlaceSource::Scope place(*this);
  const PhaseScope phase(Phase::interpret);
  Value result;
  while (!(observer_  ? Loop<Watch::kObserver>(&result)
           : sampler_ ? Loop<Watch::kPosition>(&result)
                      : Loop<Watch::kNothing>(&result))) {
  }
  return result;
}

// Puts one instruction's name between the jumps: with a table of addresses each instruction ends in an
// indirect jump of its own, which predictors follow far better than a common one. Such a jump runs no
// destructors: no local may own anything any more where NEXT stands.
#define CASE(ID) L_##ID:
#define NEXT                                    \
  do {                                          \
    if constexpr (kObserved) {                  \
      frame->pc = pc;                           \
      stack_top_ = sp;                          \
      if (!observer_ || !observer_->Before()) { \
        observer_ = nullptr;                    \
        return false;                           \
      }                                         \
      RELOAD;                                   \
      sp = stack_top_;                          \
    }                                           \
    if constexpr (kWatch == Watch::kPosition) { \
      frame->pc = pc + 1;                       \
    }                                           \
    i = *pc++;                                  \
    goto* kTable[static_cast<size_t>(i.op)];    \
  } while (false)
#define SLOW(CALL)           \
  do {                       \
    Cursor c{pc, sp, frame}; \
    frame->pc = pc;          \
    stack_top_ = sp;         \
    const bool ok = CALL;    \
    sp = c.sp;               \
    if (!ok) goto error;     \
  } while (false)
// The same, of what may call a function of the script.
#define SLOW_OR_CALL(CALL)       \
  do {                           \
    SLOW(CALL);                  \
    if (frame != &top()) RELOAD; \
  } while (false)
#define BINARY(ID, FAST)            \
  CASE(ID) {                        \
    if (FAST(sp[-2], sp[-1])) {     \
      --sp;                         \
      NEXT;                         \
    }                               \
    SLOW_OR_CALL(BinarySlow(c, i)); \
    NEXT;                           \
  }
#define COMPARE(ID, OPERATOR)                                                       \
  CASE(ID) {                                                                        \
    if (FastCompare(sp[-2], sp[-1], [](auto x, auto y) { return x OPERATOR y; })) { \
      --sp;                                                                         \
      if (!kObserved && pc->op == Bytecode::kPopJumpIfFalse) {                      \
        --sp;                                                                       \
        pc = sp->boolean() ? pc + 1 : code_begin + pc->c;                           \
      }                                                                             \
      NEXT;                                                                         \
    }                                                                               \
    SLOW_OR_CALL(CompareSlow(c, i));                                                \
    NEXT;                                                                           \
  }
#define RELOAD                                     \
  do {                                             \
    frame = &top();                                \
    pc = frame->pc;                                \
    slots = frame->slots;                          \
    constants = frame->code->constants.data();     \
    code_begin = frame->code->instructions.data(); \
  } while (false)

// Runs until the frame that was entered is left (true, its value in `result`) or the observer changed
// (false).
template <Vm::Watch kWatch>
bool Vm::Loop(Value* result) {
  constexpr bool kObserved = kWatch == Watch::kObserver;
  static const void* const kTable[] = {
#define BYTECODE(ID, TEXT, EFFECT) &&L_##ID,
#include "src/script/bytecode.def"
#undef BYTECODE
  };
  Frame* frame;
  const Instruction* pc;
  const Instruction* code_begin;
  Value* sp = stack_top_;
  Value* slots;
  const Value* constants;
  Instruction i;
  RELOAD;
  if (failed()) goto error;
  NEXT;

  CASE(LoadConst) {
    new (sp++) Value(constants[i.c]);
    NEXT;
  }
  CASE(LoadLocal) {
    const Value& slot = slots[i.c];
    if (slot.IsUndefined()) [[unlikely]] {
      SLOW(ThrowUnbound(c, i));
    }
    new (sp++) Value(slot);
    NEXT;
  }
  CASE(StoreLocal) {
    slots[i.c] = std::move(*--sp);
    NEXT;
  }
  CASE(DeleteLocal) {
    if (slots[i.c].IsUndefined() && !i.a) SLOW(ThrowUnbound(c, i));
    slots[i.c] = Value();
    NEXT;
  }
  CASE(LoadCell) {
    const Value& value = slots[i.c].Get<CellObject>()->value;
    if (value.IsUndefined()) SLOW(ThrowUnbound(c, i));
    new (sp++) Value(value);
    NEXT;
  }
  CASE(StoreCell) {
    slots[i.c].Get<CellObject>()->value = std::move(*--sp);
    NEXT;
  }
  CASE(DeleteCell) {
    if (slots[i.c].Get<CellObject>()->value.IsUndefined()) SLOW(ThrowUnbound(c, i));
    slots[i.c].Get<CellObject>()->value = Value();
    NEXT;
  }
  CASE(MakeCell) {
    Value content = std::move(slots[i.c]);
    slots[i.c] = Make<CellObject>();
    slots[i.c].Get<CellObject>()->value = std::move(content);
    NEXT;
  }
  CASE(LoadGlobal) {
    const Value& value = frame->module->variables.values[static_cast<size_t>(i.c)];
    if (value.IsUndefined()) {
      SLOW(LoadGlobalSlow(c, i));
    } else {
      new (sp++) Value(value);
    }
    NEXT;
  }
  CASE(StoreGlobal) {
    frame->module->variables.values[static_cast<size_t>(i.c)] = std::move(*--sp);
    NEXT;
  }
  CASE(DeleteGlobal) {
    Value& value = frame->module->variables.values[static_cast<size_t>(i.c)];
    if (value.IsUndefined()) SLOW(ThrowUnbound(c, i));
    value = Value();
    NEXT;
  }
  CASE(LoadName) {
    SLOW(LoadNameInClass(c, i));
    NEXT;
  }
  CASE(StoreName) {
    frame->names->Set(frame->code->names[static_cast<size_t>(i.c)], std::move(*--sp));
    NEXT;
  }
  CASE(DeleteName) {
    if (!frame->names->Remove(frame->code->names[static_cast<size_t>(i.c)].get())) SLOW(ThrowUnbound(c, i));
    NEXT;
  }
  CASE(IntegerTooLarge) {
    SLOW((IntegerOverflow(*this), false));
    NEXT;
  }

  CASE(Pop) {
    (--sp)->~Value();
    NEXT;
  }
  CASE(Dup) {
    new (sp) Value(sp[-1]);
    ++sp;
    NEXT;
  }
  CASE(DupTwo) {
    new (sp) Value(sp[-2]);
    new (sp + 1) Value(sp[-1]);
    sp += 2;
    NEXT;
  }
  CASE(Swap) {
    sp[-1].Swap(sp[-2]);
    NEXT;
  }
  CASE(RotThree) {
    sp[-1].Swap(sp[-2]);
    sp[-2].Swap(sp[-3]);
    NEXT;
  }
  CASE(RotFour) {
    sp[-1].Swap(sp[-2]);
    sp[-2].Swap(sp[-3]);
    sp[-3].Swap(sp[-4]);
    NEXT;
  }

  BINARY(Add, FastAdd)
  BINARY(Subtract, FastSubtract)
  BINARY(Multiply, FastMultiply)
  BINARY(Divide, FastDivide)
  BINARY(FloorDivide, FastFloorDivide)
  BINARY(Modulo, FastModulo)
  BINARY(Power, FastNever)
  BINARY(Matmul, FastNever)
  BINARY(LeftShift, FastNever)
  BINARY(RightShift, FastRightShift)
  BINARY(BitAnd, FastBitAnd)
  BINARY(BitOr, FastBitOr)
  BINARY(BitXor, FastBitXor)
  CASE(Negative) {
    if (sp[-1].IsFloat()) {
      sp[-1].SetFloat(-sp[-1].number());
      NEXT;
    }
    SLOW_OR_CALL(UnarySlow(c, i));
    NEXT;
  }
  CASE(Positive)
  CASE(Invert) {
    SLOW_OR_CALL(UnarySlow(c, i));
    NEXT;
  }
  CASE(Not) {
    if (sp[-1].IsBool()) {
      sp[-1].SetBool(!sp[-1].boolean());
      NEXT;
    }
    SLOW(c.Replace(1, UnaryOperation(*this, i.op, c[0])));
    NEXT;
  }
  COMPARE(Less, <)
  COMPARE(LessEqual, <=)
  COMPARE(Equal, ==)
  COMPARE(NotEqual, !=)
  COMPARE(Greater, >)
  COMPARE(GreaterEqual, >=)
  CASE(In) {
    SLOW_OR_CALL(FindIn(c, i));
    NEXT;
  }
  CASE(Is) {
    const bool same = sp[-2].Is(sp[-1]);
    (--sp)->~Value();
    sp[-1] = Value::Bool(same != (i.a == 1));
    NEXT;
  }

  CASE(Jump) {
    pc = code_begin + i.c;
    NEXT;
  }
  CASE(JumpBack) {
    if (attention_.load(std::memory_order_relaxed) == kAttention) [[unlikely]] {
      frame->pc = pc;
      stack_top_ = sp;
      attention_.store(kNoAttention, std::memory_order_relaxed);
      Throw(ErrorKind::kKeyboardInterrupt, "");
      goto error;
    }
    pc = code_begin + i.c;
    if constexpr (!kObserved) {
      int32_t& countdown = frame->code->loop_countdowns[i.b];
      if (--countdown <= 0) [[unlikely]] {
        frame->pc = pc;
        stack_top_ = sp;
        HotLoop(&countdown);
        if (observer_) return false;
        RELOAD;
        sp = stack_top_;
      }
    }
    NEXT;
  }
  CASE(PopJumpIfFalse) {
    if (sp[-1].IsBool()) {
      --sp;
      if (!sp->boolean()) pc = code_begin + i.c;
      NEXT;
    }
    frame->pc = pc;
    stack_top_ = sp;
    const int truth = Truth(*this, sp[-1]);
    if (truth < 0) goto error;
    (--sp)->~Value();
    if (truth == 0) pc = code_begin + i.c;
    NEXT;
  }
  CASE(PopJumpIfTrue) {
    if (sp[-1].IsBool()) {
      --sp;
      if (sp->boolean()) pc = code_begin + i.c;
      NEXT;
    }
    frame->pc = pc;
    stack_top_ = sp;
    const int truth = Truth(*this, sp[-1]);
    if (truth < 0) goto error;
    (--sp)->~Value();
    if (truth == 1) pc = code_begin + i.c;
    NEXT;
  }
  CASE(JumpIfFalseOrPop)
  CASE(JumpIfTrueOrPop) {
    frame->pc = pc;
    stack_top_ = sp;
    const int truth = Truth(*this, sp[-1]);
    if (truth < 0) goto error;
    if ((truth == 1) == (i.op == Bytecode::kJumpIfTrueOrPop)) {
      pc = code_begin + i.c;
    } else {
      (--sp)->~Value();
    }
    NEXT;
  }
  CASE(JumpUnlessBuiltin) {
    if (!sp[-1].Is(consumers_[i.b])) pc = code_begin + i.c;
    NEXT;
  }
  CASE(GetIter) {
    SLOW_OR_CALL(IteratorOf(c));
    NEXT;
  }
  CASE(ForIter) {
    auto* iterator = sp[-1].Get<IteratorObject>();
    if (iterator->iterator_kind == IteratorObject::Kind::kRange) {
      auto* range = static_cast<RangeIterator*>(iterator);
      if (range->left > 0) {
        new (sp++) Value(Value::Int(range->next));
        if (--range->left > 0) range->next += range->step;
        NEXT;
      }
    } else if (iterator->iterator_kind == IteratorObject::Kind::kSequence) {
      auto* sequence = static_cast<SequenceIterator*>(iterator);
      if (sequence->index < sequence->items->size()) {
        new (sp++) Value((*sequence->items)[sequence->index++]);
        NEXT;
      }
    } else {
      bool pushed = false;
      SLOW(ForIterSlow(c, i, &pushed));
      if (pushed) {
        RELOAD;
        sp = stack_top_;
        NEXT;
      }
      if (!sp[-1].IsUndefined()) NEXT;
      --sp;
    }
    (--sp)->~Value();
    pc = code_begin + i.c;
    NEXT;
  }
  CASE(Return) {
    if (!frame->is_entry && !frame->generator && !frame->is_operator) {
      Value value = std::move(*--sp);
      while (sp != slots) (--sp)->~Value();
      sp = frame->result;
      if (frame->is_constructor) {
        ++sp;
      } else {
        if (frame->result_is_live) sp->~Value();
        new (sp++) Value(std::move(value));
      }
      frame->function = nullptr;
      --frame_count_;
      RELOAD;
      NEXT;
    }
    Cursor c{pc, sp, frame};
    if (frame->is_operator) {
      const bool ok = ReturnFromOperator(c, c.Take());
      sp = stack_top_;
      RELOAD;
      if (!ok) goto error;
      NEXT;
    }
    const bool left = ReturnFromFrame(c, c.Take(), result);
    if (left) return true;
    sp = stack_top_;
    RELOAD;
    if (failed()) goto error;
    NEXT;
  }
  CASE(Yield) {
    Cursor c{pc, sp, frame};
    frame->pc = pc;
    if (YieldFromFrame(c, result)) return true;
    sp = stack_top_;
    RELOAD;
    if (failed()) goto error;
    NEXT;
  }

  CASE(BuildTuple)
  CASE(BuildList) {
    std::vector<Value> items(std::make_move_iterator(sp - i.c), std::make_move_iterator(sp));
    sp -= i.c;
    new (sp++) Value(i.op == Bytecode::kBuildList ? MakeList(std::move(items)) : MakeTuple(std::move(items)));
    NEXT;
  }
  CASE(BuildSet) {
    SLOW(BuildSet(c, i));
    NEXT;
  }
  CASE(BuildDict) {
    SLOW(BuildDict(c, i));
    NEXT;
  }
  CASE(BuildSlice) {
    sp -= 3;
    new (sp) Value(Make<SliceObject>(std::move(sp[0]), std::move(sp[1]), std::move(sp[2])));
    ++sp;
    NEXT;
  }
  CASE(BuildString) {
    SLOW(BuildString(c, i));
    NEXT;
  }
  CASE(FormatValue) {
    SLOW(FormatOne(c, i));
    NEXT;
  }
  CASE(ListAppend) {
    --sp;
    sp[-i.c].Get<ListObject>()->Append(std::move(*sp));
    NEXT;
  }
  CASE(SetAdd) {
    SLOW(AddToSet(c, i));
    NEXT;
  }
  CASE(DictSet) {
    SLOW(SetInDict(c, i));
    NEXT;
  }
  CASE(ListExtend) {
    SLOW(Extend(c));
    NEXT;
  }
  CASE(SetUpdate) {
    SLOW(UpdateSet(c));
    NEXT;
  }
  CASE(DictMerge) {
    SLOW(MergeDict(c, i));
    NEXT;
  }
  CASE(ListToTuple) {
    sp[-1] = MakeTuple(std::move(sp[-1].Get<ListObject>()->items));
    NEXT;
  }
  CASE(TupleExtend) {
    SLOW(ExtendTuple(c));
    NEXT;
  }
  CASE(Unpack) {
    SLOW(Unpack(c, i));
    NEXT;
  }
  CASE(UnpackStarred) {
    SLOW(UnpackStarred(c, i));
    NEXT;
  }

  CASE(LoadAttribute) {
    if (Value* attribute = FastAttribute(sp[-1], frame->code->names[static_cast<size_t>(i.c)].get())) {
      Value value = *attribute;
      sp[-1] = std::move(value);
      NEXT;
    }
    SLOW_OR_CALL(LoadAttributeOrEnter(c, i));
    NEXT;
  }
  CASE(StoreAttribute) {
    if (Value* attribute = FastAttribute(sp[-1], frame->code->names[static_cast<size_t>(i.c)].get())) {
      *attribute = std::move(sp[-2]);
      (--sp)->~Value();
      --sp;
      NEXT;
    }
    SLOW_OR_CALL(StoreAttribute(c, i));
    NEXT;
  }
  CASE(DeleteAttribute) {
    SLOW(DeleteAttribute(c, i));
    NEXT;
  }
  CASE(LoadMethod) {
    SLOW(LoadMethod(c, i));
    NEXT;
  }
  CASE(LoadSubscript) {
    if (const Value* item = FastItem(sp[-2], sp[-1])) {
      Value value = *item;
      --sp;
      sp[-1] = std::move(value);
      NEXT;
    }
    SLOW_OR_CALL(LoadSubscript(c));
    NEXT;
  }
  CASE(StoreSubscript) {
    if (sp[-2].IsObject(ObjectKind::kList)) {
      if (Value* item = FastItem(sp[-2], sp[-1])) {
        --sp;
        *item = std::move(sp[-2]);
        (--sp)->~Value();
        --sp;
        NEXT;
      }
    }
    SLOW_OR_CALL(StoreSubscript(c));
    NEXT;
  }
  CASE(DeleteSubscript) {
    SLOW(DeleteSubscript(c));
    NEXT;
  }

  CASE(Call) {
    frame->pc = pc;
    stack_top_ = sp;
    if (sp[-i.c - 1].Is(next_function_)) {
      const Asked asked = AskByCall(sp - i.c - 1, static_cast<size_t>(i.c));
      if (asked == Asked::kFailed) goto error;
      if (asked == Asked::kPushed) {
        RELOAD;
        sp = stack_top_;
        NEXT;
      }
    }
    const Invoked invoked = Invoke(sp - i.c - 1, static_cast<size_t>(i.c), {});
    sp = stack_top_;
    if (invoked == Invoked::kFailed) goto error;
    if (invoked == Invoked::kPushed) RELOAD;
    NEXT;
  }
  CASE(CallMethod) {
    frame->pc = pc;
    stack_top_ = sp;
    const bool method = !sp[-i.c - 2].IsUndefined();
    Value* base = sp - i.c - (method ? 2 : 1);
    const Invoked invoked = Invoke(base, static_cast<size_t>(method ? i.c + 1 : i.c), {});
    sp = stack_top_;
    if (invoked == Invoked::kFailed) goto error;
    if (invoked == Invoked::kPushed) {
      // Without a method an Undefined value lies below the callable: the result goes there.
      if (!method) SinkResult();
      RELOAD;
    } else if (!method) {
      sp[-2] = std::move(sp[-1]);
      --sp;
    }
    NEXT;
  }
  CASE(CallKeywords)
  CASE(CallMethodKeywords) {
    frame->pc = pc;
    stack_top_ = sp;
    const std::vector<Value>& names = constants[i.b].Get<TupleObject>()->items;
    const bool pair = i.op == Bytecode::kCallMethodKeywords;
    const bool method = pair && !sp[-i.c - 2].IsUndefined();
    Value* base = sp - i.c - (method ? 2 : 1);
    const Invoked invoked = Invoke(base, static_cast<size_t>(method ? i.c + 1 : i.c), names);
    sp = stack_top_;
    if (invoked == Invoked::kFailed) goto error;
    if (invoked == Invoked::kPushed) {
      if (pair && !method) SinkResult();
      RELOAD;
    } else if (pair && !method) {
      sp[-2] = std::move(sp[-1]);
      --sp;
    }
    NEXT;
  }
  CASE(CallUnpacked) {
    Invoked invoked = Invoked::kFailed;
    SLOW(CallUnpacked(c, &invoked));
    sp = stack_top_;
    if (invoked == Invoked::kPushed) RELOAD;
    NEXT;
  }
  CASE(MakeFunction) {
    SLOW(MakeFunction(c, i));
    NEXT;
  }
  CASE(MakeClass) {
    SLOW(MakeClass(c, i));
    NEXT;
  }
  CASE(LoadClosure) {
    new (sp++) Value(slots[i.c]);
    NEXT;
  }

  CASE(Raise) {
    SLOW(RaiseInstruction(c, i));
    NEXT;
  }
  CASE(Reraise) {
    Ref<ExceptionObject> exception(sp[-1].Get<ExceptionObject>());
    (--sp)->~Value();
    pending_ = std::move(exception);
    reraising_ = true;
    frame->pc = pc;
    goto error;
  }
  CASE(PushHandled) {
    Value exception = std::move(sp[-1]);
    sp[-1] = handled_ ? Value(handled_) : Value::None();
    handled_ = Ref<ExceptionObject>(exception.Get<ExceptionObject>());
    new (sp++) Value(std::move(exception));
    NEXT;
  }
  CASE(PopHandled) {
    PopHandled(sp[-1]);
    (--sp)->~Value();
    NEXT;
  }
  CASE(ReraiseHandled) {
    PopHandled(sp[-2]);
    pending_ = Ref<ExceptionObject>(sp[-1].Get<ExceptionObject>());
    (--sp)->~Value();
    (--sp)->~Value();
    reraising_ = true;
    frame->pc = pc;
    goto error;
  }
  CASE(MatchException) {
    SLOW(MatchException(c));
    NEXT;
  }
  CASE(LoadAssertionError) {
    new (sp++) Value(classes_.exceptions[static_cast<size_t>(ErrorKind::kAssertion)]);
    NEXT;
  }
  CASE(EnterWith) {
    SLOW(EnterWith(c));
    NEXT;
  }
  CASE(LeaveWith) {
    SLOW(LeaveWith(c));
    NEXT;
  }
  CASE(LeaveWithError) {
    SLOW(LeaveWithError(c));
    NEXT;
  }

  CASE(ImportName) {
    SLOW(ImportName(c, i));
    NEXT;
  }
  CASE(ImportFrom) {
    SLOW(ImportFrom(c, i));
    NEXT;
  }
  CASE(ImportStar) {
    SLOW(ImportStar(c));
    NEXT;
  }
  CASE(Echo) {
    SLOW(Echo(c));
    NEXT;
  }

error:
  stack_top_ = sp;
  if constexpr (kObserved) {
    if (observer_ && !observer_->Failed()) observer_ = nullptr;
  }
  if (!HandleError()) {
    *result = Value::Error();
    return true;
  }
  RELOAD;
  sp = stack_top_;
  NEXT;
}

#undef CASE
#undef NEXT
#undef SLOW
#undef SLOW_OR_CALL
#undef BINARY
#undef COMPARE
#undef RELOAD

// ---- Leaving frames ---------------------------------------------------------------------------------
// The less common returns: from a frame that C++ entered (true: the run ends) or from a generator.
bool Vm::ReturnFromFrame(Cursor& c, Value value, Value* entry_result) {
  Frame& frame = *c.frame;
  while (c.sp != frame.slots) (--c.sp)->~Value();
  const bool entry = frame.is_entry;
  if (frame.generator) {
    frame.generator->finished = true;
    frame.generator->running = false;
    // What a call of next() gives instead, if anything.
    value = frame.slots - frame.result > 2 ? std::move(frame.slots[-1]) : Value();
    while (c.sp != frame.result) (--c.sp)->~Value();
  }
  if (frame.is_constructor) {
    value = std::move(*frame.result);
  } else if (frame.result_is_live) {
    frame.result->~Value();
  }
  c.sp = frame.result;
  const bool generator = static_cast<bool>(frame.generator);
  PopFrame();
  stack_top_ = c.sp;
  if (entry) {
    *entry_result = std::move(value);
    return true;
  }
  if (generator && top().pc[-1].op == Bytecode::kForIter) {
    EndLoop();
    return false;
  }
  if (value.IsUndefined()) {
    Throw(ErrorKind::kStopIteration, "");
    return false;
  }
  new (stack_top_++) Value(std::move(value));
  return false;
}

void Vm::PopFrame() {
  Frame& frame = top();
  frame.function = nullptr;
  frame.generator = nullptr;
  frame.keep_code = nullptr;
  --frame_count_;
}

// Finds the handler of the pending exception, unwinding frames on the way; false if C++ entered one of them.
bool Vm::HandleError() {
  for (;;) {
    Frame& frame = top();
    if (!reraising_) AppendTraceback(frame);
    reraising_ = false;
    const auto position = static_cast<uint32_t>(frame.pc - frame.code->instructions.data()) - 1;
    for (const ExceptionEntry& entry : frame.code->exceptions) {
      if (position < entry.begin || position >= entry.end) continue;
      while (stack_top_ > frame.operands + entry.height) (--stack_top_)->~Value();
      new (stack_top_++) Value(TakePending());
      frame.pc = frame.code->instructions.data() + entry.target;
      return true;
    }
    while (stack_top_ != frame.slots) (--stack_top_)->~Value();
    const bool generator = static_cast<bool>(frame.generator);
    if (frame.is_operator || generator) {
      while (stack_top_ != frame.result) (--stack_top_)->~Value();
    } else if (frame.result_is_live || frame.is_constructor) {
      frame.result->~Value();
    }
    stack_top_ = frame.result;
    if (generator) {
      frame.generator->finished = true;
      frame.generator->running = false;
    }
    const bool entry = frame.is_entry;
    PopFrame();
    if (entry) return false;
    if (generator) StopAsking();
  }
}

void Vm::AppendTraceback(const Frame& frame) {
  const auto instruction = static_cast<uint32_t>(frame.pc - frame.code->instructions.data()) - 1;
  pending_->traceback.push_back({Ref<CodeObject>(frame.code), instruction});
}

void Vm::PopHandled(const Value& previous) {
  handled_ = Ref<ExceptionObject>(previous.As<ExceptionObject>());
}

void Vm::ForgetLoops() { loop_jit_.reset(); }

void Vm::HotLoop(int32_t* countdown) {
  if (!loop_jit_) loop_jit_ = std::make_unique<LoopJit>(*this);
  loop_jit_->OnBackEdge(countdown);
}

SourcePlace Vm::Current() const {
  const Frame* frame = caller();
  if (!frame) return {};
  const auto instruction = static_cast<uint32_t>(frame->pc - frame->code->instructions.data());
  const int32_t line = frame->code->RangeOf(instruction == 0 ? 0 : instruction - 1).line;
  return {static_cast<uint32_t>(line), frame->code->source->id};
}

}  // namespace lathe::script
