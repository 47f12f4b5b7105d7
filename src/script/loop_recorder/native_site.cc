// Native operations: doing them, and keeping what they give alive.
#include "src/script/loop_recorder/native_site.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include "src/array/array_body.h"
#include "src/array/thread_recorder.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/deferred_release.h"
#include "src/script/iteration.h"
#include "src/script/loop_recorder/entry.h"
#include "src/script/loop_recorder/restore.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

Value FormatOne(Vm& vm, char conversion, std::span<const Value> operands) {
  std::string text;
  Value value = operands[0];
  if (conversion != 0) {
    const bool done = conversion == 'r' ? Repr(vm, value, &text) : ToText(vm, value, &text);
    if (!done) return Value::Error();
    value = Str(std::move(text));
  }
  const std::string_view format =
      operands.size() > 1 ? std::string_view(operands[1].Get<StringObject>()->text()) : "";
  std::string result;
  if (!Format(vm, value, format, &result)) return Value::Error();
  return Str(std::move(result));
}

Value MakeSetOf(Vm& vm, std::span<const Value> items) {
  Ref<SetObject> set = Make<SetObject>();
  for (const Value& item : items) {
    uint64_t hash;
    if (!Hash(vm, item, &hash) || !set->table.Set(vm, item, hash, Value::None())) return Value::Error();
  }
  return set;
}

Value MakeDictOf(Vm& vm, std::span<const Value> pairs) {
  Ref<DictObject> dict = Make<DictObject>();
  for (size_t k = 0; k < pairs.size(); k += 2) {
    if (!DictSet(vm, *dict, pairs[k], pairs[k + 1])) return Value::Error();
  }
  return dict;
}

// Adds the items to a list or set: all, or none if that fails.
Value AddAll(Vm& vm, const Value& container, std::span<const Value> items) {
  if (auto* list = container.As<ListObject>()) {
    list->items.insert(list->items.end(), items.begin(), items.end());
    return Value::None();
  }
  std::vector<uint64_t> hashes(items.size());
  for (size_t k = 0; k < items.size(); ++k) {
    if (!Hash(vm, items[k], &hashes[k])) return Value::Error();
  }
  HashTable& table = container.Get<SetObject>()->table;
  for (size_t k = 0; k < items.size(); ++k) {
    if (!table.Set(vm, items[k], hashes[k], Value::None())) return Value::Error();
  }
  return Value::None();
}

Value AddItemsOf(Vm& vm, const Value& container, const Value& iterable) {
  std::vector<Value> items;
  return CollectItems(vm, iterable, &items) ? AddAll(vm, container, items) : Value::Error();
}

// The items of a value, in the order of the variables that they are for.
Value UnpackedItems(Vm& vm, const Value& x, const UnpackCounts& counts) {
  std::vector<Value> items;
  if (!CollectItems(vm, x, &items)) return Value::Error();
  const size_t fixed = counts.before + counts.after;
  if (counts.starred ? items.size() < fixed : items.size() != fixed)
    return vm.ThrowValue("another number of values");
  if (counts.starred) {
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(counts.before);
    const auto end = items.end() - static_cast<std::ptrdiff_t>(counts.after);
    Value middle = MakeList({begin, end});
    items.insert(items.erase(begin, end), std::move(middle));
  }
  return MakeTuple(std::move(items));
}

// The values of keywords, if they are these and no others.
Value KeywordValues(Vm& vm, const Value& dict, const Value& names) {
  const std::vector<Value>& keys = names.Get<TupleObject>()->items;
  std::vector<Value> values;
  for (const HashTable::Entry& entry : dict.Get<DictObject>()->table.entries()) {
    if (entry.key.IsUndefined()) continue;
    auto* key = entry.key.As<StringObject>();
    const bool same =
        key && values.size() < keys.size() && key->text() == keys[values.size()].Get<StringObject>()->text();
    if (!same) return vm.ThrowValue("other keywords");
    values.push_back(entry.value);
  }
  if (values.size() != keys.size()) return vm.ThrowValue("other keywords");
  return MakeTuple(std::move(values));
}

// All items of one dict go to the other, or none.
Value MergeDicts(Vm& vm, const Value& into, const Value& from, bool keywords) {
  auto* source = from.As<DictObject>();
  if (!source) return vm.ThrowValue("no dict");
  const auto is_name = [](const HashTable::Entry& entry) { return entry.key.As<StringObject>() != nullptr; };
  if (keywords && !source->table.VisitEntries(is_name)) return vm.ThrowValue("no keywords");
  return into.Get<DictObject>()->table.SetAll(vm, source->table) ? Value::None() : Value::Error();
}

