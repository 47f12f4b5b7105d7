// Placement of code: map, write, protect.
#include "src/codegen/memory/code_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace lathe {
namespace {

absl::Status NoMemory(const char* what, int error) {
  return absl::UnavailableError(absl::StrCat("no executable memory: ", what, ": ", std::strerror(error)));
}

absl::Status Misplaced(asmjit::Error error) {
  return absl::InternalError(absl::StrCat("placing code: ", asmjit::DebugUtils::errorAsString(error)));
}
absl::Status Flatten(asmjit::CodeHolder& code) {
  asmjit::Error error = code.flatten();
  if (error == asmjit::kErrorOk) error = code.resolveUnresolvedLinks();
  return error == asmjit::kErrorOk ? absl::OkStatus() : Misplaced(error);
}

}  // namespace

void CodeBlock::Describe(CodeMap& map, CodeDescription description) {
  map_ = &map;
  map.Add({address_, bytes_}, std::move(description));
}

CodeBlock::~CodeBlock() {
  if (map_) map_->Remove(address_);
  if (address_) ::munmap(address_, mapped_);
}

absl::StatusOr<std::string> BytesOf(asmjit::CodeHolder& code) {
  if (absl::Status status = Flatten(code); !status.ok()) return status;
  asmjit::Error error = code.relocateToBase(0);
  std::string bytes(code.codeSize(), '\0');
  if (error == asmjit::kErrorOk) error = code.copyFlattenedData(bytes.data(), bytes.size());
  if (error != asmjit::kErrorOk) return Misplaced(error);
  return bytes;
}

absl::StatusOr<CodeBlock> InstallCode(asmjit::CodeHolder& code) {
  if (absl::Status status = Flatten(code); !status.ok()) return status;
  static const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  CodeBlock block;
  block.bytes_ = code.codeSize();
  const size_t mapped = (block.bytes_ + page - 1) / page * page;
  void* const address = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return NoMemory("mmap", errno);
  block.address_ = static_cast<std::byte*>(address);
  block.mapped_ = mapped;
  asmjit::Error error = code.relocateToBase(reinterpret_cast<uintptr_t>(address));
  if (error == asmjit::kErrorOk) error = code.copyFlattenedData(address, mapped);
  if (error != asmjit::kErrorOk) return Misplaced(error);
  // Processors other than x86-64 may still have what was there before in their instruction caches.
  __builtin___clear_cache(static_cast<char*>(address), static_cast<char*>(address) + block.bytes_);
  if (::mprotect(address, mapped, PROT_READ | PROT_EXEC) != 0) return NoMemory("mprotect", errno);
  return block;
}

}  // namespace lathe
