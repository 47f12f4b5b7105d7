// Versions, options and counters of the C ABI.
#include "lathe/engine.h"
#include "src/base/mode_words.h"
#include "src/capi/guard.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

template <class Mode, size_t N>
Mode ModeOf(const ModeWord<Mode> (&words)[N], const std::string& option, const std::string& value) {
  const Mode* mode = FindMode(words, value);
  if (!mode) throw ValueError("option " + option + " cannot be '" + value + "'");
  return *mode;
}

int ThreadsOf(const std::string& value) {
  size_t end = 0;
  const bool digits =
      !value.empty() && value.size() < 5 && value.find_first_not_of("0123456789") == value.npos;
  if (!digits) throw ValueError("option threads cannot be '" + value + "'");
  return std::stoi(value, &end);
}

void Set(EngineOptions& options, const std::string& option, const std::string& value) {
  if (option == "jit") {
    options.jit = ModeOf(kJitModeWords, option, value);
  } else if (option == "fp") {
    options.fp = ModeOf(kFpModeWords, option, value);
  } else if (option == "isa") {
    options.isa = ModeOf(kIsaWords, option, value);
  } else if (option == "threads") {
    options.threads = ThreadsOf(value);
  } else if (option == "trace") {
    options.trace_file = value;
  } else if (option == "choices") {
    options.choices = value;
  } else if (option == "trace_detail") {
    options.trace_detail = ModeOf(kTraceDetailWords, option, value);
  } else {
    throw ValueError("there is no option '" + option + "'");
  }
}

struct NamedCounter {
  const char* name;
  int64_t Counters::*field;
};
constexpr NamedCounter kCounters[] = {
#define COUNTER(ID, TEXT) {#ID, &Counters::ID},
#include "lathe/counters.def"
#undef COUNTER
};

}  // namespace

uint32_t lathe_abi_version() { return LATHE_ABI_VERSION; }
const char* lathe_version() { return LATHE_VERSION; }

lathe_status lathe_configure(const char* option, const char* value) {
  return Guard([&] {
    EngineOptions options = CurrentOptions();
    Set(options, TextOf(option, "the option"), TextOf(value, "the value"));
    Configure(options);
  });
}

lathe_status lathe_counter(const char* name, int64_t* value) {
  return Guard([&] {
    const std::string wanted = TextOf(name, "the name");
    for (const NamedCounter& counter : kCounters) {
      if (wanted != counter.name) continue;
      Needed(value, "the result") = ReadCounters().*counter.field;
      return;
    }
    throw ValueError("there is no counter '" + wanted + "'");
  });
}

const char* lathe_counter_name(size_t number) {
  return number < std::size(kCounters) ? kCounters[number].name : nullptr;
}

void lathe_counters_reset() { ResetCounters(); }
