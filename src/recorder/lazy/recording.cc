// Appending rows to a recording and hashing them on the way.
#include "src/recorder/lazy/recording.h"

#include <cstring>

namespace lathe {

Layout ClassifyLayout(const Operand& view) {
  Layout layout;
  const int rank = view.rank;
  // The stride that a dimension of extent 1, which has none, is taken to have: one that merges.
  int64_t merging_stride = ItemSize(view.dtype);
  for (int d = rank - 1; d >= 0; --d) {
    const bool inner = d == rank - 1;
    const int64_t stride = view.extents[d] == 1 ? merging_stride : view.strides[d];
    if (stride == merging_stride) {
      layout.set(d, inner ? StrideClass::kUnit : StrideClass::kMerges);
    } else if (stride == 0) {
      layout.set(d, StrideClass::kBroadcast);
    } else if (stride == ItemSize(view.dtype)) {
      layout.set(d, StrideClass::kUnit);
    } else {
      layout.set(d, StrideClass::kGeneral);
    }
    merging_stride = stride * view.extents[d];
  }
  return layout;
}

Source Recording::AddArray(const Operand& view, bool distinct) {
  for (uint32_t k = 0; !distinct && k < arrays_.size(); ++k) {
    const Operand& seen = arrays_[k];
    if (seen.data == view.data && seen.dtype == view.dtype && seen.rank == view.rank &&
        std::memcmp(seen.extents, view.extents, sizeof(int64_t) * view.rank) == 0 &&
        std::memcmp(seen.strides, view.strides, sizeof(int64_t) * view.rank) == 0) {
      return {SourceKind::kArray, k};
    }
  }
  arrays_.push_back(view);
  fingerprint_.Add((uint64_t{1} << 60) | (static_cast<uint64_t>(view.dtype) << 32) |
                   (static_cast<uint64_t>(view.rank) << 16) | ClassifyLayout(view).bits);
  return {SourceKind::kArray, static_cast<uint32_t>(arrays_.size() - 1)};
}

Source Recording::AddScalar(Scalar value) {
  Operand operand;
  operand.is_scalar = true;
  operand.dtype = value.dtype;
  operand.scalar_bits = value.bits;
  scalars_.push_back(operand);
  fingerprint_.Add((uint64_t{2} << 60) | static_cast<uint64_t>(value.dtype));
  return {SourceKind::kScalar, static_cast<uint32_t>(scalars_.size() - 1)};
}

std::span<const int64_t> Recording::ExtentsOf(Source source) const {
  switch (source.kind) {
    case SourceKind::kRow:
      return {rows_[source.index].extents, rows_[source.index].rank};
    case SourceKind::kArray:
      return {arrays_[source.index].extents, arrays_[source.index].rank};
    case SourceKind::kScalar:
      break;
  }
  return {};
}

DType Recording::DTypeOf(Source source) const {
  switch (source.kind) {
    case SourceKind::kRow:
      return rows_[source.index].dtype;
    case SourceKind::kArray:
      return arrays_[source.index].dtype;
    case SourceKind::kScalar:
      break;
  }
  return scalars_[source.index].dtype;
}

Source Recording::Append(Op op, DType dtype, std::span<const Source> operands,
                         std::span<const int64_t> extents, uint64_t attribute, Op combiner,
                         SourcePlace place) {
  Row row;
  row.op = op;
  row.combiner = combiner;
  row.dtype = dtype;
  row.rank = static_cast<uint8_t>(extents.size());
  row.operand_count = static_cast<uint8_t>(operands.size());
  row.live = false;
  row.file = place.file;
  row.line = place.line;
  row.attribute = attribute;
  std::copy(extents.begin(), extents.end(), row.extents);
  fingerprint_.Add((uint64_t{3} << 60) | (static_cast<uint64_t>(op) << 40) |
                   (static_cast<uint64_t>(combiner) << 32) | (static_cast<uint64_t>(dtype) << 24) |
                   (static_cast<uint64_t>(row.rank) << 16) | (static_cast<uint64_t>(row.operand_count) << 8));
  fingerprint_.Add(attribute);
  for (size_t k = 0; k < operands.size(); ++k) {
    row.operands[k] = operands[k];
    uint64_t broadcast = 0;
    if (!IsReduction(op)) {
      const std::span<const int64_t> from = ExtentsOf(operands[k]);
      const size_t shift = extents.size() - from.size();
      for (size_t d = 0; d < from.size(); ++d) {
        if (from[d] == 1 && extents[d + shift] != 1) broadcast |= uint64_t{1} << d;
      }
    }
    fingerprint_.Add((static_cast<uint64_t>(operands[k].kind) << 56) | (broadcast << 40) | operands[k].index);
  }
  rows_.push_back(row);
  return {SourceKind::kRow, size() - 1};
}

void Recording::Clear() {
  rows_.clear();
  arrays_.clear();
  scalars_.clear();
  fingerprint_ = Fingerprint();
}

Fingerprint Recording::Finish() const {
  Fingerprint finished = fingerprint_;
  uint64_t word = 0;
  for (uint32_t k = 0; k < rows_.size(); ++k) {
    word = (word << 1) | (rows_[k].live ? 1 : 0);
    if (k % 64 == 63) {
      finished.Add(word);
      word = 0;
    }
  }
  finished.Add(word);
  return finished;
}

}  // namespace lathe
