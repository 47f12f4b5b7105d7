// Planning of a nest: collects its accesses, orders and merges its loops, and chooses how to reduce.
#include "src/codegen/nest/nest_plan.h"

#include <algorithm>
#include <optional>

#include "src/codegen/nest/combine.h"

namespace lathe {
namespace {

// What the innermost loop gains by an access that is dense along it. Stores count most: scattered ones
// cannot be combined into whole cache lines.
constexpr int kUnitStore = 3;
constexpr int kUnitLoad = 2;

int DimOfLoop(const Access& access, int loop) {
  const auto found = std::find(access.loop_of_dim.begin(), access.loop_of_dim.end(), loop);
  return found == access.loop_of_dim.end() ? -1 : static_cast<int>(found - access.loop_of_dim.begin());
}

class Planner {
 public:
  Planner(const Trace& trace, Ref nest) : trace_(trace), nest_(nest) {
    const std::span<const Dim> dims = trace.dims(nest);
    plan_.extents.assign(dims.begin(), dims.end());
    plan_.index_used.assign(dims.size(), false);
    for (size_t loop = 0; loop < dims.size(); ++loop)
      plan_.indices.push_back(nest + 1 + static_cast<Ref>(loop));
  }

  // Plans the instructions of `body`, whose accumulates are all over the loops `reduced`.
  NestPlan Run(std::vector<Ref> body, uint64_t reduced) {
    plan_.body = std::move(body);
    plan_.reduced = reduced;
    for (const Ref ref : plan_.body) {
      Weigh(ref);
      MarkIndices(ref);
      const Op op = trace_.at(ref).op;
      if (op == Op::kLoad || op == Op::kStore)
        AddAccess(ref, op == Op::kLoad ? Access::Kind::kLoad : Access::Kind::kStore);
    }
    std::vector<int> order = LoopOrder();
    // Loops merge by all accesses, the targets of reductions included.
    for (const Ref ref : plan_.body) {
      if (trace_.at(ref).op == Op::kAccumulate) AddAccess(ref, Access::Kind::kRows);
    }
    MergeLoops(order);
    std::erase_if(plan_.accesses, [](const Access& access) { return access.kind == Access::Kind::kRows; });
    for (const Ref ref : plan_.body) {
      if (trace_.at(ref).op == Op::kAccumulate) AddReduction(ref);
    }
    const int inner = plan_.loops.empty() ? -1 : plan_.loops.back().last;
    for (Access& access : plan_.accesses) access.inner = InnerClass(access, inner);
    return std::move(plan_);
  }

 private:
  void Weigh(Ref ref) {
    const Op op = trace_.at(ref).op;
    const Lowering lowering = Info(op).lowering;
    const bool called =
        IsElementwise(op) &&
        (lowering == Lowering::kLibrary || lowering == Lowering::kExpand || lowering == Lowering::kForeign);
    plan_.called_ops += called;
    plan_.serial = plan_.serial || IsSerial(op);
    plan_.plain_ops += !called;
  }
  void MarkIndices(Ref ref) {
    const Op op = trace_.at(ref).op;
    const std::span<const Ref> operands = trace_.operands(ref);
    for (size_t k = 0; k < operands.size(); ++k) {
      const bool is_value = op == Op::kStore || op == Op::kAccumulate ? k == 1 : op != Op::kLoad;
      if (is_value && trace_.at(operands[k]).op == Op::kIndex)
        plan_.index_used[trace_.at(operands[k]).attribute] = true;
    }
  }

