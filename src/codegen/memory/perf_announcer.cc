// perf's files. The jitdump is written from its published description (tools/perf/Documentation/
// jitdump-specification.txt of Linux): a header, then records of code and, before each, of its lines.
#include "src/codegen/memory/perf_announcer.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "absl/strings/str_cat.h"

namespace lathe {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

absl::Status CannotWrite(const std::string& path) {
  return absl::NotFoundError(absl::StrCat("cannot write '", path, "': ", std::strerror(errno)));
}

class PerfMap : public CodeAnnouncer {
 public:
  explicit PerfMap(FilePointer file) : file_(std::move(file)) {}
  void Added(std::span<const std::byte> code, const CodeDescription& description) override {
    std::fprintf(file_.get(), "%zx %zx lathe:%s %s\n", reinterpret_cast<uintptr_t>(code.data()), code.size(),
                 description.name.c_str(), description.file.c_str());
    std::fflush(file_.get());
  }
  void Removed(const std::byte*) override {}

 private:
  const FilePointer file_;
};

class JitDump : public CodeAnnouncer {
 public:
  JitDump(FilePointer file, void* mark, size_t mark_bytes)
      : file_(std::move(file)), mark_(mark), mark_bytes_(mark_bytes) {
    Put(uint32_t{0x4A695444});  // "JiTD" in the machine's byte order
    Put(uint32_t{1});           // version
    Put(uint32_t{40});          // bytes of this header
    Put(Machine());
    Put(uint32_t{0});
    Put(static_cast<uint32_t>(::getpid()));
    Put(Time());
    Put(uint64_t{0});  // flags
    std::fflush(file_.get());
  }
  ~JitDump() override {
    Begin(kClose, 0);
    ::munmap(mark_, mark_bytes_);
  }

  void Added(std::span<const std::byte> code, const CodeDescription& description) override {
    const auto address = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(code.data()));
    if (!description.lines.empty() && !description.file.empty()) {
      const size_t entry = 16 + description.file.size() + 1;
      Begin(kLines, 16 + entry * description.lines.size());
      Put(address);
      Put(uint64_t{description.lines.size()});
      for (const CodeLine& line : description.lines) {
        Put(address + line.offset);
        Put(line.line);
        Put(uint32_t{0});
        PutText(description.file);
      }
    }
    const std::string name = absl::StrCat("lathe:", description.name);
    Begin(kCode, 40 + name.size() + 1 + code.size());
    Put(static_cast<uint32_t>(::getpid()));
    Put(static_cast<uint32_t>(::syscall(SYS_gettid)));
    Put(address);
    Put(address);
    Put(uint64_t{code.size()});
    Put(next_++);
    PutText(name);
    std::fwrite(code.data(), 1, code.size(), file_.get());
    std::fflush(file_.get());
  }
  void Removed(const std::byte*) override {}

 private:
  static constexpr uint32_t kCode = 0;
  static constexpr uint32_t kLines = 2;
  static constexpr uint32_t kClose = 3;

  static uint32_t Machine() {
#if defined(__x86_64__)
    return 62;
#else
    return 183;  // AArch64
#endif
  }
  static uint64_t Time() {
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
  }
  template <class T>
  void Put(T value) {
    std::fwrite(&value, sizeof(value), 1, file_.get());
  }
  void PutText(const std::string& text) { std::fwrite(text.c_str(), 1, text.size() + 1, file_.get()); }
  void Begin(uint32_t kind, size_t bytes) {
    Put(kind);
    Put(static_cast<uint32_t>(16 + bytes));
    Put(Time());
  }

  const FilePointer file_;
  void* const mark_;
  const size_t mark_bytes_;
  uint64_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CodeAnnouncer>> MakePerfMap() {
  const std::string path = absl::StrCat("/tmp/perf-", ::getpid(), ".map");
  FilePointer file(std::fopen(path.c_str(), "w"));
  if (!file) return CannotWrite(path);
  return std::make_unique<PerfMap>(std::move(file));
}

absl::StatusOr<std::unique_ptr<CodeAnnouncer>> MakeJitDump() {
  const char* folder = std::getenv("JITDUMPDIR");
  const std::string path = absl::StrCat(folder ? folder : "/tmp", "/jit-", ::getpid(), ".dump");
  FilePointer file(std::fopen(path.c_str(), "w+"));
  if (!file) return CannotWrite(path);
  // perf finds the file by its being mapped executable.
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  void* const mark = ::mmap(nullptr, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, ::fileno(file.get()), 0);
  if (mark == MAP_FAILED) return CannotWrite(path);
  return std::make_unique<JitDump>(std::move(file), mark, page);
}

}  // namespace lathe
