// Running at the nest level: every nest point by point in C order, every instruction on one element. Slow
// and simple: it says what a nest means. Values live in one 64-bit slot each, in their low bytes.
#include <algorithm>
#include <optional>
#include <utility>

#include "src/recorder/interp/combiner.h"
#include "src/recorder/interp/executables.h"

namespace lathe {
namespace {

// The state of one accumulate during its nest.
struct Accumulation {
  Accumulation(Op op, DType dtype) : combiner(op, dtype) {}
  Combiner combiner;
  bool inner_reduced = false;
  uint64_t outer_axes = 0;       // reduced loops outside the inner run
  int64_t run = 1;               // points of the inner run of reduced loops
  std::vector<std::byte> block;  // its values so far
  std::vector<uint64_t> best;    // argmax, argmin: the extreme of each result
};

class NestRun {
 public:
  NestRun(const Program& program, std::span<const Operand> params, std::span<const Operand> outputs,
          std::span<const int64_t> dims)
      : program_(program),
        trace_(program.trace),
        params_(params),
        outputs_(outputs),
        dims_(dims),
        slots_(program.trace.size()),
        buffers_(program.trace.size()),
        accumulations_(program.trace.size()) {}

  absl::Status Run() {
    if (absl::Status status = Allocate(); !status.ok()) return status;
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      if (trace_.at(ref).op == Op::kNest) {
        ref = RunNest(ref);
      } else if (program_.functions[ref] != nullptr) {
        RunElement(ref);
      }
    }
    Return();
    return absl::OkStatus();
  }
  int64_t elements() const { return elements_; }

 private:
  absl::Status Allocate() {
    const std::span<const Ref> results = trace_.operands(trace_.size() - 1);
    if (outputs_.size() > results.size()) assigned_ = ViewOf(outputs_.back());
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      const Instruction& instruction = trace_.at(ref);
      if (instruction.op == Op::kConst) slots_[ref] = instruction.attribute;
      if (instruction.op == Op::kParam) {
        buffers_[ref] = ViewOf(params_[instruction.attribute]);
        if (instruction.rank == 0) {
          std::memcpy(&slots_[ref], buffers_[ref].data, static_cast<size_t>(ItemSize(instruction.dtype)));
        }
      }
      if (instruction.op != Op::kAlloc) continue;
      const auto output = std::find(results.begin(), results.end(), ref);
      if (output != results.end()) {
        buffers_[ref] = ViewOf(outputs_[static_cast<size_t>(output - results.begin())]);
        continue;
      }
      buffers_[ref].item = ItemSize(instruction.dtype);
      ResolveDims(trace_, trace_.dims(ref), dims_, &buffers_[ref]);
      absl::StatusOr<std::shared_ptr<std::byte[]>> owner = AllocateDense(&buffers_[ref]);
      if (!owner.ok()) return owner.status();
      owners_.push_back(*std::move(owner));
    }
    return absl::OkStatus();
  }

  // Runs the nest at `nest`; returns its End.
  Ref RunNest(Ref nest) {
    StridedView space;
    ResolveDims(trace_, trace_.dims(nest), dims_, &space);
    space_ = space;
    first_index_ = nest + 1;
    const Ref body = first_index_ + static_cast<Ref>(space.rank);
    Ref end = body;
    for (; trace_.at(end).op != Op::kEnd; ++end) {
      if (trace_.at(end).op == Op::kAccumulate) BeginAccumulate(end);
    }
    const int64_t points = space.Elements();
    elements_ += points;
    for (int d = 0; d < space.rank; ++d) slots_[first_index_ + static_cast<Ref>(d)] = 0;
    for (int64_t point = 0; point < points; ++point) {
      for (Ref ref = body; ref < end; ++ref) RunInstruction(ref);
      for (int d = space.rank - 1; d >= 0; --d) {
        uint64_t& index = slots_[first_index_ + static_cast<Ref>(d)];
        if (static_cast<int64_t>(++index) < space.extents[d]) break;
        index = 0;
      }
    }
    return end;
  }

  void RunInstruction(Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    switch (trace_.at(ref).op) {
      case Op::kConst:
        break;
      case Op::kLoad:
        slots_[ref] = 0;
        std::memcpy(&slots_[ref], Address(buffers_[operands[0]], operands.subspan(1)),
                    static_cast<size_t>(buffers_[operands[0]].item));
        break;
      case Op::kStore:
        std::memcpy(Address(Stored(operands[0]), operands.subspan(2)), &slots_[operands[1]],
                    static_cast<size_t>(buffers_[operands[0]].item));
        break;
      case Op::kAccumulate:
        Accumulate(ref);
        break;
      default:
        RunElement(ref);
        break;
    }
  }

  void RunElement(Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    const void* inputs[kMaxElementwiseOperands] = {};
    for (size_t k = 0; k < operands.size(); ++k) inputs[k] = &slots_[operands[k]];
    slots_[ref] = 0;
    program_.functions[ref](&slots_[ref], inputs, 1);
  }

  std::byte* Address(const StridedView& buffer, std::span<const Ref> indices) const {
    std::byte* address = buffer.data;
    for (size_t d = 0; d < indices.size(); ++d) {
      address += static_cast<int64_t>(slots_[indices[d]]) * buffer.strides[d];
    }
    return address;
  }
  // What a store into the buffer writes to: a parameter is that of `assign`.
  const StridedView& Stored(Ref buffer) const {
    return assigned_ && trace_.at(buffer).op == Op::kParam ? *assigned_ : buffers_[buffer];
  }

