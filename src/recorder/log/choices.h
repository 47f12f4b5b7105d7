// Choices: the one place that answers heuristic questions (choices.def). A choice never changes a result,
// only its cost; forcing or randomising choices in tests proves that.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
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

// Asked by any number of threads; changed by one that knows of no other.
class Choices {
 public:
  // The answer: the forced one, else a random one if a seed was set, else what the heuristic says.
  bool Ask(Choice choice, bool heuristic) {
    const std::optional<bool>& forced = forced_[static_cast<size_t>(choice)];
    if (forced) return *forced;
    return seed_ == 0 ? heuristic : RandomAnswer();
  }
  void Force(Choice choice, std::optional<bool> answer) { forced_[static_cast<size_t>(choice)] = answer; }
  // seed 0: no randomness.
  void Randomise(uint64_t seed) {
    seed_ = seed;
    asked_.store(0, std::memory_order_relaxed);
  }
  // "NAME=yes|no,...", "random=SEED": that and nothing else from now on. Returns what is wrong with it, or
  // ""; if it is wrong nothing has changed.
  std::string Read(std::string_view text);
  // What decided, if it was not the heuristic, which goes by `why`.
  static std::string Overruled(const std::string& why) { return "it was told to; by itself: " + why; }

 private:
  bool RandomAnswer();

  std::array<std::optional<bool>, kChoiceCount> forced_;
  uint64_t seed_ = 0;
  std::atomic<uint64_t> asked_ = 0;
};

}  // namespace lathe
