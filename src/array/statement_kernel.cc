// Binding words to operands, and assignments that overlap what they read.
#include "src/array/statement_kernel.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "src/array/engine.h"
#include "src/array/kernel_run.h"

namespace lathe {

struct StatementKernel::View {
  DType dtype = DType::kFloat64;
  std::vector<Dim> dims;
  Operand operand;
  // The bytes that it covers, from its address on; valid while the strides are those of `operand`.
  int64_t low = 0;
  int64_t high = 0;
};

struct StatementKernel::Form {
  explicit Form(Trace trace) : kernel(DefaultEngine().MakeStatement(std::move(trace))) {}

  // `shapes` is another number whenever extents or strides have changed. What runs twice with the same ones
  // is bound to them.
  bool Run(std::span<const Operand> given, std::span<const Operand> results, std::span<const int64_t> dims,
           int64_t shapes) {
    if (!kernel) return false;
    const Executable& executable = *kernel->native;
    if (shapes != last_shapes) {
      last_shapes = shapes;
      bound.reset();
      return RunKernel(*kernel, executable, given, results, dims, RunKind::kReplay).ok();
    }
    if (!bound) {
      absl::StatusOr<std::unique_ptr<BoundRun>> made = executable.Bind(given, results, dims);
      if (!made.ok()) return false;
      bound = *std::move(made);
    }
    return RunKernel(*kernel, *bound, given, results, &timing).ok();
  }

  std::shared_ptr<Kernel> kernel;  // null if it could not be compiled
  std::unique_ptr<BoundRun> bound;
  int64_t last_shapes = -1;
  ReplayTiming timing;
  std::vector<Operand> params, outputs;
};

namespace {

// The number of a symbolic extent among the dims of the trace.
size_t DimPosition(const Trace& trace, Dim dim) { return static_cast<size_t>(trace.at(dim.ref()).attribute); }

Ref FindAssign(const Trace& trace) {
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    if (trace.at(ref).op == Op::kAssign) return ref;
  }
  return kNoRef;
}

// `trace` without its assignment, whose value is one more result.
Trace WithoutAssign(const Trace& trace) {
  Trace value = trace;
  const Ref assign = FindAssign(trace);
  const std::span<const Ref> returned = trace.operands(trace.size() - 1);
  std::vector<Ref> results(returned.begin(), returned.end());
  results.push_back(trace.operands(assign)[1]);
  const Instruction ret = trace.at(trace.size() - 1);
  value.instructions.resize(assign);
  value.Append(ret, results, {});
  return value;
}

// The dims of `trace`, and an assignment of a dense array of the value's shape to one of the target's.
Trace CopyOfAssigned(const Trace& trace) {
  const Ref assign = FindAssign(trace);
  Trace copy;
  copy.name = trace.name + "copy";
  std::vector<Ref> refs(trace.size(), kNoRef);
  for (Ref ref = 0; ref < trace.size(); ++ref) {
    if (trace.at(ref).op == Op::kDim) refs[ref] = copy.Append(trace.at(ref), {}, {});
  }
  std::vector<Ref> params;
  for (const Ref operand : trace.operands(assign)) {
    std::vector<Dim> dims;
    for (const Dim dim : trace.dims(operand))
      dims.push_back(dim.is_constant() ? dim : Dim::Symbol(refs[dim.ref()]));
    Instruction param;
    param.op = Op::kParam;
    param.dtype = trace.at(operand).dtype;
    param.attribute = params.size();
    const int rank = static_cast<int>(dims.size());
    param.layout = params.empty() ? trace.at(operand).layout : Layout::Dense(rank);
    params.push_back(copy.Append(param, {}, dims));
  }
  Instruction instruction = trace.at(assign);
  copy.Append(instruction, params, {});
  copy.Append(trace.at(trace.size() - 1), {}, {});
  return copy;
}

}  // namespace

StatementKernel::StatementKernel(Trace trace) : trace_(std::move(trace)) {
  const auto view_of = [&](Ref ref) {
    View view;
    view.dtype = trace_.at(ref).dtype;
    view.dims.assign(trace_.dims(ref).begin(), trace_.dims(ref).end());
    view.operand.dtype = view.dtype;
    view.operand.rank = trace_.at(ref).rank;
    return view;
  };
  const Ref assign = FindAssign(trace_);
  for (Ref ref = 0; ref < trace_.size(); ++ref) {
    if (trace_.at(ref).op == Op::kDim) dims_.push_back(0);
    if (trace_.at(ref).op != Op::kParam) continue;
    if (assign != kNoRef && trace_.operands(assign)[0] == ref) target_ = static_cast<int>(params_.size());
    params_.push_back(view_of(ref));
    params_.back().operand.is_scalar = params_.back().dims.empty();
  }
  for (const Ref ref : trace_.operands(trace_.size() - 1)) results_.push_back(view_of(ref));
}

StatementKernel::~StatementKernel() = default;

