// The objects that scripts handle: containers, functions, classes, instances, exceptions, modules, iterators,
// files and arrays. Plain data with few methods; what can be done with them is in operators.h, attributes.h,
// subscripts.h, iteration.h and text.h.
#pragma once

#include <algorithm>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lathe/array.h"
#include "lathe/error.h"
#include "lathe/random.h"
#include "src/script/bytecode.h"
#include "src/script/hash_table.h"
#include "src/script/value.h"

namespace lathe::script {

class Vm;
class ClassObject;

// ---- Containers -------------------------------------------------------------------------------------
class ListObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kList;
  explicit ListObject(std::vector<Value> values = {}) : Object(kKind), items(std::move(values)) {}
  // Lists that begin to grow mostly go on.
  void Append(Value item) {
    if (items.capacity() == 0) items.reserve(4);
    items.push_back(std::move(item));
  }
  std::vector<Value> items;
};

class TupleObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kTuple;
  explicit TupleObject(std::vector<Value> values = {}) : Object(kKind), items(std::move(values)) {}
  std::vector<Value> items;
};

class DictObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kDict;
  DictObject() : Object(kKind) {}
  HashTable table;
};

class SetObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kSet;
  SetObject() : Object(kKind) {}
  HashTable table;
};

// What dict.keys(), values() and items() return.
class DictViewObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kDictView;
  enum class Part { kKeys, kValues, kItems };
  DictViewObject(Ref<DictObject> d, Part p) : Object(kKind), dict(std::move(d)), part(p) {}
  Ref<DictObject> dict;
  Part part;
};

class RangeObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kRange;
  RangeObject(int64_t a, int64_t b, int64_t s) : Object(kKind), start(a), stop(b), step(s) {}
  int64_t Count() const;
  int64_t start, stop, step;
};

class SliceObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kSlice;
  SliceObject(Value a, Value b, Value s)
      : Object(kKind), start(std::move(a)), stop(std::move(b)), step(std::move(s)) {}
  Value start, stop, step;
};

// ---- Names ------------------------------------------------------------------------------------------
// Variables of a module or class by interned name. A name keeps its index for ever; an unbound one has an
// Undefined value. `fallbacks` hold, by index, what the name means among the built-ins.
class Namespace {
 public:
  using Index = uint32_t;
  Index Intern(const Ref<StringObject>& name);
  // The value, or null if the name is unknown or unbound.
  const Value* Find(const StringObject* name) const;
  void Set(const Ref<StringObject>& name, Value value) { values[Intern(name)] = std::move(value); }
  bool Remove(const StringObject* name);

  std::vector<Ref<StringObject>> names;
  std::vector<Value> values;
  std::vector<Value> fallbacks;
  // Gives the built-in of a name when it is first interned; null for classes.
  const Namespace* builtins = nullptr;

 private:
  absl::flat_hash_map<const StringObject*, Index> indices_;
};

// The attributes of one instance: few, so they are searched in order.
class AttributeList {
 public:
  Value* Find(const StringObject* name) {
    for (auto& [key, value] : items) {
      if (key.get() == name) return &value;
    }
    return nullptr;
  }
  void Set(const Ref<StringObject>& name, Value value);
  bool Remove(const StringObject* name);
  std::vector<std::pair<Ref<StringObject>, Value>> items;
};

class ModuleObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kModule;
  explicit ModuleObject(std::string module_name) : Object(kKind), name(std::move(module_name)) {}
  std::string name;
  Namespace variables;
  // Python source of more of the module, run when a name is first missed; "" for none. Names that begin with
  // an underscore stay private to it.
  std::string_view prelude;
  // Says why an attribute is missing, if the module knows better than "has no attribute".
  std::function<std::string(std::string_view)> explain_missing;
};

// ---- Functions --------------------------------------------------------------------------------------
// The parameters of a native function, parsed from Python's notation ("a, axis=None, *, keepdims=False").
struct Signature {
  std::vector<Ref<StringObject>> names;
  size_t required = 0;    // of the positional ones
  size_t positional = 0;  // parameters that may be given by position
  bool rest = false;      // "*args": more positional arguments are allowed
  bool keywords = false;  // "**items": the last parameter is a dict of all other keyword arguments
};

