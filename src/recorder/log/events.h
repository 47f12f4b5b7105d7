// The events of events.def as types: one struct an event, whose enumerators are its fields, and LogLine,
// which puts one together. A field that the event does not have, or a value of another type, does not
// compile; in debug builds a field that it always has must be there.
//
//   LogLine<event::Evict> line;
//   line.Add<event::Evict::trace>("t3").Add<event::Evict::bytes>(420);
//   log.Write(std::move(line));
//
// A line is written as text from the start; the values are kept too if a listener will be told of them.
#pragma once

#include <atomic>
#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lathe/trace.h"
#include "src/base/json_writer.h"

namespace lathe {

enum class FieldType : uint8_t { kText, kInteger, kFlag, kTexts, kIntegers };
enum class FieldPresence : uint8_t { kAlways, kMaybe, kDetail };

struct FieldInfo {
  std::string_view name;
  FieldType type;
  FieldPresence presence;
  std::string_view doc;
};

namespace event {
#define EVENT(ID, TEXT, DOC)                        \
  struct ID {                                       \
    static constexpr std::string_view kName = TEXT; \
    static constexpr std::string_view kDoc = DOC;   \
    enum Field : uint8_t {
#define FIELD(NAME, TYPE, PRESENCE, DOC) NAME,
#define END_EVENT \
  }               \
  ;               \
  }               \
  ;
#include "src/recorder/log/events.def"
#undef EVENT
#undef FIELD
#undef END_EVENT
}  // namespace event

// FieldsOf<event::Run>: the rows of its fields.
template <class E>
inline constexpr int FieldsOf = 0;
#define EVENT(ID, TEXT, DOC) \
  template <>                \
  inline constexpr FieldInfo FieldsOf<event::ID>[] = {
#define FIELD(NAME, TYPE, PRESENCE, DOC) {#NAME, FieldType::k##TYPE, FieldPresence::k##PRESENCE, DOC},
#define END_EVENT \
  }               \
  ;
#include "src/recorder/log/events.def"
#undef EVENT
#undef FIELD
#undef END_EVENT

struct EventInfo {
  std::string_view name;
  std::string_view doc;
  std::span<const FieldInfo> fields;
};
inline constexpr EventInfo kEvents[] = {
#define EVENT(ID, TEXT, DOC) {TEXT, DOC, FieldsOf<event::ID>},
#define FIELD(NAME, TYPE, PRESENCE, DOC)
#define END_EVENT
#include "src/recorder/log/events.def"
#undef EVENT
#undef FIELD
#undef END_EVENT
};

// What a field takes. Lists are passed on, texts and numbers copied.
template <FieldType type>
using ValueOfField = std::conditional_t<
    type == FieldType::kText, std::string_view,
    std::conditional_t<
        type == FieldType::kInteger, int64_t,
        std::conditional_t<type == FieldType::kFlag, bool,
                           std::conditional_t<type == FieldType::kTexts, std::span<const std::string>,
                                              std::span<const int64_t>>>>>;

// Whether somebody listens to the trace log: the values of events are wanted beside their text.
class EventListening {
 public:
  static bool IsOn() { return on_.load(std::memory_order_relaxed); }
  static void Set(bool on) { on_.store(on, std::memory_order_relaxed); }

 private:
  inline static std::atomic<bool> on_ = false;
};

// An event that is being put together, whichever it is.
struct EventDraft {
  explicit EventDraft(std::string_view event, bool keeps_values = EventListening::IsOn())
      : name(event), listened(keeps_values) {}

  // For the listener.
  void Keep(std::string_view field, int64_t value);
  void Keep(std::string_view field, bool value);
  void Keep(std::string_view field, std::string_view value);
  void Keep(std::string_view field, std::span<const std::string> value);
  void Keep(std::string_view field, std::span<const int64_t> value);

  std::string_view name;
  int64_t t = 0;  // 0: the moment of writing
  JsonFields fields;
  bool listened;
  uint64_t added = 0;  // a bit a field
  std::vector<TraceEvent::Field> values;
};

template <class E>
class LogLine {
 public:
  LogLine() : draft_(E::kName) {}
  // With values, whoever listens now.
  static LogLine ForListener() { return LogLine(EventDraft(E::kName, true)); }
  // With the fields that Unfinished has given.
  explicit LogLine(EventDraft unfinished) : draft_(std::move(unfinished)) {}

  template <typename E::Field field>
  LogLine& Add(ValueOfField<FieldsOf<E>[field].type> value) {
    draft_.fields.Add(FieldsOf<E>[field].name, value);
    draft_.added |= uint64_t{1} << field;
    if (draft_.listened) draft_.Keep(FieldsOf<E>[field].name, value);
    return *this;
  }
  // The end of what it tells of, on the log's clock, if that is not the moment of writing.
  LogLine& At(int64_t t) {
    draft_.t = t;
    return *this;
  }
  // With the fields so far, to be completed by LogLine(EventDraft) and Add.
  EventDraft Unfinished() && { return std::move(draft_); }
  EventDraft Take() && {
    for (size_t k = 0; k < std::size(FieldsOf<E>); ++k) {
      const bool needed = FieldsOf<E>[k].presence == FieldPresence::kAlways;
      assert((!needed || (draft_.added >> k & 1) != 0) && "a field is missing");
      (void)needed;
    }
    return std::move(draft_);
  }

 private:
  EventDraft draft_;
};

}  // namespace lathe
