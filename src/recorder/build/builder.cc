// Emission: fold, simplify, merge, append.
#include "src/recorder/build/builder.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "src/recorder/build/fold.h"
#include "src/recorder/build/simplify.h"

namespace lathe {

Builder::Builder(Trace* trace, BuilderOptions options)
    : trace_(*trace), options_(options), known_(0, Hash{trace}, Equal{trace}) {}

Ref Builder::Append(Instruction instruction, std::span<const Ref> operands, std::span<const Dim> dims) {
  if (instruction.line == 0) instruction.line = line_;
  const Ref ref = trace_.Append(instruction, operands, dims);
  if (instruction.op == Op::kNest) in_nest_ = true;
  if (instruction.op == Op::kEnd) {
    in_nest_ = false;
    for (const Ref inner : inner_) known_.erase(inner);
    inner_.clear();
    loads_.clear();
  }
  if (HasEffect(instruction.op)) ForgetLoads(operands[0]);
  return ref;
}

Ref Builder::AddDim(std::string name) {
  Instruction dim;
  dim.op = Op::kDim;
  dim.dtype = DType::kInt64;
  for (const Instruction& instruction : trace_.instructions) dim.attribute += instruction.op == Op::kDim;
  const Ref ref = trace_.Append(dim, {}, {});
  trace_.SetName(ref, std::move(name));
  return ref;
}

Ref Builder::AddParam(DType dtype, std::span<const Dim> dims, Layout layout, std::string name) {
  Instruction param;
  param.op = Op::kParam;
  param.dtype = dtype;
  param.layout = layout;
  for (const Instruction& instruction : trace_.instructions) param.attribute += instruction.op == Op::kParam;
  const Ref ref = trace_.Append(param, {}, dims);
  trace_.SetName(ref, std::move(name));
  return ref;
}

Ref Builder::Constant(DType dtype, uint64_t bits) {
  Instruction constant;
  constant.op = Op::kConst;
  constant.dtype = dtype;
  constant.attribute = bits;
  trace_.Append(constant, {}, {});
  return Merge();
}

Ref Builder::Emit(Op op, DType dtype, std::span<const Ref> operands, std::span<const Dim> dims,
                  uint64_t attribute, Op combiner) {
  if (op == Op::kConst) return Constant(dtype, attribute);
  // The spans may point into the pools of the trace that grows below.
  const absl::InlinedVector<Ref, 8> inputs(operands.begin(), operands.end());
  const DimList shape(dims);
  if (options_.fold && dims.empty() && IsElementwise(op)) {
    if (const auto bits = FoldConstant(trace_, op, dtype, inputs)) return Constant(dtype, *bits);
  }
  if (options_.simplify) {
    if (const Ref simpler = Simplify(*this, op, dtype, inputs, shape); simpler != kNoRef) return simpler;
  }
  Instruction instruction;
  instruction.op = op;
  instruction.dtype = dtype;
  instruction.attribute = attribute;
  instruction.combiner = combiner;
  const Ref ref = Append(instruction, inputs, shape);
  const bool mergeable = IsPure(op) || (Info(op).flags & kReads) != 0;
  return options_.cse && mergeable && op != Op::kIndex ? Merge() : ref;
}

absl::StatusOr<Ref> Builder::Elementwise(Op op, std::span<const Ref> operands, DType given) {
  const absl::StatusOr<ValueType> type = InferElementwise(trace_, op, operands, given);
  if (!type.ok()) return type.status();
  return Emit(op, type->dtype, operands, type->dims);
}

Ref Builder::Alloc(DType dtype, std::span<const Dim> dims) {
  Instruction alloc;
  alloc.op = Op::kAlloc;
  alloc.dtype = dtype;
  alloc.layout = Layout::Dense(static_cast<int>(dims.size()));
  return Append(alloc, {}, dims);
}

std::vector<Ref> Builder::BeginNest(std::span<const Dim> extents) {
  Instruction nest;
  nest.op = Op::kNest;
  nest.dtype = DType::kBool;
  nest.attribute = extents.size();
  Append(nest, {}, extents);
  std::vector<Ref> indices;
  for (size_t loop = 0; loop < extents.size(); ++loop) {
    indices.push_back(Emit(Op::kIndex, DType::kInt64, {}, {}, loop));
  }
  return indices;
}

void Builder::EndNest() {
  Instruction end;
  end.op = Op::kEnd;
  end.dtype = DType::kBool;
  Append(end, {}, {});
}

Ref Builder::Load(Ref buffer, std::span<const Ref> indices) {
  std::vector<Ref> operands = {buffer};
  operands.insert(operands.end(), indices.begin(), indices.end());
  return Emit(Op::kLoad, trace_.at(buffer).dtype, operands, {});
}

void Builder::Store(Ref buffer, Ref value, std::span<const Ref> indices) {
  std::vector<Ref> operands = {buffer, value};
  operands.insert(operands.end(), indices.begin(), indices.end());
  Instruction store;
  store.op = Op::kStore;
  store.dtype = trace_.at(value).dtype;
  Append(store, operands, {});
}

void Builder::Accumulate(Op combiner, Ref buffer, Ref value, std::span<const Ref> indices, uint64_t axes) {
  std::vector<Ref> operands = {buffer, value};
  operands.insert(operands.end(), indices.begin(), indices.end());
  Instruction accumulate;
  accumulate.op = Op::kAccumulate;
  accumulate.dtype = trace_.at(value).dtype;
  accumulate.combiner = combiner;
  accumulate.attribute = axes;
  Append(accumulate, operands, {});
}

void Builder::Assign(Ref param, Ref value) {
  Instruction assign;
  assign.op = Op::kAssign;
  assign.dtype = trace_.at(param).dtype;
  const Ref operands[] = {param, value};
  Append(assign, operands, {});
}

void Builder::Return(std::span<const Ref> values) {
  Instruction ret;
  ret.op = Op::kReturn;
  ret.dtype = DType::kBool;
  Append(ret, values, {});
}

}  // namespace lathe
