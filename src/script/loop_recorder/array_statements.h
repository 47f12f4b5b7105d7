// The array statements of a loop graph: which stand-in stands for which abstract array, which extents of the
// loop graph are known to be equal, and kernels made of pending values.
//
// Each extent of the graph that may differ from the others is known to the functions of the array room by a
// prime number of its own (src/array/capture.h): they find out what is equal, what broadcasts and what a
// result's shape is, and a scalar that they derive from extents can be read as a product of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "src/array/capture.h"
#include "src/script/loop_recorder/abstract_value.h"
#include "src/script/loop_recorder/loop_graph.h"
#include "src/script/vm.h"

namespace lathe::script {

enum class ArrayFunctionKind : uint8_t { kNone, kElementwise, kReduce, kNonEmpty };

// The functions of array_functions.def, by identity.
class ArrayFunctions {
 public:
  explicit ArrayFunctions(Vm& vm);
  ArrayFunctionKind KindOf(const Object* function) const;

 private:
  std::vector<std::pair<const Object*, ArrayFunctionKind>> kinds_;
};

class ArrayStatements {
 public:
  explicit ArrayStatements(LoopGraph& graph) : graph_(graph) {}

  ArrayCapture& capture() { return capture_; }
  // What is known on the path that is being recorded; before anything else.
  void UseFacts(ExtentFacts* facts) { facts_ = facts; }

  // ---- Extents
  int64_t NumberOf(Node extent);
  // The extent that a number stands for, a constant for 1; none if it stands for nothing.
  std::optional<Node> ExtentOf(int64_t number);
  // From now on the extents are known to be equal, or one of them to be 1.
  void Unite(Node a, Node b);
  void SetOne(Node extent);

  // ---- Stand-ins. In a scope of the capture only.
  // The stand-in of an array or a pending value; none if what has become known of its extents since does not
  // show in it: a pending value must then be computed first.
  std::optional<Array> StandIn(const Abstract& a);
  uint32_t LeafOf(const Abstract& array);
  // A pending value of this stand-in, made by `function` (or the operator `operation`) from `operands`;
  // none if its shape is unknown.
  std::optional<Abstract> MakePending(const Value& function, Bytecode operation, std::vector<Abstract> operands,
                                      const Array& stand_in);
  bool Owns(const Abstract& pending) const { return pending.parts->owner == this; }
  const Array& PendingStandIn(const Abstract& pending) const {
    return pendings_[static_cast<size_t>(pending.parts->number)];
  }

  // ---- Scalars of the capture, in their order
  // How many are named; those that a recording which was aborted has left behind are named nothing.
  size_t NameScalarsSoFar() {
    scalars_.resize(capture_.scalar_count(), kNoRef);
    return scalars_.size();
  }
  void AddScalar(Node value) { scalars_.push_back(value); }
  // A scalar that a function has made of constants and extents.
  Node DerivedScalar(Scalar value);

  // ---- Kernels
  struct KernelCall {
    lathe::Trace trace;
    std::vector<Node> operands;     // dims and parameters; the addresses of the results are to follow
    std::vector<uint32_t> results;  // which of the values each result is
  };
  // none if an extent is unknown.
  std::optional<KernelCall> MakeKernel(const std::vector<Array>& results, const Abstract* target,
                                       const Array* assigned);

 private:
  struct Leaf {
    Abstract array;
    Array stand_in;
    std::vector<int64_t> numbers;
  };
  std::vector<int64_t> NumbersOf(const Abstract& array);
  static Shape ShapeOf(const std::vector<int64_t>& numbers);

  LoopGraph& graph_;
  ArrayCapture capture_;
  ExtentFacts* facts_ = nullptr;
  int64_t last_prime_ = 210;
  std::vector<Leaf> leaves_;
  std::vector<Array> pendings_;
  std::vector<Node> scalars_;
};

}  // namespace lathe::script
