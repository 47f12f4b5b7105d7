// From the loop graph to a loop trace: blocks in order, parameters that are always one value resolved, and
// each exit's snapshot flattened into a list of values.
#pragma once

#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/script/loop_recorder/array_site.h"
#include "src/script/loop_recorder/loop_graph.h"

namespace lathe::script {

struct AssembledLoop {
  Trace trace;
  // By exit: what is to be restored, in the order of the exit's snapshot values. What has not changed since
  // the trace was entered is kUnloaded. Null for exits that the trace does not contain.
  std::vector<std::shared_ptr<const State>> restores;
  // What the trace calls by address.
  std::vector<std::shared_ptr<LoopSiteCall>> callbacks;
  size_t most_values = 0;  // of any exit
};

AssembledLoop Assemble(const LoopGraph& graph, const std::string& name, const std::string& file);

}  // namespace lathe::script
