// The instructions that need more than a few lines: each works on a copy of the loop's cursor and returns
// false if it left an exception.
#include <iostream>

#include "absl/strings/str_cat.h"
#include "src/script/arrays.h"
#include "src/script/attributes.h"
#include "src/script/cursor.h"
#include "src/script/iteration.h"
#include "src/script/operators.h"
#include "src/script/subscripts.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

const Ref<StringObject>& NameOf(const Frame& frame, const Instruction& i) {
  return frame.code->names[static_cast<size_t>(i.c)];
}

}  // namespace

// ---- Variables --------------------------------------------------------------------------------------
bool Vm::LoadGlobalSlow(Cursor& c, const Instruction& i) {
  const Namespace& variables = c.frame->module->variables;
  const auto index = static_cast<size_t>(i.c);
  const Value& fallback = variables.fallbacks[index];
  if (!fallback.IsUndefined()) {
    c.Push(fallback);
    return true;
  }
  Throw(ErrorKind::kName, absl::StrCat("name '", variables.names[index]->text(), "' is not defined"));
  return false;
}

bool Vm::LoadNameInClass(Cursor& c, const Instruction& i) {
  const Ref<StringObject>& name = NameOf(*c.frame, i);
  const Value* value = c.frame->names->Find(name.get());
  if (!value) value = c.frame->module->variables.Find(name.get());
  if (!value) value = builtins_.Find(name.get());
  if (!value) {
    Throw(ErrorKind::kName, absl::StrCat("name '", name->text(), "' is not defined"));
    return false;
  }
  c.Push(*value);
  return true;
}

bool Vm::ThrowUnbound(Cursor& c, const Instruction& i) {
  const CodeObject& code = *c.frame->code;
  const auto index = static_cast<size_t>(i.c);
  switch (i.op) {
    case Bytecode::kDeleteGlobal:
      Throw(ErrorKind::kName,
            absl::StrCat("name '", c.frame->module->variables.names[index]->text(), "' is not defined"));
      return false;
    case Bytecode::kDeleteName:
      Throw(ErrorKind::kName, absl::StrCat("name '", code.names[index]->text(), "' is not defined"));
      return false;
    default:
      break;
  }
  const std::string& name = code.slot_names[index]->text();
  const bool is_cell = i.op == Bytecode::kLoadCell || i.op == Bytecode::kDeleteCell;
  if (is_cell && i.c >= code.free_begin &&
      index < static_cast<size_t>(code.free_begin) + c.frame->function->closure.size()) {
    Throw(ErrorKind::kName, absl::StrCat("cannot access free variable '", name,
                                         "' where it is not associated with a value in enclosing scope"));
  } else {
    Throw(ErrorKind::kUnboundLocal,
          absl::StrCat("cannot access local variable '", name, "' where it is not associated with a value"));
  }
  return false;
}

// ---- Operators --------------------------------------------------------------------------------------
bool Vm::BinarySlow(Cursor& c, const Instruction& i) {
  // "text += more" appends in place when the string is only held by the stack and by the variable that the
  // next instruction overwrites: strings grow in linear time, as in CPython.
  if (i.a == 1 && i.op == Bytecode::kAdd && c[1].IsObject(ObjectKind::kString) &&
      c[0].IsObject(ObjectKind::kString)) {
    Value* variable = nullptr;
    if (c.pc->op == Bytecode::kStoreLocal) variable = &c.frame->slots[c.pc->c];
    if (c.pc->op == Bytecode::kStoreGlobal)
      variable = &c.frame->module->variables.values[static_cast<size_t>(c.pc->c)];
    auto* text = c[1].Get<StringObject>();
    if (variable && variable->Is(c[1]) && text->references() == 2 && text != c[0].object()) {
      text->Append(c[0].Get<StringObject>()->text());
      c.Drop();
      return true;
    }
  }
  if (AsInstance(c[1]) || AsInstance(c[0])) {
    const SpecialMethod method = FindOperatorMethod(*this, i.op, c[1], c[0], i.a == 1, 0);
    if (IsScriptFunction(method.function)) return EnterOperator(c, method);
  }
  return c.Replace(2, BinaryOperation(*this, i.op, c[1], c[0], i.a == 1));
}

