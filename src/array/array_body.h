// ArrayBody: what an Array refers to. Either materialised (storage and an address) or pending (a row of its
// thread's recording). Shape and strides stand in the object, so a small array is one allocation and its
// elements another. Private to the array room.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>

#include "lathe/array.h"
#include "src/array/storage.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

class ThreadRecorder;

class ArrayBody {
 public:
  std::atomic<int32_t> references = 1;
  DType dtype = DType::kFloat64;
  bool writable = true;
  bool is_view = false;                // shares its storage by construction
  uint32_t row = 0;                    // of `recorder`, while pending
  ThreadRecorder* recorder = nullptr;  // null once materialised
  char* data = nullptr;
  StorageRef storage;
  Shape shape;
  Shape strides;  // in bytes

  bool pending() const { return recorder != nullptr; }
  // The element of a materialised array of rank 0.
  Scalar AsScalar() const {
    Scalar scalar;
    scalar.dtype = dtype;
    std::memcpy(&scalar.bits, data, static_cast<size_t>(ItemSize(dtype)));
    return scalar;
  }
  Operand AsOperand() const {
    Operand operand;
    operand.data = data;
    operand.dtype = dtype;
    operand.rank = static_cast<uint8_t>(shape.rank());
    std::copy(shape.begin(), shape.end(), operand.extents);
    std::copy(strides.begin(), strides.end(), operand.strides);
    return operand;
  }
};

// C-contiguous strides in bytes.
Shape DenseStrides(const Shape& shape, DType dtype);
// True if a walk in C order meets consecutive elements; extents of 1 do not matter.
bool IsDense(const Shape& shape, const Shape& strides, DType dtype);

// Throws ValueError if the bytes of an array of this shape are more than an integer holds; extents of 0 are
// left out, for the sake of the strides.
void CheckSize(const Shape& shape, DType dtype);
// Throws MemoryError in NumPy's words if `shape` cannot be held; calls CheckSize.
void CheckAllocatable(const Shape& shape, DType dtype);
// Memory for a dense array; throws MemoryError.
StorageRef AllocateDense(const Shape& shape, DType dtype, bool zeroed);

// A new materialised array that owns fresh memory.
Array MakeDense(const Shape& shape, DType dtype, bool zeroed = false);
// A view of `base` (materialised first) with other shape, strides and first element.
Array MakeView(const Array& base, char* data, const Shape& shape, const Shape& strides, bool writable);

// `axis` of an array of `rank` made non-negative; throws IndexError (AxisError's words) if out of range.
int NormalizeAxis(int64_t axis, int rank);

}  // namespace lathe
