// Executable memory, never writable and executable at once: a block is written while it is private data and
// then turned into code. Blocks are private mappings of their own, so after a fork neither process can change
// the other's code; a CodeBlock gives its memory back when it dies.
#pragma once

#include <asmjit/core.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "src/codegen/memory/code_map.h"

namespace lathe {

class CodeBlock {
 public:
  CodeBlock() = default;
  CodeBlock(CodeBlock&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)),
        mapped_(std::exchange(other.mapped_, 0)),
        bytes_(std::exchange(other.bytes_, 0)),
        map_(std::exchange(other.map_, nullptr)) {}
  CodeBlock& operator=(CodeBlock&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(mapped_, other.mapped_);
    std::swap(bytes_, other.bytes_);
    std::swap(map_, other.map_);
    return *this;
  }
  ~CodeBlock();
  const std::byte* address() const { return address_; }
  size_t bytes() const { return bytes_; }
  // Enters the code into `map` until it dies.
  void Describe(CodeMap& map, CodeDescription description);

 private:
  friend absl::StatusOr<CodeBlock> InstallCode(asmjit::CodeHolder& code);
  std::byte* address_ = nullptr;
  size_t mapped_ = 0;  // whole pages
  size_t bytes_ = 0;
  CodeMap* map_ = nullptr;
};

// The bytes of finished code for another machine, as they would lie at address 0.
absl::StatusOr<std::string> BytesOf(asmjit::CodeHolder& code);
// Places finished code into executable memory. Unavailable if the system grants none.
absl::StatusOr<CodeBlock> InstallCode(asmjit::CodeHolder& code);

}  // namespace lathe
