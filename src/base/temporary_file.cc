#include "src/base/temporary_file.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "lathe/error.h"

namespace lathe {

TemporaryFile::TemporaryFile(const std::string& purpose) {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(none);
  path_ = ((none ? "/tmp" : folder) / ("lathe-" + purpose + "-XXXXXX")).string();
  const int descriptor = ::mkstemp(path_.data());
  if (descriptor < 0) throw FileError("cannot make a temporary file in " + folder.string());
  ::close(descriptor);
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

}  // namespace lathe
