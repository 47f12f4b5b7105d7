// Dependences of a counted loop, and its turns as array operations.
#include "src/recorder/passes/vector_kernel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lathe/dtype.h"

namespace lathe {
namespace {

constexpr const char* kVectorKernel = "vector";  // and a number

class KernelBuilder {
 public:
  KernelBuilder(const Trace& trace, const CountedLoopFinder& finder, PassContext& context, VectorKernel& out)
      : trace_(trace), finder_(finder), loop_(finder.found()), context_(context), out_(out) {}

  std::string Run() {
    if (!loop_.sums.empty() && !context_.new_word) return "there is no room for a sum";
    if (std::string obstacle = FindDependences(); !obstacle.empty()) return obstacle;
    return Build();
  }

 private:
  using Kind = VectorKernel::Check::Kind;

  // ---- Dependences
  std::string FindDependences() {
    const std::vector<LoopAccess>& accesses = loop_.accesses;
    for (size_t k = 0; k < accesses.size(); ++k) {
      const LoopAccess& access = accesses[k];
      if (access.is_write) {
        if (!access.HasKnownStride()) out_.checks.push_back({Kind::kMoves, &access, nullptr});
        if (std::string obstacle = AddWrite(k); !obstacle.empty()) return obstacle;
        continue;
      }
      if (const LoopAccess* source = WrittenBefore(k)) {
        if (source->dtype != access.dtype) return "it reads what it has written as another dtype";
        known_[access.ref] = trace_.operands(source->ref)[1];
        continue;
      }
      for (size_t w = 0; w < accesses.size(); ++w) {
        if (!accesses[w].is_write || accesses[w].memory != access.memory) continue;
        if (!MayRead(access, accesses[w], w < k)) return "it reads what another turn has written";
      }
    }
    return "";
  }

  // The last write of the turn to the very place that access `k` reads; null if there is none.
  const LoopAccess* WrittenBefore(size_t k) const {
    for (size_t w = k; w-- > 0;) {
      const LoopAccess& write = loop_.accesses[w];
      if (write.is_write && write.memory == loop_.accesses[k].memory &&
          IsSamePlace(write, loop_.accesses[k])) {
        return &write;
      }
    }
    return nullptr;
  }
  bool IsSamePlace(const LoopAccess& x, const LoopAccess& y) const {
    int64_t distance = 0;
    return x.address == y.address || (finder_.ConstantDistance(x, y, &distance) && distance == 0);
  }

  // Whether the read may be made before all writes of `write`; `written`: the write stands before it.
  bool MayRead(const LoopAccess& read, const LoopAccess& write, bool written) {
    if (!written && IsSamePlace(read, write)) return true;
    const int64_t item = ItemSize(write.dtype);
    const bool same_stride = read.HasStrideOf(write) && ItemSize(read.dtype) == item;
    int64_t distance = 0;
    if (same_stride && write.HasKnownStride() && finder_.ConstantDistance(write, read, &distance)) {
      return (write.known > 0 ? distance : -distance) >= (written ? item : 0);
    }
    out_.checks.push_back({!same_stride ? Kind::kApart
                           : written    ? Kind::kBeyond
                                        : Kind::kAhead,
                           &write, &read});
    return true;
  }

  // Writes to one place are one; all others go apart.
  std::string AddWrite(size_t k) {
    const LoopAccess& write = loop_.accesses[k];
    for (const LoopAccess*& other : writes_) {
      if (other->memory != write.memory) continue;
      if (IsSamePlace(*other, write)) {
        if (other->dtype != write.dtype) return "it writes one place as two dtypes";
        other = &write;
        return "";
      }
      int64_t distance = 0;
      if (write.HasStrideOf(*other) && finder_.ConstantDistance(*other, write, &distance)) {
        return "two writes go over the same places";
      }
      out_.checks.push_back({Kind::kApart, other, &write});
    }
    writes_.push_back(&write);
    return "";
  }

