// Placement of code through asmjit's allocator.
#include "src/codegen/memory/code_memory.h"

#include "absl/strings/str_cat.h"

namespace lathe {
namespace {

asmjit::JitRuntime& Runtime() {
  // Never destroyed: arrays that die after main may still run their traces.
  static asmjit::JitRuntime* const runtime = [] {
    asmjit::JitAllocator::CreateParams params;
    params.options = asmjit::JitAllocatorOptions::kUseDualMapping;
    return new asmjit::JitRuntime(&params);
  }();
  return *runtime;
}

}  // namespace

CodeBlock::~CodeBlock() {
  if (address_) Runtime().release(address_);
}

absl::StatusOr<CodeBlock> InstallCode(asmjit::CodeHolder& code) {
  CodeBlock block;
  const asmjit::Error error = Runtime().add(&block.address_, &code);
  if (error != asmjit::kErrorOk) {
    return absl::UnavailableError(
        absl::StrCat("no executable memory: ", asmjit::DebugUtils::errorAsString(error)));
  }
  block.bytes_ = code.codeSize();
  return block;
}

}  // namespace lathe
