// Inner loops: a recording that arrives at the header of a loop that has a compiled trace takes a copy of
// that trace's graph into its own, runs the trace, and goes on recording at the exit that was taken. So a
// nest of loops becomes one graph and one function.
#include <algorithm>

#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/loop_recorder/loop_trace.h"

namespace lathe::script {
namespace {

// Iterators that have an object in one graph may be virtual in the other.
bool Fits(const Abstract& wanted, const Abstract& value) { return SameType(wanted, value, false); }

// Copies the nodes of one graph into another.
class GraphCopier {
 public:
  // `outside` is the state in which the loop is entered, in terms of the parameters of the joint that stands
  // for its header; `entered` the same with all that the loop is entered with.
  GraphCopier(const LoopGraph& from, LoopGraph& to, const State& outside, const State& entered,
              const IdentityMap& identities, SegmentId joint)
      : from_(from),
        to_(to),
        outside_(outside),
        entered_(entered),
        identities_(identities),
        joint_(joint),
        nodes_(from.size(), kNoRef) {}

  void Run() {
    to_.ShareWords(from_);
    if (from_.memories().all()) to_.memories().MergeAll();
    MapEntrances();
    MapMemories();
    FindVirtual();
    segments_.assign(from_.segments().size(), kNoSegment);
    segments_[kRootHeader] = joint_;
    for (size_t s = 1; s < from_.segments().size(); ++s) CopyParameters(s);
    exits_.assign(from_.exits().size(), -1);
    for (size_t s = 0; s < from_.segments().size(); ++s) CopySegment(s);
  }

  int32_t ExitOf(int32_t exit) {
    int32_t& copy = exits_[static_cast<size_t>(exit)];
    if (copy >= 0) return copy;
    const GraphExit& original = from_.exits()[static_cast<size_t>(exit)];
    copy = to_.AddExit(CopyState(*original.snapshot), original.reason);
    GraphExit& made = to_.exits()[static_cast<size_t>(copy)];
    if (original.continuation != kNoSegment) {
      made.continuation = segments_[static_cast<size_t>(original.continuation)];
    }
    made.no_hoisting = original.no_hoisting;
    made.is_one_way = original.is_one_way;
    return copy;
  }

 private:
  const Abstract* OutsideAt(const Location& location) {
    if (location.kind != Location::Kind::kRegister) return entered_.Find(PlaceOf(location));
    const std::vector<Abstract>& registers = entered_.top().registers;
    return location.index < registers.size() ? &registers[location.index] : nullptr;
  }

  void Pair(const Abstract& inner, const Abstract& outer) {
    if (inner.ref != kNoRef) {
      nodes_[inner.ref] = outer.ref;
      if (outer.ref == kNoRef) virtual_.push_back(inner.ref);
    }
    if (!inner.parts) return;
    for (size_t k = 0; k < inner.parts->refs.size(); ++k) {
      const Node ref = inner.parts->refs[k];
      if (from_.node(ref).op != Op::kConst) nodes_[ref] = outer.parts->refs[k];
    }
    for (size_t k = 0; k < inner.parts->items.size(); ++k) Pair(inner.parts->items[k], outer.parts->items[k]);
  }

  void MapEntrances() {
    for (const Entrance& entrance : from_.entrances()) Pair(entrance.value, *OutsideAt(entrance.location));
  }

  void MapMemory(const Abstract& inner, const Abstract& outer) {
    if (!inner.parts) return;
    if (inner.kind == AbstractKind::kArray) {
      int& mapped = memories_[static_cast<size_t>(from_.memories().Find(inner.parts->memory))];
      if (mapped >= 0) {
        to_.memories().Merge(mapped, outer.parts->memory);
      } else {
        mapped = outer.parts->memory;
      }
    }
    for (size_t k = 0; k < inner.parts->items.size(); ++k)
      MapMemory(inner.parts->items[k], outer.parts->items[k]);
  }

