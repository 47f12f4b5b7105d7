// Operations on objects as functions of words, and the records by which traces call them.
#include "src/script/loop_recorder/object_functions.h"

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "src/array/thread_recorder.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"
#include "src/script/vm.h"

namespace lathe::script {
namespace object_functions {
namespace {

template <class T>
T& At(int64_t address) {
  return *reinterpret_cast<T*>(address);
}

BorrowedValue Borrow(int64_t head, int64_t payload) {
  return {static_cast<Tag>(head & 0xff), static_cast<DType>(head >> 8), static_cast<uint64_t>(payload)};
}

// The result of a search, during which keys were compared that are not plainly the same.
int64_t Found(Vm& vm, const Value* value) {
  if (vm.failed()) {
    vm.TakePending();
    return kKeyUnknown;
  }
  return value ? reinterpret_cast<int64_t>(value) : kKeyMissing;
}

// Whether the keys are equal, by no code of the script; if some would be needed there is an exception then.
bool KeysEqual(Vm& vm, const Value& a, const Value& b) {
  const Vm::CodeForbidden forbidden(vm);
  return !vm.failed() && vm.KeysEqual(a, b);
}

// Does what may lack the memory for it.
template <class Change>
int64_t Try(const Change& change) noexcept {
  try {
    return change() ? 1 : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  } catch (const std::length_error&) {
    return 0;
  }
}

// Gives the address of an object that is made, 0 if there is no memory. Nobody refers to it but the trace.
template <class Maker>
int64_t TryToGive(const Maker& make) noexcept {
  int64_t address = 0;
  Try([&] {
    const Value made = make();
    address = reinterpret_cast<int64_t>(made.object());
    return true;
  });
  return address;
}

// ---- Tables: the VM, the table, the key -------------------------------------------------------------
int64_t FindInt(int64_t vm, int64_t table, int64_t key) noexcept {
  bool compared = false;
  const Value* value = At<HashTable>(table).FindWhere(static_cast<uint64_t>(key), [&](const Value& other) {
    if (other.IsInt()) return other.integer() == key;
    compared = true;
    return KeysEqual(At<Vm>(vm), other, Value::Int(key));
  });
  return compared ? Found(At<Vm>(vm), value) : reinterpret_cast<int64_t>(value);
}

int64_t FindText(int64_t vm, int64_t table, int64_t key) noexcept {
  const auto& text = At<StringObject>(key);
  bool compared = false;
  const Value* value = At<HashTable>(table).FindWhere(text.hash(), [&](const Value& other) {
    if (other.IsObject() && other.object() == &text) return true;
    if (const auto* string = other.As<StringObject>()) {
      return string->text() == text.text() && string->bytes() == text.bytes();
    }
    compared = true;
    const BorrowedValue wanted = Borrow(HeadOf(Tag::kObject), key);
    return KeysEqual(At<Vm>(vm), other, *wanted);
  });
  return compared ? Found(At<Vm>(vm), value) : reinterpret_cast<int64_t>(value);
}

int64_t FindValue(int64_t vm, int64_t table, int64_t head, int64_t payload) noexcept {
  const BorrowedValue key = Borrow(head, payload);
  const Vm::CodeForbidden forbidden(At<Vm>(vm));
  uint64_t hash;
  const Value* value = nullptr;
  if (Hash(At<Vm>(vm), *key, &hash)) value = At<HashTable>(table).Find(At<Vm>(vm), *key, hash);
  return Found(At<Vm>(vm), value);
}

// A key that is a tuple of two.
int64_t FindPair(int64_t vm, int64_t table, int64_t head, int64_t payload, int64_t second_head,
                 int64_t second_payload) noexcept {
  const std::array items = {Borrow(head, payload), Borrow(second_head, second_payload)};
  uint64_t hashes[2];
  {
    const Vm::CodeForbidden forbidden(At<Vm>(vm));
    for (size_t k = 0; k < 2; ++k) {
      if (!Hash(At<Vm>(vm), *items[k], &hashes[k])) return Found(At<Vm>(vm), nullptr);
    }
  }
  bool compared = false;
  const auto same = [&](const Value& other, const Value& item) {
    if (other.Is(item) && !other.IsFloat()) return true;
    if (other.IsInt() && item.IsInt()) return false;
    compared = true;
    return KeysEqual(At<Vm>(vm), other, item);
  };
  const Value* value = At<HashTable>(table).FindWhere(HashOfItems(hashes), [&](const Value& other) {
    if (const auto* tuple = other.As<TupleObject>()) {
      return tuple->items.size() == 2 && same(tuple->items[0], *items[0]) && same(tuple->items[1], *items[1]);
    }
    if (!AsInstance(other)) return false;
    compared = true;
    return KeysEqual(At<Vm>(vm), other, MakeTuple({*items[0], *items[1]}));
  });
  return compared ? Found(At<Vm>(vm), value) : reinterpret_cast<int64_t>(value);
}

int64_t TableSize(int64_t table) noexcept { return static_cast<int64_t>(At<HashTable>(table).size()); }

int64_t SetKey(int64_t vm, int64_t table, int64_t head, int64_t payload, int64_t value_head,
               int64_t value_payload) noexcept {
  const BorrowedValue key = Borrow(head, payload), value = Borrow(value_head, value_payload);
  const Vm::CodeForbidden forbidden(At<Vm>(vm));
  return Try([&] {
    uint64_t hash;
    if (Hash(At<Vm>(vm), *key, &hash) && At<HashTable>(table).Set(At<Vm>(vm), *key, hash, *value))
      return true;
    At<Vm>(vm).TakePending();
    return false;
  });
}

// ---- Places of values, and lists --------------------------------------------------------------------
int64_t StoreValue(int64_t place, int64_t head, int64_t payload) noexcept {
  At<Value>(place) = *Borrow(head, payload);
  return 1;
}

int64_t AppendItem(int64_t list, int64_t head, int64_t payload) noexcept {
  return Try([&] {
    At<ListObject>(list).Append(*Borrow(head, payload));
    return true;
  });
}

// The last item, which is there.
int64_t DropItem(int64_t list) noexcept {
  At<ListObject>(list).items.pop_back();
  return 1;
}

// Of an index that is there.
int64_t EraseItem(int64_t list, int64_t index) noexcept {
  std::vector<Value>& items = At<ListObject>(list).items;
  const Value item = std::move(items[static_cast<size_t>(index)]);
  items.erase(items.begin() + index);
  return 1;
}

// ---- Lists as a whole -------------------------------------------------------------------------------
// With places for so many items, None as yet.
int64_t NewList(int64_t count) noexcept {
  return TryToGive([&] { return MakeList(std::vector<Value>(static_cast<size_t>(count), Value::None())); });
}

int64_t ListSlice(int64_t list, int64_t start, int64_t stop, int64_t step) noexcept {
  const std::vector<Value>& items = At<ListObject>(list).items;
  const SliceRange range = RangeOfSlice(start, stop, step, static_cast<int64_t>(items.size()));
  return TryToGive([&] { return MakeList(TakeSlice(items, range)); });
}

// The items of another list in the place of a slice, if they fit there.
int64_t StoreSlice(int64_t list, int64_t start, int64_t stop, int64_t step, int64_t from) noexcept {
  std::vector<Value>& items = At<ListObject>(list).items;
  const SliceRange range = RangeOfSlice(start, stop, step, static_cast<int64_t>(items.size()));
  return Try([&] {
    if (list != from) return ReplaceSlice(items, range, At<ListObject>(from).items);
    return ReplaceSlice(items, range, std::vector<Value>(items));
  });
}

int64_t JoinLists(int64_t x, int64_t y) noexcept {
  const std::vector<Value>&a = At<ListObject>(x).items, &b = At<ListObject>(y).items;
  return TryToGive([&] {
    std::vector<Value> items;
    items.reserve(a.size() + b.size());
    items.insert(items.end(), a.begin(), a.end());
    items.insert(items.end(), b.begin(), b.end());
    return MakeList(std::move(items));
  });
}

int64_t RepeatList(int64_t list, int64_t count) noexcept {
  const std::vector<Value>& items = At<ListObject>(list).items;
  return TryToGive([&] {
    const auto times = static_cast<size_t>(std::max<int64_t>(count, 0));
    std::vector<Value> repeated;
    if (times > 0 && items.size() > repeated.max_size() / times) throw std::bad_alloc();
    repeated.reserve(items.size() * times);
    for (size_t k = 0; k < times; ++k) repeated.insert(repeated.end(), items.begin(), items.end());
    return MakeList(std::move(repeated));
  });
}

int64_t ExtendList(int64_t list, int64_t by) noexcept {
  std::vector<Value>& items = At<ListObject>(list).items;
  return Try([&] {
    const std::vector<Value>& more = At<ListObject>(by).items;  // perhaps the same
    const size_t count = more.size(), size = items.size() + count;
    if (size > items.capacity()) items.reserve(std::max(size, 2 * items.size()));
    for (size_t k = 0; k < count; ++k) items.push_back(more[k]);
    return true;
  });
}

// ---- Objects that are made --------------------------------------------------------------------------
int64_t MakePair(int64_t head, int64_t payload, int64_t second_head, int64_t second_payload) noexcept {
  return TryToGive([&] { return MakeTuple({*Borrow(head, payload), *Borrow(second_head, second_payload)}); });
}

int64_t MakeTriple(int64_t head, int64_t payload, int64_t second_head, int64_t second_payload,
                   int64_t third_head, int64_t third_payload) noexcept {
  return TryToGive([&] {
    return MakeTuple(
        {*Borrow(head, payload), *Borrow(second_head, second_payload), *Borrow(third_head, third_payload)});
  });
}

int64_t NewInstance(int64_t type) noexcept {
  return TryToGive([&]() -> Value { return Make<InstanceObject>(Ref<ClassObject>(&At<ClassObject>(type))); });
}

// Of an instance whose class has no property of that name.
int64_t SetAttribute(int64_t instance, int64_t name, int64_t head, int64_t payload) noexcept {
  return Try([&] {
    At<InstanceObject>(instance).Set(Ref<StringObject>(&At<StringObject>(name)), *Borrow(head, payload));
    return true;
  });
}

// x op y: 0 or 1; kNotCompared if that is no bool, fails or runs code of the script.
int64_t CompareValues(int64_t vm, int64_t op, int64_t head, int64_t payload, int64_t second_head,
                      int64_t second_payload) noexcept {
  const BorrowedValue x = Borrow(head, payload), y = Borrow(second_head, second_payload);
  const Vm::CodeForbidden forbidden(At<Vm>(vm));
  int64_t result = kNotCompared;
  Try([&] {
    const Value compared = At<Vm>(vm).Guard([&] {
      Value truth = Compare(At<Vm>(vm), static_cast<Bytecode>(op), *x, *y);
      // Arrays may have been among the items.
      if (!ThreadRecorder::Get().empty()) ThreadRecorder::Get().Flush(EndReason::kNative);
      return truth;
    });
    if (At<Vm>(vm).failed()) {
      At<Vm>(vm).TakePending();
    } else if (compared.IsBool()) {
      result = compared.boolean() ? 1 : 0;
    }
    return true;
  });
  return result;
}

// ---- Strings ----------------------------------------------------------------------------------------
int64_t TextLength(int64_t text) noexcept { return At<StringObject>(text).length(); }

int64_t EqualTexts(int64_t x, int64_t y) noexcept {
  const auto &a = At<StringObject>(x), &b = At<StringObject>(y);
  return a.text() == b.text() && a.bytes() == b.bytes() ? 1 : 0;
}

// Their order: -1, 0 or 1; 2 if they have none.
int64_t CompareTexts(int64_t x, int64_t y) noexcept {
  const auto &a = At<StringObject>(x), &b = At<StringObject>(y);
  if (a.bytes() != b.bytes()) return kTextsUnlike;
  const int order = a.text().compare(b.text());
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int64_t HasText(int64_t text, int64_t part) noexcept {
  return At<StringObject>(text).text().find(At<StringObject>(part).text()) != std::string::npos ? 1 : 0;
}

int64_t TextItem(int64_t vm, int64_t text, int64_t index) noexcept {
  const auto& string = At<StringObject>(text);
  const int64_t length = string.length();
  if (index < 0) index += length;
  if (index < 0 || index >= length || !string.ascii() || string.bytes()) return 0;
  return TryToGive([&] {
    return At<Vm>(vm).Character(std::string_view(string.text()).substr(static_cast<size_t>(index), 1));
  });
}

// With a step of one.
int64_t TextSlice(int64_t vm, int64_t text, int64_t start, int64_t stop) noexcept {
  const auto& string = At<StringObject>(text);
  if (!string.ascii() || string.bytes()) return 0;
  const SliceRange range = RangeOfSlice(start, stop, 1, string.length());
  return TryToGive([&] { return TextPart(At<Vm>(vm), string, range.start, range.count); });
}

template <class... Parts>
int64_t Join(const Parts&... parts) noexcept {
  if ((parts.bytes() || ...)) return 0;
  return TryToGive([&] {
    std::string text;
    text.reserve((parts.text().size() + ...));
    (text.append(parts.text()), ...);
    return Str(std::move(text));
  });
}

int64_t JoinTexts(int64_t x, int64_t y) noexcept { return Join(At<StringObject>(x), At<StringObject>(y)); }
int64_t JoinThree(int64_t x, int64_t y, int64_t z) noexcept {
  return Join(At<StringObject>(x), At<StringObject>(y), At<StringObject>(z));
}
int64_t JoinFour(int64_t x, int64_t y, int64_t z, int64_t u) noexcept {
  return Join(At<StringObject>(x), At<StringObject>(y), At<StringObject>(z), At<StringObject>(u));
}
int64_t JoinFive(int64_t x, int64_t y, int64_t z, int64_t u, int64_t v) noexcept {
  return Join(At<StringObject>(x), At<StringObject>(y), At<StringObject>(z), At<StringObject>(u),
              At<StringObject>(v));
}
int64_t JoinSix(int64_t x, int64_t y, int64_t z, int64_t u, int64_t v, int64_t w) noexcept {
  return Join(At<StringObject>(x), At<StringObject>(y), At<StringObject>(z), At<StringObject>(u),
              At<StringObject>(v), At<StringObject>(w));
}

// The string that `write` makes of nothing; 0 if it fails.
template <class Write>
int64_t WriteText(Vm& vm, const Write& write) noexcept {
  std::string text;
  const bool done = Try([&] { return write(&text); }) == 1;
  if (!done) vm.TakePending();
  return done ? TryToGive([&] { return Str(std::move(text)); }) : 0;
}

// str(x) of a number, None or a string.
int64_t TextOfValue(int64_t vm, int64_t head, int64_t payload) noexcept {
  const BorrowedValue x = Borrow(head, payload);
  if (x->As<StringObject>()) return x->Get<StringObject>()->bytes() ? 0 : payload;
  return WriteText(At<Vm>(vm), [&](std::string* text) { return ToText(At<Vm>(vm), *x, text); });
}

// format(x, specification) of a number, None or a string.
int64_t FormatValue(int64_t vm, int64_t specification, int64_t head, int64_t payload) noexcept {
  const BorrowedValue x = Borrow(head, payload);
  const std::string& wanted = At<StringObject>(specification).text();
  return WriteText(At<Vm>(vm), [&](std::string* text) { return Format(At<Vm>(vm), *x, wanted, text); });
}

// x += y. `alone`: nobody in the trace has x otherwise; if nobody else has either, it is changed in place.
int64_t AppendText(int64_t x, int64_t y, int64_t alone) noexcept {
  auto& a = At<StringObject>(x);
  const auto& b = At<StringObject>(y);
  if (alone == 0 || x == y || a.references() > 0 || a.bytes() || b.bytes()) return JoinTexts(x, y);
  return Try([&] {
           a.Append(b.text());
           return true;
         }) == 1
             ? x
             : 0;
}

// ---- Iterators: what comes next, without going on ---------------------------------------------------
int64_t PeekText(int64_t vm, int64_t iterator) noexcept {
  const auto& any = At<IteratorObject>(iterator);
  if (any.iterator_kind != IteratorObject::Kind::kText) return kOtherIterator;
  const auto& characters = static_cast<const TextIterator&>(any);
  if (characters.text->bytes()) return kOtherIterator;
  if (characters.position >= characters.text->text().size()) return 0;
  const int64_t character = TryToGive([&] { return characters.Peek(At<Vm>(vm)); });
  return character == 0 ? kOtherIterator : character;
}

int64_t SkipText(int64_t iterator) noexcept {
  static_cast<TextIterator&>(At<IteratorObject>(iterator)).Skip();
  return 1;
}

int64_t PeekEntry(int64_t iterator, int64_t part) noexcept {
  auto& any = At<IteratorObject>(iterator);
  if (any.iterator_kind != IteratorObject::Kind::kTable) return kOtherIterator;
  auto& entries = static_cast<TableIterator&>(any);
  if (static_cast<int64_t>(entries.part) != part || entries.table->version() != entries.version)
    return kOtherIterator;
  return reinterpret_cast<int64_t>(entries.Peek());
}

// ---- Records ----------------------------------------------------------------------------------------
enum class Kind : uint8_t { kAsks, kChanges };

template <auto kFunction, class Type>
struct Function;
template <auto kFunction, class... Arguments>
struct Function<kFunction, int64_t (*)(Arguments...) noexcept> {
  static void Lanes(const ForeignFunction&, void* out, const void* const* inputs, int64_t n) {
    LanesOf(out, inputs, n, std::index_sequence_for<Arguments...>());
  }
  template <size_t... k>
  static void LanesOf(void* out, const void* const* inputs, int64_t n, std::index_sequence<k...>) {
    for (int64_t lane = 0; lane < n; ++lane) {
      static_cast<int64_t*>(out)[lane] = kFunction(static_cast<const Arguments*>(inputs[k])[lane]...);
    }
  }
  static ForeignFunction Record() {
    ForeignFunction record;
    record.address = reinterpret_cast<const void*>(kFunction);
    record.lanes = &Lanes;
    record.result = DType::kInt64;
    record.arguments = {DTypeOf<Arguments>::kValue...};
    record.arity = static_cast<int8_t>(sizeof...(Arguments));
    return record;
  }
};

struct Row {
  Kind kind;
  ForeignFunction record;
};

const Row& RowOf(ObjectFunction function) {
  static const Row rows[] = {
#define OBJECT_FUNCTION(NAME, KIND) {Kind::k##KIND, Function<&(NAME), decltype(&(NAME))>::Record()},
#include "src/script/loop_recorder/object_functions.def"
#undef OBJECT_FUNCTION
  };
  return rows[static_cast<size_t>(function)];
}

}  // namespace
}  // namespace object_functions

Op CallOf(ObjectFunction function) {
  return object_functions::RowOf(function).kind == object_functions::Kind::kAsks ? Op::kAsk
                                                                                 : Op::kCallForeign;
}

const ForeignFunction& RecordOf(ObjectFunction function) { return object_functions::RowOf(function).record; }

int64_t TableOffset() {
  static const DictObject dict;
  static const SetObject set;
  const auto offset = [](const Object& object, const HashTable& table) {
    return reinterpret_cast<const char*>(&table) - reinterpret_cast<const char*>(&object);
  };
  return offset(dict, dict.table) == offset(set, set.table) ? offset(dict, dict.table) : -1;
}

}  // namespace lathe::script
