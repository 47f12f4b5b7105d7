// Binding: whether the values of the VM are what a trace expects when it is entered, and its input words.
#include <algorithm>
#include <bit>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/script/arrays.h"
#include "src/script/foreign/ffi_state.h"
#include "src/script/loop_recorder/entry.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

uint64_t AddressOf(const Object* object) { return reinterpret_cast<uint64_t>(object); }

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

class Binder {
 public:
  Binder(const LoopGraph& graph, const Value* slots, std::vector<uint64_t>* inputs)
      : graph_(graph), slots_(slots), inputs_(*inputs) {
    inputs_.assign(graph.input_count(), 0);
  }

  // All that the entry expects: objects when the places that refer to them have been bound. If something is
  // not as expected, *mismatch is the first.
  bool BindAll(const EntryItem** mismatch) {
    std::vector<const EntryItem*> left;
    for (const EntryItem& item : graph_.entry()) {
      if (item.location.kind == Location::Kind::kObject) {
        left.push_back(&item);
      } else if (!Bind(item.value, ValueAt(item.location, slots_))) {
        *mismatch = &item;
        return false;
      }
    }
    while (!left.empty()) {
      const auto next = std::find_if(left.begin(), left.end(),
                                     [&](const EntryItem* item) { return Found(item->location.index); });
      *mismatch = next == left.end() ? left[0] : *next;
      if (next == left.end() || !BindBody((*next)->value, *Found((*next)->location.index))) return false;
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
      case AbstractKind::kFunction:
      case AbstractKind::kCell:
        if (expected.identity == kNoIdentity) return value.Is(slots_[expected.parts->number]);
        return BindReference(expected, value);
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

  Object* Found(ObjectIdentity identity) const {
    for (const auto& [known, object] : objects_) {
      if (known == identity) return object;
    }
    return nullptr;
  }

  // A cell that the trace knows as a variable is no object of its own.
  bool IsVariable(const Object* cell) const {
    return std::any_of(graph_.entry().begin(), graph_.entry().end(), [&](const EntryItem& item) {
      const bool slot = item.location.kind == Location::Kind::kSlotCell;
      return item.location.owner == cell || (slot && slots_[item.location.index].object() == cell);
    });
  }

  bool BindReference(const Abstract& expected, const Value& value) {
    if (!value.IsObject()) return false;
    Object* object = value.object();
    if (const Object* known = Found(expected.identity)) return known == object;
    const auto* iterator = value.As<IteratorObject>();
    const bool same = expected.Is(AbstractKind::kGenerator)
                          ? iterator && iterator->iterator_kind == IteratorObject::Kind::kGenerator
                          : object->kind() == (expected.Is(AbstractKind::kCell) ? ObjectKind::kCell
                                                                                : ObjectKind::kFunction);
    if (!same || IsVariable(object)) return false;
    objects_.emplace_back(expected.identity, object);
    return AddIfNew(object, &iterators_);
  }

  bool BindBody(const Abstract& expected, const Object& object) {
    if (!Set(expected.ref, AddressOf(&object))) return false;
    switch (expected.kind) {
      case AbstractKind::kGeneratorBody:
        return BindGenerator(expected, static_cast<const GeneratorObject&>(object));
      case AbstractKind::kFunctionBody:
        return BindFunction(expected, static_cast<const FunctionObject&>(object));
      default:
        return Bind(expected.parts->items[0], static_cast<const CellObject&>(object).value);
    }
  }

  bool BindGenerator(const Abstract& expected, const GeneratorObject& generator) {
    const AbstractParts& parts = *expected.parts;
    if (generator.running || !expected.constant.Is(Value(generator.function->code))) return false;
    const bool same = parts.number == kEndedBody
                          ? generator.finished
                          : !generator.finished && parts.number == generator.instruction;
    if (!same || (!generator.finished && !BindItems(expected, generator.slots))) return false;
    return Set(parts.refs[0], AddressOf(generator.function.get()));
  }

  bool BindFunction(const Abstract& expected, const FunctionObject& function) {
    const auto binds = [&](size_t k, const std::vector<Value>& items) {
      const Abstract& tuple = expected.parts->items[k];
      return tuple.Is(AbstractKind::kTuple) ? BindItems(tuple, items) : items.empty();
    };
    return expected.constant.Is(Value(function.code)) && binds(0, function.defaults) &&
           binds(1, function.keyword_defaults) && binds(2, function.closure);
  }

  bool BindIterator(const Abstract& expected, IteratorObject* iterator) {
    if (!AddIfNew(iterator, &iterators_)) return false;
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
        return expected.kind == AbstractKind::kZip && !zip.strict && zip.items.empty() &&
               BindItems(expected, zip.iterators);
      }
      default:
        return false;
    }
  }

  const LoopGraph& graph_;
  const Value* slots_;  // of the root frame
  std::vector<uint64_t>& inputs_;
  std::vector<KnownMemory> memories_;
  std::vector<const Object*> iterators_;
  std::vector<std::pair<ObjectIdentity, Object*>> objects_;
};

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
  Binder binder(graph, slots, inputs);
  const bool fits = CellsFit(graph, slots) && binder.BindAll(&other);
  if (mismatch) *mismatch = other;
  if (!fits) return false;
  if (graph.calls_foreign()) FlushArrays();
  return !graph.writes_arrays() || binder.MemoriesDiffer();
}

}  // namespace lathe::script
