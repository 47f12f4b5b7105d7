// Opening of a log, and the look-ups that all answers share.
#include "src/profile/answers/reading.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/profile/model/model_builder.h"

namespace lathe::profile {

Reading::Reading(LogModel model, LogFile texts, std::optional<Machine> machine)
    : model_(std::move(model)), texts_(std::move(texts)), machine_(std::move(machine)), source_(model_) {
  findings_ = FindProblems(model_, this->machine());
}

absl::StatusOr<Reading> Reading::Open(const std::string& path, const MachineSource& machine) {
  absl::StatusOr<LogFile> file = LogFile::Open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<LogModel> model = LoadModel(*file);
  if (!model.ok()) return model.status();
  std::optional<Machine> limits;
  if (machine && !model->head.cpu.empty()) limits = machine(model->head.cpu);
  return Reading(*std::move(model), *std::move(file), std::move(limits));
}

absl::StatusOr<const TraceRecord*> Reading::FindTrace(const std::string& name) const {
  if (const TraceRecord* trace = model_.Find(name)) return trace;
  std::string known;
  for (const size_t k : ByTime()) {
    if (known.size() > 40) break;
    absl::StrAppend(&known, known.empty() ? "; there are " : ", ", model_.traces[k].name);
  }
  return absl::NotFoundError(absl::StrCat(model_.path, ": no trace is called ", name, known));
}

std::vector<size_t> Reading::ByTime() const {
  std::vector<size_t> order(model_.traces.size());
  std::vector<int64_t> cost(order.size());
  for (size_t k = 0; k < order.size(); ++k) {
    order[k] = k;
    cost[k] = TotalNanoseconds(model_.traces[k]);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return cost[a] > cost[b]; });
  return order;
}

int64_t TotalNanoseconds(const TraceRecord& trace) {
  int64_t sum = trace.runs.nanoseconds + trace.CompileNanoseconds();
  for (const LoopExit& exit : trace.exits) sum += exit.nanoseconds;
  return sum;
}

}  // namespace lathe::profile
