// Variables, the operand stack, jumps, iteration and returns.
#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {

Abstract LoopRecorder::FromConstant(const Value& value) {
  switch (value.tag()) {
    case Tag::kBool:
      return Abstract::Bool(graph_.ConstantBool(value.boolean()));
    case Tag::kInt:
      return Abstract::Int(Int(value.integer()));
    case Tag::kFloat:
      return Abstract::Float(graph_.ConstantFloat(value.number()));
    default:
      break;
  }
  graph_.Keep(value);
  auto* tuple = value.As<TupleObject>();
  if (!tuple) return Abstract::Constant(value);
  std::vector<Abstract> items;
  for (const Value& item : tuple->items) items.push_back(FromConstant(item));
  return Abstract::Tuple(std::move(items));
}

bool LoopRecorder::RecordVariable(const Instruction& i) {
  const auto index = static_cast<size_t>(i.c);
  switch (i.op) {
    case Bytecode::kLoadConst:
      Push(FromConstant(frame().code->constants[index]));
      return true;
    case Bytecode::kLoadLocal: {
      const Abstract value = Register(index);
      if (value.kind == AbstractKind::kDead) return Abort("a variable that was thought dead");
      if (value.kind == AbstractKind::kConstant && value.constant.IsUndefined()) {
        return Abort("a variable without a value");
      }
      Push(value);
      return true;
    }
    case Bytecode::kStoreLocal:
      frame().registers[index] = Operand(0);
      Drop(1);
      return true;
    case Bytecode::kDeleteLocal:
      frame().registers[index] = Abstract::Constant(Value());
      return true;
    case Bytecode::kLoadCell:
    case Bytecode::kStoreCell:
      return RecordCell(i);
    case Bytecode::kMakeCell:
    case Bytecode::kLoadClosure:
    case Bytecode::kMakeFunction:
      return RecordFunction(i);
    case Bytecode::kLoadGlobal: {
      const Location location{Location::Kind::kGlobal, frame().module, static_cast<uint32_t>(i.c)};
      Abstract value = Variable(location);
      if (value.kind == AbstractKind::kConstant && value.constant.IsUndefined()) {
        const Namespace& variables = frame().module->variables;
        if (index >= variables.fallbacks.size() || variables.fallbacks[index].IsUndefined()) {
          return Abort("a name that is not defined");
        }
        value = Abstract::Constant(variables.fallbacks[index]);
      }
      Push(value);
      return true;
    }
    case Bytecode::kStoreGlobal: {
      const Location location{Location::Kind::kGlobal, frame().module, static_cast<uint32_t>(i.c)};
      const Abstract value = Operand(0);
      if (Abstract* known = state_.Find(location)) {
        *known = value;
      } else {
        graph_.Keep(Value(location.owner));
        state_.variables.emplace_back(location, value);
      }
      Drop(1);
      return true;
    }
    default:
      return false;
  }
}

bool LoopRecorder::RecordStack(const Instruction& i) {
  const auto count = static_cast<size_t>(i.c);
  switch (i.op) {
    case Bytecode::kPop:
      Drop(1);
      return true;
    case Bytecode::kDup:
      Push(Abstract(Operand(0)));
      return true;
    case Bytecode::kDupTwo: {
      const Abstract x = Operand(1), y = Operand(0);
      Push(x);
      Push(y);
      return true;
    }
    case Bytecode::kSwap: {
      const Abstract x = Operand(1), y = Operand(0);
      Drop(2);
      Push(y);
      Push(x);
      return true;
    }
    case Bytecode::kRotThree:
    case Bytecode::kRotFour: {
      const size_t size = i.op == Bytecode::kRotThree ? 3 : 4;
      for (size_t k = 0; k < size; ++k) Operand(k);
      std::vector<Abstract>& registers = frame().registers;
      std::rotate(registers.end() - static_cast<std::ptrdiff_t>(size), registers.end() - 1, registers.end());
      return true;
    }
    case Bytecode::kBuildTuple:
    case Bytecode::kBuildSlice: {
      const size_t size = i.op == Bytecode::kBuildSlice ? 3 : count;
      std::vector<Abstract> items;
      for (size_t k = size; k-- > 0;) items.push_back(Operand(k));
      Abstract a = Abstract::Tuple(std::move(items));
      if (i.op == Bytecode::kBuildSlice) a.kind = AbstractKind::kSlice;
      return Replace(size, std::move(a));
    }
    case Bytecode::kIs: {
      Node same;
      if (!Identity(Operand(1), Operand(0), &same)) return false;
      return Replace(2, Abstract::Bool(i.a == 1 ? Not(same) : same));
    }
    default:
      return false;
  }
}

