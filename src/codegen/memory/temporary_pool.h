// Memory of temporaries: blocks that a thread keeps for its next run, so that the steady state takes no page
// faults. 64-byte aligned. A block must be given back on the thread that took it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace lathe {

class TemporaryBlock {
 public:
  TemporaryBlock() = default;
  TemporaryBlock(TemporaryBlock&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  TemporaryBlock& operator=(TemporaryBlock&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~TemporaryBlock();
  // A block of at least `bytes`; data() is null if there is no memory.
  static TemporaryBlock Take(size_t bytes);
  char* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  char* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace lathe
