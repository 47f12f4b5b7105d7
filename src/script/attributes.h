// Attributes and classes of values.
#pragma once

#include "src/script/vm.h"

namespace lathe::script {

ClassObject* ClassOf(Vm& vm, const Value& x);
const std::string& TypeName(Vm& vm, const Value& x);
bool IsInstance(Vm& vm, const Value& x, const ClassObject* type);

// x.name: Undefined if there is none, Error if looking it up failed.
Value FindAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name);
// x.name, with an AttributeError if there is none.
Value GetAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name);
bool SetAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name, const Value& value);
bool DeleteAttribute(Vm& vm, const Value& x, const Ref<StringObject>& name);
// The method `name` of an instance's class, for the special methods; null if there is none.
inline const Value* FindSpecial(const Value& x, const Ref<StringObject>& name) {
  InstanceObject* instance = AsInstance(x);
  return instance && instance->type->user ? instance->type->Find(name.get()) : nullptr;
}
// The property of that name in the class of an instance, or null.
const PropertyObject* FindProperty(const Value& x, const StringObject& name);
// A function of the script that a call runs at once: no generator.
inline bool IsScriptFunction(const Value* function) {
  auto* script = function ? function->As<FunctionObject>() : nullptr;
  return script && !script->code->is_generator;
}
// Calls a special method; Undefined if the instance has none.
Value CallSpecial(Vm& vm, const Value& x, const Ref<StringObject>& name,
                  std::span<const Value> arguments = {});

}  // namespace lathe::script
