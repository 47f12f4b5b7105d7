// The table of intrinsics.def, resolved.
#include "src/script/loop_recorder/intrinsics.h"

#include "src/script/loop_recorder/find_native.h"

namespace lathe::script {

Intrinsics::Intrinsics(Vm& vm) {
  struct Row {
    const char* owner;
    const char* name;
    Intrinsic intrinsic;
  };
  static constexpr Row kRows[] = {
#define INTRINSIC(OWNER, NAME, KIND, DETAIL) {OWNER, NAME, {IntrinsicKind::k##KIND, DETAIL}},
#include "src/script/loop_recorder/intrinsics.def"
#undef INTRINSIC
  };
  for (const Row& row : kRows) {
    const Value* function = FindNative(vm, row.owner, row.name);
    if (function && function->IsObject()) by_object_.insert({function->object(), row.intrinsic});
  }
}

}  // namespace lathe::script
