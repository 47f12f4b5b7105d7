// What machine code is where: for the profiler, Linux perf and GDB. Kept only if one of them is asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"

namespace lathe {

// The instructions from `offset` on, up to the next entry, are of that line of the source.
struct CodeLine {
  uint32_t offset;
  uint32_t line;
};
// What a debugger must know of a function to find its caller: behind the prologue, the bytes from the stack
// pointer to the caller's, and the registers in the words below that (on x86-64 below the return address),
// downwards, by DWARF's numbers.
struct CodeFunction {
  static constexpr uint8_t kNoRegister = 255;
  uint32_t offset;
  uint32_t frame_bytes;
  std::vector<uint8_t> pushed;
};
struct CodeDescription {
  std::string name;  // of the trace
  std::string file;
  std::vector<CodeLine> lines;          // ascending
  std::vector<CodeFunction> functions;  // ascending
};

// Whoever wants to know of code when it appears.
class CodeAnnouncer {
 public:
  virtual ~CodeAnnouncer() = default;
  virtual void Added(std::span<const std::byte> code, const CodeDescription& description) = 0;
  virtual void Removed(const std::byte* address) = 0;
};

class CodeMap {
 public:
  void AddAnnouncer(std::unique_ptr<CodeAnnouncer> announcer);
  bool has_announcers() const { return !announcers_.empty(); }
  void Add(std::span<const std::byte> code, CodeDescription description);
  void Remove(const std::byte* address);

  // Counts removals. An address means what lay there in a generation. May be read in a signal handler.
  uint32_t generation() const { return generation_.load(std::memory_order_relaxed); }
  // The source line that the instruction at `address` was of; 0 if it was no code of ours.
  uint32_t LineAt(uintptr_t address, uint32_t generation) const;

 private:
  struct Code {
    uintptr_t end;
    uint32_t first_generation;
    uint32_t last_generation;  // UINT32_MAX: it is there
    std::vector<CodeLine> lines;
  };
  mutable std::mutex mutex_;
  std::atomic<uint32_t> generation_ = 0;
  absl::btree_multimap<uintptr_t, Code> code_;  // by address, also what is there no more
  std::vector<std::unique_ptr<CodeAnnouncer>> announcers_;
};

}  // namespace lathe
