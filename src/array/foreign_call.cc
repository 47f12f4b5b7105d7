// Timing of foreign calls.
#include "src/array/foreign_call.h"

#include "src/array/engine.h"
#include "src/recorder/log/event_sums.h"

namespace lathe {

ForeignCall::ForeignCall(const void* address, std::string_view name, std::string_view library)
    : address_(address),
      name_(name),
      library_(library),
      start_(DefaultEngine().log().enabled() ? Nanoseconds() : 0),
      phase_(Phase::foreign, -1, start_) {}

ForeignCall::~ForeignCall() {
  TraceLog& log = DefaultEngine().log();
  if (start_ == 0 || !log.enabled()) return;
  const int64_t end = Nanoseconds();
  phase_.Leave(end);
  const SourcePlace place = CurrentPlace();
  Fingerprint key;
  key.Add(reinterpret_cast<uintptr_t>(address_));
  key.Add((uint64_t{place.file} << 32) | place.line);
  log.sums().Add(key.low, ForeignSum{1, end - start_, end - start_}, end, [&](LogLine<event::Foreign>& line) {
    using E = event::Foreign;
    line.Add<E::name>(name_).Add<E::library>(library_);
    if (place.file != 0) line.Add<E::file>(DefaultEngine().files().NameOf(place.file));
    if (place.line != 0) line.Add<E::line>(place.line);
  });
}

}  // namespace lathe
