// The backend of machine code: plans and emits every nest of a trace, and runs them in order on bound
// operands.
#include "src/codegen/native_backend.h"

#include <asmjit/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/codegen/nest/nest_run.h"
#include "src/codegen/parallel/thread_pool.h"

namespace lathe {
namespace {

// Where a buffer of the trace comes from at run time.
struct BufferSource {
  enum class Kind : uint8_t { kParam, kOutput, kTemporary };
  Kind kind = Kind::kParam;
  size_t index = 0;
};
struct TemporaryBuffer {
  DType dtype;
  std::vector<Dim> dims;
};

struct NestStep {
  CompiledNest nest;
  std::vector<BufferSource> buffers;  // by access
  std::vector<Dim> extents;
  std::vector<size_t> scalars;  // positions among the params
};

class NativeExecutable : public Executable {
 public:
  absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs,
                   std::span<const int64_t> dims, RunStatistics* statistics) const override {
    RunStatistics unused;
    if (!statistics) statistics = &unused;
    absl::InlinedVector<Operand, 2> temporaries;
    absl::InlinedVector<std::unique_ptr<char[]>, 2> memory;
    if (absl::Status status = Allocate(dims, &temporaries, &memory); !status.ok()) return status;
    for (const NestStep& step : steps) {
      const Operand* buffers[kMaxAccesses];
      for (size_t k = 0; k < step.buffers.size(); ++k) {
        const BufferSource& source = step.buffers[k];
        buffers[k] = source.kind == BufferSource::Kind::kParam    ? &params[source.index]
                     : source.kind == BufferSource::Kind::kOutput ? &outputs[source.index]
                                                                  : &temporaries[source.index];
      }
      int64_t extents[kMaxRank];
      int64_t points = 1;
      for (size_t k = 0; k < step.extents.size(); ++k) {
        extents[k] = Extent(step.extents[k], dims);
        points *= extents[k];
      }
      uint64_t scalars[kMaxScalars];
      for (size_t k = 0; k < step.scalars.size(); ++k) scalars[k] = params[step.scalars[k]].scalar_bits;
      const int used =
          RunNest(step.nest, std::span(buffers, step.buffers.size()), std::span(extents, step.extents.size()),
                  std::span(scalars, step.scalars.size()), threads);
      statistics->elements += points;
      for (size_t k = 0; k < step.buffers.size(); ++k) {
        statistics->bytes +=
            points *
            (step.nest.plan.accesses[k].kind == Access::Kind::kAccumulate ? 0 : ItemSize(buffers[k]->dtype));
      }
      statistics->threads = std::max(statistics->threads, used);
    }
    return absl::OkStatus();
  }
  size_t code_bytes() const override {
    size_t bytes = 0;
    for (const NestStep& step : steps) bytes += step.nest.code.block.bytes();
    return bytes;
  }
  std::string Listing() const override {
    std::string text;
    for (const NestStep& step : steps) text += step.nest.code.listing;
    return text;
  }

  // A dim by its value: constant, or the position of its `dim` instruction encoded as a symbol.
  static int64_t Extent(Dim dim, std::span<const int64_t> dims) {
    return dim.is_constant() ? dim.value : dims[dim.ref()];
  }

  std::vector<NestStep> steps;
  std::vector<TemporaryBuffer> temporary_buffers;
  int threads = 1;

