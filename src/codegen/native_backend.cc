// The backend of machine code: plans and emits every nest of a trace, and runs them in order on bound
// operands.
#include "src/codegen/native_backend.h"

#include <asmjit/core.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "src/codegen/emit/emit_nest.h"
#include "src/codegen/memory/temporary_pool.h"
#include "src/codegen/nest/nest_plan.h"
#include "src/codegen/parallel/float_state.h"
#include "src/codegen/parallel/thread_pool.h"
#include "src/codegen/run/binding.h"
#include "src/codegen/run/nest_run.h"
#include "src/recorder/log/phase_clock.h"

namespace lathe {
namespace {

// Where a buffer of the trace comes from at run time.
struct BufferSource {
  enum class Kind : uint8_t { kParam, kOutput, kTemporary, kAssigned };
  Kind kind = Kind::kParam;
  size_t index = 0;
};
// Its symbolic dims name positions among the trace's dims, as all of this file do.
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
// An output that is another one once more.
struct CopyStep {
  size_t from = 0;
  size_t to = 0;
};

int64_t Extent(Dim dim, std::span<const int64_t> dims) {
  return dim.is_constant() ? dim.value : dims[dim.ref()];
}

class NativeExecutable : public Executable {
 public:
  absl::StatusOr<std::unique_ptr<BoundRun>> Bind(std::span<const Operand> params,
                                                 std::span<const Operand> outputs,
                                                 std::span<const int64_t> dims) const override;
  absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs,
                   std::span<const int64_t> dims, RunStatistics* statistics) const override {
    const FloatState float_state;
    Operands operands{params, outputs, {}, {}, results_};
    if (absl::Status status = Allocate(dims, &operands); !status.ok()) return status;
    for (const NestStep& step : steps_) {
      Binding binding = BindStep(step, operands, dims);
      const int used = RunNest(binding, threads_);
      if (used == 0) return OutOfMemory();
      if (!statistics) continue;
      statistics->elements += binding.points();
      statistics->bytes += binding.footprint();
      statistics->threads = std::max(statistics->threads, used);
    }
    for (const CopyStep& copy : copies_) Copy(outputs[copy.from], outputs[copy.to]);
    return absl::OkStatus();
  }
  size_t code_bytes() const override { return code_.bytes(); }
  std::string Listing() const override { return listing_; }

 private:
  friend class NativeCompiler;
  friend class NativeBoundRun;
  struct Operands {
    std::span<const Operand> params;
    std::span<const Operand> outputs;
    absl::InlinedVector<Operand, 2> temporaries;
    absl::InlinedVector<TemporaryBlock, 2> memory;
    size_t results = 0;
    const Operand* Of(const BufferSource& source) const {
      switch (source.kind) {
        case BufferSource::Kind::kOutput:
          return &outputs[source.index];
        case BufferSource::Kind::kTemporary:
          return &temporaries[source.index];
        case BufferSource::Kind::kAssigned:
          if (outputs.size() > results) return &outputs.back();
          [[fallthrough]];
        default:
          return &params[source.index];
      }
    }
  };

  absl::Status Allocate(std::span<const int64_t> dims, Operands* operands) const {
    for (const TemporaryBuffer& buffer : temporaries_) {
      Operand operand;
      operand.dtype = buffer.dtype;
      operand.rank = static_cast<uint8_t>(buffer.dims.size());
      int64_t bytes = ItemSize(buffer.dtype);
      for (size_t d = buffer.dims.size(); d-- > 0;) {
        operand.extents[d] = Extent(buffer.dims[d], dims);
        operand.strides[d] = bytes;
        if (__builtin_mul_overflow(bytes, operand.extents[d], &bytes)) return OutOfMemory();
      }
      operands->memory.push_back(TemporaryBlock::Take(static_cast<size_t>(bytes)));
      operand.data = operands->memory.back().data();
      if (!operand.data) return OutOfMemory();
      operands->temporaries.push_back(operand);
    }
    return absl::OkStatus();
  }
  static absl::Status OutOfMemory() {
    return absl::ResourceExhaustedError("Unable to allocate memory for a temporary");
  }