// Whether a function is given one argument for each of its parameters, absent ones too.
bool IsGivenAll(const Signature& signature) { return !signature.rest && !signature.keywords; }

bool TakesAsTheyAre(const NativeObject& native, size_t count) {
  const Signature& signature = *native.signature;
  return count == signature.names.size() && IsGivenAll(signature);
}

// How many absent arguments follow those of a call by position.
size_t AbsentArguments(const NativeOperation& operation, size_t count) {
  auto* native = operation.function.As<NativeObject>();
  if (operation.kind != NativeOperation::Kind::kCall || !native || !operation.names.IsUndefined()) return 0;
  const Signature& signature = *native->signature;
  const bool fits = count >= signature.required && count <= signature.positional && IsGivenAll(signature);
  return fits ? signature.names.size() - count : 0;
}

}  // namespace

Value Perform(Vm& vm, const NativeOperation& operation, std::span<const Value> operands) {
  using Kind = NativeOperation::Kind;
  switch (operation.kind) {
    case Kind::kUnary:
      return UnaryOperation(vm, operation.operation, operands[0]);
    case Kind::kBinary:
      return BinaryOperation(vm, operation.operation, operands[0], operands[1]);
    case Kind::kInPlace: {
      const Value result = BinaryOperation(vm, operation.operation, operands[0], operands[1], true);
      return result.IsError() ? result : Value::None();
    }
    case Kind::kCompare:
      return Compare(vm, operation.operation, operands[0], operands[1]);
    case Kind::kGetItem:
      return GetItem(vm, operands[0], operands[1]);
    case Kind::kSetItem:
      return SetItem(vm, operands[0], operands[1], operands[2]) ? Value::None() : Value::Error();
    case Kind::kDeleteItem:
      return DeleteItem(vm, operands[0], operands[1]) ? Value::None() : Value::Error();
    case Kind::kCall: {
      auto* native = operation.function.As<NativeObject>();
      if (native && operation.names.IsUndefined() && TakesAsTheyAre(*native, operands.size())) {
        const Value result = native->function(vm, Arguments{operands, {}});
        return operation.detail == 1 && !result.IsError() ? Value::None() : result;
      }
      auto* names = operation.names.As<TupleObject>();
      const Value result = vm.Call(operation.function, operands,
                                   names ? std::span<const Value>(names->items) : std::span<const Value>());
      return operation.detail == 1 && !result.IsError() ? Value::None() : result;
    }
    case Kind::kFormat:
      return FormatOne(vm, static_cast<char>(operation.detail), operands);
    case Kind::kJoin: {
      std::string text;
      for (const Value& part : operands) text += part.Get<StringObject>()->text();
      return Str(std::move(text));
    }
    case Kind::kTruth: {
      const int truth = Truth(vm, operands[0]);
      return truth < 0 ? Value::Error() : Value::Bool(truth == 1);
    }
    case Kind::kIn: {
      const int found = Contains(vm, operands[1], operands[0]);
      return found < 0 ? Value::Error() : Value::Bool((found == 1) != (operation.detail == 1));
    }
    case Kind::kMakeList:
      return MakeList({operands.begin(), operands.end()});
    case Kind::kMakeSet:
      return MakeSetOf(vm, operands);
    case Kind::kMakeDict:
      return MakeDictOf(vm, operands);
    case Kind::kListAppend:
    case Kind::kSetAdd:
      return AddAll(vm, operands[0], operands.subspan(1));
    case Kind::kUnpack:
      return UnpackedItems(vm, operands[0], UnpackCounts::Of(operation.detail));
    case Kind::kKeywordValues:
      return KeywordValues(vm, operands[0], operation.names);
    case Kind::kDictMerge:
      return MergeDicts(vm, operands[0], operands[1], operation.detail == 1);
    case Kind::kListExtend:
    case Kind::kSetUpdate:
      return AddItemsOf(vm, operands[0], operands[1]);
    case Kind::kListToTuple:
      return MakeTuple(operands[0].Get<ListObject>()->items);
    case Kind::kDictSet:
      return DictSet(vm, *operands[0].Get<DictObject>(), operands[1], operands[2]) ? Value::None()
                                                                                   : Value::Error();
    case Kind::kAttribute:
      return GetAttribute(vm, operands[0], Ref<StringObject>(operation.function.Get<StringObject>()));
    case Kind::kSetAttribute: {
      const Ref<StringObject> name(operation.function.Get<StringObject>());
      return SetAttribute(vm, operands[0], name, operands[1]) ? Value::None() : Value::Error();
    }
    case Kind::kIterator:
      return GetIterator(vm, operands[0]);
    case Kind::kNext:
      return NextOf(vm, operands[0]);
    case Kind::kUnbox:
      return operands[0];
  }
  return Value::Error();
}

