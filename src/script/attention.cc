// A page in low memory, or an ordinary word.
#include "src/script/attention.h"

#include <sys/mman.h>

#include <new>

namespace lathe::script {
namespace {

constexpr size_t kPage = 4096;

}  // namespace

AttentionWord::AttentionWord() {
#ifdef MAP_32BIT
  void* page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (page != MAP_FAILED) word_ = new (page) std::atomic<int>(kNoAttention);
#endif
}

AttentionWord::~AttentionWord() {
  if (word_ != &fallback_) munmap(word_, kPage);
}

}  // namespace lathe::script
