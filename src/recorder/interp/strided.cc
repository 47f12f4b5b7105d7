// Gathering from and scattering to strided memory.
#include "src/recorder/interp/strided.h"

namespace lathe {
namespace {

// Copies n elements between two strides; the size of an element is fixed, so that a copy is one move.
template <size_t kItem>
void CopyItems(std::byte* to, int64_t to_stride, const std::byte* from, int64_t from_stride, int64_t n) {
  for (int64_t k = 0; k < n; ++k) std::memcpy(to + k * to_stride, from + k * from_stride, kItem);
}

void CopyElements(int item, std::byte* to, int64_t to_stride, const std::byte* from, int64_t from_stride,
                  int64_t n) {
  if (to_stride == item && from_stride == item) {
    std::memcpy(to, from, static_cast<size_t>(n * item));
    return;
  }
  switch (item) {
    case 1:
      return CopyItems<1>(to, to_stride, from, from_stride, n);
    case 2:
      return CopyItems<2>(to, to_stride, from, from_stride, n);
    case 4:
      return CopyItems<4>(to, to_stride, from, from_stride, n);
    default:
      return CopyItems<8>(to, to_stride, from, from_stride, n);
  }
}

}  // namespace

Cursor::Cursor(const StridedView& view) : data_(view.data), position_(view.data), item_(view.item) {
  for (int d = 0; d < view.rank; ++d) {
    if (view.extents[d] == 1) continue;
    if (rank_ > 0 && strides_[rank_ - 1] == view.strides[d] * view.extents[d]) {
      extents_[rank_ - 1] *= view.extents[d];
      strides_[rank_ - 1] = view.strides[d];
      continue;
    }
    extents_[rank_] = view.extents[d];
    strides_[rank_] = view.strides[d];
    ++rank_;
  }
  if (rank_ == 0) {
    rank_ = 1;
    extents_[0] = 1;
    strides_[0] = item_;
  }
}

void Cursor::Seek(int64_t index) {
  position_ = data_;
  for (int d = rank_ - 1; d >= 0; --d) {
    coordinates_[d] = d == 0 ? index : index % extents_[d];
    index /= extents_[d];
    position_ += coordinates_[d] * strides_[d];
  }
}

const std::byte* Cursor::Read(int64_t n, std::byte* buffer) {
  if (rank_ == 1 && strides_[0] == item_) {
    const std::byte* const block = position_;
    position_ += n * item_;
    return block;
  }
  if (rank_ == 1 && strides_[0] == 0) {
    if (filled_ < n) CopyElements(item_, buffer, item_, data_, 0, n);
    filled_ = std::max(filled_, n);
    return buffer;
  }
  Walk(n, [&](const std::byte* memory, int64_t count, int64_t offset) {
    CopyElements(item_, buffer + offset * item_, item_, memory, strides_[rank_ - 1], count);
  });
  return buffer;
}

void Cursor::Write(int64_t n, const std::byte* source) {
  Walk(n, [&](std::byte* memory, int64_t count, int64_t offset) {
    CopyElements(item_, memory, strides_[rank_ - 1], source + offset * item_, item_, count);
  });
}

}  // namespace lathe