namespace {

class NativeSite final : public LoopSite {
 public:
  NativeSite(Vm& vm, NativeOperation operation, std::vector<Abstract> operands, Abstract expected)
      : vm_(vm),
        operation_(std::move(operation)),
        operands_(std::move(operands)),
        expected_(std::move(expected)),
        absent_(AbsentArguments(operation_, operands_.size())),
        has_arrays_(std::any_of(operands_.begin(), operands_.end(), MayBeArray)),
        borrows_(std::all_of(operands_.begin(), operands_.end(), CanBorrow)) {
    if (!borrows_) return;
    for (const Abstract& operand : operands_) {
      const auto place = static_cast<uint32_t>(borrowed_.size());
      if (!operand.Is(AbstractKind::kConstant)) words_.push_back({place, operand.Is(AbstractKind::kBoxed)});
      borrowed_.push_back(Template(operand));
    }
    borrowed_.resize(borrowed_.size() + absent_);
  }

  size_t result_words() const override {
    return expected_.Is(AbstractKind::kArray) ? 1 + expected_.parts->refs.size() : 1;
  }
  // Deletes arrays that have been put aside: their memory is not hoarded.
  bool asks_for_objects() const override {
    return has_arrays_ || !borrows_ || operation_.boxed || expected_.Is(AbstractKind::kArray) ||
           expected_.Is(AbstractKind::kList) || expected_.Is(AbstractKind::kObject);
  }
  const Value* box() const { return &box_; }

  int64_t Call(std::vector<uint64_t>& words) override {
    if (borrows_) return CallBorrowing(words);
    ValueMaker maker(vm_, words.data() + result_words());
    std::vector<Value> values = std::move(values_);
    for (const Abstract& operand : operands_) values.push_back(maker.Make(operand));
    values.resize(values.size() + absent_);
    Sweep(words, maker.next());
    const int64_t done = CallWith(values, words);
    values.clear();
    values_ = std::move(values);
    return done;
  }

 private:
  // Whether the value of the operand is one word beside what is known of it.
  static bool CanBorrow(const Abstract& a) {
    switch (a.kind) {
      case AbstractKind::kConstant:
      case AbstractKind::kBool:
      case AbstractKind::kInt:
      case AbstractKind::kFloat:
      case AbstractKind::kList:
      case AbstractKind::kObject:
      case AbstractKind::kBoxed:
        return true;
      case AbstractKind::kScalar:
        return ItemSize(a.dtype) == 8;
      default:
        return false;
    }
  }
  // What is known of the value.
  static BorrowedValue Template(const Abstract& a) {
    switch (a.kind) {
      case AbstractKind::kConstant:
        return BorrowedValue(a.constant);
      case AbstractKind::kBool:
        return {Tag::kBool, DType::kBool, 0};
      case AbstractKind::kInt:
        return {Tag::kInt, DType::kBool, 0};
      case AbstractKind::kFloat:
        return {Tag::kFloat, DType::kBool, 0};
      case AbstractKind::kScalar:
        return {Tag::kScalar, a.dtype, 0};
      default:
        return {Tag::kObject, DType::kBool, 0};
    }
  }

  int64_t CallBorrowing(std::vector<uint64_t>& words) {
    const uint64_t* word = words.data() + result_words();
    for (const WordOfOperand& operand : words_) {
      if (operand.boxed) {
        borrowed_[operand.place] = BorrowedValue(*reinterpret_cast<const Value*>(*word++));
      } else {
        borrowed_[operand.place].SetPayload(*word++);
      }
    }
    // The operands may be of this instruction, and held by nothing but the call.
    if (asks_for_objects()) Sweep(words, words.data() + result_words());
    if (borrowed_.empty()) return CallWith({}, words);
    return CallWith({&*borrowed_[0], borrowed_.size()}, words);
  }

  static void Sweep(const std::vector<uint64_t>& words, const uint64_t* live) {
    if (DeferredReleases* releases = DeferredReleases::Current()) {
      releases->Sweep(std::span(words).subspan(static_cast<size_t>(live - words.data())));
    }
  }

  int64_t CallWith(std::span<const Value> values, std::vector<uint64_t>& words) {
    if (!has_arrays_) return Take(PerformEagerly(vm_, operation_, values), words);
    const std::vector<HeldArray> held = HoldArrays(values);
    return Take(PerformEagerly(vm_, operation_, values), words);
  }

