// Where array operations come from: whoever runs a program on this thread (the script room's VM, or a C++
// program by SetSourcePlace) is asked when one is recorded. Files have numbers, so that a row can hold one.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/lazy/recording.h"

namespace lathe {

class PlaceSource {
 public:
  virtual ~PlaceSource() = default;
  virtual SourcePlace Current() const = 0;

  // While it lives, `source` is asked on this thread.
  class Scope {
   public:
    explicit Scope(const PlaceSource& source);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    const PlaceSource* const before_;
  };
};

SourcePlace CurrentPlace();

// The names of source files by number; 0 is no file. Thread-safe; names stay.
class SourceFiles {
 public:
  uint16_t NumberOf(std::string_view name) {
    if (name.empty()) return 0;
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = numbers_.find(std::string(name));
    if (found != numbers_.end()) return found->second;
    if (names_.size() >= UINT16_MAX) return 0;
    names_.emplace_back(name);
    const auto number = static_cast<uint16_t>(names_.size());
    numbers_.emplace(names_.back(), number);
    return number;
  }
  const std::string& NameOf(uint16_t number) const {
    static const std::string none;
    const std::lock_guard<std::mutex> lock(mutex_);
    return number == 0 ? none : names_[number - 1u];
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> names_;
  absl::flat_hash_map<std::string, uint16_t> numbers_;
};

}  // namespace lathe
