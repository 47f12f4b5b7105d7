// Native operations: doing them, and keeping what they give alive.
#include "src/script/loop_recorder/native_site.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

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

}  // namespace

Value Perform(Vm& vm, const NativeOperation& operation, std::span<const Value> operands) {
  using Kind = NativeOperation::Kind;
  switch (operation.kind) {
    case Kind::kBinary:
      return BinaryOperation(vm, operation.operation, operands[0], operands[1]);
    case Kind::kCompare:
      return Compare(vm, operation.operation, operands[0], operands[1]);
    case Kind::kGetItem:
      return GetItem(vm, operands[0], operands[1]);
    case Kind::kSetItem:
      return SetItem(vm, operands[0], operands[1], operands[2]) ? Value::None() : Value::Error();
    case Kind::kCall: {
      auto* names = operation.names.As<TupleObject>();
      return vm.Call(operation.function, operands,
                     names ? std::span<const Value>(names->items) : std::span<const Value>());
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
    case Kind::kListAppend:
      operands[0].Get<ListObject>()->items.push_back(operands[1]);
      return Value::None();
  }
  return Value::Error();
}

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
      Abstract object;
      switch (value.object()->kind()) {
        case ObjectKind::kList:
          object.kind = AbstractKind::kList;
          break;
        case ObjectKind::kString:
        case ObjectKind::kTuple:
        case ObjectKind::kDict:
        case ObjectKind::kSet:
          object.kind = AbstractKind::kObject;
          object.object_kind = value.object()->kind();
          break;
        default:
          break;
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
        expected_(std::move(expected)) {}

  int64_t Call(std::vector<uint64_t>& words) override {
    ValueMaker maker(vm_, words.data() + 1);
    std::vector<Value> values;
    values.reserve(operands_.size());
    for (const Abstract& operand : operands_) values.push_back(maker.Make(operand));
    const auto live = std::span(words).subspan(static_cast<size_t>(maker.next() - words.data()));
    const Vm::CodeForbidden forbidden(vm_);
    const Value replaced = ReplacedItem(values);
    const Value result = Force(Perform(vm_, operation_, values));
    if (replaced.IsObject()) Keep(replaced, live);
    if (result.IsError()) {
      vm_.TakePending();
      return 0;
    }
    if (!SameType(NativeResultOf(result), expected_)) return 0;
    Give(result, words, live);
    return 1;
  }

 private:
  // The item of a list that is about to be overwritten: the loop may have read it, and holds no reference.
  Value ReplacedItem(const std::vector<Value>& values) const {
    if (operation_.kind != NativeOperation::Kind::kSetItem) return Value();
    auto* list = values[0].As<ListObject>();
    int64_t k = 0;
    if (!list || !AsInteger(values[1], &k)) return Value();
    const auto size = static_cast<int64_t>(list->items.size());
    if (k < 0) k += size;
    return k >= 0 && k < size ? list->items[static_cast<size_t>(k)] : Value();
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
      default:
        words[0] = reinterpret_cast<uint64_t>(result.object());
        Keep(result, live);
    }
  }

  // What the loop does not hold any more goes when much has come together.
  void Keep(const Value& result, std::span<const uint64_t> live) {
    if (kept_.size() >= most_) {
      std::erase_if(kept_, [&](const Value& value) {
        return std::find(live.begin(), live.end(), reinterpret_cast<uint64_t>(value.object())) == live.end();
      });
      most_ = std::max<size_t>(64, 2 * kept_.size());
    }
    kept_.push_back(result);
  }

  Vm& vm_;
  const NativeOperation operation_;
  const std::vector<Abstract> operands_;
  const Abstract expected_;
  std::vector<Value> kept_;
  size_t most_ = 64;
};

}  // namespace

std::shared_ptr<LoopSite> MakeNativeSite(Vm& vm, NativeOperation operation, std::vector<Abstract> operands,
                                         Abstract expected) {
  return std::make_shared<NativeSite>(vm, std::move(operation), std::move(operands), std::move(expected));
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
  const std::pair<std::string_view, const ClassObject*> classes[] = {{"list", vm.classes().list.get()},
                                                                     {"dict", vm.classes().dict.get()},
                                                                     {"set", vm.classes().set.get()},
                                                                     {"str", vm.classes().string.get()}};
  for (const Row& row : kRows) {
    const Ref<StringObject> name = vm.Intern(row.name);
    const Value* function = nullptr;
    for (const auto& [owner, type] : classes) {
      if (owner == row.owner) function = type->Find(name.get());
    }
    if (row.owner.empty()) function = vm.builtins().Find(name.get());
    if (row.owner == "math") function = vm.FindModule("math")->variables.Find(name.get());
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
