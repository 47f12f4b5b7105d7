// The operands of an invoked kernel: the words that `invoke` passes (ir/invoke.h), as a backend's executable
// of the kernel takes them. One object for each place that invokes, so that words which say nothing new about
// extents and strides cost a comparison each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

class KernelOperands {
 public:
  explicit KernelOperands(const Trace& kernel);
  KernelOperands(const KernelOperands&) = delete;
  KernelOperands& operator=(const KernelOperands&) = delete;

  // Takes over the words of an invocation. True if an extent or a stride is another than in the words before,
  // and for the first ones; else only addresses and scalars are.
  bool Load(const uint64_t* words);

  std::span<const Operand> params() const { return params_; }
  // Of the results, all of which are dense.
  std::span<const Operand> outputs() const { return outputs_; }
  std::span<const int64_t> dims() const { return dims_; }
  // The parameter that the kernel assigns to; -1 if there is none.
  int assigned() const { return assigned_; }

 private:
  struct Word {
    size_t word = 0;
    size_t index = 0;   // of the parameter or result
    uint64_t mask = 0;  // of a scalar's bits
  };
  using Extents = std::vector<Dim>;  // a symbolic one names its position among the trace's dims
  void LoadShape(const uint64_t* words);
  void SetExtents(const Extents& extents, Operand* operand) const;

  std::vector<size_t> shape_words_;  // the dims, then all strides
  std::vector<uint64_t> shape_;      // what they were last
  bool loaded_ = false;
  std::vector<Word> scalars_, addresses_, results_;
  std::vector<Extents> param_extents_, output_extents_;
  std::vector<Operand> params_, outputs_;
  std::vector<int64_t> dims_;
  int assigned_ = -1;
};

}  // namespace lathe
