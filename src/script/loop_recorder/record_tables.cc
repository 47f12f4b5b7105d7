// Dicts and sets: searched and changed by object functions (object_functions.h). A search gives the address
// of the key's value, which is then read and written like any value in memory: `d[k] += 1` searches once.
#include <algorithm>

#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {

// ---- Object functions -------------------------------------------------------------------------------
// Whether a value can be given as two words.
bool LoopRecorder::HasWords(const Abstract& a) {
  switch (a.kind) {
    case AbstractKind::kBool:
    case AbstractKind::kInt:
    case AbstractKind::kFloat:
    case AbstractKind::kList:
      return true;
    case AbstractKind::kScalar:
      return a.dtype == DType::kInt64;
    case AbstractKind::kObject:
      return a.object_kind != ObjectKind::kArray;
    case AbstractKind::kConstant:
      return a.constant.IsNone() || (a.constant.IsObject() && !a.constant.IsObject(ObjectKind::kArray));
    case AbstractKind::kTuple: {
      const std::vector<Abstract>& items = a.parts->items;
      return (items.size() == 2 || items.size() == 3) && std::all_of(items.begin(), items.end(), HasWords);
    }
    default:
      return false;
  }
}

// A tuple of two or three values that have words.
Node LoopRecorder::MakeTupleOf(std::span<const Abstract> items) {
  ValueWords words[3];
  for (size_t k = 0; k < items.size(); ++k) WordsOf(items[k], &words[k]);
  const Node tuple =
      items.size() == 2
          ? CallObject(ObjectFunction::kMakePair,
                       {words[0].head, words[0].payload, words[1].head, words[1].payload})
          : CallObject(ObjectFunction::kMakeTriple, {words[0].head, words[0].payload, words[1].head,
                                                     words[1].payload, words[2].head, words[2].payload});
  Guard(Compare(Op::kNotEqual, tuple, Int(0)), true, ExitReason::kUnsupported);
  return tuple;
}

// The words of a value; false if it has none.
bool LoopRecorder::WordsOf(const Abstract& a, ValueWords* words) {
  if (!HasWords(a)) return false;
  const auto give = [&](Tag tag, Node payload, DType dtype = DType::kBool) {
    *words = {Int(HeadOf(tag, dtype)), payload};
    return true;
  };
  switch (a.kind) {
    case AbstractKind::kBool:
      return give(Tag::kBool, Cast(a.ref, DType::kInt64));
    case AbstractKind::kInt:
      return give(Tag::kInt, a.ref);
    case AbstractKind::kScalar:
      return give(Tag::kScalar, a.ref, a.dtype);
    case AbstractKind::kFloat: {
      // Through a word of memory.
      const Node word = AddressOf(graph_.AddWord().get());
      Emit(Op::kWrite, DType::kFloat64, {word, a.ref}, kSiteMemory);
      return give(Tag::kFloat, Emit(Op::kRead, DType::kInt64, {word}, kSiteMemory));
    }
    case AbstractKind::kList:
    case AbstractKind::kObject:
      return give(Tag::kObject, a.ref);
    case AbstractKind::kTuple:
      return give(Tag::kObject, MakeTupleOf(a.parts->items));
    default:
      if (a.constant.IsNone()) return give(Tag::kNone, Int(0));
      graph_.Keep(a.constant);
      return give(Tag::kObject, AddressOf(a.constant.object()));
  }
}

Node LoopRecorder::CallObject(ObjectFunction function, std::span<const Node> arguments) {
  std::vector<Node> operands = {AddressOf(&RecordOf(function))};
  operands.insert(operands.end(), arguments.begin(), arguments.end());
  return graph_.EmitList(CallOf(function), DType::kInt64, operands);
}

Node LoopRecorder::CallObject(ObjectFunction function, std::initializer_list<Node> arguments) {
  return CallObject(function, std::span(arguments.begin(), arguments.size()));
}

// Calls what changes something, or nothing if it fails.
bool LoopRecorder::Change(ObjectFunction function, std::initializer_list<Node> arguments) {
  return Guard(Compare(Op::kNotEqual, CallObject(function, arguments), Int(0)), true,
               ExitReason::kUnsupported);
}

// ---- Keys -------------------------------------------------------------------------------------------
namespace {

HashTable* TableIn(const Value& value) {
  if (auto* dict = value.As<DictObject>()) return &dict->table;
  auto* set = value.As<SetObject>();
  return set ? &set->table : nullptr;
}

}  // namespace

