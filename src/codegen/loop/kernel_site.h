// The place of a loop trace that invokes a kernel, at run time: machine code stores the operands as words and
// calls LatheInvokeKernel. As long as extents, strides and what overlaps stay the same, an invocation moves
// addresses and scalars into a run that is bound already.
//
// What a kernel reads is as it was before, whatever it writes over. So each array that it writes is compared
// with each that it reads: if they share bytes the result goes to scratch memory, then to its place. They may
// be the same view where the nest allows it: the target of `assign`, and a result that MayOverwrite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/codegen/memory/temporary_pool.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/backend.h"
#include "src/recorder/runtime/kernel_operands.h"

namespace lathe {

// A kernel as machine code, for all places that invoke it.
struct CompiledKernel {
  std::shared_ptr<const Trace> trace;  // at the array level
  std::unique_ptr<Executable> executable;
  // overwrites[k][p]: result k may be the memory of parameter p, as the same view.
  std::vector<std::vector<bool>> overwrites;
};

absl::StatusOr<std::shared_ptr<const CompiledKernel>> CompileKernel(std::shared_ptr<const Trace> trace,
                                                                    Backend& backend);

class KernelSite {
 public:
  explicit KernelSite(std::shared_ptr<const CompiledKernel> kernel);
  // Runs the kernel on the words of an `invoke`. False if there is no memory for temporaries; nothing has
  // changed then.
  bool Invoke(const uint64_t* words);

 private:
  // What the kernel writes: its results, then what it assigns to. A mask has a bit for each.
  using Targets = uint64_t;
  // A target and an array that the kernel reads.
  struct Pair {
    const Operand* target = nullptr;
    const Operand* read = nullptr;
    Targets bit = 0;
    bool may_be_same = false;  // as the same view
    // Of the extents and strides last loaded:
    bool same_form = false;
    ByteReach target_reach, read_reach;
  };
  void AddPairs(size_t target);
  const Operand& Target(size_t k) const;
  // The targets that must not be written directly.
  Targets FindConflicts();
  absl::Status Bind();
  bool Run();
  void CopyBack() const;

  const std::shared_ptr<const CompiledKernel> kernel_;
  KernelOperands operands_;
  size_t targets_ = 0;
  std::vector<Pair> pairs_;
  // What is bound.
  std::unique_ptr<BoundRun> run_;
  Targets detached_ = 0;  // those that go to scratch memory
  std::vector<Operand> outputs_;
  std::vector<TemporaryBlock> scratch_;  // by target
  bool in_place_ = false;                // a result is written over what is read
};

extern "C" int64_t LatheInvokeKernel(KernelSite* site, const uint64_t* words) noexcept;

}  // namespace lathe
