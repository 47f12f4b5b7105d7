// The memory of objects: what was freed is given again, by size, without asking the allocator. Scripts make
// and drop small objects all the time, and loop traces drop many of them at once (deferred_release.h).
//
// Each thread has its own pool. The sanitizer of addresses is to see every object come and go: it gets none.
#include <array>
#include <cstddef>
#include <new>

#include "src/script/value.h"

namespace lathe::script {

#if defined(__SANITIZE_ADDRESS__)

void* Object::operator new(size_t size) { return ::operator new(size); }
void Object::operator delete(void* memory, size_t) { ::operator delete(memory); }

#else

namespace {

constexpr size_t kStep = 16;
constexpr size_t kSizes = 16;  // the largest is 256 bytes
constexpr size_t kMostBlocks = 4096;

struct Block {
  Block* next;
};
struct FreeBlocks {
  Block* first = nullptr;
  size_t count = 0;
};

constinit thread_local std::array<FreeBlocks, kSizes> pool;
// Whether the end of the thread has been seen to.
constinit thread_local bool kept = false;
constinit thread_local bool ended = false;

// Empties the pool at the end of the thread; objects that die later are freed at once.
struct Emptier {
  Emptier() { kept = true; }
  ~Emptier() {
    ended = true;
    for (FreeBlocks& blocks : pool) {
      while (Block* block = blocks.first) {
        blocks.first = block->next;
        ::operator delete(block);
      }
    }
  }
};

void KeepPool() { thread_local const Emptier emptier; }

size_t SizeClass(size_t size) { return (size - 1) / kStep; }

}  // namespace

void* Object::operator new(size_t size) {
  const size_t size_class = SizeClass(size);
  if (size_class >= kSizes) return ::operator new(size);
  FreeBlocks& blocks = pool[size_class];
  Block* const block = blocks.first;
  if (!block) return ::operator new((size_class + 1) * kStep);
  blocks.first = block->next;
  --blocks.count;
  return block;
}

void Object::operator delete(void* memory, size_t size) {
  const size_t size_class = SizeClass(size);
  if (size_class >= kSizes || pool[size_class].count == kMostBlocks || ended)
    return ::operator delete(memory);
  if (!kept) KeepPool();
  FreeBlocks& blocks = pool[size_class];
  blocks.first = new (memory) Block{blocks.first};
  ++blocks.count;
}

#endif

}  // namespace lathe::script
