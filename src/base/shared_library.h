// Shared libraries: found as the system's loader finds them, never closed again, since compiled code, pending
// arrays and C itself may hold addresses into them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lathe {

class SharedLibrary {
 public:
  // `name`: a path or file name ("./libfast.so", "libm.so.6"), or what follows -l on a linker's command line
  // ("m"); "" is the program itself with the C library. Throws FileError that says what was tried.
  static SharedLibrary Open(const std::string& name);
  // A file that may be missing.
  static std::optional<SharedLibrary> TryOpen(const std::string& file);

  // The address of a symbol; null if there is none.
  void* Find(const std::string& symbol) const;
  const std::string& name() const { return name_; }

 private:
  SharedLibrary(void* handle, std::string name) : handle_(handle), name_(std::move(name)) {}
  void* handle_;
  std::string name_;
};

// The file names that `-lNAME` may stand for, the one to try first at the front: libNAME.so, then those with
// a version that the loader's cache and LD_LIBRARY_PATH have.
std::vector<std::string> LibraryCandidates(const std::string& name);

}  // namespace lathe
