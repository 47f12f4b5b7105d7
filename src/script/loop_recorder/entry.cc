// Loading and binding: two walks over the same kinds of values.
#include "src/script/loop_recorder/entry.h"

#include <algorithm>
#include <bit>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/script/arrays.h"
#include "src/script/foreign/ffi_state.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

constexpr int kMostItems = 16;
constexpr size_t kMostSlots = 64;  // of a generator's frame

uint64_t AddressOf(const Object* object) { return reinterpret_cast<uint64_t>(object); }

// The key by which memory is told apart: what a storage owns is disjoint from all others, what is wrapped
// may overlap.
const void* MemoryKey(const Array& array) {
  const Storage* storage = array.body()->storage.get();
  return storage && storage->owned() ? storage : nullptr;
}

// The number of a scalar as an input word.
uint64_t WordOf(const Scalar& scalar) {
  if (IsFloat(scalar.dtype) || scalar.dtype == DType::kUInt64) return scalar.bits;
  return static_cast<uint64_t>(scalar.To<int64_t>());
}

// An end of a range iterator, as near as can be: passes ask whether all items are in bounds.
int64_t StopOf(const RangeIterator& range) {
  if (range.left == 0) return range.next;
  const auto way = static_cast<uint64_t>(range.left - 1) * static_cast<uint64_t>(range.step);
  const auto last = static_cast<int64_t>(static_cast<uint64_t>(range.next) + way);
  return range.step > 0 ? last + 1 : last - 1;  // neither is an end of int64, as the range has a stop there
}

// How a step is known by type: 1 and -1 exactly, others by their sign.
int64_t StepKind(int64_t step) { return std::clamp<int64_t>(step, -2, 2); }

// Whether the state of the iterator is its own business: a trace asks it for items.
bool IsOpaque(const IteratorObject& iterator) {
  switch (iterator.iterator_kind) {
    case IteratorObject::Kind::kOther:
      return true;
    case IteratorObject::Kind::kEnumerate:
      return IsOpaque(*static_cast<const EnumerateIterator&>(iterator).iterator.Get<IteratorObject>());
    case IteratorObject::Kind::kZip: {
      const std::vector<Value>& inner = static_cast<const ZipIterator&>(iterator).iterators;
      return std::all_of(inner.begin(), inner.end(),
                         [](const Value& one) { return IsOpaque(*one.Get<IteratorObject>()); });
    }
    case IteratorObject::Kind::kSequence:
      return static_cast<const SequenceIterator&>(iterator).sequence.As<ListObject>() == nullptr;
    default:
      return false;
  }
}

// Adds the iterator; false if it is there already.
bool IsNew(const Object* iterator, std::vector<const Object*>* known) {
  if (std::find(known->begin(), known->end(), iterator) != known->end()) return false;
  known->push_back(iterator);
  return true;
}

class Loader {
 public:
  Loader(LoopGraph& graph, const Liveness& is_live, std::vector<EntryItem>* objects)
      : graph_(graph), known_(graph.known_memory()), is_live_(is_live), objects_(*objects) {}

  Abstract Load(const Value& value, int depth) {
    const Value x = Force(value);
    switch (x.tag()) {
      case Tag::kBool:
        return Abstract::Bool(graph_.AddInput(DType::kBool));
      case Tag::kInt:
        return Abstract::Int(graph_.AddInput(DType::kInt64));
      case Tag::kFloat:
        return Abstract::Float(graph_.AddInput(DType::kFloat64));
      case Tag::kScalar:
        return Abstract::ScalarOf(x.scalar().dtype, graph_.AddInput(x.scalar().dtype));
      case Tag::kObject:
        return LoadObject(x, depth);
      default:
        return Abstract::Constant(x);
    }
  }

 private:
  Node Word() { return graph_.AddInput(DType::kInt64); }

  // Containers, iterators, instances and generators of random numbers are made anew in every call of a
  // function: any of the kind will do. Others are known by identity.
  Abstract OtherObject(const Value& x) {
    const bool any_string = x.As<StringObject>() && graph_.takes_any_string();
    switch (any_string ? ObjectKind::kDict : x.object()->kind()) {
      case ObjectKind::kDict:
      case ObjectKind::kSet:
      case ObjectKind::kTuple:
      case ObjectKind::kDictView:
      case ObjectKind::kRandom:
      case ObjectKind::kInstance:
      case ObjectKind::kIterator: {
        Abstract a;
        a.kind = AbstractKind::kObject;
        a.object_kind = x.object()->kind();
        a.ref = Word();
        return a;
      }
      default:
        return Abstract::Constant(x);
    }
  }

