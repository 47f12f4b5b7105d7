// The table of native_functions.def, resolved.
#include <string_view>

#include "src/script/loop_recorder/find_native.h"
#include "src/script/loop_recorder/native_site.h"

namespace lathe::script {

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
  for (const Row& row : kRows) {
    const Value* function = FindNative(vm, row.owner, row.name);
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