  int AddAccess(Ref ref, Access::Kind kind) {
    const Instruction& instruction = trace_.at(ref);
    const std::span<const Ref> operands = trace_.operands(ref);
    Access access;
    access.kind = kind;
    access.instruction = ref;
    access.buffer = operands[0];
    if (instruction.op != Op::kLoad) access.value = operands[1];
    access.dtype = trace_.at(instruction.op == Op::kLoad ? ref : operands[1]).dtype;
    access.combiner = instruction.combiner;
    access.is_fixed = true;
    for (size_t k = instruction.op == Op::kLoad ? 1 : 2; k < operands.size(); ++k) {
      const Instruction& index = trace_.at(operands[k]);
      access.is_fixed &= index.op != Op::kIndex;
      access.loop_of_dim.push_back(index.op == Op::kIndex ? static_cast<int>(index.attribute) : -1);
    }
    plan_.accesses.push_back(std::move(access));
    return static_cast<int>(plan_.accesses.size()) - 1;
  }

  StrideClass InnerClass(const Access& access, int loop) const {
    if (access.kind == Access::Kind::kScratch) return StrideClass::kUnit;
    const int dim = loop < 0 ? -1 : DimOfLoop(access, loop);
    if (dim < 0) return StrideClass::kBroadcast;
    const StrideClass declared = trace_.at(access.buffer).layout.at(dim);
    if (declared == StrideClass::kUnit || declared == StrideClass::kBroadcast) return declared;
    return StrideClass::kGeneral;
  }

  // The loops outermost first. The order of a reduction is part of its meaning; else the loop along which
  // most accesses are dense comes last, C order deciding between equals.
  std::vector<int> LoopOrder() const {
    const int loops = static_cast<int>(plan_.extents.size());
    std::vector<int> order;
    for (int loop = 0; loop < loops; ++loop) order.push_back(loop);
    const bool reduces = std::any_of(plan_.body.begin(), plan_.body.end(),
                                     [this](Ref ref) { return trace_.at(ref).op == Op::kAccumulate; });
    if (reduces || loops < 2) return order;
    int best = loops - 1;
    int best_score = -1;
    for (int loop = loops - 1; loop >= 0; --loop) {
      if (plan_.extents[static_cast<size_t>(loop)] == Dim::Constant(1)) continue;
      int score = 0;
      for (const Access& access : plan_.accesses) {
        if (InnerClass(access, loop) != StrideClass::kUnit) continue;
        score += access.kind == Access::Kind::kLoad ? kUnitLoad : kUnitStore;
      }
      if (score > best_score) best = loop, best_score = score;
    }
    order.erase(order.begin() + best);
    order.push_back(best);
    return order;
  }

  // Loops l and l+1 may be walked as one if every access moves along both at one stride.
  bool Mergeable(int loop) const {
    if (((plan_.reduced >> loop) & 1) != ((plan_.reduced >> (loop + 1)) & 1)) return false;
    if (plan_.index_used[static_cast<size_t>(loop)] || plan_.index_used[static_cast<size_t>(loop) + 1])
      return false;
    return std::all_of(plan_.accesses.begin(), plan_.accesses.end(), [&](const Access& access) {
      const int outer = DimOfLoop(access, loop);
      const int inner = DimOfLoop(access, loop + 1);
      if (outer < 0 && inner < 0) return true;
      if (outer < 0 || inner != outer + 1) return false;
      const Layout& layout = trace_.at(access.buffer).layout;
      return layout.at(outer) == StrideClass::kMerges ||
             (layout.at(outer) == StrideClass::kBroadcast && layout.at(inner) == StrideClass::kBroadcast);
    });
  }
  void MergeLoops(const std::vector<int>& order) {
    for (const int loop : order) {
      if (!plan_.loops.empty() && plan_.loops.back().last == loop - 1 && Mergeable(loop - 1)) {
        plan_.loops.back().last = loop;
      } else {
        plan_.loops.push_back({loop, loop, ((plan_.reduced >> loop) & 1) != 0});
      }
    }
    plan_.first_inner = static_cast<int>(plan_.loops.size());
    while (plan_.first_inner > 0 && plan_.loops[static_cast<size_t>(plan_.first_inner) - 1].reduced)
      --plan_.first_inner;
  }

