// One reduction over the columns of a nest: the eight lanes of runtime/reduction_order.h in one or more
// vectors, and after them the one value that is left of them.
#pragma once

#include <span>
#include <vector>

#include "src/codegen/nest/nest_plan.h"
#include "src/codegen/x64/emitter.h"

namespace lathe {

class TreeAccumulator {
 public:
  // Emits the beginning: neutral elements in all lanes. `vectors` has at most eight lanes.
  TreeAccumulator(asmjit::x86::Compiler& compiler, const Access& access, const X64Emitter& vectors,
                  const X64Emitter& singles);

  const Access& access() const { return access_; }
  // Consecutive vectors, whole groups of eight lanes.
  void Combine(std::span<const Vector> values);
  // The lanes joined; from here on single elements follow.
  void Join();
  void CombineSingle(const Vector& value);
  const Vector& single() const { return single_; }

 private:
  asmjit::x86::Compiler& cc_;
  const Access& access_;
  X64Emitter vectors_, singles_;
  std::vector<Vector> lanes_;
  // Of the larger or smaller one of floats: the lanes that had no NaN yet. It is cheaper to look for NaNs
  // apart than to pass one on in each step.
  Vector numbers_;
  Vector single_;
};

}  // namespace lathe
