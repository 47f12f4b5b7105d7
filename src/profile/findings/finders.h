// The finders of findings.cc and its sister files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/profile/findings/findings.h"

namespace lathe::profile {

struct Findings {
  std::vector<Finding> all;
  void Add(std::string kind, const Place& place, const std::string& trace, int64_t lost, std::string what,
           std::string_view why, std::string_view remedy);
};

// find_array_problems.cc: temporaries, strided access, broken fusion, runs on the interpreter.
void FindArrayProblems(const LogModel& model, const Machine* machine, Findings* findings);
// find_loop_problems.cc: exits, aborted recordings, loops without vectors, checks inside.
void FindLoopProblems(const LogModel& model, Findings* findings);

}  // namespace lathe::profile
