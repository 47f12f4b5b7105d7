// The machine-code backend of loop traces.
#include <asmjit/core.h>

#include <memory>
#include <utility>
#include <vector>

#include "src/codegen/loop/emitters.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/log/phase_clock.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {
namespace {

class NativeLoop : public LoopExecutable {
 public:
  using Sites = std::vector<std::unique_ptr<KernelSite>>;
  NativeLoop(LoopCode code, std::vector<uint64_t> context, Sites sites)
      : code_(std::move(code)), context_(std::move(context)), sites_(std::move(sites)) {}

  uint32_t Run(const uint64_t* inputs, uint64_t* values) const override {
    using Function = uint32_t (*)(const uint64_t*, uint64_t*);
    uint64_t* const context = context_.data();
    const ExitSite& site =
        code_
            .sites[reinterpret_cast<Function>(const_cast<std::byte*>(code_.code.address()))(inputs, context)];
    for (const ExitValue& value : site.values) {
      *values++ = WordAt(value.place, value.dtype, context) + WordAt(value.added, value.dtype, context) +
                  value.constant;
    }
    return site.exit;
  }
  size_t code_bytes() const override { return code_.code.bytes(); }
  std::string Listing() const override { return code_.listing; }

 private:
  // Zero for a place that is none, or a constant.
  static uint64_t WordAt(const LoopPlace& place, DType dtype, const uint64_t* context) {
    const auto index = static_cast<size_t>(place.index);
    switch (place.kind) {
      case LoopPlace::Kind::kGeneral:
        return context[LoopContext::kGeneral + index];
      case LoopPlace::Kind::kVector:
        return ExtendedBits(dtype, context[LoopContext::kVector + index]);
      case LoopPlace::Kind::kSlot:
        return ExtendedBits(dtype, context[LoopContext::kSlots + index]);
      default:
        return 0;
    }
  }

  const LoopCode code_;
  mutable std::vector<uint64_t> context_;
  const Sites sites_;
};

class NativeLoopBackend : public LoopBackend {
 public:
  explicit NativeLoopBackend(const NativeOptions& options)
      : level_(FindVectorLevel(options.level)),
        keep_listing_(options.keep_listing),
        code_map_(options.code_map),
        arrays_(MakeNativeBackend(options)) {}

  absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                              const std::atomic<int>* attention) override {
    const PhaseScope phase(Phase::emit);
    LoopEmitOptions options;
    options.code_map = code_map_;
    options.level = level_;
    options.keep_listing = keep_listing_;
    options.attention = attention;
    absl::StatusOr<NativeLoop::Sites> sites = MakeSites(trace, &options);
    if (!sites.ok()) return sites.status();
    const std::unique_ptr<LoopEmitter> emitter = MakeLoopEmitter(trace, options);
    std::vector<uint64_t> context(emitter->context_words());
    absl::StatusOr<LoopCode> code = emitter->Emit();
    if (!code.ok()) return code.status();
    return std::make_unique<NativeLoop>(*std::move(code), std::move(context), *std::move(sites));
  }

 private:
  absl::StatusOr<NativeLoop::Sites> MakeSites(const Trace& trace, LoopEmitOptions* options) {
    std::vector<std::shared_ptr<const CompiledKernel>> kernels(trace.kernels.size());
    NativeLoop::Sites sites;
    for (Ref ref = 0; ref < trace.size(); ++ref) {
      if (trace.at(ref).op != Op::kInvoke) continue;
      const size_t k = trace.at(ref).attribute;
      if (kernels[k] == nullptr) {
        absl::StatusOr<std::shared_ptr<const CompiledKernel>> kernel = FindKernel(trace.kernels[k]);
        if (!kernel.ok()) return kernel.status();
        kernels[k] = *std::move(kernel);
      }
      sites.push_back(std::make_unique<KernelSite>(kernels[k]));
      options->sites[ref] = sites.back().get();
    }
    return sites;
  }

  // A trace tree that is compiled again keeps its kernels.
  absl::StatusOr<std::shared_ptr<const CompiledKernel>> FindKernel(
      const std::shared_ptr<const Trace>& trace) {
    if (const auto found = kernels_.find(trace.get()); found != kernels_.end()) {
      if (std::shared_ptr<const CompiledKernel> kernel = found->second.lock()) return kernel;
    }
    absl::erase_if(kernels_, [](const auto& entry) { return entry.second.expired(); });
    absl::StatusOr<std::shared_ptr<const CompiledKernel>> kernel = CompileKernel(trace, *arrays_);
    if (kernel.ok()) kernels_[trace.get()] = *kernel;
    return kernel;
  }

  const VectorLevel level_;
  const bool keep_listing_;
  CodeMap* code_map_;
  const std::unique_ptr<Backend> arrays_;
  // A kernel that is alive keeps its trace, and so the key.
  absl::flat_hash_map<const Trace*, std::weak_ptr<const CompiledKernel>> kernels_;
};

}  // namespace

std::unique_ptr<LoopBackend> MakeNativeLoopBackend(const NativeOptions& options) {
  return std::make_unique<NativeLoopBackend>(options);
}

}  // namespace lathe
