// The rules of build/rules.def over a whole trace. Folding goes with them: a rule may leave an operation
// on constants.
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/reemit.h"

namespace lathe {

absl::Status Simplify(Trace& trace, PassContext&) {
  Reemit(trace, {.fold = true, .simplify = true, .cse = false});
  return absl::OkStatus();
}

}  // namespace lathe
