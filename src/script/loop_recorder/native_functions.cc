// The table of native_functions.def, resolved.
#include "src/script/loop_recorder/native_site.h"

namespace lathe::script {
namespace {

using Effect = NativeFunctions::Effect;

constexpr NativeTable<Effect>::Row kRows[] = {
#define NATIVE(OWNER, NAME, EFFECT) {OWNER, NAME, Effect::k##EFFECT},
#include "src/script/loop_recorder/native_functions.def"
#undef NATIVE
};

}  // namespace

NativeFunctions::NativeFunctions(Vm& vm) : table_(vm, kRows) {}

NativeFunctions::Effect NativeFunctions::EffectOf(const Object* function) const {
  const Effect* effect = table_.Find(function);
  return effect ? *effect : Effect::kUnknown;
}

}  // namespace lathe::script
