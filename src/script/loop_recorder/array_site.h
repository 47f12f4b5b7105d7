// Sites: places of a loop trace that call back with a block of words, to get an array for a result or to
// multiply matrices. A site belongs to the graph and lives through all its compilations; each compilation
// makes its own block (assemble.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lathe/dtype.h"
#include "src/recorder/ir/loop_functions.h"
#include "src/recorder/ir/trace.h"
#include "src/script/objects.h"

namespace lathe::script {

// The words of a call: what it gives beside its result, the site's operands, then, if it asks for them, the
// addresses of all objects that the state of the loop holds there.
class LoopSite {
 public:
  virtual ~LoopSite() = default;
  // How many words it gives.
  virtual size_t result_words() const { return 1; }
  // Whether it needs to know what the loop holds.
  virtual bool asks_for_objects() const { return true; }
  virtual int64_t Call(std::vector<uint64_t>& words) = 0;
};

class LoopSiteCall final : public LoopCallback {
 public:
  LoopSiteCall(std::shared_ptr<LoopSite> site, size_t count) : words(count), site_(std::move(site)) {}
  int64_t Call() override { return site_->Call(words); }
  std::vector<uint64_t> words;

 private:
  std::shared_ptr<LoopSite> site_;
};

// Gives arrays for the results of one statement. An array is given again when nobody holds it: not the
// script, and not the loop, whose arrays are among the words.
//
// Words: where its data begins (given), the extents, then the live arrays. The result is the address of the
// ArrayObject, 0 if there is no memory.
std::shared_ptr<LoopSite> MakeArraySite(DType dtype, int rank);

// Runs array statements: the values of a kernel, and perhaps an assignment (src/array/statement_kernel.h).
//
// Words: unused, then those of the kernel. The result is 0 if there is no memory; nothing has changed then.
std::shared_ptr<LoopSite> MakeKernelSite(lathe::Trace trace);

// The product of two arrays of rank 1 or 2 and one float dtype.
//
// Words: unused, then of each operand data, extents and strides, then the address of the dense
// result. The result is 0 if there is no memory.
std::shared_ptr<LoopSite> MakeMatmulSite(DType dtype, int left_rank, int right_rank);

}  // namespace lathe::script
