// Versions, options and counters of the C ABI.
#include <string_view>

#include "lathe/engine.h"
#include "src/capi/guard.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

template <class T>
struct Word {
  std::string_view word;
  T value;
};

template <class T, size_t N>
T ValueOf(const Word<T> (&words)[N], const std::string& option, const std::string& value) {
  for (const Word<T>& word : words) {
    if (word.word == value) return word.value;
  }
  throw ValueError("option " + option + " cannot be '" + value + "'");
}

constexpr Word<JitMode> kJit[] = {
    {"on", JitMode::kOn}, {"off", JitMode::kOff}, {"force", JitMode::kForce}, {"stress", JitMode::kStress}};
constexpr Word<FpMode> kFp[] = {
    {"strict", FpMode::kStrict}, {"contract", FpMode::kContract}, {"fast", FpMode::kFast}};
constexpr Word<Isa> kIsa[] = {
    {"sse42", Isa::kSse42}, {"avx2", Isa::kAvx2}, {"avx512", Isa::kAvx512}, {"native", Isa::kNative}};

int ThreadsOf(const std::string& value) {
  size_t end = 0;
  const bool digits =
      !value.empty() && value.size() < 5 && value.find_first_not_of("0123456789") == value.npos;
  if (!digits) throw ValueError("option threads cannot be '" + value + "'");
  return std::stoi(value, &end);
}

void Set(EngineOptions& options, const std::string& option, const std::string& value) {
  if (option == "jit") {
    options.jit = ValueOf(kJit, option, value);
  } else if (option == "fp") {
    options.fp = ValueOf(kFp, option, value);
  } else if (option == "isa") {
    options.isa = ValueOf(kIsa, option, value);
  } else if (option == "threads") {
    options.threads = ThreadsOf(value);
  } else if (option == "trace") {
    options.trace_file = value;
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
