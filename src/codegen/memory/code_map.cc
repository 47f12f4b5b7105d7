// Keeping track of code.
#include "src/codegen/memory/code_map.h"

#include <algorithm>

namespace lathe {

void CodeMap::AddAnnouncer(std::unique_ptr<CodeAnnouncer> announcer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  announcers_.push_back(std::move(announcer));
}

void CodeMap::Add(std::span<const std::byte> code, CodeDescription description) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& announcer : announcers_) announcer->Added(code, description);
  const auto begin = reinterpret_cast<uintptr_t>(code.data());
  code_.insert({begin, {begin + code.size(), generation(), UINT32_MAX, std::move(description.lines)}});
}

void CodeMap::Remove(const std::byte* address) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [first, last] = code_.equal_range(reinterpret_cast<uintptr_t>(address));
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second.last_generation == UINT32_MAX) entry->second.last_generation = generation();
  }
  generation_.fetch_add(1, std::memory_order_relaxed);
  for (const auto& announcer : announcers_) announcer->Removed(address);
}

uint32_t CodeMap::LineAt(uintptr_t address, uint32_t generation) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Blocks are whole pages: what begins before and covers the address is found within a few steps.
  for (auto entry = code_.upper_bound(address); entry != code_.begin();) {
    --entry;
    const Code& code = entry->second;
    const bool there = generation >= code.first_generation && generation <= code.last_generation;
    if (there && address >= code.end) return 0;
    if (!there) continue;
    const auto offset = static_cast<uint32_t>(address - entry->first);
    const auto next = std::upper_bound(code.lines.begin(), code.lines.end(), offset,
                                       [](uint32_t at, const CodeLine& line) { return at < line.offset; });
    return next == code.lines.begin() ? 0 : std::prev(next)->line;
  }
  return 0;
}

}  // namespace lathe
