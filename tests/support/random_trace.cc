// Random traces: any op of any dtype that the table allows, over values whose shapes broadcast.
#include <algorithm>
#include <array>
#include <random>

#include "src/recorder/build/builder.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed), builder_(&trace_, {false, false, false}) {}

  Trace Run() {
    n_ = Dim::Symbol(builder_.AddDim("n"));
    m_ = Dim::Symbol(builder_.AddDim("m"));
    const size_t params = 1 + Below(4);
    for (size_t k = 0; k < params; ++k) AddParam(k);
    const size_t steps = 1 + Below(12);
    for (size_t k = 0; k < steps; ++k) Step();
    Finish();
    return std::move(trace_);
  }

 private:
  size_t Below(size_t n) { return static_cast<size_t>(random_() % n); }
  Ref Pick() { return values_[Below(values_.size())]; }
  DType AnyDType() { return static_cast<DType>(Below(kDTypeCount)); }

  void AddParam(size_t position) {
    const Dim one = Dim::Constant(1);
    const std::vector<std::vector<Dim>> shapes = {{n_, m_},  {n_, m_}, {n_, one},   {m_},
                                                  {one, m_}, {},       {n_, n_, m_}};
    const std::vector<Dim> dims = shapes[Below(shapes.size())];
    const int rank = static_cast<int>(dims.size());
    Layout layout = Layout::Dense(rank);
    if (Below(3) == 0) layout = Layout::Strided(rank);
    if (rank == 2 && dims[1] == m_ && Below(4) == 0) {
      layout.set(0, StrideClass::kUnit);
      layout.set(1, StrideClass::kGeneral);
    }
    const DType dtype = Below(2) == 0 ? DType::kFloat64 : AnyDType();
    values_.push_back(
        builder_.AddParam(dtype, dims, layout, std::string(1, static_cast<char>('a' + position))));
  }

  void Step() {
    switch (Below(8)) {
      case 0:
        return AddReduction();
      case 1:
        return AddConstant();
      case 2:
        return AddMovement();
      default:
        return AddElementwise();
    }
  }

  void AddElementwise() {
    const Op op = static_cast<Op>(Below(kOpCount));
    if (!IsElementwise(op) || TakesFunction(op)) return AddElementwise();
    const OpInfo& info = Info(op);
    const DType dtype = trace_.at(Pick()).dtype;
    std::vector<Ref> operands;
    for (int k = 0; k < info.operand_count; ++k) {
      const DType wanted = ((info.bool_operands >> k) & 1) != 0 ? DType::kBool : dtype;
      Ref operand = Pick();
      if (trace_.at(operand).dtype != wanted) operand = *builder_.Elementwise(Op::kCast, {operand}, wanted);
      operands.push_back(operand);
    }
    const absl::StatusOr<Ref> value = builder_.Elementwise(op, operands, AnyDType());
    if (value.ok()) values_.push_back(*value);
  }

  void AddReduction() {
    const Ref x = Pick();
    const Instruction instruction = trace_.at(x);
    if (instruction.rank == 0) return;
    uint64_t axes = 1 + Below((size_t{1} << instruction.rank) - 1);
    if (Below(2) == 0) axes |= kKeepDims;
    const DimList dims = ReducedDims(trace_.dims(x), axes);
    const std::array<Ref, 1> operands = {x};
    if (Below(4) == 0) {
      const Op op = Below(2) == 0 ? Op::kArgMax : Op::kArgMin;
      values_.push_back(builder_.Emit(op, DType::kInt64, operands, dims, axes));
      return;
    }
    const Op combiner = static_cast<Op>(Below(kOpCount));
    if (!IsCombiner(combiner) || !Allows(Info(combiner).dtypes, instruction.dtype)) return AddReduction();
    values_.push_back(builder_.Emit(Op::kReduce, instruction.dtype, operands, dims, axes, combiner));
  }

  void AddConstant() {
    const DType dtype = trace_.at(Pick()).dtype;
    values_.push_back(builder_.Constant(dtype, RandomValue(dtype, random_)));
  }

  void AddMovement() {
    const std::array<Dim, 2> dims = {n_, m_};
    if (Below(2) == 0) {
      values_.push_back(
          builder_.Emit(Op::kIota, Below(2) == 0 ? DType::kInt64 : DType::kInt16, {}, dims, Below(2)));
      return;
    }
    const std::array<Ref, 1> operands = {Pick()};
    if (!BroadcastsTo(trace_.dims(operands[0]), dims)) return;
    values_.push_back(builder_.Emit(Op::kBroadcast, trace_.at(operands[0]).dtype, operands, dims));
  }

  void Finish() {
    std::vector<Ref> results;
    const size_t count = 1 + Below(4);
    for (size_t k = 0; k < count; ++k) results.push_back(Pick());
    results.push_back(values_.back());
    if (Below(4) == 0) AddAssign(results);
    builder_.Return(results);
  }

  // Assigns to a parameter that is not returned.
  void AddAssign(const std::vector<Ref>& results) {
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      const Instruction& param = trace_.at(ref);
      if (param.op != Op::kParam || param.rank == 0) continue;
      if (std::find(results.begin(), results.end(), ref) != results.end()) continue;
      for (const Ref value : values_) {
        if (trace_.at(value).dtype != param.dtype || !BroadcastsTo(trace_.dims(value), trace_.dims(ref)))
          continue;
        if (value != ref && Below(2) == 0) return builder_.Assign(ref, value);
      }
    }
  }

  std::mt19937_64 random_;
  Trace trace_;
  Builder builder_;
  Dim n_, m_;
  std::vector<Ref> values_;
};

}  // namespace

Trace RandomTrace(uint64_t seed) { return Generator(seed).Run(); }

}  // namespace lathe
