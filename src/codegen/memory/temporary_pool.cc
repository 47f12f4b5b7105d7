// A few free blocks a thread, the best fit first.
#include "src/codegen/memory/temporary_pool.h"

#include <array>
#include <new>

namespace lathe {
namespace {

constexpr std::align_val_t kAlignment{64};
// What a thread may keep: more would hold memory that other work needs.
constexpr size_t kKeptBlocks = 8;
constexpr size_t kKeptBytes = size_t{256} << 20;

struct FreeBlock {
  char* data = nullptr;
  size_t bytes = 0;
};
struct FreeBlocks {
  std::array<FreeBlock, kKeptBlocks> blocks;
  size_t kept = 0;  // bytes
  ~FreeBlocks() {
    for (const FreeBlock& block : blocks) ::operator delete(block.data, kAlignment);
  }
};
FreeBlocks& Mine() {
  thread_local FreeBlocks blocks;
  return blocks;
}

}  // namespace

TemporaryBlock TemporaryBlock::Take(size_t bytes) {
  bytes = (bytes / 4096 + 1) * 4096;
  FreeBlocks& mine = Mine();
  FreeBlock* best = nullptr;
  for (FreeBlock& block : mine.blocks) {
    // A block much larger than needed is left for who needs it.
    const bool fits = block.bytes >= bytes && block.bytes / 4 <= bytes;
    if (fits && (!best || block.bytes < best->bytes)) best = &block;
  }
  TemporaryBlock taken;
  if (best) {
    taken.data_ = std::exchange(best->data, nullptr);
    taken.bytes_ = std::exchange(best->bytes, 0);
    mine.kept -= taken.bytes_;
  } else {
    taken.data_ = static_cast<char*>(::operator new(bytes, kAlignment, std::nothrow));
    taken.bytes_ = bytes;
  }
  return taken;
}

TemporaryBlock::~TemporaryBlock() {
  if (!data_) return;
  FreeBlocks& mine = Mine();
  if (mine.kept + bytes_ <= kKeptBytes) {
    for (FreeBlock& block : mine.blocks) {
      if (block.data) continue;
      block = {data_, bytes_};
      mine.kept += bytes_;
      return;
    }
  }
  ::operator delete(data_, kAlignment);
}

}  // namespace lathe
