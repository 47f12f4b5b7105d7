// Edits of a loop trace that are collected first and made together: a Flow of the trace stays right while a
// pass decides. New instructions are appended to the trace and stand where they belong after Apply.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/ir/flow.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// The block that ends with the only jump into a loop from outside.
struct Preheader {
  Ref jump = kNoRef;
  Ref poll = kNoRef;    // directly before the jump; its exit restores what was before the loop
  Ref anchor = kNoRef;  // what is hoisted goes before this: the poll, or else the jump
};

// None if the loop is entered by several jumps, or if the block stands behind one of the loop: definitions
// have to stand before their uses in the text too.
std::optional<Preheader> FindPreheader(const Trace& trace, const Flow& flow, uint32_t loop);

// Whether a loop is left where the guard fails: by an exit, or to a block that is not of the loop.
bool FailureLeaves(const Trace& trace, const Flow& flow, Ref guard, uint32_t loop);

class LoopEditor {
 public:
  explicit LoopEditor(Trace& trace)
      : trace_(trace), original_size_(trace.size()), gone_(trace.size(), false) {}

  // The new instruction will stand before `anchor`, behind all that has been put there so far.
  Ref Insert(Ref anchor, const Instruction& instruction, std::span<const Ref> operands);
  Ref Insert(Ref anchor, Op op, DType dtype, std::initializer_list<Ref> operands, uint64_t attribute = 0);
  void Move(Ref ref, Ref anchor);
  void Remove(Ref ref) { gone_[ref] = true; }
  bool IsRemoved(Ref ref) const { return gone_[ref]; }
  // Gives an instruction other operands; it keeps its place.
  void SetOperands(Ref ref, std::span<const Ref> operands);
  bool changed() const { return changed_ || trace_.size() > original_size_; }
  void MarkChanged() { changed_ = true; }

  // Makes the edits, and drops blocks that are no longer reached. Returns where each instruction is now.
  std::vector<Ref> Apply();

 private:
  std::vector<bool> ReachedBlocks() const;
  void Emit(Ref ref, Trace* out, std::vector<Ref>* map) const;

  Trace& trace_;
  Ref original_size_;
  bool changed_ = false;
  std::vector<bool> gone_;
  absl::flat_hash_map<Ref, std::vector<Ref>> before_;  // by anchor
};

}  // namespace lathe