// Whether two values are one. Objects that are virtual have no address to compare, and that of a number is
// nobody's business but for True and False.
bool LoopRecorder::Identity(const Abstract& x, const Abstract& y, Node* same) {
  const auto is_constant = [](const Abstract& a) { return a.Is(AbstractKind::kConstant); };
  if (x.identity != kNoIdentity || y.identity != kNoIdentity) {
    // What the VM has may be what the other one is, by its address.
    const ObjectIdentity one = x.identity != kNoIdentity ? x.identity : y.identity;
    const bool both = x.identity != kNoIdentity && y.identity != kNoIdentity;
    if (!both && graph_.Enters(one)) return Abort("identity of virtual objects");
    *same = graph_.ConstantBool(x.identity == y.identity);
    return true;
  }
  const auto address = [&](const Abstract& a) {
    if (a.Is(AbstractKind::kList) || a.Is(AbstractKind::kObject)) return a.ref;
    return is_constant(a) && a.constant.IsObject() ? AddressOf(a.constant.object()) : kNoRef;
  };
  const bool logical = x.Is(AbstractKind::kBool) || y.Is(AbstractKind::kBool);
  if (is_constant(x) && is_constant(y)) {
    *same = graph_.ConstantBool(x.constant.Is(y.constant));
  } else if (logical || ((is_constant(x) || is_constant(y)) && (x.IsNumber() || y.IsNumber()))) {
    *same = x.kind == y.kind ? Compare(Op::kEqual, x.ref, y.ref) : graph_.ConstantBool(false);
  } else if (address(x) != kNoRef && address(y) != kNoRef) {
    *same = Compare(Op::kEqual, address(x), address(y));
  } else {
    // None, functions, classes and the like are never what is virtual.
    const auto is_other = [&](const Abstract& a) {
      return is_constant(a) && (!a.constant.IsObject() || a.constant.As<FunctionObject>() ||
                                a.constant.As<NativeObject>() || a.constant.As<ClassObject>() ||
                                a.constant.As<StringObject>() || a.constant.As<InstanceObject>());
    };
    if (!is_other(x) && !is_other(y)) return Abort("identity of virtual objects");
    *same = graph_.ConstantBool(false);
  }
  return true;
}

bool LoopRecorder::RecordFlow(const Instruction& i) {
  switch (i.op) {
    case Bytecode::kJump:
    case Bytecode::kJumpBack:
      frame().pc = static_cast<uint32_t>(i.c);
      return true;
    case Bytecode::kPopJumpIfFalse:
      return RecordBranch(i, false, false);
    case Bytecode::kPopJumpIfTrue:
      return RecordBranch(i, true, false);
    case Bytecode::kJumpIfFalseOrPop:
      return RecordBranch(i, false, true);
    case Bytecode::kJumpIfTrueOrPop:
      return RecordBranch(i, true, true);
    case Bytecode::kJumpUnlessBuiltin: {
      const Abstract& function = Operand(0);
      if (!function.Is(AbstractKind::kConstant))
        return Abort(absl::StrCat("a call of a ", Describe(function)));
      frame().pc = function.constant.Is(vm_.consumers_[i.b]) ? frame().pc + 1 : static_cast<uint32_t>(i.c);
      return true;
    }
    case Bytecode::kGetIter: {
      const Abstract iterable = Operand(0);
      Abstract iterator;
      return MakeIterator(iterable, Actual(0), &iterator) && Replace(1, std::move(iterator));
    }
    case Bytecode::kForIter:
      return RecordForIter(i);
    case Bytecode::kReturn:
      return RecordReturn();
    case Bytecode::kYield:
      return RecordYield();
    case Bytecode::kLoadAttribute:
      return RecordAttribute(i);
    case Bytecode::kLoadMethod:
      return RecordMethod(i);
    case Bytecode::kCall:
    case Bytecode::kCallMethod:
    case Bytecode::kCallKeywords:
    case Bytecode::kCallMethodKeywords:
      return RecordCall(i);
    case Bytecode::kCallUnpacked:
      return RecordUnpackedCall();
    case Bytecode::kEnterWith:
      return EnterContext();
    case Bytecode::kLeaveWith:
      return LeaveContext();
    case Bytecode::kRaise:
    case Bytecode::kReraise:
    case Bytecode::kReraiseHandled:
    case Bytecode::kPushHandled:
    case Bytecode::kPopHandled:
    case Bytecode::kMatchException:
    case Bytecode::kLoadAssertionError:
      return RecordException(i);
    default: {
      static constexpr std::string_view kNames[] = {
#define BYTECODE(ID, TEXT, EFFECT) #ID,
#include "src/script/bytecode.def"
#undef BYTECODE
      };
      const std::string_view name = kNames[static_cast<size_t>(i.op)];
      return Abort(absl::StrCat("the instruction ", absl::string_view(name.data(), name.size())));
    }
  }
}

