// The hash of a trace.
#include "src/recorder/ir/trace.h"

#include <bit>
#include <cstring>
#include <functional>
#include <string_view>
#include <type_traits>

namespace lathe {

namespace {

// A sum of products of the words' halves, each with a key of its place: what a compiler makes vector code of.
uint64_t HashBytes(const void* data, size_t bytes, uint64_t seed) {
  const auto* from = static_cast<const char*>(data);
  uint64_t sum = seed;
  uint32_t key = static_cast<uint32_t>(seed) | 1;
  size_t k = 0;
  for (uint64_t word = 0; k + sizeof word <= bytes; k += sizeof word, key += 0x9e3779b9u) {
    std::memcpy(&word, from + k, sizeof word);
    sum += uint64_t{static_cast<uint32_t>(word) + key} *
           (static_cast<uint32_t>(word >> 32) + (key ^ 0x85ebca6bu));
  }
  uint32_t rest = 0;
  std::memcpy(&rest, from + k, bytes - k);
  return (sum + rest) * 0x9e3779b97f4a7c15u;
}

template <class T>
uint64_t HashVector(const std::vector<T>& items, uint64_t seed) {
  static_assert(std::has_unique_object_representations_v<T> && sizeof(T) % 4 == 0);
  return HashBytes(items.data(), items.size() * sizeof(T), seed ^ items.size());
}

}  // namespace

uint64_t Trace::LayoutHash() const {
  const uint64_t hash = HashVector(instructions, names.size() << 32 | kernels.size());
  return HashVector(dim_pool, HashVector(operand_pool, std::rotl(hash, 21)));
}

uint64_t Trace::Hash() const {
  uint64_t hash = size();
  const auto add = [&hash](uint64_t word) { hash = std::rotl(hash ^ word, 29) * 0x9e3779b97f4a7c15u; };
  for (const Instruction& i : instructions) {
    const Ref* const x = operand_pool.data() + i.operands_begin;
    add(i.attribute);
    add(uint64_t{i.line} << 32 | uint64_t{i.layout.bits} << 16 | static_cast<uint64_t>(i.op) << 8 |
        static_cast<uint64_t>(i.dtype));
    add(uint64_t{i.operand_count} << 48 | uint64_t{i.rank} << 40 |
        uint64_t{static_cast<uint8_t>(i.combiner)} << 32 | (i.operand_count > 0 ? x[0] : 0));
    for (uint32_t k = 1; k < i.operand_count; k += 2) {
      add(uint64_t{x[k]} << 32 | (k + 1u < i.operand_count ? x[k + 1] : 0));
    }
    for (uint32_t d = 0; d < i.rank; ++d) add(static_cast<uint64_t>(dim_pool[i.dims_begin + d].value));
  }
  for (Ref ref = 0; ref < names.size(); ++ref) {
    if (!names[ref].empty()) add(std::hash<std::string_view>()(names[ref]) + ref);
  }
  for (const auto& kernel : kernels) add(reinterpret_cast<uintptr_t>(kernel.get()));
  return hash;
}

}  // namespace lathe
