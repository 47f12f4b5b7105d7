// The sets of vector instructions that the emitter knows, lowest first.
#pragma once

#include <cstdint>

#include "lathe/engine.h"

namespace lathe {

enum class VectorLevel : uint8_t {
  kSse42,
  kAvx2,    // and FMA
  kAvx512,  // F, VL, BW and DQ
};

// The highest one that this processor has and `highest` allows.
VectorLevel FindVectorLevel(Isa highest);

constexpr int VectorBytes(VectorLevel level) {
  return level == VectorLevel::kAvx512 ? 64 : level == VectorLevel::kAvx2 ? 32 : 16;
}

}  // namespace lathe
