// Why a recording ended (end_reasons.def): a field of the event `record`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lathe {

enum class EndReason : uint8_t {
#define END_REASON(ID, TEXT) k##ID,
#include "src/recorder/log/end_reasons.def"
#undef END_REASON
};
inline constexpr std::string_view kEndReasonTexts[] = {
#define END_REASON(ID, TEXT) TEXT,
#include "src/recorder/log/end_reasons.def"
#undef END_REASON
};
constexpr std::string_view TextOf(EndReason reason) { return kEndReasonTexts[static_cast<size_t>(reason)]; }

}  // namespace lathe
