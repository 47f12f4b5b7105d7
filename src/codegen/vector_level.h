// The sets of vector instructions that there are emitters for, of each architecture lowest first. All of them
// are compiled into every Lathe, so that any machine can make and list code for any other; only running it
// takes a processor that has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lathe/engine.h"

namespace lathe {

enum class Architecture : uint8_t { kX64, kAArch64 };
#if defined(__aarch64__)
inline constexpr Architecture kHostArchitecture = Architecture::kAArch64;
#else
inline constexpr Architecture kHostArchitecture = Architecture::kX64;
#endif

enum class VectorLevel : uint8_t {
  kSse42,
  kAvx2,    // and FMA
  kAvx512,  // F, VL, BW and DQ
  kNeon,    // Advanced SIMD, which every AArch64 processor has
};

struct LevelInfo {
  std::string_view word;  // that stands for it among the engine's settings
  Isa isa;
  Architecture architecture;
  int vector_bytes;
  bool fma;
};
inline constexpr LevelInfo kLevels[] = {
    {"sse42", Isa::kSse42, Architecture::kX64, 16, false},
    {"avx2", Isa::kAvx2, Architecture::kX64, 32, true},
    {"avx512", Isa::kAvx512, Architecture::kX64, 64, true},
    {"neon", Isa::kNeon, Architecture::kAArch64, 16, true},
};
constexpr const LevelInfo& Info(VectorLevel level) { return kLevels[static_cast<size_t>(level)]; }
constexpr std::string_view NameOf(VectorLevel level) { return Info(level).word; }
constexpr int VectorBytes(VectorLevel level) { return Info(level).vector_bytes; }

// The highest one that this processor has and `highest` allows.
VectorLevel FindVectorLevel(Isa highest);
// The one that bears the word; null if none does.
const LevelInfo* FindLevelInfo(Isa isa);
// Whether this processor can run code of any level.
bool HasVectorLevel();

}  // namespace lathe
