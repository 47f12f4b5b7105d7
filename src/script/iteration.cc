// Iterators: of containers, strings, dicts, files and instances, and the built-in ones that wrap others.
#include "src/script/iteration.h"

#include <istream>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/foreign_object.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/utf8.h"

namespace lathe::script {
namespace {

using Kind = IteratorObject::Kind;

class FileIterator : public IteratorObject {
 public:
  explicit FileIterator(Ref<FileObject> file)
      : IteratorObject(Kind::kOther, "file_iterator"), file_(std::move(file)) {}
  Value Next(Vm&) override {
    std::string line;
    if (!file_->stream || !std::getline(*file_->stream, line)) return Value();
    if (!file_->stream->eof()) line += '\n';
    return Str(std::move(line));
  }

 private:
  Ref<FileObject> file_;
};

// Calls x[0], x[1], ... until IndexError, or x.__next__() until StopIteration.
class InstanceIterator : public IteratorObject {
 public:
  InstanceIterator(Value instance, bool by_index)
      : IteratorObject(Kind::kOther, "iterator"), instance_(std::move(instance)), by_index_(by_index) {}
  Value Next(Vm& vm) override {
    const Value index = Value::Int(next_++);
    Value value = by_index_ ? GetItem(vm, instance_, index) : CallSpecial(vm, instance_, vm.names().next);
    if (!value.IsError()) return value;
    const ErrorKind end = by_index_ ? ErrorKind::kIndex : ErrorKind::kStopIteration;
    if (!vm.pending()->type->IsSubclassOf(vm.classes().exceptions[static_cast<size_t>(end)].get()))
      return value;
    vm.TakePending();
    return Value();
  }
  bool RunsCode() const override { return true; }

 private:
  Value instance_;
  bool by_index_;
  int64_t next_ = 0;
};

class CollectedIterator : public IteratorObject {
 public:
  CollectedIterator(std::vector<Value> items, const char* n)
      : IteratorObject(Kind::kOther, n), items_(std::move(items)) {}
  Value Next(Vm&) override { return position_ < items_.size() ? items_[position_++] : Value(); }

 private:
  std::vector<Value> items_;
  size_t position_ = 0;
};

class MapIterator : public IteratorObject {
 public:
  MapIterator(Value function, std::vector<Value> iterators)
      : IteratorObject(Kind::kOther, "map"),
        function_(std::move(function)),
        iterators_(std::move(iterators)) {}
  Value Next(Vm& vm) override {
    std::vector<Value> items;
    for (const Value& iterator : iterators_) {
      Value item = NextOf(vm, iterator);
      if (item.IsError() || item.IsUndefined()) return item;
      items.push_back(std::move(item));
    }
    return vm.Call(function_, items);
  }
  bool RunsCode() const override { return true; }

 private:
  Value function_;
  std::vector<Value> iterators_;
};

class FilterIterator : public IteratorObject {
 public:
  FilterIterator(Value function, Value iterator)
      : IteratorObject(Kind::kOther, "filter"),
        function_(std::move(function)),
        iterator_(std::move(iterator)) {}
  Value Next(Vm& vm) override {
    for (;;) {
      Value item = NextOf(vm, iterator_);
      if (item.IsError() || item.IsUndefined()) return item;
      const Value verdict = function_.IsNone() ? item : vm.Call(function_, {item});
      const int truth = verdict.IsError() ? -1 : Truth(vm, verdict);
      if (truth < 0) return Value::Error();
      if (truth == 1) return item;
    }
  }
  bool RunsCode() const override { return true; }

