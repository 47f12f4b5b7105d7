#include "src/script/loop_recorder/find_native.h"

#include <string>
#include <utility>

namespace lathe::script {

const Value* FindNative(Vm& vm, std::string_view owner, std::string_view name) {
  const Ref<StringObject> interned = vm.Intern(name);
  if (owner.empty()) return vm.builtins().Find(interned.get());
  const BuiltinClasses& c = vm.classes();
  const std::pair<std::string_view, const ClassObject*> classes[] = {
      {"list", c.list.get()},       {"tuple", c.tuple.get()},   {"dict", c.dict.get()},
      {"set", c.set.get()},         {"str", c.string.get()},    {"int", c.integer.get()},
      {"float", c.number.get()},    {"ndarray", c.array.get()}, {"Generator", c.random.get()},
      {"generic", c.generic.get()}, {"file", c.file.get()},     {"object", c.object.get()}};
  for (const auto& [class_name, type] : classes) {
    if (class_name == owner) return type->Find(interned.get());
  }
  if (const Ref<ModuleObject> module = vm.FindModule(std::string(owner))) {
    return module->variables.Find(interned.get());
  }
  // A class of a module.
  const size_t dot = owner.rfind('.');
  const Ref<ModuleObject> module =
      dot == owner.npos ? nullptr : vm.FindModule(std::string(owner.substr(0, dot)));
  const Value* type = module ? module->variables.Find(vm.Intern(owner.substr(dot + 1)).get()) : nullptr;
  return type && type->As<ClassObject>() ? type->Get<ClassObject>()->Find(interned.get()) : nullptr;
}

}  // namespace lathe::script
