// Fusion: whole-array operations become loop nests, with no temporary that nobody asked for.
//
// The roots are what must exist in memory or be combined: outputs, reductions, assignments. Every other
// elementwise value is computed in registers inside the nests of the roots that use it. Roots that walk the
// same space share one nest if neither needs a finished result of the other.
//
// A value becomes a root of its own (a stored temporary) only if computing it again would cost more:
//   - it is used in several nests and is not cheap, or
//   - it is used in a nest that walks a larger space (it would be computed once per broadcast copy).
// Those decisions give reasons, on which `lathe trace why` is built.
//
// Invariants handed to the backend: nests stand in an order in which every load of an alloc follows the
// nest that fills it; no load in a nest reads what another point of the same nest stores; an assignment
// comes last, in a nest of its own, and the caller has made sure that its target overlaps no other
// parameter unless they are the same view.
#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/recorder/passes/pass_driver.h"

namespace lathe {
namespace {

// Cost of recomputing, in plain operations, above which a shared value is stored instead.
constexpr int kRecomputeLimit = 6;
constexpr int kLibraryCost = 12;
constexpr size_t kMaxRootsPerNest = 8;

struct Root {
  enum class Kind { kStore, kReduce, kAssign };
  Kind kind = Kind::kStore;
  Ref value = kNoRef;        // the value stored, reduced (its `reduce` instruction) or assigned
  Ref instruction = kNoRef;  // order among roots
  int output = -1;           // position in `ret`, or -1: a temporary
  size_t group = 0;
  Ref target = kNoRef;  // in the new trace: the alloc or param written
};

struct Group {
  std::vector<Dim> space;
  uint64_t reduced = 0;
  bool has_reduction = false;
  bool closed = false;  // an assignment's: nobody else joins
  std::vector<size_t> roots;
};

class Fuser {
 public:
  Fuser(const Trace& trace, PassContext& context)
      : in_(trace),
        context_(context),
        is_temporary_(trace.size(), false),
        asked_(trace.size()),
        visit_(trace.size(), 0) {}

  Trace Run() {
    CollectOutputs();
    do {
      MakeRoots();
      AssignGroups();
    } while (AddTemporaries());
    return Emit();
  }

 private:
  bool IsInlined(Ref ref) const {
    const Op op = in_.at(ref).op;
    return IsElementwise(op) || op == Op::kBroadcast || op == Op::kIota;
  }
  bool SameSpace(Ref ref, const std::vector<Dim>& space) const {
    const std::span<const Dim> dims = in_.dims(ref);
    return std::equal(dims.begin(), dims.end(), space.begin(), space.end());
  }

  void CollectOutputs() {
    const Ref last = in_.size() - 1;
    const std::span<const Ref> results = in_.operands(last);
    outputs_.assign(results.begin(), results.end());
  }

  void MakeRoots() {
    roots_.clear();
    const auto add = [this](Root::Kind kind, Ref value, Ref instruction, int output) {
      Root root;
      root.kind = kind;
      root.value = value;
      root.instruction = instruction;
      root.output = output;
      roots_.push_back(root);
    };
    for (Ref ref = 0; ref < in_.size(); ++ref) {
      const Instruction& instruction = in_.at(ref);
      int output = -1;
      if (IsReduction(instruction.op) || IsInlined(ref)) {
        const auto found = std::find(outputs_.begin(), outputs_.end(), ref);
        if (found != outputs_.end()) output = static_cast<int>(found - outputs_.begin());
      }
      if (IsReduction(instruction.op)) {
        add(Root::Kind::kReduce, ref, ref, output);
      } else if (instruction.op == Op::kAssign) {
        add(Root::Kind::kAssign, in_.operands(ref)[1], ref, -1);
      } else if (IsInlined(ref) && (output >= 0 || is_temporary_[ref])) {
        add(Root::Kind::kStore, ref, ref, output);
      }
    }
    // An output that is a parameter, or a value returned twice, is a copy.
    for (size_t k = 0; k < outputs_.size(); ++k) {
      const bool first = std::find(outputs_.begin(), outputs_.end(), outputs_[k]) ==
                         outputs_.begin() + static_cast<std::ptrdiff_t>(k);
      const bool computed = IsReduction(in_.at(outputs_[k]).op) || IsInlined(outputs_[k]);
      if (!first || !computed) add(Root::Kind::kStore, outputs_[k], in_.size(), static_cast<int>(k));
    }
    // Assignments come after all that may read their target.
    std::stable_partition(roots_.begin(), roots_.end(),
                          [](const Root& r) { return r.kind != Root::Kind::kAssign; });
    root_of_.assign(in_.size(), -1);
    for (size_t k = 0; k < roots_.size(); ++k) {
      const Root& root = roots_[k];
      if (root.kind != Root::Kind::kAssign && root.instruction == root.value)
        root_of_[root.value] = static_cast<int>(k);
    }
  }

