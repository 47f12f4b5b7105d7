// Text into a trace: the inverse of PrintTrace (docs/ir.md has the grammar). Checks only what it needs to
// build the trace; whether it makes sense is the verifier's question.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// Reads one trace. Lines that begin with ';' and what follows the trace's closing brace are ignored. An
// error reads "line 2, column 7: message", then the line and a caret under the column.
absl::StatusOr<Trace> ParseTrace(std::string_view text);

}  // namespace lathe
