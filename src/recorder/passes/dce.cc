// Dead-op elimination: drops values that nobody uses, stores into allocs that nobody loads or returns, and
// nests that are left without an effect. Dims and parameters stay: they are the trace's signature.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/ir/type_rules.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

class Liveness {
 public:
  explicit Liveness(const Trace& trace) : trace_(trace), live_(trace.size(), false) {
    // A load may keep alive a buffer that an earlier sweep passed as dead, so sweep until nothing changes.
    while (Sweep()) {
    }
  }
  bool IsLive(Ref ref) const { return live_[ref]; }

 private:
  bool IsRoot(Ref ref) const {
    const Op op = trace_.at(ref).op;
    switch (op) {
      case Op::kDim:
      case Op::kParam:
      case Op::kAssign:
      case Op::kReturn:
        return true;
      case Op::kStore:
      case Op::kAccumulate: {
        const Ref buffer = trace_.operands(ref)[0];
        return live_[buffer];
      }
      default:
        return false;
    }
  }
  void Mark(Ref ref, bool* changed) {
    if (live_[ref]) return;
    live_[ref] = true;
    *changed = true;
  }
  bool Sweep() {
    bool changed = false;
    Ref end = kNoRef;         // of the nest that the sweep is in
    bool has_effect = false;  // in that nest
    for (Ref ref = trace_.size(); ref-- > 0;) {
      const Op op = trace_.at(ref).op;
      if (op == Op::kEnd) {
        end = ref;
        has_effect = false;
        continue;
      }
      if (op == Op::kNest) {
        // A nest lives with its head and its end.
        if (!has_effect) continue;
        Mark(ref, &changed);
        Mark(end, &changed);
        for (Ref loop = 0; loop < trace_.at(ref).rank; ++loop) Mark(ref + 1 + loop, &changed);
      }
      if (IsRoot(ref)) {
        Mark(ref, &changed);
        has_effect |= HasEffect(op);
      }
      if (!live_[ref]) continue;
      for (const Ref operand : trace_.operands(ref)) Mark(operand, &changed);
    }
    return changed;
  }

  const Trace& trace_;
  std::vector<bool> live_;
};

}  // namespace

absl::Status Dce(Trace& trace, PassContext& context) {
  const Liveness liveness(trace);
  Trace out;
  out.name = trace.name;
  out.file = trace.file;
  std::vector<Ref> map(trace.size(), kNoRef);
  std::vector<Ref> operands;
  int dropped = 0;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    if (!liveness.IsLive(ref)) {
      ++dropped;
      continue;
    }
    Instruction instruction = trace.at(ref);
    operands.clear();
    for (const Ref operand : trace.operands(ref)) operands.push_back(map[operand]);
    DimList dims(trace.dims(ref));
    for (size_t d = 0; d < dims.size(); ++d) {
      if (!dims[d].is_constant()) dims[d] = Dim::Symbol(map[dims[d].ref()]);
    }
    if (instruction.op == Op::kAlloc && instruction.attribute != 0) {
      const Ref donor = map[static_cast<Ref>(instruction.attribute - 1)];
      instruction.attribute = donor == kNoRef ? 0 : uint64_t{donor} + 1;
    }
    map[ref] = out.Append(instruction, operands, dims);
    if (const std::string_view name = trace.NameOf(ref); !name.empty())
      out.SetName(map[ref], std::string(name));
  }
  if (dropped > 0) context.Reason(absl::StrCat("dropped ", dropped, " dead instructions"));
  trace = std::move(out);
  return absl::OkStatus();
}

}  // namespace lathe