  Abstract LoadObject(const Value& x, int depth) {
    Abstract a;
    auto parts = std::make_shared<AbstractParts>();
    if (auto* array = AsProperArray(x)) return LoadArray(array->array);
    if (x.As<ListObject>()) {
      a.kind = AbstractKind::kList;
      a.ref = Word();
      return a;
    }
    if (auto* tuple = x.As<TupleObject>(); tuple && tuple->items.size() <= kMostItems && depth < 3) {
      a.kind = AbstractKind::kTuple;
      for (const Value& item : tuple->items) parts->items.push_back(Load(item, depth + 1));
    } else if (auto* range = x.As<RangeObject>()) {
      a.kind = AbstractKind::kRange;
      parts->refs = {Word(), Word()};
      parts->number = StepKind(range->step);
      if (std::abs(parts->number) != 1) parts->refs.push_back(Word());
    } else if (auto* iterator = x.As<IteratorObject>(); iterator && !IsOpaque(*iterator)) {
      if (iterator->iterator_kind == IteratorObject::Kind::kGenerator)
        return LoadGenerator(x, static_cast<const GeneratorObject&>(*iterator), depth);
      const auto objects = static_cast<std::ptrdiff_t>(objects_.size());
      const auto known = static_cast<std::ptrdiff_t>(graph_.known_objects().size());
      if (!LoadIterator(iterator, depth, &a, parts.get())) {
        objects_.erase(objects_.begin() + objects, objects_.end());
        graph_.known_objects().erase(graph_.known_objects().begin() + known, graph_.known_objects().end());
        return Abstract::Constant(x);
      }
    } else {
      return OtherObject(x);
    }
    a.parts = std::move(parts);
    return a;
  }

  Abstract LoadArray(const Array& array) {
    EvalFor(array, EndReason::kLoop);
    Abstract a;
    a.kind = AbstractKind::kArray;
    a.dtype = array.dtype();
    a.ref = Word();
    auto parts = std::make_shared<AbstractParts>();
    parts->rank = array.rank();
    parts->writable = array.writable();
    parts->strides = KnownStrides(array);
    parts->refs.push_back(Word());
    for (int d = 0; d < array.rank(); ++d) parts->refs.push_back(Word());
    for (const int64_t stride : parts->strides) {
      parts->refs.push_back(stride == kUnknownStride ? Word() : graph_.ConstantInt(stride));
    }
    parts->memory = MemoryOf(array);
    a.parts = std::move(parts);
    return a;
  }

  static bool IsVirtual(const Abstract& iterator) {
    return !iterator.Is(AbstractKind::kConstant) && !iterator.Is(AbstractKind::kObject);
  }

  int MemoryOf(const Array& array) {
    const void* key = MemoryKey(array);
    for (const KnownMemory& known : known_) {
      if (known.key == key) return known.memory;
    }
    known_.push_back({key, graph_.memories().Add()});
    return known_.back().memory;
  }

  bool LoadIterator(IteratorObject* iterator, int depth, Abstract* a, AbstractParts* parts) {
    // Two places that hold one iterator would go on separately: the second one takes it as it is.
    if (depth > 3 || !IsNew(iterator, &graph_.known_iterators())) return false;
    switch (iterator->iterator_kind) {
      case IteratorObject::Kind::kRange: {
        const auto& range = static_cast<const RangeIterator&>(*iterator);
        a->kind = AbstractKind::kRangeIterator;
        a->ref = Word();
        parts->refs = {Word(), Word()};
        parts->number = StepKind(range.step);
        if (std::abs(parts->number) != 1) parts->refs.push_back(Word());
        return true;
      }
      case IteratorObject::Kind::kSequence: {
        const auto& sequence = static_cast<const SequenceIterator&>(*iterator);
        if (!sequence.sequence.As<ListObject>()) return false;
        a->kind = AbstractKind::kListIterator;
        a->ref = Word();
        parts->refs = {Word()};
        parts->items = {Load(sequence.sequence, depth + 1)};
        return true;
      }
      case IteratorObject::Kind::kArrayRows: {
        a->kind = AbstractKind::kArrayIterator;
        a->ref = Word();
        parts->refs = {Word()};
        parts->items = {Load(static_cast<const ArrayRowIterator&>(*iterator).array, depth + 1)};
        return true;
      }
      case IteratorObject::Kind::kEnumerate: {
        a->kind = AbstractKind::kEnumerate;
        a->ref = Word();
        parts->refs = {Word()};
        parts->items = {Load(static_cast<const EnumerateIterator&>(*iterator).iterator, depth + 1)};
        return IsVirtual(parts->items[0]);
      }
      case IteratorObject::Kind::kZip: {
        const auto& zip = static_cast<const ZipIterator&>(*iterator);
        if (zip.strict || zip.iterators.size() > kMostItems) return false;
        a->kind = AbstractKind::kZip;
        a->ref = Word();
        for (const Value& one : zip.iterators) {
          parts->items.push_back(Load(one, depth + 1));
          if (!IsVirtual(parts->items.back())) return false;
        }
        return true;
      }
      default:
        return false;
    }
  }