  void MapMemories() {
    memories_.assign(static_cast<size_t>(from_.memories().size()), -1);
    for (const EntryItem& item : from_.entry()) {
      if (const Abstract* outer = OutsideAt(item.location); outer && outer->parts)
        MapMemory(item.value, *outer);
    }
  }

  int MemoryOf(int memory) {
    int& mapped = memories_[static_cast<size_t>(from_.memories().Find(memory))];
    if (mapped < 0) mapped = to_.memories().Add();
    return mapped;
  }

  // Parameters that receive addresses of objects that do not exist in the outer loop.
  void FindVirtual() {
    const auto is_virtual = [&](Node n) {
      return std::find(virtual_.begin(), virtual_.end(), n) != virtual_.end();
    };
    for (bool changed = !virtual_.empty(); changed;) {
      changed = false;
      for (const Segment& segment : from_.segments()) {
        if (segment.target == kNoSegment || segment.jump_state) continue;
        const Segment& target = from_.segments()[static_cast<size_t>(segment.target)];
        for (size_t k = 0; k < segment.arguments.size(); ++k) {
          if (!is_virtual(segment.arguments[k]) || is_virtual(target.parameters[k])) continue;
          virtual_.push_back(target.parameters[k]);
          changed = true;
        }
      }
    }
  }
  bool IsVirtual(Node n) const { return std::find(virtual_.begin(), virtual_.end(), n) != virtual_.end(); }

  void CopyParameters(size_t s) {
    segments_[s] = to_.AddSegment();
    for (const Node parameter : from_.segments()[s].parameters) {
      if (!IsVirtual(parameter))
        nodes_[parameter] = to_.AddParameter(segments_[s], from_.node(parameter).dtype);
    }
  }

  Node NodeOf(Node n) {
    const GraphNode& node = from_.node(n);
    if (node.op == Op::kConst) return to_.Constant(node.dtype, node.attribute);
    return nodes_[n];
  }

  // The inner loop's objects are the outer one's, or new ones.
  ObjectIdentity ObjectOf(ObjectIdentity object) {
    const ObjectIdentity known = identities_.Of(object);
    if (known != kNoIdentity || object == kNoIdentity) return known;
    const ObjectIdentity made = to_.NewIdentity();
    identities_.Pair(object, made);
    return made;
  }
  Location PlaceOf(const Location& location) {
    return location.kind == Location::Kind::kObject ? Location::Of(ObjectOf(location.index)) : location;
  }

  Abstract CopyValue(const Abstract& a) {
    Abstract copy = MapRefs(
        a, [this](Node n, DType) { return NodeOf(n); }, true);
    copy = MapIdentities(copy, [this](ObjectIdentity object) { return ObjectOf(object); });
    SetMemory(&copy);
    return copy;
  }

  void SetMemory(Abstract* a) {
    if (!a->parts) return;
    auto parts = std::make_shared<AbstractParts>(*a->parts);
    if (a->kind == AbstractKind::kArray) parts->memory = MemoryOf(parts->memory);
    for (Abstract& item : parts->items) SetMemory(&item);
    a->parts = std::move(parts);
  }

  std::shared_ptr<State> CopyState(const State& state) {
    auto copy = std::make_shared<State>(outside_);
    copy->facts = ExtentFacts();
    FrameState& root = copy->top();
    const FrameState& inner = state.frames[0];
    root.pc = inner.pc;
    root.registers.resize(inner.registers.size());
    for (size_t k = 0; k < inner.registers.size(); ++k) {
      if (inner.registers[k].kind != AbstractKind::kUnloaded)
        root.registers[k] = CopyValue(inner.registers[k]);
    }
    for (size_t f = 1; f < state.frames.size(); ++f) {
      copy->frames.push_back(state.frames[f]);
      for (Abstract& value : copy->top().registers) value = CopyValue(value);
      copy->top().generator = ObjectOf(copy->top().generator);
      copy->top().callable = ObjectOf(copy->top().callable);
    }
    copy->handled = CopyValue(state.handled);
    for (const auto& [inner_location, value] : state.variables) {
      if (value.kind == AbstractKind::kUnloaded) continue;
      const Location location = PlaceOf(inner_location);
      if (Abstract* known = copy->Find(location)) {
        *known = CopyValue(value);
      } else {
        copy->variables.emplace_back(location, CopyValue(value));
      }
    }
    return copy;
  }

