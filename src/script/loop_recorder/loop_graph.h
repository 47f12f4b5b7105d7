// The loop graph: everything recorded of one hot loop, as it was recorded. It only grows: side traces join
// it, and each time it is assembled anew into a loop trace (docs/ir.md), optimised and compiled.
//
// A node is a value or an effect; nodes keep their numbers for ever. A segment is a path without joins: the
// root's header, a place where paths meet again (both have parameters), or what follows an exit (a side
// trace). An exit has a snapshot: the state of the VM at the beginning of the instruction that could not go
// on, in terms of nodes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/recorder/ir/alias_classes.h"
#include "src/script/loop_recorder/abstract_value.h"

namespace lathe::script {

class LoopSite;

struct GraphNode {
  Op op = Op::kConst;
  DType dtype = DType::kInt64;
  int32_t exit = -1;  // of guards, checked operations and polls; of a site, if it wants the live arrays
  int32_t site = -1;  // of calls of a site, whose words the operands are, and of reads of its words
  uint32_t line = 0;
  uint64_t attribute = 0;
  uint32_t operands_begin = 0;  // in the graph's pool
  uint32_t operand_count = 0;
};

using SegmentId = int32_t;
inline constexpr SegmentId kNoSegment = -1;
// The header of the loop that the graph was begun for.
inline constexpr SegmentId kRootHeader = 0;

// A variable that enters the root's header: all of its nodes are parameters there.
struct Entrance {
  Location location;
  Abstract value;
};

struct Segment {
  // What identifies a joint: the state in which it is entered, in terms of its parameters. Null for a side
  // trace and for the root's header, which has entrances.
  std::shared_ptr<const State> state;
  std::vector<Node> parameters;
  std::vector<Node> body;
  // How it ends: a jump, or an exit that is always taken. A jump to the root's header passes what the
  // entrances, of which there may be more later, find in `jump_state`; other jumps pass `arguments`.
  SegmentId target = kNoSegment;
  std::vector<Node> arguments;
  std::shared_ptr<const State> jump_state;
  int32_t leave = -1;
  bool is_header = false;
  int32_t resume_exit = -1;  // of a header: restores the state before the loop
};

// What a loop trace expects of the VM when it is entered, and the inputs it takes from there.
struct EntryItem {
  Location location;
  Abstract value;  // its refs are kParam nodes (or the constants of known strides)
};

enum class ExitReason : uint8_t {
#define EXIT_REASON(ID, TEXT) k##ID,
#include "src/script/loop_recorder/exit_reasons.def"
#undef EXIT_REASON
};
std::string_view ReasonText(ExitReason reason);

struct GraphExit {
  std::shared_ptr<const State> snapshot;
  ExitReason reason = ExitReason::kBranch;
  SegmentId continuation = kNoSegment;
  bool final = false;        // it leaves the loop, or could not be recorded: no more attempts
  bool no_hoisting = false;  // a check that was hoisted to this resume exit has failed
  bool is_one_way =
      false;  // the snapshot says what only follows if its own guard fails: no other leads there
  uint32_t taken = 0;
  uint32_t attempts = 0;  // recordings that failed
};

// Sets of arrays that may share memory, found by union.
class MemoryClasses {
 public:
  int Add() {
    parents_.push_back(static_cast<int>(parents_.size()));
    return parents_.back();
  }
  int Find(int k) const {
    if (all_) return 0;
    while (parents_[static_cast<size_t>(k)] != k) k = parents_[static_cast<size_t>(k)];
    return k;
  }
  void Merge(int a, int b) { parents_[static_cast<size_t>(Find(b))] = Find(a); }
  // An array from anywhere, such as a list's item, may lie in any memory.
  void MergeAll() { all_ = true; }
  bool all() const { return all_; }
  int size() const { return static_cast<int>(parents_.size()); }

 private:
  std::vector<int> parents_;
  bool all_ = false;
};

// Memory whose class is known, by the key that tells memories apart (entry.cc).
struct KnownMemory {
  const void* key;
  int memory;
};

class LoopGraph {
 public:
  LoopGraph();
  LoopGraph(const LoopGraph&) = delete;
  LoopGraph& operator=(const LoopGraph&) = delete;

  // ---- Growing. Everything goes to the end of the current segment.
  SegmentId AddSegment();
  void SetCurrent(SegmentId segment) { current_ = segment; }
  SegmentId current() const { return current_; }
  void SetLine(uint32_t line) { line_ = line; }
  Node Constant(DType dtype, uint64_t bits);
  Node ConstantInt(int64_t value) { return Constant(DType::kInt64, static_cast<uint64_t>(value)); }
  Node ConstantFloat(double value);
  Node ConstantBool(bool value) { return Constant(DType::kBool, value ? 1 : 0); }
  Node AddInput(DType dtype);
  Node AddParameter(SegmentId segment, DType dtype);
  Node Emit(Op op, DType dtype, std::initializer_list<Node> operands, uint64_t attribute = 0) {
    return EmitList(op, dtype, std::span(operands.begin(), operands.size()), attribute);
  }
  Node EmitList(Op op, DType dtype, std::span<const Node> operands, uint64_t attribute = 0,
                int32_t exit = -1);
  // A call of a site, and a read of a word that it has given.
  Node EmitSiteCall(int32_t site, std::span<const Node> operands, int32_t exit);
  Node EmitSiteWord(Node call, DType dtype = DType::kInt64, int64_t word = 0);
  // A copy of `node` of another graph, its operands and exit being given.
  Node EmitCopy(const GraphNode& node, std::span<const Node> operands, int32_t exit);
  int32_t AddExit(std::shared_ptr<const State> snapshot, ExitReason reason);
  void Jump(SegmentId target, std::vector<Node> arguments);
  void JumpToRoot(std::shared_ptr<const State> state);
  void Leave(int32_t exit);
  // Makes sure that no path joins the segments from `first` on: their recording was aborted.
  void Abandon(SegmentId first) {
    for (size_t s = static_cast<size_t>(first); s < segments_.size(); ++s) segments_[s].state = nullptr;
  }

