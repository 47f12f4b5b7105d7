// Methods of list, tuple, dict, set, range and generators.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/iteration.h"
#include "src/script/natives.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

// ---- Lists and tuples -------------------------------------------------------------------------------
std::vector<Value>& List(const Arguments& a) { return a[0].Get<ListObject>()->items; }

Value Append(Vm&, const Arguments& a) {
  a[0].Get<ListObject>()->Append(a[1]);
  return Value::None();
}

Value Extend(Vm& vm, const Arguments& a) {
  std::vector<Value> items;
  if (!CollectItems(vm, a[1], &items)) return Value::Error();
  List(a).insert(List(a).end(), items.begin(), items.end());
  return Value::None();
}

Value Insert(Vm& vm, const Arguments& a) {
  int64_t index;
  if (!ToIndex(vm, a[1], &index)) return Value::Error();
  const auto size = static_cast<int64_t>(List(a).size());
  if (index < 0) index += size;
  List(a).insert(List(a).begin() + std::clamp<int64_t>(index, 0, size), a[2]);
  return Value::None();
}

Value Pop(Vm& vm, const Arguments& a) {
  std::vector<Value>& items = List(a);
  if (items.empty()) return vm.Throw(ErrorKind::kIndex, "pop from empty list");
  int64_t index = -1;
  if (a.Has(1) && !ToIndex(vm, a[1], &index)) return Value::Error();
  if (index < 0) index += static_cast<int64_t>(items.size());
  if (index < 0 || index >= static_cast<int64_t>(items.size()))
    return vm.Throw(ErrorKind::kIndex, "pop index out of range");
  Value item = std::move(items[static_cast<size_t>(index)]);
  items.erase(items.begin() + index);
  return item;
}

// Position of a value; -1: absent, -2: failed.
int64_t PositionOf(Vm& vm, const Value& sequence, const Value& wanted, int64_t start = 0) {
  for (size_t k = static_cast<size_t>(std::max<int64_t>(start, 0)); k < SequenceItems(sequence)->size();
       ++k) {
    const Value item = (*SequenceItems(sequence))[k];
    const int equal = item.Is(wanted) ? 1 : Equal(vm, item, wanted);
    if (equal < 0) return -2;
    if (equal == 1) return static_cast<int64_t>(k);
  }
  return -1;
}

Value IndexOf(Vm& vm, const Arguments& a) {
  int64_t start = 0;
  if (a.Has(2) && !ToIndex(vm, a[2], &start)) return Value::Error();
  const int64_t position = PositionOf(vm, a[0], a[1], start);
  if (position == -2) return Value::Error();
  if (position >= 0) return Value::Int(position);
  if (a[0].As<TupleObject>()) return vm.ThrowValue("tuple.index(x): x not in tuple");
  std::string text;
  if (!Repr(vm, a[1], &text)) return Value::Error();
  return vm.ThrowValue(text + " is not in list");
}

Value Remove(Vm& vm, const Arguments& a) {
  const int64_t position = PositionOf(vm, a[0], a[1]);
  if (position == -2) return Value::Error();
  if (position < 0) return vm.ThrowValue("list.remove(x): x not in list");
  const Value removed = List(a)[static_cast<size_t>(position)];
  List(a).erase(List(a).begin() + position);
  return Value::None();
}

Value CountOf(Vm& vm, const Arguments& a) {
  int64_t count = 0;
  for (size_t k = 0; k < SequenceItems(a[0])->size(); ++k) {
    const Value item = (*SequenceItems(a[0]))[k];
    const int equal = item.Is(a[1]) ? 1 : Equal(vm, item, a[1]);
    if (equal < 0) return Value::Error();
    count += equal;
  }
  return Value::Int(count);
}

Value Clear(Vm&, const Arguments& a) {
  std::vector<Value> dropped;
  dropped.swap(List(a));
  return Value::None();
}
Value Reverse(Vm&, const Arguments& a) {
  std::reverse(List(a).begin(), List(a).end());
  return Value::None();
}
Value CopyList(Vm&, const Arguments& a) { return MakeList(List(a)); }

