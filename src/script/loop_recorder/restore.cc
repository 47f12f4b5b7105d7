// Making values of words.
#include "src/script/loop_recorder/restore.h"

#include <algorithm>
#include <bit>

#include "src/array/array_body.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/array_statements.h"

namespace lathe::script {
namespace {

template <class T>
T* ObjectAt(uint64_t address) {
  return static_cast<T*>(reinterpret_cast<Object*>(address));
}

Scalar Narrow(DType dtype, uint64_t word) {
  const int bits = 8 * ItemSize(dtype);
  return Scalar{dtype, bits == 64 ? word : word & ((uint64_t{1} << bits) - 1)};
}

}  // namespace

// ---- Objects that the trace kept the parts of -------------------------------------------------------
Ref<Object> ValueMaker::NewObject(const Abstract& body, const uint64_t* words) {
  auto* code = body.constant.As<CodeObject>();
  const Ref<ModuleObject> module(static_cast<ModuleObject*>(const_cast<void*>(body.parts->owner)));
  switch (body.kind) {
    case AbstractKind::kGeneratorBody: {
      Ref<FunctionObject> function(ObjectAt<FunctionObject>(words[1]));
      if (!function) {
        function = script::Make<FunctionObject>(Ref<CodeObject>(code), module);
        // Nobody can call it: that there are cells is all that its body asks.
        function->closure.resize(static_cast<size_t>(code->free_count));
      }
      return script::Make<GeneratorObject>(function);
    }
    case AbstractKind::kFunctionBody:
      return script::Make<FunctionObject>(Ref<CodeObject>(code), module);
    case AbstractKind::kExceptionBody:
      return script::Make<ExceptionObject>(Ref<ClassObject>(body.constant.Get<ClassObject>()));
    default:
      return script::Make<CellObject>();
  }
}

void ValueMaker::FindObjects(const State& state) {
  const auto is_object = [](const auto& variable) {
    return variable.first.kind == Location::Kind::kObject && !variable.second.IsAbsent();
  };
  if (std::none_of(state.variables.begin(), state.variables.end(), is_object)) return;
  size_t place = 0;
  const auto pass = [&](const Abstract& a) { ForEachRef(a, [&](Node, DType) { ++place; }); };
  for (const FrameState& frame : state.frames) {
    std::for_each(frame.registers.begin(), frame.registers.end(), pass);
  }
  for (const auto& variable : state.variables) {
    if (is_object(variable)) {
      const uint64_t* words = next_ + place;
      Ref<Object> object(ObjectAt<Object>(words[0]));
      const bool is_new = !object;
      if (is_new) object = NewObject(variable.second, words);
      bodies_.push_back({variable.first.index, &variable.second, is_new, std::move(object), {}});
    }
    pass(variable.second);
  }
}

void ValueMaker::MakeBody(ObjectIdentity object, const Abstract& abstract) {
  next_ += 1 + abstract.parts->refs.size();  // its own address comes first
  const auto made = std::find_if(bodies_.begin(), bodies_.end(),
                                 [&](const Body& other) { return other.identity == object; });
  for (const Abstract& item : abstract.parts->items) {
    made->items.push_back(item.IsAbsent() ? Value() : Make(item));
  }
}

void ValueMaker::FillObjects() {
  for (Body& body : bodies_) Fill(body);
}

// What the object has held stays in the body until all is restored.
void ValueMaker::Fill(Body& body) {
  if (body.abstract->Is(AbstractKind::kCellBody)) {
    std::swap(static_cast<CellObject&>(*body.object).value, body.items[0]);
  } else if (body.abstract->Is(AbstractKind::kGeneratorBody)) {
    auto& generator = static_cast<GeneratorObject&>(*body.object);
    const int64_t number = body.abstract->parts->number;
    std::swap(generator.slots, body.items);
    generator.running = number == kRunningBody;
    generator.finished = number == kEndedBody;
    if (number >= 0) generator.instruction = static_cast<uint32_t>(number);
  } else if (body.abstract->Is(AbstractKind::kExceptionBody)) {
    auto& exception = static_cast<ExceptionObject&>(*body.object);
    exception.context = Ref<ExceptionObject>(body.items[0].As<ExceptionObject>());
    exception.arguments.assign(body.items.begin() + 1, body.items.end());
    for (const auto& [code, instruction] : body.abstract->parts->traceback) {
      exception.traceback.push_back({Ref<CodeObject>(code), instruction});
    }
  } else if (body.is_new) {
    auto& function = static_cast<FunctionObject&>(*body.object);
    const auto items = [&](size_t k) {
      const auto* tuple = body.items[k].As<TupleObject>();
      return tuple ? tuple->items : std::vector<Value>();
    };
    function.defaults = items(0);
    function.keyword_defaults = items(1);
    function.closure = items(2);
  }
}

// ---- Values -----------------------------------------------------------------------------------------
Value ValueMaker::Make(const Abstract& a) {
  switch (a.kind) {
    case AbstractKind::kConstant:
      return a.constant;
    case AbstractKind::kBool:
      return Value::Bool(Next() != 0);
    case AbstractKind::kInt:
      return Value::Int(NextInt());
    case AbstractKind::kFloat:
      return Value::Float(std::bit_cast<double>(Next()));
    case AbstractKind::kScalar:
      return Value::Of(Narrow(a.dtype, Next()));
    case AbstractKind::kBoxed:
      return *reinterpret_cast<const Value*>(Next());
    case AbstractKind::kList:
    case AbstractKind::kObject:
      return Value(ObjectAt<Object>(Next()));
    case AbstractKind::kArray:
      return MakeArray(a);
    case AbstractKind::kPending:
      return MakePending(a);
    case AbstractKind::kTuple:
      return MakeTuple(MakeItems(a));
    case AbstractKind::kSlice: {
      std::vector<Value> items = MakeItems(a);
      return script::Make<SliceObject>(std::move(items[0]), std::move(items[1]), std::move(items[2]));
    }
    case AbstractKind::kRange: {
      const int64_t start = NextInt(), stop = NextInt(), step = NextStep(a);
      return script::Make<RangeObject>(start, stop, step);
    }
    case AbstractKind::kGenerator:
    case AbstractKind::kFunction:
    case AbstractKind::kException:
      return Value(ObjectOf<Object>(a.identity));
    case AbstractKind::kHandled:
      return vm_.handled() ? Value(vm_.handled()) : Value::None();
    case AbstractKind::kCell:
      if (a.identity == kNoIdentity) return root_slots_[a.parts->number];
      return Value(ObjectOf<Object>(a.identity));
    case AbstractKind::kBoundMethod: {
      std::vector<Value> items = MakeItems(a);
      return script::Make<BoundMethodObject>(std::move(items[0]), std::move(items[1]));
    }
    case AbstractKind::kSuper: {
      std::vector<Value> items = MakeItems(a);
      return script::Make<SuperObject>(Ref<ClassObject>(items[1].Get<ClassObject>()), std::move(items[0]));
    }
    default:
      return MakeIterator(a);
  }
}

int64_t ValueMaker::NextStep(const Abstract& a) {
  return a.parts->refs.size() == 2 ? a.parts->number : NextInt();
}

std::vector<Value> ValueMaker::MakeItems(const Abstract& a) {
  std::vector<Value> items;
  for (const Abstract& item : a.parts->items) items.push_back(Make(item));
  return items;
}

Value ValueMaker::MakeArray(const Abstract& a) {
  auto* base = ObjectAt<ArrayObject>(Next());
  const AbstractParts& parts = *a.parts;
  auto* data = reinterpret_cast<char*>(Next());
  Shape shape, strides;
  for (int d = 0; d < parts.rank; ++d) shape.push_back(NextInt());
  for (const int64_t known : parts.strides) strides.push_back(known == kUnknownStride ? NextInt() : known);
  if (!parts.is_view) return Value(static_cast<Object*>(base));
  return WrapArray(MakeView(base->array, data, shape, strides, parts.writable));
}

// Does what the loop has not done yet.
Value ValueMaker::MakePending(const Abstract& a) {
  for (const Computed& computed : computed_) {
    if (computed.owner != a.parts->owner || computed.number != a.parts->number) continue;
    ForEachRef(a, [&](Node, DType) { Next(); });
    return computed.value;
  }
  for (size_t k = 0; k < a.parts->refs.size(); ++k) Next();
  RecordedOperation operation;
  operation.function = a.constant;
  operation.operation = a.parts->operation;
  operation.names = a.parts->names;
  computed_.push_back({a.parts->owner, a.parts->number, Apply(vm_, operation, MakeItems(a))});
  return computed_.back().value;
}

Value ValueMaker::MakeIterator(const Abstract& a) {
  Object* known = a.ref == kNoRef ? nullptr : ObjectAt<Object>(Next());
  switch (a.kind) {
    case AbstractKind::kRangeIterator: {
      const int64_t next = NextInt(), stop = NextInt(), step = NextStep(a);
      Ref<RangeIterator> range(static_cast<RangeIterator*>(known));
      if (!range) range = script::Make<RangeIterator>(RangeObject(0, 0, step));
      range->next = next;
      range->step = step;
      range->left = RangeObject(next, stop, step).Count();
      return range;
    }
    case AbstractKind::kListIterator: {
      const int64_t index = NextInt();
      Value list = Make(a.parts->items[0]);
      Ref<SequenceIterator> iterator(static_cast<SequenceIterator*>(known));
      if (!iterator) {
        const bool reversed = a.parts->number == kReversedCopy;
        iterator =
            script::Make<SequenceIterator>(list, &list.Get<ListObject>()->items,
                                           reversed ? SequenceIterator::kReversedList : "list_iterator");
      }
      iterator->index = static_cast<size_t>(index);
      return iterator;
    }
    case AbstractKind::kArrayIterator: {
      const int64_t index = NextInt();
      Value array = Make(a.parts->items[0]);
      Ref<ArrayRowIterator> iterator(static_cast<ArrayRowIterator*>(known));
      if (!iterator) iterator = script::Make<ArrayRowIterator>(array);
      iterator->next = index;
      return iterator;
    }
    case AbstractKind::kEnumerate: {
      const int64_t next = NextInt();
      Value inner = Make(a.parts->items[0]);
      Ref<EnumerateIterator> iterator(static_cast<EnumerateIterator*>(known));
      if (!iterator) iterator = script::Make<EnumerateIterator>(inner, next);
      iterator->next = next;
      return iterator;
    }
    default: {
      std::vector<Value> inner = MakeItems(a);
      const auto given = inner.end() - static_cast<std::ptrdiff_t>(a.parts->number);
      std::vector<Value> items(given, inner.end());
      inner.erase(given, inner.end());
      Ref<ZipIterator> iterator(static_cast<ZipIterator*>(known));
      if (!iterator) iterator = script::Make<ZipIterator>(std::move(inner), false);
      iterator->items = std::move(items);
      return iterator;
    }
  }
}

}  // namespace lathe::script
