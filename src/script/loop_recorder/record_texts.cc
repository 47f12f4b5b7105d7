// Strings, and iterators over strings, dicts and sets: object functions (object_functions.h).
#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {

// The address of a string; kNoRef if it is none.
Node LoopRecorder::TextOf(const Abstract& x) {
  if (x.Is(AbstractKind::kObject) && x.object_kind == ObjectKind::kString) return x.ref;
  if (!x.Is(AbstractKind::kConstant) || !x.constant.As<StringObject>()) return kNoRef;
  graph_.Keep(x.constant);
  return AddressOf(x.constant.object());
}

// A string that a function has made, or 0.
bool LoopRecorder::MadeText(Node text, Abstract* result) {
  *result = Abstract();
  result->kind = AbstractKind::kObject;
  result->object_kind = ObjectKind::kString;
  result->ref = text;
  return Guard(Compare(Op::kNotEqual, text, Int(0)), true, ExitReason::kUnsupported);
}

// ---- Operators --------------------------------------------------------------------------------------
// A comparison of two strings; *done is false for anything else.
bool LoopRecorder::CompareTexts(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                                const Value& ay, Abstract* result, bool* done) {
  *done = false;
  const Node a = TextOf(x), b = TextOf(y);
  if (a == kNoRef || b == kNoRef) return true;
  if (op == Bytecode::kEqual || op == Bytecode::kNotEqual) {
    *done = true;
    const Node equal = CallObject(ObjectFunction::kEqualTexts, {a, b});
    *result = Abstract::Bool(Compare(op == Bytecode::kEqual ? Op::kNotEqual : Op::kEqual, equal, Int(0)));
    return true;
  }
  if (ax.Get<StringObject>()->bytes() != ay.Get<StringObject>()->bytes()) return true;
  *done = true;
  const Node order = CallObject(ObjectFunction::kCompareTexts, {a, b});
  if (!Guard(Compare(Op::kNotEqual, order, Int(kTextsUnlike)), true, ExitReason::kType)) return false;
  const Op relation = op == Bytecode::kLess        ? Op::kLess
                      : op == Bytecode::kLessEqual ? Op::kLessEqual
                      : op == Bytecode::kGreater   ? Op::kGreater
                                                   : Op::kGreaterEqual;
  *result = Abstract::Bool(Compare(relation, order, Int(0)));
  return true;
}

// A comparison of values that have words, at least one an object, whose result is a bool now; *done is false
// for others.
bool LoopRecorder::CompareObjects(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                                  const Value& ay, Abstract* result, bool* done) {
  *done = false;
  if (!HasWords(x) || !HasWords(y) || AsInstance(ax) || AsInstance(ay)) return true;
  {
    const Vm::CodeForbidden forbidden(vm_);
    const Value now = script::Compare(vm_, op, ax, ay);
    if (vm_.failed()) vm_.TakePending();
    if (!now.IsBool()) return true;
  }
  *done = true;
  ValueWords a, b;
  WordsOf(x, &a);
  WordsOf(y, &b);
  const Node compared =
      CallObject(ObjectFunction::kCompareValues,
                 {AddressOf(&vm_), Int(static_cast<int64_t>(op)), a.head, a.payload, b.head, b.payload});
  if (!Guard(Compare(Op::kNotEqual, compared, Int(kNotCompared)), true, ExitReason::kType)) return false;
  *result = Abstract::Bool(Compare(Op::kNotEqual, compared, Int(0)));
  return true;
}

namespace {

// Calls `visit` for all strings of a value that have an address which is not counted.
template <class Visit>
void ForEachText(const Abstract& a, const Visit& visit) {
  if (a.Is(AbstractKind::kObject) && a.object_kind == ObjectKind::kString) visit(a);
  if (!a.parts) return;
  for (const Abstract& item : a.parts->items) ForEachText(item, visit);
}

}  // namespace

