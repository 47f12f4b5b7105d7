// A kernel: what the trace cache holds for one recording: its trace, the executables made of it so far,
// and where its symbolic extents are read. Shared between threads; counters are relaxed atomics written
// only while a kernel is still being interpreted, so a compiled kernel's hit path writes nothing shared.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/backend.h"

namespace lathe {

// Where a recording's operand comes from: an earlier row, an array parameter or a scalar parameter.
enum class SourceKind : uint8_t { kRow, kArray, kScalar };

// Where the extent of a trace's `dim` instruction is read at run time.
struct DimSource {
  SourceKind kind = SourceKind::kArray;  // kArray or kRow
  uint32_t index = 0;
  int dim = 0;
};

struct Kernel {
  int64_t id = 0;
  Trace trace;                  // array level, after the array passes but fusion
  std::vector<int> reuse;       // per output: the array parameter whose buffer it may take, or -1
  std::vector<DimSource> dims;  // where each `dim` of the trace is read at run time
  int nests = 0;                // loop nests of the compiled form
  int temporaries = 0;          // arrays (rank > 0) it writes that are no outputs
  int op_count = 0;
  int64_t compile_nanoseconds = 0;

  // The executable in use: machine code once compiled, the interpreter before.
  std::atomic<const Executable*> active = nullptr;
  std::atomic<bool> compiled = false;
  std::atomic<int> interpreted_runs = 0;
  std::mutex mutex;  // guards the owners below
  std::unique_ptr<Executable> interpreted;
  std::unique_ptr<Executable> native;
};

}  // namespace lathe