  // A generator that waits at a `yield`, or has not begun.
  Abstract LoadGenerator(const Value& x, const GeneratorObject& generator, int depth) {
    Abstract a;
    a.kind = AbstractKind::kGenerator;
    for (const auto& [known, identity] : graph_.known_objects()) {
      if (known != &generator) continue;
      a.identity = identity;
      return a;
    }
    const bool waits = !generator.running && !generator.finished;
    if (!waits || depth > 3 || generator.slots.size() > kMostSlots ||
        !IsNew(&generator, &graph_.known_iterators())) {
      return Abstract::Constant(x);
    }
    a.identity = graph_.NewIdentity();
    graph_.known_objects().emplace_back(&generator, a.identity);
    CodeObject* code = generator.function->code.get();
    Abstract body;
    body.kind = AbstractKind::kGeneratorBody;
    body.constant = Value(generator.function->code);
    body.ref = Word();
    auto parts = std::make_shared<AbstractParts>();
    parts->refs = {Word()};
    parts->number = generator.instruction;
    for (size_t k = 0; k < generator.slots.size(); ++k) {
      const bool slot = k < static_cast<size_t>(code->slot_count);
      const bool live = !slot || is_live_(code, generator.instruction, k);
      parts->items.push_back(live ? Load(generator.slots[k], depth + 1) : Abstract::Dead());
    }
    body.parts = std::move(parts);
    graph_.Keep(body.constant);
    objects_.push_back({Location::Of(a.identity), std::move(body)});
    return a;
  }

  LoopGraph& graph_;
  std::vector<KnownMemory>& known_;
  const Liveness& is_live_;
  std::vector<EntryItem>& objects_;
};

// ---- Binding ----------------------------------------------------------------------------------------
class Binder {
 public:
  Binder(const LoopGraph& graph, std::vector<uint64_t>* inputs) : graph_(graph), inputs_(*inputs) {
    inputs_.assign(graph.input_count(), 0);
  }

  // All that the entry expects: objects when the places that refer to them have been bound. If something is
  // not as expected, *mismatch is the first.
  bool BindAll(const Value* slots, const EntryItem** mismatch) {
    std::vector<const EntryItem*> left;
    for (const EntryItem& item : graph_.entry()) {
      if (item.location.kind == Location::Kind::kObject) {
        left.push_back(&item);
      } else if (!Bind(item.value, ValueAt(item.location, slots))) {
        *mismatch = &item;
        return false;
      }
    }
    while (!left.empty()) {
      const auto next = std::find_if(left.begin(), left.end(),
                                     [&](const EntryItem* item) { return Found(item->location.index); });
      *mismatch = next == left.end() ? left[0] : *next;
      if (next == left.end() || !BindGenerator((*next)->value, *Found((*next)->location.index))) return false;
      left.erase(next);
    }
    *mismatch = nullptr;
    return true;
  }

