// Assembling a loop trace.
#include "src/script/loop_recorder/assemble.h"

#include <algorithm>
#include <array>

#include "src/recorder/runtime/loop_backend.h"
#include "src/script/loop_recorder/array_site.h"

namespace lathe::script {
namespace {

class Assembler {
 public:
  Assembler(const LoopGraph& graph, AssembledLoop* result)
      : graph_(graph), result_(*result), resolved_(graph.size()), refs_(graph.size(), kNoRef) {
    for (Node n = 0; n < graph.size(); ++n) resolved_[n] = n;
  }

  void Run() {
    FindReachable();
    CollectArguments();
    ResolveParameters();
    result_.restores.resize(graph_.exits().size());
    EmitEntry();
    for (SegmentId s = 0; s < Count(graph_.segments()); ++s) {
      if (reachable_[Index(s)]) EmitSegment(s);
    }
    // The arguments of jumps back are defined after the jump's target; all have refs now.
    for (const auto& [place, node] : pending_) result_.trace.operand_pool[place] = RefOf(node);
  }

 private:
  template <class T>
  static SegmentId Count(const std::vector<T>& items) {
    return static_cast<SegmentId>(items.size());
  }
  static size_t Index(SegmentId s) { return static_cast<size_t>(s); }
  const Segment& At(SegmentId s) const { return graph_.segments()[Index(s)]; }

  // ---- Which segments take part
  void FindReachable() {
    reachable_.assign(graph_.segments().size(), false);
    std::vector<SegmentId> work = {kRootHeader};
    const auto reach = [&](SegmentId s) {
      if (s == kNoSegment || reachable_[Index(s)]) return;
      reachable_[Index(s)] = true;
      work.push_back(s);
    };
    reachable_[kRootHeader] = true;
    while (!work.empty()) {
      const Segment& segment = At(work.back());
      work.pop_back();
      reach(segment.target);
      for (const Node n : segment.body) {
        const int32_t exit = graph_.node(n).exit;
        if (exit >= 0) reach(ContinuationOf(exit));
      }
    }
  }

  SegmentId ContinuationOf(int32_t exit) const {
    return graph_.exits()[static_cast<size_t>(exit)].continuation;
  }

  // ---- Arguments and parameters
  // What the root's header receives from a state: what the variables hold, or what they held at the header.
  std::vector<Node> RootArguments(const State& state) const {
    std::vector<Node> arguments;
    for (const Entrance& entrance : graph_.entrances()) {
      const Abstract* value = state.Find(entrance.location);
      const bool same = !value || value->IsAbsent();
      ForEachRef(same ? entrance.value : *value, [&](Node n, DType) { arguments.push_back(n); });
    }
    return arguments;
  }

  void CollectArguments() {
    arguments_.resize(graph_.segments().size());
    for (SegmentId s = 0; s < Count(graph_.segments()); ++s) {
      if (!reachable_[Index(s)] || At(s).target == kNoSegment) continue;
      arguments_[Index(s)] = At(s).jump_state ? RootArguments(*At(s).jump_state) : At(s).arguments;
    }
    for (const EntryItem& item : graph_.entry()) {
      if (!HasEntrance(item.location)) continue;
      ForEachRef(item.value, [&](Node n, DType) { entry_arguments_.push_back(n); });
    }
  }

  bool HasEntrance(const Location& location) const {
    return std::any_of(graph_.entrances().begin(), graph_.entrances().end(),
                       [&](const Entrance& e) { return e.location == location; });
  }

  Node Resolve(Node n) {
    while (resolved_[n] != n) n = resolved_[n] = resolved_[resolved_[n]];
    return n;
  }

