// Objects that nobody refers to any more while a loop trace runs: the trace may still hold their addresses.
// They are put aside and deleted when it cannot, or when it has ended. Machine code so need not count.
//
// Knows objects alone. Object::Destroy brings them here; sites of the loop trace, which know what the trace
// holds at that moment, and the end of the trace take them away.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/recorder/runtime/loop_backend.h"
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
  static constexpr size_t kFewest = 8;
  // Of small objects no more than what stays in the cache, so that what is made next lies there.
  static constexpr size_t kMostObjects = 128;
  static constexpr size_t kMostBytes = size_t{256} << 10;
  void SweepNow(std::span<const uint64_t> live);

  std::vector<Object*> objects_;  // owned unless referred to
  size_t limit_ = kFewest;
  size_t bytes_ = 0;                       // of the objects, about
  std::atomic<int>* attention_ = nullptr;  // what the trace looks at
  bool asked_ = false;
};

// Collects while it lives, then deletes all that nobody has come to refer to. Inside of another one it does
// nothing: the outer trace holds addresses too. If too much comes together it asks the trace, by the word
// that that looks at in every turn, to come out; null: it does not.
class DeferredReleases::Scope {
 public:
  // What the word is then, if it was kNoAttention: to traces the same as kAttention, but nobody is
  // interrupted.
  static constexpr int kAsksToLeave = kAttention - 1;
  explicit Scope(std::atomic<int>* attention);
  // Whether it has asked.
  bool asked() const { return releases_.asked_; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  DeferredReleases releases_;
};

}  // namespace lathe::script
