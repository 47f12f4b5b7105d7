// Arrays of the C ABI: making them, asking them, their elements and their text.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "src/array/array_body.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

// A copy that lathe_string_free frees.
void GiveText(const std::string& text, char** result) {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (!copy) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  Needed(result, "the result") = copy;
}

std::shared_ptr<void> OwnerOf(void (*release)(void*), void* context) {
  if (!release) return nullptr;
  return std::shared_ptr<void>(context, release);
}

}  // namespace

void lathe_string_free(char* text) { std::free(text); }

const char* lathe_dtype_name(lathe_dtype dtype) {
  static constexpr const char* kNames[] = {
#define DTYPE(ID, NAME, CTYPE, BYTES, KIND, DESCRIPTOR) NAME,
#include "lathe/dtypes.def"
#undef DTYPE
  };
  return dtype >= 0 && dtype < kDTypeCount ? kNames[dtype] : nullptr;
}

lathe_status lathe_dtype_from_name(const char* name, lathe_dtype* dtype) {
  return Guard([&] {
    DType found;
    if (!FindDType(TextOf(name, "the name"), &found))
      throw DTypeError(std::string("no dtype is called ") + name);
    Needed(dtype, "the result") = static_cast<lathe_dtype>(found);
  });
}

size_t lathe_dtype_size(lathe_dtype dtype) {
  return lathe_dtype_name(dtype) ? static_cast<size_t>(ItemSize(static_cast<DType>(dtype))) : 0;
}

lathe_status lathe_array_new(const void* data, lathe_dtype dtype, int rank, const int64_t* shape,
                             lathe_array** result) {
  return Guard([&] {
    const Array zeros = Zeros(ShapeOf(rank, shape), DTypeFrom(dtype));
    Give(data ? Array::FromBytes(data, zeros.size(), zeros.dtype(), zeros.shape()) : zeros, result);
  });
}

lathe_status lathe_array_wrap(void* data, lathe_dtype dtype, int rank, const int64_t* shape,
                              const int64_t* strides, int writable, void (*release)(void* context),
                              void* context, lathe_array** result) {
  return Guard([&] {
    Needed(result, "the result");
    const DType type = DTypeFrom(dtype);
    const Shape extents = ShapeOf(rank, shape);
    for (const int64_t extent : extents) {
      if (extent < 0) throw ValueError("negative dimensions are not allowed");
    }
    if (extents.Elements() > 0) Needed(static_cast<char*>(data), "the data");
    const Shape steps = strides ? ShapeOf(rank, strides) : DenseStrides(extents, type);
    // Only now: after an error the memory is still the caller's.
    auto handle = std::make_unique<lathe_array>();
    handle->array = Array::Wrap(data, type, extents, steps, writable != 0, OwnerOf(release, context));
    *result = handle.release();
  });
}

lathe_status lathe_array_share(const lathe_array* array, lathe_array** result) {
  return Guard([&] { Give(ArrayOf(array), result); });
}

void lathe_array_free(lathe_array* array) { delete array; }

lathe_status lathe_array_describe(const lathe_array* array, lathe_array_info* info) {
  return Guard([&] {
    const Array& x = ArrayOf(array);
    lathe_array_info& described = Needed(info, "the result");
    described = {};
    described.dtype = static_cast<lathe_dtype>(x.dtype());
    described.rank = x.rank();
    for (int d = 0; d < x.rank(); ++d) {
      described.shape[d] = x.shape()[d];
      described.strides[d] = x.strides()[d];
    }
    described.size = x.size();
    described.writable = x.writable();
    described.contiguous = x.is_contiguous();
    described.pending = x.pending();
  });
}

lathe_status lathe_array_eval(const lathe_array* array) {
  return Guard([&] { ArrayOf(array).Eval(); });
}

lathe_status lathe_array_data(const lathe_array* array, const void** data) {
  return Guard([&] {
    const void*& address = Needed(data, "the result");
    const Array& x = ArrayOf(array);
    if (!array->shown) array->shown = ViewOf(x);
    address = x.data();
  });
}

lathe_status lathe_array_mutable_data(lathe_array* array, void** data) {
  return Guard([&] {
    void*& address = Needed(data, "the result");
    Array& x = ArrayOf(array);
    void* const start = x.mutable_data();
    if (!array->shown) array->shown = ViewOf(x);
    address = start;
  });
}

lathe_status lathe_array_copy_to(const lathe_array* array, void* out, size_t bytes) {
  return Guard([&] {
    const Array& x = ArrayOf(array);
    const auto needed = static_cast<size_t>(x.size() * ItemSize(x.dtype()));
    if (bytes < needed) {
      throw ValueError("room for " + std::to_string(bytes) + " bytes is too little for " +
                       std::to_string(needed));
    }
    if (needed > 0) x.CopyTo(&Needed(static_cast<char*>(out), "the room"));
  });
}

lathe_status lathe_array_double(const lathe_array* array, double* value) {
  return Guard([&] { Needed(value, "the result") = ArrayOf(array).item().To<double>(); });
}

lathe_status lathe_array_int64(const lathe_array* array, int64_t* value) {
  return Guard([&] { Needed(value, "the result") = ArrayOf(array).item().To<int64_t>(); });
}

lathe_status lathe_array_repr(const lathe_array* array, char** text) {
  return Guard([&] { GiveText(ArrayOf(array).Repr(), text); });
}

lathe_status lathe_array_str(const lathe_array* array, char** text) {
  return Guard([&] { GiveText(ArrayOf(array).ToString(), text); });
}