Value Sort(Vm& vm, const Arguments& a) {
  // The list is empty while it is sorted, so that comparisons that look at it do no harm.
  std::vector<Value> items;
  items.swap(List(a));
  const bool ok = SortValues(vm, &items, a.Given(1) ? a[1] : Value::None(), a.Has(2) && Truth(vm, a[2]) == 1);
  List(a) = std::move(items);
  return ok ? Value::None() : Value::Error();
}

constexpr NativeRow kListMethods[] = {
    {"append", "object", Append},
    {"extend", "iterable", Extend},
    {"insert", "index, object", Insert},
    {"pop", "index=-1", Pop},
    {"remove", "value", Remove},
    {"index", "value, start=0", IndexOf},
    {"count", "value", CountOf},
    {"clear", "", Clear},
    {"reverse", "", Reverse},
    {"copy", "", CopyList},
    {"sort", "*, key=None, reverse=False", Sort},
};
constexpr NativeRow kTupleMethods[] = {{"index", "value, start=0", IndexOf}, {"count", "value", CountOf}};

// ---- Dicts ------------------------------------------------------------------------------------------
DictObject& Dict(const Arguments& a) { return *a[0].Get<DictObject>(); }

Value View(const Arguments& a, DictViewObject::Part part) {
  return Make<DictViewObject>(Ref<DictObject>(a[0].Get<DictObject>()), part);
}
Value Keys(Vm&, const Arguments& a) { return View(a, DictViewObject::Part::kKeys); }
Value Values(Vm&, const Arguments& a) { return View(a, DictViewObject::Part::kValues); }
Value Items(Vm&, const Arguments& a) { return View(a, DictViewObject::Part::kItems); }

Value Get(Vm& vm, const Arguments& a) {
  Value value = DictGet(vm, Dict(a), a[1]);
  if (!value.IsUndefined()) return value;
  return a.Has(2) ? a[2] : Value::None();
}

Value SetDefault(Vm& vm, const Arguments& a) {
  Value value = DictGet(vm, Dict(a), a[1]);
  if (!value.IsUndefined()) return value;
  value = a.Has(2) ? a[2] : Value::None();
  return DictSet(vm, Dict(a), a[1], value) ? value : Value::Error();
}

Value ThrowKey(Vm& vm, const Value& key) {
  Ref<ExceptionObject> missing =
      Make<ExceptionObject>(vm.classes().exceptions[static_cast<size_t>(ErrorKind::kKey)]);
  missing->arguments = {key};
  return vm.ThrowException(missing);
}

Value PopKey(Vm& vm, const Arguments& a) {
  uint64_t hash;
  if (!Hash(vm, a[1], &hash)) return Value::Error();
  Value value = Dict(a).table.Remove(vm, a[1], hash);
  if (!value.IsUndefined()) return value;
  if (vm.failed()) return Value::Error();
  return a.Has(2) ? a[2] : ThrowKey(vm, a[1]);
}

Value PopItem(Vm& vm, const Arguments& a) {
  const auto& entries = Dict(a).table.entries();
  for (size_t k = entries.size(); k-- > 0;) {
    if (entries[k].key.IsUndefined()) continue;
    const HashTable::Entry entry = entries[k];
    Dict(a).table.Remove(vm, entry.key, entry.hash);
    return MakeTuple({entry.key, entry.value});
  }
  return vm.Throw(ErrorKind::kKey, "popitem(): dictionary is empty");
}

Value ClearDict(Vm&, const Arguments& a) {
  Dict(a).table.Clear();
  return Value::None();
}

Value CopyDict(Vm& vm, const Arguments& a) {
  Ref<DictObject> copy = Make<DictObject>();
  return copy->table.SetAll(vm, Dict(a).table) ? Value(copy) : Value::Error();
}

