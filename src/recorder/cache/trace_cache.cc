// Look-up, insertion and eviction of kernels.
#include "src/recorder/cache/trace_cache.h"

namespace lathe {

std::shared_ptr<Kernel> TraceCache::Find(const Fingerprint& fingerprint) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = kernels_.find(fingerprint);
  return found == kernels_.end() ? nullptr : found->second;
}

std::shared_ptr<Kernel> TraceCache::Insert(const Fingerprint& fingerprint, std::shared_ptr<Kernel> kernel,
                                           std::vector<std::shared_ptr<Kernel>>* evicted) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [position, inserted] = kernels_.emplace(fingerprint, std::move(kernel));
  if (!inserted) return position->second;
  const std::shared_ptr<Kernel> result = position->second;
  order_.push_back(fingerprint);
  while (order_.size() > capacity_) {
    const auto oldest = kernels_.find(order_.front());
    evicted->push_back(std::move(oldest->second));
    kernels_.erase(oldest);
    order_.pop_front();
    evictions_.fetch_add(1, std::memory_order_relaxed);
  }
  return result;
}

void TraceCache::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  kernels_.clear();
  order_.clear();
  epoch_.fetch_add(1, std::memory_order_release);
}

size_t TraceCache::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return kernels_.size();
}

std::shared_ptr<Kernel> TraceCache::ThreadWindow::Find(TraceCache& cache, const Fingerprint& fingerprint) {
  Entry& entry = entries_[fingerprint.low % entries_.size()];
  const uint64_t epoch = cache.epoch_.load(std::memory_order_acquire);
  if (entry.kernel && entry.epoch == epoch && entry.fingerprint == fingerprint) return entry.kernel;
  std::shared_ptr<Kernel> kernel = cache.Find(fingerprint);
  if (kernel) Hold(cache, fingerprint, kernel);
  return kernel;
}

void TraceCache::ThreadWindow::Hold(TraceCache& cache, const Fingerprint& fingerprint,
                                    std::shared_ptr<Kernel> kernel) {
  Entry& entry = entries_[fingerprint.low % entries_.size()];
  entry = {fingerprint, std::move(kernel), cache.epoch_.load(std::memory_order_acquire)};
}

}  // namespace lathe
