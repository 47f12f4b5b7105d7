// The loop JIT of one VM: counts back edges, begins recordings, compiles what they give, runs compiled loops
// and brings the VM to where they were left. The only part of this folder that the VM knows.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/log/end_reasons.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/loop_recorder/loop_trace.h"

namespace lathe::script {

class LoopJit final : public RecordingHost {
 public:
  explicit LoopJit(Vm& vm);
  ~LoopJit() override;

  // The VM stands at a loop's header, having come by a back edge, and its loop's countdown has run out.
  // Afterwards it may stand elsewhere, or be observed. Sets the countdown anew.
  void OnBackEdge(int32_t* countdown);

  const CodeAnalysis& AnalysisOf(CodeObject* code) override;
  const Intrinsics& intrinsics() override;
  const ArrayFunctions& array_functions() override;
  const NativeFunctions& native_functions() override;
  const LoopLimits& limits() const override { return limits_; }
  bool InjectsFaults() const override { return injects_faults_; }
  std::vector<LoopTrace*> TracesOf(CodeObject* code, uint32_t header) override;
  int32_t RunInner(LoopTrace& trace) override;
  void Finished(const Abortion& aborted) override;

 private:
  // A loop that has been hot.
  struct Site {
    Ref<CodeObject> code;
    uint32_t header = 0;
    std::vector<std::unique_ptr<LoopTrace>> traces;
    int failures = 0;  // recordings aborted since the last success
    bool refused = false;
    int32_t* countdown = nullptr;
  };

  Site& SiteAt(CodeObject* code, uint32_t header);
  void BeginRoot(Site& site);
  void BeginSide(Site& site, LoopTrace& trace, int32_t exit);
  // Enters `trace`; the exit taken, or -1.
  int32_t Run(LoopTrace& trace);
  void AfterExit(Site& site, LoopTrace& trace, int32_t exit);
  void Restore(const State& state, const uint64_t* values);
  bool Compile(LoopTrace& trace, EndReason ended, Abortion* problem);
  void Evict();

  // ---- The trace log (loop_events.cc)
  struct Compilation {
    int64_t nanoseconds, emit_nanoseconds, guards, checks_hoisted;
  };
  void TellCompile(const LoopTrace& trace, const Compilation& compilation);
  void TellAbort(const LoopTrace& trace, const Abortion& abortion);
  void TellEvict(const LoopTrace& trace);
  void TellBlacklist(const LoopTrace& trace, int64_t failures);
  struct Stay {
    int64_t nanoseconds, end, restore_nanoseconds, turns;
  };
  void TellRun(const LoopTrace& trace, uint32_t exit, const Stay& stay);

  Vm& vm_;
  std::unique_ptr<LoopBackend> backend_;
  absl::flat_hash_map<CodeObject*, std::unique_ptr<CodeAnalysis>> analyses_;
  absl::flat_hash_map<std::pair<CodeObject*, uint32_t>, std::unique_ptr<Site>> sites_;
  std::unique_ptr<Intrinsics> intrinsics_;
  std::unique_ptr<ArrayFunctions> array_functions_;
  std::unique_ptr<NativeFunctions> native_functions_;
  bool injects_faults_ = false;  // `--jit stress`
  std::mt19937_64 faults_;
  LoopLimits limits_;
  int64_t code_bytes_ = 0;  // of all loops
  int64_t runs_ = 0;
  int64_t next_id_ = 0;
  int32_t threshold_ = 0;
  uint32_t exit_threshold_ = 0;

  // ---- The recording in progress
  std::unique_ptr<LoopRecorder> recorder_;
  std::unique_ptr<LoopRecorder> finished_;  // the last one: it may still be returning
  Site* site_ = nullptr;
  std::unique_ptr<LoopTrace> new_trace_;  // of a root
  LoopTrace* trace_ = nullptr;            // being recorded
  int32_t side_exit_ = -1;
  bool asked_to_leave_ = false;  // the last run, by those who put objects aside
  SegmentId side_segment_ = kNoSegment;
};

}  // namespace lathe::script
