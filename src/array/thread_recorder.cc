// Recording of operations and the flush: look the recording up, compile or interpret it, hand the results
// to the arrays that wait for them.
#include "src/array/thread_recorder.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>

#include "lathe/trace.h"
#include "src/array/engine.h"
#include "src/array/kernel_run.h"
#include "src/array/place_source.h"
#include "src/recorder/expand/element_function.h"
#include "src/recorder/lazy/replay.h"

namespace lathe {
namespace {

[[noreturn]] void ThrowStatus(const absl::Status& status) {
  const std::string message(status.message());
  if (status.code() == absl::StatusCode::kResourceExhausted) throw MemoryError(message);
  throw Error(ErrorKind::kRuntime, message);
}

}  // namespace

namespace {
thread_local ThreadRecorder* current_recorder = nullptr;

// What SetSourcePlace says.
class FixedPlace : public PlaceSource {
 public:
  SourcePlace Current() const override { return place; }
  SourcePlace place;
};
thread_local FixedPlace fixed_place;
thread_local const PlaceSource* place_source = nullptr;
}  // namespace

PlaceSource::Scope::Scope(const PlaceSource& source) : before_(std::exchange(place_source, &source)) {}
PlaceSource::Scope::~Scope() { place_source = before_; }

SourcePlace CurrentPlace() { return place_source ? place_source->Current() : SourcePlace(); }

void SetSourcePlace(std::string_view file, int line) {
  fixed_place.place = {static_cast<uint32_t>(std::max(line, 0)), DefaultEngine().files().NumberOf(file)};
  place_source = &fixed_place;
}

ThreadRecorder& ThreadRecorder::Get() {
  thread_local ThreadRecorder recorder;
  return current_recorder ? *current_recorder : recorder;
}

void ThreadRecorder::SetCurrent(ThreadRecorder* recorder) { current_recorder = recorder; }

ThreadRecorder::~ThreadRecorder() {
  if (capturing_) return;
  for (ArrayBody* owner : owners_) {
    if (!owner) continue;
    // The thread ends while others still hold its values.
    try {
      Flush(EndReason::kThread);
    } catch (const Error&) {
      // Without memory they stay pending; asking for them says that their thread is gone.
    }
    return;
  }
}

Scalar ThreadRecorder::Convert(Scalar value, DType dtype) {
  if (value.dtype == dtype) return value;
  Scalar result;
  result.dtype = dtype;
  const void* inputs[] = {&value.bits};
  FindElementFunction(Op::kCast, value.dtype, dtype)(&result.bits, inputs, 1);
  return result;
}

Source ThreadRecorder::Operand(const Input& input, DType dtype) {
  if (!input.is_array()) return recording_.AddScalar(Convert(input.scalar(), dtype));
  const Array& array = input.array();
  const ArrayBody& body = *array.body();
  if (body.pending() && body.recorder != this) array.Eval();
  Source source{SourceKind::kRow, body.row};
  if (const Source* traced = traced_.empty() ? nullptr : TracedSource(body)) {
    source = *traced;
  } else if (!body.pending() && body.shape.rank() == 0) {
    return recording_.AddScalar(Convert(array.item(), dtype));
  } else if (!body.pending()) {
    source = recording_.AddArray(body.AsOperand());
    if (source.index == keep_alive_.size()) keep_alive_.push_back(body.storage);
  }
  if (body.dtype == dtype) return source;
  return Record(Op::kCast, dtype, std::span(&source, 1), body.shape);
}

const Source* ThreadRecorder::TracedSource(const ArrayBody& body) {
  const auto found =
      std::find_if(traced_.begin(), traced_.end(), [&](const TracedArgument& t) { return t.body == &body; });
  if (found == traced_.end() || body.pending()) return nullptr;
  if (!found->used) {
    found->used = true;
    if (body.shape.rank() == 0) {
      found->source = recording_.AddScalar(found->body->AsScalar());
    } else {
      found->source = recording_.AddArray(body.AsOperand(), true);
      keep_alive_.push_back(body.storage);
    }
  }
  return &found->source;
}

bool ThreadRecorder::ComesBack() const {
  const std::span<const Row> rows = recording_.rows();
  const SourcePlace place = CurrentPlace();
  return place.line < rows.back().line && std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
           return row.line == place.line && row.file == place.file;
         });
}

Source ThreadRecorder::Record(Op op, DType dtype, std::span<const Source> operands, const Shape& shape,
                              uint64_t attribute, Op combiner) {
  owners_.push_back(nullptr);
  return recording_.Append(op, dtype, operands, {shape.begin(), static_cast<size_t>(shape.rank())}, attribute,
                           combiner, CurrentPlace());
}

Array ThreadRecorder::MakePending(Source row, DType dtype, const Shape& shape) {
  auto body = std::make_unique<ArrayBody>();
  body->dtype = dtype;
  body->shape = shape;
  body->strides = DenseStrides(shape, dtype);
  if (owners_[row.index]) {
    // The row already belongs to an array (a cast to its own dtype): give this one a row of its own.
    row = Record(Op::kBroadcast, dtype, std::span(&row, 1), shape);
  }
  body->recorder = this;
  body->row = row.index;
  owners_[row.index] = body.get();
  return Array(body.release());
}

bool ThreadRecorder::Exclusive(const ArrayBody& body) const {
  if (body.is_view || !body.storage->owned()) return false;
  int32_t kept = 0;
  for (const StorageRef& storage : keep_alive_) kept += storage.get() == body.storage.get() ? 1 : 0;
  return body.storage->references() == kept + 1;
}

