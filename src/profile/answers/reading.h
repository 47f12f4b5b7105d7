// Reading: a log that questions are asked of: the model, the texts behind it, the scripts, the machine's
// limits, and the findings. Answers take one and give text or JSON.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/profile/findings/findings.h"
#include "src/profile/log/log_reader.h"
#include "src/profile/machine/machine.h"
#include "src/profile/model/model.h"
#include "src/profile/output/style.h"
#include "src/profile/source/source_text.h"

namespace lathe::profile {

// The limits of the processor of that name, if they are known.
using MachineSource = std::function<std::optional<Machine>(const std::string& cpu)>;

class Reading {
 public:
  // `path`: "-" is the standard input. `machine` is asked for the limits of the processor that wrote the log;
  // null: they are not needed.
  static absl::StatusOr<Reading> Open(const std::string& path, const MachineSource& machine);

  const LogModel& model() const { return model_; }
  const Machine* machine() const { return machine_ ? &*machine_ : nullptr; }
  const std::vector<Finding>& findings() const { return findings_; }
  SourceText& source() { return source_; }
  std::string Read(LogText text) const { return texts_.Read(text); }

  // "t3", "loop0"; an error that names some that there are.
  absl::StatusOr<const TraceRecord*> FindTrace(const std::string& name) const;
  // Indices of the traces, the most expensive first (runs and compilation).
  std::vector<size_t> ByTime() const;

 private:
  Reading(LogModel model, LogFile texts, std::optional<Machine> machine);
  LogModel model_;
  LogFile texts_;
  std::optional<Machine> machine_;
  std::vector<Finding> findings_;
  SourceText source_;
};

// All time that a trace took: runs, exits, compilation.
int64_t TotalNanoseconds(const TraceRecord& trace);

// How an answer is wanted.
struct Output {
  Style style;
  bool json = false;
};

}  // namespace lathe::profile
