// Compiling kernels, and running them from loops.
#include "src/codegen/loop/kernel_site.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "src/recorder/interp/executables.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/passes/reuse.h"

namespace lathe {
namespace {

// Temporaries of more bytes are given back after each run: binding anew costs nothing beside filling them.
constexpr size_t kKeptBytes = size_t{1} << 20;
constexpr size_t kMostTargets = 64;

}  // namespace

absl::StatusOr<std::shared_ptr<const CompiledKernel>> CompileKernel(std::shared_ptr<const Trace> trace,
                                                                    Backend& backend) {
  Trace nests = *trace;
  PassContext context;
  context.expand = backend.WantsExpansion();
  for (const TraceLevel level : {TraceLevel::kArray, TraceLevel::kNest}) {
    if (absl::Status status = RunPasses(level, nests, context); !status.ok()) return status;
  }
  auto kernel = std::make_shared<CompiledKernel>();
  absl::StatusOr<std::unique_ptr<Executable>> executable = backend.Compile(nests);
  if (!executable.ok()) return executable.status();
  kernel->trace = std::move(trace);
  kernel->executable = *std::move(executable);
  for (const Ref result : nests.operands(nests.size() - 1)) {
    std::vector<bool>& overwrites = kernel->overwrites.emplace_back();
    for (Ref ref = 0; ref < nests.size(); ++ref) {
      if (nests.at(ref).op == Op::kParam) overwrites.push_back(MayOverwrite(nests, result, ref));
    }
  }
  if (kernel->overwrites.size() >= kMostTargets) return absl::UnimplementedError("a kernel with 64 results");
  return kernel;
}

KernelSite::KernelSite(std::shared_ptr<const CompiledKernel> kernel)
    : kernel_(std::move(kernel)), operands_(*kernel_->trace) {
  targets_ = operands_.outputs().size() + (operands_.assigned() >= 0 ? 1 : 0);
  for (size_t k = 0; k < targets_; ++k) AddPairs(k);
}

const Operand& KernelSite::Target(size_t k) const {
  return k < operands_.outputs().size() ? operands_.outputs()[k]
                                        : operands_.params()[static_cast<size_t>(operands_.assigned())];
}

void KernelSite::AddPairs(size_t target) {
  const bool is_result = target < operands_.outputs().size();
  for (size_t p = 0; p < operands_.params().size(); ++p) {
    const Operand& read = operands_.params()[p];
    if (read.is_scalar || &read == &Target(target)) continue;
    Pair& pair = pairs_.emplace_back();
    pair.target = &Target(target);
    pair.read = &read;
    pair.bit = Targets{1} << target;
    pair.may_be_same = !is_result || kernel_->overwrites[target][p];
  }
}

bool KernelSite::Invoke(const uint64_t* words) {
  const bool changed = operands_.Load(words);
  if (changed) {
    for (Pair& pair : pairs_) {
      pair.same_form = SameForm(*pair.target, *pair.read);
      pair.target_reach = ReachOf(*pair.target);
      pair.read_reach = ReachOf(*pair.read);
    }
  }
  const Targets conflicts = FindConflicts();
  if (changed || conflicts != detached_ || !run_) {
    detached_ = conflicts;
    if (!Bind().ok()) {
      run_ = nullptr;
      return false;
    }
  }
  return Run();
}

KernelSite::Targets KernelSite::FindConflicts() {
  Targets conflicts = 0;
  in_place_ = false;
  for (const Pair& pair : pairs_) {
    const int64_t distance = static_cast<char*>(pair.read->data) - static_cast<char*>(pair.target->data);
    if (!Overlap(pair.target_reach, pair.read_reach, distance)) continue;
    if (distance != 0 || !pair.same_form || !pair.may_be_same) conflicts |= pair.bit;
    in_place_ |= pair.bit >> operands_.outputs().size() == 0;
  }
  return conflicts;
}

absl::Status KernelSite::Bind() {
  run_ = nullptr;
  scratch_.clear();
  outputs_.assign(operands_.outputs().begin(), operands_.outputs().end());
  for (size_t k = 0; k < targets_; ++k) {
    scratch_.emplace_back();
    if (((detached_ >> k) & 1) == 0) continue;
    if (k == outputs_.size()) outputs_.push_back(Target(k));
    Operand& output = outputs_[k];
    int64_t bytes = ItemSize(output.dtype);
    for (int d = output.rank - 1; d >= 0; --d) {
      output.strides[d] = bytes;
      bytes *= output.extents[d];
    }
    scratch_.back() = TemporaryBlock::Take(static_cast<size_t>(bytes));
    output.data = scratch_.back().data();
    if (output.data == nullptr) return absl::ResourceExhaustedError("no memory for its result");
  }
  absl::StatusOr<std::unique_ptr<BoundRun>> run =
      kernel_->executable->Bind(operands_.params(), outputs_, operands_.dims());
  if (!run.ok()) return run.status();
  run_ = *std::move(run);
  return absl::OkStatus();
}

bool KernelSite::Run() {
  for (size_t k = 0; k < operands_.outputs().size(); ++k) {
    if (((detached_ >> k) & 1) == 0) outputs_[k].data = operands_.outputs()[k].data;
  }
  if (const absl::Status status = run_->Run(operands_.params(), outputs_); !status.ok()) {
    // A reduction may find no memory for its partial results. Of all that the kernel writes only results are
    // written before one, and nobody misses what was there, unless it is a parameter.
    if (!in_place_) return false;
    std::fprintf(stderr, "lathe: %s\n", std::string(status.message()).c_str());
    std::abort();
  }
  if (detached_ != 0) CopyBack();
  size_t bytes = run_->bytes();
  for (const TemporaryBlock& block : scratch_) bytes += block.bytes();
  if (bytes <= kKeptBytes) return true;
  run_ = nullptr;
  scratch_.clear();
  return true;
}

// Results first: what is assigned to takes effect after everything else.
void KernelSite::CopyBack() const {
  for (size_t k = 0; k < targets_; ++k) {
    if (((detached_ >> k) & 1) == 0) continue;
    const StridedView view = ViewOf(Target(k));
    const int64_t elements = view.Elements();
    if (elements > 0) Cursor(view).Write(elements, static_cast<const std::byte*>(outputs_[k].data));
  }
}

extern "C" int64_t LatheInvokeKernel(KernelSite* site, const uint64_t* words) noexcept {
  return site->Invoke(words) ? 1 : 0;
}

}  // namespace lathe
