// Capture: what array operations record when they are run on stand-ins, arrays that have a dtype and a shape
// but no elements. The loop recorder runs the array statements of a hot loop so, and makes array-level traces
// of what they record; the functions of the array room are not written a second time.
//
// A stand-in's extents are names: the caller gives each extent that may differ from the others a number of
// its own, and finds that number again in shapes, in the extents of an extracted trace, and as a factor of
// scalars that a function derives from shapes. Whatever asks for elements, or for memory, throws.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "lathe/array.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

class ThreadRecorder;

class ArrayCapture {
 public:
  ArrayCapture();
  ~ArrayCapture();

  // While it lives, this thread's array operations are recorded here. Stand-ins may outlive a scope, not the
  // capture. Scopes do not nest.
  class Scope {
   public:
    explicit Scope(ArrayCapture& capture);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();
  };

  // A new stand-in for an array parameter, known by its number: 0, 1, ... `unit`: the elements of the last
  // dimension are next to each other; nothing else is assumed of the strides. Rank >= 1. In a scope only.
  Array AddLeaf(DType dtype, const Shape& shape, bool unit);
  // A stand-in whose elements are all `value`, which becomes the next scalar. In a scope only.
  Array AddFilled(Scalar value, const Shape& shape);
  // `value` as an assignment to elements of `dtype` converts it. In a scope only.
  Array AddConverted(const Array& value, DType dtype);

  // The scalars that have become parameters so far, in order.
  size_t scalar_count() const;
  Scalar scalar(size_t k) const;
  // Whether the array's value is recorded here.
  bool Holds(const Array& array) const;

  // Values as an array-level trace. Its parameters are the leaves, then the scalars that it reads.
  struct Extracted {
    Trace trace;
    std::vector<uint32_t> leaves;   // by array parameter
    std::vector<uint32_t> scalars;  // by scalar parameter
    std::vector<int64_t> extents;   // by dim: the number that stands for it
    std::vector<uint32_t> results;  // which of the values asked for each result is
  };
  // The values of `results`; if `target` is not negative, the elements of that leaf become `*assigned`, whose
  // shape broadcasts to the leaf's and whose dtype is the leaf's; the leaf is then a parameter twice if it is
  // read too, the target last.
  Extracted Extract(std::span<const Array> results, int target = -1, const Array* assigned = nullptr) const;

 private:
  std::unique_ptr<ThreadRecorder> recorder_;
};

}  // namespace lathe
