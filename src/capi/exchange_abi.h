// The structs of DLPack 1.0 and of the Arrow C data interface, as their specifications publish them (Debian's
// libdlpack-dev is older than the versioned struct). Layout only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lathe::capi {

// ---- DLPack: https://dmlc.github.io/dlpack/latest/c_api.html
struct DLPackVersion {
  uint32_t major, minor;
};
struct DLDevice {
  int32_t device_type;  // kDLCPU and others
  int32_t device_id;
};
struct DLDataType {
  uint8_t code;  // DLDataTypeCode
  uint8_t bits;
  uint16_t lanes;
};
enum DLDataTypeCode : uint8_t { kDLInt = 0, kDLUInt = 1, kDLFloat = 2, kDLBool = 6 };
struct DLTensor {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null: C order
  uint64_t byte_offset;
};
struct DLManagedTensorVersioned {
  DLPackVersion version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned* self);
  uint64_t flags;
  DLTensor dl_tensor;
};
inline constexpr int32_t kDLCPU = 1;
inline constexpr uint64_t kDLReadOnly = 1;
static_assert(sizeof(DLTensor) == 48 && offsetof(DLTensor, shape) == 24);
static_assert(sizeof(DLManagedTensorVersioned) == 80 && offsetof(DLManagedTensorVersioned, dl_tensor) == 32);

// ---- Arrow: https://arrow.apache.org/docs/format/CDataInterface.html
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};
static_assert(sizeof(ArrowSchema) == 72 && sizeof(ArrowArray) == 80);

}  // namespace lathe::capi