  // A parameter all of whose arguments are one value, or itself, is that value (Braun et al., Simple and
  // Efficient Construction of SSA Form, 2013, section 3.1).
  void ResolveParameters() {
    std::vector<std::vector<const std::vector<Node>*>> incoming(graph_.segments().size());
    incoming[kRootHeader].push_back(&entry_arguments_);
    for (SegmentId s = 0; s < Count(graph_.segments()); ++s) {
      if (reachable_[Index(s)] && At(s).target != kNoSegment) {
        incoming[Index(At(s).target)].push_back(&arguments_[Index(s)]);
      }
    }
    for (bool changed = true; changed;) {
      changed = false;
      for (SegmentId s = 0; s < Count(graph_.segments()); ++s) {
        if (!reachable_[Index(s)]) continue;
        for (size_t k = 0; k < At(s).parameters.size(); ++k) {
          const Node parameter = At(s).parameters[k];
          if (resolved_[parameter] != parameter) continue;
          Node only = kNoRef;
          bool several = false;
          for (const std::vector<Node>* arguments : incoming[Index(s)]) {
            const Node argument = Resolve((*arguments)[k]);
            if (argument == parameter || argument == only) continue;
            several = only != kNoRef;
            only = argument;
            if (several) break;
          }
          if (several || only == kNoRef) continue;
          resolved_[parameter] = only;
          changed = true;
        }
      }
    }
  }

  // ---- Snapshots
  // Whether the VM has the value there. Objects that the trace keeps the parts of are always written back:
  // what refers to one needs its address.
  bool IsEntryValue(const Location& location, const Abstract& value) {
    if (location.kind == Location::Kind::kObject) return false;
    bool replaced = false;
    ForEachIdentity(value, [&](ObjectIdentity object) { replaced = replaced || graph_.IsReplaced(object); });
    if (replaced) return false;
    for (const EntryItem& item : graph_.entry()) {
      if (item.location == location) return SameValue(item.value, value);
    }
    return false;
  }

  Abstract ResolveValue(const Abstract& a) {
    return MapRefs(a, [this](Node n, DType) { return Resolve(n); });
  }

  // What is to be restored of a variable of the root frame or outside of the frames.
  Abstract RestoredValue(const Location& location, const Abstract& a) {
    if (a.kind == AbstractKind::kDead) return a;
    Abstract value = a;
    if (a.kind == AbstractKind::kUnloaded) {
      for (const Entrance& entrance : graph_.entrances()) {
        if (entrance.location == location) value = entrance.value;
      }
      if (value.kind == AbstractKind::kUnloaded) return value;
    }
    value = ResolveValue(value);
    return IsEntryValue(location, value) ? Abstract() : value;
  }

  std::shared_ptr<const State> MakeRestore(const State& snapshot) {
    auto restore = std::make_shared<State>(snapshot);
    restore->facts = ExtentFacts();
    for (const Entrance& entrance : graph_.entrances()) {
      if (entrance.location.kind != Location::Kind::kRegister && !restore->Find(entrance.location)) {
        restore->variables.emplace_back(entrance.location, Abstract());
      }
    }
    FrameState& root = restore->frames[0];
    for (size_t k = 0; k < root.registers.size(); ++k) {
      const Location location{Location::Kind::kRegister, nullptr, static_cast<uint32_t>(k)};
      root.registers[k] = RestoredValue(location, root.registers[k]);
    }
    for (auto& [location, value] : restore->variables) value = RestoredValue(location, value);
    for (size_t f = 1; f < restore->frames.size(); ++f) {
      for (Abstract& value : restore->frames[f].registers) value = ResolveValue(value);
    }
    return restore;
  }

  std::vector<Node> SnapshotValues(int32_t exit) {
    std::shared_ptr<const State>& restore = result_.restores[static_cast<size_t>(exit)];
    const std::shared_ptr<const State>& snapshot = graph_.exits()[static_cast<size_t>(exit)].snapshot;
    // Before the root's loop nothing has changed.
    if (!restore) restore = exit == At(kRootHeader).resume_exit ? snapshot : MakeRestore(*snapshot);
    std::vector<Node> values;
    ForEachRestored(*restore, [&](Node n, DType) { values.push_back(n); });
    result_.most_values = std::max(result_.most_values, values.size());
    return values;
  }

  // ---- Emission
  lathe::Ref RefOf(Node node) {
    const Node n = Resolve(node);
    if (refs_[n] == kNoRef) {
      const GraphNode& constant = graph_.node(n);
      if (constant.op == Op::kConst) Append(n, {}, constant.attribute);
    }
    return refs_[n];
  }