// ---- Loops ------------------------------------------------------------------------------------------
// Leaves Undefined on the stack at the end of the iteration; `pushed`: a generator's frame runs now.
bool Vm::ForIterSlow(Cursor& c, const Instruction&, bool* pushed) {
  const Asked asked = AskForItem(c[0].Get<IteratorObject>());
  *pushed = asked == Asked::kPushed;
  c.sp = stack_top_;
  if (asked == Asked::kEnd) c.Push(Value());
  return asked != Asked::kFailed;
}

// ---- Building ---------------------------------------------------------------------------------------
bool Vm::BuildSet(Cursor& c, const Instruction& i) {
  Ref<SetObject> set = Make<SetObject>();
  for (Value* item = c.sp - i.c; item != c.sp; ++item) {
    uint64_t hash;
    if (!Hash(*this, *item, &hash)) return false;
    if (!set->table.Set(*this, *item, hash, Value::None())) return false;
  }
  return c.Replace(i.c, set);
}

bool Vm::BuildDict(Cursor& c, const Instruction& i) {
  Ref<DictObject> dict = Make<DictObject>();
  for (Value* key = c.sp - 2 * i.c; key != c.sp; key += 2) {
    if (!lathe::script::DictSet(*this, *dict, key[0], key[1])) return false;
  }
  return c.Replace(2 * i.c, dict);
}

bool Vm::BuildString(Cursor& c, const Instruction& i) {
  std::string text;
  for (Value* part = c.sp - i.c; part != c.sp; ++part) text += part->Get<StringObject>()->text();
  return c.Replace(i.c, Str(std::move(text)));
}

bool Vm::FormatOne(Cursor& c, const Instruction& i) {
  Value specification = i.b ? c.Take() : Value();
  std::string text;
  if (i.a) {
    std::string converted;
    if (!(i.a == 'r' ? Repr(*this, c[0], &converted) : ToText(*this, c[0], &converted))) return false;
    c.Replace(1, Str(std::move(converted)));
  }
  const std::string_view format =
      specification.IsUndefined() ? "" : std::string_view(specification.Get<StringObject>()->text());
  if (!Format(*this, c[0], format, &text)) return false;
  return c.Replace(1, Str(std::move(text)));
}

bool Vm::AddToSet(Cursor& c, const Instruction& i) {
  uint64_t hash;
  if (!Hash(*this, c[0], &hash)) return false;
  Value item = c.Take();
  return c.sp[-i.c].Get<SetObject>()->table.Set(*this, std::move(item), hash, Value::None());
}

bool Vm::SetInDict(Cursor& c, const Instruction& i) {
  if (!lathe::script::DictSet(*this, *c.sp[-2 - i.c].Get<DictObject>(), c[1], c[0])) return false;
  c.Drop(2);
  return true;
}