void StatementKernel::ReadOperands(std::span<const uint64_t> words) {
  const uint64_t* word = words.data();
  for (int64_t& dim : dims_) dim = static_cast<int64_t>(*word++);
  const auto set_extents = [&](View& view) {
    for (size_t d = 0; d < view.dims.size(); ++d) {
      const Dim dim = view.dims[d];
      view.operand.extents[d] = dim.is_constant() ? dim.value : dims_[DimPosition(trace_, dim)];
    }
  };
  for (View& view : params_) {
    if (view.operand.is_scalar) {
      view.operand.scalar_bits = *word++;
      continue;
    }
    set_extents(view);
    view.operand.data = reinterpret_cast<void*>(*word++);
    view.low = 0;
    view.high = ItemSize(view.dtype);
    for (size_t d = 0; d < view.dims.size(); ++d) {
      view.operand.strides[d] = static_cast<int64_t>(*word++);
      const int64_t reach = (view.operand.extents[d] - 1) * view.operand.strides[d];
      (reach < 0 ? view.low : view.high) += reach;
    }
  }
  for (View& view : results_) {
    set_extents(view);
    int64_t stride = ItemSize(view.dtype);
    for (size_t d = view.dims.size(); d-- > 0;) {
      view.operand.strides[d] = stride;
      stride *= view.operand.extents[d];
    }
    view.operand.data = reinterpret_cast<void*>(*word++);
  }
}

bool StatementKernel::TargetOverlaps() const {
  if (target_ < 0) return false;
  const View& target = params_[static_cast<size_t>(target_)];
  const auto begin = [](const View& view) { return static_cast<const char*>(view.operand.data) + view.low; };
  const auto end = [](const View& view) { return static_cast<const char*>(view.operand.data) + view.high; };
  for (const View& view : params_) {
    if (&view == &target || view.operand.is_scalar) continue;
    if (end(view) <= begin(target) || end(target) <= begin(view)) continue;
    const size_t bytes = sizeof(int64_t) * view.dims.size();
    const bool same = view.operand.data == target.operand.data && view.dtype == target.dtype &&
                      view.dims.size() == target.dims.size() &&
                      std::memcmp(view.operand.extents, target.operand.extents, bytes) == 0 &&
                      std::memcmp(view.operand.strides, target.operand.strides, bytes) == 0;
    if (!same) return true;
  }
  return false;
}

bool StatementKernel::Run(std::span<const uint64_t> words) {
  // What matters for a binding: everything but addresses and scalars.
  bool changed = words_.size() != words.size();
  const uint64_t* now = words.data();
  const uint64_t* before = words_.data();
  if (!changed) {
    size_t at = 0;
    for (; at < dims_.size(); ++at) changed |= now[at] != before[at];
    for (const View& view : params_) {
      ++at;
      if (view.operand.is_scalar) continue;
      for (size_t d = 0; d < view.dims.size(); ++d, ++at) changed |= now[at] != before[at];
    }
  }
  try {
    if (changed) {
      ++shapes_;
      words_.assign(words.begin(), words.end());
      ReadOperands(words);
    } else {
      now += dims_.size();
      for (View& view : params_) {
        if (view.operand.is_scalar) {
          view.operand.scalar_bits = *now++;
        } else {
          view.operand.data = reinterpret_cast<void*>(*now);
          now += 1 + view.dims.size();
        }
      }
      for (View& view : results_) view.operand.data = reinterpret_cast<void*>(*now++);
    }
    const bool staged = TargetOverlaps();
    Form* form = staged ? value_.get() : direct_.get();
    if (!form) {
      std::unique_ptr<Form>& made = staged ? value_ : direct_;
      made = std::make_unique<Form>(staged ? WithoutAssign(trace_) : trace_);
      form = made.get();
    }
    form->params.clear();
    form->outputs.clear();
    for (const View& view : params_) form->params.push_back(view.operand);
    for (const View& view : results_) form->outputs.push_back(view.operand);
    return staged ? RunStaged() : form->Run(form->params, form->outputs, dims_, shapes_);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

bool StatementKernel::RunStaged() {
  const Ref assign = FindAssign(trace_);
  const Ref value = trace_.operands(assign)[1];
  const View& target = params_[static_cast<size_t>(target_)];
  Operand dense;
  dense.dtype = trace_.at(value).dtype;
  dense.rank = trace_.at(value).rank;
  int64_t stride = ItemSize(dense.dtype);
  for (size_t d = dense.rank; d-- > 0;) {
    const Dim dim = trace_.dims(value)[d];
    dense.extents[d] = dim.is_constant() ? dim.value : dims_[DimPosition(trace_, dim)];
    dense.strides[d] = stride;
    stride *= dense.extents[d];
  }
  if (scratch_.size() < static_cast<size_t>(stride)) scratch_.resize(static_cast<size_t>(stride));
  dense.data = scratch_.data();
  value_->outputs.push_back(dense);
  if (!copy_) copy_ = std::make_unique<Form>(CopyOfAssigned(trace_));
  // The copy exists before anything is written: there is no way back after the first effect.
  if (!copy_->kernel || !value_->Run(value_->params, value_->outputs, dims_, shapes_)) return false;
  const Operand operands[] = {target.operand, dense};
  return copy_->Run(operands, {}, dims_, shapes_);
}

}  // namespace lathe
