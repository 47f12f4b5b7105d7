// Constant folding over a whole trace.
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/reemit.h"

namespace lathe {

absl::Status Fold(Trace& trace, PassContext&) {
  Reemit(trace, {.fold = true, .simplify = false, .cse = false});
  return absl::OkStatus();
}

}  // namespace lathe
