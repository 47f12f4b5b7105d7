// Where paths meet: the root's header, other loop headers, and the places behind branches. A path that
// arrives where another has been, in a state of the same types, jumps there and the recording is done.
#include <algorithm>
#include <numeric>

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
    // A frame that waits may go on where the instruction that it waits for leads.
    const uint32_t pc = &f == &state->frames.back() ? f.pc : f.pc - 1;
    for (size_t k = 0; k < slots && k < f.registers.size(); ++k) {
      if (f.registers[k].kind == AbstractKind::kUnloaded || analysis.IsLive(pc, k)) continue;
      f.registers[k] = Abstract::Dead();
    }
  }
  ForgetUnreachable(state);
}

// Objects that only the trace knows and that nothing refers to any more are no variables.
void LoopRecorder::ForgetUnreachable(State* state) {
  std::vector<ObjectIdentity> reached;
  const auto reach = [&](ObjectIdentity object) {
    if (std::find(reached.begin(), reached.end(), object) == reached.end()) reached.push_back(object);
  };
  for (const FrameState& f : state->frames) {
    for (const Abstract& value : f.registers) ForEachIdentity(value, reach);
    for (const ObjectIdentity object : {f.callable, f.generator}) {
      if (object != kNoIdentity) reach(object);
    }
  }
  ForEachIdentity(state->handled, reach);
  for (const auto& [location, value] : state->variables) {
    if (location.kind != Location::Kind::kObject || graph_.Enters(location.index)) {
      if (location.kind == Location::Kind::kObject) reach(location.index);
      ForEachIdentity(value, reach);
    }
  }
  for (size_t k = 0; k < reached.size(); ++k) {
    if (const Abstract* body = state->Find(Location::Of(reached[k]))) ForEachIdentity(*body, reach);
  }
  std::erase_if(state->variables, [&](const auto& variable) {
    return variable.first.kind == Location::Kind::kObject &&
           std::find(reached.begin(), reached.end(), variable.first.index) == reached.end();
  });
}

