// jit(): records a function's rows once a signature and keeps the kernel; a call binds buffers and runs.
#include "lathe/jit.h"

#include <cstring>

#include "src/array/array_body.h"
#include "src/array/engine.h"
#include "src/array/kernel_run.h"
#include "src/array/thread_recorder.h"
#include "src/recorder/lazy/replay.h"

namespace lathe {
namespace {

struct Argument {
  DType dtype;
  Shape shape;
  Shape strides;
  bool operator==(const Argument&) const = default;
};

std::vector<Argument> SignatureOf(std::span<const Array> arguments) {
  std::vector<Argument> signature;
  for (const Array& array : arguments) signature.push_back({array.dtype(), array.shape(), array.strides()});
  return signature;
}

}  // namespace

// One recorded signature, ready to run: operands in which only addresses are missing.
struct Replay {
  std::vector<Argument> signature;
  bool replayable = false;
  std::shared_ptr<Kernel> kernel;
  std::vector<Operand> params;   // arrays, then scalars
  std::vector<int> argument_of;  // by param: which argument it is, or -1 for a captured value
  std::vector<StorageRef> captured;
  std::vector<Operand> outputs;
  std::vector<int> output_of_result;  // by result
  std::vector<int64_t> dims;
  int64_t elements = 0;
};

struct CompiledHandle::State {
  Replay replay;
  std::unique_ptr<BoundRun> run;
  ReplayTiming timing;
};

struct JitFunction::State {
  Body body;
  std::vector<std::unique_ptr<Replay>> replays;
  Replay* last = nullptr;
};

// Records a call of a function; the only code beside ThreadRecorder that sees its inside.
class JitFunctionState {
 public:
  static std::vector<Array> RecordCall(const JitFunction::Body& body, std::span<const Array> arguments,
                                       Replay* replay) {
    ThreadRecorder& recorder = ThreadRecorder::Get();
    // Each argument is a body of its own, so that an array passed twice is two parameters.
    std::vector<Array> traced;
    for (const Array& argument : arguments) {
      EvalFor(argument, EndReason::kJit);
      traced.push_back(MakeView(argument, argument.body()->data, argument.shape(), argument.strides(), true));
    }
    recorder.Flush(EndReason::kJit);
    recorder.Clear();
    const int64_t flushes = recorder.flushes_;
    for (const Array& argument : traced) recorder.traced_.push_back({argument.body(), {}, false});
    std::vector<Array> results;
    try {
      results = body(traced);
    } catch (...) {
      recorder.traced_.clear();
      throw;
    }
    if (recorder.flushes_ == flushes) Capture(recorder, traced, results, replay);
    recorder.traced_.clear();
    return results;
  }

 private:
  static void Capture(ThreadRecorder& recorder, std::span<const Array> arguments,
                      std::span<const Array> results, Replay* replay) {
    for (const Array& argument : arguments) {
      if (argument.pending()) return;  // changed in place
    }
    size_t live = 0;
    for (const ArrayBody* owner : recorder.owners_) live += owner != nullptr;
    if (live != results.size()) return;  // kept elsewhere, returned twice or not computed here
    for (uint32_t row = 0; row < recorder.owners_.size(); ++row) {
      const ArrayBody* owner = recorder.owners_[row];
      recorder.recording_.SetLive(row, owner != nullptr);
      if (!owner) continue;
      replay->outputs.push_back(owner->AsOperand());
      int position = -1;
      for (size_t k = 0; k < results.size(); ++k) {
        if (results[k].body() == owner) position = static_cast<int>(k);
      }
      if (position < 0) return;
      replay->output_of_result.push_back(position);
      replay->elements = std::max(replay->elements, owner->shape.Elements());
    }
    if (!BindParams(recorder, replay)) return;
    bool hit = false;
    replay->kernel = recorder.FindKernel(EndReason::kReturned, &hit);
    for (const DimSource& source : replay->kernel->dims) {
      replay->dims.push_back(ReadExtent(recorder.recording_, source));
    }
    replay->replayable = true;
  }

