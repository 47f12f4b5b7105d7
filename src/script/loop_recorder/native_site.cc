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

Value ItemOf(Vm& vm, const NativeOperation& operation, const Value& sequence) {
  const std::vector<Value>* items = nullptr;
  if (auto* list = sequence.As<ListObject>()) items = &list->items;
  if (auto* tuple = sequence.As<TupleObject>()) items = &tuple->items;
  if (!items || items->size() != static_cast<size_t>(operation.count))
    return vm.ThrowValue("another sequence");
  return (*items)[static_cast<size_t>(operation.detail)];
}

Value MakeSetOf(Vm& vm, std::span<const Value> items) {
  Ref<SetObject> set = Make<SetObject>();
  for (const Value& item : items) {
    uint64_t hash;
    if (!Hash(vm, item, &hash)) return Value::Error();
    set->table.Set(vm, item, hash, Value::None());
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
  for (size_t k = 0; k < items.size(); ++k) table.Set(vm, items[k], hashes[k], Value::None());
  return Value::None();
}

Value AddItemsOf(Vm& vm, const Value& container, const Value& iterable) {
  std::vector<Value> items;
  return CollectItems(vm, iterable, &items) ? AddAll(vm, container, items) : Value::Error();
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
    case Kind::kItem:
      return ItemOf(vm, operation, operands[0]);
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
    case Kind::kMethod: {
      auto* instance = AsInstance(operands[0]);
      StringObject* name = operation.function.Get<StringObject>();
      if (!instance || instance->attributes.Find(name)) return vm.ThrowValue("another attribute");
      const Value* method = instance->type->Find(name);
      return method ? *method : vm.ThrowValue("another class");
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

Abstract ArrayResult(const Array& array) {
  Abstract result;
  result.kind = AbstractKind::kArray;
  result.dtype = array.dtype();
  auto parts = std::make_shared<AbstractParts>();
  parts->rank = array.rank();
  parts->writable = array.writable();
  parts->strides = KnownStrides(array);
  parts->refs.assign(1 + 2 * static_cast<size_t>(array.rank()), kNoRef);
  result.parts = std::move(parts);
  return result;
}

}  // namespace

Abstract NativeResultOf(const Value& value) {
  switch (value.tag()) {
    case Tag::kNone:
      return Abstract::Constant(value);
    case Tag::kBool:
      return Abstract::Bool(kNoRef);
    case Tag::kInt:
      return Abstract::Int(kNoRef);
    case Tag::kFloat:
      return Abstract::Float(kNoRef);
    case Tag::kScalar:
      return Abstract::ScalarOf(value.scalar().dtype, kNoRef);
    case Tag::kObject: {
      if (auto* array = AsProperArray(value)) return ArrayResult(array->array);
      Abstract object;
      if (value.As<ListObject>()) {
        object.kind = AbstractKind::kList;
      } else {
        object.kind = AbstractKind::kObject;
        object.object_kind = value.object()->kind();
      }
      return object;
    }
    default:
      return Abstract();
  }
}

namespace {

class NativeSite final : public LoopSite {
 public:
  NativeSite(Vm& vm, NativeOperation operation, std::vector<Abstract> operands, Abstract expected)
      : vm_(vm),
        operation_(std::move(operation)),
        operands_(std::move(operands)),
        expected_(std::move(expected)),
        removes_(IsRemoval(operation_)) {}

  size_t result_words() const override {
    return expected_.Is(AbstractKind::kArray) ? 1 + expected_.parts->refs.size() : 1;
  }
  const Value* box() const { return &box_; }

  int64_t Call(std::vector<uint64_t>& words) override {
    ValueMaker maker(vm_, words.data() + result_words());
    std::vector<Value> values = std::move(values_);
    for (const Abstract& operand : operands_) values.push_back(maker.Make(operand));
    const auto live = std::span(words).subspan(static_cast<size_t>(maker.next() - words.data()));
    const std::vector<Value> removed = RemovedItems(values);
    const std::vector<StorageRef> held = HoldMemory(values);
    Value result = PerformEagerly(vm_, operation_, values);
    for (const Value& item : removed) Keep(item, live);
    values.clear();
    values_ = std::move(values);
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
    Give(result, words, live);
    return 1;
  }

 private:
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

  // An array whose memory nobody else holds is given new memory when all of it is assigned; the loop knows
  // where the old one is.
  static std::vector<StorageRef> HoldMemory(const std::vector<Value>& values) {
    std::vector<StorageRef> held;
    for (const Value& value : values) {
      if (auto* array = AsArray(value)) held.push_back(array->array.body()->storage);
    }
    return held;
  }

  // The lists that may go from a list that is changed: the loop may have read them, and holds no reference.
  std::vector<Value> RemovedItems(const std::vector<Value>& values) const {
    using Kind = NativeOperation::Kind;
    std::vector<Value> removed;
    auto* list = values.empty() ? nullptr : values[0].As<ListObject>();
    if (!list || !removes_) return removed;
    const auto size = static_cast<int64_t>(list->items.size());
    int64_t k = 0;
    if (operation_.kind != Kind::kCall && AsInteger(values[1], &k)) {
      if (k < 0) k += size;
      if (k >= 0 && k < size && list->items[static_cast<size_t>(k)].IsObject())
        removed.push_back(list->items[static_cast<size_t>(k)]);
      return removed;
    }
    for (const Value& item : list->items) {
      if (item.As<ListObject>()) removed.push_back(item);
    }
    return removed;
  }

  static bool IsRemoval(const NativeOperation& operation) {
    using Kind = NativeOperation::Kind;
    if (operation.kind == Kind::kSetItem || operation.kind == Kind::kDeleteItem) return true;
    auto* native = operation.function.As<NativeObject>();
    return operation.kind == Kind::kCall && native && (native->name == "remove" || native->name == "clear");
  }

  void Give(const Value& result, std::vector<uint64_t>& words, std::span<const uint64_t> live) {
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
        // The memory of arrays is not hoarded.
        most_ = 0;
        [[fallthrough]];
      default:
        words[0] = reinterpret_cast<uint64_t>(result.object());
        Keep(result, live);
    }
  }

  static void GiveArray(const Array& array, std::vector<uint64_t>& words) {
    uint64_t* word = words.data() + 1;
    *word++ = reinterpret_cast<uint64_t>(array.body()->data);
    for (const int64_t extent : array.shape()) *word++ = static_cast<uint64_t>(extent);
    for (const int64_t stride : array.strides()) *word++ = static_cast<uint64_t>(stride);
  }

  // What the loop does not hold any more goes when much has come together.
  void Keep(const Value& result, std::span<const uint64_t> live) {
    if (kept_.size() >= most_) {
      std::erase_if(kept_, [&](const Value& value) {
        return std::find(live.begin(), live.end(), reinterpret_cast<uint64_t>(value.object())) == live.end();
      });
      most_ = std::max<size_t>(kMostKept, 2 * kept_.size());
    }
    kept_.push_back(result);
  }

  static constexpr size_t kMostKept = 64;
  Vm& vm_;
  const NativeOperation operation_;
  const std::vector<Abstract> operands_;
  const Abstract expected_;
  const bool removes_;         // it may take items from a list
  std::vector<Value> values_;  // the operands' memory, empty between calls
  std::vector<Value> kept_;
  size_t most_ = kMostKept;
  Value box_;
};

}  // namespace

Value PerformEagerly(Vm& vm, const NativeOperation& operation, std::span<const Value> operands) {
  const Vm::CodeForbidden forbidden(vm);
  return vm.Guard([&] {
    Value result = Force(Perform(vm, operation, operands));
    if (auto* array = AsProperArray(result)) EvalFor(array->array, EndReason::kNative);
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

NativeFunctions::NativeFunctions(Vm& vm) {
  struct Row {
    std::string_view owner;
    const char* name;
    Effect effect;
  };
  static constexpr Row kRows[] = {
#define NATIVE(OWNER, NAME, EFFECT) {OWNER, NAME, Effect::k##EFFECT},
#include "src/script/loop_recorder/native_functions.def"
#undef NATIVE
  };
  const BuiltinClasses& c = vm.classes();
  const std::pair<std::string_view, const ClassObject*> classes[] = {
      {"list", c.list.get()},    {"tuple", c.tuple.get()},   {"dict", c.dict.get()},
      {"set", c.set.get()},      {"str", c.string.get()},    {"int", c.integer.get()},
      {"float", c.number.get()}, {"ndarray", c.array.get()}, {"Generator", c.random.get()}};
  for (const Row& row : kRows) {
    const Ref<StringObject> name = vm.Intern(row.name);
    const Value* function = nullptr;
    for (const auto& [owner, type] : classes) {
      if (owner == row.owner) function = type->Find(name.get());
    }
    if (row.owner.empty()) function = vm.builtins().Find(name.get());
    if (const Ref<ModuleObject> module = vm.FindModule(std::string(row.owner)))
      function = module->variables.Find(name.get());
    if (function && function->IsObject()) effects_.emplace_back(function->object(), row.effect);
  }
}

NativeFunctions::Effect NativeFunctions::EffectOf(const Object* function) const {
  for (const auto& [object, effect] : effects_) {
    if (object == function) return effect;
  }
  return Effect::kUnknown;
}

}  // namespace lathe::script
