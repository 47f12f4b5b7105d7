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
      {"generic", c.generic.get()}, {"file", c.file.get()}};
  for (const auto& [class_name, type] : classes) {
    if (class_name == owner) return type->Find(interned.get());
  }
  const Ref<ModuleObject> module = vm.FindModule(std::string(owner));
  return module ? module->variables.Find(interned.get()) : nullptr;
}

}  // namespace lathe::script
