// Attribute lookup: instances, classes, modules, functions and the methods and properties of built-in
// classes.
#include "src/script/attributes.h"

#include "absl/strings/str_cat.h"
#include "src/script/foreign_object.h"

namespace lathe::script {

namespace {

ClassObject* ClassOfObject(const BuiltinClasses& classes, const Object* object) {
  switch (object->kind()) {
    case ObjectKind::kString:
      return (static_cast<const StringObject*>(object)->bytes() ? classes.bytes : classes.string).get();
    case ObjectKind::kList:
      return classes.list.get();
    case ObjectKind::kTuple:
      return classes.tuple.get();
    case ObjectKind::kDict:
      return classes.dict.get();
    case ObjectKind::kSet:
      return classes.set.get();
    case ObjectKind::kRange:
      return classes.range.get();
    case ObjectKind::kSlice:
      return classes.slice.get();
    case ObjectKind::kFunction:
      return classes.function.get();
    case ObjectKind::kCell:
      return classes.cell.get();
    case ObjectKind::kBoundMethod:
      return classes.method.get();
    case ObjectKind::kNative:
      return classes.native.get();
    case ObjectKind::kClass:
      return classes.type.get();
    case ObjectKind::kInstance:
    case ObjectKind::kException:
      return static_cast<const InstanceObject*>(object)->type.get();
    case ObjectKind::kModule:
      return classes.module.get();
    case ObjectKind::kIterator:
      return static_cast<const IteratorObject*>(object)->iterator_kind == IteratorObject::Kind::kGenerator
                 ? classes.generator.get()
                 : classes.iterator.get();
    case ObjectKind::kDictView:
      switch (static_cast<const DictViewObject*>(object)->part) {
        case DictViewObject::Part::kKeys:
          return classes.keys.get();
        case DictViewObject::Part::kValues:
          return classes.values.get();
        case DictViewObject::Part::kItems:
          return classes.items.get();
      }
      return nullptr;
    case ObjectKind::kProperty:
      return classes.property.get();
    case ObjectKind::kSuper:
      return classes.super.get();
    case ObjectKind::kFile:
      return classes.file.get();
    case ObjectKind::kArray: {
      const auto* array = static_cast<const ArrayObject*>(object);
      return array->scalar ? classes.scalars[static_cast<size_t>(array->array.dtype())].get()
                           : classes.array.get();
    }
    case ObjectKind::kDType:
      return classes.dtype.get();
    case ObjectKind::kUfunc:
      return classes.ufunc.get();
    case ObjectKind::kRandom:
      return classes.random.get();
    case ObjectKind::kArchive:
      return classes.archive.get();
    case ObjectKind::kCode:
      return classes.code.get();
    case ObjectKind::kForeign:
      return static_cast<const ForeignObject*>(object)->object_class.get();
  }
  return nullptr;
}

}  // namespace

ClassObject* ClassOf(Vm& vm, const Value& x) {
  const BuiltinClasses& classes = vm.classes();
  switch (x.tag()) {
    case Tag::kNone:
      return classes.none.get();
    case Tag::kBool:
      return classes.boolean.get();
    case Tag::kInt:
      return classes.integer.get();
    case Tag::kFloat:
      return classes.number.get();
    case Tag::kScalar:
      return classes.scalars[static_cast<size_t>(x.scalar().dtype)].get();
    case Tag::kEllipsis:
      return classes.ellipsis.get();
    case Tag::kNotImplemented:
      return classes.not_implemented.get();
    case Tag::kUndefined:
    case Tag::kError:
      return classes.object.get();
    case Tag::kObject:
      return ClassOfObject(classes, x.object());
  }
  return nullptr;
}

const std::string& TypeName(Vm& vm, const Value& x) {
  const ClassObject* type = ClassOf(vm, x);
  if (!type->dtype && type != vm.classes().array.get()) return type->name;
  // NumPy's classes are named with their module in messages.
  const auto* full = type->attributes.Find(vm.Intern("__full_name__").get());
  return full ? full->Get<StringObject>()->text() : type->name;
}

bool IsInstance(Vm& vm, const Value& x, const ClassObject* type) {
  return ClassOf(vm, x)->IsSubclassOf(type);
}

const PropertyObject* FindProperty(const Value& x, const StringObject& name) {
  InstanceObject* instance = AsInstance(x);
  if (!instance || !instance->type->has_properties) return nullptr;
  const Value* in_class = instance->type->Find(&name);
  auto* property = in_class ? in_class->As<PropertyObject>() : nullptr;
  return property && property->role == PropertyObject::Role::kProperty ? property : nullptr;
}

Value CallSpecial(Vm& vm, const Value& x, const Ref<StringObject>& name, std::span<const Value> arguments) {
  const Value* method = FindSpecial(x, name);
  if (!method) return Value();
  const Value function = *method;
  std::vector<Value> all = {x};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return vm.Call(function, all);
}

namespace {

// What an attribute found in a class is worth on an instance: functions become bound methods.
Value BindToInstance(Vm& vm, const Value& attribute, const Value& self, ClassObject* type) {
  if (attribute.IsObject(ObjectKind::kFunction)) return Make<BoundMethodObject>(self, attribute);
  if (auto* native = attribute.As<NativeObject>(); native && native->is_method) {
    return Make<BoundMethodObject>(self, attribute);
  }
  if (auto* property = attribute.As<PropertyObject>()) {
    switch (property->role) {
      case PropertyObject::Role::kProperty:
        return vm.Call(property->getter, {self});
      case PropertyObject::Role::kStatic:
        return property->getter;
      case PropertyObject::Role::kClass:
        return Make<BoundMethodObject>(Value(static_cast<Object*>(type)), property->getter);
    }
  }
  return attribute;
}

Value FindInClass(Vm& vm, ClassObject* type, const Ref<StringObject>& name) {
  const WellKnownNames& names = vm.names();
  if (const Value* value = type->Find(name.get())) {
    auto* property = value->As<PropertyObject>();
    if (property && property->role == PropertyObject::Role::kStatic) return property->getter;
    if (property && property->role == PropertyObject::Role::kClass) {
      return Make<BoundMethodObject>(Value(static_cast<Object*>(type)), property->getter);
    }
    if (!property || name != names.doc) return *value;
  }
  if (name == names.name) return Str(type->name);
  if (name == names.qualname) return Str(type->name);
  if (name == names.module) return Str(type->module);
  if (name == names.doc) return Value::None();
  if (name == names.bases) return MakeTuple(std::vector<Value>(type->bases.begin(), type->bases.end()));
  return Value();
}

Value FindInFunction(Vm& vm, FunctionObject* function, const Ref<StringObject>& name) {
  const WellKnownNames& names = vm.names();
  if (Value* value = function->attributes.Find(name.get())) return *value;
  if (name == names.name) return Str(function->code->name);
  if (name == names.qualname) return Str(function->code->qualified_name);
  if (name == names.doc) return function->code->doc;
  if (name == names.module) return Str(function->module->name);
  return Value();
}

Value FindInModule(Vm& vm, ModuleObject* module, const Ref<StringObject>& name) {
  if (const Value* value = module->variables.Find(name.get())) return *value;
  if (name == vm.names().name) return Str(module->name);
  if (Ref<ModuleObject> inner = vm.FindModule(absl::StrCat(module->name, ".", name->text()))) return inner;
  if (vm.failed()) return Value::Error();
  if (module->prelude.empty() || name->text().starts_with('_')) return Value();
  if (!vm.RunPrelude(*module)) return Value::Error();
  const Value* value = module->variables.Find(name.get());
  return value ? *value : Value();
}

// super().name: the attribute of the classes after the owner in the order of self's class.
Value FindInSuper(Vm& vm, const SuperObject& super, const Ref<StringObject>& name) {
  auto* self_class = super.self.As<ClassObject>();
  ClassObject* type = self_class ? self_class : ClassOf(vm, super.self);
  bool after = false;
  for (ClassObject* ancestor : type->order) {
    if (after) {
      if (const Value* value = ancestor->attributes.Find(name.get()))
        return BindToInstance(vm, *value, super.self, type);
    }
    after = after || ancestor == super.owner.get();
  }
  return Value();
}

Value InstanceDict(Vm& vm, const InstanceObject& instance) {
  Ref<DictObject> dict = Make<DictObject>();
  for (const auto& [key, value] : instance.attributes.items)
    dict->table.Set(vm, Value(key), key->hash(), value);
  return dict;
}

}  // namespace

Value FindAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name) {
  if (x.IsObject()) {
    switch (x.object()->kind()) {
      case ObjectKind::kModule:
        return FindInModule(vm, x.Get<ModuleObject>(), name);
      case ObjectKind::kClass: {
        Value found = FindInClass(vm, x.Get<ClassObject>(), name);
        if (!found.IsUndefined()) return found;
        break;
      }
      case ObjectKind::kFunction: {
        Value found = FindInFunction(vm, x.Get<FunctionObject>(), name);
        if (!found.IsUndefined()) return found;
        break;
      }
      case ObjectKind::kBoundMethod:
        if (name == vm.names().name || name == vm.names().doc || name == vm.names().qualname) {
          return FindAttribute(vm, x.Get<BoundMethodObject>()->function, name);
        }
        break;
      case ObjectKind::kNative:
        if (name == vm.names().name) return Str(x.Get<NativeObject>()->name);
        break;
      case ObjectKind::kSuper: {
        Value found = FindInSuper(vm, *x.Get<SuperObject>(), name);
        if (!found.IsUndefined()) return found;
        break;
      }
      case ObjectKind::kInstance:
      case ObjectKind::kException: {
        InstanceObject* instance = x.Get<InstanceObject>();
        const Value* in_class = instance->type->Find(name.get());
        const bool property = in_class && in_class->IsObject(ObjectKind::kProperty);
        if (Value* value = property ? nullptr : instance->attributes.Find(name.get())) return *value;
        if (name == vm.names().dict) return InstanceDict(vm, *instance);
        break;
      }
      case ObjectKind::kForeign: {
        Value found = vm.Guard([&] { return x.Get<ForeignObject>()->GetAttribute(vm, name); });
        if (!found.IsUndefined()) return found;
        break;
      }
      default:
        break;
    }
  }
  ClassObject* type = ClassOf(vm, x);
  if (const Value* value = type->Find(name.get())) return BindToInstance(vm, *value, x, type);
  if (name == vm.names().class_) return Value(static_cast<Object*>(type));
  if (const Value* getattr = FindSpecial(x, vm.names().getattr)) {
    const Value function = *getattr;
    return vm.Call(function, {x, Value(name)});
  }
  return Value();
}