// Variables that hold what they held at the root's header are as if they had not been looked at; not those
// that `inner`, whose header the joint is, is entered with.
void LoopRecorder::ForgetUnchanged(State* state, const LoopGraph* inner) {
  const auto is_kept = [&](Location location) {
    if (inner && location.kind == Location::Kind::kObject) return true;
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
  ForgetDead(&state_);
  IdentityMap identities;
  if (!MatchesRoot(&identities)) return EnterJoint(true);
  NameObjectsAsRoot(identities);
  AddMissingEntries();
  PollBack();
  graph_.JumpToRoot(std::make_shared<State>(state_));
  return true;
}

namespace {

// Whether it is an iterator that the VM has not made, or an exception, or holds such.
bool IsOfOneTurn(const Abstract& a) {
  const bool iterator = a.kind >= AbstractKind::kRangeIterator && a.kind <= AbstractKind::kZip;
  if (iterator && a.ref == kNoRef) return true;
  if (a.Is(AbstractKind::kException) || a.Is(AbstractKind::kHandled)) return true;
  return a.parts && std::any_of(a.parts->items.begin(), a.parts->items.end(), IsOfOneTurn);
}

}  // namespace

// Whether the state is of the types that the root's header takes, and which of its objects are which there.
// The trace is entered with iterators of the VM, and without exceptions: others cannot be what a variable
// holds there.
bool LoopRecorder::MatchesRoot(IdentityMap* identities) {
  const std::vector<Abstract>& registers = state_.frames[0].registers;
  const bool of_one_turn = !state_.handled.IsAbsent() ||
                           std::any_of(registers.begin(), registers.end(), IsOfOneTurn) ||
                           std::any_of(state_.variables.begin(), state_.variables.end(),
                                       [](const auto& variable) { return IsOfOneTurn(variable.second); });
  if (of_one_turn) return false;
  for (const EntryItem& item : graph_.entry()) {
    if (item.location.kind == Location::Kind::kObject) continue;
    const Abstract* value = state_.Find(item.location);
    const bool unchanged = !value || value->Is(AbstractKind::kUnloaded);
    if (!unchanged && value->IsAbsent()) continue;
    // A variable that was only ever overwritten may have died here.
    if (!unchanged && !SameType(item.value, *value)) return false;
    if (!identities->Pair(item.value, unchanged ? item.value : *value)) return false;
  }
  return ObjectsMatchRoot(identities);
}

// An object of the VM can make way for one that the trace has made if no path changes it.
bool LoopRecorder::ObjectsMatchRoot(IdentityMap* identities) {
  std::vector<const EntryItem*> left;
  for (const EntryItem& item : graph_.entry()) {
    if (item.location.kind == Location::Kind::kObject) left.push_back(&item);
  }
  while (!left.empty()) {
    // Those that nothing refers to any more come last: they are themselves.
    auto next = std::find_if(left.begin(), left.end(), [&](const EntryItem* item) {
      return identities->Of(item->location.index) != kNoIdentity;
    });
    if (next == left.end()) next = left.begin();
    const EntryItem& item = **next;
    left.erase(next);
    const ObjectIdentity root = item.location.index;
    if (identities->Of(root) == kNoIdentity && !identities->Pair(root, root)) return false;
    const ObjectIdentity own = identities->Of(root);
    const Abstract* body = state_.Find(Location::Of(own));
    const bool unchanged = !body || body->Is(AbstractKind::kUnloaded);
    if (own != root) {
      const Abstract* replaced = state_.Find(item.location);
      const bool gone = !replaced || replaced->Is(AbstractKind::kUnloaded);
      if (unchanged || !gone || graph_.Enters(own) || !graph_.NoteReplaced(root)) return false;
    }
    if (!unchanged && !SameType(item.value, *body)) return false;
    if (!identities->Pair(item.value, unchanged ? item.value : *body)) return false;
  }
  return true;
}

void LoopRecorder::RenameObjects(const std::function<ObjectIdentity(ObjectIdentity)>& map) {
  for (FrameState& f : state_.frames) {
    for (Abstract& value : f.registers) value = MapIdentities(value, map);
    if (f.generator != kNoIdentity) f.generator = map(f.generator);
    if (f.callable != kNoIdentity) f.callable = map(f.callable);
  }
  state_.handled = MapIdentities(state_.handled, map);
  for (auto& [location, value] : state_.variables) {
    if (location.kind == Location::Kind::kObject) location.index = map(location.index);
    value = MapIdentities(value, map);
  }
}

// Objects that the root's header takes get the names that they have there; others will have new ones.
void LoopRecorder::NameObjectsAsRoot(const IdentityMap& identities) {
  std::vector<std::pair<ObjectIdentity, ObjectIdentity>> names;
  std::vector<ObjectIdentity> gone;
  for (const EntryItem& item : graph_.entry()) {
    if (item.location.kind != Location::Kind::kObject) continue;
    names.emplace_back(identities.Of(item.location.index), item.location.index);
    if (names.back().first != names.back().second) gone.push_back(item.location.index);
  }
  std::erase_if(state_.variables, [&](const auto& variable) {
    return variable.first.kind == Location::Kind::kObject &&
           std::find(gone.begin(), gone.end(), variable.first.index) != gone.end();
  });
  RenameObjects([&](ObjectIdentity own) {
    for (const auto& [from, to] : names) {
      if (from == own) return to;
    }
    names.emplace_back(own, graph_.NewIdentity());
    // The path that makes it here replaces what the VM may have in its place.
    graph_.NoteReplaced(names.back().second);
    return names.back().second;
  });
}

// Variables that the path has set and the header does not know yet go around the loop from now on.
void LoopRecorder::AddMissingEntries() {
  ForgetDead(&state_);
  const auto add = [&](const Location& location, const Abstract& value) {
    if (value.IsAbsent()) return;
    for (const EntryItem& item : graph_.entry()) {
      if (item.location == location) return MergeMemories(item.value, value);
    }
    AddEntry(location, MapRefs(value, [&](Node, DType dtype) { return graph_.AddInput(dtype); }));
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
        (f.generator == kNoIdentity) != (g.generator == kNoIdentity) ||
        (f.callable == kNoIdentity) != (g.callable == kNoIdentity) || f.stage != g.stage ||
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

// Whether `value` is of the type that is wanted in its place; what has not been looked at is loaded.
bool LoopRecorder::Align(const Location* location, const Abstract& wanted, Abstract* value,
                         IdentityMap* identities) {
  if (value->Is(AbstractKind::kUnloaded) && !wanted.IsAbsent() && location) *value = LoadEntry(*location);
  if (wanted.IsAbsent()) return value->IsAbsent();
  return !value->IsAbsent() && SameType(wanted, *value) && identities->Pair(wanted, *value);
}

// The variables of `arriving` in the order of the joint's; one that only this path has set does not fit. An
// object follows what refers to it, and one that the VM has is itself.
bool LoopRecorder::LinkVariables(const State& target, const State& arriving, IdentityMap* identities,
                                 std::vector<std::pair<Location, Abstract>>* variables) {
  variables->assign(target.variables.size(), {});
  std::vector<size_t> left(target.variables.size());
  std::iota(left.begin(), left.end(), 0);
  const auto own_place = [&](size_t k) {
    const Location& location = target.variables[k].first;
    if (location.kind != Location::Kind::kObject || graph_.Enters(location.index)) return location;
    return Location::Of(identities->Of(location.index));
  };
  while (!left.empty()) {
    const auto next = std::find_if(left.begin(), left.end(),
                                   [&](size_t k) { return own_place(k) != Location::Of(kNoIdentity); });
    if (next == left.end()) return false;
    const auto& [location, wanted] = target.variables[*next];
    const Location own = own_place(*next);
    const bool object = own.kind == Location::Kind::kObject;
    const bool enters = object && graph_.Enters(own.index);
    if (object && (enters != graph_.Enters(location.index) || !identities->Pair(location.index, own.index)))
      return false;
    const Abstract* known = arriving.Find(own);
    if (object && !enters && !known) return false;
    auto& [place, value] = (*variables)[*next];
    place = own;
    if (known) value = *known;
    if (!Align(&own, wanted, &value, identities)) return false;
    left.erase(next);
  }
  return std::all_of(arriving.variables.begin(), arriving.variables.end(), [&](const auto& variable) {
    return variable.second.IsAbsent() ||
           std::any_of(variables->begin(), variables->end(),
                       [&](const auto& v) { return v.first == variable.first; });
  });
}

// Jumps to `joint` if the state fits; whatever the joint knows and this path has not looked at is loaded.
bool LoopRecorder::TryLink(SegmentId joint) {
  const std::shared_ptr<const State> target = graph_.segments()[static_cast<size_t>(joint)].state;
  State arriving = state_;
  IdentityMap identities;
  for (size_t f = 0; f < arriving.frames.size(); ++f) {
    std::vector<Abstract>& registers = arriving.frames[f].registers;
    for (size_t k = 0; k < registers.size(); ++k) {
      const Location location{Location::Kind::kRegister, nullptr, static_cast<uint32_t>(k)};
      const Abstract& wanted = target->frames[f].registers[k];
      if (!Align(f == 0 ? &location : nullptr, wanted, &registers[k], &identities)) return false;
    }
    if (!identities.Pair(target->frames[f].generator, arriving.frames[f].generator) ||
        !identities.Pair(target->frames[f].callable, arriving.frames[f].callable)) {
      return false;
    }
  }
  if (!SameType(target->handled, arriving.handled) || !identities.Pair(target->handled, arriving.handled))
    return false;
  std::vector<std::pair<Location, Abstract>> variables;
  if (!LinkVariables(*target, arriving, &identities, &variables)) return false;
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