// The arguments of a native call. Bound to a signature: one value per parameter, Undefined if not given.
struct Arguments {
  std::span<const Value> values;
  std::span<const Value> rest;
  const Value& operator[](size_t k) const { return values[k]; }
  bool Has(size_t k) const { return !values[k].IsUndefined(); }
  // Given and not None.
  bool Given(size_t k) const { return Has(k) && !values[k].IsNone(); }
};

using NativeFunction = Value (*)(Vm& vm, const Arguments& arguments);

class NativeObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kNative;
  NativeObject(std::string n, NativeFunction f, std::shared_ptr<const Signature> s)
      : Object(kKind), name(std::move(n)), function(f), signature(std::move(s)) {}
  std::string name;
  NativeFunction function;
  std::shared_ptr<const Signature> signature;
  bool is_method = false;  // of a built-in class: its first parameter is self
};

class CellObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kCell;
  CellObject() : Object(kKind) {}
  Value value;
};

class FunctionObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kFunction;
  FunctionObject(Ref<CodeObject> c, Ref<ModuleObject> m)
      : Object(kKind), code(std::move(c)), module(std::move(m)) {}
  Ref<CodeObject> code;
  Ref<ModuleObject> module;
  std::vector<Value> defaults;          // of the last positional parameters
  std::vector<Value> keyword_defaults;  // of the keyword-only parameters, Undefined if none
  std::vector<Value> closure;           // cells
  ClassObject* owner = nullptr;         // for super(): the class whose body defined it, while it exists
  AttributeList attributes;
};

class BoundMethodObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kBoundMethod;
  BoundMethodObject(Value s, Value f) : Object(kKind), self(std::move(s)), function(std::move(f)) {}
  Value self, function;
};

// A property, static method or class method in a class's namespace.
class PropertyObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kProperty;
  enum class Role { kProperty, kStatic, kClass };
  PropertyObject(Role r, Value get, Value set = {})
      : Object(kKind), role(r), getter(std::move(get)), setter(std::move(set)) {}
  Role role;
  Value getter, setter;
};

// ---- Classes ----------------------------------------------------------------------------------------
class ClassObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kClass;
  ClassObject(std::string n, std::string m) : Object(kKind), name(std::move(n)), module(std::move(m)) {}
  ~ClassObject() override;
  bool IsSubclassOf(const ClassObject* other) const;
  // The attribute in this class or one it derives from, or null.
  const Value* Find(const StringObject* attribute) const;

  std::string name;
  std::string module;
  std::vector<ClassObject*> order;  // method resolution order, this class first
  std::vector<Ref<ClassObject>> bases;
  Namespace attributes;
  std::optional<ErrorKind> error;  // an exception class
  std::optional<DType> dtype;      // a NumPy scalar class
  size_t most_attributes = 0;      // that an instance has had: new ones have room for them
  // Makes an instance of a built-in class; null: instances are InstanceObjects.
  Ref<NativeObject> construct;
  bool user = false;  // made by a class statement
  // It or a class it derives from has a property: those come before an instance\'s own attributes.
  bool has_properties = false;
};

class InstanceObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kInstance;
  static constexpr size_t kMostRoom = 16;  // attributes that a new one has room for
  explicit InstanceObject(Ref<ClassObject> c, ObjectKind kind = kKind) : Object(kind), type(std::move(c)) {
    if (type) attributes.items.reserve(std::min(type->most_attributes, kMostRoom));
  }
  void Set(const Ref<StringObject>& name, Value value) {
    attributes.Set(name, std::move(value));
    if (attributes.items.size() > type->most_attributes) type->most_attributes = attributes.items.size();
  }
  Ref<ClassObject> type;
  AttributeList attributes;
};

struct TracebackEntry {
  Ref<CodeObject> code;
  uint32_t instruction;
};