// dict.fromkeys(keys, value)
Value FromKeys(Vm& vm, const Arguments& a) {
  std::vector<Value> keys;
  Ref<DictObject> dict = Make<DictObject>();
  if (!CollectItems(vm, a[1], &keys)) return Value::Error();
  for (const Value& key : keys) {
    if (!DictSet(vm, *dict, key, a.Has(2) ? a[2] : Value::None())) return Value::Error();
  }
  return dict;
}

constexpr NativeRow kDictMethods[] = {
    {"keys", "", Keys},
    {"values", "", Values},
    {"items", "", Items},
    {"get", "key, default=None", Get},
    {"setdefault", "key, default=None", SetDefault},
    {"pop", "key, default=None", PopKey},
    {"popitem", "", PopItem},
    {"clear", "", ClearDict},
    {"copy", "", CopyDict},
};

// ---- Sets -------------------------------------------------------------------------------------------
HashTable& Set(const Arguments& a) { return a[0].Get<SetObject>()->table; }

Value AddTo(Vm& vm, const Arguments& a) {
  uint64_t hash;
  if (!Hash(vm, a[1], &hash)) return Value::Error();
  return Set(a).Set(vm, a[1], hash, Value::None()) ? Value::None() : Value::Error();
}

Value RemoveFrom(Vm& vm, const Arguments& a, bool must_exist) {
  uint64_t hash;
  if (!Hash(vm, a[1], &hash)) return Value::Error();
  const bool removed = !Set(a).Remove(vm, a[1], hash).IsUndefined();
  if (vm.failed()) return Value::Error();
  return removed || !must_exist ? Value::None() : ThrowKey(vm, a[1]);
}
Value Discard(Vm& vm, const Arguments& a) { return RemoveFrom(vm, a, false); }
Value RemoveItem(Vm& vm, const Arguments& a) { return RemoveFrom(vm, a, true); }

Value PopFromSet(Vm& vm, const Arguments& a) {
  for (const HashTable::Entry& entry : Set(a).entries()) {
    if (entry.key.IsUndefined()) continue;
    const Value key = entry.key;
    Set(a).Remove(vm, key, entry.hash);
    return key;
  }
  return vm.Throw(ErrorKind::kKey, "pop from an empty set");
}

Value ClearSet(Vm&, const Arguments& a) {
  Set(a).Clear();
  return Value::None();
}

// A set of the items of any iterable.
Value AsSet(Vm& vm, const Value& iterable) {
  if (iterable.As<SetObject>()) return iterable;
  return vm.Call(vm.classes().set, {iterable});
}

Value Combine(Vm& vm, const Arguments& a, Bytecode op, bool in_place) {
  Value result = a[0];
  for (const Value& other : a.rest) {
    const Value set = AsSet(vm, other);
    if (set.IsError()) return set;
    result = BinaryOperation(vm, op, result, set);
    if (result.IsError()) return result;
  }
  if (in_place) {
    Set(a) = result.Get<SetObject>()->table;
    return Value::None();
  }
  return result.Is(a[0]) ? BinaryOperation(vm, Bytecode::kBitOr, a[0], a[0]) : result;
}
Value Union(Vm& vm, const Arguments& a) { return Combine(vm, a, Bytecode::kBitOr, false); }
Value Intersection(Vm& vm, const Arguments& a) { return Combine(vm, a, Bytecode::kBitAnd, false); }
Value Difference(Vm& vm, const Arguments& a) { return Combine(vm, a, Bytecode::kSubtract, false); }
Value UpdateSet(Vm& vm, const Arguments& a) { return Combine(vm, a, Bytecode::kBitOr, true); }
Value CopySet(Vm& vm, const Arguments& a) { return BinaryOperation(vm, Bytecode::kBitOr, a[0], a[0]); }