 private:
  absl::Status Allocate(std::span<const int64_t> dims, absl::InlinedVector<Operand, 2>* operands,
                        absl::InlinedVector<std::unique_ptr<char[]>, 2>* memory) const {
    for (const TemporaryBuffer& buffer : temporary_buffers) {
      Operand operand;
      operand.dtype = buffer.dtype;
      operand.rank = static_cast<uint8_t>(buffer.dims.size());
      int64_t stride = ItemSize(buffer.dtype);
      for (size_t d = buffer.dims.size(); d-- > 0;) {
        operand.extents[d] = Extent(buffer.dims[d], dims);
        operand.strides[d] = stride;
        stride *= operand.extents[d];
      }
      std::unique_ptr<char[]> block(new (std::nothrow) char[static_cast<size_t>(stride) + 64]);
      if (!block)
        return absl::ResourceExhaustedError(
            absl::StrCat("Unable to allocate ", stride, " bytes for a temporary"));
      const auto address = reinterpret_cast<uintptr_t>(block.get());
      operand.data = block.get() + (64 - address % 64) % 64;
      memory->push_back(std::move(block));
      operands->push_back(operand);
    }
    return absl::OkStatus();
  }
};

class NativeBackend : public Backend {
 public:
  explicit NativeBackend(const NativeOptions& options)
      : threads_(options.threads > 0 ? options.threads : AvailableThreads()) {
    const asmjit::CpuFeatures::X86& features = asmjit::CpuInfo::host().features().x86();
    emit_.avx = options.level != Isa::kSse42 && features.hasAVX2() && features.hasFMA();
    emit_.fp = options.fp;
    emit_.keep_listing = options.keep_listing;
  }
  TraceLevel level() const override { return TraceLevel::kNest; }

  absl::StatusOr<std::unique_ptr<Executable>> Compile(const Trace& trace) override {
    auto executable = std::make_unique<NativeExecutable>();
    executable->threads = threads_;
    std::vector<BufferSource> sources(trace.size());
    FindSources(trace, executable.get(), &sources);
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      if (trace.at(ref).op != Op::kNest) continue;
      Ref end = ref;
      NestPlan plan = PlanNest(trace, ref, &end);
      if (plan.accesses.size() > kMaxAccesses) {
        return absl::InternalError(
            absl::StrCat("a nest has ", plan.accesses.size(), " accesses, more than ", kMaxAccesses));
      }
      absl::StatusOr<NestCode> code = EmitNest(trace, plan, emit_);
      if (!code.ok()) return code.status();
      if (code->frame.scalars.size() > kMaxScalars) {
        return absl::InternalError(
            absl::StrCat("a nest has ", code->frame.scalars.size(), " scalars, more than ", kMaxScalars));
      }
      NestStep step;
      for (const Access& access : plan.accesses) step.buffers.push_back(sources[access.buffer]);
      for (const Dim dim : plan.extents) step.extents.push_back(Position(trace, dim));
      for (const Ref scalar : code->frame.scalars) step.scalars.push_back(trace.at(scalar).attribute);
      step.nest = FinishNest(trace, std::move(plan), *std::move(code));
      executable->steps.push_back(std::move(step));
      ref = end;
    }
    return executable;
  }

 private:
  // A symbolic dim with the position among the trace's dims in place of its instruction.
  static Dim Position(const Trace& trace, Dim dim) {
    return dim.is_constant() ? dim : Dim::Symbol(static_cast<Ref>(trace.at(dim.ref()).attribute));
  }
  static void FindSources(const Trace& trace, NativeExecutable* executable,
                          std::vector<BufferSource>* sources) {
    const std::span<const Ref> results = trace.operands(trace.size() - 1);
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      const Instruction& instruction = trace.at(ref);
      BufferSource& source = (*sources)[ref];
      if (instruction.op == Op::kParam) {
        source = {BufferSource::Kind::kParam, instruction.attribute};
      } else if (instruction.op == Op::kAlloc) {
        const auto found = std::find(results.begin(), results.end(), ref);
        if (found != results.end()) {
          source = {BufferSource::Kind::kOutput, static_cast<size_t>(found - results.begin())};
          continue;
        }
        source = {BufferSource::Kind::kTemporary, executable->temporary_buffers.size()};
        TemporaryBuffer buffer{instruction.dtype, {}};
        for (const Dim dim : trace.dims(ref)) buffer.dims.push_back(Position(trace, dim));
        executable->temporary_buffers.push_back(std::move(buffer));
      }
    }
  }

  EmitOptions emit_;
  int threads_;
};

}  // namespace

bool NativeSupported() {
  return asmjit::CpuInfo::host().arch() == asmjit::Arch::kX64 &&
         asmjit::CpuInfo::host().features().x86().hasSSE4_2();
}

std::unique_ptr<Backend> MakeNativeBackend(const NativeOptions& options) {
  return std::make_unique<NativeBackend>(options);
}

}  // namespace lathe
