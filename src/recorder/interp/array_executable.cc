// Running at the array level: op by op, each over its whole arrays into a fresh temporary, in chunks that
// stay in the cache. A temporary is freed after its last use. Outputs, then the parameter that is assigned
// to, are written at the end, so they may share memory with parameters.
#include <array>
#include <utility>

#include "src/recorder/interp/combiner.h"
#include "src/recorder/interp/executables.h"

namespace lathe {
namespace {

struct Value {
  StridedView view;
  std::shared_ptr<std::byte[]> owner;  // null for parameters and constants
};

using Chunk = std::array<std::byte, static_cast<size_t>(kChunk) * sizeof(uint64_t)>;

class ArrayRun {
 public:
  ArrayRun(const Program& program, std::span<const Ref> last_use, std::span<const Operand> params,
           std::span<const Operand> outputs, std::span<const int64_t> dims)
      : program_(program),
        trace_(program.trace),
        last_use_(last_use),
        params_(params),
        outputs_(outputs),
        dims_(dims),
        values_(program.trace.size()) {}

  absl::Status Run() {
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      if (absl::Status status = RunOne(ref); !status.ok()) return status;
      for (const Ref operand : trace_.operands(ref)) {
        if (last_use_[operand] == ref) values_[operand].owner.reset();
      }
    }
    return absl::OkStatus();
  }
  int64_t elements() const { return elements_; }

 private:
  const StridedView& Input(Ref ref, size_t k) const { return values_[trace_.operands(ref)[k]].view; }

  absl::Status MakeResult(Ref ref) {
    Value& value = values_[ref];
    value.view.item = ItemSize(trace_.at(ref).dtype);
    ResolveDims(trace_, trace_.dims(ref), dims_, &value.view);
    absl::StatusOr<std::shared_ptr<std::byte[]>> owner = AllocateDense(&value.view);
    if (!owner.ok()) return owner.status();
    value.owner = *std::move(owner);
    return absl::OkStatus();
  }

  absl::Status RunOne(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    switch (instruction.op) {
      case Op::kDim:
        return absl::OkStatus();
      case Op::kParam:
        values_[ref].view = ViewOf(params_[instruction.attribute]);
        return absl::OkStatus();
      case Op::kConst:
        // Only ever read.
        values_[ref].view.data = reinterpret_cast<std::byte*>(const_cast<uint64_t*>(&instruction.attribute));
        values_[ref].view.item = ItemSize(instruction.dtype);
        return absl::OkStatus();
      case Op::kAssign:
        return Assign(ref);
      case Op::kReturn:
        return Return(ref);
      default:
        break;
    }
    if (absl::Status status = MakeResult(ref); !status.ok()) return status;
    if (IsElementwise(instruction.op)) {
      Elementwise(ref);
    } else if (instruction.op == Op::kBroadcast) {
      Copy(Input(ref, 0).BroadcastTo(values_[ref].view), values_[ref].view);
    } else if (instruction.op == Op::kIota) {
      Iota(ref);
    } else if (instruction.op == Op::kReduce) {
      Reduce(ref);
    } else {
      ArgExtreme(ref);
    }
    return absl::OkStatus();
  }

  void Elementwise(Ref ref) {
    const StridedView& out = values_[ref].view;
    const int64_t n = out.Elements();
    const size_t count = trace_.operands(ref).size();
    elements_ += n;
    std::vector<Cursor> cursors;
    for (size_t k = 0; k < count; ++k) cursors.emplace_back(Input(ref, k).BroadcastTo(out));
    std::array<Chunk, kMaxElementwiseOperands> buffers;
    const void* inputs[kMaxElementwiseOperands] = {};
    for (int64_t begin = 0; begin < n; begin += kChunk) {
      const int64_t size = std::min(kChunk, n - begin);
      for (size_t k = 0; k < count; ++k) inputs[k] = cursors[k].Read(size, buffers[k].data());
      program_.functions[ref](out.data + begin * out.item, inputs, size);
    }
  }

  void Copy(const StridedView& from, const StridedView& to) {
    const int64_t n = to.Elements();
    elements_ += n;
    Cursor reader(from);
    Cursor writer(to);
    Chunk buffer;
    for (int64_t begin = 0; begin < n; begin += kChunk) {
      const int64_t size = std::min(kChunk, n - begin);
      writer.Write(size, reader.Read(size, buffer.data()));
    }
  }