 private:
  Value function_;
  Value iterator_;
};

Value ThrowNotIterable(Vm& vm, const Value& x) {
  return vm.ThrowType(absl::StrCat("'", TypeName(vm, x), "' object is not iterable"));
}

}  // namespace

Value GetIterator(Vm& vm, const Value& x) {
  if (!x.IsObject()) return ThrowNotIterable(vm, x);
  switch (x.object()->kind()) {
    case ObjectKind::kList:
      return Make<SequenceIterator>(x, &x.Get<ListObject>()->items, "list_iterator");
    case ObjectKind::kTuple:
      return Make<SequenceIterator>(x, &x.Get<TupleObject>()->items, "tuple_iterator");
    case ObjectKind::kRange:
      return Make<RangeIterator>(*x.Get<RangeObject>());
    case ObjectKind::kString:
      return Make<TextIterator>(Ref<StringObject>(x.Get<StringObject>()));
    case ObjectKind::kDict:
      return Make<TableIterator>(x, &x.Get<DictObject>()->table, DictViewObject::Part::kKeys,
                                 "dict_keyiterator");
    case ObjectKind::kDictView: {
      auto* view = x.Get<DictViewObject>();
      return Make<TableIterator>(Value(view->dict), &view->dict->table, view->part, "dict_iterator");
    }
    case ObjectKind::kSet:
      return Make<TableIterator>(x, &x.Get<SetObject>()->table, DictViewObject::Part::kKeys, "set_iterator");
    case ObjectKind::kIterator:
      return x;
    case ObjectKind::kFile:
      return Make<FileIterator>(Ref<FileObject>(x.Get<FileObject>()));
    case ObjectKind::kArchive: {
      std::vector<Value> names;
      for (const auto& [name, array] : x.Get<ArchiveObject>()->members) names.push_back(Str(name));
      return IterateOver(std::move(names), "iterator");
    }
    case ObjectKind::kArray:
      if (!AsProperArray(x)) return ThrowNotIterable(vm, x);
      return vm.Guard([&] { return ArrayIterator(x); });
    case ObjectKind::kForeign: {
      const int64_t length = x.Get<ForeignObject>()->Length();
      if (length < 0) return ThrowNotIterable(vm, x);
      std::vector<Value> items;
      for (int64_t k = 0; k < length; ++k) {
        Value item = vm.Guard([&] { return x.Get<ForeignObject>()->GetItem(vm, Value::Int(k)); });
        if (item.IsError()) return item;
        if (item.IsUndefined()) return ThrowNotIterable(vm, x);
        items.push_back(std::move(item));
      }
      return IterateOver(std::move(items), "iterator");
    }
    case ObjectKind::kInstance: {
      Value iterator = CallSpecial(vm, x, vm.names().iter);
      if (iterator.IsError()) return iterator;
      if (!iterator.IsUndefined()) return IteratorGiven(vm, iterator);
      if (FindSpecial(x, vm.names().getitem)) return Make<InstanceIterator>(x, true);
      return ThrowNotIterable(vm, x);
    }
    default:
      return ThrowNotIterable(vm, x);
  }
}

Value IteratorGiven(Vm& vm, const Value& given) {
  if (AsInstance(given)) return Make<InstanceIterator>(given, false);
  return GetIterator(vm, given);
}

Value TextIterator::Peek(Vm& vm) const {
  const std::string& bytes = text->text();
  if (position >= bytes.size()) return Value();
  if (text->bytes()) return Value::Int(static_cast<unsigned char>(bytes[position]));
  return vm.Character(std::string_view(bytes).substr(position, Utf8Length(bytes, position)));
}

void TextIterator::Skip() { position += text->bytes() ? 1 : Utf8Length(text->text(), position); }

Value TextIterator::Next(Vm& vm) {
  Value character = Peek(vm);
  if (!character.IsUndefined()) Skip();
  return character;
}

Value TableIterator::Next(Vm& vm) {
  if (table->version() != version) {
    const bool dict = owner.As<DictObject>() != nullptr;
    return vm.Throw(ErrorKind::kRuntime,
                    dict ? "dictionary changed size during iteration" : "Set changed size during iteration");
  }
  const HashTable::Entry* entry = Peek();
  if (!entry) return Value();
  ++position;
  switch (part) {
    case DictViewObject::Part::kKeys:
      return entry->key;
    case DictViewObject::Part::kValues:
      return entry->value;
    case DictViewObject::Part::kItems:
      return MakeTuple({entry->key, entry->value});
  }
  return Value();
}

Value EnumerateIterator::Next(Vm& vm) {
  Value item = NextOf(vm, iterator);
  if (item.IsUndefined() || item.IsError()) return item;
  return MakeTuple({Value::Int(next++), std::move(item)});
}

Value ZipIterator::Next(Vm& vm) {
  if (iterators.empty()) return Value();
  std::vector<Value> tuple;
  for (size_t k = 0; k < iterators.size(); ++k) {
    Value item = NextOf(vm, iterators[k]);
    if (item.IsError()) return item;
    if (item.IsUndefined()) return strict ? CheckAllEnded(vm, k) : Value();
    tuple.push_back(std::move(item));
  }
  return MakeTuple(std::move(tuple));
}

Value ZipIterator::CheckAllEnded(Vm& vm, size_t ended) {
  if (ended > 0)
    return vm.ThrowValue(absl::StrCat("zip() argument ", ended + 1, " is shorter than argument 1"));
  for (size_t k = 1; k < iterators.size(); ++k) {
    const Value item = NextOf(vm, iterators[k]);
    if (item.IsError()) return item;
    if (!item.IsUndefined())
      return vm.ThrowValue(absl::StrCat("zip() argument ", k + 1, " is longer than argument 1"));
  }
  return Value();
}

Value NextOf(Vm& vm, const Value& iterator) { return iterator.Get<IteratorObject>()->Next(vm); }

bool CollectItems(Vm& vm, const Value& x, std::vector<Value>* items) {
  if (const std::vector<Value>* sequence = SequenceItems(x)) {
    items->insert(items->end(), sequence->begin(), sequence->end());
    return true;
  }
  const Value iterator = GetIterator(vm, x);
  if (iterator.IsError()) return false;
  for (;;) {
    Value item = NextOf(vm, iterator);
    if (item.IsError()) return false;
    if (item.IsUndefined()) return true;
    items->push_back(std::move(item));
  }
}

Value IterateOver(std::vector<Value> items, const char* name) {
  return Make<CollectedIterator>(std::move(items), name);
}

Value MakeEnumerate(Vm& vm, const Value& iterable, int64_t start) {
  Value iterator = GetIterator(vm, iterable);
  if (iterator.IsError()) return iterator;
  return Make<EnumerateIterator>(std::move(iterator), start);
}

Value MakeZip(Vm&, std::vector<Value> iterators, bool strict) {
  return Make<ZipIterator>(std::move(iterators), strict);
}

Value MakeMap(Vm&, Value function, std::vector<Value> iterators) {
  return Make<MapIterator>(std::move(function), std::move(iterators));
}

Value MakeFilter(Vm&, Value function, Value iterator) {
  return Make<FilterIterator>(std::move(function), std::move(iterator));
}

Value MakeReversed(Vm& vm, const Value& sequence) {
  if (auto* range = sequence.As<RangeObject>()) {
    const int64_t last = range->start + (range->Count() - 1) * range->step;
    return Make<RangeIterator>(RangeObject(last, range->start - range->step, -range->step));
  }
  if (sequence.As<SetObject>() || sequence.As<IteratorObject>() || !sequence.IsObject()) {
    return vm.ThrowType(absl::StrCat("'", TypeName(vm, sequence), "' object is not reversible"));
  }
  std::vector<Value> items;
  if (!CollectItems(vm, sequence, &items)) return Value::Error();
  std::reverse(items.begin(), items.end());
  Value reversed = MakeList(std::move(items));
  const std::vector<Value>* in_order = &reversed.Get<ListObject>()->items;
  return Make<SequenceIterator>(std::move(reversed), in_order,
                                sequence.As<ListObject>() ? SequenceIterator::kReversedList : "reversed");
}

}  // namespace lathe::script
