// Taking values apart: `a, b = x`, `a, *b = x`, and the items of x in `f(*x)`. Items of tuples that are
// virtual, of lists and tuples in memory and of arrays are read where they are; anything else is taken apart
// by a call, whose values are boxed.
#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/loop_recorder/native_site.h"

namespace lathe::script {
namespace {

// A longer sequence is not taken apart item by item.
constexpr size_t kMostItems = 32;

bool HasItemsInPlace(const Abstract& x) {
  return x.Is(AbstractKind::kTuple) || x.Is(AbstractKind::kList) || x.IsArrayLike() ||
         (x.Is(AbstractKind::kObject) && x.object_kind == ObjectKind::kTuple);
}

// How many items there are now.
size_t CountOf(const Value& actual) {
  if (auto* array = AsArray(actual))
    return array->array.rank() == 0 ? 0 : static_cast<size_t>(array->array.extent(0));
  const std::vector<Value>* items = SequenceItems(actual);
  return items ? items->size() : 0;
}

}  // namespace

// The items of `x`, whose number is guarded.
bool LoopRecorder::ItemsOfIterable(Abstract x, const Value& actual, std::vector<Abstract>* items) {
  if (x.Is(AbstractKind::kTuple)) {
    items->insert(items->end(), x.parts->items.begin(), x.parts->items.end());
    return true;
  }
  if (x.Is(AbstractKind::kPending) && !ComputePending(0, &x)) return false;
  const size_t count = CountOf(actual);
  if (count > kMostItems) return Abort("many items at once");
  const auto size = static_cast<int64_t>(count);
  if (x.Is(AbstractKind::kArray)) {
    if (x.parts->rank == 0) return Abort("the items of an array of rank 0");
    if (!Guard(Compare(Op::kEqual, x.extent(0), Int(size)), true, ExitReason::kShape)) return false;
    for (int64_t k = 0; k < size; ++k) items->push_back(ArrayAt(x, Int(k)));
    return true;
  }
  if (!IsSequence(x)) return Abort(absl::StrCat("the items of a ", Describe(x)));
  if (!Guard(Compare(Op::kEqual, SequenceLength(x), Int(size)), true, ExitReason::kShape)) return false;
  for (int64_t k = 0; k < size; ++k) {
    items->emplace_back();
    if (!SequenceItem(x, Int(k), actual, k, &items->back())) return false;
  }
  return true;
}

bool LoopRecorder::RecordUnpack(const Instruction& i) {
  const Abstract x = Operand(0);
  const Value actual = Actual(0);
  const bool starred = i.op == Bytecode::kUnpackStarred;
  const size_t before = starred ? i.b : static_cast<size_t>(i.c);
  const size_t after = starred ? static_cast<size_t>(i.c) : 0;
  if (!HasItemsInPlace(x) || (starred && !x.Is(AbstractKind::kTuple)) || CountOf(actual) > kMostItems) {
    return UnpackByVm(x, actual, before, after, starred);
  }
  std::vector<Abstract> items;
  if (!ItemsOfIterable(x, actual, &items)) return false;
  const size_t fixed = before + after;
  if (starred ? items.size() < fixed : items.size() != fixed)
    return Abort("unpacking of another number of items");
  if (starred) {
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(before);
    const auto end = items.end() - static_cast<std::ptrdiff_t>(after);
    const std::vector<Value>& values = actual.Get<TupleObject>()->items;
    NativeOperation operation;
    operation.kind = NativeOperation::Kind::kMakeList;
    Abstract middle;
    if (!NativeCall(operation, {begin, end}, std::span(values).subspan(before, values.size() - fixed), false,
                    &middle))
      return false;
    items.insert(items.erase(begin, end), std::move(middle));
  }
  Drop(1);
  for (size_t k = items.size(); k-- > 0;) Push(std::move(items[k]));
  return !aborted();
}

// The VM takes it apart; what the items are is seen when it has done the same.
bool LoopRecorder::UnpackByVm(const Abstract& x, const Value& actual, size_t before, size_t after,
                              bool starred) {
  // An iterator that fails has lost the items that it gave before.
  if (actual.As<IteratorObject>()) return Abort("unpacking of an iterator");
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kUnpack;
  operation.detail = UnpackCounts{before, after, starred}.Packed();
  operation.boxed = true;
  Abstract tuple;
  if (!NativeCall(operation, {x}, std::span(&actual, 1), true, &tuple)) return false;
  const ValuePlace box = PlaceAt(tuple.ref);
  Abstract items;
  items.kind = AbstractKind::kObject;
  items.object_kind = ObjectKind::kTuple;
  items.ref = Emit(Op::kRead, DType::kInt64, {box(Value::kPayloadOffset)}, kSiteMemory);
  const Node begin = SequencePointer(items, 0);
  Drop(1);
  for (size_t k = before + after + (starred ? 1 : 0); k-- > 0;) {
    Abstract item;
    item.kind = AbstractKind::kBoxed;
    item.ref =
        Emit(Op::kAddress, DType::kInt64, {begin, Int(static_cast<int64_t>(k * sizeof(Value))), Int(1)});
    Push(std::move(item));
  }
  return true;
}

bool LoopRecorder::RecordTupleExtend() {
  std::vector<Abstract> items;
  for (const size_t below : {size_t{1}, size_t{0}}) {
    const Abstract x = Operand(below);
    const Value actual = Actual(below);
    if (HasItemsInPlace(x)) {
      if (!ItemsOfIterable(x, actual, &items)) return false;
      continue;
    }
    // A tuple of them is made by a call; that of an iterator would take its items.
    if (actual.As<IteratorObject>()) return Abort("the items of an iterator");
    NativeOperation operation;
    operation.kind = NativeOperation::Kind::kCall;
    operation.function = Value(vm_.classes().tuple);
    Abstract tuple;
    Value now;
    if (!NativeCall(operation, {x}, std::span(&actual, 1), false, &tuple, &now)) return false;
    if (!ItemsOfIterable(tuple, now, &items)) return false;
  }
  return Replace(2, Abstract::Tuple(std::move(items)));
}

}  // namespace lathe::script
