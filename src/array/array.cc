// The Array class: handles, materialised and pending bodies, element access, printing hooks.
#include "lathe/array.h"

#include <cstring>
#include <ostream>

#include "src/array/array_body.h"
#include "src/array/repr.h"
#include "src/array/thread_recorder.h"
#include "src/array/view.h"

namespace lathe {
namespace {

void Release(ArrayBody* body) {
  if (!body || body->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (body->pending()) body->recorder->Drop(body->row);
  delete body;
}

// Copies a strided n-d array of `item` bytes an element into dense memory, in C order.
char* CopyStrided(char* out, const char* data, const Shape& shape, const Shape& strides, size_t item,
                  int dim) {
  if (dim == shape.rank()) {
    std::memcpy(out, data, item);
    return out + item;
  }
  const int64_t extent = shape[dim];
  if (dim == shape.rank() - 1 && strides[dim] == static_cast<int64_t>(item)) {
    std::memcpy(out, data, item * static_cast<size_t>(extent));
    return out + item * static_cast<size_t>(extent);
  }
  for (int64_t k = 0; k < extent; ++k)
    out = CopyStrided(out, data + k * strides[dim], shape, strides, item, dim + 1);
  return out;
}

std::string MemoryMessage(const Shape& shape, DType dtype) {
  double bytes = ItemSize(dtype);
  for (const int64_t extent : shape) bytes *= static_cast<double>(extent);
  static constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  int unit = 0;
  while (bytes >= 1024 && unit < 6) {
    bytes /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof(text),
                unit == 0       ? "%.0f"
                : bytes < 9.995 ? "%.2f"
                : bytes < 99.95 ? "%.1f"
                                : "%.0f",
                bytes);
  return "Unable to allocate " + std::string(text) + " " + kUnits[unit] + " for an array with shape " +
         shape.ToString() + " and data type " + std::string(Name(dtype));
}

}  // namespace

Shape DenseStrides(const Shape& shape, DType dtype) {
  Shape strides = shape;
  int64_t stride = ItemSize(dtype);
  for (int d = shape.rank() - 1; d >= 0; --d) {
    strides[d] = stride;
    stride *= std::max<int64_t>(shape[d], 1);
  }
  return strides;
}

bool IsDense(const Shape& shape, const Shape& strides, DType dtype) {
  int64_t stride = ItemSize(dtype);
  for (int d = shape.rank() - 1; d >= 0; --d) {
    if (shape[d] == 0) return true;
    if (shape[d] == 1) continue;
    if (strides[d] != stride) return false;
    stride *= shape[d];
  }
  return true;
}

void CheckSize(const Shape& shape, DType dtype) {
  int64_t bytes = ItemSize(dtype);
  for (const int64_t extent : shape) {
    // Arrays without elements have strides, too.
    if (extent > 0 && __builtin_mul_overflow(bytes, extent, &bytes)) {
      throw ValueError(
          "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size.");
    }
  }
}

void CheckAllocatable(const Shape& shape, DType dtype) {
  const auto limit = static_cast<double>(PhysicalMemory());
  double bytes = ItemSize(dtype);
  for (const int64_t extent : shape) {
    if (extent < 0) throw ValueError("negative dimensions are not allowed");
  }
  CheckSize(shape, dtype);
  for (const int64_t extent : shape) {
    if (extent == 0) return;
    bytes *= static_cast<double>(extent);
  }
  if (bytes > limit) throw MemoryError(MemoryMessage(shape, dtype));
}

StorageRef AllocateDense(const Shape& shape, DType dtype, bool zeroed) {
  CheckAllocatable(shape, dtype);
  StorageRef storage = Storage::Allocate(static_cast<size_t>(shape.Elements() * ItemSize(dtype)), zeroed);
  if (!storage) throw MemoryError(MemoryMessage(shape, dtype));
  return storage;
}

Array MakeDense(const Shape& shape, DType dtype, bool zeroed) {
  StorageRef storage = AllocateDense(shape, dtype, zeroed);
  auto body = std::make_unique<ArrayBody>();
  body->dtype = dtype;
  body->shape = shape;
  body->strides = DenseStrides(shape, dtype);
  body->data = storage->data();
  body->storage = std::move(storage);
  return Array(body.release());
}

Array MakeView(const Array& base, char* data, const Shape& shape, const Shape& strides, bool writable) {
  EvalFor(base, EndReason::kView);
  auto body = std::make_unique<ArrayBody>();
  body->dtype = base.dtype();
  body->shape = shape;
  body->strides = strides;
  body->data = data;
  body->storage = base.body()->storage;
  body->writable = writable && base.writable();
  body->is_view = true;
  return Array(body.release());
}

Array::Array() : Array(Scalar::Of(0.0)) {}
Array::Array(const Array& other) : body_(other.body_) {
  body_->references.fetch_add(1, std::memory_order_relaxed);
}
Array::Array(Array&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
Array& Array::operator=(const Array& other) {
  Array copy(other);
  std::swap(body_, copy.body_);
  return *this;
}
Array& Array::operator=(Array&& other) noexcept {
  std::swap(body_, other.body_);
  return *this;
}
Array::~Array() { Release(body_); }

Array Input::TakeArray() const {
  if (!is_array()) return Array(scalar_);
  return temporary_ ? std::move(*temporary_) : *array_;
}
void Input::Consume() const {
  if (temporary_) const Array gone = std::move(*temporary_);
}

Array::Array(Scalar value) : Array(MakeDense({}, value.dtype)) {
  std::memcpy(body_->data, &value.bits, static_cast<size_t>(ItemSize(value.dtype)));
}
Array::Array(std::initializer_list<double> values)
    : Array(FromValues(std::span(values.begin(), values.size()), {static_cast<int64_t>(values.size())})) {}

Array Array::FromBytes(const void* data, int64_t elements, DType dtype, Shape shape) {
  if (shape.Elements() != elements) {
    throw ShapeError("cannot reshape array of size " + std::to_string(elements) + " into shape " +
                     CompactShape(shape));
  }
  Array array = MakeDense(shape, dtype);
  if (elements > 0) std::memcpy(array.body_->data, data, static_cast<size_t>(elements * ItemSize(dtype)));
  return array;
}

Array Array::Wrap(void* data, DType dtype, Shape shape, Shape strides, bool writable,
                  std::shared_ptr<void> owner) {
  auto body = std::make_unique<ArrayBody>();
  body->dtype = dtype;
  body->shape = shape;
  body->strides = strides;
  body->data = static_cast<char*>(data);
  body->storage =
      Storage::Wrap(data, static_cast<size_t>(shape.Elements() * ItemSize(dtype)), std::move(owner));
  body->writable = writable;
  return Array(body.release());
}

DType Array::dtype() const { return body_->dtype; }
const Shape& Array::shape() const { return body_->shape; }
const Shape& Array::strides() const { return body_->strides; }
bool Array::writable() const { return body_->writable; }
bool Array::is_contiguous() const { return IsDense(body_->shape, body_->strides, body_->dtype); }
bool Array::pending() const { return body_->pending(); }

const Array& EvalFor(const Array& array, EndReason reason) {
  const ArrayBody& body = *array.body();
  if (!body.pending()) return array;
  if (body.recorder != &ThreadRecorder::Get()) {
    throw Error(ErrorKind::kRuntime,
                "this array has not been computed yet and belongs to another thread: call Eval() there "
                "before sharing it");
  }
  body.recorder->Flush(reason);
  return array;
}

const Array& Array::Eval() const { return EvalFor(*this, EndReason::kValue); }

const void* Array::data() const { return Eval().body_->data; }

void* Array::mutable_data() {
  if (!body_->writable) throw ValueError("assignment destination is read-only");
  return Eval().body_->data;
}

void Array::CheckDType(DType dtype) const {
  if (dtype != body_->dtype) {
    throw DTypeError("the array's dtype is " + std::string(Name(body_->dtype)) + ", not " +
                     std::string(Name(dtype)));
  }
}

Scalar Array::item() const {
  if (size() != 1) throw ShapeError("can only convert an array of size 1 to a Python scalar");
  Scalar scalar;
  scalar.dtype = dtype();
  std::memcpy(&scalar.bits, EvalFor(*this, EndReason::kNumber).body_->data,
              static_cast<size_t>(ItemSize(dtype())));
  return scalar;
}

Scalar Array::item(std::span<const int64_t> indices) const {
  EvalFor(*this, EndReason::kNumber);
  const ArrayBody& body = *body_;
  if (static_cast<int>(indices.size()) != body.shape.rank())
    throw ValueError("incorrect number of indices for array");
  const char* address = body.data;
  for (int d = 0; d < body.shape.rank(); ++d) {
    const int64_t extent = body.shape[d];
    int64_t index = indices[static_cast<size_t>(d)];
    if (index < -extent || index >= extent) {
      throw IndexError("index " + std::to_string(index) + " is out of bounds for axis " + std::to_string(d) +
                       " with size " + std::to_string(extent));
    }
    if (index < 0) index += extent;
    address += index * body.strides[d];
  }
  Scalar scalar;
  scalar.dtype = body.dtype;
  std::memcpy(&scalar.bits, address, static_cast<size_t>(ItemSize(body.dtype)));
  return scalar;
}

void Array::CopyTo(void* out) const {
  Eval();
  if (size() == 0) return;
  CopyStrided(static_cast<char*>(out), body_->data, body_->shape, body_->strides,
              static_cast<size_t>(ItemSize(dtype())), 0);
}

std::string Array::Repr() const {
  EvalFor(*this, EndReason::kPrinted);
  return FormatArray(body_->AsOperand(), PrintOptions(), true);
}
std::string Array::ToString() const {
  EvalFor(*this, EndReason::kPrinted);
  return FormatArray(body_->AsOperand(), PrintOptions(), false);
}
std::ostream& operator<<(std::ostream& stream, const Array& array) { return stream << array.ToString(); }

}  // namespace lathe
