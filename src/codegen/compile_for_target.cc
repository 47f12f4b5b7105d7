// Code for other machines: emitted as for this one, and not placed anywhere.
#include <algorithm>
#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "src/codegen/loop/emitters.h"
#include "src/codegen/native_backend.h"
#include "src/recorder/ir/flow.h"

namespace lathe {
namespace {

struct Target {
  std::string_view name;
  asmjit::Arch arch;
  bool avx;
};
constexpr std::array kTargets = {
    Target{"aarch64", asmjit::Arch::kAArch64, false}, Target{"sse42", asmjit::Arch::kX64, false},
    Target{"avx2", asmjit::Arch::kX64, true}, Target{"avx512", asmjit::Arch::kX64, true}};
constexpr std::array kNames = [] {
  std::array<std::string_view, kTargets.size()> names;
  for (size_t k = 0; k < names.size(); ++k) names[k] = kTargets[k].name;
  return names;
}();

}  // namespace

std::span<const std::string_view> Targets() { return kNames; }

absl::StatusOr<TargetCode> CompileForTarget(const Trace& trace, std::string_view target) {
  const auto* const found =
      std::find_if(kTargets.begin(), kTargets.end(), [&](const Target& each) { return each.name == target; });
  if (found == kTargets.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no target ", absl::string_view(target.data(), target.size())));
  }
  if (!IsLoopTrace(trace)) {
    return absl::UnimplementedError("only loops are compiled for other targets, not array traces");
  }
  LoopEmitOptions options;
  options.avx = found->avx;
  options.keep_listing = true;
  options.elsewhere = true;
  const std::unique_ptr<LoopEmitter> emitter = MakeLoopEmitter(found->arch, trace, options);
  const absl::StatusOr<std::string> bytes = emitter->EmitBytes();
  if (!bytes.ok()) return bytes.status();
  return TargetCode{emitter->listing(), bytes->size()};
}

}  // namespace lathe
