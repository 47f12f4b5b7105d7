// A loop trace as the VM holds it: the graph it was recorded as, what was last made of it, and its history.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/recorder/runtime/loop_backend.h"
#include "src/script/loop_recorder/array_statements.h"
#include "src/script/loop_recorder/assemble.h"

namespace lathe::script {

struct LoopTrace {
  explicit LoopTrace(Vm& vm) : arrays(vm, graph) {}
  std::string name() const { return "loop" + std::to_string(id); }
  int64_t id = 0;
  Ref<CodeObject> code;
  uint32_t header = 0;
  LoopGraph graph;
  ArrayStatements arrays;
  AssembledLoop assembled;
  std::unique_ptr<LoopExecutable> executable;             // null until the first recording is done
  std::vector<std::shared_ptr<uint64_t>> fault_counters;  // of `--jit stress`
  size_t most_frames = 1;
  int64_t compilations = 0;
  int64_t last_run = 0;  // by LoopJit's count of runs
  std::vector<uint64_t> inputs, values;
  // By exit: which of its values is the number of turns; empty if they are not counted.
  std::vector<uint32_t> turn_values;
};

}  // namespace lathe::script
