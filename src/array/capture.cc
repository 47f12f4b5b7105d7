// Stand-ins are pending values of a recorder of their own, which never computes them.
#include "src/array/capture.h"

#include <algorithm>
#include <array>

#include "src/array/array_body.h"
#include "src/array/engine.h"
#include "src/array/thread_recorder.h"
#include "src/recorder/lazy/replay.h"

namespace lathe {
namespace {

// Strides of a leaf that no layout class but "general" fits.
constexpr int64_t kGeneralStride = 1'000'003;

Operand LeafOperand(DType dtype, const Shape& shape, bool unit, size_t number) {
  Operand operand;
  // An address that tells leaves apart; nobody reads there.
  operand.data = reinterpret_cast<void*>((number + 1) << 12);
  operand.dtype = dtype;
  operand.rank = static_cast<uint8_t>(shape.rank());
  std::copy(shape.begin(), shape.end(), operand.extents);
  for (int d = 0; d < shape.rank(); ++d) {
    const bool last = d == shape.rank() - 1;
    operand.strides[d] = last && unit ? ItemSize(dtype) : kGeneralStride * (shape.rank() - d);
  }
  return operand;
}

// Copies the rows that some values need into a recording of their own.
class Extractor {
 public:
  explicit Extractor(const Recording& from) : from_(from), needed_(from.size(), false) {}

  void Need(uint32_t row) {
    if (needed_[row]) return;
    needed_[row] = true;
    const Row& r = from_.row(row);
    for (int k = 0; k < r.operand_count; ++k) {
      if (r.operands[k].kind == SourceKind::kRow) Need(r.operands[k].index);
    }
  }

  void CopyRows() {
    rows_.resize(from_.size());
    for (uint32_t k = 0; k < from_.size(); ++k) {
      if (!needed_[k]) continue;
      const Row& row = from_.row(k);
      std::array<Source, kMaxElementwiseOperands> operands;
      for (size_t i = 0; i < row.operand_count; ++i) operands[i] = Map(row.operands[i]);
      rows_[k] = to_.Append(row.op, row.dtype, std::span(operands).first(row.operand_count),
                            {row.extents, row.rank}, row.attribute, row.combiner, {row.line, row.file});
    }
  }

  Source Map(Source source) {
    switch (source.kind) {
      case SourceKind::kRow:
        return rows_[source.index];
      case SourceKind::kArray: {
        const auto known = std::find(leaves.begin(), leaves.end(), source.index);
        if (known != leaves.end()) return {SourceKind::kArray, static_cast<uint32_t>(known - leaves.begin())};
        leaves.push_back(source.index);
        return to_.AddArray(from_.arrays()[source.index], true);
      }
      case SourceKind::kScalar:
        break;
    }
    const Operand& scalar = from_.scalars()[source.index];
    scalars.push_back(source.index);
    return to_.AddScalar(Scalar{scalar.dtype, scalar.scalar_bits});
  }

  Source AddTarget(uint32_t leaf) {
    leaves.push_back(leaf);
    return to_.AddArray(from_.arrays()[leaf], true);
  }

  Recording& to() { return to_; }

  std::vector<uint32_t> leaves;
  std::vector<uint32_t> scalars;

 private:
  const Recording& from_;
  std::vector<bool> needed_;
  std::vector<Source> rows_;
  Recording to_;
};

}  // namespace

ArrayCapture::ArrayCapture() : recorder_(std::make_unique<ThreadRecorder>()) { recorder_->SetCapturing(); }
ArrayCapture::~ArrayCapture() = default;

ArrayCapture::Scope::Scope(ArrayCapture& capture) { ThreadRecorder::SetCurrent(capture.recorder_.get()); }
ArrayCapture::Scope::~Scope() { ThreadRecorder::SetCurrent(nullptr); }

Array ArrayCapture::AddLeaf(DType dtype, const Shape& shape, bool unit) {
  Recording& recording = recorder_->recording_;
  const Source leaf = recording.AddArray(LeafOperand(dtype, shape, unit, recording.arrays().size()), true);
  // A value that depends on the leaf, not the leaf itself: it is pending, so that nobody reads its memory.
  const Source row = recorder_->Record(Op::kBroadcast, dtype, std::array{leaf}, shape);
  return recorder_->MakePending(row, dtype, shape);
}

Array ArrayCapture::AddFilled(Scalar value, const Shape& shape) {
  const Source scalar = recorder_->recording_.AddScalar(value);
  const Source row = recorder_->Record(Op::kBroadcast, value.dtype, std::array{scalar}, shape);
  return recorder_->MakePending(row, value.dtype, shape);
}

Array ArrayCapture::AddConverted(const Array& value, DType dtype) {
  if (value.dtype() == dtype) return value;
  const Source row = recorder_->Operand(value, dtype);
  return recorder_->MakePending(row, dtype, value.shape());
}

size_t ArrayCapture::scalar_count() const { return recorder_->recording_.scalars().size(); }

Scalar ArrayCapture::scalar(size_t k) const {
  const Operand& operand = recorder_->recording_.scalars()[k];
  return {operand.dtype, operand.scalar_bits};
}

bool ArrayCapture::Holds(const Array& array) const { return array.body()->recorder == recorder_.get(); }

ArrayCapture::Extracted ArrayCapture::Extract(std::span<const Array> results, int target,
                                              const Array* assigned) const {
  Extractor extractor(recorder_->recording_);
  for (const Array& result : results) extractor.Need(result.body()->row);
  if (assigned) extractor.Need(assigned->body()->row);
  extractor.CopyRows();
  Recording& to = extractor.to();
  Extracted extracted;
  // The trace returns its results in the order of their rows.
  std::vector<std::pair<uint32_t, uint32_t>> order;
  for (uint32_t k = 0; k < results.size(); ++k) {
    const uint32_t row = extractor.Map({SourceKind::kRow, results[k].body()->row}).index;
    to.SetLive(row, true);
    order.emplace_back(row, k);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [row, k] : order) extracted.results.push_back(k);
  if (assigned) {
    const Source value = extractor.Map({SourceKind::kRow, assigned->body()->row});
    const Source into = extractor.AddTarget(static_cast<uint32_t>(target));
    const Operand& leaf = recorder_->recording_.arrays()[static_cast<size_t>(target)];
    to.Append(Op::kAssign, leaf.dtype, std::array{into, value}, {leaf.extents, leaf.rank});
  }
  ReplayedTrace replayed = ReplayRecording(to);
  for (const DimSource& source : replayed.dims) extracted.extents.push_back(ReadExtent(to, source));
  extracted.trace = std::move(replayed.trace);
  extracted.trace.file = DefaultEngine().files().NameOf(replayed.file);
  extracted.leaves = std::move(extractor.leaves);
  extracted.scalars = std::move(extractor.scalars);
  return extracted;
}

}  // namespace lathe
