// A file for as long as an object lives: logs that nobody asked for by name.
#pragma once

#include <string>

namespace lathe {

class TemporaryFile {
 public:
  // In the system's folder for such files, named after `purpose`: "lathe-trace-…". Throws FileError if it
  // cannot be made.
  explicit TemporaryFile(const std::string& purpose);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace lathe
