// The limits of the loop JIT (loop_limits.def), with their defaults or as the engine's options have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lathe::script {

struct LoopLimits {
#define LOOP_LIMIT(ID, NAME, DEFAULT, TEXT) int64_t ID = DEFAULT;
#include "src/script/loop_recorder/loop_limits.def"
#undef LOOP_LIMIT
};

// Reads "name=number,..." into `limits`; what is wrong with it, or "".
std::string ReadLoopLimits(std::string_view text, LoopLimits* limits);

}  // namespace lathe::script