  void Iota(Ref ref) {
    const StridedView& out = values_[ref].view;
    const int axis = static_cast<int>(trace_.at(ref).attribute);
    const int64_t n = out.Elements();
    elements_ += n;
    int64_t inner = 1;
    for (int d = axis + 1; d < out.rank; ++d) inner *= out.extents[d];
    for (int64_t k = 0; k < n; ++k) {
      const int64_t index = k / inner % out.extents[axis];
      // Integers are little-endian: the low bytes are the wrapped value.
      std::memcpy(out.data + k * out.item, &index, static_cast<size_t>(out.item));
    }
  }

  // A reduction seen as an outer space walked in C order and an inner run: the trailing dimensions that
  // are alike, all reduced or all kept.
  struct Split {
    bool inner_reduced = false;
    int outer_rank = 0;
    int64_t run = 1;
    int64_t outer = 1;
  };
  static Split SplitAxes(const StridedView& in, uint64_t axes) {
    Split split;
    split.inner_reduced = ((axes >> (in.rank - 1)) & 1) != 0;
    split.outer_rank = in.rank;
    while (split.outer_rank > 0 && (((axes >> (split.outer_rank - 1)) & 1) != 0) == split.inner_reduced) {
      split.run *= in.extents[--split.outer_rank];
    }
    for (int d = 0; d < split.outer_rank; ++d) split.outer *= in.extents[d];
    return split;
  }
  // Where the outer index lies: in the result (in elements), and among the reduced positions.
  struct Place {
    int64_t result = 0;
    int64_t reduced = 0;
  };
  static Place PlaceOf(const StridedView& in, uint64_t axes, const Split& split, int64_t index) {
    Place place;
    int64_t kept_stride = split.inner_reduced ? 1 : split.run;
    int64_t reduced_stride = split.inner_reduced ? split.run : 1;
    for (int d = split.outer_rank - 1; d >= 0; --d) {
      const bool reduced = ((axes >> d) & 1) != 0;
      int64_t& stride = reduced ? reduced_stride : kept_stride;
      (reduced ? place.reduced : place.result) += index % in.extents[d] * stride;
      stride *= in.extents[d];
      index /= in.extents[d];
    }
    return place;
  }

  void Reduce(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const StridedView& in = Input(ref, 0);
    const StridedView& out = values_[ref].view;
    const Combiner combiner(instruction.combiner, instruction.dtype);
    const Split split = SplitAxes(in, instruction.attribute);
    elements_ += in.Elements();
    if (in.Elements() == 0) return Fill(out, combiner.identity());
    Cursor cursor(in);
    Chunk buffer;
    for (int64_t index = 0; index < split.outer; ++index) {
      const Place place = PlaceOf(in, instruction.attribute, split, index);
      std::byte* const target = out.data + place.result * out.item;
      if (split.inner_reduced) {
        cursor.Seek(index * split.run);
        const uint64_t value = combiner.CombineRun(
            split.run, [&](int64_t, int64_t count) { return cursor.Read(count, buffer.data()); });
        CombineInto(combiner, target, reinterpret_cast<const std::byte*>(&value), 1, place.reduced == 0);
        continue;
      }
      for (int64_t begin = 0; begin < split.run; begin += kChunk) {
        const int64_t size = std::min(kChunk, split.run - begin);
        CombineInto(combiner, target + begin * out.item, cursor.Read(size, buffer.data()), size,
                    place.reduced == 0);
      }
    }
  }
  static void CombineInto(const Combiner& combiner, std::byte* target, const std::byte* values, int64_t n,
                          bool first) {
    if (first) {
      combiner.Begin(target, values, n);
    } else {
      combiner.Combine(target, target, values, n);
    }
  }
  static void Fill(const StridedView& out, uint64_t bits) {
    const int64_t n = out.Elements();
    for (int64_t k = 0; k < n; ++k)
      std::memcpy(out.data + k * out.item, &bits, static_cast<size_t>(out.item));
  }