  int32_t SiteOf(int32_t site) {
    const auto [place, added] = sites_.insert({site, -1});
    if (added) place->second = to_.AddSite(from_.site(site));
    return place->second;
  }

  void CopySegment(size_t s) {
    const Segment& segment = from_.segments()[s];
    const SegmentId id = segments_[s];
    to_.SetCurrent(id);
    if (s != kRootHeader && segment.state) {
      to_.segments()[static_cast<size_t>(id)].state = CopyState(*segment.state);
      to_.segments()[static_cast<size_t>(id)].is_header = segment.is_header;
    }
    for (const Node n : segment.body) {
      const GraphNode& node = from_.node(n);
      std::vector<Node> operands;
      for (const Node operand : from_.operands(n)) operands.push_back(NodeOf(operand));
      GraphNode moved = node;
      if (node.op == Op::kRead || node.op == Op::kWrite) {
        if (node.attribute >= kFirstArrayMemory) {
          moved.attribute =
              kFirstArrayMemory +
              static_cast<uint64_t>(MemoryOf(static_cast<int>(node.attribute - kFirstArrayMemory)));
        }
      }
      if (node.site >= 0) moved.site = SiteOf(node.site);
      nodes_[n] = to_.EmitCopy(moved, operands, node.exit < 0 ? -1 : ExitOf(node.exit));
    }
    if (segment.leave >= 0) return to_.Leave(ExitOf(segment.leave));
    if (segment.target == kNoSegment) return;  // a recording that was aborted; nothing leads there
    if (segment.jump_state) return JumpToHeader(*segment.jump_state);
    const std::vector<Node>& parameters = from_.segments()[static_cast<size_t>(segment.target)].parameters;
    std::vector<Node> arguments;
    for (size_t k = 0; k < segment.arguments.size(); ++k) {
      if (!IsVirtual(parameters[k])) arguments.push_back(NodeOf(segment.arguments[k]));
    }
    to_.Jump(segments_[static_cast<size_t>(segment.target)], std::move(arguments));
  }

  // The jump back, with what the variables hold in the order of the joint's parameters.
  void JumpToHeader(const State& state) {
    const std::shared_ptr<State> values = CopyState(state);
    const std::shared_ptr<const State> header = to_.segments()[static_cast<size_t>(joint_)].state;
    std::vector<Node> arguments;
    const auto pass = [&](const Abstract& wanted, const Abstract* value) {
      const Abstract& passed = value && !value->IsAbsent() ? *value : wanted;
      if (!wanted.IsAbsent()) ForEachRef(passed, [&](Node n, DType) { arguments.push_back(n); });
    };
    for (size_t f = 0; f < header->frames.size(); ++f) {
      for (size_t k = 0; k < header->frames[f].registers.size(); ++k) {
        pass(header->frames[f].registers[k], &values->frames[f].registers[k]);
      }
    }
    for (const auto& [location, wanted] : header->variables) pass(wanted, values->Find(location));
    to_.Jump(joint_, std::move(arguments));
  }