  void AddReduction(Ref ref) {
    const Instruction& instruction = trace_.at(ref);
    PlannedReduction reduction;
    reduction.combiner = instruction.combiner;
    reduction.dtype = trace_.at(trace_.operands(ref)[1]).dtype;
    reduction.is_arg = instruction.combiner == Op::kArgMax || instruction.combiner == Op::kArgMin;
    const int loops = static_cast<int>(plan_.loops.size());
    const bool by_rows = plan_.first_inner == loops && loops > 0;
    const bool in_registers = plan_.first_inner == loops - 1 && HasTree(reduction.combiner, reduction.dtype);
    if (by_rows && !reduction.is_arg) {
      reduction.rows = AddAccess(ref, Access::Kind::kRows);
    } else if (in_registers) {
      reduction.tree = AddAccess(ref, Access::Kind::kTree);
      plan_.accesses.back().combiner = ExtremeOf(reduction.combiner);
    }
    if (reduction.is_arg || (reduction.tree < 0 && reduction.rows < 0))
      reduction.scratch = AddAccess(ref, Access::Kind::kScratch);
    reduction.target = reduction.tree >= 0   ? reduction.tree
                       : reduction.rows >= 0 ? reduction.rows
                                             : reduction.scratch;
    plan_.reductions.push_back(reduction);
  }

  const Trace& trace_;
  const Ref nest_;
  NestPlan plan_;
};

// The instructions of `body` that the effects of `effects` need.
std::vector<Ref> NeededFor(const Trace& trace, const std::vector<Ref>& body,
                           const std::vector<Ref>& effects) {
  std::vector<bool> needed(trace.size(), false);
  for (const Ref ref : effects) needed[ref] = true;
  for (auto ref = body.rbegin(); ref != body.rend(); ++ref) {
    if (!needed[*ref]) continue;
    for (const Ref operand : trace.operands(*ref)) needed[operand] = true;
  }
  std::vector<Ref> result;
  for (const Ref ref : body) {
    if (needed[ref]) result.push_back(ref);
  }
  return result;
}

}  // namespace

std::vector<NestPlan> PlanNest(const Trace& trace, Ref nest, Ref* end) {
  std::vector<Ref> body;
  std::vector<Ref> stores;
  std::vector<uint64_t> masks;  // of the accumulates, each once
  Ref ref = nest + 1 + trace.at(nest).rank;
  for (; trace.at(ref).op != Op::kEnd; ++ref) {
    const Instruction& instruction = trace.at(ref);
    if (instruction.op == Op::kConst) continue;  // read where it is used
    body.push_back(ref);
    if (instruction.op == Op::kStore) stores.push_back(ref);
    if (instruction.op == Op::kAccumulate &&
        std::find(masks.begin(), masks.end(), instruction.attribute) == masks.end())
      masks.push_back(instruction.attribute);
  }
  *end = ref;
  if (masks.empty()) masks.push_back(0);
  std::vector<NestPlan> plans;
  for (size_t k = 0; k < masks.size(); ++k) {
    if (masks.size() == 1) {
      plans.push_back(Planner(trace, nest).Run(std::move(body), masks[k]));
      break;
    }
    // Stores come with the last one: they may write where the others read.
    std::vector<Ref> effects;
    if (k + 1 == masks.size()) effects = stores;
    for (const Ref candidate : body) {
      if (trace.at(candidate).op == Op::kAccumulate && trace.at(candidate).attribute == masks[k])
        effects.push_back(candidate);
    }
    plans.push_back(Planner(trace, nest).Run(NeededFor(trace, body, effects), masks[k]));
  }
  return plans;
}

std::vector<NestPlan> PlanNests(const Trace& trace) {
  std::vector<NestPlan> plans;
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    if (trace.at(ref).op != Op::kNest) continue;
    for (NestPlan& plan : PlanNest(trace, ref, &ref)) plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace lathe
