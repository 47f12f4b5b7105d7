// The types of values: which dtypes an op takes, what an op of given operands results in, and how
// dimensions broadcast. The TYPE and DTYPES columns of ops.def, as functions; shared by the builder (which
// infers) and the verifier (which checks).
//
// Dimensions broadcast as NumPy's do, on what is known when the trace is made: the constant 1 fits every
// extent, everything else fits itself only. Two different symbols are never assumed to be equal.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "src/recorder/ir/trace.h"

namespace lathe {

// Up to kMaxRank dimensions, held in the object itself.
class DimList {
 public:
  DimList() = default;
  explicit DimList(std::span<const Dim> dims) : size_(dims.size()) {
    std::copy(dims.begin(), dims.end(), dims_.begin());
  }
  size_t size() const { return size_; }
  Dim& operator[](size_t index) { return dims_[index]; }
  Dim operator[](size_t index) const { return dims_[index]; }
  void push_back(Dim dim) { dims_[size_++] = dim; }
  operator std::span<const Dim>() const { return {dims_.data(), size_}; }  // NOLINT: implicit on purpose

 private:
  std::array<Dim, kMaxRank> dims_;
  size_t size_ = 0;
};

inline bool SameDims(std::span<const Dim> a, std::span<const Dim> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

struct ValueType {
  DType dtype = DType::kFloat64;
  DimList dims;
};

// Whether `dtype` belongs to the class that a row of ops.def names.
bool Allows(DTypeClass dtypes, DType dtype);

// The dimensions that `a` and `b` broadcast to; none if they do not fit.
std::optional<DimList> BroadcastDims(std::span<const Dim> a, std::span<const Dim> b);
// Whether an array of dimensions `from` can be read as one of dimensions `to`.
bool BroadcastsTo(std::span<const Dim> from, std::span<const Dim> to);

// The dtype that decides an elementwise op's: that of its first operand not fixed to bool.
DType OperandDType(const Trace& trace, Op op, std::span<const Ref> operands);

// The type of an elementwise op of these operands, which must be values of the trace. For an op whose
// result dtype is given (cast, bitcast), that is `given`. An error says in a clause what does not fit.
absl::StatusOr<ValueType> InferElementwise(const Trace& trace, Op op, std::span<const Ref> operands,
                                           DType given = DType::kFloat64);

// The dimensions that a reduction over the axes of `attribute` leaves of `dims`.
DimList ReducedDims(std::span<const Dim> dims, uint64_t attribute);

}  // namespace lathe
