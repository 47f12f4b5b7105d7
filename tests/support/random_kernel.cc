// Random kernels for random loop traces: arrays of one or two dims, some operations, results and an
// assignment.
#include <algorithm>
#include <array>
#include <utility>

#include "src/recorder/build/builder.h"
#include "src/recorder/ir/type_rules.h"
#include "tests/support/random_loop_trace.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

class Generator {
 public:
  Generator(const std::vector<DType>& dtypes, std::mt19937_64& random)
      : dtypes_(dtypes), random_(random), builder_(&trace_, {false, false, false}) {}

  Trace Run() {
    trace_.name = "kernel";
    n_ = Dim::Symbol(builder_.AddDim("n"));
    m_ = Dim::Symbol(builder_.AddDim("m"));
    const size_t params = 1 + Below(3);
    for (size_t k = 0; k < params; ++k) AddParam();
    const size_t steps = 1 + Below(6);
    for (size_t k = 0; k < steps; ++k) Step();
    Finish();
    return std::move(trace_);
  }

 private:
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }
  DType SomeDType() { return dtypes_[Below(dtypes_.size())]; }
  Ref Pick() { return values_[Below(values_.size())]; }

  void AddParam() {
    const std::vector<std::vector<Dim>> shapes = {{n_}, {n_}, {m_}, {n_, m_}, {}};
    const std::vector<Dim>& dims = shapes[Below(shapes.size())];
    const int rank = static_cast<int>(dims.size());
    const Layout layout = Below(3) == 0 ? Layout::Dense(rank) : Layout::Strided(rank);
    values_.push_back(builder_.AddParam(SomeDType(), dims, layout, ""));
  }

  void Step() {
    switch (Below(6)) {
      case 0:
        return AddReduction();
      case 1: {
        const DType dtype = SomeDType();
        values_.push_back(builder_.Constant(dtype, RandomValue(dtype, random_)));
        return;
      }
      case 2: {
        const std::array<Dim, 2> dims = {n_, m_};
        values_.push_back(builder_.Emit(Op::kIota, DType::kInt64, {}, dims, Below(2)));
        return;
      }
      default:
        return AddElementwise();
    }
  }

  Ref As(DType dtype, Ref value) {
    return trace_.at(value).dtype == dtype ? value : *builder_.Elementwise(Op::kCast, {value}, dtype);
  }

  void AddElementwise() {
    Op op = Op::kDim;
    // The sign of a NaN must not be seen.
    const auto sees_sign = [&] { return op == Op::kBitcast || op == Op::kSignBit || op == Op::kCopySign; };
    while (!IsElementwise(op) || TakesFunction(op) || sees_sign()) op = static_cast<Op>(Below(kOpCount));
    const OpInfo& info = Info(op);
    const DType dtype = trace_.at(Pick()).dtype;
    std::vector<Ref> operands;
    for (int k = 0; k < info.operand_count; ++k) {
      operands.push_back(As(((info.bool_operands >> k) & 1) != 0 ? DType::kBool : dtype, Pick()));
    }
    const absl::StatusOr<Ref> value = builder_.Elementwise(op, operands, SomeDType());
    if (value.ok()) values_.push_back(*value);
  }

  void AddReduction() {
    const Ref x = Pick();
    const Instruction instruction = trace_.at(x);
    if (instruction.rank == 0) return;
    const uint64_t axes = 1 + Below((size_t{1} << instruction.rank) - 1);
    const DimList dims = ReducedDims(trace_.dims(x), axes);
    const std::array<Ref, 1> operands = {x};
    const Op combiner = static_cast<Op>(Below(kOpCount));
    if (!IsCombiner(combiner) || !Allows(Info(combiner).dtypes, instruction.dtype)) return AddReduction();
    values_.push_back(builder_.Emit(Op::kReduce, instruction.dtype, operands, dims, axes, combiner));
  }

  void Finish() {
    std::vector<Ref> results;
    for (size_t k = Below(3); k > 0; --k) {
      const Ref value = Pick();
      if (std::find(dtypes_.begin(), dtypes_.end(), trace_.at(value).dtype) != dtypes_.end()) {
        results.push_back(value);
      }
    }
    if (results.empty() || Below(3) == 0) AddAssign();
    builder_.Return(results);
  }

  void AddAssign() {
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      if (trace_.at(ref).op != Op::kParam || trace_.at(ref).rank == 0) continue;
      const Ref value = Pick();
      if (BroadcastsTo(trace_.dims(value), trace_.dims(ref))) {
        return builder_.Assign(ref, As(trace_.at(ref).dtype, value));
      }
    }
  }

  const std::vector<DType>& dtypes_;
  std::mt19937_64& random_;
  Trace trace_;
  Builder builder_;
  Dim n_, m_;
  std::vector<Ref> values_;
};

}  // namespace

Trace RandomKernel(const std::vector<DType>& dtypes, std::mt19937_64& random) {
  return Generator(dtypes, random).Run();
}

}  // namespace lathe