// The address of the table of a dict or set.
Node LoopRecorder::TableOf(const Abstract& x, const Value& actual) {
  if (x.Is(AbstractKind::kConstant)) {
    graph_.Keep(actual);
    return AddressOf(TableIn(actual));
  }
  return Emit(Op::kAddress, DType::kInt64, {x.ref, Int(TableOffset()), Int(1)});
}

// What has been found for this very key on the way here; kNoRef if nothing has.
Node LoopRecorder::KnownPlace(const Abstract& table, const Abstract& key) const {
  for (const FoundKey& found : found_keys_) {
    if (found.segment == graph_.current() && SameValue(found.table, table) && SameValue(found.key, key))
      return found.place;
  }
  return kNoRef;
}

// Searches for a key: *place is the address of its value, kKeyMissing or, before a guard says otherwise,
// kKeyUnknown; *now the value now, or null. *done is false if no function takes such a key.
bool LoopRecorder::FindKey(const Abstract& x, const Abstract& key, const Value& ax, const Value& akey,
                           Node* place, const Value** now, bool* done) {
  *done = false;
  HashTable* const table = TableIn(ax);
  if (!table) return true;
  {
    const Vm::CodeForbidden forbidden(vm_);
    uint64_t hash;
    *now = Hash(vm_, akey, &hash) ? table->Find(vm_, akey, hash) : nullptr;
    if (vm_.failed()) {
      vm_.TakePending();
      return true;
    }
  }
  *place = KnownPlace(x, key);
  *done = *place != kNoRef;
  if (*done) return true;
  const Node address = TableOf(x, ax);
  const Node vm = AddressOf(&vm_);
  ValueWords words, second;
  const bool text = akey.As<StringObject>() != nullptr;
  if (key.IsIntegral()) {
    *place = CallObject(ObjectFunction::kFindInt, {vm, address, AsInt(key)});
  } else if (!HasWords(key)) {
    return true;
  } else if (key.Is(AbstractKind::kTuple) && key.parts->items.size() == 2) {
    const std::vector<Abstract>& items = key.parts->items;
    WordsOf(items[0], &words);
    WordsOf(items[1], &second);
    *place = CallObject(ObjectFunction::kFindPair,
                        {vm, address, words.head, words.payload, second.head, second.payload});
  } else if (text) {
    WordsOf(key, &words);
    *place = CallObject(ObjectFunction::kFindText, {vm, address, words.payload});
  } else {
    WordsOf(key, &words);
    *place = CallObject(ObjectFunction::kFindValue, {vm, address, words.head, words.payload});
  }
  *done = true;
  found_keys_.push_back({graph_.current(), x, key, *place});
  return true;
}

// That the key is there, or is not, as it is now.
bool LoopRecorder::GuardKey(Node place, bool there) {
  const Node condition =
      there ? Compare(Op::kGreater, place, Int(kKeyUnknown)) : Compare(Op::kEqual, place, Int(kKeyMissing));
  return Guard(condition, true, ExitReason::kKey);
}

// ---- Operations -------------------------------------------------------------------------------------
// x[key]; *done is false if x is no dict, or another way has to be found.
bool LoopRecorder::GetKey(const Abstract& x, const Abstract& key, const Value& ax, const Value& akey,
                          Abstract* result, bool* done) {
  *done = false;
  if (!ax.As<DictObject>()) return true;
  Node place;
  const Value* now;
  if (!FindKey(x, key, ax, akey, &place, &now, done) || !*done) return !aborted();
  *done = now && !now->IsObject(ObjectKind::kArray);
  if (!*done) return true;
  return GuardKey(place, true) && ReadValue(PlaceAt(place), kObjectValueMemory, *now, result);
}

// x.get(key[, fallback])
bool LoopRecorder::GetKeyOr(std::span<const Abstract> arguments, std::span<const Value> actual,
                            Abstract* result, bool* done) {
  *done = false;
  if (arguments.size() < 2 || arguments.size() > 3 || !actual[0].As<DictObject>()) return true;
  Node place;
  const Value* now;
  if (!FindKey(arguments[0], arguments[1], actual[0], actual[1], &place, &now, done) || !*done)
    return !aborted();
  *done = !now || !now->IsObject(ObjectKind::kArray);
  if (!*done) return true;
  if (!GuardKey(place, now != nullptr)) return false;
  if (now) return ReadValue(PlaceAt(place), kObjectValueMemory, *now, result);
  *result = arguments.size() == 3 ? arguments[2] : Abstract::Constant(Value::None());
  return true;
}

