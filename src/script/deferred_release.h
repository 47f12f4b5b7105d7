// Objects that nobody refers to any more while a loop trace runs: the trace may still hold their addresses.
// They are put aside and deleted when it cannot, or when it has ended. Machine code so need not count.
//
// Knows objects alone. Object::Destroy brings them here; sites of the loop trace, which know what the trace
// holds at that moment, and the end of the trace take them away.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/script/value.h"

namespace lathe::script {

class DeferredReleases {
 public:
  class Scope;
  // Those of this thread, while a loop trace runs on it; else null.
  static DeferredReleases* Current();

  void Add(Object* object);
  // Deletes what is neither referred to nor among the words of `live`, if much has come together.
  void Sweep(std::span<const uint64_t> live) {
    if (objects_.size() >= limit_) SweepNow(live);
  }

 private:
  static constexpr size_t kFewest = 64;
  void SweepNow(std::span<const uint64_t> live);

  std::vector<Object*> objects_;  // owned unless referred to
  size_t limit_ = kFewest;
};

// Collects while it lives, then deletes all that nobody has come to refer to. Inside of another one it does
// nothing: the outer trace holds addresses too.
class DeferredReleases::Scope {
 public:
  Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  DeferredReleases releases_;
};

}  // namespace lathe::script
