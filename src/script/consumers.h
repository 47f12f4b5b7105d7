// The built-in functions whose calls with a generator expression are loops in place (consumers.def).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lathe::script {

enum class ConsumerKind : uint8_t { kSum, kAny, kAll, kMax, kMin, kCollect };

struct Consumer {
  std::string_view name;
  ConsumerKind kind;
};

inline constexpr Consumer kConsumers[] = {
#define CONSUMER(NAME, KIND) {NAME, ConsumerKind::k##KIND},
#include "src/script/consumers.def"
#undef CONSUMER
};

// The place in the table; none for other names.
constexpr std::optional<uint16_t> FindConsumer(std::string_view name) {
  for (size_t k = 0; k < std::size(kConsumers); ++k) {
    if (kConsumers[k].name == name) return static_cast<uint16_t>(k);
  }
  return std::nullopt;
}

}  // namespace lathe::script