  // ---- The kernel: parameters in the order of `words`, all operations, then one write as an assignment and
  // the others, which have to be dense, as results
  std::string Build() {
    out_.trace.file = trace_.file;
    out_.trace.name = absl::StrCat(kVectorKernel, trace_.kernels.size());
    Instruction dim;
    dim.op = Op::kDim;
    dim.dtype = DType::kInt64;
    turns_ = Dim::Symbol(out_.trace.Append(dim, {}, {}));
    // Parameters come first.
    for (const LoopAccess* write : writes_) {
      if (std::string obstacle = AddLeaves(trace_.operands(write->ref)[1]); !obstacle.empty())
        return obstacle;
    }
    for (const LoopSum& sum : loop_.sums) {
      if (std::string obstacle = AddLeaves(sum.value); !obstacle.empty()) return obstacle;
    }
    if (!writes_.empty()) ChooseAssigned();
    for (const LoopAccess* write : writes_) {
      if (write == assigned_ || IsDense(*write)) continue;
      if (write->HasKnownStride()) return "several writes go over places with gaps";
      out_.checks.push_back({Kind::kDense, write, nullptr});
    }
    const Ref target = assigned_ ? AddArray(*assigned_) : kNoRef;
    std::vector<Ref> results;
    for (const LoopAccess* write : writes_) {
      const Ref value = Compute(trace_.operands(write->ref)[1]);
      if (write == assigned_) {
        assigned_value_ = value;
      } else {
        results.push_back(AsArray(value));
        out_.results.push_back(write);
      }
    }
    for (const LoopSum& sum : loop_.sums) AddSum(sum, &results);
    if (assigned_) {
      Instruction assign;
      assign.op = Op::kAssign;
      assign.dtype = assigned_->dtype;
      out_.trace.Append(assign, std::array{target, assigned_value_}, {});
    }
    Instruction ret;
    ret.op = Op::kReturn;
    ret.dtype = DType::kBool;
    out_.trace.Append(ret, results, {});
    return "";
  }

  // What the turns add together; of a checked sum also the ends of what they add.
  void AddSum(const LoopSum& sum, std::vector<Ref>* results) {
    const Ref values = AsArray(Compute(sum.value));
    for (const Op combiner : {Op::kAdd, Op::kMinimum, Op::kMaximum}) {
      if (combiner != Op::kAdd && !sum.checked) break;
      Instruction reduce;
      reduce.op = Op::kReduce;
      reduce.dtype = sum.dtype;
      reduce.combiner = combiner;
      reduce.attribute = 1;
      results->push_back(out_.trace.Append(reduce, std::array{values}, {}));
      out_.sum_words.push_back(context_.new_word());
    }
  }

  static bool IsDense(const LoopAccess& access) {
    return access.HasKnownStride() && access.known == ItemSize(access.dtype);
  }

  // The write that needs it most: with gaps, or else of what is read.
  void ChooseAssigned() {
    const auto need = [&](const LoopAccess* write) {
      return !IsDense(*write) && write->HasKnownStride() ? 3
             : !IsDense(*write)                          ? 2
             : arrays_.contains(write->address)          ? 1
                                                         : 0;
    };
    assigned_ =
        *std::max_element(writes_.begin(), writes_.end(),
                          [&](const LoopAccess* a, const LoopAccess* b) { return need(a) < need(b); });
  }

  std::string AddLeaves(Ref ref) {
    if (values_.contains(ref) || trace_.at(ref).op == Op::kConst) return "";
    if (const auto known = known_.find(ref); known != known_.end()) return AddLeaves(known->second);
    if (ref == loop_.counter || finder_.IsOutside(ref)) {
      values_[ref] = AddScalar(trace_.at(ref).dtype, {VectorKernel::Word::Kind::kValue, ref, nullptr});
      return "";
    }
    if (trace_.at(ref).op == Op::kRead) {
      const LoopAccess& access = *std::find_if(loop_.accesses.begin(), loop_.accesses.end(),
                                               [&](const LoopAccess& a) { return a.ref == ref; });
      const bool one_element = access.HasKnownStride() && access.known == 0;
      values_[ref] = one_element
                         ? AddScalar(access.dtype, {VectorKernel::Word::Kind::kElement, kNoRef, &access})
                         : AddArray(access);
      return "";
    }
    if (!IsElementwise(trace_.at(ref).op)) return "a value is not computed from elements";
    for (const Ref operand : trace_.operands(ref)) {
      if (std::string obstacle = AddLeaves(operand); !obstacle.empty()) return obstacle;
    }
    return "";
  }

