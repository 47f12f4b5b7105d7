// Reasons of passes and speeds of traces: small facts that findings and answers share.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "src/profile/findings/findings.h"

namespace lathe::profile {
namespace {

// "check at line 4 kept: CAUSE": the number after `head`, and what stands after the number.
bool TakeLine(std::string_view text, std::string_view head, int64_t* line, std::string_view* rest) {
  if (!text.starts_with(head)) return false;
  text.remove_prefix(head.size());
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (!absl::SimpleAtoi(absl::string_view(text.data(), digits), line)) return false;
  *rest = text.substr(digits);
  return true;
}

std::string_view AfterColon(std::string_view text) {
  const size_t colon = text.find(": ");
  return colon == std::string_view::npos ? std::string_view() : text.substr(colon + 2);
}

}  // namespace

PassReason ParsePassReason(const std::string& reason) {
  PassReason parsed;
  std::string_view rest;
  if (TakeLine(reason, "loop at line ", &parsed.line, &rest)) {
    if (rest.starts_with(" vectorised")) parsed.kind = PassReason::Kind::kVectorised;
    if (rest.starts_with(" not vectorised")) parsed.kind = PassReason::Kind::kNotVectorised;
  } else if (TakeLine(reason, "check at line ", &parsed.line, &rest)) {
    if (rest.starts_with(" hoisted")) parsed.kind = PassReason::Kind::kHoisted;
    if (rest.starts_with(" kept")) parsed.kind = PassReason::Kind::kKept;
  } else if (reason.starts_with("stored %")) {
    parsed.kind = PassReason::Kind::kStored;
    rest = reason;
    const size_t line = rest.find("(line ");
    std::string_view ignored;
    if (line != std::string_view::npos) TakeLine(rest.substr(line), "(line ", &parsed.line, &ignored);
  }
  parsed.cause = AfterColon(rest);
  return parsed;
}

int64_t InterpretTime(const LogModel& model) {
  if (!model.phases_estimated) return PhaseTime(model, "interpret");
  int64_t known = 0;
  for (const Phase& phase : model.phases) known += phase.nanoseconds;
  return std::max<int64_t>(0, model.wall - known);
}

int64_t PhaseTime(const LogModel& model, std::string_view name) {
  for (const Phase& phase : model.phases) {
    if (phase.name == name) return phase.nanoseconds;
  }
  return 0;
}

bool HasStridedOperand(const TraceRecord& trace) {
  return absl::StrContains(trace.signature, "strided") || absl::StrContains(trace.signature, "transposed");
}

Speed SpeedOf(const TraceRecord& trace, const Machine* machine) {
  Speed speed;
  const Runs& runs = trace.runs;
  if (runs.nanoseconds <= 0 || runs.count <= 0) return speed;
  const double seconds = static_cast<double>(runs.nanoseconds) / 1e9;
  speed.elements = static_cast<double>(trace.is_loop ? runs.turns : runs.elements) / seconds;
  speed.bytes = static_cast<double>(runs.bytes) / seconds;
  if (trace.is_loop) return speed;
  // Operations after the expansion of vector math, if the log has that pass.
  int64_t operations = trace.ops;
  if (const Compilation* latest = trace.Latest()) {
    for (const PassRun& pass : latest->passes) {
      if (pass.pass == "expand") operations = std::max(operations, pass.ops_after);
    }
  }
  speed.operations = speed.elements * static_cast<double>(operations);
  if (!machine) return speed;
  const double set = static_cast<double>(runs.bytes) / static_cast<double>(runs.count);
  const double limit = machine->BandwidthFor(set, runs.threads);
  if (limit > 0 && runs.bytes > 0) speed.bandwidth = speed.bytes / limit;
  const double peak = machine->OperationsFor(runs.threads);
  if (peak > 0) speed.arithmetic = speed.operations / peak;
  return speed;
}

}  // namespace lathe::profile
