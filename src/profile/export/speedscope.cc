// Speedscope's evented profile: one profile a thread, frames opened and closed in proper nesting. Lines of
// the log that stand for several runs may overlap in time; what overlaps is cut at the end of what contains
// it.
#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "src/profile/export/exporters.h"
#include "src/profile/output/json.h"

namespace lathe::profile {
namespace {

class Profile {
 public:
  Profile(const LogModel& model, std::map<std::string, int64_t>* frames) : model_(model), frames_(frames) {}

  void Write(std::vector<const Span*> spans, const std::string& name, JsonWriter* json) {
    std::stable_sort(spans.begin(), spans.end(), [](const Span* a, const Span* b) {
      return std::pair(a->begin, -a->nanoseconds) < std::pair(b->begin, -b->nanoseconds);
    });
    json->BeginObject().Add("type", "evented").Add("name", name).Add("unit", "nanoseconds");
    json->Add("startValue", 0).Key("events").BeginArray();
    json_ = json;
    for (const Span* span : spans) Place(*span);
    CloseUntil(std::numeric_limits<int64_t>::max());
    json->EndArray().Add("endValue", std::max(now_, model_.wall)).EndObject();
  }

 private:
  struct Open {
    int64_t frame;
    int64_t end;
  };

  void Place(const Span& span) {
    CloseUntil(span.begin);
    int64_t end = span.begin + span.nanoseconds;
    if (!open_.empty()) end = std::min(end, open_.back().end);
    const int64_t begin = std::max({span.begin, now_, int64_t{0}});
    if (end <= begin) return;
    Event("O", begin, Frame(SpanName(model_, span)));
    open_.push_back({Frame(SpanName(model_, span)), end});
  }

  void CloseUntil(int64_t time) {
    while (!open_.empty() && open_.back().end <= time) {
      Event("C", open_.back().end, open_.back().frame);
      open_.pop_back();
    }
  }

  void Event(const char* type, int64_t at, int64_t frame) {
    now_ = at;
    json_->BeginObject().Add("type", type).Add("at", at).Add("frame", frame).EndObject();
  }

  int64_t Frame(const std::string& name) {
    return frames_->try_emplace(name, static_cast<int64_t>(frames_->size())).first->second;
  }

  const LogModel& model_;
  std::map<std::string, int64_t>* frames_;
  JsonWriter* json_ = nullptr;
  std::vector<Open> open_;
  int64_t now_ = 0;
};

}  // namespace

std::string ExportSpeedscope(Reading& reading) {
  const LogModel& model = reading.model();
  const std::string title = model.head.script.empty() ? model.path : model.head.script;
  std::map<int32_t, std::vector<const Span*>> threads;
  threads[0];
  for (const Span& span : model.spans) threads[span.thread].push_back(&span);
  std::map<std::string, int64_t> frames;
  JsonWriter json;
  json.BeginObject().Add("$schema", "https://www.speedscope.app/file-format-schema.json");
  json.Add("name", title)
      .Add("activeProfileIndex", 0)
      .Add("exporter", "lathe trace")
      .Key("profiles")
      .BeginArray();
  for (const auto& [thread, spans] : threads) {
    Profile(model, &frames)
        .Write(spans, thread == 0 ? title : absl::StrCat(title, ", thread ", thread), &json);
  }
  json.EndArray().Key("shared").BeginObject().Key("frames").BeginArray();
  std::vector<std::string> names(frames.size());
  for (const auto& [name, number] : frames) names[static_cast<size_t>(number)] = name;
  for (const std::string& name : names) json.BeginObject().Add("name", name).EndObject();
  json.EndArray().EndObject().EndObject();
  return json.Take() + "\n";
}

}  // namespace lathe::profile