void ThreadRecorder::Rebind(ArrayBody* body, Source row) {
  if (row.kind != SourceKind::kRow || owners_[row.index]) {
    row = Record(Op::kBroadcast, body->dtype, std::span(&row, 1), body->shape);
  }
  if (body->pending()) {
    owners_[body->row] = nullptr;
  } else {
    body->storage = StorageRef();
    body->data = nullptr;
    body->strides = DenseStrides(body->shape, body->dtype);
  }
  body->recorder = this;
  body->row = row.index;
  owners_[row.index] = body;
}

bool ThreadRecorder::ReadsOverlap(const ArrayBody& target) const {
  const lathe::Operand view = target.AsOperand();
  const ByteReach reach = ReachOf(view);
  for (const lathe::Operand& array : recording_.arrays()) {
    const int64_t distance = static_cast<char*>(array.data) - static_cast<char*>(view.data);
    if (!Overlap(reach, ReachOf(array), distance)) continue;
    if (distance != 0 || !SameForm(array, view)) return true;
  }
  return false;
}

void ThreadRecorder::AssignAndFlush(ArrayBody* target, Source value) {
  const Source to = recording_.AddArray(target->AsOperand());
  if (to.index == keep_alive_.size()) keep_alive_.push_back(target->storage);
  const Source operands[] = {to, value};
  Record(Op::kAssign, target->dtype, operands, target->shape);
  Flush(EndReason::kAssignment);
}

void ThreadRecorder::Clear() {
  recording_.Clear();
  owners_.clear();
  keep_alive_.clear();
  for (TracedArgument& argument : traced_) argument.used = false;
}

std::shared_ptr<Kernel> ThreadRecorder::FindKernel(EndReason reason, bool* hit) {
  Engine& engine = DefaultEngine();
  const Fingerprint fingerprint = recording_.Finish();
  std::shared_ptr<Kernel> kernel = window_.Find(engine.cache(), fingerprint);
  *hit = kernel != nullptr;
  if (kernel) {
    Count(Counter::k_cache_hits);
    return kernel;
  }
  absl::StatusOr<std::shared_ptr<Kernel>> made = engine.MakeKernel(recording_, fingerprint, reason);
  if (!made.ok()) ThrowStatus(made.status());
  window_.Hold(engine.cache(), fingerprint, *made);
  return *std::move(made);
}

void ThreadRecorder::Flush(EndReason reason) {
  if (capturing_) throw Error(ErrorKind::kRuntime, "the value of an array that is being recorded");
  if (recording_.empty()) return;
  const TellLater later;
  bool wanted = recording_.rows().back().op == Op::kAssign;
  // Of the largest array: a sum has one element, but reads many.
  int64_t elements = 0;
  const auto count = [&elements](int rank, const int64_t* extents) {
    elements = std::max(elements, std::accumulate(extents, extents + rank, int64_t{1}, std::multiplies<>()));
  };
  for (uint32_t k = 0; k < recording_.size(); ++k) {
    recording_.SetLive(k, owners_[k] != nullptr);
    wanted |= owners_[k] != nullptr;
    count(recording_.row(k).rank, recording_.row(k).extents);
  }
  for (const lathe::Operand& array : recording_.arrays()) count(array.rank, array.extents);
  if (!wanted) return Clear();
  ++flushes_;
  bool hit = false;
  const std::shared_ptr<Kernel> kernel = FindKernel(reason, &hit);

  std::vector<StorageRef>& storages = storages_;
  std::vector<lathe::Operand>& outputs = outputs_;
  storages.clear();
  outputs.clear();
  for (uint32_t k = 0; k < recording_.size(); ++k) {
    if (!owners_[k]) continue;
    const ArrayBody& body = *owners_[k];
    const int donor = kernel->reuse[outputs.size()];
    StorageRef storage;
    if (donor >= 0) storage = TakeDonor(static_cast<size_t>(donor), body);
    if (!storage) storage = AllocateDense(body.shape, body.dtype, false);
    lathe::Operand operand = body.AsOperand();
    operand.data = storage->data();
    outputs.push_back(operand);
    storages.push_back(std::move(storage));
  }
  Run(*kernel, elements, hit);

  size_t next = 0;
  for (ArrayBody* owner : owners_) {
    if (!owner) continue;
    owner->storage = std::move(storages[next++]);
    owner->data = owner->storage->data();
    owner->recorder = nullptr;
  }
  Clear();
}

StorageRef ThreadRecorder::TakeDonor(size_t array, const ArrayBody& body) const {
  const lathe::Operand& view = recording_.arrays()[array];
  const StorageRef& storage = keep_alive_[array];
  const auto needed = static_cast<size_t>(body.shape.Elements() * ItemSize(body.dtype));
  if (!storage->owned() || !storage->unique() || storage->data() != view.data || storage->bytes() != needed)
    return {};
  return storage;
}

void ThreadRecorder::Run(Kernel& kernel, int64_t elements, bool hit) {
  Engine& engine = DefaultEngine();
  params_.assign(recording_.arrays().begin(), recording_.arrays().end());
  params_.insert(params_.end(), recording_.scalars().begin(), recording_.scalars().end());
  dims_.clear();
  for (const DimSource& source : kernel.dims) dims_.push_back(ReadExtent(recording_, source));
  const absl::StatusOr<const Executable*> executable = engine.Prepare(kernel, elements);
  if (!executable.ok()) ThrowStatus(executable.status());
  const absl::Status status =
      RunKernel(kernel, **executable, params_, outputs_, dims_, hit ? RunKind::kHit : RunKind::kMiss);
  if (!status.ok()) ThrowStatus(status);
}

}  // namespace lathe
