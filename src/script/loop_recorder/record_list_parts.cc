// Lists as a whole: displays, slices, joining, repeating: object functions (object_functions.h). What they
// make nobody refers to but the trace.
#include <algorithm>

#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {

// A list that a function has made, or 0.
bool LoopRecorder::MadeList(Node list, Abstract* result) {
  *result = Abstract();
  result->kind = AbstractKind::kList;
  result->ref = list;
  return Guard(Compare(Op::kNotEqual, list, Int(0)), true, ExitReason::kUnsupported);
}

// [x, y, ...] of the top operands; *done is false if one of them has no words.
bool LoopRecorder::MakeListOf(size_t count, Abstract* result, bool* done) {
  constexpr size_t kMostItems = 32;
  std::vector<Abstract> items;
  for (size_t k = count; k-- > 0;) items.push_back(Operand(k));
  *done = count <= kMostItems && std::all_of(items.begin(), items.end(), [](const Abstract& item) {
            return item.IsNumber() || HasWords(item);
          });
  if (!*done) return true;
  // All that may be an exit comes first.
  std::vector<ValueWords> words(count);
  for (size_t k = 0; k < count; ++k) {
    if (!items[k].IsNumber()) WordsOf(items[k], &words[k]);
  }
  if (!MadeList(CallObject(ObjectFunction::kNewList, {Int(static_cast<int64_t>(count))}), result))
    return false;
  for (size_t k = 0; k < count; ++k) {
    const ValuePlace place = ItemPlace(*result, Int(static_cast<int64_t>(k)));
    if (items[k].IsNumber()) {
      if (!StoreValue(place, items[k], nullptr)) return false;
    } else {
      CallObject(ObjectFunction::kStoreValue, {place(0), words[k].head, words[k].payload});
    }
  }
  return true;
}

// The parts of a slice of integers whose step is known; false for others.
bool LoopRecorder::SliceWords(const Abstract& slice, Node* start, Node* stop, Node* step) {
  const auto is_none = [](const Abstract& a) { return a.Is(AbstractKind::kConstant) && a.constant.IsNone(); };
  const std::vector<Abstract>& parts = slice.parts->items;
  const bool known =
      is_none(parts[2]) || (parts[2].Is(AbstractKind::kInt) && graph_.IsConstant(parts[2].ref));
  *step = known && !is_none(parts[2]) ? parts[2].ref : Int(1);
  const int64_t by = graph_.IntOf(*step);
  if (!known || by == 0) return false;
  const auto bound = [&](const Abstract& part, int64_t end, Node* word) {
    *word = is_none(part) ? Int(end) : part.ref;
    return is_none(part) || part.Is(AbstractKind::kInt);
  };
  return bound(parts[0], by > 0 ? INT64_MIN : INT64_MAX, start) &&
         bound(parts[1], by > 0 ? INT64_MAX : INT64_MIN, stop);
}

bool LoopRecorder::GetSlice(const Abstract& list, const Abstract& slice, Abstract* result, bool* done) {
  Node start, stop, step;
  *done = SliceWords(slice, &start, &stop, &step);
  return !*done || MadeList(CallObject(ObjectFunction::kListSlice, {list.ref, start, stop, step}), result);
}

// list[slice] = another list
bool LoopRecorder::SetSlice(const Abstract& list, const Abstract& slice, const Abstract& value, bool* done) {
  Node start, stop, step;
  *done = value.Is(AbstractKind::kList) && SliceWords(slice, &start, &stop, &step);
  return !*done || Change(ObjectFunction::kStoreSlice, {list.ref, start, stop, step, value.ref});
}

// reversed(x) of a list, or a range whose step is 1 or -1; false for others.
bool LoopRecorder::MakeReversed(const Abstract& x, Abstract* result) {
  auto parts = std::make_shared<AbstractParts>();
  if (x.Is(AbstractKind::kList)) {
    result->kind = AbstractKind::kListIterator;
    parts->refs = {Int(0)};
    parts->number = kReversedCopy;
    parts->items.emplace_back();
    const Node copy =
        CallObject(ObjectFunction::kListSlice, {x.ref, Int(INT64_MAX), Int(INT64_MIN), Int(-1)});
    if (!MadeList(copy, &parts->items[0])) return false;
  } else if (x.Is(AbstractKind::kRange) && x.parts->refs.size() == 2) {
    result->kind = AbstractKind::kRangeIterator;
    const Node step = Int(x.parts->number);
    parts->refs = {Checked(Op::kCheckedSub, x.parts->refs[1], step),
                   Checked(Op::kCheckedSub, x.parts->refs[0], step)};
    parts->number = -x.parts->number;
  } else {
    return false;
  }
  result->parts = std::move(parts);
  return true;
}

// x + y and x * n, or n * x; in place for the first operand of a list with a list.
bool LoopRecorder::CombineLists(Bytecode op, const Abstract& x, const Abstract& y, Abstract* result,
                                bool* done) {
  const bool lists[] = {x.Is(AbstractKind::kList), y.Is(AbstractKind::kList)};
  const bool repeats = op == Bytecode::kMultiply &&
                       ((lists[0] && y.Is(AbstractKind::kInt)) || (lists[1] && x.Is(AbstractKind::kInt)));
  *done = repeats || (op == Bytecode::kAdd && lists[0] && lists[1]);
  if (!*done) return true;
  return MadeList(
      repeats ? CallObject(ObjectFunction::kRepeatList, {lists[0] ? x.ref : y.ref, lists[0] ? y.ref : x.ref})
              : CallObject(ObjectFunction::kJoinLists, {x.ref, y.ref}),
      result);
}

}  // namespace lathe::script
