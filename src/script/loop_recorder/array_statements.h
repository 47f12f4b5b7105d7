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
#include "src/script/loop_recorder/find_native.h"
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
  NativeTable<ArrayFunctionKind> table_;
};

// What makes a value of operands: a function with the names of its last arguments, or an operator.
struct RecordedOperation {
  Value function;
  Bytecode operation = Bytecode::kAdd;
  ArrayFunctionKind kind = ArrayFunctionKind::kElementwise;
  Value names;  // a tuple, or Undefined
};
// Error if it failed; the exception is then pending.
Value Apply(Vm& vm, const RecordedOperation& operation, std::span<const Value> operands);

class ArrayStatements {
 public:
  ArrayStatements(Vm& vm, LoopGraph& graph) : vm_(vm), graph_(graph) {}

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
  // The stand-in of an array or a pending value, made anew if more has become known of its extents since.
  Array StandIn(const Abstract& a);
  uint32_t LeafOf(const Abstract& array);
  // The operation on stand-ins, `actual` being the operands that are no arrays; none if it fails, or gives
  // something else than a value that can be computed later.
  std::optional<Array> Run(const RecordedOperation& operation, std::span<const Abstract> operands,
                           std::span<const Value> actual);
  // A pending value; none if its shape is unknown. `scalars` are those that the operation has recorded.
  std::optional<Abstract> MakePending(const RecordedOperation& operation, std::vector<Abstract> operands,
                                      std::span<const Value> actual, std::vector<Node> scalars,
                                      const Array& stand_in);
  bool Owns(const Abstract& pending) const { return pending.parts->owner == this; }

  // ---- Scalars of the capture, in their order
  // How many are named; those that a recording which was aborted has left behind are named nothing.
  void NameScalarsSoFar() { scalars_.resize(capture_.scalar_count(), kNoRef); }
  size_t known_scalars() const { return scalars_.size(); }
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

  struct Pending {
    RecordedOperation operation;
    std::vector<Abstract> operands;
    std::vector<Value> actual;
    std::vector<Node> scalars;
    Array stand_in;
  };
  Vm& vm_;
  LoopGraph& graph_;
  ArrayCapture capture_;
  ExtentFacts* facts_ = nullptr;
  int64_t last_prime_ = 210;
  std::vector<Leaf> leaves_;
  std::vector<Pending> pendings_;
  std::vector<Node> scalars_;
};

}  // namespace lathe::script