  static Binding BindStep(const NestStep& step, const Operands& operands, std::span<const int64_t> dims) {
    absl::InlinedVector<const Operand*, 16> buffers;
    for (const BufferSource& source : step.buffers) buffers.push_back(operands.Of(source));
    absl::InlinedVector<int64_t, kMaxRank> extents;
    for (const Dim dim : step.extents) extents.push_back(Extent(dim, dims));
    absl::InlinedVector<uint64_t, 8> scalars;
    for (const size_t param : step.scalars) scalars.push_back(operands.params[param].scalar_bits);
    return Binding(step.nest, buffers, extents, scalars);
  }

  // Outputs are dense.
  static void Copy(const Operand& from, const Operand& to) {
    if (from.data == to.data) return;
    int64_t bytes = ItemSize(from.dtype);
    for (int d = 0; d < from.rank; ++d) bytes *= from.extents[d];
    std::memcpy(to.data, from.data, static_cast<size_t>(bytes));
  }

  CodeBlock code_;
  std::string listing_;
  std::vector<NestStep> steps_;
  std::vector<CopyStep> copies_;
  std::vector<TemporaryBuffer> temporaries_;
  size_t results_ = 0;
  int threads_ = 1;
};

// Bindings kept between runs, temporaries too.
class NativeBoundRun : public BoundRun {
 public:
  NativeBoundRun(const NativeExecutable& executable, NativeExecutable::Operands operands,
                 std::span<const int64_t> dims)
      : executable_(executable), operands_(std::move(operands)) {
    for (const NestStep& step : executable_.steps_)
      bindings_.push_back(NativeExecutable::BindStep(step, operands_, dims));
  }

  absl::Status Run(std::span<const Operand> params, std::span<const Operand> outputs) override {
    const FloatState float_state;
    operands_.params = params;
    operands_.outputs = outputs;
    threads_used_ = 1;
    for (size_t k = 0; k < bindings_.size(); ++k) {
      const NestStep& step = executable_.steps_[k];
      Binding& binding = bindings_[k];
      for (size_t a = 0; a < step.buffers.size(); ++a)
        binding.SetPointer(a, static_cast<const char*>(operands_.Of(step.buffers[a])->data));
      for (size_t n = 0; n < step.scalars.size(); ++n)
        binding.SetScalar(n, params[step.scalars[n]].scalar_bits);
      const int used = RunNest(binding, executable_.threads_);
      if (used == 0) return NativeExecutable::OutOfMemory();
      threads_used_ = std::max(threads_used_, used);
    }
    for (const CopyStep& copy : executable_.copies_)
      NativeExecutable::Copy(outputs[copy.from], outputs[copy.to]);
    return absl::OkStatus();
  }
  RunStatistics statistics() const override {
    RunStatistics statistics;
    for (const Binding& binding : bindings_) {
      statistics.elements += binding.points();
      statistics.bytes += binding.footprint();
    }
    statistics.threads = threads_used_;
    return statistics;
  }
  size_t bytes() const override {
    size_t sum = 0;
    for (const TemporaryBlock& block : operands_.memory) sum += block.bytes();
    return sum;
  }

 private:
  const NativeExecutable& executable_;
  NativeExecutable::Operands operands_;
  std::vector<Binding> bindings_;
  int threads_used_ = 1;
};

absl::StatusOr<std::unique_ptr<BoundRun>> NativeExecutable::Bind(std::span<const Operand> params,
                                                                 std::span<const Operand> outputs,
                                                                 std::span<const int64_t> dims) const {
  Operands operands{params, outputs, {}, {}, results_};
  if (absl::Status status = Allocate(dims, &operands); !status.ok()) return status;
  return std::make_unique<NativeBoundRun>(*this, std::move(operands), dims);
}

// One compilation.
class NativeCompiler {
 public:
  NativeCompiler(const Trace& trace, const EmitOptions& options, int threads)
      : trace_(trace), options_(options), executable_(std::make_unique<NativeExecutable>()) {
    executable_->threads_ = threads;
  }

  absl::StatusOr<std::unique_ptr<Executable>> Run() {
    FindSources();
    std::vector<NestPlan> plans = PlanNests(trace_);
    absl::StatusOr<EmittedTrace> emitted = EmitNests(trace_, plans, options_);
    if (!emitted.ok()) return emitted.status();
    executable_->code_ = std::move(emitted->block);
    executable_->listing_ = std::move(emitted->listing);
    for (size_t k = 0; k < plans.size(); ++k) AddStep(std::move(plans[k]), std::move(emitted->nests[k]));
    return std::move(executable_);
  }