  std::vector<Dim> SpaceOf(const Root& root) const {
    Ref ref = root.value;
    if (root.kind == Root::Kind::kReduce) ref = in_.operands(ref)[0];
    if (root.kind == Root::Kind::kAssign) ref = in_.operands(root.instruction)[0];
    const std::span<const Dim> dims = in_.dims(ref);
    return {dims.begin(), dims.end()};
  }

  // Visits the values computed or loaded for `ref` in a nest of its own root: calls leaf(v) for roots.
  template <class Inner, class Leaf>
  void Walk(Ref ref, bool is_top, const Inner& inner, const Leaf& leaf) {
    if (!FirstVisit(ref)) return;
    if (!is_top && root_of_[ref] >= 0) return leaf(ref);
    if (!IsInlined(ref)) return;
    inner(ref);
    for (const Ref operand : in_.operands(ref)) Walk(operand, false, inner, leaf);
  }
  template <class Inner, class Leaf>
  void WalkRoot(const Root& root, const Inner& inner, const Leaf& leaf) {
    ++visits_;
    if (root.kind == Root::Kind::kReduce) {
      Walk(in_.operands(root.value)[0], false, inner, leaf);
    } else {
      Walk(root.value, root.kind == Root::Kind::kStore && root.instruction == root.value, inner, leaf);
    }
  }
  // True once per value in each walk; `++visits_` begins one.
  bool FirstVisit(Ref ref) {
    if (visit_[ref] == visits_) return false;
    visit_[ref] = visits_;
    return true;
  }

  void AssignGroups() {
    groups_.clear();
    for (size_t k = 0; k < roots_.size(); ++k) {
      Root& root = roots_[k];
      const std::vector<Dim> space = SpaceOf(root);
      size_t earliest = 0;
      WalkRoot(
          root, [](Ref) {},
          [&](Ref leaf) {
            const Root& producer = roots_[static_cast<size_t>(root_of_[leaf])];
            const bool in_register = producer.kind == Root::Kind::kStore && SameSpace(leaf, space);
            earliest = std::max(earliest, producer.group + (in_register ? 0 : 1));
          });
      const uint64_t reduced =
          root.kind == Root::Kind::kReduce ? in_.at(root.value).attribute & (kKeepDims - 1) : 0;
      size_t group = root.kind == Root::Kind::kAssign ? groups_.size() : earliest;
      for (; group < groups_.size(); ++group) {
        const Group& candidate = groups_[group];
        if (candidate.closed || candidate.space != space || candidate.roots.size() >= kMaxRootsPerNest)
          continue;
        if (root.kind == Root::Kind::kReduce && candidate.has_reduction && candidate.reduced != reduced)
          continue;
        break;
      }
      if (group == groups_.size()) {
        groups_.emplace_back();
        groups_.back().space = space;
        groups_.back().closed = root.kind == Root::Kind::kAssign;
      }
      if (root.kind == Root::Kind::kReduce) {
        groups_[group].has_reduction = true;
        groups_[group].reduced = reduced;
      }
      groups_[group].roots.push_back(k);
      root.group = group;
    }
  }

  // What computing `ref` again would cost; appends all that is computed for it to `parts`.
  int CostOf(Ref ref, std::vector<Ref>& parts) {
    if (!FirstVisit(ref) || !IsInlined(ref) || root_of_[ref] >= 0) return 0;
    parts.push_back(ref);
    const Lowering lowering = Info(in_.at(ref).op).lowering;
    int cost =
        lowering == Lowering::kLibrary || lowering == Lowering::kExpand || lowering == Lowering::kForeign
            ? kLibraryCost
        : IsElementwise(in_.at(ref).op) ? 1
                                        : 0;
    for (const Ref operand : in_.operands(ref)) cost += CostOf(operand, parts);
    return cost;
  }

  // How a value is used by the nests as they stand.
  struct Use {
    int group = -1;         // the first that computes it
    bool several = false;   // others do too
    bool inflated = false;  // one of them walks a larger space than the value has
  };
  std::vector<Use> FindUses() {
    std::vector<Use> uses(in_.size());
    for (const Root& root : roots_) {
      const std::vector<Dim>& space = groups_[root.group].space;
      WalkRoot(
          root,
          [&](Ref ref) {
            Use& use = uses[ref];
            const int group = static_cast<int>(root.group);
            use.several |= use.group >= 0 && use.group != group;
            use.group = group;
            const bool is_root = root.kind == Root::Kind::kStore && ref == root.value;
            use.inflated |= !is_root && !SameSpace(ref, space);
          },
          [](Ref) {});
    }
    return uses;
  }

