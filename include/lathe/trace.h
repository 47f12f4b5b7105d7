// File: lathe/trace.h
//
// The trace log from inside a program: events as they are written, and where in the source one is.
// docs/trace-log.md has every event with its fields.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lathe {

// One event of the trace log: what a line of the file holds.
struct TraceEvent {
  using Value = std::variant<int64_t, bool, std::string, std::vector<std::string>, std::vector<int64_t>>;
  struct Field {
    std::string_view name;  // of static storage
    Value value;
  };

  std::string_view name;
  int64_t t = 0;   // nanoseconds since the log was opened
  int thread = 0;  // 0: the thread that opened the log
  std::vector<Field> fields;

  // Null if the event does not have the field.
  const Value* Find(std::string_view field) const {
    for (const Field& candidate : fields) {
      if (candidate.name == field) return &candidate.value;
    }
    return nullptr;
  }
};

// Told of every event, on the thread that it happens on, when the engine is done with what it tells of. It
// must not throw. What arrays do in it is not told; at the first event, `log`, the engine may not be there
// yet.
using TraceListener = std::function<void(const TraceEvent&)>;

// The place in the program's source that this thread's array operations belong to from now on; "": none.
void SetSourcePlace(std::string_view file, int line);

}  // namespace lathe
