// Values of events, for listeners.
#include "src/recorder/log/events.h"

namespace lathe {

void EventDraft::Keep(std::string_view field, int64_t value) {
  values.emplace_back().name = field;
  values.back().value = value;
}
void EventDraft::Keep(std::string_view field, bool value) {
  values.emplace_back().name = field;
  values.back().value = value;
}
void EventDraft::Keep(std::string_view field, std::string_view value) {
  values.emplace_back().name = field;
  values.back().value.emplace<std::string>(value);
}
void EventDraft::Keep(std::string_view field, std::span<const std::string> value) {
  values.emplace_back().name = field;
  values.back().value.emplace<std::vector<std::string>>(value.begin(), value.end());
}
void EventDraft::Keep(std::string_view field, std::span<const int64_t> value) {
  values.emplace_back().name = field;
  values.back().value.emplace<std::vector<int64_t>>(value.begin(), value.end());
}

}  // namespace lathe
