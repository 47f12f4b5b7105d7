// The runner of .lir test files: one trace and what a mode makes of it, as exact text.
//
//   ;; One sentence that says what the file shows.
//   test MODE
//   trace @f(...) { ... }
//   ; expected lines
//
//   test cat                print(parse(text)): the expected lines, or the trace as written if there are none
//   test parse              "error: " and the parser's message, or "ok"
//   test verify             "error: " and the verifier's message, or "ok"
//   test pass NAME NAME     the trace after these passes, then "reason: " lines
//   test run                lines "run: @f([1, 2], 2.0, %n=3) == [3, 4]": arguments and the results, followed
//                           by the final contents of parameters that are assigned to. Loop traces:
//                           "run: @f(1, f64[1, 2]) == exit 3 (4) [5, 2]" (loop_run_line.h)
// A loop trace is run on the interpreter and every further loop backend. Any other run is executed on the
// interpreter at the array level, after the array passes, and at the nest level, then on every further
// backend; all must give the same. With LATHE_BLESS=1 in the environment the expected lines are rewritten to
// what was found.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/recorder/runtime/backend.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

struct LirBackend {
  std::string name;
  std::function<std::unique_ptr<Backend>()> make;
};
struct LirLoopBackend {
  std::string name;
  std::function<std::unique_ptr<LoopBackend>()> make;
};

// All .lir files under `directory`, sorted.
std::vector<std::string> FindLirFiles(const std::string& directory);
// The mode of a file: "cat", "run", ...; empty if it has none.
std::string LirMode(const std::string& path);
// A file's path below `directory` as the name of a test.
std::string LirTestName(const std::string& path, const std::string& directory);
// Runs a file; returns what is wrong with it, or nothing.
std::string CheckLirFile(const std::string& path, const std::vector<LirBackend>& backends = {},
                         const std::vector<LirLoopBackend>& loop_backends = {});

}  // namespace lathe
