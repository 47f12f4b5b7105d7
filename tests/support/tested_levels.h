// The instruction sets that machine code is tested at. One that the processor lacks gives way to the next
// lower one, and so passes.
#pragma once

#include "lathe/engine.h"

namespace lathe {

struct TestedLevel {
  const char* name;
  Isa isa;
};
#if defined(__aarch64__)
inline constexpr TestedLevel kTestedLevels[] = {{"neon", Isa::kNeon}};
#else
inline constexpr TestedLevel kTestedLevels[] = {
    {"sse42", Isa::kSse42}, {"avx2", Isa::kAvx2}, {"avx512", Isa::kAvx512}};
#endif

}  // namespace lathe
