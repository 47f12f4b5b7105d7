// Tells Linux perf of our code, in one of the two forms that it reads: a map of addresses (`perf report`
// shows names), or a jitdump (`perf inject --jit`; `perf annotate` shows instructions and source lines too).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "src/codegen/memory/code_map.h"

namespace lathe {

// /tmp/perf-PID.map
absl::StatusOr<std::unique_ptr<CodeAnnouncer>> MakePerfMap();
// jit-PID.dump in the folder JITDUMPDIR, or else in /tmp.
absl::StatusOr<std::unique_ptr<CodeAnnouncer>> MakeJitDump();

}  // namespace lathe