  // ---- Reading
  const GraphNode& node(Node ref) const { return nodes_[ref]; }
  // Valid until the graph grows.
  std::span<const Node> operands(Node ref) const {
    return {operand_pool_.data() + nodes_[ref].operands_begin, nodes_[ref].operand_count};
  }
  bool IsConstant(Node ref) const { return nodes_[ref].op == Op::kConst; }
  int64_t IntOf(Node ref) const { return static_cast<int64_t>(nodes_[ref].attribute); }
  size_t size() const { return nodes_.size(); }
  std::vector<Segment>& segments() { return segments_; }
  const std::vector<Segment>& segments() const { return segments_; }
  std::vector<GraphExit>& exits() { return exits_; }
  const std::vector<GraphExit>& exits() const { return exits_; }
  std::vector<EntryItem>& entry() { return entry_; }
  const std::vector<EntryItem>& entry() const { return entry_; }
  size_t input_count() const { return inputs_.size(); }
  std::span<const Node> inputs() const { return inputs_; }
  MemoryClasses& memories() { return memories_; }
  const MemoryClasses& memories() const { return memories_; }
  std::vector<KnownMemory>& known_memory() { return known_memory_; }
  // Iterators that inputs stand for; they may have died since, and are only compared.
  std::vector<const Object*>& known_iterators() { return known_iterators_; }
  // Those of the objects that the trace keeps the parts of that this recording has met; none is made
  // meanwhile in the place of another.
  std::vector<std::pair<const Object*, ObjectIdentity>>& known_objects() { return known_objects_; }
  bool writes_arrays() const { return writes_arrays_; }
  // Strings that enter the loop are known by identity at first, as names of modes and keys often are. A loop
  // that has a trace already has met another one: its next trace takes any.
  void TakeAnyString() { takes_any_string_ = true; }
  bool takes_any_string() const { return takes_any_string_; }
  // ---- Objects that the trace keeps the parts of
  ObjectIdentity NewIdentity() { return ++identities_; }
  // Whether the object is one that the VM has when the trace is entered: whoever else holds it sees what the
  // trace makes of it.
  bool Enters(ObjectIdentity object) const;
  // Notes that a path changes the object, or arrives at the root's header with another one in its place.
  // Where both happen the VM's object could miss a change: false then.
  bool NoteChanged(ObjectIdentity object) { return Note(object, true); }
  bool NoteReplaced(ObjectIdentity object) { return Note(object, false); }
  bool IsReplaced(ObjectIdentity object) const {
    const auto place = histories_.find(object);
    return place != histories_.end() && place->second.replaced;
  }
  bool ReplacesObjects() const;
  // Calls C functions that may read and write any array.
  bool calls_foreign() const { return calls_foreign_; }
  // Keeps `object` alive as long as the graph.
  void Keep(const Value& object) { kept_.push_back(object); }

  // ---- Array statements
  int32_t AddSite(std::shared_ptr<LoopSite> site) {
    sites_.push_back(std::move(site));
    return static_cast<int32_t>(sites_.size()) - 1;
  }
  const std::shared_ptr<LoopSite>& site(int32_t k) const { return sites_[static_cast<size_t>(k)]; }
  // A word of memory, which is one through all compilations and copies of the graph.
  std::shared_ptr<uint64_t> AddWord();
  std::span<const std::shared_ptr<uint64_t>> words() const { return words_; }
  void ShareWords(const LoopGraph& other) {
    words_.insert(words_.end(), other.words_.begin(), other.words_.end());
  }

  // ---- What the header takes: parameters by variable, in the order of `entry`
  std::vector<Entrance>& entrances() { return entrances_; }
  const std::vector<Entrance>& entrances() const { return entrances_; }

 private:
  struct ObjectHistory {
    bool changed = false;
    bool replaced = false;
  };
  bool Note(ObjectIdentity object, bool changed);

  std::vector<GraphNode> nodes_;
  std::vector<Node> operand_pool_;
  std::vector<Segment> segments_;
  std::vector<GraphExit> exits_;
  std::vector<EntryItem> entry_;
  std::vector<Entrance> entrances_;
  std::vector<Node> inputs_;
  std::vector<Value> kept_;
  absl::flat_hash_map<std::pair<DType, uint64_t>, Node> constants_;
  MemoryClasses memories_;
  std::vector<KnownMemory> known_memory_;
  std::vector<const Object*> known_iterators_;
  std::vector<std::pair<const Object*, ObjectIdentity>> known_objects_;
  std::vector<std::shared_ptr<LoopSite>> sites_;
  std::vector<std::shared_ptr<uint64_t>> words_;
  absl::flat_hash_map<ObjectIdentity, ObjectHistory> histories_;
  ObjectIdentity identities_ = kNoIdentity;
  SegmentId current_ = kNoSegment;
  uint32_t line_ = 0;
  bool writes_arrays_ = false;
  bool takes_any_string_ = false;
  bool calls_foreign_ = false;
};

}  // namespace lathe::script
