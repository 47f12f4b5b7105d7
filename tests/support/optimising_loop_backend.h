// A loop backend that runs passes first: to see that they change nothing but the path.
#pragma once

#include <memory>
#include <string_view>

#include "src/recorder/runtime/loop_backend.h"

namespace lathe {

// Runs the pass called `pass`, or all passes of the loop level if that is empty, and hands the result to
// `inner`. Checks stay where they are: one that was moved leaves at an exit before its loop, which is right
// only for those who go on from there (the random programs of tests/loop_programs.py do).
std::unique_ptr<LoopBackend> MakeOptimisingLoopBackend(std::string_view pass,
                                                       std::unique_ptr<LoopBackend> inner);

}  // namespace lathe
