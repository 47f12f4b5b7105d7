// Array statements. An operation on arrays is run on stand-ins, which tells its dtype and shape, and stays
// pending; the pending values of a state become one kernel when something needs them: an assignment to a part
// of an array, a reduction to a number, the end of the iteration. The kernel is an array-level trace that the
// loop trace invokes on the addresses, strides and extents of the moment.
#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "src/array/promote.h"
#include "src/array/ufunc.h"
#include "src/script/arrays.h"
#include "src/script/loop_recorder/array_site.h"
#include "src/script/loop_recorder/loop_recorder.h"
#include "src/script/operators.h"

namespace lathe::script {
namespace {

Shape ShapeOf(const Value& actual) {
  const ArrayObject* array = AsArray(actual);
  return array ? array->array.shape() : Shape();
}

// Whether the value is known while recording, all of it.
bool IsKnown(const Abstract& a, const LoopGraph& graph) {
  if (a.Is(AbstractKind::kConstant)) return true;
  if (a.IsNumber()) return graph.IsConstant(a.ref);
  if (!a.Is(AbstractKind::kTuple)) return false;
  return std::all_of(a.parts->items.begin(), a.parts->items.end(),
                     [&](const Abstract& item) { return IsKnown(item, graph); });
}

}  // namespace

// ---- Extents ----------------------------------------------------------------------------------------
bool LoopRecorder::GuardEqual(Node a, Node b) {
  if (a == b || arrays_.NumberOf(a) == arrays_.NumberOf(b)) return true;
  if (!Guard(Compare(Op::kEqual, a, b), true, ExitReason::kShape)) return false;
  arrays_.Unite(a, b);
  return true;
}

bool LoopRecorder::GuardOne(Node extent) {
  if (arrays_.NumberOf(extent) == 1) return true;
  if (!Guard(Compare(Op::kEqual, extent, Int(1)), true, ExitReason::kShape)) return false;
  arrays_.SetOne(extent);
  return true;
}

// Guards that the operands broadcast as they do now.
bool LoopRecorder::UniteShapes(std::vector<Abstract>* operands, std::span<const Value> actual) {
  int rank = 0;
  for (const Abstract& a : *operands) {
    if (a.IsArrayLike()) rank = std::max(rank, a.parts->rank);
  }
  for (int d = 1; d <= rank; ++d) {  // counted from the last
    Node other = kNoRef;
    int64_t extent = 1;
    for (int pass = 0; pass < 2; ++pass) {
      for (size_t k = 0; k < operands->size(); ++k) {
        const Abstract& a = (*operands)[k];
        if (!a.IsArrayLike() || a.parts->rank < d) continue;
        const int at = a.parts->rank - d;
        const int64_t now = ShapeOf(actual[k])[at];
        if (pass == 0) {
          if (now != 1) extent = now;
          continue;
        }
        if (now == 1 && extent != 1) {
          if (!GuardOne(a.extent(at))) return false;
        } else if (other != kNoRef) {
          if (!GuardEqual(other, a.extent(at))) return false;
        } else {
          other = a.extent(at);
        }
      }
    }
  }
  return true;
}

// Guards that the value fits the target as it does now: the last dimensions are equal, or 1 in the value.
bool LoopRecorder::BroadcastTo(Abstract* value, const Abstract& target, const Shape& value_shape,
                               const Shape& target_shape) {
  const int shift = target.parts->rank - value->parts->rank;
  if (shift < 0) return Abort("an assignment of an array of higher rank");
  for (int d = 0; d < value->parts->rank; ++d) {
    const bool one = value_shape[d] == 1 && target_shape[d + shift] != 1;
    const bool fits = one ? GuardOne(value->extent(d))
                          : value_shape[d] == target_shape[d + shift] &&
                                GuardEqual(value->extent(d), target.extent(d + shift));
    if (!fits) return aborted() ? false : Abort("an assignment of another shape");
  }
  return true;
}

// ---- Operations -------------------------------------------------------------------------------------
// Finds out what the scalars are that the operation has recorded.
bool LoopRecorder::NameScalars(const RecordedOperation& operation, std::span<const Abstract> operands,
                               std::span<const Value> actual, std::vector<Node>* scalars) {
  const ArrayCapture& capture = arrays_.capture();
  const size_t first = arrays_.known_scalars();
  const size_t count = capture.scalar_count() - first;
  std::vector<const Abstract*> numbers;
  for (const Abstract& a : operands) {
    if (a.IsNumber()) numbers.push_back(&a);
  }
  const bool elementwise = operation.kind == ArrayFunctionKind::kElementwise;
  const bool by_value = operation.function.IsUndefined() && operation.operation == Bytecode::kPower;
  const bool in_order = elementwise && count == numbers.size() && !by_value;
  if (!in_order && elementwise) {
    // The operation depends on the numbers themselves.
    for (size_t k = 0; k < operands.size(); ++k) {
      const Abstract& a = operands[k];
      if (!a.IsNumber() || graph_.IsConstant(a.ref)) continue;
      if (!a.IsPlainNumber()) return Abort("an array function of this number");
      const Node now = actual[k].IsFloat()
                           ? graph_.ConstantFloat(actual[k].number())
                           : graph_.Constant(a.dtype, static_cast<uint64_t>(actual[k].integer()));
      if (!Guard(Compare(Op::kEqual, a.ref, now), true, ExitReason::kDomain)) return false;
    }
  }
  for (size_t k = 0; k < count; ++k) {
    const Scalar scalar = capture.scalar(first + k);
    const bool variable = in_order && !graph_.IsConstant(numbers[k]->ref);
    if (!variable) {
      scalars->push_back(elementwise ? graph_.Constant(scalar.dtype, scalar.bits)
                                     : arrays_.DerivedScalar(scalar));
      continue;
    }
    const Abstract& number = *numbers[k];
    if (number.Is(AbstractKind::kInt) && IsInteger(scalar.dtype) && scalar.dtype != DType::kInt64)
      return Abort("a Python integer with a narrow array");
    scalars->push_back(Cast(number.ref, scalar.dtype));
  }
  for (const Node scalar : *scalars) arrays_.AddScalar(scalar);
  return true;
}

bool LoopRecorder::RecordArrays(const RecordedOperation& operation, std::vector<Abstract> operands,
                                std::span<const Value> actual, Abstract* result) {
  for (const Abstract& a : operands) {
    const bool setting = operation.kind != ArrayFunctionKind::kElementwise || !a.IsNumber();
    const bool unknown = !a.IsArrayLike() && setting && !IsKnown(a, graph_);
    const bool no_axes = a.Is(AbstractKind::kArray) && a.parts->rank == 0;
    if (unknown || no_axes) return ArrayCall(operation, std::move(operands), actual, result);
  }
  if (operation.kind == ArrayFunctionKind::kElementwise && !UniteShapes(&operands, actual)) return false;
  if (operation.kind == ArrayFunctionKind::kNonEmpty) {
    for (size_t k = 0; k < operands.size(); ++k) {
      if (!operands[k].IsArrayLike()) continue;
      for (int d = 0; d < operands[k].parts->rank; ++d) {
        if (ShapeOf(actual[k])[d] == 0) return ArrayCall(operation, std::move(operands), actual, result);
        if (!Guard(Compare(Op::kGreater, operands[k].extent(d), Int(0)), true, ExitReason::kShape))
          return false;
      }
    }
  }
  std::optional<Array> stand_in;
  std::vector<Value> numbers;  // those that are not computed yet are now, outside of the capture
  for (size_t k = 0; k < operands.size(); ++k) {
    numbers.push_back(operands[k].IsArrayLike() ? actual[k] : Force(actual[k]));
  }
  actual = numbers;
  {
    const ArrayCapture::Scope scope(arrays_.capture());
    stand_in = arrays_.Run(operation, operands, actual);
  }
  // What the stand-ins cannot tell, such as a shape that depends on values, is left to the array room.
  if (!stand_in) return ArrayCall(operation, std::move(operands), actual, result);
  std::vector<Node> scalars;
  if (!NameScalars(operation, operands, actual, &scalars))
    return ArrayCall(operation, std::move(operands), actual, result);
  const std::optional<Abstract> pending =
      arrays_.MakePending(operation, operands, actual, std::move(scalars), *stand_in);
  if (!pending) return ArrayCall(operation, std::move(operands), actual, result);
  *result = *pending;
  // A number is computed at once.
  if (stand_in->rank() > 0) return true;
  std::vector<Abstract> computed;
  if (!EmitKernel({*stand_in}, nullptr, nullptr, &computed)) return false;
  *result = computed[0];
  return true;
}

// ---- Computing --------------------------------------------------------------------------------------
// A new array; its address may be 0, which is an exit.
Abstract LoopRecorder::NewArray(DType dtype, const std::vector<Node>& extents) {
  const int rank = static_cast<int>(extents.size());
  const int32_t site = graph_.AddSite(MakeArraySite(dtype, rank));
  const int32_t exit = ExitHere(ExitReason::kUnsupported);
  const Node object = graph_.EmitSiteCall(site, extents, exit);
  const Node operands[] = {Compare(Op::kNotEqual, object, Int(0))};
  graph_.EmitList(Op::kGuard, DType::kBool, operands, 0, exit);
  Abstract array;
  array.kind = AbstractKind::kArray;
  array.dtype = dtype;
  array.ref = object;
  auto parts = std::make_shared<AbstractParts>();
  parts->rank = rank;
  parts->writable = true;
  parts->memory = graph_.memories().Add();
  parts->strides.assign(extents.size(), kUnknownStride);
  parts->strides.back() = ItemSize(dtype);
  std::vector<Node> strides(extents.size());
  Node stride = Int(ItemSize(dtype));
  for (size_t d = extents.size(); d-- > 0;) {
    strides[d] = stride;
    if (d > 0) stride = Emit(Op::kMul, DType::kInt64, {stride, extents[d]});
  }
  parts->refs = {graph_.EmitSiteWord(object)};
  parts->refs.insert(parts->refs.end(), extents.begin(), extents.end());
  parts->refs.insert(parts->refs.end(), strides.begin(), strides.end());
  array.parts = std::move(parts);
  return array;
}

// Computes values, and assigns one to an array; `computed` has an abstract for each of `values`.
bool LoopRecorder::EmitKernel(const std::vector<Array>& values, const Abstract* target, const Array* assigned,
                              std::vector<Abstract>* computed) {
  std::optional<ArrayStatements::KernelCall> call;
  {
    const ArrayCapture::Scope scope(arrays_.capture());
    call = arrays_.MakeKernel(values, target, assigned);
  }
  if (!call) return Abort("an extent that is not known");
  computed->assign(values.size(), Abstract());
  for (size_t k = 0; k < values.size(); ++k) {
    if (values[k].rank() == 0) continue;
    std::vector<Node> extents;
    for (const int64_t number : values[k].shape()) extents.push_back(*arrays_.ExtentOf(number));
    (*computed)[k] = NewArray(values[k].dtype(), extents);
  }
  std::vector<Node> words(values.size(), kNoRef);
  for (const uint32_t k : call->results) {
    if (values[k].rank() > 0) {
      call->operands.push_back((*computed)[k].data());
      continue;
    }
    words[k] = AddressOf(graph_.AddWord().get());
    call->operands.push_back(words[k]);
  }
  const int32_t site = graph_.AddSite(MakeKernelSite(std::move(call->trace)));
  const Node done = graph_.EmitSiteCall(site, call->operands, -1);
  if (!Guard(Compare(Op::kNotEqual, done, Int(0)), true, ExitReason::kUnsupported)) return false;
  for (size_t k = 0; k < values.size(); ++k) {
    if (values[k].rank() > 0) continue;
    const DType dtype = values[k].dtype();
    (*computed)[k] = Abstract::ScalarOf(dtype, Emit(Op::kRead, dtype, {words[k]}, kSiteMemory));
  }
  return true;
}

namespace {

void FindPending(const Abstract& a, std::vector<Abstract>* found) {
  if (a.Is(AbstractKind::kPending)) {
    const auto same = [&](const Abstract& other) { return other.parts->number == a.parts->number; };
    if (std::none_of(found->begin(), found->end(), same)) found->push_back(a);
    return;
  }
  if (!a.parts) return;
  for (const Abstract& item : a.parts->items) FindPending(item, found);
}

void ReplacePending(Abstract* a, const std::vector<Abstract>& pending,
                    const std::vector<Abstract>& computed) {
  if (a->Is(AbstractKind::kPending)) {
    for (size_t k = 0; k < pending.size(); ++k) {
      if (pending[k].parts->number != a->parts->number) continue;
      *a = computed[k];
      return;
    }
    return;
  }
  if (!a->parts || a->parts->items.empty()) return;
  auto parts = std::make_shared<AbstractParts>(*a->parts);
  for (Abstract& item : parts->items) ReplacePending(&item, pending, computed);
  a->parts = std::move(parts);
}

template <class Visit>
void ForEachValue(State* state, size_t consumed, const Visit& visit) {
  for (FrameState& frame : state->frames) {
    const size_t end = frame.registers.size() - (&frame == &state->frames.back() ? consumed : 0);
    for (size_t k = 0; k < end; ++k) visit(&frame.registers[k]);
  }
  for (auto& [location, value] : state->variables) visit(&value);
}

}  // namespace

// Whether the state has values that were recorded into another graph: their stand-ins are not here.
bool LoopRecorder::HasForeignPending() const {
  State state = state_;
  std::vector<Abstract> pending;
  ForEachValue(&state, 0, [&](Abstract* value) { FindPending(*value, &pending); });
  return std::any_of(pending.begin(), pending.end(), [&](const Abstract& a) { return !arrays_.Owns(a); });
}

bool LoopRecorder::HasPending(const Abstract& a) {
  std::vector<Abstract> pending;
  FindPending(a, &pending);
  return !pending.empty();
}

bool LoopRecorder::ComputePending(size_t consumed, std::span<Abstract> also) {
  std::vector<Abstract> pending;
  for (const Abstract& a : also) FindPending(a, &pending);
  State live = state_;
  ForgetDead(&live);
  ForEachValue(&live, consumed, [&](Abstract* value) { FindPending(*value, &pending); });
  if (pending.empty()) return true;
  std::vector<Array> values;
  {
    const ArrayCapture::Scope scope(arrays_.capture());
    for (const Abstract& a : pending) values.push_back(arrays_.StandIn(a));
  }
  std::vector<Abstract> computed;
  if (!EmitKernel(values, nullptr, nullptr, &computed)) return false;
  for (Abstract& a : also) ReplacePending(&a, pending, computed);
  ForEachValue(&state_, 0, [&](Abstract* value) { ReplacePending(value, pending, computed); });
  snapshot_ = nullptr;
  return true;
}

// ---- Assignments ------------------------------------------------------------------------------------
// The elements of `target` become `value`; pending values that are still needed are computed by the same
// kernel, before. `consumed`: how many operands the instruction drops.
bool LoopRecorder::AssignArray(const Abstract& target, const Abstract& value, const Shape& target_shape,
                               const Value& avalue, size_t consumed) {
  if (!target.parts->writable) return Abort("a write to a read-only array");
  if (target.parts->rank == 0) return Abort("an array of rank 0");
  Abstract from = value;
  if (!from.IsNumber() && !from.IsArrayLike())
    return Abort(absl::StrCat("a ", Describe(value), " assigned to a part of an array"));
  if (from.IsArrayLike() && !BroadcastTo(&from, target, ShapeOf(avalue), target_shape)) return false;
  std::vector<Abstract> pending;
  State live = state_;
  ForgetDead(&live);
  ForEachValue(&live, consumed, [&](Abstract* a) { FindPending(*a, &pending); });
  std::vector<Array> values;
  std::optional<Array> assigned;
  {
    const ArrayCapture::Scope scope(arrays_.capture());
    for (const Abstract& a : pending) values.push_back(arrays_.StandIn(a));
    arrays_.NameScalarsSoFar();
    if (from.IsNumber()) {
      if (from.Is(AbstractKind::kInt) && IsInteger(target.dtype) && target.dtype != DType::kInt64 &&
          !graph_.IsConstant(from.ref))
        return Abort("a Python integer with a narrow array");
      const Scalar zero{target.dtype, 0};
      assigned = arrays_.capture().AddFilled(zero, Shape{1});
    } else {
      assigned = arrays_.capture().AddConverted(arrays_.StandIn(from), target.dtype);
    }
  }
  if (from.IsNumber()) arrays_.AddScalar(Cast(from.ref, target.dtype));
  std::vector<Abstract> computed;
  if (!EmitKernel(values, &target, &*assigned, &computed)) return false;
  ForEachValue(&state_, 0, [&](Abstract* a) { ReplacePending(a, pending, computed); });
  snapshot_ = nullptr;
  return true;
}

bool LoopRecorder::ArrayOperator(Bytecode op, const Abstract& x, const Abstract& y, const Value& ax,
                                 const Value& ay, Abstract* result) {
  if (op == Bytecode::kMatmul) return MatrixProduct(x, y, ax, ay, result);
  // Arrays without axes are numbers that are read from memory, as far as arrays compute what numbers do:
  // powers are not the same, nor is what does not fit a narrow integer.
  const auto number = [&](const Abstract& a) {
    const bool reads = a.Is(AbstractKind::kArray) && a.parts->rank == 0;
    return reads ? Abstract::ScalarOf(a.dtype, ReadElement(a, a.data())) : a;
  };
  const auto like_number = [](const Abstract& a) {
    const bool plain = a.IsPlainNumber() || a.dtype == DType::kFloat64 || a.dtype == DType::kFloat32 ||
                       a.dtype == DType::kInt64;
    return plain && (a.IsNumber() || (a.Is(AbstractKind::kArray) && a.parts->rank == 0));
  };
  if (op != Bytecode::kPower && like_number(x) && like_number(y)) {
    const Abstract a = number(x), b = number(y);
    const Value va = AsArray(ax) ? ax : Force(ax), vb = AsArray(ay) ? ay : Force(ay);
    const bool compares = op >= Bytecode::kLess && op <= Bytecode::kGreaterEqual;
    if (compares ? Comparison(op, a, b, va, vb, result) : ScalarBinary(op, a, b, va, vb, result)) return true;
    if (aborted()) return false;
  }
  RecordedOperation operation;
  operation.operation = op;
  const Value actual[] = {ax, ay};
  return RecordArrays(operation, {x, y}, actual, result);
}

// x op= y for an array x.
bool LoopRecorder::ArrayInPlace(Bytecode op, const Abstract& x, const Value& ax, const Value& ay) {
  Abstract target = x;
  if (target.Is(AbstractKind::kPending)) {
    if (!ComputePending(0, &target)) return false;
  }
  if (op == Bytecode::kMatmul) return NativeInPlace(op);
  Abstract value = Operand(0);
  const Value actual[] = {ax, ay};
  RecordedOperation operation;
  operation.operation = op;
  if (!RecordArrays(operation, {target, value}, actual, &value)) return false;
  const Shape shape = ShapeOf(ax);
  bool fits = value.Is(AbstractKind::kPending) && CanCastSameKind(value.dtype, target.dtype) &&
              value.parts->rank == target.parts->rank;
  for (int d = 0; fits && d < target.parts->rank; ++d) {
    fits = arrays_.NumberOf(value.extent(d)) == arrays_.NumberOf(target.extent(d));
  }
  if (!fits || !AssignArray(target, value, shape, ax, 2)) {
    aborted_.text.clear();
    return NativeInPlace(op);
  }
  Drop(2);
  Push(std::move(target));
  return true;
}

// ---- Matrix products --------------------------------------------------------------------------------
bool LoopRecorder::MatrixProduct(Abstract x, Abstract y, const Value& ax, const Value& ay, Abstract* result) {
  RecordedOperation product;
  product.operation = Bytecode::kMatmul;
  const Value actual[] = {ax, ay};
  if (!x.IsArrayLike() || !y.IsArrayLike()) return ArrayCall(product, {x, y}, actual, result);
  std::vector<Abstract> operands = {x, y};
  if ((HasPending(x) || HasPending(y)) && !ComputePending(0, operands)) return false;
  x = operands[0];
  y = operands[1];
  const int left = x.parts->rank, right = y.parts->rank;
  const bool ranks = left >= 1 && left <= 2 && right >= 1 && right <= 2;
  const bool fits = ranks && x.dtype == y.dtype && IsFloat(x.dtype) &&
                    ShapeOf(ax)[left - 1] == ShapeOf(ay)[std::max(right - 2, 0)];
  if (!fits) return ArrayCall(product, operands, actual, result);
  if (!GuardEqual(x.extent(left - 1), y.extent(std::max(right - 2, 0)))) return false;
  std::vector<Node> extents;
  if (left == 2) extents.push_back(x.extent(0));
  if (right == 2) extents.push_back(y.extent(1));
  const DType dtype = x.dtype;
  Node out;
  if (extents.empty()) {
    out = AddressOf(graph_.AddWord().get());
  } else {
    *result = NewArray(dtype, extents);
    out = result->data();
  }
  std::vector<Node> words;
  for (const Abstract* a : {&x, &y}) {
    words.push_back(a->data());
    for (int d = 0; d < a->parts->rank; ++d) words.push_back(a->extent(d));
    for (int d = 0; d < a->parts->rank; ++d) words.push_back(a->stride(d));
  }
  words.push_back(out);
  const Node done = graph_.EmitSiteCall(graph_.AddSite(MakeMatmulSite(dtype, left, right)), words, -1);
  if (!Guard(Compare(Op::kNotEqual, done, Int(0)), true, ExitReason::kUnsupported)) return false;
  if (extents.empty()) *result = Abstract::ScalarOf(dtype, Emit(Op::kRead, dtype, {out}, kSiteMemory));
  return true;
}

}  // namespace lathe::script