  // Tells which parameter is which argument; false if a part of an argument is used, whose address is not
  // known.
  static bool BindParams(const ThreadRecorder& recorder, Replay* replay) {
    const auto argument_of = [&](Source source) {
      for (size_t a = 0; a < recorder.traced_.size(); ++a) {
        const ThreadRecorder::TracedArgument& traced = recorder.traced_[a];
        if (traced.used && traced.source.kind == source.kind && traced.source.index == source.index)
          return static_cast<int>(a);
      }
      return -1;
    };
    for (uint32_t k = 0; k < recorder.recording_.arrays().size(); ++k) {
      const int argument = argument_of({SourceKind::kArray, k});
      replay->params.push_back(recorder.recording_.arrays()[k]);
      replay->argument_of.push_back(argument);
      if (argument >= 0) continue;
      for (const ThreadRecorder::TracedArgument& traced : recorder.traced_) {
        if (traced.body->storage.get() == recorder.keep_alive_[k].get()) return false;
      }
      replay->captured.push_back(recorder.keep_alive_[k]);
    }
    for (uint32_t k = 0; k < recorder.recording_.scalars().size(); ++k) {
      replay->params.push_back(recorder.recording_.scalars()[k]);
      replay->argument_of.push_back(argument_of({SourceKind::kScalar, k}));
    }
    return true;
  }
};

namespace {

// Points `params` at the arguments' elements (a rank-0 argument is read).
template <class Address>
void BindArguments(const Replay& replay, std::vector<Operand>& params, const Address& address) {
  for (size_t k = 0; k < params.size(); ++k) {
    const int argument = replay.argument_of[k];
    if (argument < 0) continue;
    const void* data = address(static_cast<size_t>(argument));
    if (params[k].is_scalar) {
      std::memcpy(&params[k].scalar_bits, data, static_cast<size_t>(ItemSize(params[k].dtype)));
    } else {
      params[k].data = const_cast<void*>(data);
    }
  }
}

void ThrowIfFailed(const absl::Status& status) {
  if (status.ok()) return;
  const std::string message(status.message());
  if (status.code() == absl::StatusCode::kResourceExhausted) throw MemoryError(message);
  throw Error(ErrorKind::kRuntime, message);
}

std::vector<Array> RunReplay(const Replay& replay, std::span<const Array> arguments) {
  std::vector<Operand> params = replay.params;
  BindArguments(replay, params, [&](size_t k) { return arguments[k].data(); });
  std::vector<Operand> outputs = replay.outputs;
  std::vector<Array> results(outputs.size(), Array(Scalar::Of(false)));
  for (size_t k = 0; k < outputs.size(); ++k) {
    const Shape shape{std::span<const int64_t>(outputs[k].extents, outputs[k].rank)};
    Array array = MakeDense(shape, outputs[k].dtype);
    outputs[k].data = array.body()->data;
    results[static_cast<size_t>(replay.output_of_result[k])] = std::move(array);
  }
  const absl::StatusOr<const Executable*> executable =
      DefaultEngine().Prepare(*replay.kernel, replay.elements);
  ThrowIfFailed(executable.status());
  ThrowIfFailed(RunKernel(*replay.kernel, **executable, params, outputs, replay.dims, RunKind::kReplay));
  return results;
}

}  // namespace

JitFunction::JitFunction(Body body) : state_(std::make_unique<State>()) { state_->body = std::move(body); }
JitFunction::JitFunction(JitFunction&&) noexcept = default;
JitFunction& JitFunction::operator=(JitFunction&&) noexcept = default;
JitFunction::~JitFunction() = default;
int JitFunction::recordings() const { return static_cast<int>(state_->replays.size()); }

std::vector<Array> JitFunction::Call(std::span<const Array> arguments) {
  for (const Array& argument : arguments) EvalFor(argument, EndReason::kJit);
  const std::vector<Argument> signature = SignatureOf(arguments);
  for (const std::unique_ptr<Replay>& replay : state_->replays) {
    if (replay->signature != signature) continue;
    state_->last = replay.get();
    return replay->replayable ? RunReplay(*replay, arguments) : state_->body(arguments);
  }
  auto replay = std::make_unique<Replay>();
  replay->signature = signature;
  std::vector<Array> results = JitFunctionState::RecordCall(state_->body, arguments, replay.get());
  state_->last = replay.get();
  state_->replays.push_back(std::move(replay));
  return results;
}

CompiledHandle JitFunction::CompileFor(std::span<const Array> arguments) {
  for (const Array& result : Call(arguments)) result.Eval();
  if (!state_->last->replayable) {
    throw ValueError(
        "this function cannot be compiled once and for all: it computes values while it runs, assigns "
        "into an array or keeps arrays elsewhere");
  }
  auto state = std::make_unique<CompiledHandle::State>();
  state->replay = *state_->last;
  const absl::StatusOr<const Executable*> executable =
      DefaultEngine().Prepare(*state->replay.kernel, std::numeric_limits<int64_t>::max());
  ThrowIfFailed(executable.status());
  absl::StatusOr<std::unique_ptr<BoundRun>> run =
      (*executable)->Bind(state->replay.params, state->replay.outputs, state->replay.dims);
  ThrowIfFailed(run.status());
  state->run = *std::move(run);
  return CompiledHandle(std::move(state));
}

CompiledHandle::CompiledHandle(std::unique_ptr<State> state) : state_(std::move(state)) {}
CompiledHandle::CompiledHandle(CompiledHandle&&) noexcept = default;
CompiledHandle& CompiledHandle::operator=(CompiledHandle&&) noexcept = default;
CompiledHandle::~CompiledHandle() = default;

void CompiledHandle::Run(std::span<const void* const> inputs, std::span<void* const> outputs) const {
  Replay& replay = state_->replay;
  if (inputs.size() != replay.signature.size() || outputs.size() != replay.outputs.size()) {
    throw ValueError("expected " + std::to_string(replay.signature.size()) + " input and " +
                     std::to_string(replay.outputs.size()) + " output buffers");
  }
  BindArguments(replay, replay.params, [&](size_t k) { return inputs[k]; });
  for (size_t k = 0; k < outputs.size(); ++k) {
    replay.outputs[k].data = outputs[static_cast<size_t>(replay.output_of_result[k])];
  }
  ThrowIfFailed(RunKernel(*replay.kernel, *state_->run, replay.params, replay.outputs, &state_->timing));
}

}  // namespace lathe
