// Tensors of other libraries as arrays, and arrays as their tensors, in one memory.
#include <memory>

#include "src/array/array_body.h"
#include "src/capi/exchange_abi.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

DLDataType TypeOf(DType dtype) {
  const auto bits = static_cast<uint8_t>(8 * ItemSize(dtype));
  switch (Info(dtype).kind) {
    case DTypeKind::kBool:
      return {kDLBool, bits, 1};
    case DTypeKind::kSigned:
      return {kDLInt, bits, 1};
    case DTypeKind::kUnsigned:
      return {kDLUInt, bits, 1};
    case DTypeKind::kFloat:
      return {kDLFloat, bits, 1};
  }
  return {};
}

DType DTypeFrom(const DLDataType& type) {
  for (int k = 0; k < kDTypeCount; ++k) {
    const DLDataType ours = TypeOf(static_cast<DType>(k));
    if (ours.code == type.code && ours.bits == type.bits && type.lanes == 1) return static_cast<DType>(k);
  }
  throw DTypeError("a DLPack tensor of type code " + std::to_string(type.code) + " and " +
                   std::to_string(type.bits) + " bits");
}

// A tensor given away: it keeps the array's memory, and its shape and strides.
struct GivenTensor {
  explicit GivenTensor(const Array& source) : array(ViewOf(source)) {}
  Array array;
  int64_t shape[Shape::kMaxRank] = {};
  int64_t strides[Shape::kMaxRank] = {};
  DLManagedTensorVersioned managed = {};
};

void DeleteGiven(DLManagedTensorVersioned* self) { delete static_cast<GivenTensor*>(self->manager_ctx); }

std::unique_ptr<GivenTensor> TensorOf(const Array& array) {
  auto given = std::make_unique<GivenTensor>(array);
  const int item = ItemSize(array.dtype());
  for (int d = 0; d < array.rank(); ++d) {
    if (array.strides()[d] % item != 0)
      throw ValueError("strides that are no multiple of the element's size");
    given->shape[d] = array.shape()[d];
    given->strides[d] = array.strides()[d] / item;
  }
  DLManagedTensorVersioned& managed = given->managed;
  managed.version = {1, 0};
  managed.manager_ctx = given.get();
  managed.deleter = DeleteGiven;
  managed.flags = array.writable() ? 0 : kDLReadOnly;
  managed.dl_tensor = {const_cast<void*>(array.data()),
                       {kDLCPU, 0},
                       array.rank(),
                       TypeOf(array.dtype()),
                       given->shape,
                       given->strides,
                       0};
  return given;
}

}  // namespace

lathe_status lathe_to_dlpack(const lathe_array* array, void** managed) {
  return Guard([&] {
    Needed(managed, "the result");
    *managed = &TensorOf(ArrayOf(array)).release()->managed;
  });
}

lathe_status lathe_from_dlpack(void* managed, lathe_array** result) {
  return Guard([&] {
    Needed(result, "the result");
    auto* const tensor = &Needed(static_cast<DLManagedTensorVersioned*>(managed), "the tensor");
    if (tensor->version.major != 1) {
      throw ValueError("DLPack version " + std::to_string(tensor->version.major) + ", not 1");
    }
    const DLTensor& dl = tensor->dl_tensor;
    if (dl.device.device_type != kDLCPU) throw ValueError("a tensor that is not in the CPU's memory");
    const DType dtype = DTypeFrom(dl.dtype);
    const Shape shape = ShapeOf(dl.ndim, dl.shape);
    Shape strides = DenseStrides(shape, dtype);
    for (int d = 0; dl.strides && d < dl.ndim; ++d) strides[d] = dl.strides[d] * ItemSize(dtype);
    auto handle = std::make_unique<lathe_array>();
    // The tensor is ours from here on.
    std::shared_ptr<void> owner(tensor, [](void* taken) {
      auto* const self = static_cast<DLManagedTensorVersioned*>(taken);
      if (self->deleter) self->deleter(self);
    });
    handle->array = Array::Wrap(static_cast<char*>(dl.data) + dl.byte_offset, dtype, shape, strides,
                                (tensor->flags & kDLReadOnly) == 0, std::move(owner));
    *result = handle.release();
  });
}
