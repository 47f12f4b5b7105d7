// The trace cache: fingerprint -> kernel, bounded, shared between threads. In front of it each thread
// keeps the last few kernels it used, so a hit takes no lock and writes nothing shared.
//
// The fingerprint covers structure and signature (dtypes, ranks, layout classes, broadcast pattern);
// extents are symbolic in the trace, so no shape can cause another compilation.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/cache/fingerprint.h"
#include "src/recorder/runtime/kernel.h"

namespace lathe {

class TraceCache {
 public:
  explicit TraceCache(size_t capacity = 4096) : capacity_(capacity) {}

  // The kernel of `fingerprint`, or null.
  std::shared_ptr<Kernel> Find(const Fingerprint& fingerprint);
  // Adds a kernel and evicts the least recently inserted beyond the capacity. If another thread was first,
  // its kernel is returned instead. `evicted` gets those dropped.
  std::shared_ptr<Kernel> Insert(const Fingerprint& fingerprint, std::shared_ptr<Kernel> kernel,
                                 std::vector<std::shared_ptr<Kernel>>* evicted);
  // Drops everything; threads notice at their next look-up.
  void Clear();
  size_t size() const;
  int64_t evictions() const { return evictions_.load(std::memory_order_relaxed); }

  // One thread's window on the cache.
  class ThreadWindow {
   public:
    // As TraceCache::Find, but looks here first.
    std::shared_ptr<Kernel> Find(TraceCache& cache, const Fingerprint& fingerprint);
    // Enters a kernel that was just made.
    void Hold(TraceCache& cache, const Fingerprint& fingerprint, std::shared_ptr<Kernel> kernel);

   private:
    struct Entry {
      Fingerprint fingerprint;
      std::shared_ptr<Kernel> kernel;
      uint64_t epoch = 0;
    };
    std::array<Entry, 64> entries_;
  };

 private:
  const size_t capacity_;
  std::atomic<uint64_t> epoch_ = 1;
  std::atomic<int64_t> evictions_ = 0;
  mutable std::mutex mutex_;
  absl::flat_hash_map<Fingerprint, std::shared_ptr<Kernel>> kernels_;
  std::list<Fingerprint> order_;
};

}  // namespace lathe