class ExceptionObject : public InstanceObject {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kException;
  explicit ExceptionObject(Ref<ClassObject> c) : InstanceObject(std::move(c), kKind) {}
  std::vector<Value> arguments;
  std::vector<TracebackEntry> traceback;  // innermost first
  Ref<ExceptionObject> cause, context;
  bool suppress_context = false;
  // Of a SyntaxError: the place and the text of the line, printed instead of a traceback entry.
  std::string syntax_place;
};

class SuperObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kSuper;
  SuperObject(Ref<ClassObject> c, Value s) : Object(kKind), owner(std::move(c)), self(std::move(s)) {}
  Ref<ClassObject> owner;
  Value self;
};

// ---- Iterators --------------------------------------------------------------------------------------
class IteratorObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kIterator;
  enum class Kind { kRange, kSequence, kText, kTable, kArrayRows, kEnumerate, kZip, kGenerator, kOther };
  explicit IteratorObject(Kind kind, const char* n) : Object(kKind), iterator_kind(kind), name(n) {}
  // The next item, Undefined at the end, Error if that failed.
  virtual Value Next(Vm& vm) = 0;
  // Whether Next may run code of the script.
  virtual bool RunsCode() const { return false; }
  Kind iterator_kind;
  const char* name;
};

class RangeIterator : public IteratorObject {
 public:
  explicit RangeIterator(const RangeObject& range)
      : IteratorObject(Kind::kRange, "range_iterator"),
        next(range.start),
        step(range.step),
        left(range.Count()) {}
  Value Next(Vm&) override {
    if (left == 0) return Value();
    --left;
    const int64_t value = next;
    // Past the last item the next one is never used, and may be out of range.
    if (left > 0) next += step;
    return Value::Int(value);
  }
  int64_t next, step, left;
};

// Over a list (as it grows) or a tuple.
class SequenceIterator : public IteratorObject {
 public:
  static constexpr const char* kReversedList = "list_reverseiterator";  // the list is a reversed copy
  SequenceIterator(Value owner, const std::vector<Value>* items_of_owner, const char* n)
      : IteratorObject(Kind::kSequence, n), sequence(std::move(owner)), items(items_of_owner) {}
  Value Next(Vm&) override {
    if (index >= items->size()) return Value();
    return (*items)[index++];
  }
  Value sequence;
  const std::vector<Value>* items;
  size_t index = 0;
};

// Over the characters of a string.
class TextIterator : public IteratorObject {
 public:
  explicit TextIterator(Ref<StringObject> t)
      : IteratorObject(Kind::kText, "str_iterator"), text(std::move(t)) {}
  Value Next(Vm& vm) override;
  // The next character, without going on; Undefined at the end.
  Value Peek(Vm& vm) const;
  void Skip();
  Ref<StringObject> text;
  size_t position = 0;  // of the next character's first byte
};

// Over a dict or set, whose size must not change meanwhile.
class TableIterator : public IteratorObject {
 public:
  TableIterator(Value o, HashTable* t, DictViewObject::Part p, const char* n)
      : IteratorObject(Kind::kTable, n), owner(std::move(o)), table(t), part(p), version(t->version()) {}
  Value Next(Vm& vm) override;
  // The next entry, which `position` then is the number of, or null at the end. The table has not changed.
  const HashTable::Entry* Peek() {
    const std::vector<HashTable::Entry>& entries = table->entries();
    while (position < entries.size() && entries[position].key.IsUndefined()) ++position;
    return position < entries.size() ? &entries[position] : nullptr;
  }
  Value owner;
  HashTable* table;
  DictViewObject::Part part;
  uint64_t version;
  size_t position = 0;
};

// Over the first dimension of an array: rows, or scalars.
class ArrayRowIterator : public IteratorObject {
 public:
  explicit ArrayRowIterator(Value a) : IteratorObject(Kind::kArrayRows, "iterator"), array(std::move(a)) {}
  Value Next(Vm& vm) override;
  Value array;
  int64_t next = 0;
};