  lathe::Ref Append(Node n, const std::vector<Node>& operands, uint64_t attribute) {
    const GraphNode& node = graph_.node(n);
    std::vector<lathe::Ref> operand_refs;
    for (const Node operand : operands) operand_refs.push_back(RefOf(operand));
    lathe::Instruction instruction;
    instruction.op = node.op;
    instruction.dtype = node.dtype;
    instruction.line = node.line;
    instruction.attribute = attribute;
    return refs_[n] = result_.trace.Append(instruction, operand_refs, {});
  }

  void AppendFlow(Op op, uint64_t attribute, const std::vector<Node>& operands) {
    std::vector<lathe::Ref> operand_refs;
    for (const Node operand : operands) {
      // An argument of a jump back may stand further down; it is filled in at the end.
      const lathe::Ref ref = RefOf(operand);
      operand_refs.push_back(ref);
    }
    lathe::Instruction instruction;
    instruction.op = op;
    instruction.attribute = attribute;
    const lathe::Ref at = result_.trace.Append(instruction, operand_refs, {});
    const size_t begin = result_.trace.at(at).operands_begin;
    for (size_t k = 0; k < operands.size(); ++k) {
      if (operand_refs[k] == kNoRef) pending_.emplace_back(begin + k, operands[k]);
    }
  }

  static uint64_t BlockOf(SegmentId s) { return static_cast<uint64_t>(s) + 1; }

  void EmitEntry() {
    for (const Node input : graph_.inputs()) Append(input, {}, graph_.node(input).attribute);
    AppendFlow(Op::kBlock, 0, {});
    for (Node n = 0; n < graph_.size(); ++n) {
      if (graph_.node(n).op == Op::kConst) Append(n, {}, graph_.node(n).attribute);
    }
    EmitResume(kRootHeader);
    EmitJump(kRootHeader, entry_arguments_);
  }

  void EmitResume(SegmentId header) {
    const int32_t exit = At(header).resume_exit;
    if (exit < 0) return;
    AppendFlow(Op::kPoll, static_cast<uint64_t>(exit), SnapshotValues(exit));
  }

  void EmitJump(SegmentId target, const std::vector<Node>& arguments) {
    std::vector<Node> passed;
    const std::vector<Node>& parameters = At(target).parameters;
    for (size_t k = 0; k < parameters.size(); ++k) {
      if (resolved_[parameters[k]] == parameters[k]) passed.push_back(arguments[k]);
    }
    AppendFlow(Op::kJump, BlockOf(target), passed);
  }

  void EmitSegment(SegmentId s) {
    const Segment& segment = At(s);
    AppendFlow(Op::kBlock, BlockOf(s), {});
    for (const Node parameter : segment.parameters) {
      if (resolved_[parameter] == parameter) Append(parameter, {}, 0);
    }
    for (const Node n : segment.body) EmitNode(n);
    if (segment.leave >= 0) {
      AppendFlow(Op::kLeave, static_cast<uint64_t>(segment.leave), SnapshotValues(segment.leave));
    } else {
      EmitJump(segment.target, arguments_[Index(s)]);
    }
  }

  // ---- Sites
  lathe::Ref EmitConstant(uint64_t bits) {
    lathe::Instruction constant;
    constant.op = Op::kConst;
    constant.dtype = DType::kInt64;
    constant.attribute = bits;
    return result_.trace.Append(constant, {}, {});
  }

  // The addresses of the objects that a value of the state holds.
  void AddLiveArrays(const Abstract& a, std::vector<Node>* live) const {
    const bool held =
        a.kind == AbstractKind::kArray || a.kind == AbstractKind::kList || a.kind == AbstractKind::kObject;
    if (held && a.ref != kNoRef && graph_.node(a.ref).op != Op::kParam &&
        std::find(live->begin(), live->end(), a.ref) == live->end()) {
      live->push_back(a.ref);
    }
    if (!a.parts) return;
    for (const Abstract& item : a.parts->items) AddLiveArrays(item, live);
  }

  std::vector<Node> LiveArrays(int32_t exit) {
    SnapshotValues(exit);
    const State& state = *result_.restores[static_cast<size_t>(exit)];
    std::vector<Node> live;
    for (const FrameState& frame : state.frames) {
      for (const Abstract& value : frame.registers) AddLiveArrays(value, &live);
    }
    for (const auto& [location, value] : state.variables) AddLiveArrays(value, &live);
    return live;
  }

