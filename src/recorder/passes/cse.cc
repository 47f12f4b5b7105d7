// Common subexpressions become one, over the whole trace or within a nest (build/cse.cc says when).
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/reemit.h"

namespace lathe {

absl::Status Cse(Trace& trace, PassContext&) {
  Reemit(trace, {.fold = false, .simplify = false, .cse = true});
  return absl::OkStatus();
}

}  // namespace lathe
