// Lists and tuples in memory: items read, overwritten, appended and taken off the end without a call. What
// such an access reads is not counted as referred to: see DeferredReleases.
#include "absl/strings/str_cat.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

// A vector is three pointers: begin, end, end of the capacity.
static_assert(sizeof(std::vector<Value>) == 3 * sizeof(void*));

template <class Sequence>
int64_t ItemsOffsetIn() {
  static const Sequence probe;
  const auto* object = static_cast<const Object*>(&probe);
  return reinterpret_cast<const char*>(&probe.items) - reinterpret_cast<const char*>(object);
}

int64_t ItemsOffset(const Abstract& sequence) {
  return sequence.Is(AbstractKind::kList) ? ItemsOffsetIn<ListObject>() : ItemsOffsetIn<TupleObject>();
}

const std::vector<Value>& ItemsOf(const Value& sequence) {
  auto* list = sequence.As<ListObject>();
  return list ? list->items : sequence.Get<TupleObject>()->items;
}

}  // namespace

bool LoopRecorder::IsSequence(const Abstract& a) {
  return a.Is(AbstractKind::kList) || (a.Is(AbstractKind::kObject) && a.object_kind == ObjectKind::kTuple);
}

// One of the three pointers of a list's or tuple's vector.
Node LoopRecorder::SequencePointer(const Abstract& sequence, int64_t pointer) {
  return WordAt(sequence.ref, ItemsOffset(sequence) + 8 * pointer);
}

Node LoopRecorder::SequenceLength(const Abstract& sequence) {
  const Node begin = SequencePointer(sequence, 0);
  const Node bytes = Emit(Op::kSub, DType::kInt64, {SequencePointer(sequence, 1), begin});
  return Emit(Op::kShiftRight, DType::kInt64, {bytes, Int(4)});
}

LoopRecorder::ValuePlace LoopRecorder::ItemPlace(const Abstract& sequence, Node index) {
  const Node begin = SequencePointer(sequence, 0);
  return [this, begin, index](int64_t part) {
    return Emit(Op::kAddress, DType::kInt64, {begin, index, Int(sizeof(Value)), Int(part), Int(1)});
  };
}

// The item at an index, which may count from the end.
bool LoopRecorder::SequenceAt(const Abstract& sequence, const Abstract& index, const Value& actual,
                              const Value& actual_index, Abstract* result) {
  const auto size = static_cast<int64_t>(ItemsOf(actual).size());
  int64_t k = 0;
  Node i;
  if (!IndexOf(index, actual_index, SequenceLength(sequence), &i) || !AsInteger(actual_index, &k))
    return false;
  if (k < 0) k += size;
  if (k < 0 || k >= size) return Abort("an index out of range");
  return SequenceItem(sequence, i, actual, k, result);
}

// The item at a checked index, which is number `k` now.
bool LoopRecorder::SequenceItem(const Abstract& sequence, Node index, const Value& actual, int64_t k,
                                Abstract* result) {
  const ValuePlace at = ItemPlace(sequence, index);
  const Value item = ItemsOf(actual)[static_cast<size_t>(k)];
  if (!item.IsObject(ObjectKind::kArray)) return ReadValue(at, kObjectValueMemory, item, result);
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kGetItem;
  const Value values[] = {actual, Value::Int(k)};
  return NativeCall(operation, {sequence, Abstract::Int(index)}, values, false, result);
}

// Overwrites an item: in place if neither it nor the value is an object, so that nothing needs to be counted.
bool LoopRecorder::StoreListItem(const Abstract& list, Node index, const Abstract& value, const Value& old) {
  const ValuePlace at = ItemPlace(list, index);
  if (value.IsNumber() && !old.IsObject()) return StoreValue(at, value, &old);
  ValueWords words;
  if (!WordsOf(value, &words)) return Abort(absl::StrCat("a ", Describe(value), " stored in a list"));
  return Change(ObjectFunction::kStoreValue, {at(0), words.head, words.payload});
}

// Writes a number where `old` is, which is no object; null: where nothing is yet.
bool LoopRecorder::StoreValue(const ValuePlace& at, const Abstract& value, const Value* old) {
  if (!value.IsNumber()) return Abort(absl::StrCat("a ", Describe(value), " stored in an object"));
  if (old && old->IsObject()) return Abort("an object that is overwritten");
  const Tag tag = value.Is(AbstractKind::kBool)    ? Tag::kBool
                  : value.Is(AbstractKind::kInt)   ? Tag::kInt
                  : value.Is(AbstractKind::kFloat) ? Tag::kFloat
                                                   : Tag::kScalar;
  const bool same = old && old->tag() == tag && tag != Tag::kScalar;
  if (old) {
    const Node old_tag = Emit(Op::kRead, DType::kUInt8, {at(Value::kTagOffset)}, kObjectValueMemory);
    const Node expected = graph_.Constant(DType::kUInt8, static_cast<uint64_t>(same ? tag : Tag::kObject));
    const Node holds = Compare(same ? Op::kEqual : Op::kNotEqual, old_tag, expected);
    if (!Guard(holds, true, ExitReason::kType)) return false;
  }
  const auto write = [&](DType dtype, int64_t offset, Node word) {
    Emit(Op::kWrite, dtype, {at(offset), word}, kObjectValueMemory);
  };
  if (!same) {
    write(DType::kUInt8, Value::kTagOffset, graph_.Constant(DType::kUInt8, static_cast<uint64_t>(tag)));
    const DType dtype = tag == Tag::kScalar ? value.dtype : DType::kBool;
    write(DType::kUInt8, Value::kDTypeOffset, graph_.Constant(DType::kUInt8, static_cast<uint64_t>(dtype)));
  }
  if (tag == Tag::kScalar && ItemSize(value.dtype) < 8) {
    // The bytes above a narrow scalar are zero.
    write(DType::kInt64, Value::kPayloadOffset, Int(0));
  }
  const bool word = tag == Tag::kBool;
  write(word ? DType::kInt64 : value.dtype, Value::kPayloadOffset,
        word ? Cast(value.ref, DType::kInt64) : value.ref);
  return true;
}