  // Writes the words of a site's block and calls it.
  void EmitSiteCall(Node n) {
    const GraphNode& node = graph_.node(n);
    const std::span<const Node> own = graph_.operands(n);
    std::vector<Node> words(own.begin(), own.end());
    if (node.exit >= 0 && graph_.site(node.site)->asks_for_objects()) {
      for (const Node array : LiveArrays(node.exit)) words.push_back(array);
    }
    const size_t results = graph_.site(node.site)->result_words();
    auto call = std::make_shared<LoopSiteCall>(graph_.site(node.site), results + words.size());
    blocks_[n] = call->words.data();
    lathe::Instruction write;
    write.op = Op::kWrite;
    write.line = node.line;
    write.attribute = kSiteMemory;
    for (size_t k = 0; k < words.size(); ++k) {
      const lathe::Ref value = RefOf(words[k]);
      write.dtype = result_.trace.at(value).dtype;
      const lathe::Ref address = EmitConstant(reinterpret_cast<uint64_t>(&call->words[results + k]));
      result_.trace.Append(write, std::array{address, value}, {});
    }
    const lathe::Ref callback =
        EmitConstant(reinterpret_cast<uint64_t>(static_cast<LoopCallback*>(call.get())));
    lathe::Instruction instruction;
    instruction.op = Op::kCall;
    instruction.dtype = DType::kInt64;
    instruction.line = node.line;
    instruction.attribute = node.attribute;
    refs_[n] = result_.trace.Append(instruction, std::array{callback}, {});
    result_.callbacks.push_back(std::move(call));
  }

  void EmitSiteWord(Node n) {
    const GraphNode& node = graph_.node(n);
    const std::span<const Node> operands = graph_.operands(n);
    const uint64_t* const word = blocks_.at(operands[0]) + graph_.IntOf(operands[1]);
    const lathe::Ref address = EmitConstant(reinterpret_cast<uint64_t>(word));
    lathe::Instruction read;
    read.op = Op::kRead;
    read.dtype = node.dtype;
    read.line = node.line;
    read.attribute = kSiteMemory;
    refs_[n] = result_.trace.Append(read, std::array{address}, {});
  }

  void EmitNode(Node n) {
    const GraphNode& node = graph_.node(n);
    if (node.site >= 0) return node.op == Op::kCall ? EmitSiteCall(n) : EmitSiteWord(n);
    const std::span<const Node> own = graph_.operands(n);
    std::vector<Node> operands(own.begin(), own.end());
    uint64_t attribute = node.attribute;
    if (node.exit >= 0) {
      const SegmentId continuation = ContinuationOf(node.exit);
      if (continuation != kNoSegment) {
        attribute = kElseBlock | BlockOf(continuation);
      } else {
        attribute = static_cast<uint64_t>(node.exit);
        for (const Node value : SnapshotValues(node.exit)) operands.push_back(value);
      }
    } else if (node.op == Op::kRead || node.op == Op::kWrite) {
      attribute = AliasClass(attribute);
    }
    Append(n, operands, attribute);
  }

  // Reads and writes carry their memory class; those of lists come first and never merge.
  uint64_t AliasClass(uint64_t memory) const {
    if (memory < kFirstArrayMemory) return memory;
    return kFirstArrayMemory +
           static_cast<uint64_t>(graph_.memories().Find(static_cast<int>(memory - kFirstArrayMemory)));
  }

  const LoopGraph& graph_;
  AssembledLoop& result_;
  std::vector<Node> resolved_;
  std::vector<lathe::Ref> refs_;
  std::vector<bool> reachable_;
  std::vector<std::vector<Node>> arguments_;
  std::vector<Node> entry_arguments_;
  std::vector<std::pair<size_t, Node>> pending_;
  absl::flat_hash_map<Node, uint64_t*> blocks_;  // of the words of each call of a site
};

}  // namespace

AssembledLoop Assemble(const LoopGraph& graph, const std::string& name, const std::string& file) {
  AssembledLoop result;
  result.trace.name = name;
  result.trace.file = file;
  Assembler(graph, &result).Run();
  return result;
}

}  // namespace lathe::script