  // Turns values that would be recomputed too dearly into roots; true if there were any.
  bool AddTemporaries() {
    const std::vector<Use> uses = FindUses();
    bool added = false;
    std::vector<bool> below_new(in_.size(), false);  // parts of a new temporary need not be temporaries
    std::vector<Ref> parts;
    for (Ref ref = in_.size(); ref-- > 0;) {
      const Use& use = uses[ref];
      if (!use.several && !use.inflated) continue;
      if (root_of_[ref] >= 0 || !IsElementwise(in_.at(ref).op) || below_new[ref]) continue;
      parts.clear();
      ++visits_;
      const int cost = CostOf(ref, parts);
      // A scalar is computed once before the loops; a broadcast value once per element it has.
      const bool larger = use.inflated && cost >= (in_.at(ref).rank == 0 ? 1 : 2);
      const bool dear = larger || (use.several && cost > kRecomputeLimit);
      if (!AskToStore(ref, dear, larger, cost)) continue;
      is_temporary_[ref] = true;
      added = true;
      for (const Ref part : parts) below_new[part] = true;
      context_.Reason(absl::StrCat("stored %", ref, ": ",
                                   larger ? "used in a larger nest" : "used in several nests", ", costs ",
                                   cost));
    }
    return added;
  }

  // One question a value, unless the heuristic has changed its mind since.
  bool AskToStore(Ref ref, bool dear, bool larger, int cost) {
    if (asked_[ref] == dear) return false;
    asked_[ref] = dear;
    return context_.Ask(Choice::kFuseStore, dear, [&] {
      return absl::StrCat("%", ref, larger ? " is used in a larger nest" : " is used in several nests",
                          " and costs ", cost, "; above ", larger ? "1 or 2" : absl::StrCat(kRecomputeLimit),
                          " it is stored");
    });
  }

  // ---- Emission -------------------------------------------------------------------------------------
  Ref Append(Op op, DType dtype, std::span<const Ref> operands, std::span<const Dim> dims, uint32_t line = 0,
             uint64_t attribute = 0, Op combiner = Op::kAdd, Layout layout = {}) {
    Instruction instruction;
    instruction.op = op;
    instruction.dtype = dtype;
    instruction.line = line;
    instruction.attribute = attribute;
    instruction.combiner = combiner;
    instruction.layout = layout;
    return out_.Append(instruction, operands, dims);
  }

  std::vector<Dim> MapDims(std::span<const Dim> dims) const {
    std::vector<Dim> mapped(dims.begin(), dims.end());
    for (Dim& dim : mapped) {
      if (!dim.is_constant()) dim = Dim::Symbol(outer_[dim.ref()]);
    }
    return mapped;
  }

  Trace Emit() {
    out_.name = in_.name;
    out_.file = in_.file;
    outer_.assign(in_.size(), kNoRef);
    for (Ref ref = 0; ref < in_.size(); ++ref) {
      const Instruction& instruction = in_.at(ref);
      if (instruction.op != Op::kDim && instruction.op != Op::kParam && instruction.op != Op::kConst)
        continue;
      outer_[ref] = Append(instruction.op, instruction.dtype, {}, MapDims(in_.dims(ref)), instruction.line,
                           instruction.attribute, Op::kAdd, instruction.layout);
      out_.SetName(outer_[ref], std::string(in_.NameOf(ref)));
    }
    zero_ = Append(Op::kConst, DType::kInt64, {}, {});
    std::vector<Ref> results(outputs_.size(), kNoRef);
    for (Root& root : roots_) {
      if (root.kind == Root::Kind::kAssign) {
        root.target = outer_[in_.operands(root.instruction)[0]];
        continue;
      }
      const Instruction& value = in_.at(root.value);
      root.target = Append(Op::kAlloc, value.dtype, {}, MapDims(in_.dims(root.value)), value.line, 0,
                           Op::kAdd, Layout::Dense(value.rank));
      if (root.output >= 0) results[static_cast<size_t>(root.output)] = root.target;
    }
    for (size_t g = 0; g < groups_.size(); ++g) EmitGroup(g);
    Append(Op::kReturn, DType::kBool, results, {});
    return std::move(out_);
  }

