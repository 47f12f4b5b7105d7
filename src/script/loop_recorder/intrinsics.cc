// The table of intrinsics.def, resolved.
#include "src/script/loop_recorder/intrinsics.h"

namespace lathe::script {
namespace {

constexpr NativeTable<Intrinsic>::Row kRows[] = {
#define INTRINSIC(OWNER, NAME, KIND, DETAIL) {OWNER, NAME, {IntrinsicKind::k##KIND, DETAIL}},
#include "src/script/loop_recorder/intrinsics.def"
#undef INTRINSIC
};

}  // namespace

Intrinsics::Intrinsics(Vm& vm) : NativeTable(vm, kRows) {}

}  // namespace lathe::script
