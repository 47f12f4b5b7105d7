// Storage: the reference-counted memory behind arrays and their views, taken from a pool so that a steady
// program causes no page faults. Blocks are 64-byte aligned; large ones ask for huge pages.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace lathe {

class StorageRef;

class Storage {
 public:
  // `bytes` of memory, zeroed if asked; null if there is none.
  static StorageRef Allocate(size_t bytes, bool zeroed);
  // Memory that somebody else owns; `owner` is let go with the storage. Without one the memory must outlive
  // it.
  static StorageRef Wrap(void* data, size_t bytes, std::shared_ptr<void> owner = nullptr);

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  char* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool owned() const { return capacity_ != 0; }
  int32_t references() const { return references_.load(std::memory_order_acquire); }
  bool unique() const { return references() == 1; }

 private:
  friend class StorageRef;
  Storage(char* data, size_t bytes, size_t capacity) : data_(data), bytes_(bytes), capacity_(capacity) {}
  ~Storage();
  std::atomic<int32_t> references_ = 1;
  char* data_;
  size_t bytes_;
  size_t capacity_;              // of the pool block; 0 for wrapped memory
  std::shared_ptr<void> owner_;  // of wrapped memory
};

class StorageRef {
 public:
  StorageRef() = default;
  explicit StorageRef(Storage* adopted) : storage_(adopted) {}
  StorageRef(const StorageRef& other) : storage_(other.storage_) {
    if (storage_) storage_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  StorageRef(StorageRef&& other) noexcept : storage_(std::exchange(other.storage_, nullptr)) {}
  StorageRef& operator=(StorageRef other) noexcept {
    std::swap(storage_, other.storage_);
    return *this;
  }
  ~StorageRef() {
    if (storage_ && storage_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete storage_;
  }
  Storage* get() const { return storage_; }
  Storage* operator->() const { return storage_; }
  explicit operator bool() const { return storage_ != nullptr; }

 private:
  Storage* storage_ = nullptr;
};

// Bytes of arrays alive now, and the most there have been.
int64_t LiveArrayBytes();
int64_t PeakArrayBytes();

// Physical memory of the machine in bytes: no array can be larger.
size_t PhysicalMemory();

}  // namespace lathe