  static bool IsArgExtreme(const Instruction& instruction) {
    return instruction.combiner == Op::kArgMax || instruction.combiner == Op::kArgMin;
  }

  void BeginAccumulate(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const Ref buffer = trace_.operands(ref)[0];
    const DType dtype = trace_.at(trace_.operands(ref)[1]).dtype;
    auto accumulation = std::make_unique<Accumulation>(
        IsArgExtreme(instruction) ? Op::kMaximum : instruction.combiner, dtype);
    const uint64_t axes = instruction.attribute;
    int loops = space_.rank;
    accumulation->inner_reduced = ((axes >> (loops - 1)) & 1) != 0;
    if (accumulation->inner_reduced) {
      while (loops > 0 && ((axes >> (loops - 1)) & 1) != 0) accumulation->run *= space_.extents[--loops];
    }
    accumulation->outer_axes = axes & ((uint64_t{1} << loops) - 1);
    const int64_t results = buffers_[buffer].Elements();
    const uint64_t identity = IsArgExtreme(instruction) ? 0 : accumulation->combiner.identity();
    if (IsArgExtreme(instruction)) accumulation->best.resize(static_cast<size_t>(results));
    Cursor writer(buffers_[buffer]);
    for (int64_t k = 0; k < results; ++k) writer.Write(1, reinterpret_cast<const std::byte*>(&identity));
    accumulations_[ref] = std::move(accumulation);
  }

  // The C-order index of the current point among the loops of `axes`.
  int64_t ReducedIndex(uint64_t axes) const {
    int64_t index = 0;
    for (int d = 0; d < space_.rank; ++d) {
      if (((axes >> d) & 1) == 0) continue;
      index = index * space_.extents[d] + static_cast<int64_t>(slots_[first_index_ + static_cast<Ref>(d)]);
    }
    return index;
  }

  void Accumulate(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    Accumulation& accumulation = *accumulations_[ref];
    const Combiner& combiner = accumulation.combiner;
    std::byte* const target = Address(buffers_[operands[0]], operands.subspan(2));
    uint64_t value = slots_[operands[1]];
    if (IsArgExtreme(instruction)) return ArgExtreme(ref, value, target);
    if (accumulation.inner_reduced) {
      const std::byte* const bytes = reinterpret_cast<const std::byte*>(&value);
      accumulation.block.insert(accumulation.block.end(), bytes, bytes + combiner.item());
      const auto size = static_cast<int64_t>(accumulation.block.size());
      if (size < accumulation.run * combiner.item()) return;
      value = combiner.CombineRun(accumulation.run, [&](int64_t begin, int64_t) {
        return accumulation.block.data() + begin * combiner.item();
      });
      accumulation.block.clear();
    }
    if (ReducedIndex(accumulation.outer_axes) == 0) {
      combiner.Begin(target, &value, 1);
    } else {
      combiner.Combine(target, target, &value, 1);
    }
  }

  void ArgExtreme(Ref ref, uint64_t value, std::byte* target) {
    const Instruction& instruction = trace_.at(ref);
    const std::span<const Ref> indices = trace_.operands(ref).subspan(2);
    const StridedView& buffer = buffers_[trace_.operands(ref)[0]];
    int64_t result = 0;
    for (size_t d = 0; d < indices.size(); ++d) {
      result = result * buffer.extents[d] + static_cast<int64_t>(slots_[indices[d]]);
    }
    uint64_t& best = accumulations_[ref]->best[static_cast<size_t>(result)];
    const int64_t position = ReducedIndex(instruction.attribute);
    const DType dtype = trace_.at(trace_.operands(ref)[1]).dtype;
    if (position != 0 && !FindExtreme(instruction.combiner, dtype)(&value, &best)) return;
    best = value;
    std::memcpy(target, &position, sizeof(position));
  }

  // A buffer that is returned more than once was computed in its first place.
  void Return() {
    const std::span<const Ref> results = trace_.operands(trace_.size() - 1);
    for (size_t k = 0; k < results.size(); ++k) {
      const StridedView target = ViewOf(outputs_[k]);
      if (target.data == buffers_[results[k]].data) continue;
      Cursor reader(buffers_[results[k]]);
      Cursor writer(target);
      uint64_t element = 0;
      for (int64_t n = target.Elements(); n > 0; --n) {
        writer.Write(1, reader.Read(1, reinterpret_cast<std::byte*>(&element)));
      }
    }
  }

  const Program& program_;
  const Trace& trace_;
  const std::span<const Operand> params_;
  const std::span<const Operand> outputs_;
  const std::span<const int64_t> dims_;
  std::vector<uint64_t> slots_;
  std::vector<StridedView> buffers_;
  std::optional<StridedView> assigned_;  // where stores into parameters go instead
  std::vector<std::unique_ptr<Accumulation>> accumulations_;
  std::vector<std::shared_ptr<std::byte[]>> owners_;
  StridedView space_;    // of the nest being run
  Ref first_index_ = 0;  // its first Index
  int64_t elements_ = 0;
};

class NestExecutable : public Executable {
 public:
  explicit NestExecutable(Program program) : program_(std::move(program)) {}

  absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs,
                   std::span<const int64_t> dims, RunStatistics* statistics) const override {
    NestRun run(program_, params, outputs, dims);
    if (absl::Status status = run.Run(); !status.ok()) return status;
    CountRun(params, outputs, run.elements(), statistics);
    return absl::OkStatus();
  }

 private:
  Program program_;
};

}  // namespace

std::unique_ptr<Executable> MakeNestExecutable(Program program) {
  return std::make_unique<NestExecutable>(std::move(program));
}

}  // namespace lathe
