// Instances of the script's classes: attributes read and written in memory, methods found and followed into,
// new instances.
//
// The attributes of an instance are a vector of names and values (AttributeList). A trace takes it that the
// one it wants is where it was while recording, and guards that; so it does for what a class says, by the
// number that every change of a class counts up.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {
namespace {

using Attribute = std::pair<Ref<StringObject>, Value>;
static_assert(sizeof(Attribute) == sizeof(void*) + sizeof(Value));
static_assert(sizeof(Ref<ClassObject>) == sizeof(void*));
static_assert(sizeof(std::vector<Attribute>) == 3 * sizeof(void*));

// More names than these are not compared one by one to see that a method is not among them.
constexpr size_t kMostNames = 32;

int64_t OffsetIn(const InstanceObject& probe, const void* member) {
  return static_cast<const char*>(member) - reinterpret_cast<const char*>(static_cast<const Object*>(&probe));
}
const InstanceObject& Probe() {
  static const InstanceObject probe{Ref<ClassObject>()};
  return probe;
}
int64_t TypeOffset() { return OffsetIn(Probe(), &Probe().type); }
int64_t AttributesOffset() { return OffsetIn(Probe(), &Probe().attributes.items); }

}  // namespace

Node LoopRecorder::WordAt(Node object, int64_t offset) {
  const Node place = Emit(Op::kAddress, DType::kInt64, {object, Int(offset), Int(1)});
  return Emit(Op::kRead, DType::kInt64, {place}, kObjectHeaderMemory);
}

bool LoopRecorder::GuardWord(Node word, const void* expected) {
  return Guard(Compare(Op::kEqual, word, AddressOf(expected)), true, ExitReason::kType);
}

// That the class is the one it is now, and that no class has changed.
bool LoopRecorder::GuardClass(Node instance, const InstanceObject& actual) {
  graph_.Keep(Value(actual.type));
  return GuardWord(WordAt(instance, TypeOffset()), actual.type.get()) && GuardClassChanges();
}

// That attribute `k` is there and is the one it is now; *at: its value.
bool LoopRecorder::GuardAttribute(Node instance, const InstanceObject& actual, size_t k, ValuePlace* at) {
  const Node begin = WordAt(instance, AttributesOffset());
  const Node end = WordAt(instance, AttributesOffset() + 8);
  const auto offset = static_cast<int64_t>(k * sizeof(Attribute));
  const Node bytes = Emit(Op::kSub, DType::kInt64, {end, begin});
  if (!Guard(Compare(Op::kGreater, bytes, Int(offset)), true, ExitReason::kType)) return false;
  const Ref<StringObject>& name = actual.attributes.items[k].first;
  graph_.Keep(Value(name));
  if (!GuardWord(WordAt(begin, offset), name.get())) return false;
  *at = PlaceAt(begin, offset + static_cast<int64_t>(sizeof(void*)));
  return true;
}

// The attribute of that name that the instance itself holds, in memory. *done is false if there is none, or
// if its class has a property of that name, which comes first.
bool LoopRecorder::FindAttribute(const Abstract& x, const Value& actual, const StringObject* name,
                                 const Value** now, ValuePlace* at, bool* done) {
  *done = false;
  if (!x.Is(AbstractKind::kObject) || !actual.IsObject(ObjectKind::kInstance)) return true;
  const auto& instance = *actual.Get<InstanceObject>();
  const std::vector<Attribute>& items = instance.attributes.items;
  const auto place =
      std::find_if(items.begin(), items.end(), [&](const Attribute& a) { return a.first.get() == name; });
  const Value* in_class = instance.type->has_properties ? instance.type->Find(name) : nullptr;
  if (place == items.end() || (in_class && in_class->IsObject(ObjectKind::kProperty))) return true;
  *now = &place->second;
  if ((*now)->IsObject(ObjectKind::kArray)) return true;
  *done = true;
  return GuardClass(x.ref, instance) &&
         GuardAttribute(x.ref, instance, static_cast<size_t>(place - items.begin()), at);
}

bool LoopRecorder::ReadAttribute(const Abstract& x, const Value& actual, const StringObject* name,
                                 Abstract* value, bool* done) {
  const Value* now = nullptr;
  ValuePlace at;
  if (!FindAttribute(x, actual, name, &now, &at, done)) return false;
  return *done ? ReadValue(at, kObjectValueMemory, *now, value) : ReadFromClass(x, actual, name, value, done);
}

// A number or string of its class, where the instance has nothing of that name; *done is false for all else.
bool LoopRecorder::ReadFromClass(const Abstract& x, const Value& actual, const StringObject* name,
                                 Abstract* value, bool* done) {
  if (!x.Is(AbstractKind::kObject) || !actual.IsObject(ObjectKind::kInstance)) return true;
  auto& instance = *actual.Get<InstanceObject>();
  const Value* in_class = instance.type->Find(name);
  const bool plain = in_class && (in_class->IsIntegral() || in_class->IsFloat() || in_class->IsNone() ||
                                  in_class->As<StringObject>());
  if (!plain || instance.attributes.Find(name)) return true;
  *done = true;
  *value = FromConstant(*in_class);
  return GuardNames(x.ref, instance);
}

