// Loading: from the values of the VM to what a trace takes of them. Binding (bind_entry.cc) is the same walk
// when the trace is entered.
#include "src/script/loop_recorder/entry.h"

#include <algorithm>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/script/arrays.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

constexpr int kMostItems = 16;
constexpr size_t kMostSlots = 64;  // of a generator's frame

// Whether the state of the iterator is its own business: a trace asks it for items.
bool IsOpaque(const IteratorObject& iterator) {
  switch (iterator.iterator_kind) {
    case IteratorObject::Kind::kText:
    case IteratorObject::Kind::kTable:
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

class Loader {
 public:
  Loader(LoopGraph& graph, std::span<const Value> slots, const Liveness& is_live,
         std::vector<EntryItem>* objects)
      : graph_(graph), known_(graph.known_memory()), slots_(slots), is_live_(is_live), objects_(*objects) {}

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
    } else if (const auto cell =
                   std::find_if(slots_.begin(), slots_.end(), [&](const Value& slot) { return slot.Is(x); });
               depth > 0 && x.As<CellObject>() && cell != slots_.end()) {
      a.kind = AbstractKind::kCell;
      parts->number = cell - slots_.begin();
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
    if (depth > 3 || !AddIfNew(iterator, &graph_.known_iterators())) return false;
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
        if (sequence.name == std::string_view(SequenceIterator::kReversedList)) parts->number = kReversedCopy;
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
        if (zip.strict || !zip.items.empty() || zip.iterators.size() > kMostItems) return false;
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
        !AddIfNew(&generator, &graph_.known_iterators())) {
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
    parts->owner = generator.function->module.get();
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
  const std::span<const Value> slots_;
  const Liveness& is_live_;
  std::vector<EntryItem>& objects_;
};

}  // namespace

const void* MemoryKey(const Array& array) {
  const Storage* storage = array.body()->storage.get();
  return storage && storage->owned() ? storage : nullptr;
}

int64_t StepKind(int64_t step) { return std::clamp<int64_t>(step, -2, 2); }

bool AddIfNew(const Object* iterator, std::vector<const Object*>* known) {
  if (std::find(known->begin(), known->end(), iterator) != known->end()) return false;
  known->push_back(iterator);
  return true;
}

std::vector<int64_t> KnownStrides(const Array& array) {
  std::vector<int64_t> strides(static_cast<size_t>(array.rank()), kUnknownStride);
  if (array.rank() > 0 && array.strides().back() == ItemSize(array.dtype()))
    strides.back() = array.strides().back();
  return strides;
}

Abstract LoadValue(const Value& value, LoopGraph& graph, std::span<const Value> slots,
                   const Liveness& is_live, std::vector<EntryItem>* objects) {
  return Loader(graph, slots, is_live, objects).Load(value, 0);
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

}  // namespace lathe::script