Value GetAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name) {
  Value found = FindAttribute(vm, x, name);
  if (!found.IsUndefined()) return found;
  if (auto* module = x.As<ModuleObject>()) {
    const std::string why = module->explain_missing ? module->explain_missing(name->text()) : "";
    return vm.Throw(ErrorKind::kAttribute,
                    why.empty()
                        ? absl::StrCat("module '", module->name, "' has no attribute '", name->text(), "'")
                        : why);
  }
  if (auto* type = x.As<ClassObject>()) {
    return vm.Throw(ErrorKind::kAttribute,
                    absl::StrCat("type object '", type->name, "' has no attribute '", name->text(), "'"));
  }
  return vm.Throw(ErrorKind::kAttribute,
                  absl::StrCat("'", TypeName(vm, x), "' object has no attribute '", name->text(), "'"));
}

bool SetAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name, const Value& value) {
  const Value* in_class =
      x.As<ClassObject>() || x.As<ModuleObject>() ? nullptr : ClassOf(vm, x)->Find(name.get());
  if (in_class) {
    if (auto* property = in_class->As<PropertyObject>();
        property && property->role == PropertyObject::Role::kProperty) {
      if (property->setter.IsUndefined()) {
        const std::string& type = TypeName(vm, x);
        if (AsInstance(x)) {
          vm.Throw(ErrorKind::kAttribute,
                   absl::StrCat("property '", name->text(), "' of '", type, "' object has no setter"));
        } else {
          vm.Throw(ErrorKind::kAttribute,
                   absl::StrCat("attribute '", name->text(), "' of '", type, "' objects is not writable"));
        }
        return false;
      }
      const Value setter = property->setter;
      return !vm.Call(setter, {x, value}).IsError();
    }
  }
  if (InstanceObject* instance = AsInstance(x)) {
    instance->Set(name, value);
    return true;
  }
  if (auto* module = x.As<ModuleObject>()) {
    module->variables.Set(name, value);
    return true;
  }
  if (auto* function = x.As<FunctionObject>()) {
    function->attributes.Set(name, value);
    return true;
  }
  if (auto* foreign = x.As<ForeignObject>()) {
    const Value set = vm.Guard([&] { return Value::Bool(foreign->SetAttribute(vm, name, value)); });
    if (set.IsError()) return false;
    if (set.boolean()) return true;
  }
  if (auto* type = x.As<ClassObject>(); type && type->user) {
    type->attributes.Set(name, value);
    vm.ClassChanged();
    type->has_properties = type->has_properties || value.IsObject(ObjectKind::kProperty);
    return true;
  }
  if (auto* type = x.As<ClassObject>()) {
    vm.ThrowType(
        absl::StrCat("cannot set '", name->text(), "' attribute of immutable type '", type->name, "'"));
    return false;
  }
  vm.Throw(ErrorKind::kAttribute,
           absl::StrCat("'", TypeName(vm, x), "' object ", in_class ? "attribute '" : "has no attribute '",
                        name->text(), in_class ? "' is read-only" : "'"));
  return false;
}

bool DeleteAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name) {
  bool removed = false;
  if (InstanceObject* instance = AsInstance(x)) removed = instance->attributes.Remove(name.get());
  if (auto* module = x.As<ModuleObject>()) removed = module->variables.Remove(name.get());
  if (auto* type = x.As<ClassObject>(); type && type->user) {
    removed = type->attributes.Remove(name.get());
    vm.ClassChanged();
  }
  if (removed) return true;
  vm.Throw(ErrorKind::kAttribute,
           absl::StrCat("'", TypeName(vm, x), "' object has no attribute '", name->text(), "'"));
  return false;
}

}  // namespace lathe::script
