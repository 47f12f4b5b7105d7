// Writes in parts, and those that a signal interrupted.
#include "src/base/write_all.h"

#include <unistd.h>

#include <cerrno>

namespace lathe {

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace lathe