  // What the operation has given becomes words.
  int64_t Take(Value result, std::vector<uint64_t>& words) {
    if (result.IsError()) {
      vm_.TakePending();
      return 0;
    }
    if (operation_.boxed) {
      // At the end of an iteration there is no value.
      words[0] = result.IsUndefined() ? 0 : 1;
      box_ = std::move(result);
      return 1;
    }
    if (!IsExpected(result)) return 0;
    Give(result, words);
    return 1;
  }

  // Whether it is of the type that was recorded.
  bool IsExpected(const Value& result) const {
    switch (expected_.kind) {
      case AbstractKind::kBool:
        return result.IsBool();
      case AbstractKind::kInt:
        return result.IsInt();
      case AbstractKind::kFloat:
        return result.IsFloat();
      case AbstractKind::kScalar:
        return result.IsScalar() && result.scalar().dtype == expected_.dtype;
      case AbstractKind::kConstant:
        return result.Is(expected_.constant);
      case AbstractKind::kList:
        return result.As<ListObject>() != nullptr;
      case AbstractKind::kObject:
        return result.IsObject() && result.object()->kind() == expected_.object_kind;
      default:
        return SameType(NativeResultOf(result), expected_);
    }
  }

  // What operations may do to an array that nobody else holds, they must not do here, as the loop does: take
  // the array over, or give it new memory when all of it is assigned.
  struct HeldArray {
    Value object;
    StorageRef memory;
  };
  static bool MayBeArray(const Abstract& a) {
    return a.Is(AbstractKind::kArray) || a.Is(AbstractKind::kBoxed) ||
           a.constant.IsObject(ObjectKind::kArray);
  }
  static std::vector<HeldArray> HoldArrays(std::span<const Value> values) {
    std::vector<HeldArray> held;
    for (const Value& value : values) {
      if (auto* array = AsArray(value)) held.push_back({value, array->array.body()->storage});
    }
    return held;
  }

  void Give(const Value& result, std::vector<uint64_t>& words) {
    switch (expected_.kind) {
      case AbstractKind::kBool:
        words[0] = result.boolean() ? 1 : 0;
        break;
      case AbstractKind::kInt:
        words[0] = static_cast<uint64_t>(result.integer());
        break;
      case AbstractKind::kFloat:
        words[0] = std::bit_cast<uint64_t>(result.number());
        break;
      case AbstractKind::kScalar:
        words[0] = result.scalar().bits;
        break;
      case AbstractKind::kConstant:
        break;
      case AbstractKind::kArray:
        GiveArray(AsArray(result)->array, words);
        [[fallthrough]];
      default:
        words[0] = reinterpret_cast<uint64_t>(result.object());
    }
  }

  static void GiveArray(const Array& array, std::vector<uint64_t>& words) {
    uint64_t* word = words.data() + 1;
    *word++ = reinterpret_cast<uint64_t>(array.body()->data);
    for (const int64_t extent : array.shape()) *word++ = static_cast<uint64_t>(extent);
    for (const int64_t stride : array.strides()) *word++ = static_cast<uint64_t>(stride);
  }

  Vm& vm_;
  const NativeOperation operation_;
  const std::vector<Abstract> operands_;
  const Abstract expected_;
  const size_t absent_;  // arguments that a native function is not given
  const bool has_arrays_;
  const bool borrows_;  // all operands
  // An operand that is a word of the call.
  struct WordOfOperand {
    uint32_t place;
    bool boxed;  // the word is the address of the value
  };
  std::vector<WordOfOperand> words_;     // if all are borrowed
  std::vector<BorrowedValue> borrowed_;  // the operands, if it does
  std::vector<Value> values_;            // if not: their memory, empty between calls
  Value box_;
};

}  // namespace

Value PerformEagerly(Vm& vm, const NativeOperation& operation, std::span<const Value> operands) {
  const Vm::CodeForbidden forbidden(vm);
  return vm.Guard([&] {
    Value result = Perform(vm, operation, operands);
    if (vm.failed()) return Value::Error();
    if (result.IsObject(ObjectKind::kArray)) {
      result = Force(result);
      if (auto* array = AsProperArray(result)) EvalFor(array->array, EndReason::kNative);
    }
    if (!ThreadRecorder::Get().empty()) ThreadRecorder::Get().Flush(EndReason::kNative);
    return result;
  });
}

std::shared_ptr<LoopSite> MakeNativeSite(Vm& vm, NativeOperation operation, std::vector<Abstract> operands,
                                         Abstract expected, const Value** box) {
  auto site =
      std::make_shared<NativeSite>(vm, std::move(operation), std::move(operands), std::move(expected));
  if (box) *box = site->box();
  return site;
}

}  // namespace lathe::script