bool Vm::Extend(Cursor& c) {
  std::vector<Value> items;
  if (!CollectItems(*this, c[0], &items)) return false;
  c.Drop();
  std::vector<Value>& list = c[0].Get<ListObject>()->items;
  list.insert(list.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
  return true;
}

bool Vm::ExtendTuple(Cursor& c) {
  std::vector<Value> items = c[1].Get<TupleObject>()->items;
  if (items.empty() && c[0].As<TupleObject>()) return c.Replace(2, Value(c[0]));
  std::vector<Value> more;
  if (!CollectItems(*this, c[0], &more)) return false;
  items.insert(items.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return c.Replace(2, MakeTuple(std::move(items)));
}

bool Vm::UpdateSet(Cursor& c) {
  std::vector<Value> items;
  if (!CollectItems(*this, c[0], &items)) return false;
  c.Drop();
  for (const Value& item : items) {
    uint64_t hash;
    if (!Hash(*this, item, &hash)) return false;
    if (!c[0].Get<SetObject>()->table.Set(*this, item, hash, Value::None())) return false;
  }
  return true;
}

bool Vm::MergeDict(Cursor& c, const Instruction& i) {
  auto* source = c[0].As<DictObject>();
  if (!source) {
    ThrowType(absl::StrCat(i.a ? "argument after ** must be a mapping, not " : "'", TypeName(*this, c[0]),
                           i.a ? "" : "' object is not a mapping"));
    return false;
  }
  const auto is_name = [](const HashTable::Entry& entry) { return entry.key.As<StringObject>() != nullptr; };
  if (i.a && !source->table.VisitEntries(is_name)) {
    ThrowType("keywords must be strings");
    return false;
  }
  if (!c[1].Get<DictObject>()->table.SetAll(*this, source->table)) return false;
  c.Drop();
  return true;
}

bool Vm::Unpack(Cursor& c, const Instruction& i) {
  const auto count = static_cast<size_t>(i.c);
  Value sequence = c.Take();
  const std::vector<Value>* items = SequenceItems(sequence);
  std::vector<Value> collected;
  if (!items) {
    const Value iterator = GetIterator(*this, sequence);
    if (iterator.IsError()) {
      if (pending_->type->error == ErrorKind::kType && !sequence.IsObject(ObjectKind::kInstance)) {
        TakePending();
        ThrowType(absl::StrCat("cannot unpack non-iterable ", TypeName(*this, sequence), " object"));
      }
      return false;
    }
    while (collected.size() <= count) {
      Value item = NextOf(*this, iterator);
      if (item.IsError()) return false;
      if (item.IsUndefined()) break;
      collected.push_back(std::move(item));
    }
    items = &collected;
  }
  if (items->size() != count) {
    ThrowValue(items->size() < count ? absl::StrCat("not enough values to unpack (expected ", count, ", got ",
                                                    items->size(), ")")
                                     : absl::StrCat("too many values to unpack (expected ", count, ")"));
    return false;
  }
  for (size_t k = count; k-- > 0;) c.Push((*items)[k]);
  return true;
}

bool Vm::UnpackStarred(Cursor& c, const Instruction& i) {
  Value sequence = c.Take();
  std::vector<Value> items;
  if (!CollectItems(*this, sequence, &items)) return false;
  const size_t before = i.b;
  const auto after = static_cast<size_t>(i.c);
  if (items.size() < before + after) {
    ThrowValue(absl::StrCat("not enough values to unpack (expected at least ", before + after, ", got ",
                            items.size(), ")"));
    return false;
  }
  const auto middle_end = items.end() - static_cast<std::ptrdiff_t>(after);
  for (size_t k = 0; k < after; ++k) c.Push(items[items.size() - 1 - k]);
  c.Push(MakeList({items.begin() + static_cast<std::ptrdiff_t>(before), middle_end}));
  for (size_t k = before; k-- > 0;) c.Push(items[k]);
  return true;
}

// ---- Attributes and subscripts ----------------------------------------------------------------------
bool Vm::LoadAttribute(Cursor& c, const Instruction& i) {
  return c.Replace(1, Guard([&] { return GetAttribute(*this, c[0], NameOf(*c.frame, i)); }));
}

bool Vm::DeleteAttribute(Cursor& c, const Instruction& i) {
  if (!lathe::script::DeleteAttribute(*this, c[0], NameOf(*c.frame, i))) return false;
  c.Drop();
  return true;
}

// Finds a method without binding it: the call then passes the object as first argument, and no object is
// made.
bool Vm::LoadMethod(Cursor& c, const Instruction& i) {
  const Ref<StringObject>& name = NameOf(*c.frame, i);
  const Value& x = c[0];
  const bool has_own_attributes = x.IsObject(ObjectKind::kModule) || x.IsObject(ObjectKind::kClass) ||
                                  x.IsObject(ObjectKind::kSuper) || x.IsObject(ObjectKind::kFunction);
  if (!has_own_attributes) {
    InstanceObject* instance = AsInstance(x);
    if (!instance || !instance->attributes.Find(name.get())) {
      const Value* method = ClassOf(*this, x)->Find(name.get());
      const bool plain =
          method && (method->IsObject(ObjectKind::kFunction) ||
                     (method->IsObject(ObjectKind::kNative) && method->Get<NativeObject>()->is_method));
      if (plain) {
        Value self = c.Take();
        c.Push(*method);
        c.Push(std::move(self));
        return true;
      }
    }
  }
  if (!LoadAttribute(c, i)) return false;
  Value attribute = c.Take();
  c.Push(Value());
  c.Push(std::move(attribute));
  return true;
}

bool Vm::DeleteSubscript(Cursor& c) {
  if (!DeleteItem(*this, c[1], c[0])) return false;
  c.Drop(2);
  return true;
}

// ---- Functions and classes --------------------------------------------------------------------------
bool Vm::MakeFunction(Cursor& c, const Instruction& i) {
  Ref<CodeObject> code(c.frame->code->constants[static_cast<size_t>(i.c)].Get<CodeObject>());
  Ref<FunctionObject> function = Make<FunctionObject>(std::move(code), Ref<ModuleObject>(c.frame->module));
  if (i.a & 4) function->closure = std::move(c[0].Get<TupleObject>()->items), c.Drop();
  if (i.a & 2) function->keyword_defaults = std::move(c[0].Get<TupleObject>()->items), c.Drop();
  if (i.a & 1) function->defaults = std::move(c[0].Get<TupleObject>()->items), c.Drop();
  c.Push(function);
  return true;
}

namespace {

// The order in which attributes are looked up: the class, then its bases' orders, each class once, after all
// that derive from it.
bool FindOrder(Vm& vm, ClassObject* type) {
  type->order.push_back(type);
  for (const Ref<ClassObject>& base : type->bases) {
    for (ClassObject* ancestor : base->order) {
      std::erase(type->order, ancestor);
      type->order.push_back(ancestor);
    }
  }
  if (type->order[0] == type) return true;
  vm.ThrowType("a class cannot be its own base");
  return false;
}

}  // namespace

bool Vm::MakeClass(Cursor& c, const Instruction& i) {
  Ref<ClassObject> type = Make<ClassObject>(NameOf(*c.frame, i)->text(), c.frame->module->name);
  type->user = true;
  for (const Value& base : c[0].Get<TupleObject>()->items) {
    auto* base_class = base.As<ClassObject>();
    if (!base_class) {
      ThrowType(absl::StrCat("cannot derive a class from a value of type '", TypeName(*this, base), "'"));
      return false;
    }
    const bool inheritable = base_class->user || base_class->error || base_class == classes_.object.get();
    if (!inheritable) {
      ThrowType(absl::StrCat("deriving from the built-in class '", base_class->name,
                             "' is not available in Lathe"));
      return false;
    }
    type->bases.push_back(Ref<ClassObject>(base_class));
    type->has_properties = type->has_properties || base_class->has_properties;
    if (base_class->error) type->error = base_class->error;
  }
  if (type->bases.empty()) type->bases.push_back(classes_.object);
  if (!FindOrder(*this, type.get())) return false;
  FunctionObject* body = c[1].Get<FunctionObject>();
  type->attributes.Set(names_.module, Str(c.frame->module->name));
  type->attributes.Set(names_.qualname, Str(body->code->qualified_name));
  type->attributes.Set(names_.doc, body->code->doc);
  {
    Nesting nesting(*this);
    if (!nesting) return false;
    Value* slots = stack_top_;
    if (!PushFrame(body, slots, slots, false, false)) return false;
    top().names = &type->attributes;
    top().is_entry = true;
    for (Value* end = slots + body->code->slot_count; stack_top_ < end; ++stack_top_)
      new (stack_top_) Value();
    for (size_t k = 0; k < body->closure.size(); ++k)
      slots[body->code->free_begin + static_cast<int32_t>(k)] = body->closure[k];
    if (Run().IsError()) return false;
  }
  const auto own = [&](const Value& value) {
    if (auto* function = value.As<FunctionObject>(); function && !function->owner)
      function->owner = type.get();
  };
  for (const Value& value : type->attributes.values) {
    own(value);
    if (auto* property = value.As<PropertyObject>()) {
      type->has_properties = true;
      own(property->getter);
      own(property->setter);
    }
  }
  return c.Replace(2, type);
}

// ---- Exceptions -------------------------------------------------------------------------------------
bool Vm::RaiseInstruction(Cursor& c, const Instruction& i) {
  if (i.c == 0) {
    if (!handled_) {
      Throw(ErrorKind::kRuntime, "No active exception to reraise");
      return false;
    }
    pending_ = handled_;
    reraising_ = true;
    return false;
  }
  const auto instantiate = [this](const Value& value) {
    auto* type = value.As<ClassObject>();
    return type && type->error ? Call(value, {}) : value;
  };
  Value cause = i.c == 2 ? instantiate(c.Take()) : Value();
  Value exception = instantiate(c.Take());
  if (exception.IsError() || cause.IsError()) return false;
  auto* object = exception.As<ExceptionObject>();
  if (!object) {
    ThrowType("exceptions must derive from BaseException");
    return false;
  }
  if (i.c == 2) {
    if (!cause.IsNone() && !cause.As<ExceptionObject>()) {
      ThrowType("exception causes must derive from BaseException");
      return false;
    }
    object->cause = Ref<ExceptionObject>(cause.As<ExceptionObject>());
    object->suppress_context = true;
  }
  ThrowException(Ref<ExceptionObject>(object));
  return false;
}

bool Vm::MatchException(Cursor& c) {
  const Value type = c.Take();
  const ClassObject* raised = c[0].Get<ExceptionObject>()->type.get();
  const auto matches = [&](const Value& candidate) -> int {
    auto* expected = candidate.As<ClassObject>();
    if (!expected || !expected->error) {
      ThrowType("catching classes that do not inherit from BaseException is not allowed");
      return -1;
    }
    return raised->IsSubclassOf(expected) ? 1 : 0;
  };
  int found = 0;
  if (auto* tuple = type.As<TupleObject>()) {
    for (size_t k = 0; k < tuple->items.size() && found == 0; ++k) found = matches(tuple->items[k]);
  } else {
    found = matches(type);
  }
  if (found < 0) return false;
  c.Push(Value::Bool(found == 1));
  return true;
}

bool Vm::EnterWith(Cursor& c) {
  Value exit = FindAttribute(*this, c[0], names_.exit);
  Value enter = exit.IsError() ? Value::Error() : FindAttribute(*this, c[0], names_.enter);
  if (exit.IsError() || enter.IsError()) return false;
  if (exit.IsUndefined() || enter.IsUndefined()) {
    ThrowType(
        absl::StrCat("'", TypeName(*this, c[0]), "' object does not support the context manager protocol"));
    return false;
  }
  Value entered = Call(enter, {});
  if (entered.IsError()) return false;
  c.Replace(1, std::move(exit));
  c.Push(std::move(entered));
  return true;
}

bool Vm::LeaveWith(Cursor& c) {
  const Value result = Call(c[0], {Value::None(), Value::None(), Value::None()});
  c.Drop();
  return !result.IsError();
}

bool Vm::LeaveWithError(Cursor& c) {
  const Value result = Call(c[2], {Value(c[0].Get<ExceptionObject>()->type), c[0], Value::None()});
  if (result.IsError()) return false;
  const int truth = Truth(*this, result);
  if (truth < 0) return false;
  c.Push(Value::Bool(truth == 1));
  return true;
}

// ---- Modules ----------------------------------------------------------------------------------------
bool Vm::ImportName(Cursor& c, const Instruction& i) {
  const std::string& name = NameOf(*c.frame, i)->text();
  Value module = Import(name);
  if (module.IsError()) return false;
  if (i.a) module = Import(name.substr(0, name.find('.')));
  if (module.IsError()) return false;
  c.Push(std::move(module));
  return true;
}

bool Vm::ImportFrom(Cursor& c, const Instruction& i) {
  auto* module = c[0].Get<ModuleObject>();
  const Ref<StringObject>& name = NameOf(*c.frame, i);
  Value found = FindAttribute(*this, c[0], name);
  if (found.IsError()) return false;
  if (!found.IsUndefined()) {
    c.Push(std::move(found));
    return true;
  }
  std::string why = module->explain_missing ? module->explain_missing(name->text()) : "";
  Throw(ErrorKind::kImport, absl::StrCat("cannot import name '", name->text(), "' from '", module->name, "'",
                                         why.empty() ? "" : ": ", why));
  return false;
}

bool Vm::ImportStar(Cursor& c) {
  const Value module = c.Take();
  const Namespace& source = module.Get<ModuleObject>()->variables;
  const Value* all = source.Find(names_.all.get());
  if (all) {
    std::vector<Value> listed;
    if (!CollectItems(*this, *all, &listed)) return false;
    for (const Value& name : listed) {
      const Ref<StringObject> key = Intern(name.As<StringObject>() ? name.Get<StringObject>()->text() : "");
      if (const Value* value = source.Find(key.get())) c.frame->module->variables.Set(key, *value);
    }
    return true;
  }
  for (size_t k = 0; k < source.names.size(); ++k) {
    if (source.values[k].IsUndefined() || source.names[k]->text().starts_with('_')) continue;
    c.frame->module->variables.Set(source.names[k], source.values[k]);
  }
  return true;
}

bool Vm::Echo(Cursor& c) {
  const Value value = c.Take();
  if (value.IsNone()) return true;
  if (silent_) {
    const ArrayObject* array = AsArray(value);
    const Value done = Guard([&] { return array ? (array->array.Eval(), Value::None()) : Value::None(); });
    return !done.IsError();
  }
  std::string text;
  const Value done = Guard([&] { return Repr(*this, value, &text) ? Value::None() : Value::Error(); });
  if (done.IsError()) return false;
  out() << text << '\n';
  c.frame->module->variables.Set(Intern("_"), value);
  return true;
}

}  // namespace lathe::script
