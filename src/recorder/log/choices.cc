// Choices from text and from a seed.
#include "src/recorder/log/choices.h"

#include <charconv>
#include <system_error>

namespace lathe {
namespace {

std::optional<Choice> FindChoice(std::string_view name) {
  for (size_t k = 0; k < kChoiceCount; ++k) {
    if (kChoiceNames[k] == name) return static_cast<Choice>(k);
  }
  return std::nullopt;
}

bool ReadNumber(std::string_view text, uint64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string Choices::Read(std::string_view text) {
  std::array<std::optional<bool>, kChoiceCount> forced;
  uint64_t seed = 0;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(item.size() < text.size() ? item.size() + 1 : item.size());
    const size_t equals = item.find('=');
    const std::string name(item.substr(0, equals));
    const std::string_view answer = equals == item.npos ? "" : item.substr(equals + 1);
    if (name == "random") {
      if (!ReadNumber(answer, &seed)) return "'random' takes a number";
      continue;
    }
    const std::optional<Choice> choice = FindChoice(name);
    if (!choice) return "there is no choice '" + name + "'";
    if (answer != "yes" && answer != "no") return "the choice '" + name + "' is neither yes nor no";
    forced[static_cast<size_t>(*choice)] = answer == "yes";
  }
  forced_ = forced;
  Randomise(seed);
  return "";
}

// A mix of the seed and the number of the question (splitmix64).
bool Choices::RandomAnswer() {
  uint64_t mixed = seed_ + asked_.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15u;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return (mixed >> 62 & 1) != 0;
}

}  // namespace lathe