// key in x
bool LoopRecorder::HasKey(const Abstract& x, const Abstract& key, const Value& ax, const Value& akey,
                          Node* result, bool* done) {
  Node place;
  const Value* now;
  if (!FindKey(x, key, ax, akey, &place, &now, done) || !*done) return !aborted();
  if (!Guard(Compare(Op::kNotEqual, place, Int(kKeyUnknown)), true, ExitReason::kKey)) return false;
  *result = Compare(Op::kNotEqual, place, Int(kKeyMissing));
  return true;
}

// x[key] = value, or x.add(key) with the value None.
bool LoopRecorder::SetKey(const Abstract& x, const Abstract& key, const Abstract& value, const Value& ax,
                          bool* done) {
  *done = false;
  HashTable* const table = TableIn(ax);
  if (!table) return true;
  if (!HasWords(key) || !HasWords(value)) return true;
  *done = true;
  const Node address = TableOf(x, ax);
  ValueWords key_words, value_words;
  WordsOf(key, &key_words);
  WordsOf(value, &value_words);
  found_keys_.clear();
  return Change(ObjectFunction::kSetKey, {AddressOf(&vm_), address, key_words.head, key_words.payload,
                                          value_words.head, value_words.payload});
}

// x[key] = value where the key has just been found: in place.
bool LoopRecorder::StoreFound(const Abstract& x, const Abstract& key, const Abstract& value, const Value& ax,
                              const Value& akey, bool* done) {
  *done = false;
  if (!ax.As<DictObject>() || value.IsArrayLike()) return true;
  if (KnownPlace(x, key) == kNoRef) return true;
  Node place;
  const Value* now;
  if (!FindKey(x, key, ax, akey, &place, &now, done) || !*done) return !aborted();
  *done = now && !now->IsObject(ObjectKind::kArray);
  if (!*done) return true;
  if (value.IsNumber() && !now->IsObject()) {
    return GuardKey(place, true) && StoreValue(PlaceAt(place), value, now);
  }
  ValueWords words;
  *done = WordsOf(value, &words);
  return !*done ||
         (GuardKey(place, true) && Change(ObjectFunction::kStoreValue, {place, words.head, words.payload}));
}

// A method of a dict or set that the table of intrinsics has.
bool LoopRecorder::CallTableMethod(IntrinsicKind kind, std::span<const Abstract> arguments,
                                   std::span<const Value> actual, Abstract* result, bool* done) {
  *done = false;
  if (kind == IntrinsicKind::kDictGet) return GetKeyOr(arguments, actual, result, done);
  if (kind != IntrinsicKind::kSetAdd || arguments.size() != 2 || !actual[0].As<SetObject>()) return true;
  *result = Abstract::Constant(Value::None());
  return SetKey(arguments[0], arguments[1], *result, actual[0], done);
}

// ---- Comprehensions ---------------------------------------------------------------------------------
// Adds the top operands, `count` of them, to the container `below` the top.
bool LoopRecorder::Grow(NativeOperation::Kind kind, size_t below, size_t count) {
  NativeOperation operation;
  operation.kind = kind;
  std::vector<Abstract> operands = {Operand(below)};
  std::vector<Value> actual = {Actual(below)};
  for (size_t k = count; k-- > 0;) {
    operands.push_back(Operand(k));
    actual.push_back(Actual(k));
  }
  Abstract none;
  bool done = false;
  if (kind == NativeOperation::Kind::kListAppend &&
      !AppendToList(operands[0], operands[1], actual[0], &none, &done)) {
    return false;
  }
  const bool key = kind == NativeOperation::Kind::kSetAdd || kind == NativeOperation::Kind::kDictSet;
  if (key) {
    const Abstract value = count == 2 ? operands[2] : Abstract::Constant(Value::None());
    if (!SetKey(operands[0], operands[1], value, actual[0], &done)) return false;
  }
  if (!done && !NativeCall(operation, std::move(operands), actual, true, &none)) return false;
  Drop(count);
  return true;
}

}  // namespace lathe::script