  bool Bind(const Abstract& expected, const Value& value) {
    switch (expected.kind) {
      case AbstractKind::kDead:
        return true;
      case AbstractKind::kGenerator:
        return BindReference(expected.identity, value);
      case AbstractKind::kConstant:
        return value.Is(expected.constant);
      case AbstractKind::kBool:
        return value.IsBool() && Set(expected.ref, value.boolean());
      case AbstractKind::kInt:
        return value.IsInt() && Set(expected.ref, static_cast<uint64_t>(value.integer()));
      case AbstractKind::kFloat:
        return value.IsFloat() && Set(expected.ref, std::bit_cast<uint64_t>(value.number()));
      case AbstractKind::kScalar: {
        const Value x = Force(value);
        return x.IsScalar() && x.scalar().dtype == expected.dtype && Set(expected.ref, WordOf(x.scalar()));
      }
      case AbstractKind::kArray:
        return AsProperArray(value) && BindArray(expected, *AsArray(value));
      case AbstractKind::kList:
        return value.As<ListObject>() && Set(expected.ref, AddressOf(value.object()));
      case AbstractKind::kObject:
        return value.IsObject() && value.object()->kind() == expected.object_kind &&
               Set(expected.ref, AddressOf(value.object()));
      case AbstractKind::kTuple: {
        auto* tuple = value.As<TupleObject>();
        return tuple && BindItems(expected, tuple->items);
      }
      case AbstractKind::kRange: {
        auto* range = value.As<RangeObject>();
        return range && BindStep(expected, range->step) && SetInt(expected.parts->refs[0], range->start) &&
               SetInt(expected.parts->refs[1], range->stop);
      }
      default:
        return value.As<IteratorObject>() && BindIterator(expected, value.Get<IteratorObject>());
    }
  }

