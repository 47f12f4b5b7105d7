// Strided memory as a stream of elements in C order: a cursor hands out dense blocks of it for the
// elementwise functions, copying only where the memory is not dense already.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "src/recorder/ir/trace.h"

namespace lathe {

// Elements that a cursor hands out at most at once if it has to copy.
inline constexpr int64_t kChunk = 256;

struct StridedView {
  std::byte* data = nullptr;
  int item = 8;  // bytes of an element
  int rank = 0;
  int64_t extents[kMaxRank] = {};
  int64_t strides[kMaxRank] = {};  // in bytes

  int64_t Elements() const {
    int64_t product = 1;
    for (int d = 0; d < rank; ++d) product *= extents[d];
    return product;
  }
  // This view read as one of the extents of `shape`, to which it broadcasts.
  StridedView BroadcastTo(const StridedView& shape) const {
    StridedView result = shape;
    result.data = data;
    result.item = item;
    const int shift = shape.rank - rank;
    for (int d = 0; d < shape.rank; ++d) {
      result.strides[d] = d < shift || extents[d - shift] == 1 ? 0 : strides[d - shift];
    }
    return result;
  }
};

class Cursor {
 public:
  explicit Cursor(const StridedView& view);

  // Moves to the element of this C-order index, which must be less than the number of elements.
  void Seek(int64_t index);
  // The next n elements, dense: in place, or copied to `buffer`, in which case n <= kChunk. One cursor is
  // given the same buffer each time: what repeats one element is copied only once.
  const std::byte* Read(int64_t n, std::byte* buffer);
  // Writes the next n elements from dense memory.
  void Write(int64_t n, const std::byte* source);

 private:
  // Calls visit(memory, count, offset) for each stretch of the innermost dimension in the next n elements.
  template <class Visit>
  void Walk(int64_t n, const Visit& visit) {
    int64_t done = 0;
    while (done < n) {
      const int64_t count = std::min(n - done, extents_[rank_ - 1] - coordinates_[rank_ - 1]);
      visit(position_, count, done);
      done += count;
      coordinates_[rank_ - 1] += count;
      position_ += count * strides_[rank_ - 1];
      for (int d = rank_ - 1; d > 0 && coordinates_[d] == extents_[d]; --d) {
        position_ += strides_[d - 1] - extents_[d] * strides_[d];
        coordinates_[d] = 0;
        ++coordinates_[d - 1];
      }
    }
  }

  std::byte* data_;
  std::byte* position_;
  int item_;
  int64_t filled_ = 0;  // elements of the buffer that already hold the one element there is
  int rank_ = 0;        // after merging dimensions; at least 1
  int64_t extents_[kMaxRank] = {};
  int64_t strides_[kMaxRank] = {};
  int64_t coordinates_[kMaxRank] = {};
};

}  // namespace lathe
