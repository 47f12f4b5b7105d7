// Executable memory: never writable and executable at one address (W^X by double mapping). One allocator
// serves the process; a CodeBlock gives its memory back when it dies.
#pragma once

#include <asmjit/core.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"

namespace lathe {

class CodeBlock {
 public:
  CodeBlock() = default;
  CodeBlock(CodeBlock&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  CodeBlock& operator=(CodeBlock&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~CodeBlock();
  const void* address() const { return address_; }
  size_t bytes() const { return bytes_; }

 private:
  friend absl::StatusOr<CodeBlock> InstallCode(asmjit::CodeHolder& code);
  void* address_ = nullptr;
  size_t bytes_ = 0;
};

// Relocates finished code into executable memory. Unavailable if the system grants none.
absl::StatusOr<CodeBlock> InstallCode(asmjit::CodeHolder& code);

}  // namespace lathe