  // Arrays of different memory classes must lie in different memory, or writes through one would change
  // what is read through the other.
  bool MemoriesDiffer() const {
    for (size_t i = 0; i < memories_.size(); ++i) {
      for (size_t k = i + 1; k < memories_.size(); ++k) {
        if (memories_[i].key == memories_[k].key &&
            graph_.memories().Find(memories_[i].memory) != graph_.memories().Find(memories_[k].memory)) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  bool Set(Node input, uint64_t word) {
    inputs_[graph_.node(input).attribute] = word;
    return true;
  }
  bool SetInt(Node input, int64_t word) { return Set(input, static_cast<uint64_t>(word)); }

  bool BindItems(const Abstract& expected, const std::vector<Value>& items) {
    if (items.size() != expected.parts->items.size()) return false;
    for (size_t k = 0; k < items.size(); ++k) {
      if (!Bind(expected.parts->items[k], items[k])) return false;
    }
    return true;
  }

  bool BindArray(const Abstract& expected, const ArrayObject& object) {
    const Array& array = object.array;
    const AbstractParts& parts = *expected.parts;
    if (array.dtype() != expected.dtype || array.rank() != parts.rank || array.writable() != parts.writable) {
      return false;
    }
    EvalFor(array, EndReason::kLoop);
    for (int d = 0; d < parts.rank; ++d) {
      const int64_t known = parts.strides[static_cast<size_t>(d)];
      if (known != kUnknownStride && array.strides()[d] != known) return false;
      if (known == kUnknownStride) SetInt(expected.stride(d), array.strides()[d]);
      SetInt(expected.extent(d), array.extent(d));
    }
    memories_.push_back({MemoryKey(array), parts.memory});
    return Set(expected.ref, AddressOf(&object)) &&
           Set(expected.data(), reinterpret_cast<uint64_t>(array.data()));
  }

  bool BindStep(const Abstract& expected, int64_t step) {
    const AbstractParts& parts = *expected.parts;
    return StepKind(step) == parts.number && (parts.refs.size() == 2 || SetInt(parts.refs[2], step));
  }

  GeneratorObject* Found(ObjectIdentity identity) const {
    for (const auto& [known, object] : objects_) {
      if (known == identity) return object;
    }
    return nullptr;
  }

  bool BindReference(ObjectIdentity identity, const Value& value) {
    auto* iterator = value.As<IteratorObject>();
    if (!iterator || iterator->iterator_kind != IteratorObject::Kind::kGenerator) return false;
    if (const GeneratorObject* known = Found(identity)) return known == iterator;
    objects_.emplace_back(identity, static_cast<GeneratorObject*>(iterator));
    return IsNew(iterator, &iterators_);
  }

  bool BindGenerator(const Abstract& expected, const GeneratorObject& generator) {
    const AbstractParts& parts = *expected.parts;
    if (generator.running || !expected.constant.Is(Value(generator.function->code))) return false;
    const bool same = parts.number == kEndedBody
                          ? generator.finished
                          : !generator.finished && parts.number == generator.instruction;
    if (!same || (!generator.finished && !BindItems(expected, generator.slots))) return false;
    return Set(expected.ref, AddressOf(&generator)) &&
           Set(parts.refs[0], AddressOf(generator.function.get()));
  }

  bool BindIterator(const Abstract& expected, IteratorObject* iterator) {
    if (!IsNew(iterator, &iterators_)) return false;
    Set(expected.ref, AddressOf(iterator));
    const AbstractParts& parts = *expected.parts;
    switch (iterator->iterator_kind) {
      case IteratorObject::Kind::kRange: {
        const auto& range = static_cast<const RangeIterator&>(*iterator);
        return expected.kind == AbstractKind::kRangeIterator && BindStep(expected, range.step) &&
               SetInt(parts.refs[0], range.next) && SetInt(parts.refs[1], StopOf(range));
      }
      case IteratorObject::Kind::kSequence: {
        const auto& sequence = static_cast<const SequenceIterator&>(*iterator);
        return expected.kind == AbstractKind::kListIterator &&
               SetInt(parts.refs[0], static_cast<int64_t>(sequence.index)) &&
               Bind(parts.items[0], sequence.sequence);
      }
      case IteratorObject::Kind::kArrayRows: {
        const auto& rows = static_cast<const ArrayRowIterator&>(*iterator);
        return expected.kind == AbstractKind::kArrayIterator && SetInt(parts.refs[0], rows.next) &&
               Bind(parts.items[0], rows.array);
      }
      case IteratorObject::Kind::kEnumerate: {
        const auto& enumerate = static_cast<const EnumerateIterator&>(*iterator);
        return expected.kind == AbstractKind::kEnumerate && SetInt(parts.refs[0], enumerate.next) &&
               Bind(parts.items[0], enumerate.iterator);
      }
      case IteratorObject::Kind::kZip: {
        const auto& zip = static_cast<const ZipIterator&>(*iterator);
        return expected.kind == AbstractKind::kZip && !zip.strict && BindItems(expected, zip.iterators);
      }
      default:
        return false;
    }
  }

  const LoopGraph& graph_;
  std::vector<uint64_t>& inputs_;
  std::vector<KnownMemory> memories_;
  std::vector<const Object*> iterators_;
  std::vector<std::pair<ObjectIdentity, GeneratorObject*>> objects_;
};

}  // namespace

std::vector<int64_t> KnownStrides(const Array& array) {
  std::vector<int64_t> strides(static_cast<size_t>(array.rank()), kUnknownStride);
  if (array.rank() > 0 && array.strides().back() == ItemSize(array.dtype()))
    strides.back() = array.strides().back();
  return strides;
}

Abstract LoadValue(const Value& value, LoopGraph& graph, const Liveness& is_live,
                   std::vector<EntryItem>* objects) {
  return Loader(graph, is_live, objects).Load(value, 0);
}

const Value& ValueAt(const Location& location, const Value* slots) {
  return MutableValueAt(location, const_cast<Value*>(slots));
}

Value& MutableValueAt(const Location& location, Value* slots) {
  switch (location.kind) {
    case Location::Kind::kRegister:
      return slots[location.index];
    case Location::Kind::kSlotCell:
      return slots[location.index].Get<CellObject>()->value;
    case Location::Kind::kGlobal:
      return static_cast<ModuleObject*>(location.owner)->variables.values[location.index];
    default:
      return static_cast<CellObject*>(location.owner)->value;
  }
}

namespace {

// Whether the cells that slots hold are there, and are none of those that are known by themselves: one cell
// must not be two variables.
bool CellsFit(const LoopGraph& graph, const Value* slots) {
  using Kind = Location::Kind;
  for (const EntryItem& item : graph.entry()) {
    if (item.location.kind != Kind::kSlotCell) continue;
    const Value& cell = slots[item.location.index];
    if (!cell.IsObject(ObjectKind::kCell)) return false;
    for (const EntryItem& other : graph.entry()) {
      if (other.location.kind == Kind::kCell && other.location.owner == cell.object()) return false;
      const bool slot = other.location.kind == Kind::kSlotCell && other.location.index != item.location.index;
      if (slot && slots[other.location.index].Is(cell)) return false;
    }
  }
  return true;
}

}  // namespace

bool BindEntry(const LoopGraph& graph, const Value* slots, std::vector<uint64_t>* inputs,
               const EntryItem** mismatch) {
  const EntryItem* other = nullptr;
  Binder binder(graph, inputs);
  const bool fits = CellsFit(graph, slots) && binder.BindAll(slots, &other);
  if (mismatch) *mismatch = other;
  if (!fits) return false;
  if (graph.calls_foreign()) FlushArrays();
  return !graph.writes_arrays() || binder.MemoriesDiffer();
}

}  // namespace lathe::script