  void EmitGroup(size_t index) {
    const Group& group = groups_[index];
    const std::vector<Dim> space = MapDims(group.space);
    Append(Op::kNest, DType::kBool, {}, space, 0, space.size());
    indices_.clear();
    for (size_t loop = 0; loop < space.size(); ++loop) {
      indices_.push_back(Append(Op::kIndex, DType::kInt64, {}, {}, 0, loop));
      static constexpr const char* kLoopNames[] = {"i", "j", "k", "l", "i4", "i5", "i6", "i7"};
      out_.SetName(indices_.back(),
                   absl::StrCat(kLoopNames[loop], groups_.size() > 1 ? absl::StrCat("_", index) : ""));
    }
    inner_.assign(in_.size(), kNoRef);
    group_ = index;
    for (const size_t k : group.roots) EmitRoot(roots_[k]);
    Append(Op::kEnd, DType::kBool, {}, {});
  }

  void EmitRoot(const Root& root) {
    const Ref source = root.kind == Root::Kind::kReduce ? in_.operands(root.value)[0] : root.value;
    const Ref value = EmitValue(source);
    std::vector<Ref> operands = {root.target, value};
    if (root.kind == Root::Kind::kReduce) {
      const Instruction& reduce = in_.at(root.value);
      const uint64_t axes = reduce.attribute & (kKeepDims - 1);
      for (size_t loop = 0; loop < indices_.size(); ++loop) {
        if (((axes >> loop) & 1) == 0) {
          operands.push_back(indices_[loop]);
        } else if (reduce.attribute & kKeepDims) {
          operands.push_back(zero_);
        }
      }
      const Op combiner = reduce.op == Op::kReduce ? reduce.combiner : reduce.op;
      Append(Op::kAccumulate, in_.at(source).dtype, operands, {}, reduce.line, axes, combiner);
      return;
    }
    for (size_t loop = 0; loop < indices_.size(); ++loop) operands.push_back(indices_[loop]);
    Append(Op::kStore, in_.at(source).dtype, operands, {}, in_.at(source).line);
  }

  Ref EmitLoad(Ref buffer, Ref array) {
    const std::span<const Dim> dims = in_.dims(array);
    std::vector<Ref> operands = {buffer};
    const size_t shift = indices_.size() - dims.size();
    for (size_t d = 0; d < dims.size(); ++d) {
      operands.push_back(dims[d] == Dim::Constant(1) ? zero_ : indices_[d + shift]);
    }
    return Append(Op::kLoad, in_.at(array).dtype, operands, {}, in_.at(array).line);
  }

  Ref EmitValue(Ref ref) {
    if (inner_[ref] != kNoRef) return inner_[ref];
    const Instruction& instruction = in_.at(ref);
    const int root = root_of_[ref];
    Ref result;
    if (instruction.op == Op::kConst || (instruction.op == Op::kParam && instruction.rank == 0)) {
      result = outer_[ref];
    } else if (instruction.op == Op::kParam) {
      result = EmitLoad(outer_[ref], ref);
    } else if (root >= 0 && roots_[static_cast<size_t>(root)].group != group_) {
      result = EmitLoad(roots_[static_cast<size_t>(root)].target, ref);
    } else if (instruction.op == Op::kBroadcast) {
      result = EmitValue(in_.operands(ref)[0]);
    } else if (instruction.op == Op::kIota) {
      const std::span<const Dim> dims = in_.dims(ref);
      const size_t axis = instruction.attribute;
      result = dims[axis] == Dim::Constant(1) ? zero_ : indices_[indices_.size() - dims.size() + axis];
      if (instruction.dtype != DType::kInt64)
        result = Append(Op::kCast, instruction.dtype, std::vector<Ref>{result}, {});
    } else {
      std::vector<Ref> operands;
      for (const Ref operand : in_.operands(ref)) operands.push_back(EmitValue(operand));
      result = Append(instruction.op, instruction.dtype, operands, {}, instruction.line,
                      instruction.attribute, instruction.combiner);
    }
    return inner_[ref] = result;
  }

  const Trace& in_;
  PassContext& context_;
  std::vector<Ref> outputs_;
  std::vector<bool> is_temporary_;
  std::vector<std::optional<bool>> asked_;  // by value: what the heuristic said when it was asked last
  std::vector<Root> roots_;
  std::vector<int> root_of_;  // by value: its root, -1 if it is computed in registers
  std::vector<Group> groups_;
  std::vector<uint32_t> visit_;  // by value: the last walk that came by
  uint32_t visits_ = 0;

  Trace out_;
  std::vector<Ref> outer_;    // params, dims and constants in the new trace
  std::vector<Ref> inner_;    // values already computed in the nest being emitted
  std::vector<Ref> indices_;  // its loop counters
  size_t group_ = 0;
  Ref zero_ = kNoRef;
};

}  // namespace

absl::Status Fuse(Trace& trace, PassContext& context) {
  trace = Fuser(trace, context).Run();
  return absl::OkStatus();
}

}  // namespace lathe