  void ArgExtreme(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    const StridedView& in = Input(ref, 0);
    const StridedView& out = values_[ref].view;
    const ReplacesExtreme replaces = FindExtreme(instruction.op, trace_.at(trace_.operands(ref)[0]).dtype);
    const Split split = SplitAxes(in, instruction.attribute);
    elements_ += in.Elements();
    Fill(out, 0);
    if (in.Elements() == 0) return;
    std::vector<uint64_t> best(static_cast<size_t>(out.Elements()));
    Cursor cursor(in);
    Chunk buffer;
    for (int64_t index = 0; index < split.outer; ++index) {
      const Place place = PlaceOf(in, instruction.attribute, split, index);
      for (int64_t begin = 0; begin < split.run; begin += kChunk) {
        const int64_t size = std::min(kChunk, split.run - begin);
        const std::byte* const block = cursor.Read(size, buffer.data());
        for (int64_t k = 0; k < size; ++k) {
          const int64_t position = split.inner_reduced ? place.reduced + begin + k : place.reduced;
          const int64_t result = split.inner_reduced ? place.result : place.result + begin + k;
          uint64_t& extreme = best[static_cast<size_t>(result)];
          const std::byte* const element = block + k * in.item;
          if (position != 0 && !replaces(element, &extreme)) continue;
          std::memcpy(&extreme, element, static_cast<size_t>(in.item));
          std::memcpy(out.data + result * out.item, &position, sizeof(position));
        }
      }
    }
  }

  // A value that is no temporary may lie in the memory about to be written.
  absl::StatusOr<Value> Detached(const Value& value, DType dtype) {
    if (value.owner != nullptr) return value;
    Value copy;
    copy.view = value.view;
    copy.view.item = ItemSize(dtype);
    absl::StatusOr<std::shared_ptr<std::byte[]>> owner = AllocateDense(&copy.view);
    if (!owner.ok()) return owner.status();
    copy.owner = *std::move(owner);
    Copy(value.view, copy.view);
    return copy;
  }

  // Writing waits until ret: what a parameter is in a trace is what it was before.
  absl::Status Assign(Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    absl::StatusOr<Value> value = Detached(values_[operands[1]], trace_.at(operands[1]).dtype);
    if (!value.ok()) return value.status();
    assigned_ = *std::move(value);
    assign_to_ = operands[0];
    return absl::OkStatus();
  }

  absl::Status Return(Ref ref) {
    const std::span<const Ref> operands = trace_.operands(ref);
    std::vector<Value> results;
    for (const Ref operand : operands) {
      absl::StatusOr<Value> value = Detached(values_[operand], trace_.at(operand).dtype);
      if (!value.ok()) return value.status();
      results.push_back(*std::move(value));
    }
    for (size_t k = 0; k < operands.size(); ++k) {
      const StridedView target = ViewOf(outputs_[k]);
      Copy(results[k].view.BroadcastTo(target), target);
    }
    if (assign_to_ == kNoRef) return absl::OkStatus();
    const StridedView target =
        outputs_.size() > operands.size() ? ViewOf(outputs_.back()) : values_[assign_to_].view;
    Copy(assigned_.view.BroadcastTo(target), target);
    return absl::OkStatus();
  }

  const Program& program_;
  const Trace& trace_;
  const std::span<const Ref> last_use_;
  const std::span<const Operand> params_;
  const std::span<const Operand> outputs_;
  const std::span<const int64_t> dims_;
  std::vector<Value> values_;
  Ref assign_to_ = kNoRef;  // the parameter to be written at the end
  Value assigned_;          // and what with
  int64_t elements_ = 0;
};

class ArrayExecutable : public Executable {
 public:
  explicit ArrayExecutable(Program program)
      : program_(std::move(program)), last_use_(program_.trace.size(), kNoRef) {
    for (Ref ref = 0; ref < program_.trace.size(); ++ref) {
      for (const Ref operand : program_.trace.operands(ref)) last_use_[operand] = ref;
    }
  }

  absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs,
                   std::span<const int64_t> dims, RunStatistics* statistics) const override {
    ArrayRun run(program_, last_use_, params, outputs, dims);
    if (absl::Status status = run.Run(); !status.ok()) return status;
    CountRun(params, outputs, run.elements(), statistics);
    return absl::OkStatus();
  }

 private:
  Program program_;
  std::vector<Ref> last_use_;
};

}  // namespace

std::unique_ptr<Executable> MakeArrayExecutable(Program program) {
  return std::make_unique<ArrayExecutable>(std::move(program));
}

}  // namespace lathe
