// The word that compiled loops look at in every turn: whether somebody has asked the VM for attention.
#pragma once

#include <atomic>

#include "src/recorder/runtime/loop_backend.h"

namespace lathe::script {

// Lies in the low 2 GB of the address space if the system permits: an instruction can then name it directly.
class AttentionWord {
 public:
  AttentionWord();
  AttentionWord(const AttentionWord&) = delete;
  AttentionWord& operator=(const AttentionWord&) = delete;
  ~AttentionWord();

  std::atomic<int>& operator*() { return *word_; }

 private:
  std::atomic<int> fallback_ = kNoAttention;
  std::atomic<int>* word_ = &fallback_;  // into a page of its own, or the fallback
};

}  // namespace lathe::script
