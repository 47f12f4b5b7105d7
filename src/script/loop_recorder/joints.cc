// Where paths meet: the root's header, other loop headers, and the places behind branches. A path that
// arrives where another has been, in a state of the same types, jumps there and the recording is done.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/script/loop_recorder/loop_recorder.h"

namespace lathe::script {

// ---- States -----------------------------------------------------------------------------------------
std::vector<Node> LoopRecorder::ValuesOf(const State& state) {
  std::vector<Node> values;
  ForEachRestored(state, [&](Node n, DType) { values.push_back(n); });
  return values;
}

// Slots that nobody reads any more need no restoring and do not tell states apart.
void LoopRecorder::ForgetDead(State* state) {
  for (FrameState& f : state->frames) {
    const CodeAnalysis& analysis = host_.AnalysisOf(f.code.get());
    const auto slots = static_cast<size_t>(f.code->slot_count);
    for (size_t k = 0; k < slots && k < f.registers.size(); ++k) {
      if (f.registers[k].kind == AbstractKind::kUnloaded || analysis.IsLive(f.pc, k)) continue;
      f.registers[k] = Abstract();
      f.registers[k].kind = AbstractKind::kDead;
    }
  }
}

// Variables that hold what they held at the root's header are as if they had not been looked at; not those
// that `inner`, whose header the joint is, is entered with.
void LoopRecorder::ForgetUnchanged(State* state, const LoopGraph* inner) {
  const auto is_kept = [&](Location location) {
    // The root frame's variables are the inner loop's only if it stands in that frame.
    if (!inner || (location.InRootFrame() && state->frames.size() > 1)) return false;
    return std::any_of(inner->entrances().begin(), inner->entrances().end(),
                       [&](const Entrance& e) { return e.location == location; });
  };
  const auto forget = [&](const Location& location, Abstract* value) {
    if (is_kept(location)) return;
    for (const Entrance& entrance : graph_.entrances()) {
      if (entrance.location == location && SameValue(entrance.value, *value)) *value = Abstract();
    }
    for (const EntryItem& item : graph_.entry()) {
      const bool constant = item.value.kind == AbstractKind::kConstant;
      if (constant && item.location == location && SameType(item.value, *value)) *value = Abstract();
    }
  };
  std::vector<Abstract>& registers = state->frames[0].registers;
  for (size_t k = 0; k < registers.size(); ++k) {
    forget({Location::Kind::kRegister, nullptr, static_cast<uint32_t>(k)}, &registers[k]);
  }
  for (auto& [location, value] : state->variables) forget(location, &value);
}

// ---- Arriving ---------------------------------------------------------------------------------------
// True if the recording has ended here.
bool LoopRecorder::AtHeader() {
  if (!ComputePending()) return false;
  const bool root = state_.frames.size() == 1 && frame().pc == header_;
  if (root) return CloseRoot();
  // An inner loop that is compiled already is taken over. Another one begins here: its body, or what follows
  // it, joins as a side trace, so that no turn of it is unrolled.
  if (LinkToJoint()) return true;
  if (EnterInner() || aborted()) return linked_;
  return EnterJoint(true);
}

bool LoopRecorder::AtMerge() { return ComputePending() && EnterJoint(false); }

bool LoopRecorder::CloseRoot() {
  if (!MatchesRoot()) return EnterJoint(true);
  AddMissingEntries();
  PollBack();
  graph_.JumpToRoot(std::make_shared<State>(state_));
  return true;
}

// Whether the state is of the types that the root's header takes.
bool LoopRecorder::MatchesRoot() {
  for (const EntryItem& item : graph_.entry()) {
    const Abstract* value = state_.Find(item.location);
    if (!value || value->IsAbsent()) continue;
    if (SameType(item.value, *value)) continue;
    // A variable that was only ever overwritten may have died here.
    return false;
  }
  return true;
}

// Variables that the path has set and the header does not know yet go around the loop from now on.
void LoopRecorder::AddMissingEntries() {
  ForgetDead(&state_);
  const auto add = [&](const Location& location, const Abstract& value) {
    if (value.IsAbsent()) return;
    for (const EntryItem& item : graph_.entry()) {
      if (item.location == location) {
        if (value.kind == AbstractKind::kArray) MergeMemories(item.value, value);
        return;
      }
    }
    const Abstract entry = MapRefs(value, [&](Node, DType dtype) { return graph_.AddInput(dtype); });
    graph_.entry().push_back({location, entry});
    if (entry.kind == AbstractKind::kConstant) return;
    const Abstract parameter =
        MapRefs(value, [&](Node, DType dtype) { return graph_.AddParameter(kRootHeader, dtype); });
    graph_.entrances().push_back({location, parameter});
  };
  const std::vector<Abstract>& registers = state_.frames[0].registers;
  for (size_t k = 0; k < registers.size(); ++k) {
    add({Location::Kind::kRegister, nullptr, static_cast<uint32_t>(k)}, registers[k]);
  }
  for (const auto& [location, value] : state_.variables) add(location, value);
}

// Arrays that stand for each other may lie in either's memory.
void LoopRecorder::MergeMemories(const Abstract& a, const Abstract& b) {
  if (!a.parts || !b.parts) return;
  if (a.kind == AbstractKind::kArray) graph_.memories().Merge(a.parts->memory, b.parts->memory);
  for (size_t k = 0; k < a.parts->items.size(); ++k) MergeMemories(a.parts->items[k], b.parts->items[k]);
}

void LoopRecorder::PollBack() {
  snapshot_ = nullptr;
  graph_.EmitList(Op::kPoll, DType::kBool, {}, 0, ExitHere(ExitReason::kAttention));
}

// ---- Joints -----------------------------------------------------------------------------------------
namespace {

bool SamePlace(const State& a, const State& b) {
  if (a.frames.size() != b.frames.size()) return false;
  for (size_t k = 0; k < a.frames.size(); ++k) {
    const FrameState& f = a.frames[k];
    const FrameState& g = b.frames[k];
    if (f.code.get() != g.code.get() || f.pc != g.pc || f.gap != g.gap || f.constructs != g.constructs ||
        f.registers.size() != g.registers.size()) {
      return false;
    }
  }
  return true;
}

}  // namespace

// Jumps to a joint for this place and these types if there is one; the recording has ended then.
bool LoopRecorder::LinkToJoint(const LoopGraph* inner, int* versions) {
  ForgetDead(&state_);
  ForgetUnchanged(&state_, inner);
  for (size_t s = 1; s < graph_.segments().size(); ++s) {
    const std::shared_ptr<const State> joint = graph_.segments()[s].state;
    if (!joint || !SamePlace(*joint, state_)) continue;
    if (versions) ++*versions;
    if (TryLink(static_cast<SegmentId>(s))) return true;
  }
  return false;
}

// Jumps to a joint for this place and these types, or begins one. True if the recording has ended.
bool LoopRecorder::EnterJoint(bool is_header, const LoopGraph* inner) {
  int versions = 0;
  if (LinkToJoint(inner, &versions)) return true;
  state_.facts = ExtentFacts();
  if (versions >= host_.limits().versions) {
    Abort(AbortReason::kTooManyTypes);
    return false;
  }
  snapshot_ = nullptr;
  const std::vector<Node> arguments = ValuesOf(state_);
  if (is_header) {
    const int32_t exit = ExitHere(ExitReason::kResume);
    graph_.EmitList(Op::kPoll, DType::kBool, {}, 0, exit);
  }
  const SegmentId joint = graph_.AddSegment();
  graph_.Jump(joint, arguments);
  const auto parameter = [&](Node, DType dtype) { return graph_.AddParameter(joint, dtype); };
  for (FrameState& f : state_.frames) {
    for (Abstract& value : f.registers) value = MapRefs(value, parameter);
  }
  for (auto& [location, value] : state_.variables) value = MapRefs(value, parameter);
  Segment& segment = graph_.segments()[static_cast<size_t>(joint)];
  segment.state = std::make_shared<State>(state_);
  segment.is_header = is_header;
  graph_.SetCurrent(joint);
  snapshot_ = nullptr;
  return false;
}

// Jumps to `joint` if the state fits; whatever the joint knows and this path has not looked at is loaded.
bool LoopRecorder::TryLink(SegmentId joint) {
  const std::shared_ptr<const State> target = graph_.segments()[static_cast<size_t>(joint)].state;
  State arriving = state_;
  const auto align = [&](const Location* location, Abstract* value, const Abstract& wanted) {
    if (value->kind == AbstractKind::kUnloaded && !wanted.IsAbsent() && location)
      *value = LoadEntry(*location);
    if (wanted.IsAbsent()) return value->IsAbsent();
    return !value->IsAbsent() && SameType(wanted, *value);
  };
  for (size_t f = 0; f < arriving.frames.size(); ++f) {
    std::vector<Abstract>& registers = arriving.frames[f].registers;
    for (size_t k = 0; k < registers.size(); ++k) {
      const Location location{Location::Kind::kRegister, nullptr, static_cast<uint32_t>(k)};
      if (!align(f == 0 ? &location : nullptr, &registers[k], target->frames[f].registers[k])) return false;
    }
  }
  // In the order of the joint; a variable that only this path has set does not fit.
  std::vector<std::pair<Location, Abstract>> variables;
  for (const auto& [location, wanted] : target->variables) {
    const Abstract* known = arriving.Find(location);
    Abstract value = known ? *known : Abstract();
    if (!align(&location, &value, wanted)) return false;
    variables.emplace_back(location, std::move(value));
  }
  for (const auto& [location, value] : arriving.variables) {
    if (!value.IsAbsent() && !target->Find(location)) return false;
  }
  arriving.variables = std::move(variables);
  std::vector<Node> arguments;
  if (!FindArguments(graph_.segments()[static_cast<size_t>(joint)], arriving, &arguments)) return false;
  for (size_t f = 0; f < arriving.frames.size(); ++f) {
    for (size_t k = 0; k < arriving.frames[f].registers.size(); ++k) {
      MergeMemories(target->frames[f].registers[k], arriving.frames[f].registers[k]);
    }
  }
  for (size_t k = 0; k < arriving.variables.size(); ++k) {
    MergeMemories(target->variables[k].second, arriving.variables[k].second);
  }
  if (graph_.segments()[static_cast<size_t>(joint)].is_header) PollBack();
  graph_.Jump(joint, std::move(arguments));
  return true;
}

// What `arriving`, which is of the types of the joint's state, passes for each parameter of the joint. A copy
// of an inner loop's joint has parameters only for what the inner loop was known to change: all else in its
// state must be the same.
bool LoopRecorder::FindArguments(const Segment& joint, const State& arriving, std::vector<Node>* arguments) {
  const std::vector<Node> wanted = ValuesOf(*joint.state);
  const std::vector<Node> values = ValuesOf(arriving);
  arguments->assign(joint.parameters.size(), kNoRef);
  for (size_t k = 0; k < wanted.size(); ++k) {
    const auto place = std::find(joint.parameters.begin(), joint.parameters.end(), wanted[k]);
    if (place != joint.parameters.end()) {
      (*arguments)[static_cast<size_t>(place - joint.parameters.begin())] = values[k];
    } else if (wanted[k] != values[k]) {
      return false;
    }
  }
  return std::find(arguments->begin(), arguments->end(), kNoRef) == arguments->end();
}

}  // namespace lathe::script
