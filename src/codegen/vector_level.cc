#include "src/codegen/vector_level.h"

#include <asmjit/core.h>

#include <algorithm>
#include <iterator>

namespace lathe {
namespace {

// Whether a processor has a level, by level.
using Test = bool (*)(const asmjit::CpuFeatures& cpu);
constexpr Test kTests[] = {
    [](const asmjit::CpuFeatures& cpu) { return cpu.x86().hasSSE4_2(); },
    [](const asmjit::CpuFeatures& cpu) { return cpu.x86().hasAVX2() && cpu.x86().hasFMA(); },
    [](const asmjit::CpuFeatures& cpu) {
      return cpu.x86().hasAVX512_F() && cpu.x86().hasAVX512_VL() && cpu.x86().hasAVX512_BW() &&
             cpu.x86().hasAVX512_DQ();
    },
    [](const asmjit::CpuFeatures&) { return true; },
};
static_assert(std::size(kTests) == std::size(kLevels));

// Processors older than this extension (Ice Lake, Zen 4) slow their clock down for 512-bit instructions.
bool IsWorthwhile(VectorLevel level, const asmjit::CpuFeatures& cpu) {
  return level != VectorLevel::kAvx512 || cpu.x86().hasAVX512_VBMI2();
}

}  // namespace

VectorLevel FindVectorLevel(Isa highest) {
  const asmjit::CpuFeatures& cpu = asmjit::CpuInfo::host().features();
  VectorLevel found = kHostArchitecture == Architecture::kAArch64 ? VectorLevel::kNeon : VectorLevel::kSse42;
  for (size_t k = 0; k < std::size(kLevels); ++k) {
    const auto level = static_cast<VectorLevel>(k);
    if (kLevels[k].architecture != kHostArchitecture || kLevels[k].isa > highest || !kTests[k](cpu)) continue;
    if (highest == Isa::kNative && !IsWorthwhile(level, cpu)) continue;
    found = level;
  }
  return found;
}

const LevelInfo* FindLevelInfo(Isa isa) {
  const auto found = std::find_if(std::begin(kLevels), std::end(kLevels),
                                  [isa](const LevelInfo& level) { return level.isa == isa; });
  return found == std::end(kLevels) ? nullptr : found;
}

bool HasVectorLevel() {
  const asmjit::CpuFeatures& cpu = asmjit::CpuInfo::host().features();
  return kTests[static_cast<size_t>(FindVectorLevel(Isa::kNative))](cpu);
}

}  // namespace lathe