  Ref AddParam(DType dtype, Layout layout, std::span<const Dim> dims) {
    Instruction param;
    param.op = Op::kParam;
    param.dtype = dtype;
    param.layout = layout;
    param.attribute = params_++;
    return out_.trace.Append(param, {}, dims);
  }
  Ref AddScalar(DType dtype, const VectorKernel::Word& word) {
    out_.words.push_back(word);
    return AddParam(dtype, Layout(), {});
  }
  // One parameter for all reads and writes of a place, which have one dtype if they are of one.
  Ref AddArray(const LoopAccess& access) {
    const auto [place, is_new] = arrays_.try_emplace(access.address, kNoRef);
    if (!is_new && out_.trace.at(place->second).dtype == access.dtype) return place->second;
    out_.words.push_back({VectorKernel::Word::Kind::kAddress, kNoRef, &access});
    out_.words.push_back({VectorKernel::Word::Kind::kStride, kNoRef, &access});
    const std::array dims = {turns_};
    return place->second =
               AddParam(access.dtype, IsDense(access) ? Layout::Dense(1) : Layout::Strided(1), dims);
  }

  Ref Compute(Ref ref) {
    if (const auto known = known_.find(ref); known != known_.end()) return Compute(known->second);
    if (const auto known = computed_.find(ref); known != computed_.end()) return known->second;
    if (const auto leaf = values_.find(ref); leaf != values_.end()) {
      return computed_[ref] = ref == loop_.counter ? CounterValue(leaf->second) : leaf->second;
    }
    Instruction instruction = trace_.at(ref);
    if (instruction.op == Op::kConst) return computed_[ref] = out_.trace.Append(instruction, {}, {});
    std::vector<Ref> operands;
    for (const Ref operand : trace_.operands(ref)) operands.push_back(Compute(operand));
    const bool scalar = std::all_of(operands.begin(), operands.end(),
                                    [&](Ref operand) { return out_.trace.at(operand).rank == 0; });
    return computed_[ref] = AppendValue(instruction, operands, scalar);
  }
  Ref AppendValue(const Instruction& instruction, std::span<const Ref> operands, bool scalar = false) {
    const std::array dims = {turns_};
    return out_.trace.Append(instruction, operands,
                             scalar ? std::span<const Dim>() : std::span<const Dim>(dims));
  }
  Ref AppendValue(Op op, DType dtype, std::initializer_list<Ref> operands) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    return AppendValue(instruction, std::span(operands.begin(), operands.size()));
  }
  Ref AsArray(Ref value) {
    return out_.trace.at(value).rank > 0 ? value
                                         : AppendValue(Op::kBroadcast, out_.trace.at(value).dtype, {value});
  }
  // The counter's values: where it begins, and on by steps.
  Ref CounterValue(Ref start) {
    Ref turn = AppendValue(Op::kIota, DType::kInt64, {});
    if (loop_.step != 1) {
      Instruction step;
      step.op = Op::kConst;
      step.dtype = DType::kInt64;
      step.attribute = static_cast<uint64_t>(loop_.step);
      turn = AppendValue(Op::kMul, DType::kInt64, {turn, out_.trace.Append(step, {}, {})});
    }
    return AppendValue(Op::kAdd, DType::kInt64, {turn, start});
  }

  const Trace& trace_;
  const CountedLoopFinder& finder_;
  const CountedLoop& loop_;
  PassContext& context_;
  VectorKernel& out_;
  std::vector<const LoopAccess*> writes_;  // one for each place
  absl::flat_hash_map<Ref, Ref> known_;    // reads of what the turn has written: the value
  Dim turns_;
  uint64_t params_ = 0;
  const LoopAccess* assigned_ = nullptr;
  Ref assigned_value_ = kNoRef;
  absl::flat_hash_map<Ref, Ref> values_;    // leaves of the loop -> parameters of the kernel
  absl::flat_hash_map<Ref, Ref> computed_;  // values of the loop -> values of the kernel
  absl::flat_hash_map<Ref, Ref> arrays_;    // addresses -> parameters
};

}  // namespace

bool IsVectorKernel(const Trace& kernel) { return kernel.name.starts_with(kVectorKernel); }

std::string BuildVectorKernel(const Trace& trace, const CountedLoopFinder& finder, PassContext& context,
                              VectorKernel* kernel) {
  return KernelBuilder(trace, finder, context, *kernel).Run();
}

}  // namespace lathe
