// The machine-code backend of loop traces.
#include <asmjit/core.h>

#include <memory>
#include <utility>
#include <vector>

#include "src/codegen/loop/x64/loop_emitter.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/runtime/loop_backend.h"

namespace lathe {
namespace {

class NativeLoop : public LoopExecutable {
 public:
  NativeLoop(LoopCode code, std::vector<uint64_t> context)
      : code_(std::move(code)), context_(std::move(context)) {}

  uint32_t Run(const uint64_t* inputs, uint64_t* values) const override {
    using Function = uint32_t (*)(const uint64_t*, uint64_t*);
    uint64_t* const context = context_.data();
    const ExitSite& site = code_.sites[reinterpret_cast<Function>(code_.code.address())(inputs, context)];
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
};

class NativeLoopBackend : public LoopBackend {
 public:
  explicit NativeLoopBackend(const NativeOptions& options) : keep_listing_(options.keep_listing) {
    const asmjit::CpuFeatures::X86& features = asmjit::CpuInfo::host().features().x86();
    avx_ = options.level != Isa::kSse42 && features.hasAVX2() && features.hasFMA();
  }

  absl::StatusOr<std::unique_ptr<LoopExecutable>> CompileLoop(const Trace& trace,
                                                              const std::atomic<int>* attention) override {
    LoopEmitOptions options;
    options.avx = avx_;
    options.keep_listing = keep_listing_;
    options.attention = attention;
    LoopEmitter emitter(trace, options);
    std::vector<uint64_t> context(emitter.context_words());
    absl::StatusOr<LoopCode> code = emitter.Emit();
    if (!code.ok()) return code.status();
    return std::make_unique<NativeLoop>(*std::move(code), std::move(context));
  }

 private:
  bool avx_ = false;
  bool keep_listing_;
};

}  // namespace

std::unique_ptr<LoopBackend> MakeNativeLoopBackend(const NativeOptions& options) {
  return std::make_unique<NativeLoopBackend>(options);
}

}  // namespace lathe