  const LoopGraph& from_;
  LoopGraph& to_;
  const State outside_;
  const State entered_;
  IdentityMap identities_;  // from the inner loop's objects to the outer one's
  const SegmentId joint_;
  std::vector<Node> nodes_;
  std::vector<Node> virtual_;
  std::vector<int> memories_;
  absl::flat_hash_map<int32_t, int32_t> sites_;
  std::vector<SegmentId> segments_;
  std::vector<int32_t> exits_;
};

}  // namespace

// Whether the state is what `trace` expects on entry; loads what it asks for. `identities`: from the objects
// of the trace to those of the state.
bool LoopRecorder::CanEmbed(const LoopTrace& trace, IdentityMap* identities) {
  const bool cells =
      std::any_of(trace.graph.entry().begin(), trace.graph.entry().end(),
                  [](const EntryItem& item) { return item.location.kind == Location::Kind::kSlotCell; });
  // Its cells are known by the slots of its own frame.
  if (cells && state_.frames.size() > 1) return false;
  // Its exits do not tell an object that it was entered with from one that it has put there.
  if (trace.graph.ReplacesObjects()) return false;
  // Nor which exception it has found as the one that is handled.
  if (!state_.handled.IsAbsent()) return false;
  std::vector<const EntryItem*> objects;
  for (const EntryItem& item : trace.graph.entry()) {
    if (item.location.kind == Location::Kind::kObject) {
      objects.push_back(&item);
      continue;
    }
    const Abstract value = item.location.kind == Location::Kind::kRegister ? Register(item.location.index)
                                                                           : Variable(item.location);
    if (!Fits(item.value, value) || !identities->Pair(item.value, value)) return false;
  }
  while (!objects.empty()) {
    const auto next = std::find_if(objects.begin(), objects.end(), [&](const EntryItem* item) {
      return identities->Of(item->location.index) != kNoIdentity;
    });
    if (next == objects.end()) return false;
    const ObjectIdentity own = identities->Of((*next)->location.index);
    const Abstract body = Variable(Location::Of(own));
    if (!Fits((*next)->value, body) || !identities->Pair((*next)->value, body)) return false;
    if (!ChangeObject(own)) return false;
    objects.erase(next);
  }
  return true;
}

// True if the recording goes on somewhere else: behind the inner loop, or nowhere.
bool LoopRecorder::EnterInner() {
  for (LoopTrace* trace : host_.TracesOf(frame().code.get(), frame().pc)) {
    IdentityMap identities;
    if (&trace->graph != &graph_ && CanEmbed(*trace, &identities)) return Embed(*trace, identities);
  }
  return false;
}

bool LoopRecorder::Embed(LoopTrace& trace, const IdentityMap& identities) {
  if (static_cast<int64_t>(graph_.size() + trace.graph.size()) > host_.limits().nodes)
    return !Abort(AbortReason::kTooLarge);
  if (EnterJoint(true, &trace.graph)) {
    linked_ = true;
    return true;
  }
  if (aborted()) return true;
  const SegmentId joint = graph_.current();
  // What the inner loop only reads may have been set aside as unchanged.
  State entered = state_;
  for (const EntryItem& item : trace.graph.entry()) {
    if (item.location.kind == Location::Kind::kObject) continue;
    const bool own = item.location.kind == Location::Kind::kRegister;
    Abstract* value = own ? &entered.top().registers[item.location.index] : entered.Find(item.location);
    if (value && value->kind == AbstractKind::kUnloaded) *value = LoadEntry(item.location);
  }
  GraphCopier copier(trace.graph, graph_, state_, entered, identities, joint);
  copier.Run();
  const int32_t taken = host_.RunInner(trace);
  if (taken < 0) return !Abort(AbortReason::kInnerLoop, "it could not be entered");
  const ExitReason reason = trace.graph.exits()[static_cast<size_t>(taken)].reason;
  if (reason == ExitReason::kAttention || reason == ExitReason::kResume) {
    return !Abort(AbortReason::kInnerLoop, "it was interrupted");
  }
  GraphExit& exit = graph_.exits()[static_cast<size_t>(copier.ExitOf(taken))];
  state_ = *exit.snapshot;
  if (HasForeignPending()) return !Abort(AbortReason::kInnerLoop, "it has left array expressions");
  const SegmentId next = graph_.AddSegment();
  exit.continuation = next;
  graph_.SetCurrent(next);
  snapshot_ = nullptr;
  returned_here_ = true;
  return true;
}

}  // namespace lathe::script
