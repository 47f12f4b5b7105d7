// One "run:" line of a .lir file: arguments laid out in memory as the trace's parameters ask, results read
// back as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/backend.h"

namespace lathe {

// A nested list of words: what "[[1, 2], [3, 4]]" or "2.0" is.
struct LirValue {
  bool is_list = false;
  std::string word;
  std::vector<LirValue> items;
};

struct RunLine {
  struct Argument {
    std::string dim;  // "n" for "%n=3", else empty
    LirValue value;
  };
  std::string call;  // the text up to "=="
  std::vector<Argument> arguments;
  std::vector<LirValue> results;
};

// Reads "run: @f(...) == ...".
absl::StatusOr<RunLine> ParseRunLine(std::string_view text);

// Runs `executable`, compiled from a form of `trace`, on the arguments; the results as text, in the dtypes
// of the trace, one a result. Each run has memory of its own.
absl::StatusOr<std::vector<std::string>> ExecuteRunLine(const Trace& trace, const Executable& executable,
                                                        const RunLine& line);

// The expected results in the same form, so that texts can be compared.
absl::StatusOr<std::vector<std::string>> ExpectedResults(const Trace& trace, const RunLine& line);

}  // namespace lathe
