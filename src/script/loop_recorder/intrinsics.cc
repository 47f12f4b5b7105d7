// The table of intrinsics.def, resolved.
#include "src/script/loop_recorder/intrinsics.h"

#include <string>

namespace lathe::script {

Intrinsics::Intrinsics(Vm& vm) {
  struct Row {
    const char* module;
    const char* name;
    Intrinsic intrinsic;
  };
  static constexpr Row kRows[] = {
#define INTRINSIC(MODULE, NAME, KIND, DETAIL) {MODULE, NAME, {IntrinsicKind::k##KIND, DETAIL}},
#include "src/script/loop_recorder/intrinsics.def"
#undef INTRINSIC
  };
  for (const Row& row : kRows) {
    const Ref<StringObject> name = vm.Intern(row.name);
    const Ref<ModuleObject> module = row.module[0] ? vm.FindModule(row.module) : nullptr;
    const Value* function = module ? module->variables.Find(name.get()) : vm.builtins().Find(name.get());
    if (function && function->IsObject()) by_object_.insert({function->object(), row.intrinsic});
  }
}

}  // namespace lathe::script