// Whether the string, which is the left operand, is held by nothing in the state but by the operand and the
// variable that the next instruction overwrites. Strings that may turn out to be the same are compared.
Node LoopRecorder::IsAlone(const Abstract& text) {
  const Instruction& next = frame().code->instructions[frame().pc + 1];
  const auto index = static_cast<size_t>(next.c);
  const Abstract* variable = nullptr;
  if (next.op == Bytecode::kStoreLocal) variable = &frame().registers[index];
  if (next.op == Bytecode::kStoreGlobal) {
    variable = state_.Find({Location::Kind::kGlobal, frame().module, static_cast<uint32_t>(next.c)});
  }
  if (!variable || !text.Is(AbstractKind::kObject) || !SameValue(*variable, text)) return Int(0);
  size_t holders = 0;
  std::vector<Node> others;
  const auto visit = [&](const Abstract& a) {
    if (a.ref == text.ref) {
      ++holders;
    } else if (std::find(others.begin(), others.end(), a.ref) == others.end()) {
      others.push_back(a.ref);
    }
  };
  for (const FrameState& f : state_.frames) {
    for (const Abstract& a : f.registers) ForEachText(a, visit);
  }
  for (const auto& [location, a] : state_.variables) ForEachText(a, visit);
  constexpr size_t kMostOthers = 4;
  if (holders != 2 || others.size() > kMostOthers) return Int(0);
  Node alone = graph_.ConstantBool(true);
  for (const Node other : others) {
    alone = Emit(Op::kLogicalAnd, DType::kBool, {alone, Compare(Op::kNotEqual, other, text.ref)});
  }
  return Cast(alone, DType::kInt64);
}

// x + y, or x += y.
bool LoopRecorder::AddTexts(const Abstract& x, const Abstract& y, bool in_place, Abstract* result,
                            bool* done) {
  *done = false;
  const Node a = TextOf(x), b = TextOf(y);
  if (a == kNoRef || b == kNoRef) return true;
  *done = true;
  if (!in_place) return MadeText(CallObject(ObjectFunction::kJoinTexts, {a, b}), result);
  return MadeText(CallObject(ObjectFunction::kAppendText, {a, b, IsAlone(x)}), result);
}

// A number, None or a string, in words as str() gives it or as a specification says.
bool LoopRecorder::FormatPlain(const Abstract& x, const Abstract* specification, Abstract* result,
                               bool* done) {
  const Node text = TextOf(x);
  const Node wanted = specification ? TextOf(*specification) : kNoRef;
  *done = (text != kNoRef || x.IsPlainNumber() || (x.Is(AbstractKind::kConstant) && x.constant.IsNone())) &&
          (!specification || wanted != kNoRef);
  if (!*done) return true;
  ValueWords words;
  WordsOf(x, &words);
  const Node vm = AddressOf(&vm_);
  return MadeText(specification
                      ? CallObject(ObjectFunction::kFormatValue, {vm, wanted, words.head, words.payload})
                      : CallObject(ObjectFunction::kTextOfValue, {vm, words.head, words.payload}),
                  result);
}

// The top operands, strings, as one.
bool LoopRecorder::JoinOperands(size_t count, Abstract* result, bool* done) {
  constexpr ObjectFunction kFunctions[] = {ObjectFunction::kJoinTexts, ObjectFunction::kJoinThree,
                                           ObjectFunction::kJoinFour, ObjectFunction::kJoinFive,
                                           ObjectFunction::kJoinSix};
  *done = count >= 2 && count <= 6;
  std::vector<Node> texts;
  for (size_t k = count; *done && k-- > 0;) {
    texts.push_back(TextOf(Operand(k)));
    *done = texts.back() != kNoRef;
  }
  return !*done || MadeText(CallObject(kFunctions[count - 2], texts), result);
}

// x[index], x[start:stop]
bool LoopRecorder::GetText(const Abstract& x, const Abstract& index, const Value& ax, const Value& aindex,
                           Abstract* result, bool* done) {
  *done = false;
  const Node text = TextOf(x);
  if (text == kNoRef) return true;
  const auto* string = ax.Get<StringObject>();
  if (string->bytes() || !string->ascii()) return true;
  const Node vm = AddressOf(&vm_);
  if (index.Is(AbstractKind::kInt)) {
    const int64_t k = aindex.integer();
    *done = k < string->length() && k >= -string->length();
    return !*done || MadeText(CallObject(ObjectFunction::kTextItem, {vm, text, index.ref}), result);
  }
  if (!index.Is(AbstractKind::kSlice)) return true;
  Node start, stop, step;
  *done = SliceWords(index, &start, &stop, &step) && graph_.IntOf(step) == 1;
  return !*done || MadeText(CallObject(ObjectFunction::kTextSlice, {vm, text, start, stop}), result);
}

// part in text
bool LoopRecorder::HasText(const Abstract& x, const Abstract& part, Node* result, bool* done) {
  const Node text = TextOf(x), wanted = TextOf(part);
  *done = text != kNoRef && wanted != kNoRef;
  if (*done) *result = Compare(Op::kNotEqual, CallObject(ObjectFunction::kHasText, {text, wanted}), Int(0));
  return true;
}