// ---- Growing and shrinking --------------------------------------------------------------------------
void LoopRecorder::MoveListEnd(const Abstract& list, Node end) {
  const Node place = Emit(Op::kAddress, DType::kInt64, {list.ref, Int(ItemsOffset(list) + 8), Int(1)});
  Emit(Op::kWrite, DType::kInt64, {place, end}, kObjectHeaderMemory);
}

// list.append() and list.pop(), in place if the item is a number, and list.extend(); *done is false for all
// else.
bool LoopRecorder::CallListMethod(IntrinsicKind kind, std::span<const Abstract> arguments,
                                  std::span<const Value> actual, Abstract* result, bool* done) {
  *done = false;
  if (arguments.empty() || arguments.size() > 2 || !arguments[0].Is(AbstractKind::kList)) return true;
  if (kind == IntrinsicKind::kListPop) return PopFromList(arguments, actual, result, done);
  if (arguments.size() != 2) return true;
  if (kind == IntrinsicKind::kListAppend)
    return AppendToList(arguments[0], arguments[1], actual[0], result, done);
  *done = kind == IntrinsicKind::kListExtend && arguments[1].Is(AbstractKind::kList);
  *result = Abstract::Constant(Value::None());
  return !*done || Change(ObjectFunction::kExtendList, {arguments[0].ref, arguments[1].ref});
}

bool LoopRecorder::PopFromList(std::span<const Abstract> arguments, std::span<const Value> actual,
                               Abstract* result, bool* done) {
  const std::vector<Value>& items = actual[0].Get<ListObject>()->items;
  const auto size = static_cast<int64_t>(items.size());
  int64_t k = -1;
  if (arguments.size() == 2 && (!arguments[1].Is(AbstractKind::kInt) || !AsInteger(actual[1], &k)))
    return true;
  if (k < 0) k += size;
  if (k < 0 || k >= size || items[static_cast<size_t>(k)].IsObject(ObjectKind::kArray)) return true;
  *done = true;
  const Abstract& list = arguments[0];
  const Value item = items[static_cast<size_t>(k)];
  if (arguments.size() == 1) {
    const Node end = SequencePointer(list, 1);
    if (!Guard(Compare(Op::kNotEqual, end, SequencePointer(list, 0)), true, ExitReason::kBounds))
      return false;
    const Node last = Emit(Op::kSub, DType::kInt64, {end, Int(sizeof(Value))});
    if (!ReadValue(PlaceAt(last), kObjectValueMemory, item, result)) return false;
    if (!item.IsObject()) {
      MoveListEnd(list, last);
      return true;
    }
    return Change(ObjectFunction::kDropItem, {list.ref});
  }
  Node i;
  if (!IndexOf(arguments[1], actual[1], SequenceLength(list), &i)) return false;
  if (!ReadValue(ItemPlace(list, i), kObjectValueMemory, item, result)) return false;
  return Change(ObjectFunction::kEraseItem, {list.ref, i});
}

// In place if the item is a number and the list has room; which of the two it has is guarded.
bool LoopRecorder::AppendToList(const Abstract& list, const Abstract& value, const Value& actual,
                                Abstract* result, bool* done) {
  *result = Abstract::Constant(Value::None());
  *done = true;
  if (value.IsNumber()) {
    const std::vector<Value>& items = actual.Get<ListObject>()->items;
    const bool room = items.size() < items.capacity();
    const Node end = SequencePointer(list, 1);
    if (!Guard(Compare(Op::kNotEqual, end, SequencePointer(list, 2)), room, ExitReason::kRoom)) return false;
    if (room) {
      if (!StoreValue(PlaceAt(end), value, nullptr)) return false;
      MoveListEnd(list, Emit(Op::kAdd, DType::kInt64, {end, Int(sizeof(Value))}));
      return true;
    }
  }
  ValueWords words;
  *done = WordsOf(value, &words);
  return !*done || Change(ObjectFunction::kAppendItem, {list.ref, words.head, words.payload});
}

}  // namespace lathe::script