// Objects have to be counted: that is left to a call.
bool LoopRecorder::WriteAttribute(const Abstract& x, const Value& actual, const StringObject* name,
                                  const Abstract& value, bool* done) {
  *done = false;
  if (!actual.IsObject(ObjectKind::kInstance)) return true;
  const Value* now = actual.Get<InstanceObject>()->attributes.Find(name);
  if (!now) return AddAttribute(x, actual, name, value, done);
  const bool in_place = value.IsNumber() && !now->IsObject();
  if (!in_place && !HasWords(value)) return true;
  ValuePlace at;
  if (!FindAttribute(x, actual, name, &now, &at, done) || !*done) return !aborted();
  if (in_place) return StoreValue(at, value, now);
  ValueWords words;
  WordsOf(value, &words);
  return Change(ObjectFunction::kStoreValue, {at(0), words.head, words.payload});
}

// One that the instance does not have yet.
bool LoopRecorder::AddAttribute(const Abstract& x, const Value& actual, const StringObject* name,
                                const Abstract& value, bool* done) {
  const auto& instance = *actual.Get<InstanceObject>();
  const Value* in_class = instance.type->Find(name);
  ValueWords words;
  *done = x.Is(AbstractKind::kObject) && HasWords(value) &&
          !(in_class && in_class->IsObject(ObjectKind::kProperty));
  if (!*done) return true;
  if (!GuardClass(x.ref, instance)) return false;
  WordsOf(value, &words);
  graph_.Keep(Value(Ref<StringObject>(const_cast<StringObject*>(name))));
  return Change(ObjectFunction::kSetAttribute, {x.ref, AddressOf(name), words.head, words.payload});
}

// A method of a class of the script: what makes it the one that is meant is guarded, and then it is followed.
bool LoopRecorder::InstanceMethod(const Ref<StringObject>& name) {
  const Value actual = Actual(0);
  const Abstract self = Operand(0);
  const auto& instance = *actual.Get<InstanceObject>();
  const Value* method = instance.type->Find(name.get());
  const auto push = [&](Abstract function, Abstract argument) {
    Drop(1);
    Push(std::move(function));
    Push(std::move(argument));
    return !aborted();
  };
  const bool own = std::any_of(instance.attributes.items.begin(), instance.attributes.items.end(),
                               [&](const Attribute& a) { return a.first == name; });
  if (own) {
    // A function that the instance itself holds is called without it.
    Abstract function;
    bool done;
    if (!ReadAttribute(self, actual, name.get(), &function, &done)) return false;
    if (done) return push(Abstract::Constant(Value()), std::move(function));
  }
  const auto* property = method ? method->As<PropertyObject>() : nullptr;
  const bool bound = property && property->role != PropertyObject::Role::kProperty;
  if (own || !method || !(bound || method->IsObject(ObjectKind::kFunction)) ||
      !self.Is(AbstractKind::kObject))
    return Abort(absl::StrCat("the attribute ", name->text(), " of an instance"));
  if (!GuardNames(self.ref, instance)) return false;
  if (!bound) {
    graph_.Keep(*method);
    return push(Abstract::Constant(*method), self);
  }
  // A static method, or a class method with the class.
  const Value function = GetAttribute(vm_, actual, name);
  graph_.Keep(function);
  return push(Abstract::Constant(Value()), Abstract::Constant(function));
}

// That the class of an instance is the one it is now, and so are the names of its own attributes.
bool LoopRecorder::GuardNames(Node address, const InstanceObject& instance) {
  const std::vector<Attribute>& items = instance.attributes.items;
  if (items.size() > kMostNames) return Abort("a method of an instance with many attributes");
  if (!GuardClass(address, instance)) return false;
  const Node begin = WordAt(address, AttributesOffset());
  const Node bytes = Emit(Op::kSub, DType::kInt64, {WordAt(address, AttributesOffset() + 8), begin});
  const auto size = static_cast<int64_t>(items.size() * sizeof(Attribute));
  if (!Guard(Compare(Op::kEqual, bytes, Int(size)), true, ExitReason::kType)) return false;
  for (size_t k = 0; k < items.size(); ++k) {
    graph_.Keep(Value(items[k].first));
    if (!GuardWord(WordAt(begin, static_cast<int64_t>(k * sizeof(Attribute))), items[k].first.get()))
      return false;
  }
  return true;
}

// A call of a class of the script: a new instance, given to the __init__ that was found for it.
bool LoopRecorder::Construct(const ClassObject& type, CallArguments arguments) {
  const Value* init = type.Find(vm_.names().init.get());
  const auto* function = init ? init->As<FunctionObject>() : nullptr;
  const bool derived = std::any_of(type.order.begin(), type.order.end(), [](const ClassObject* ancestor) {
    return static_cast<bool>(ancestor->construct);
  });
  if (!function && derived) return Abort(absl::StrCat("a call of ", type.name, "()"));
  if (!function && !arguments.values.empty()) return Abort("too many arguments");
  graph_.Keep(Value(Ref<ClassObject>(const_cast<ClassObject*>(&type))));
  Abstract instance;
  instance.kind = AbstractKind::kObject;
  instance.object_kind = ObjectKind::kInstance;
  if (!GuardClassChanges()) return false;
  instance.ref = CallObject(ObjectFunction::kNewInstance, {AddressOf(&type)});
  if (!Guard(Compare(Op::kNotEqual, instance.ref, Int(0)), true, ExitReason::kUnsupported)) return false;
  if (!function) return Replace(arguments.consumed, std::move(instance));
  graph_.Keep(*init);
  arguments.values.insert(arguments.values.begin(), instance);
  arguments.actual.insert(arguments.actual.begin(), Value());
  return CallFunction(CalleeOf(*function), arguments, &instance);
}

}  // namespace lathe::script