// len() of a string, dict or set; *done is false for others.
bool LoopRecorder::LengthOfObject(const Abstract& x, const Value& actual, Abstract* result, bool* done) {
  *done = true;
  if (x.Is(AbstractKind::kObject) && x.object_kind == ObjectKind::kString) {
    *result = Abstract::Int(CallObject(ObjectFunction::kTextLength, {x.ref}));
  } else if (actual.As<DictObject>() || actual.As<SetObject>()) {
    *result = Abstract::Int(CallObject(ObjectFunction::kTableSize, {TableOf(x, actual)}));
  } else {
    *done = false;
  }
  return true;
}

// ---- Iterators --------------------------------------------------------------------------------------
// The next item of an iterator over a string, dict or set; *done is false for others. Going on is the last
// that the instruction does.
bool LoopRecorder::NextOfContainer(const Abstract& iterator, uint32_t end, bool* done) {
  const Value actual = Actual(0);
  auto* any = actual.Get<IteratorObject>();
  *done = true;
  if (any->iterator_kind == IteratorObject::Kind::kText) {
    return NextOfText(iterator, *static_cast<TextIterator*>(any), end, done);
  }
  if (any->iterator_kind == IteratorObject::Kind::kTable) {
    return NextOfTable(iterator, *static_cast<TableIterator*>(any), end, done);
  }
  *done = false;
  return true;
}

// That there is another item, or none, as there is now.
bool LoopRecorder::GuardMore(Node item, bool more) {
  const Node condition =
      more ? Compare(Op::kGreater, item, Int(kOtherIterator)) : Compare(Op::kEqual, item, Int(0));
  return Guard(condition, true, ExitReason::kLoopEnd);
}

bool LoopRecorder::NextOfText(const Abstract& iterator, const TextIterator& actual, uint32_t end,
                              bool* done) {
  *done = !actual.text->bytes();
  if (!*done) return true;
  const bool more = actual.position < actual.text->text().size();
  const Node character = CallObject(ObjectFunction::kPeekText, {AddressOf(&vm_), iterator.ref});
  if (!GuardMore(character, more)) return false;
  if (!more) {
    Drop(1);
    frame().pc = end;
    return true;
  }
  if (!Change(ObjectFunction::kSkipText, {iterator.ref})) return false;
  Abstract item;
  item.kind = AbstractKind::kObject;
  item.object_kind = ObjectKind::kString;
  item.ref = character;
  Push(std::move(item));
  ++frame().pc;
  return true;
}

bool LoopRecorder::NextOfTable(const Abstract& iterator, TableIterator& actual, uint32_t end, bool* done) {
  using Part = DictViewObject::Part;
  using Entry = HashTable::Entry;
  if (actual.table->version() != actual.version) return Abort(AbortReason::kException);
  const Entry* now = actual.Peek();
  const bool key = actual.part != Part::kValues, value = actual.part != Part::kKeys;
  *done = !now || (!(key && now->key.IsObject(ObjectKind::kArray)) &&
                   !(value && now->value.IsObject(ObjectKind::kArray)));
  if (!*done) return true;
  const Node entry =
      CallObject(ObjectFunction::kPeekEntry, {iterator.ref, Int(static_cast<int64_t>(actual.part))});
  if (!GuardMore(entry, now != nullptr)) return false;
  if (!now) {
    Drop(1);
    frame().pc = end;
    return true;
  }
  std::vector<Abstract> items;
  if (key) {
    items.emplace_back();
    if (!ReadValue(PlaceAt(entry, offsetof(Entry, key)), kObjectValueMemory, now->key, &items.back()))
      return false;
  }
  if (value) {
    items.emplace_back();
    if (!ReadValue(PlaceAt(entry, offsetof(Entry, value)), kObjectValueMemory, now->value, &items.back()))
      return false;
  }
  const int64_t offset = reinterpret_cast<const char*>(&actual.position) -
                         reinterpret_cast<const char*>(static_cast<const Object*>(&actual));
  const Node place = Emit(Op::kAddress, DType::kInt64, {iterator.ref, Int(offset), Int(1)});
  const Node position = Emit(Op::kRead, DType::kInt64, {place}, kObjectHeaderMemory);
  Emit(Op::kWrite, DType::kInt64, {place, Emit(Op::kAdd, DType::kInt64, {position, Int(1)})},
       kObjectHeaderMemory);
  Abstract item;
  if (items.size() == 1) {
    item = std::move(items[0]);
  } else {
    item = Abstract::Tuple(std::move(items));
  }
  Push(std::move(item));
  ++frame().pc;
  return true;
}

}  // namespace lathe::script
