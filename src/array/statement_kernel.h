// Kernels of array statements inside loop traces: an array-level trace, compiled, run again and again on
// addresses, strides, extents and scalars that come as words.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/kernel.h"

namespace lathe {

class StatementKernel {
 public:
  explicit StatementKernel(Trace trace);
  ~StatementKernel();

  // Words: the trace's dims; of each parameter its value or, of an array, the address and the strides; of
  // each result where it is written, dense. Parameters are read as they were before, also where the memory
  // that the trace assigns to overlaps them. False if there is no memory or no machine code; nothing has been
  // written then. Does not throw.
  bool Run(std::span<const uint64_t> words);

 private:
  // A trace with its operands, ready to run while nothing but addresses and scalars changes.
  struct Form;
  struct View;
  void ReadOperands(std::span<const uint64_t> words);
  bool TargetOverlaps() const;
  bool RunStaged();

  Trace trace_;
  int target_ = -1;           // the parameter that is assigned to
  std::vector<View> params_;  // shapes, by parameter
  std::vector<View> results_;
  std::vector<uint64_t> words_;  // of the last run
  std::vector<int64_t> dims_;
  int64_t shapes_ = 0;  // counts changes of extents and strides
  std::unique_ptr<Form> direct_;
  // For a target that overlaps what is read: the value into memory of its own, and from there to the target.
  std::unique_ptr<Form> value_;
  std::unique_ptr<Form> copy_;
  std::vector<char> scratch_;
};

}  // namespace lathe