class EnumerateIterator : public IteratorObject {
 public:
  EnumerateIterator(Value i, int64_t start)
      : IteratorObject(Kind::kEnumerate, "enumerate"), iterator(std::move(i)), next(start) {}
  Value Next(Vm& vm) override;
  bool RunsCode() const override { return iterator.Get<IteratorObject>()->RunsCode(); }
  Value iterator;
  int64_t next;
};

class ZipIterator : public IteratorObject {
 public:
  ZipIterator(std::vector<Value> i, bool s)
      : IteratorObject(Kind::kZip, "zip"), iterators(std::move(i)), strict(s) {}
  Value Next(Vm& vm) override;
  bool RunsCode() const override {
    return std::any_of(iterators.begin(), iterators.end(),
                       [](const Value& one) { return one.Get<IteratorObject>()->RunsCode(); });
  }
  std::vector<Value> iterators;
  bool strict;
  // Those that it has for the next tuple, while the VM runs the body of a generator that gives another.
  std::vector<Value> items;

 private:
  Value CheckAllEnded(Vm& vm, size_t ended);
};

// A suspended call: its slots are here while it does not run, on the VM's stack while it does.
class GeneratorObject : public IteratorObject {
 public:
  explicit GeneratorObject(Ref<FunctionObject> f)
      : IteratorObject(Kind::kGenerator, "generator"), function(std::move(f)) {}
  Value Next(Vm& vm) override;
  bool RunsCode() const override { return true; }
  Ref<FunctionObject> function;
  std::vector<Value> slots;
  uint32_t instruction = 0;
  bool running = false;
  bool finished = false;
};

// ---- Files, arrays ----------------------------------------------------------------------------------
class FileObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kFile;
  FileObject(std::string p, std::string m) : Object(kKind), path(std::move(p)), mode(std::move(m)) {}
  std::string path, mode;
  std::unique_ptr<std::iostream> stream;  // null for the standard streams and once closed
  std::ostream* standard = nullptr;
};

class ArrayObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kArray;
  ArrayObject(Array a, bool is_scalar) : Object(kKind), array(std::move(a)), scalar(is_scalar) {}
  Array array;
  // A rank-0 result that NumPy would return as a scalar: kept as an array until its value is asked for.
  bool scalar;
};

class DTypeObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kDType;
  explicit DTypeObject(DType d) : Object(kKind), dtype(d) {}
  DType dtype;
};

class UfuncObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kUfunc;
  UfuncObject(std::string n, std::string f, int a)
      : Object(kKind), name(std::move(n)), function(std::move(f)), arity(a) {}
  std::string name;      // as the script sees it
  std::string function;  // as lathe::Ufunc knows it
  int arity;
};

class RandomObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kRandom;
  explicit RandomObject(Generator g) : Object(kKind), generator(std::move(g)) {}
  Generator generator;
};

// What np.load returns for an .npz file.
class ArchiveObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kArchive;
  explicit ArchiveObject(std::vector<std::pair<std::string, Array>> m)
      : Object(kKind), members(std::move(m)) {}
  std::vector<std::pair<std::string, Array>> members;
};

// ---- Helpers ----------------------------------------------------------------------------------------
inline Value MakeList(std::vector<Value> items) { return Make<ListObject>(std::move(items)); }
inline Value MakeTuple(std::vector<Value> items) { return Make<TupleObject>(std::move(items)); }
// The items of a list or tuple, or null.
inline const std::vector<Value>* SequenceItems(const Value& value) {
  if (auto* list = value.As<ListObject>()) return &list->items;
  if (auto* tuple = value.As<TupleObject>()) return &tuple->items;
  return nullptr;
}
// The instance behind a value: of a script's class or an exception; null for anything else.
inline InstanceObject* AsInstance(const Value& value) {
  if (value.IsObject(ObjectKind::kInstance) || value.IsObject(ObjectKind::kException)) {
    return value.Get<InstanceObject>();
  }
  return nullptr;
}

}  // namespace lathe::script