// The branch that the VM is about to take, guarded.
bool LoopRecorder::RecordBranch(const Instruction& i, bool jump_if, bool keeps) {
  Node truth;
  const Abstract x = Operand(0);
  if (!Truth(x, Actual(0), &truth)) return false;
  const int actual = script::Truth(vm_, Actual(0));
  if (actual < 0) return Abort(AbortReason::kException);
  // At the exit the operand is known: it is what it was not here.
  const bool known = truth == x.ref && !graph_.IsConstant(truth) && !host_.InjectsFaults();
  if (known) {
    Operand(0).ref = graph_.ConstantBool(actual != 1);
    snapshot_ = nullptr;
  }
  const bool guarded = Guard(truth, actual == 1, ExitReason::kBranch);
  if (known) graph_.exits().back().is_one_way = true;
  Operand(0) = x;
  snapshot_ = nullptr;
  if (!guarded) return false;
  const bool jumps = (actual == 1) == jump_if;
  if (!keeps || !jumps) Drop(1);
  frame().pc = jumps ? static_cast<uint32_t>(i.c) : frame().pc + 1;
  return true;
}

bool LoopRecorder::RecordReturn() {
  if (state_.frames.size() == 1) {
    left_loop_ = true;
    return Abort(AbortReason::kLeavesFunction);
  }
  if (frame().generator != kNoIdentity) return EndGenerator();
  if (frame().stage >= 0) return ReturnFromOperator();
  const Abstract value = Operand(0);
  const bool constructs = frame().constructs;
  state_.frames.pop_back();
  if (!constructs) Push(value);
  return true;
}

// ---- Iteration --------------------------------------------------------------------------------------
namespace {

int CountIn(const Abstract& a, const Abstract& value) {
  int count = SameValue(a, value) ? 1 : 0;
  if (!a.parts) return count;
  for (const Abstract& item : a.parts->items) count += CountIn(item, value);
  return count;
}

}  // namespace

// In how many places of the state that are still read the value is.
int LoopRecorder::CountInState(const Abstract& value) {
  int count = 0;
  State live = state_;
  ForgetDead(&live);
  for (const FrameState& frame : live.frames) {
    for (const Abstract& a : frame.registers) count += CountIn(a, value);
  }
  for (const auto& [location, a] : live.variables) count += CountIn(a, value);
  return count;
}

bool LoopRecorder::MakeIterator(const Abstract& iterable, const Value& actual, Abstract* iterator) {
  auto parts = std::make_shared<AbstractParts>();
  *iterator = Abstract();
  switch (iterable.kind) {
    case AbstractKind::kRange: {
      iterator->kind = AbstractKind::kRangeIterator;
      const Node start = iterable.parts->refs[0];
      parts->refs = {start, iterable.parts->refs[1]};
      if (iterable.parts->refs.size() == 3) parts->refs.push_back(iterable.parts->refs[2]);
      parts->number = iterable.parts->number;
      break;
    }
    case AbstractKind::kList:
      iterator->kind = AbstractKind::kListIterator;
      parts->refs = {Int(0)};
      parts->items = {iterable};
      break;
    case AbstractKind::kArray:
      if (iterable.parts->rank == 0) return Abort("iteration over a 0-d array");
      iterator->kind = AbstractKind::kArrayIterator;
      parts->refs = {Int(0)};
      parts->items = {iterable};
      break;
    case AbstractKind::kGenerator:
      *iterator = iterable;
      return true;
    case AbstractKind::kRangeIterator:
    case AbstractKind::kListIterator:
    case AbstractKind::kArrayIterator:
    case AbstractKind::kEnumerate:
    case AbstractKind::kZip:
      if (CountInState(iterable) > 1) return Abort("iteration over an iterator that a variable holds");
      *iterator = iterable;
      return true;
    default: {
      NativeOperation operation;
      operation.kind = NativeOperation::Kind::kIterator;
      return NativeCall(operation, {iterable}, std::span(&actual, 1), false, iterator);
    }
  }
  iterator->parts = std::move(parts);
  return true;
}

// What passes need to see that the counter of a range goes one way and does not overflow. Neither changes in
// the loop, so none of it stays there.
bool LoopRecorder::GuardRange(const AbstractParts& range) {
  constexpr int64_t kFar = int64_t{1} << 62;
  const Node stop = range.refs[1], step = range.refs[2];
  const bool up = range.number > 0;
  const Op side = up ? Op::kGreater : Op::kLess;
  const Op near = up ? Op::kLess : Op::kGreater;
  const auto guard = [&](Op op, Node x, int64_t limit) {
    return graph_.IsConstant(x) || Guard(Compare(op, x, Int(limit)), true, ExitReason::kBranch);
  };
  return guard(side, step, 0) && guard(near, step, up ? kFar : -kFar) && guard(near, stop, up ? kFar : -kFar);
}

