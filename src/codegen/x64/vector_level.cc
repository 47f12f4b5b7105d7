#include "src/codegen/x64/vector_level.h"

#include <asmjit/core.h>

namespace lathe {

VectorLevel FindVectorLevel(Isa highest) {
  const asmjit::CpuFeatures::X86& cpu = asmjit::CpuInfo::host().features().x86();
  if (highest == Isa::kSse42 || !cpu.hasAVX2() || !cpu.hasFMA()) return VectorLevel::kSse42;
  if (highest == Isa::kAvx2) return VectorLevel::kAvx2;
  if (!cpu.hasAVX512_F() || !cpu.hasAVX512_VL() || !cpu.hasAVX512_BW() || !cpu.hasAVX512_DQ())
    return VectorLevel::kAvx2;
  // Processors older than this extension (Ice Lake, Zen 4) slow their clock down for 512-bit instructions.
  if (highest == Isa::kNative && !cpu.hasAVX512_VBMI2()) return VectorLevel::kAvx2;
  return VectorLevel::kAvx512;
}

}  // namespace lathe
