// A recording: the raw rows that array operations append while nothing is computed yet, and their running
// fingerprint. Rows are hashed, not optimised: only a miss in the trace cache replays them through the
// builder (replay.h). The array room owns one recording a thread and the arrays behind it; here are only
// plain data, so a hit allocates nothing.
//
// Operands of a row are Sources: an earlier row, an array parameter or a scalar parameter.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "src/recorder/cache/fingerprint.h"
#include "src/recorder/ir/trace.h"
#include "src/recorder/runtime/kernel.h"
#include "src/recorder/runtime/operand.h"

namespace lathe {

struct Source {
  SourceKind kind = SourceKind::kRow;
  uint32_t index = 0;
};

// Where in the source a row comes from: a file by the number that its owner gave it (0: unknown), and a line.
struct SourcePlace {
  uint32_t line = 0;
  uint16_t file = 0;
};

struct Row {
  Op op;
  Op combiner;
  DType dtype;
  uint8_t rank;
  uint8_t operand_count;
  bool live;  // somebody still holds the value: it must be computed
  uint16_t file;
  uint32_t line;
  uint64_t attribute;
  Source operands[kMaxElementwiseOperands];
  int64_t extents[kMaxRank];
};

class Recording {
 public:
  bool empty() const { return rows_.empty(); }
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }
  const Row& row(uint32_t index) const { return rows_[index]; }
  std::span<const Row> rows() const { return rows_; }
  // The arrays in order, and the scalars in order: the parameters of the trace.
  std::span<const Operand> arrays() const { return arrays_; }
  std::span<const Operand> scalars() const { return scalars_; }

  // The position of an array parameter; the same view is given the same position again unless it must be
  // `distinct`.
  Source AddArray(const Operand& view, bool distinct = false);
  Source AddScalar(Scalar value);
  // Appends a row. `extents`: of the result (for Assign: of the target).
  Source Append(Op op, DType dtype, std::span<const Source> operands, std::span<const int64_t> extents,
                uint64_t attribute = 0, Op combiner = Op::kAdd, SourcePlace place = {});
  void SetLive(uint32_t row, bool live) { rows_[row].live = live; }
  void Clear();

  // Completes the hash with what is known only now: which rows are live. O(rows).
  Fingerprint Finish() const;

  std::span<const int64_t> ExtentsOf(Source source) const;
  DType DTypeOf(Source source) const;

 private:
  std::vector<Row> rows_;
  std::vector<Operand> arrays_;
  std::vector<Operand> scalars_;
  Fingerprint fingerprint_;
};

// The layout class of a view: what a compiled trace may rely on. Dimensions of extent 1 take whatever
// class makes most of the others.
Layout ClassifyLayout(const Operand& view);

}  // namespace lathe