bool LoopRecorder::NextItem(Abstract* iterator, const Value& actual, Abstract* item, bool* more) {
  if (!iterator->parts) return Abort(absl::StrCat("a ", Describe(*iterator), " that another iterator asks"));
  auto parts = std::make_shared<AbstractParts>(*iterator->parts);
  const auto advance = [&](size_t k, Node step) {
    // The end is beyond the number, so a step of one cannot overflow; another one may, behind the last item.
    const bool is_one = graph_.IsConstant(step) && std::abs(graph_.IntOf(step)) == 1;
    parts->refs[k] = is_one ? Emit(Op::kAdd, DType::kInt64, {parts->refs[k], step})
                            : Checked(Op::kCheckedAdd, parts->refs[k], step);
  };
  switch (iterator->kind) {
    case AbstractKind::kRangeIterator: {
      const auto* range = static_cast<const RangeIterator*>(actual.Get<IteratorObject>());
      *more = range->left > 0;
      const Node next = parts->refs[0];
      const Op order = parts->number > 0 ? Op::kLess : Op::kGreater;
      if (!Guard(Compare(order, next, parts->refs[1]), *more, ExitReason::kLoopEnd)) return false;
      if (!*more) return true;
      if (parts->refs.size() == 3 && !GuardRange(*parts)) return false;
      *item = Abstract::Int(next);
      advance(0, parts->refs.size() == 3 ? parts->refs[2] : Int(parts->number));
      break;
    }
    case AbstractKind::kListIterator: {
      const auto* sequence = static_cast<const SequenceIterator*>(actual.Get<IteratorObject>());
      *more = sequence->index < sequence->items->size();
      const Node index = parts->refs[0];
      if (!Guard(Compare(Op::kLess, index, SequenceLength(parts->items[0])), *more, ExitReason::kLoopEnd))
        return false;
      if (!*more) return true;
      const auto at = static_cast<int64_t>(sequence->index);
      if (!SequenceItem(parts->items[0], index, sequence->sequence, at, item)) return false;
      advance(0, Int(1));
      break;
    }
    case AbstractKind::kArrayIterator: {
      const auto* rows = static_cast<const ArrayRowIterator*>(actual.Get<IteratorObject>());
      const Abstract& array = parts->items[0];
      *more = rows->next < AsArray(rows->array)->array.extent(0);
      const Node index = parts->refs[0];
      if (!Guard(Compare(Op::kLess, index, array.extent(0)), *more, ExitReason::kLoopEnd)) return false;
      if (!*more) return true;
      *item = ArrayAt(array, index);
      advance(0, Int(1));
      break;
    }
    case AbstractKind::kEnumerate: {
      const auto* enumerate = static_cast<const EnumerateIterator*>(actual.Get<IteratorObject>());
      Abstract inner;
      if (!NextItem(&parts->items[0], enumerate->iterator, &inner, more)) return false;
      if (!*more) return true;
      *item = Abstract::Tuple({Abstract::Int(parts->refs[0]), inner});
      parts->refs[0] = Checked(Op::kCheckedAdd, parts->refs[0], Int(1));
      break;
    }
    case AbstractKind::kZip: {
      const auto* zip = static_cast<const ZipIterator*>(actual.Get<IteratorObject>());
      std::vector<Abstract> items;
      for (size_t k = 0; k < parts->items.size(); ++k) {
        Abstract one;
        if (!NextItem(&parts->items[k], zip->iterators[k], &one, more)) return false;
        if (!*more) {
          // Those before it have moved on already.
          if (k > 0 && iterator->ref != kNoRef) return Abort("the end of a zip but at its first iterator");
          return true;
        }
        items.push_back(std::move(one));
      }
      *item = Abstract::Tuple(std::move(items));
      break;
    }
    default:
      return Abort(absl::StrCat("iteration over a ", Describe(*iterator)));
  }
  iterator->parts = std::move(parts);
  return true;
}

bool LoopRecorder::RecordForIter(const Instruction& i) {
  Abstract iterator = Operand(0);
  if (iterator.kind == AbstractKind::kConstant) return Abort("an iterator that several variables hold");
  if (AsksGenerator(iterator)) return AskForItem(iterator, static_cast<uint32_t>(i.c));
  if (iterator.kind == AbstractKind::kObject) {
    const auto end = static_cast<uint32_t>(i.c);
    bool done;
    return NextOfContainer(iterator, end, &done) && (done || NextOfObject(iterator, end));
  }
  Abstract item;
  bool more = false;
  if (!NextItem(&iterator, Actual(0), &item, &more)) return false;
  if (!more) {
    Drop(1);
    frame().pc = static_cast<uint32_t>(i.c);
    return true;
  }
  Drop(1);
  Push(std::move(iterator));
  Push(std::move(item));
  ++frame().pc;
  return true;
}

}  // namespace lathe::script
