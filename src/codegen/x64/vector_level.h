// The sets of vector instructions that the emitter knows, lowest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lathe/engine.h"

namespace lathe {

enum class VectorLevel : uint8_t {
  kSse42,
  kAvx2,    // and FMA
  kAvx512,  // F, VL, BW and DQ
};

// The highest one that this processor has and `highest` allows.
VectorLevel FindVectorLevel(Isa highest);

// "avx2": the word that stands for it among the engine's settings.
constexpr std::string_view NameOf(VectorLevel level) {
  constexpr std::string_view kNames[] = {"sse42", "avx2", "avx512"};
  return kNames[static_cast<size_t>(level)];
}

constexpr int VectorBytes(VectorLevel level) {
  return level == VectorLevel::kAvx512 ? 64 : level == VectorLevel::kAvx2 ? 32 : 16;
}

}  // namespace lathe
