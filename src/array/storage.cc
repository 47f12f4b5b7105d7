// The buffer pool: free blocks by size class (four classes an octave), a per-thread list for small ones
// and a shared, bounded one for large ones.
#include "src/array/storage.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

namespace lathe {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kSmallLimit = size_t{64} << 10;
constexpr size_t kSharedLimit = size_t{1} << 30;  // free bytes kept for reuse
constexpr size_t kSmallPerClass = 16;
constexpr size_t kClasses = 256;

std::atomic<int64_t> live_bytes = 0;
std::atomic<int64_t> peak_bytes = 0;

// Size classes: 64 bytes times 4, 5, 6 or 7 quarters of a power of two.
size_t ClassOf(size_t bytes) {
  const size_t units = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment;
  if (units <= 4) return units - 1;
  const int octave = static_cast<int>(std::bit_width(units - 1)) - 1;
  const size_t quarter = (units - 1) >> (octave - 2);
  return static_cast<size_t>(octave) * 4 + (quarter & 3) - 4;
}
size_t ClassBytes(size_t size_class) {
  if (size_class < 4) return (size_class + 1) * kAlignment;
  const size_t octave = (size_class + 4) / 4;
  const size_t quarter = (size_class + 4) % 4 + 4;
  return ((quarter + 1) << (octave - 2)) * kAlignment;
}

char* SystemAllocate(size_t bytes) {
  const size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kAlignment;
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory && alignment == kHugePage) madvise(memory, rounded, MADV_HUGEPAGE);
  return static_cast<char*>(memory);
}

struct ThreadPool {
  std::array<std::vector<char*>, kClasses> free;
  ~ThreadPool() {
    for (const std::vector<char*>& blocks : free) {
      for (char* block : blocks) std::free(block);
    }
  }
};

class SharedPool {
 public:
  char* Take(size_t size_class) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<char*>& blocks = free_[size_class];
    if (blocks.empty()) return nullptr;
    char* block = blocks.back();
    blocks.pop_back();
    free_bytes_ -= ClassBytes(size_class);
    return block;
  }
  // False if the pool is full.
  bool Give(char* block, size_t size_class) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_bytes_ + ClassBytes(size_class) > kSharedLimit) return false;
    free_bytes_ += ClassBytes(size_class);
    free_[size_class].push_back(block);
    return true;
  }

 private:
  std::mutex mutex_;
  size_t free_bytes_ = 0;
  std::array<std::vector<char*>, kClasses> free_;
};

// Arrays may die after main: the pools are never destroyed before them.
SharedPool& Shared() {
  static SharedPool* const pool = new SharedPool;
  return *pool;
}
thread_local bool thread_pool_alive = false;
ThreadPool* Local() {
  struct Holder {
    ThreadPool pool;
    Holder() { thread_pool_alive = true; }
    ~Holder() { thread_pool_alive = false; }
  };
  thread_local bool started = false;
  if (started && !thread_pool_alive) return nullptr;
  thread_local Holder holder;
  started = true;
  return &holder.pool;
}

void Count(int64_t bytes) {
  const int64_t live = live_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  int64_t peak = peak_bytes.load(std::memory_order_relaxed);
  while (live > peak && !peak_bytes.compare_exchange_weak(peak, live, std::memory_order_relaxed)) {
  }
}

}  // namespace

StorageRef Storage::Allocate(size_t bytes, bool zeroed) {
  if (bytes > PhysicalMemory()) return StorageRef();
  const size_t size_class = ClassOf(bytes);
  const size_t capacity = ClassBytes(size_class);
  char* block = nullptr;
  if (capacity <= kSmallLimit) {
    if (ThreadPool* local = Local(); local && !local->free[size_class].empty()) {
      block = local->free[size_class].back();
      local->free[size_class].pop_back();
    }
  } else {
    block = Shared().Take(size_class);
  }
  if (!block) block = SystemAllocate(capacity);
  if (!block) return StorageRef();
  if (zeroed) std::memset(block, 0, bytes);
  Count(static_cast<int64_t>(bytes));
  return StorageRef(new Storage(block, bytes, capacity));
}

StorageRef Storage::Wrap(void* data, size_t bytes, std::shared_ptr<void> owner) {
  StorageRef storage(new Storage(static_cast<char*>(data), bytes, 0));
  storage->owner_ = std::move(owner);
  return storage;
}

Storage::~Storage() {
  if (capacity_ == 0) return;
  live_bytes.fetch_sub(static_cast<int64_t>(bytes_), std::memory_order_relaxed);
  const size_t size_class = ClassOf(capacity_);
  if (capacity_ <= kSmallLimit) {
    if (ThreadPool* local = Local(); local && local->free[size_class].size() < kSmallPerClass) {
      local->free[size_class].push_back(data_);
      return;
    }
  } else if (Shared().Give(data_, size_class)) {
    return;
  }
  std::free(data_);
}

int64_t LiveArrayBytes() { return live_bytes.load(std::memory_order_relaxed); }
int64_t PeakArrayBytes() { return peak_bytes.load(std::memory_order_relaxed); }

size_t PhysicalMemory() {
  static const size_t bytes =
      static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace lathe
