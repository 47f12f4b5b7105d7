// Columns of Arrow as arrays, and arrays as columns, in one memory but for bools.
#include <cstring>
#include <memory>

#include "src/array/array_body.h"
#include "src/capi/exchange_abi.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

// Arrow's letter of each dtype, in the order of dtypes.def.
constexpr const char* kFormats[] = {"b", "c", "C", "s", "S", "i", "I", "l", "L", "f", "g"};
static_assert(std::size(kFormats) == kDTypeCount);

DType DTypeFrom(const char* format) {
  for (int k = 0; k < kDTypeCount; ++k) {
    if (std::strcmp(kFormats[k], format) == 0) return static_cast<DType>(k);
  }
  throw DTypeError(std::string("an Arrow column of format '") + format + "'");
}

// A column given away: the array that it keeps, or bools packed into bits.
struct GivenColumn {
  Array array;
  std::vector<uint8_t> bits;
  const void* buffers[2] = {};
};

void ReleaseGiven(ArrowArray* column) {
  delete static_cast<GivenColumn*>(column->private_data);
  column->release = nullptr;
}

void ReleaseSchema(ArrowSchema* schema) { schema->release = nullptr; }

std::vector<uint8_t> PackedBits(const Array& bools) {
  std::vector<uint8_t> bits(static_cast<size_t>((bools.size() + 7) / 8));
  const auto* values = static_cast<const uint8_t*>(bools.data());
  for (int64_t k = 0; k < bools.size(); ++k) {
    bits[static_cast<size_t>(k / 8)] |= static_cast<uint8_t>(values[k] << (k % 8));
  }
  return bits;
}

Array UnpackedBits(const void* bits, int64_t offset, int64_t count) {
  const auto* packed = static_cast<const uint8_t*>(bits);
  std::vector<uint8_t> bools(static_cast<size_t>(count));
  for (int64_t k = 0; k < count; ++k) {
    bools[static_cast<size_t>(k)] = (packed[(offset + k) / 8] >> ((offset + k) % 8)) & 1;
  }
  return Array::FromBytes(bools.data(), count, DType::kBool, Shape{count});
}

// The column moved out of the caller's struct (which is copying it and marking the source as released), and
// released with the last array that looks at it.
std::shared_ptr<ArrowArray> Taken(ArrowArray& column) {
  std::shared_ptr<ArrowArray> taken(new ArrowArray(column), [](ArrowArray* moved) {
    moved->release(moved);
    delete moved;
  });
  column.release = nullptr;
  return taken;
}

}  // namespace

lathe_status lathe_to_arrow(const lathe_array* array, void* arrow_array, void* arrow_schema) {
  return Guard([&] {
    ArrowArray& column = Needed(static_cast<ArrowArray*>(arrow_array), "the Arrow array");
    ArrowSchema& schema = Needed(static_cast<ArrowSchema*>(arrow_schema), "the Arrow schema");
    const Array& x = ArrayOf(array);
    if (x.rank() != 1 || !x.is_contiguous())
      throw ShapeError("an Arrow column is a contiguous array of rank 1");
    auto given = std::make_unique<GivenColumn>();
    given->array = ViewOf(x);
    given->buffers[1] = x.data();
    if (IsBool(x.dtype())) {
      given->bits = PackedBits(x);
      given->buffers[1] = given->bits.data();
    }
    schema = {};
    schema.format = kFormats[static_cast<int>(x.dtype())];
    schema.name = "";
    schema.release = ReleaseSchema;
    column = {};
    column.length = x.size();
    column.n_buffers = 2;
    column.buffers = given->buffers;
    column.release = ReleaseGiven;
    column.private_data = given.release();
  });
}

lathe_status lathe_from_arrow(void* arrow_array, void* arrow_schema, lathe_array** result) {
  return Guard([&] {
    Needed(result, "the result");
    ArrowArray& column = Needed(static_cast<ArrowArray*>(arrow_array), "the Arrow array");
    ArrowSchema& schema = Needed(static_cast<ArrowSchema*>(arrow_schema), "the Arrow schema");
    if (!column.release || !schema.release) throw ValueError("an Arrow structure that has been released");
    const DType dtype = DTypeFrom(&Needed(schema.format, "the format"));
    if (column.n_children != 0 || column.dictionary || column.n_buffers != 2) {
      throw ValueError("only primitive Arrow columns can become arrays");
    }
    if (column.null_count != 0 && column.buffers[0]) throw ValueError("an Arrow column with nulls");
    auto handle = std::make_unique<lathe_array>();
    if (IsBool(dtype)) {
      handle->array = UnpackedBits(column.buffers[1], column.offset, column.length);
      column.release(&column);
    } else {
      const std::shared_ptr<ArrowArray> taken = Taken(column);
      char* data = static_cast<char*>(const_cast<void*>(taken->buffers[1])) + taken->offset * ItemSize(dtype);
      const Shape shape{taken->length};
      handle->array = Array::Wrap(data, dtype, shape, DenseStrides(shape, dtype), false, taken);
    }
    schema.release(&schema);
    *result = handle.release();
  });
}
