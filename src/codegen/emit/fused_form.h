// How an element-wise product takes part in a fused multiply-add.
#pragma once

#include <cstdint>

namespace lathe {

enum class FusedForm : uint8_t { kProductPlus, kProductMinus, kMinusProduct };

}  // namespace lathe
