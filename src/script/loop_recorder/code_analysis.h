// What the loop recorder needs to know of a code object before it runs: which slots are live where, where
// paths meet, and how far its loops extend. Computed once, when one of its loops is first recorded.
#pragma once

#include <cstdint>
#include <vector>

#include "src/script/bytecode.h"

namespace lathe::script {

class CodeAnalysis {
 public:
  explicit CodeAnalysis(const CodeObject& code);
  // Whether slot `slot` may be read before it is written from instruction `pc` on, handlers included.
  bool IsLive(uint32_t pc, size_t slot) const { return slot >= slots_ || live_[pc * slots_ + slot]; }
  // Whether several instructions go on at `pc`, which is no loop's header.
  bool IsMerge(uint32_t pc) const { return predecessors_[pc] > 1 && loop_ends_[pc] == 0; }
  bool IsHeader(uint32_t pc) const { return loop_ends_[pc] != 0; }
  // One past the last jump back to the header `pc`; 0 if it is none.
  uint32_t LoopEnd(uint32_t pc) const { return loop_ends_[pc]; }

 private:
  void FindLiveness(const CodeObject& code);

  size_t slots_;
  std::vector<uint16_t> predecessors_;
  std::vector<uint32_t> loop_ends_;
  std::vector<bool> live_;
};

}  // namespace lathe::script
