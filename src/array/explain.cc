// Array::Explain: what a pending value would become, without computing it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/array/engine.h"
#include "src/array/thread_recorder.h"
#include "src/recorder/lazy/replay.h"

namespace lathe {
namespace {

int64_t BytesOf(DType dtype, std::span<const int64_t> extents) {
  int64_t bytes = ItemSize(dtype);
  for (const int64_t extent : extents) bytes *= extent;
  return bytes;
}

std::string TimeText(double nanoseconds) {
  if (nanoseconds < 1e3) return absl::StrFormat("%.0f ns", nanoseconds);
  if (nanoseconds < 1e6) return absl::StrFormat("%.1f us", nanoseconds / 1e3);
  return absl::StrFormat("%.1f ms", nanoseconds / 1e6);
}

std::string Plural(int64_t count, const char* noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

// What the cache knows of the trace.
std::string HistoryText(const Kernel* kernel) {
  if (!kernel) return "the trace is new: nothing has been compiled for it";
  if (!kernel->compiled.load(std::memory_order_acquire)) {
    return absl::StrCat("the trace is ", kernel->trace.name, ", run on the interpreter ",
                        Plural(kernel->interpreted_runs.load(std::memory_order_relaxed), "time"), " so far");
  }
  return absl::StrCat(
      "the trace is ", kernel->trace.name, ", compiled: ", kernel->native->code_bytes(),
      " bytes of machine code, made in ", TimeText(static_cast<double>(kernel->compile_nanoseconds)), ", ",
      Plural(kernel->nests, "loop nest"), ", ", Plural(kernel->temporaries, "temporary array"));
}

}  // namespace

std::string ThreadRecorder::Explain() {
  int64_t bytes = 0;
  int64_t points = 0;
  int64_t results = 0;
  for (uint32_t k = 0; k < recording_.size(); ++k) {
    const Row& row = recording_.row(k);
    const bool live = owners_[k] != nullptr;
    recording_.SetLive(k, live);
    results += live;
    const std::span<const int64_t> extents(row.extents, row.rank);
    if (live) bytes += BytesOf(row.dtype, extents);
    points = std::max(points, BytesOf(row.dtype, extents) / ItemSize(row.dtype));
  }
  for (const lathe::Operand& array : recording_.arrays()) {
    const std::span<const int64_t> extents(array.extents, array.rank);
    bytes += BytesOf(array.dtype, extents);
    points = std::max(points, BytesOf(array.dtype, extents) / ItemSize(array.dtype));
  }
  Engine& engine = DefaultEngine();
  const absl::StatusOr<Engine::Plan> plan = engine.PlanOf(ReplayRecording(recording_).trace);
  if (!plan.ok()) throw Error(ErrorKind::kRuntime, std::string(plan.status().message()));
  const std::shared_ptr<Kernel> kernel = engine.cache().Find(recording_.Finish());
  const double nanoseconds = EstimatedNanoseconds(points, plan->ops, bytes);
  return absl::StrCat("pending: ", Plural(plan->ops, "operation"), " for ", Plural(results, "result"), " in ",
                      Plural(plan->nests, "loop nest"), " with ",
                      Plural(plan->temporaries, "temporary array"), "; ", bytes,
                      " bytes read and written, about ", TimeText(nanoseconds), " on one thread; ",
                      HistoryText(kernel.get()));
}

std::string Array::Explain() const {
  const ArrayBody& own = *body();
  if (!own.pending()) {
    return absl::StrCat("computed: ", Plural(size(), "element"), " of ", std::string(Name(dtype())), ", ",
                        size() * ItemSize(dtype()), " bytes");
  }
  if (own.recorder != &ThreadRecorder::Get()) return "pending on another thread";
  return own.recorder->Explain();
}

}  // namespace lathe
