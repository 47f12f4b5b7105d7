// Reading limits from text.
#include "src/script/loop_recorder/loop_limits.h"

#include <charconv>

namespace lathe::script {
namespace {

int64_t* FindLimit(std::string_view name, LoopLimits* limits) {
#define LOOP_LIMIT(ID, NAME, DEFAULT, TEXT) \
  if (name == NAME) return &limits->ID;
#include "src/script/loop_recorder/loop_limits.def"
#undef LOOP_LIMIT
  return nullptr;
}

}  // namespace

std::string ReadLoopLimits(std::string_view text, LoopLimits* limits) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(item.size() < text.size() ? item.size() + 1 : item.size());
    const size_t equals = item.find('=');
    const std::string_view name = item.substr(0, equals);
    int64_t* limit = FindLimit(name, limits);
    if (!limit) return "there is no loop limit '" + std::string(name) + "'";
    const std::string_view number = equals == item.npos ? "" : item.substr(equals + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), *limit);
    if (error != std::errc() || end != number.data() + number.size() || *limit < 1)
      return "the loop limit '" + std::string(name) + "' is no positive number";
  }
  return "";
}

}  // namespace lathe::script
