// Operations on objects that the loop graph has no nodes for: they become calls of native sites.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/loop_recorder/native_site.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"

namespace lathe::script {
namespace {

// Whether a site can be given the value: an exit could restore it without changing anything.
bool CanPass(const Abstract& a) {
  switch (a.kind) {
    case AbstractKind::kConstant:
    case AbstractKind::kBool:
    case AbstractKind::kInt:
    case AbstractKind::kFloat:
    case AbstractKind::kScalar:
    case AbstractKind::kList:
    case AbstractKind::kObject:
    case AbstractKind::kBoxed:
    case AbstractKind::kArray:
    case AbstractKind::kPending:
      return true;
    case AbstractKind::kTuple:
    case AbstractKind::kSlice:
    case AbstractKind::kRange:
      return std::all_of(a.parts->items.begin(), a.parts->items.end(), CanPass);
    default:
      return false;
  }
}

// Whether operations on an instance may run code of the script.
bool HasSpecialMethods(const ClassObject& type) {
  for (const ClassObject* ancestor : type.order) {
    const Namespace& attributes = ancestor->attributes;
    for (size_t k = 0; k < attributes.names.size(); ++k) {
      const std::string& name = attributes.names[k]->text();
      if (name.starts_with("__") && name != "__init__" && attributes.values[k].As<FunctionObject>())
        return true;
    }
  }
  return false;
}

// Whether no operation on it runs code of the script. Its items are another matter: see Vm::CodeForbidden.
bool IsBuiltIn(const Value& value) {
  if (!value.IsObject()) return true;
  switch (value.object()->kind()) {
    case ObjectKind::kInstance:
      return !HasSpecialMethods(*value.Get<InstanceObject>()->type);
    case ObjectKind::kException:
      return false;
    case ObjectKind::kIterator:
      return !value.Get<IteratorObject>()->RunsCode();
    default:
      return true;
  }
}

// Whether its text is none that code of the script makes, as far as `depth` containers inside each other
// show.
constexpr int kDeepestText = 4;
bool HasPlainText(const Value& value, int depth) {
  if (!IsBuiltIn(value) || depth == 0) return false;
  const auto plain = [&](const Value& item) { return HasPlainText(item, depth - 1); };
  if (const std::vector<Value>* items = SequenceItems(value))
    return std::all_of(items->begin(), items->end(), plain);
  const HashTable* table = value.As<DictObject>()  ? &value.Get<DictObject>()->table
                           : value.As<SetObject>() ? &value.Get<SetObject>()->table
                                                   : nullptr;
  return !table ||
         std::all_of(table->entries().begin(), table->entries().end(),
                     [&](const HashTable::Entry& entry) { return plain(entry.key) && plain(entry.value); });
}

// Whether operand `k` of an operation that has an effect may run code of the script: that is known before it
// is tried, and it is not left half done. Some operations only look at their operands.
bool MayRunCode(NativeOperation::Kind kind, size_t k, const Value& actual) {
  using Kind = NativeOperation::Kind;
  const bool looks = kind == Kind::kSetAttribute || kind == Kind::kListAppend ||
                     ((kind == Kind::kSetItem || kind == Kind::kDictSet) && k == 2);
  return !looks && !IsBuiltIn(actual);
}

}  // namespace

// The memory that an array from a native operation lies in: the operands' or, from a container, any.
int LoopRecorder::MemoryOfResult(std::span<const Abstract> operands) {
  const int memory = graph_.memories().Add();
  const auto visit = [&](const auto& self, const Abstract& a) -> void {
    if (a.Is(AbstractKind::kArray)) graph_.memories().Merge(a.parts->memory, memory);
    if (a.Is(AbstractKind::kList) || a.Is(AbstractKind::kObject) || a.Is(AbstractKind::kBoxed))
      graph_.memories().MergeAll();
    if (!a.parts) return;
    for (const Abstract& item : a.parts->items) self(self, item);
  };
  for (const Abstract& operand : operands) visit(visit, operand);
  return memory;
}

// Records `operation`. `effect`: it changes something. `result` is what it gives now, and `given` the VM's
// value of it; of what has an effect, None, or what is boxed.
bool LoopRecorder::NativeCall(const NativeOperation& operation, std::vector<Abstract> operands,
                              std::span<const Value> actual, bool effect, Abstract* result, Value* given) {
  bool pending = effect;
  if (effect) found_keys_.clear();
  for (size_t k = 0; k < operands.size(); ++k) {
    if (!CanPass(operands[k]) || (effect && MayRunCode(operation.kind, k, actual[k]))) {
      return Abort(absl::StrCat("an operation on a ", Describe(operands[k])));
    }
    // Where it is the trace knows alone.
    const auto& iterators = graph_.known_iterators();
    if (operands[k].Is(AbstractKind::kConstant) && operands[k].constant.As<IteratorObject>() &&
        std::find(iterators.begin(), iterators.end(), operands[k].constant.object()) != iterators.end()) {
      return Abort("an iterator that several variables hold");
    }
    pending |= HasPending(operands[k]);
  }
  if (pending && !ComputePending(0, operands)) return false;
  *result = Abstract::Constant(Value::None());
  if (!effect) {
    vm_.SetObserver(nullptr);
    const Value now = PerformEagerly(vm_, operation, actual);
    vm_.SetObserver(this);
    if (now.IsError()) {
      vm_.TakePending();
      return Abort("an operation that fails");
    }
    *result = NativeResultOf(now);
    if (result->Is(AbstractKind::kUnloaded))
      return Abort("an operation that gives an object of another kind");
    if (given) *given = now;
  }
  std::vector<Node> words;
  for (const Abstract& operand : operands) ForEachRef(operand, [&](Node n, DType) { words.push_back(n); });
  const int memory = result->Is(AbstractKind::kArray)
                         ? (operation.fresh ? graph_.memories().Add() : MemoryOfResult(operands))
                         : -1;
  const Value* box = nullptr;
  const int32_t site = graph_.AddSite(MakeNativeSite(vm_, operation, std::move(operands), *result, &box));
  const int32_t exit = ExitHere(effect ? ExitReason::kUnsupported : ExitReason::kType);
  graph_.exits().back().is_one_way = effect;
  const Node done = graph_.EmitSiteCall(site, words, exit);
  const Node condition[] = {Compare(Op::kNotEqual, done, Int(0))};
  graph_.EmitList(Op::kGuard, DType::kBool, condition, 0, exit);
  if (operation.boxed) {
    result->kind = AbstractKind::kBoxed;
    result->constant = Value();
    result->ref = AddressOf(box);
    native_call_ = done;
    return true;
  }
  if (result->Is(AbstractKind::kConstant)) return true;
  const DType dtype = result->IsNumber() ? result->dtype : DType::kInt64;
  result->ref = graph_.EmitSiteWord(done, dtype);
  if (result->Is(AbstractKind::kArray)) TakeArray(done, memory, result);
  return true;
}

// The parts of an array that a site has given.
void LoopRecorder::TakeArray(Node call, int memory, Abstract* array) {
  auto parts = std::make_shared<AbstractParts>(*array->parts);
  parts->memory = memory;
  const size_t strides = 1 + static_cast<size_t>(parts->rank);
  for (size_t k = 0; k < parts->refs.size(); ++k) {
    const int64_t known = k < strides ? kUnknownStride : parts->strides[k - strides];
    parts->refs[k] = known != kUnknownStride
                         ? Int(known)
                         : graph_.EmitSiteWord(call, DType::kInt64, static_cast<int64_t>(1 + k));
  }
  array->parts = std::move(parts);
}

// ---- Boxed values -----------------------------------------------------------------------------------
// The top operand is boxed, and the VM has it: its type is guarded, behind the instruction that has given it.
bool LoopRecorder::Unbox() {
  const Abstract boxed = Operand(0);
  const Value actual = Actual(0);
  Abstract value;
  if (actual.IsObject(ObjectKind::kArray)) {
    NativeOperation operation;
    operation.kind = NativeOperation::Kind::kUnbox;
    if (!NativeCall(operation, {boxed}, std::span(&actual, 1), false, &value)) return false;
  } else {
    if (!ReadValue(PlaceAt(boxed.ref), kSiteMemory, actual, &value)) return false;
  }
  Operand(0) = std::move(value);
  snapshot_ = nullptr;
  return true;
}

// Where the parts of a Value are that lies `offset` bytes behind an address.
LoopRecorder::ValuePlace LoopRecorder::PlaceAt(Node address, int64_t offset) {
  return [this, address, offset](int64_t part) {
    return Emit(Op::kAddress, DType::kInt64, {address, Int(offset + part), Int(1)});
  };
}

// The value of a VM's Value in memory: its type is that of `actual`, which is no array, guarded.
bool LoopRecorder::ReadValue(const ValuePlace& at, uint64_t memory, const Value& actual, Abstract* result) {
  const auto read = [&](DType dtype, int64_t offset) { return Emit(Op::kRead, dtype, {at(offset)}, memory); };
  const auto is = [&](Node word, uint64_t expected) {
    return Guard(Compare(Op::kEqual, word, graph_.Constant(DType::kUInt8, expected)), true,
                 ExitReason::kType);
  };
  *result = Abstract();
  if (!is(read(DType::kUInt8, Value::kTagOffset), static_cast<uint64_t>(actual.tag()))) return false;
  switch (actual.tag()) {
    case Tag::kBool:
      *result = Abstract::Bool(Cast(read(DType::kInt64, Value::kPayloadOffset), DType::kBool));
      return true;
    case Tag::kInt:
      *result = Abstract::Int(read(DType::kInt64, Value::kPayloadOffset));
      return true;
    case Tag::kFloat:
      *result = Abstract::Float(read(DType::kFloat64, Value::kPayloadOffset));
      return true;
    case Tag::kScalar: {
      const DType dtype = actual.scalar().dtype;
      if (!is(read(DType::kUInt8, Value::kDTypeOffset), static_cast<uint64_t>(dtype))) return false;
      *result = Abstract::ScalarOf(dtype, read(dtype, Value::kPayloadOffset));
      return true;
    }
    case Tag::kNone:
      *result = Abstract::Constant(actual);
      return true;
    case Tag::kObject:
      return ObjectAt(read(DType::kInt64, Value::kPayloadOffset), actual.object()->kind(), result);
    default:
      return Abort("a value of no type");
  }
}

// An object of a kind, at an address.
bool LoopRecorder::ObjectAt(Node address, ObjectKind kind, Abstract* result) {
  const Node place = Emit(Op::kAddress, DType::kInt64, {address, Int(Object::KindOffset()), Int(1)});
  const Node now = Emit(Op::kRead, DType::kUInt8, {place}, kObjectHeaderMemory);
  const Node expected = graph_.Constant(DType::kUInt8, static_cast<uint64_t>(kind));
  if (!Guard(Compare(Op::kEqual, now, expected), true, ExitReason::kType)) return false;
  result->kind = kind == ObjectKind::kList ? AbstractKind::kList : AbstractKind::kObject;
  if (kind != ObjectKind::kList) result->object_kind = kind;
  result->ref = address;
  return true;
}

bool LoopRecorder::NativeBinary(NativeOperation::Kind kind, Bytecode op, const Abstract& x, const Abstract& y,
                                const Value& ax, const Value& ay, Abstract* result) {
  NativeOperation operation;
  operation.kind = kind;
  operation.operation = op;
  const Value actual[] = {ax, ay};
  return NativeCall(operation, {x, y}, actual, false, result);
}

// x op= y for an x that is changed and stays the same object.
bool LoopRecorder::NativeInPlace(Bytecode op) {
  const Abstract y = Operand(0), x = Operand(1);
  if (op == Bytecode::kAdd && x.Is(AbstractKind::kList) && y.Is(AbstractKind::kList)) {
    if (!Change(ObjectFunction::kExtendList, {x.ref, y.ref})) return false;
    Drop(1);
    return true;
  }
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kInPlace;
  operation.operation = op;
  const Value actual[] = {Actual(1), Actual(0)};
  Abstract none;
  if (!NativeCall(operation, {x, y}, actual, true, &none)) return false;
  Drop(1);
  return true;
}

// An operation on arrays that becomes no kernel.
bool LoopRecorder::ArrayCall(const RecordedOperation& recorded, std::vector<Abstract> operands,
                             std::span<const Value> actual, Abstract* result) {
  using Kind = NativeOperation::Kind;
  NativeOperation operation;
  operation.operation = recorded.operation;
  operation.function = recorded.function;
  operation.names = recorded.names;
  const bool compares =
      recorded.operation >= Bytecode::kLess && recorded.operation <= Bytecode::kGreaterEqual;
  operation.kind = !recorded.function.IsUndefined() ? Kind::kCall
                   : operands.size() == 1           ? Kind::kUnary
                   : compares                       ? Kind::kCompare
                                                    : Kind::kBinary;
  operation.fresh = recorded.function.IsUndefined();
  aborted_.text.clear();
  return NativeCall(operation, std::move(operands), actual, false, result);
}

bool LoopRecorder::NativeSetItem(const Abstract& x, const Abstract& index, const Abstract& value,
                                 const Value& ax, const Value& aindex, const Value& avalue) {
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kSetItem;
  const Value actual[] = {ax, aindex, avalue};
  Abstract none;
  return NativeCall(operation, {x, index, value}, actual, true, &none);
}

// Calls a native function that native_functions.def has; *done is false for others.
bool LoopRecorder::CallNativeFunction(const Value& callable, std::span<const Abstract> arguments,
                                      std::span<const Value> actual, std::span<const Value> names,
                                      Abstract* result, bool* done) {
  *done = false;
  if (!callable.IsObject()) return true;
  const NativeFunctions::Effect effect = host_.native_functions().EffectOf(callable.object());
  if (effect == NativeFunctions::Effect::kUnknown) return true;
  *done = true;
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kCall;
  operation.function = callable;
  if (!names.empty()) operation.names = MakeTuple(std::vector<Value>(names.begin(), names.end()));
  // What has no text that is sure is found out before anything is written, and left to the VM.
  auto* native = callable.As<NativeObject>();
  if (native && native->name == "print" && !std::all_of(actual.begin(), actual.end(), [](const Value& value) {
        return HasPlainText(value, kDeepestText);
      })) {
    return Abort("print() of objects");
  }
  // Whoever gets an iterator may take items from it.
  const bool takes = std::any_of(arguments.begin(), arguments.end(), [](const Abstract& a) {
    return a.Is(AbstractKind::kObject) && a.object_kind == ObjectKind::kIterator;
  });
  operation.boxed = effect == NativeFunctions::Effect::kGives || takes;
  operation.fresh = effect == NativeFunctions::Effect::kPure;
  return NativeCall(operation, {arguments.begin(), arguments.end()}, actual,
                    effect == NativeFunctions::Effect::kNone || operation.boxed, result);
}

// Puts a method of a built-in class and its object on the operands; *done is false for others.
bool LoopRecorder::NativeMethod(const Abstract& x, const Value& actual, const Ref<StringObject>& name,
                                bool* done) {
  *done = false;
  if (!CanPass(x) || !IsBuiltIn(actual)) return true;
  const Value* method = ClassOf(vm_, actual)->Find(name.get());
  if (!method || !method->As<NativeObject>()) return true;
  if (host_.native_functions().EffectOf(method->object()) == NativeFunctions::Effect::kUnknown) return true;
  *done = true;
  Abstract self = x;
  Drop(1);
  Push(Abstract::Constant(*method));
  Push(std::move(self));
  return true;
}

// Instructions that build and take apart objects.
bool LoopRecorder::RecordObject(const Instruction& i) {
  NativeOperation operation;
  const auto run = [&](size_t first, size_t count, bool effect, Abstract* result) {
    std::vector<Abstract> operands;
    std::vector<Value> actual;
    for (size_t k = first + count; k-- > first;) {
      operands.push_back(Operand(k));
      actual.push_back(Actual(k));
    }
    return NativeCall(operation, std::move(operands), actual, effect, result);
  };
  Abstract result;
  const auto count = static_cast<size_t>(i.c);
  switch (i.op) {
    case Bytecode::kFormatValue: {
      const Abstract value = Operand(i.b ? 1 : 0), specification = Operand(0);
      if (bool done; i.a == 0) {
        if (!FormatPlain(value, i.b ? &specification : nullptr, &result, &done)) return false;
        if (done) return Replace(i.b ? 2 : 1, std::move(result));
      }
      operation.kind = NativeOperation::Kind::kFormat;
      operation.detail = i.a;
      const size_t operands = i.b ? 2 : 1;
      return run(0, operands, false, &result) && Replace(operands, std::move(result));
    }
    case Bytecode::kBuildString: {
      bool done;
      if (!JoinOperands(count, &result, &done)) return false;
      if (done) return Replace(count, std::move(result));
      operation.kind = NativeOperation::Kind::kJoin;
      return run(0, count, false, &result) && Replace(count, std::move(result));
    }
    case Bytecode::kBuildList:
      if (bool done; !MakeListOf(count, &result, &done)) {
        return false;
      } else if (done) {
        return Replace(count, std::move(result));
      }
      operation.kind = NativeOperation::Kind::kMakeList;
      return run(0, count, false, &result) && Replace(count, std::move(result));
    case Bytecode::kIn:
      if (Actual(0).As<IteratorObject>()) return Abort("a search in an iterator");
      if (Node found; Actual(0).As<SetObject>() || Actual(0).As<DictObject>()) {
        bool done;
        if (!HasKey(Operand(0), Operand(1), Actual(0), Actual(1), &found, &done)) return false;
        if (done) return Replace(2, Abstract::Bool(i.a == 1 ? Not(found) : found));
      }
      if (Node found; Actual(0).As<StringObject>()) {
        bool done;
        if (!HasText(Operand(0), Operand(1), &found, &done)) return false;
        if (done) return Replace(2, Abstract::Bool(i.a == 1 ? Not(found) : found));
      }
      operation.kind = NativeOperation::Kind::kIn;
      operation.detail = i.a;
      return run(0, 2, false, &result) && Replace(2, std::move(result));
    case Bytecode::kBuildSet:
      operation.kind = NativeOperation::Kind::kMakeSet;
      return run(0, count, false, &result) && Replace(count, std::move(result));
    case Bytecode::kBuildDict:
      operation.kind = NativeOperation::Kind::kMakeDict;
      return run(0, 2 * count, false, &result) && Replace(2 * count, std::move(result));
    case Bytecode::kListToTuple:
      operation.kind = NativeOperation::Kind::kListToTuple;
      return run(0, 1, false, &result) && Replace(1, std::move(result));
    case Bytecode::kTupleExtend:
      return RecordTupleExtend();
    case Bytecode::kUnpack:
    case Bytecode::kUnpackStarred:
      return RecordUnpack(i);
    case Bytecode::kDictMerge:
      if (!Actual(0).As<DictObject>()) return Abort("a mapping that is no dict");
      operation.kind = NativeOperation::Kind::kDictMerge;
      operation.detail = i.a;
      if (!run(0, 2, true, &result)) return false;
      Drop(1);
      return true;
    case Bytecode::kStoreAttribute: {
      const Value actual[] = {Actual(0), Actual(1)};
      if (!actual[0].IsObject(ObjectKind::kInstance)) return Abort("an attribute of what is no instance");
      bool done;
      const StringObject* name = frame().code->names[count].get();
      if (!WriteAttribute(Operand(0), actual[0], name, Operand(1), &done)) return false;
      if (done) {
        Drop(2);
        return true;
      }
      operation.kind = NativeOperation::Kind::kSetAttribute;
      operation.function = Value(frame().code->names[count]);
      if (!NativeCall(operation, {Operand(0), Operand(1)}, actual, true, &result)) return false;
      Drop(2);
      return true;
    }
    case Bytecode::kDeleteSubscript:
      operation.kind = NativeOperation::Kind::kDeleteItem;
      if (!run(0, 2, true, &result)) return false;
      Drop(2);
      return true;
    case Bytecode::kListAppend:
      return Grow(NativeOperation::Kind::kListAppend, count, 1);
    case Bytecode::kSetAdd:
      return Grow(NativeOperation::Kind::kSetAdd, count, 1);
    case Bytecode::kDictSet:
      return Grow(NativeOperation::Kind::kDictSet, count + 1, 2);
    case Bytecode::kListExtend:
      return Grow(NativeOperation::Kind::kListExtend, 1, 1);
    case Bytecode::kSetUpdate:
      return Grow(NativeOperation::Kind::kSetUpdate, 1, 1);
    default:
      return false;
  }
}

// ---- Iterators that have an object ------------------------------------------------------------------
// Asks the iterator for its next item; what it has given is seen when the VM has done the same.
bool LoopRecorder::NextOfObject(const Abstract& iterator, uint32_t end) {
  NativeOperation operation;
  operation.kind = NativeOperation::Kind::kNext;
  operation.boxed = true;
  const Value actual = Actual(0);
  Abstract item;
  if (!NativeCall(operation, {iterator}, std::span(&actual, 1), true, &item)) return false;
  asked_ = Asked{native_call_, std::move(item), end};
  return true;
}

// The VM has run `for`: it stands in the loop with an item, or behind it. The exit is the other way.
bool LoopRecorder::AfterNext() {
  const Asked asked = *std::exchange(asked_, std::nullopt);
  const Frame& vm_frame = VmFrame();
  const bool ended = vm_frame.pc == vm_frame.code->instructions.data() + asked.end;
  const State before = state_;
  const auto go = [&](bool end) {
    snapshot_ = nullptr;
    state_ = before;
    if (end) {
      Drop(1);
      frame().pc = asked.end;
    } else {
      Push(asked.item);
      ++frame().pc;
    }
  };
  const Node given = graph_.EmitSiteWord(asked.call);
  go(!ended);
  const int32_t other = ExitHere(ExitReason::kIteration);
  graph_.exits().back().is_one_way = true;
  go(ended);
  const Node condition[] = {Compare(ended ? Op::kEqual : Op::kNotEqual, given, Int(0))};
  graph_.EmitList(Op::kGuard, DType::kBool, condition, 0, other);
  return true;
}

}  // namespace lathe::script
