// Planning of a nest: collects its accesses and merges loops.
#include "src/codegen/nest/nest_plan.h"

#include <algorithm>

namespace lathe {
namespace {

Access MakeAccess(const Trace& trace, Ref ref, const NestPlan& plan) {
  const Instruction& instruction = trace.at(ref);
  const std::span<const Ref> operands = trace.operands(ref);
  Access access;
  access.instruction = ref;
  access.buffer = operands[0];
  size_t first_index = 1;
  if (instruction.op != Op::kLoad) {
    access.kind = instruction.op == Op::kStore ? Access::Kind::kStore : Access::Kind::kAccumulate;
    access.value = operands[1];
    first_index = 2;
  }
  for (size_t k = first_index; k < operands.size(); ++k) {
    const auto found = std::find(plan.indices.begin(), plan.indices.end(), operands[k]);
    access.loop_of_dim.push_back(
        found == plan.indices.end() ? -1 : static_cast<int>(found - plan.indices.begin()));
  }
  return access;
}

int DimOfLoop(const Access& access, int loop) {
  const auto found = std::find(access.loop_of_dim.begin(), access.loop_of_dim.end(), loop);
  return found == access.loop_of_dim.end() ? -1 : static_cast<int>(found - access.loop_of_dim.begin());
}

// Loops l and l+1 may be walked as one if every access moves along them at one stride.
bool Mergeable(const Trace& trace, const NestPlan& plan, int loop) {
  if (((plan.reduced >> loop) & 1) != ((plan.reduced >> (loop + 1)) & 1)) return false;
  if (plan.index_used[static_cast<size_t>(loop)] || plan.index_used[static_cast<size_t>(loop) + 1])
    return false;
  return std::all_of(plan.accesses.begin(), plan.accesses.end(), [&](const Access& access) {
    const int outer = DimOfLoop(access, loop);
    const int inner = DimOfLoop(access, loop + 1);
    if (outer < 0 && inner < 0) return true;
    return outer >= 0 && inner == outer + 1 &&
           trace.at(access.buffer).layout.at(outer) == StrideClass::kMerges;
  });
}

StrideClass InnerClass(const Trace& trace, const Access& access, int loop) {
  const int dim = DimOfLoop(access, loop);
  if (dim < 0) return StrideClass::kBroadcast;
  const StrideClass declared = trace.at(access.buffer).layout.at(dim);
  if (declared == StrideClass::kUnit || declared == StrideClass::kBroadcast) return declared;
  return StrideClass::kGeneral;
}

}  // namespace

NestPlan PlanNest(const Trace& trace, Ref nest, Ref* end) {
  NestPlan plan;
  const std::span<const Dim> dims = trace.dims(nest);
  plan.extents.assign(dims.begin(), dims.end());
  plan.index_used.assign(dims.size(), false);
  Ref ref = nest + 1;
  for (; trace.at(ref).op == Op::kIndex; ++ref) plan.indices.push_back(ref);
  for (; trace.at(ref).op != Op::kEnd; ++ref) {
    const Op op = trace.at(ref).op;
    if (op == Op::kConst) continue;  // read where it is used
    plan.body.push_back(ref);
    if (op == Op::kLoad || op == Op::kStore || op == Op::kAccumulate) {
      plan.accesses.push_back(MakeAccess(trace, ref, plan));
      if (op == Op::kAccumulate) {
        plan.accumulates = true;
        plan.reduced = trace.at(ref).attribute;
      }
      plan.weight += 1;
    } else {
      const Lowering lowering = Info(op).lowering;
      plan.weight += lowering == Lowering::kLibrary ? 30 : 1;
    }
    const std::span<const Ref> operands = trace.operands(ref);
    for (size_t k = 0; k < operands.size(); ++k) {
      const bool value = op == Op::kStore || op == Op::kAccumulate ? k == 1 : op != Op::kLoad;
      const auto found = std::find(plan.indices.begin(), plan.indices.end(), operands[k]);
      if (value && found != plan.indices.end())
        plan.index_used[static_cast<size_t>(found - plan.indices.begin())] = true;
    }
  }
  *end = ref;
  for (int loop = 0; loop < static_cast<int>(dims.size()); ++loop) {
    if (loop > 0 && Mergeable(trace, plan, loop - 1)) {
      plan.loops.back().last = loop;
    } else {
      plan.loops.push_back({loop, loop, ((plan.reduced >> loop) & 1) != 0});
    }
  }
  for (Access& access : plan.accesses) {
    access.inner =
        plan.loops.empty() ? StrideClass::kBroadcast : InnerClass(trace, access, plan.loops.back().last);
  }
  return plan;
}

}  // namespace lathe
