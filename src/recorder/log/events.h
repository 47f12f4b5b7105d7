// The events of events.def as types: one struct an event, whose enumerators are its fields, and LogLine,
// which puts one together. A field that the event does not have, or a value of another type, does not
// compile; in debug builds a field that it always has must be there.
//
//   LogLine<event::Evict> line;
//   line.Add<event::Evict::trace>("t3").Add<event::Evict::bytes>(420);
//   log.Write(std::move(line));
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lathe/trace.h"

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

template <FieldType type>
using ValueOfField = std::conditional_t<
    type == FieldType::kText, std::string,
    std::conditional_t<
        type == FieldType::kInteger, int64_t,
        std::conditional_t<
            type == FieldType::kFlag, bool,
            std::conditional_t<type == FieldType::kTexts, std::vector<std::string>, std::vector<int64_t>>>>>;

template <class E>
class LogLine {
 public:
  LogLine() {
    event_.name = E::kName;
    event_.fields.reserve(std::size(FieldsOf<E>));
  }
  template <typename E::Field field>
  LogLine& Add(ValueOfField<FieldsOf<E>[field].type> value) {
    event_.fields.push_back({FieldsOf<E>[field].name, std::move(value)});
    return *this;
  }
  // The end of what it tells of, on the log's clock, if that is not the moment of writing.
  LogLine& At(int64_t t) {
    event_.t = t;
    return *this;
  }
  // With the fields so far, to be completed by LogLine(TraceEvent) and Add.
  TraceEvent Unfinished() && { return std::move(event_); }
  explicit LogLine(TraceEvent unfinished) : event_(std::move(unfinished)) {}
  TraceEvent Take() && {
    for (const FieldInfo& field : FieldsOf<E>) {
      assert((field.presence != FieldPresence::kAlways || event_.Find(field.name)) && "a field is missing");
      (void)field;
    }
    return std::move(event_);
  }

 private:
  TraceEvent event_;
};

}  // namespace lathe
