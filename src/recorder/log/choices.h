// Choices: the one place that answers heuristic questions (choices.def). A choice never changes a result,
// only its cost; forcing or randomising choices in tests proves that.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lathe {

enum class Choice : uint8_t {
#define CHOICE(ID, TEXT, DOC) k##ID,
#include "src/recorder/log/choices.def"
#undef CHOICE
};
inline constexpr std::string_view kChoiceNames[] = {
#define CHOICE(ID, TEXT, DOC) TEXT,
#include "src/recorder/log/choices.def"
#undef CHOICE
};
constexpr std::string_view NameOf(Choice choice) { return kChoiceNames[static_cast<size_t>(choice)]; }
inline constexpr size_t kChoiceCount = sizeof(kChoiceNames) / sizeof(kChoiceNames[0]);

class Choices {
 public:
  // The answer: the forced one, else a random one if a seed was set, else what the heuristic says.
  bool Ask(Choice choice, bool heuristic) {
    const std::optional<bool>& forced = forced_[static_cast<size_t>(choice)];
    if (forced) return *forced;
    if (random_state_ == 0) return heuristic;
    random_state_ = random_state_ * 6364136223846793005u + 1442695040888963407u;
    return (random_state_ >> 62) & 1;
  }
  void Force(Choice choice, std::optional<bool> answer) { forced_[static_cast<size_t>(choice)] = answer; }
  // seed 0: no randomness.
  void Randomise(uint64_t seed) { random_state_ = seed; }

 private:
  std::array<std::optional<bool>, kChoiceCount> forced_;
  uint64_t random_state_ = 0;
};

}  // namespace lathe
