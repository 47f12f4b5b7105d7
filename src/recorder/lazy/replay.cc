// Recording -> trace: unifies extents (union-find over every dimension of every parameter and row), then
// appends one instruction a row.
#include "src/recorder/lazy/replay.h"

#include <map>
#include <numeric>

namespace lathe {
namespace {

// Every dimension of every array and row is a variable; Unite and SetOne follow from the rows.
class DimUnifier {
 public:
  explicit DimUnifier(const Recording& recording) : recording_(recording) {
    for (const Operand& array : recording.arrays()) AddVariables(array.rank);
    for (const Row& row : recording.rows()) AddVariables(row.rank);
    parents_.resize(count_);
    std::iota(parents_.begin(), parents_.end(), 0u);
    is_one_.assign(count_, false);
    for (uint32_t k = 0; k < recording.size(); ++k) UniteRow(k);
  }

  uint32_t Variable(Source source, size_t dim) const {
    const size_t base =
        source.kind == SourceKind::kArray ? source.index : recording_.arrays().size() + source.index;
    return first_[base] + static_cast<uint32_t>(dim);
  }
  uint32_t Find(uint32_t variable) {
    while (parents_[variable] != variable) variable = parents_[variable] = parents_[parents_[variable]];
    return variable;
  }
  bool IsOne(uint32_t variable) { return is_one_[Find(variable)]; }

 private:
  void AddVariables(int rank) {
    first_.push_back(count_);
    count_ += static_cast<uint32_t>(rank);
  }
  void Unite(uint32_t a, uint32_t b) {
    a = Find(a);
    b = Find(b);
    is_one_[a] = is_one_[b] = is_one_[a] || is_one_[b];
    // The smaller variable stands for both, so that symbols are numbered by first appearance.
    if (a < b) {
      parents_[b] = a;
    } else {
      parents_[a] = b;
    }
  }
  void UniteReduction(const Row& row, Source result) {
    const uint64_t axes = row.attribute & (kKeepDims - 1);
    const bool keep = (row.attribute & kKeepDims) != 0;
    size_t out = 0;
    for (size_t d = 0; d < recording_.ExtentsOf(row.operands[0]).size(); ++d) {
      const bool reduced = (axes >> d) & 1;
      if (!reduced) Unite(Variable(row.operands[0], d), Variable(result, out));
      if (reduced && keep) is_one_[Find(Variable(result, out))] = true;
      if (!reduced || keep) ++out;
    }
  }
  void UniteRow(uint32_t index) {
    const Row& row = recording_.row(index);
    const Source result{SourceKind::kRow, index};
    if (IsReduction(row.op)) return UniteReduction(row, result);
    for (int k = 0; k < row.operand_count; ++k) {
      const std::span<const int64_t> from = recording_.ExtentsOf(row.operands[k]);
      const size_t shift = row.rank - from.size();
      for (size_t d = 0; d < from.size(); ++d) {
        if (from[d] == 1 && row.extents[d + shift] != 1) {
          is_one_[Find(Variable(row.operands[k], d))] = true;
        } else {
          Unite(Variable(row.operands[k], d), Variable(result, d + shift));
        }
      }
    }
  }

  const Recording& recording_;
  std::vector<uint32_t> first_;
  uint32_t count_ = 0;
  std::vector<uint32_t> parents_;
  std::vector<bool> is_one_;
};

class Replayer {
 public:
  explicit Replayer(const Recording& recording) : recording_(recording), unifier_(recording) {}

  ReplayedTrace Run() {
    for (uint32_t k = 0; k < recording_.arrays().size(); ++k) MakeDims({SourceKind::kArray, k});
    for (uint32_t k = 0; k < recording_.size(); ++k) MakeDims({SourceKind::kRow, k});
    uint64_t position = 0;
    for (uint32_t k = 0; k < recording_.arrays().size(); ++k) {
      const Operand& array = recording_.arrays()[k];
      array_refs_.push_back(Param(array, position++, DimsOf({SourceKind::kArray, k}, array.rank)));
    }
    for (const Operand& scalar : recording_.scalars()) scalar_refs_.push_back(Param(scalar, position++, {}));
    if (!recording_.empty()) result_.file = recording_.rows().back().file;
    std::vector<Ref> results;
    for (uint32_t k = 0; k < recording_.size(); ++k) {
      row_refs_.push_back(AppendRow(k));
      if (recording_.row(k).live) results.push_back(row_refs_.back());
    }
    Instruction ret;
    ret.op = Op::kReturn;
    trace().Append(ret, results, {});
    return std::move(result_);
  }

 private:
  Trace& trace() { return result_.trace; }

  void MakeDims(Source source) {
    const size_t rank = recording_.ExtentsOf(source).size();
    for (size_t d = 0; d < rank; ++d) {
      const uint32_t root = unifier_.Find(unifier_.Variable(source, d));
      if (unifier_.IsOne(root) || symbols_.contains(root)) continue;
      Instruction dim;
      dim.op = Op::kDim;
      dim.dtype = DType::kInt64;
      dim.attribute = result_.dims.size();
      const Ref ref = trace().Append(dim, {}, {});
      trace().SetName(ref, "n" + std::to_string(result_.dims.size()));
      symbols_[root] = ref;
      result_.dims.push_back({source.kind, source.index, static_cast<int>(d)});
    }
  }
  std::vector<Dim> DimsOf(Source source, int rank) {
    std::vector<Dim> dims;
    for (int d = 0; d < rank; ++d) {
      const uint32_t root = unifier_.Find(unifier_.Variable(source, static_cast<size_t>(d)));
      dims.push_back(unifier_.IsOne(root) ? Dim::Constant(1) : Dim::Symbol(symbols_.at(root)));
    }
    return dims;
  }
  Ref Param(const Operand& operand, uint64_t position, const std::vector<Dim>& dims) {
    Instruction param;
    param.op = Op::kParam;
    param.dtype = operand.dtype;
    param.attribute = position;
    if (!operand.is_scalar) param.layout = ClassifyLayout(operand);
    const Ref ref = trace().Append(param, {}, dims);
    trace().SetName(ref, (operand.is_scalar ? "s" : "a") + std::to_string(position));
    return ref;
  }
  Ref AppendRow(uint32_t index) {
    const Row& row = recording_.row(index);
    Instruction instruction;
    instruction.op = row.op;
    instruction.combiner = row.combiner;
    instruction.dtype = row.dtype;
    instruction.attribute = row.attribute;
    instruction.line = row.file == result_.file ? row.line : 0;
    std::vector<Ref> operands;
    for (int k = 0; k < row.operand_count; ++k) {
      const Source source = row.operands[k];
      operands.push_back(source.kind == SourceKind::kRow     ? row_refs_[source.index]
                         : source.kind == SourceKind::kArray ? array_refs_[source.index]
                                                             : scalar_refs_[source.index]);
    }
    const int rank = row.op == Op::kAssign ? 0 : row.rank;
    return trace().Append(instruction, operands, DimsOf({SourceKind::kRow, index}, rank));
  }

  const Recording& recording_;
  DimUnifier unifier_;
  ReplayedTrace result_;
  std::map<uint32_t, Ref> symbols_;
  std::vector<Ref> array_refs_, scalar_refs_, row_refs_;
};

}  // namespace

ReplayedTrace ReplayRecording(const Recording& recording) { return Replayer(recording).Run(); }

}  // namespace lathe
