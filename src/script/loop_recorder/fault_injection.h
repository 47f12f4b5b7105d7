// Faults for `--jit stress`: exits of a compiled loop are taken although nothing is wrong, so that every
// place where the VM may have to go on is one where it does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "src/recorder/ir/trace.h"

namespace lathe::script {

// Puts guards that fail now and then before guards, polls and checked operations chosen at random, with the
// same exits, if `may_fail` allows the exit. `memory` is the alias class of their counters, which are added
// to `counters` and must outlive the compiled trace.
void InjectFaults(lathe::Trace& trace, uint64_t memory, const std::function<bool(uint64_t exit)>& may_fail,
                  std::mt19937_64& random, std::vector<std::shared_ptr<uint64_t>>* counters);

}  // namespace lathe::script
