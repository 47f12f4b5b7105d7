// Numbers for extents, stand-ins for arrays, kernels for pending values.
#include "src/script/loop_recorder/array_statements.h"

#include <algorithm>
#include <cmath>

#include "src/script/arrays.h"
#include "src/script/operators.h"

namespace lathe::script {

namespace {

constexpr NativeTable<ArrayFunctionKind>::Row kRows[] = {
#define ARRAY_FUNCTION(OWNER, NAME, KIND) {OWNER, NAME, ArrayFunctionKind::k##KIND},
#include "src/script/loop_recorder/array_functions.def"
#undef ARRAY_FUNCTION
};

}  // namespace

ArrayFunctions::ArrayFunctions(Vm& vm) : table_(vm, kRows) {}

ArrayFunctionKind ArrayFunctions::KindOf(const Object* function) const {
  const ArrayFunctionKind* kind = table_.Find(function);
  return kind ? *kind : ArrayFunctionKind::kNone;
}

Value Apply(Vm& vm, const RecordedOperation& operation, std::span<const Value> operands) {
  const Bytecode op = operation.operation;
  if (!operation.function.IsUndefined()) {
    auto* names = operation.names.As<TupleObject>();
    return vm.Call(operation.function, operands,
                   names ? std::span<const Value>(names->items) : std::span<const Value>());
  }
  if (operands.size() == 1) return UnaryOperation(vm, op, operands[0]);
  if (op >= Bytecode::kLess && op <= Bytecode::kGreaterEqual)
    return Compare(vm, op, operands[0], operands[1]);
  return BinaryOperation(vm, op, operands[0], operands[1]);
}

// ---- Extents ----------------------------------------------------------------------------------------
namespace {

bool IsPrime(int64_t n) {
  for (int64_t k = 2; k * k <= n; ++k) {
    if (n % k == 0) return false;
  }
  return true;
}

}  // namespace

int64_t ArrayStatements::NumberOf(Node extent) {
  for (const ExtentFacts::Extent& known : facts_->known) {
    if (known.node == extent) return known.number;
  }
  int64_t number = 1;
  if (!graph_.IsConstant(extent) || graph_.IntOf(extent) != 1) {
    do {
      ++last_prime_;
    } while (!IsPrime(last_prime_));
    number = last_prime_;
  }
  facts_->known.push_back({extent, number});
  return number;
}

std::optional<Node> ArrayStatements::ExtentOf(int64_t number) {
  if (number == 1) return graph_.ConstantInt(1);
  for (const std::vector<ExtentFacts::Extent>* list : {&facts_->known, &facts_->former}) {
    for (const ExtentFacts::Extent& known : *list) {
      if (known.number == number) return known.node;
    }
  }
  return std::nullopt;
}

void ArrayStatements::Unite(Node a, Node b) {
  const int64_t to = std::min(NumberOf(a), NumberOf(b));
  const int64_t from = std::max(NumberOf(a), NumberOf(b));
  if (to == from) return;
  for (ExtentFacts::Extent& known : facts_->known) {
    if (known.number != from) continue;
    facts_->former.push_back(known);
    known.number = to;
  }
}

void ArrayStatements::SetOne(Node extent) { Unite(extent, graph_.ConstantInt(1)); }

std::vector<int64_t> ArrayStatements::NumbersOf(const Abstract& array) {
  std::vector<int64_t> numbers;
  for (int d = 0; d < array.parts->rank; ++d) numbers.push_back(NumberOf(array.extent(d)));
  return numbers;
}

Shape ArrayStatements::ShapeOf(const std::vector<int64_t>& numbers) {
  Shape shape;
  for (const int64_t number : numbers) shape.push_back(number);
  return shape;
}

// ---- Stand-ins --------------------------------------------------------------------------------------
uint32_t ArrayStatements::LeafOf(const Abstract& array) {
  const std::vector<int64_t> numbers = NumbersOf(array);
  for (size_t k = 0; k < leaves_.size(); ++k) {
    if (leaves_[k].numbers == numbers && SameValue(leaves_[k].array, array)) return static_cast<uint32_t>(k);
  }
  const bool unit = array.parts->strides.back() == ItemSize(array.dtype);
  leaves_.push_back({array, capture_.AddLeaf(array.dtype, ShapeOf(numbers), unit), numbers});
  return static_cast<uint32_t>(leaves_.size() - 1);
}

Array ArrayStatements::StandIn(const Abstract& a) {
  if (a.Is(AbstractKind::kArray)) return leaves_[LeafOf(a)].stand_in;
  const auto number = static_cast<size_t>(a.parts->number);
  if (pendings_[number].stand_in.shape() == ShapeOf(NumbersOf(a))) return pendings_[number].stand_in;
  NameScalarsSoFar();
  const std::optional<Array> again =
      Run(pendings_[number].operation, pendings_[number].operands, pendings_[number].actual);
  for (const Node scalar : pendings_[number].scalars) AddScalar(scalar);
  if (again) pendings_[number].stand_in = *again;
  return pendings_[number].stand_in;
}

std::optional<Array> ArrayStatements::Run(const RecordedOperation& operation,
                                          std::span<const Abstract> operands, std::span<const Value> actual) {
  std::vector<Value> values;
  for (size_t k = 0; k < operands.size(); ++k) {
    values.push_back(operands[k].IsArrayLike() ? WrapArray(StandIn(operands[k])) : actual[k]);
  }
  // The stand-ins of operands come first.
  NameScalarsSoFar();
  const Value result = Apply(vm_, operation, values);
  values.clear();
  if (result.IsError()) {
    vm_.TakePending();
    return std::nullopt;
  }
  auto* array = AsArray(result);
  if (!array || !capture_.Holds(array->array)) return std::nullopt;
  return array->array;
}

std::optional<Abstract> ArrayStatements::MakePending(const RecordedOperation& operation,
                                                     std::vector<Abstract> operands,
                                                     std::span<const Value> actual, std::vector<Node> scalars,
                                                     const Array& stand_in) {
  Abstract pending;
  pending.kind = AbstractKind::kPending;
  pending.dtype = stand_in.dtype();
  pending.constant = operation.function;
  auto parts = std::make_shared<AbstractParts>();
  parts->operation = operation.operation;
  parts->names = operation.names;
  parts->owner = this;
  parts->items = operands;
  parts->rank = stand_in.rank();
  parts->number = static_cast<int64_t>(pendings_.size());
  parts->refs.push_back(graph_.ConstantInt(0));  // no data yet
  for (const int64_t number : stand_in.shape()) {
    const std::optional<Node> extent = ExtentOf(number);
    if (!extent) return std::nullopt;
    parts->refs.push_back(*extent);
  }
  pending.parts = std::move(parts);
  std::vector<Value> settings(actual.begin(), actual.end());
  for (size_t k = 0; k < operands.size(); ++k) {
    if (operands[k].IsArrayLike()) settings[k] = Value();
  }
  pendings_.push_back({operation, std::move(operands), std::move(settings), std::move(scalars), stand_in});
  return pending;
}

// ---- Scalars ----------------------------------------------------------------------------------------
Node ArrayStatements::DerivedScalar(Scalar value) {
  const double number = value.To<double>();
  if (!(number >= 211 && number < 9e15) || number != std::floor(number))
    return graph_.Constant(value.dtype, value.bits);
  auto rest = static_cast<int64_t>(number);
  Node product = kNoRef;
  for (const std::vector<ExtentFacts::Extent>* list : {&facts_->known, &facts_->former}) {
    for (const ExtentFacts::Extent& known : *list) {
      while (known.number > 1 && rest % known.number == 0) {
        rest /= known.number;
        product =
            product == kNoRef ? known.node : graph_.Emit(Op::kMul, DType::kInt64, {product, known.node});
      }
    }
  }
  if (rest != 1) return graph_.Constant(value.dtype, value.bits);
  return value.dtype == DType::kInt64 ? product : graph_.Emit(Op::kCast, value.dtype, {product});
}

// ---- Kernels ----------------------------------------------------------------------------------------
std::optional<ArrayStatements::KernelCall> ArrayStatements::MakeKernel(const std::vector<Array>& results,
                                                                       const Abstract* target,
                                                                       const Array* assigned) {
  const int leaf = target ? static_cast<int>(LeafOf(*target)) : -1;
  ArrayCapture::Extracted extracted = capture_.Extract(results, leaf, assigned);
  KernelCall call;
  for (const int64_t number : extracted.extents) {
    const std::optional<Node> extent = ExtentOf(number);
    if (!extent) return std::nullopt;
    call.operands.push_back(*extent);
  }
  for (const uint32_t k : extracted.leaves) {
    const Abstract& array = leaves_[k].array;
    call.operands.push_back(array.data());
    for (int d = 0; d < array.parts->rank; ++d) call.operands.push_back(array.stride(d));
  }
  for (const uint32_t k : extracted.scalars) call.operands.push_back(scalars_[k]);
  call.results = std::move(extracted.results);
  call.trace = std::move(extracted.trace);
  return call;
}

}  // namespace lathe::script