 private:
  // A symbolic dim by its position among the trace's dims instead of its instruction.
  Dim Position(Dim dim) const {
    return dim.is_constant() ? dim : Dim::Symbol(static_cast<Ref>(trace_.at(dim.ref()).attribute));
  }
  void FindSources() {
    sources_.resize(trace_.size());
    const std::span<const Ref> results = trace_.operands(trace_.size() - 1);
    executable_->results_ = results.size();
    for (size_t k = 0; k < results.size(); ++k) {
      const auto first =
          static_cast<size_t>(std::find(results.begin(), results.end(), results[k]) - results.begin());
      if (first != k) executable_->copies_.push_back({first, k});
    }
    for (Ref ref = 0; ref < trace_.size(); ++ref) {
      const Instruction& instruction = trace_.at(ref);
      BufferSource& source = sources_[ref];
      if (instruction.op == Op::kParam) source = {BufferSource::Kind::kParam, instruction.attribute};
      if (instruction.op != Op::kAlloc) continue;
      const auto found = std::find(results.begin(), results.end(), ref);
      if (found != results.end()) {
        source = {BufferSource::Kind::kOutput, static_cast<size_t>(found - results.begin())};
        continue;
      }
      source = {BufferSource::Kind::kTemporary, executable_->temporaries_.size()};
      TemporaryBuffer buffer{instruction.dtype, {}};
      for (const Dim dim : trace_.dims(ref)) buffer.dims.push_back(Position(dim));
      executable_->temporaries_.push_back(std::move(buffer));
    }
  }
  void AddStep(NestPlan plan, NestCode code) {
    NestStep step;
    for (const Access& access : plan.accesses) {
      BufferSource& source = step.buffers.emplace_back(sources_[access.buffer]);
      const bool assigned = access.kind == Access::Kind::kStore && source.kind == BufferSource::Kind::kParam;
      if (assigned) source.kind = BufferSource::Kind::kAssigned;
    }
    for (const Dim dim : plan.extents) step.extents.push_back(Position(dim));
    for (const Ref scalar : code.frame.scalars) step.scalars.push_back(trace_.at(scalar).attribute);
    step.nest = FinishNest(std::move(plan), std::move(code));
    executable_->steps_.push_back(std::move(step));
  }

  const Trace& trace_;
  const EmitOptions& options_;
  std::unique_ptr<NativeExecutable> executable_;
  std::vector<BufferSource> sources_;  // by instruction
};

class NativeBackend : public Backend {
 public:
  explicit NativeBackend(const NativeOptions& options)
      : threads_(options.threads > 0 ? options.threads : AvailableThreads()) {
    emit_.level = FindVectorLevel(options.level);
    emit_.fp = options.fp;
    emit_.keep_listing = options.keep_listing;
    emit_.code_map = options.code_map;
  }
  TraceLevel level() const override { return TraceLevel::kNest; }
  // Without FMA the expansions' every fma would be a call.
  bool WantsExpansion() const override { return Info(emit_.level).fma; }

  absl::StatusOr<std::unique_ptr<Executable>> Compile(const Trace& trace) override {
    const PhaseScope phase(Phase::emit);
    return NativeCompiler(trace, emit_, threads_).Run();
  }

 private:
  EmitOptions emit_;
  int threads_;
};

}  // namespace

bool NativeSupported() { return HasVectorLevel(); }

std::string IsaProblem(Isa isa) {
  const LevelInfo* const level = FindLevelInfo(isa);
  if (!level || level->architecture == kHostArchitecture) return "";
  return absl::StrCat("isa ", std::string(level->word), " is of another architecture than this processor");
}

std::string_view NativeIsaName(Isa level) { return NameOf(FindVectorLevel(level)); }

std::string ProcessorName() {
  std::string name = asmjit::CpuInfo::host().brand();
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name;
}

double EstimatedNanoseconds(int64_t points, int64_t ops, int64_t bytes) {
  return static_cast<double>(points) * kPlainOp * static_cast<double>(ops) +
         static_cast<double>(bytes) * kByte;
}

int AvailableProcessors() { return AvailableThreads(); }

std::unique_ptr<Backend> MakeNativeBackend(const NativeOptions& options) {
  return std::make_unique<NativeBackend>(options);
}

}  // namespace lathe
