// Opening of shared libraries. Where no development files are installed there is no libm.so, only libm.so.6,
// and where they are, libm.so may be a text for the linker: so the versions that the loader knows are tried
// too. They stand in /etc/ld.so.cache, whose format is glibc's elf/cache.c.
#include "src/base/shared_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "lathe/error.h"

namespace lathe {
namespace {

constexpr const char* kCacheFile = "/etc/ld.so.cache";
constexpr std::string_view kCacheMagic = "glibc-ld.so.cache1.1";
constexpr size_t kCacheHeader = 48;
constexpr size_t kCacheEntry = 24;

uint32_t WordAt(const std::string& bytes, size_t offset) {
  uint32_t word;
  std::memcpy(&word, bytes.data() + offset, sizeof word);
  return word;
}

// File names in the loader's cache that begin with `prefix`.
void AddCached(const std::string& prefix, std::vector<std::string>* names) {
  std::ifstream file(kCacheFile, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t start = bytes.find(kCacheMagic);
  if (start == std::string::npos || bytes.size() < start + kCacheHeader) return;
  const size_t count = WordAt(bytes, start + kCacheMagic.size());
  for (size_t k = 0; k < count; ++k) {
    const size_t entry = start + kCacheHeader + k * kCacheEntry;
    if (entry + kCacheEntry > bytes.size()) return;
    const size_t text = start + WordAt(bytes, entry + 4);
    if (text >= bytes.size()) return;
    const std::string name(bytes.c_str() + text);
    if (name.starts_with(prefix)) names->push_back(name);
  }
}

void AddFromSearchPath(const std::string& prefix, std::vector<std::string>* names) {
  const char* path = std::getenv("LD_LIBRARY_PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const std::string folder(rest.substr(0, rest.find(':')));
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, ignored)) {
      std::string name = entry.path().filename().string();
      if (name.starts_with(prefix)) names->push_back(std::move(name));
    }
  }
}

// Orders "libx.so.2" before "libx.so.10", as numbers.
bool VersionLess(const std::string& a, const std::string& b) { return strverscmp(a.c_str(), b.c_str()) < 0; }

}  // namespace

std::vector<std::string> LibraryCandidates(const std::string& name) {
  if (name.find('/') != std::string::npos || name.find(".so") != std::string::npos) return {name};
  const std::string plain = "lib" + name + ".so";
  std::vector<std::string> versions;
  AddFromSearchPath(plain + ".", &versions);
  AddCached(plain + ".", &versions);
  std::sort(versions.begin(), versions.end(), [](const auto& a, const auto& b) { return VersionLess(b, a); });
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  versions.insert(versions.begin(), plain);
  return versions;
}

std::optional<SharedLibrary> SharedLibrary::TryOpen(const std::string& file) {
  void* const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) return std::nullopt;
  return SharedLibrary(handle, file);
}

SharedLibrary SharedLibrary::Open(const std::string& name) {
  if (name.empty()) return SharedLibrary(dlopen(nullptr, RTLD_NOW), "the program");
  std::string tried;
  for (const std::string& candidate : LibraryCandidates(name)) {
    if (void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL))
      return SharedLibrary(handle, candidate);
    const char* reason = dlerror();
    tried += "\n    " + std::string(reason ? reason : candidate);
  }
  throw FileError("cannot load library '" + name + "':" + tried);
}

void* SharedLibrary::Find(const std::string& symbol) const { return dlsym(handle_, symbol.c_str()); }

}  // namespace lathe