Value CompareSets(Vm& vm, const Arguments& a, Bytecode op) {
  const Value other = AsSet(vm, a[1]);
  return other.IsError() ? other : Compare(vm, op, a[0], other);
}
Value IsSubset(Vm& vm, const Arguments& a) { return CompareSets(vm, a, Bytecode::kLessEqual); }
Value IsSuperset(Vm& vm, const Arguments& a) { return CompareSets(vm, a, Bytecode::kGreaterEqual); }
Value IsDisjoint(Vm& vm, const Arguments& a) {
  const Value other = AsSet(vm, a[1]);
  if (other.IsError()) return other;
  const Value common = BinaryOperation(vm, Bytecode::kBitAnd, a[0], other);
  return Value::Bool(common.Get<SetObject>()->table.size() == 0);
}

constexpr NativeRow kSetMethods[] = {
    {"add", "elem", AddTo},
    {"discard", "elem", Discard},
    {"remove", "elem", RemoveItem},
    {"pop", "", PopFromSet},
    {"clear", "", ClearSet},
    {"copy", "", CopySet},
    {"union", "*others", Union},
    {"intersection", "*others", Intersection},
    {"difference", "*others", Difference},
    {"update", "*others", UpdateSet},
    {"issubset", "other", IsSubset},
    {"issuperset", "other", IsSuperset},
    {"isdisjoint", "other", IsDisjoint},
};

// ---- Ranges, slices, generators ---------------------------------------------------------------------
Value RangeStart(Vm&, const Arguments& a) { return Value::Int(a[0].Get<RangeObject>()->start); }
Value RangeStop(Vm&, const Arguments& a) { return Value::Int(a[0].Get<RangeObject>()->stop); }
Value RangeStep(Vm&, const Arguments& a) { return Value::Int(a[0].Get<RangeObject>()->step); }
constexpr NativeRow kRangeProperties[] = {
    {"start", "", RangeStart}, {"stop", "", RangeStop}, {"step", "", RangeStep}};

Value SliceStart(Vm&, const Arguments& a) { return a[0].Get<SliceObject>()->start; }
Value SliceStop(Vm&, const Arguments& a) { return a[0].Get<SliceObject>()->stop; }
Value SliceStep(Vm&, const Arguments& a) { return a[0].Get<SliceObject>()->step; }
constexpr NativeRow kSliceProperties[] = {
    {"start", "", SliceStart}, {"stop", "", SliceStop}, {"step", "", SliceStep}};

Value NextMethod(Vm& vm, const Arguments& a) {
  Value item = NextOf(vm, a[0]);
  return item.IsUndefined() ? vm.Throw(ErrorKind::kStopIteration, "") : item;
}
Value CloseGenerator(Vm&, const Arguments& a) {
  static_cast<GeneratorObject*>(a[0].Get<IteratorObject>())->finished = true;
  return Value::None();
}
constexpr NativeRow kIteratorMethods[] = {{"__next__", "", NextMethod}};
constexpr NativeRow kGeneratorMethods[] = {{"__next__", "", NextMethod}, {"close", "", CloseGenerator}};

}  // namespace

void DefineContainerMethods(Vm& vm) {
  BuiltinClasses& c = vm.classes();
  DefineMethods(vm, *c.list, kListMethods);
  DefineMethods(vm, *c.tuple, kTupleMethods);
  DefineMethods(vm, *c.dict, kDictMethods);
  Ref<NativeObject> from_keys = MakeNative(vm, {"fromkeys", "cls, iterable, value=None", FromKeys});
  from_keys->is_method = true;
  c.dict->attributes.Set(vm.Intern("fromkeys"),
                         Make<PropertyObject>(PropertyObject::Role::kClass, from_keys));
  DefineMethods(vm, *c.set, kSetMethods);
  DefineProperties(vm, *c.range, kRangeProperties);
  DefineProperties(vm, *c.slice, kSliceProperties);
  DefineMethods(vm, *c.iterator, kIteratorMethods);
  DefineMethods(vm, *c.generator, kGeneratorMethods);
}

}  // namespace lathe::script
