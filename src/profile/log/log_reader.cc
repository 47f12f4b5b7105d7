// The reader: blocks of the file, cut into lines, each parsed by simdjson's on-demand parser.
#include "src/profile/log/log_reader.h"

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/temporary_file.h"
#include "src/base/write_all.h"
#include "src/profile/output/text.h"

namespace lathe::profile {
namespace {

namespace json = simdjson::ondemand;

constexpr size_t kBlock = size_t{4} << 20;
constexpr std::string_view kTextFields[] = {"ir", "listing"};

bool IsTextField(std::string_view key) {
  for (const std::string_view name : kTextFields) {
    if (key == name) return true;
  }
  return false;
}

// A file that closes itself.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

ssize_t ReadSome(int file, char* to, size_t room) {
  ssize_t count = 0;
  do {
    count = read(file, to, room);
  } while (count < 0 && errno == EINTR);
  return count;
}

// What a pipe gives, in a file without a name: texts are read again later.
absl::StatusOr<FileDescriptor> Spool(const FileDescriptor& pipe, const std::string& name) {
  const TemporaryFile place("log");
  FileDescriptor copy(open(place.path().c_str(), O_RDWR | O_CLOEXEC));
  std::vector<char> block(kBlock);
  for (;;) {
    const ssize_t count = ReadSome(pipe.number(), block.data(), block.size());
    if (count == 0) break;
    if (count < 0 || !WriteAll(copy.number(), {block.data(), static_cast<size_t>(count)}))
      return absl::UnavailableError(absl::StrCat(name, ": ", std::strerror(errno)));
  }
  lseek(copy.number(), 0, SEEK_SET);
  return copy;
}

absl::StatusOr<FileDescriptor> OpenFile(const std::string& path, const std::string& name) {
  FileDescriptor file(path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                  : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) return absl::NotFoundError(absl::StrCat(name, ": ", std::strerror(errno)));
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return file;
  if (S_ISDIR(status.st_mode)) return absl::InvalidArgumentError(absl::StrCat(name, ": is a directory"));
  return S_ISREG(status.st_mode) ? std::move(file) : Spool(file, name);
}

// Turns one line into a LogEvent. All views point into the line or the parser.
class LineParser {
 public:
  // `offset`: of the line in the file. kPadding bytes after the line must be readable.
  simdjson::error_code Parse(const char* line, size_t size, int64_t offset, LogEvent* event) {
    event->Clear();
    line_ = line;
    offset_ = offset;
    event_ = event;
    return ParseLine(size);
  }

 private:
  simdjson::error_code ParseLine(size_t size) {
    json::document document;
    json::object object;
    if (auto error = parser_.iterate(line_, size, size + simdjson::SIMDJSON_PADDING).get(document))
      return error;
    if (auto error = document.get_object().get(object)) return error;
    for (auto member : object) {
      json::field field;
      std::string_view key;
      if (auto error = std::move(member).get(field)) return error;
      if (auto error = field.unescaped_key().get(key)) return error;
      if (auto error = ParseValue(key, field.value())) return error;
    }
    const char* rest = nullptr;  // there must be none
    const simdjson::error_code end = document.current_location().get(rest);
    return end == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
  }

  simdjson::error_code ParseValue(std::string_view key, json::value value) {
    json::json_type type;
    if (auto error = value.type().get(type)) return error;
    LogField& field = event_->Append(key);
    switch (type) {
      case json::json_type::string:
        return ParseString(key, value, &field);
      case json::json_type::number:
        field.kind = LogField::Kind::kNumber;
        return ParseNumber(value, &field.number);
      case json::json_type::boolean: {
        bool flag = false;
        if (auto error = value.get_bool().get(flag)) return error;
        field.kind = LogField::Kind::kBool;
        field.number = flag ? 1 : 0;
        return simdjson::SUCCESS;
      }
      case json::json_type::array:
        return ParseList(value, &field);
      default:
        return simdjson::SUCCESS;  // nothing that version 1 has: skipped
    }
  }

  simdjson::error_code ParseString(std::string_view key, json::value& value, LogField* field) {
    if (!IsTextField(key)) {
      if (auto error = value.get_string().get(field->string)) return error;
      field->kind = LogField::Kind::kString;
      if (key == "event") event_->name = field->string;
      return simdjson::SUCCESS;
    }
    const std::string_view token = value.raw_json_token();
    const size_t quote = token.rfind('"');  // the token goes on to the next one, over spaces
    field->kind = LogField::Kind::kText;
    field->text.offset = offset_ + (token.data() - line_);
    field->text.size = static_cast<int64_t>(quote) + 1;
    return simdjson::SUCCESS;
  }

  static simdjson::error_code ParseNumber(json::value& value, int64_t* number) {
    if (value.get_int64().get(*number) == simdjson::SUCCESS) return simdjson::SUCCESS;
    double real = 0;
    if (auto error = value.get_double().get(real)) return error;
    constexpr double kMost = 9.2e18;
    *number = static_cast<int64_t>(std::min(std::max(real, -kMost), kMost));
    return simdjson::SUCCESS;
  }

  static simdjson::error_code ParseList(json::value& value, LogField* field) {
    json::array items;
    if (auto error = value.get_array().get(items)) return error;
    field->kind = LogField::Kind::kNumbers;
    for (auto element : items) {
      json::value item;
      json::json_type type;
      if (auto error = std::move(element).get(item)) return error;
      if (auto error = item.type().get(type)) return error;
      if (type == json::json_type::string) {
        field->kind = LogField::Kind::kStrings;
        if (auto error = item.get_string().get(field->strings.emplace_back())) return error;
      } else if (type == json::json_type::number) {
        if (auto error = ParseNumber(item, &field->numbers.emplace_back())) return error;
      }
    }
    return simdjson::SUCCESS;
  }

  json::parser parser_;
  const char* line_ = nullptr;
  int64_t offset_ = 0;
  LogEvent* event_ = nullptr;
};

// Walks over the lines of a file. A line is whole in memory when it is parsed; the block grows if one is
// longer.
class LogWalk {
 public:
  LogWalk(std::string name, int file, const std::function<void(const LogEvent&)>& visit)
      : name_(std::move(name)), file_(file), visit_(visit), block_(kBlock + simdjson::SIMDJSON_PADDING) {}

  absl::StatusOr<LogExtent> Run() {
    for (;;) {
      const absl::StatusOr<size_t> read = Fill();
      if (!read.ok()) return read.status();
      if (*read == 0) break;
      if (absl::Status status = ParseWholeLines(); !status.ok()) return status;
    }
    if (filled_ > 0) {  // the last line has no line break
      if (absl::Status status = ParseLine(0, filled_, true); !status.ok()) return status;
    }
    extent_.bytes = offset_ + static_cast<int64_t>(filled_);
    if (extent_.bytes == 0) return Bad("is empty: no trace log");
    if (extent_.lines == 0) return Bad("was cut in its first line: nothing can be read");
    return extent_;
  }

 private:
  absl::Status Bad(std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(name_, ": ", View(what)));
  }
  absl::Status BadLine(int64_t offset, std::string_view what) const {
    return Bad(absl::StrCat("line ", extent_.lines + 1, " (byte ", offset, "): ", View(what)));
  }

  absl::StatusOr<size_t> Fill() {
    if (block_.size() - simdjson::SIMDJSON_PADDING == filled_) {
      block_.resize(2 * filled_ + simdjson::SIMDJSON_PADDING);
    }
    const size_t room = block_.size() - simdjson::SIMDJSON_PADDING - filled_;
    const ssize_t count = ReadSome(file_, block_.data() + filled_, room);
    if (count < 0) return Bad(std::strerror(errno));
    filled_ += static_cast<size_t>(count);
    return static_cast<size_t>(count);
  }

  // Parses what ends with a line break and moves the rest to the front.
  absl::Status ParseWholeLines() {
    size_t begin = 0;
    for (;;) {
      const void* found =
          std::memchr(block_.data() + std::max(begin, searched_), '\n', filled_ - std::max(begin, searched_));
      if (!found) break;
      const size_t end = static_cast<size_t>(static_cast<const char*>(found) - block_.data());
      if (absl::Status status = ParseLine(begin, end, false); !status.ok()) return status;
      begin = end + 1;
    }
    std::memmove(block_.data(), block_.data() + begin, filled_ - begin);
    filled_ -= begin;
    offset_ += static_cast<int64_t>(begin);
    searched_ = filled_;
    return absl::OkStatus();
  }

  absl::Status ParseLine(size_t begin, size_t end, bool last) {
    searched_ = 0;
    const int64_t offset = offset_ + static_cast<int64_t>(begin);
    if (end == begin && extent_.lines > 0) return absl::OkStatus();  // an empty line
    const simdjson::error_code error = parser_.Parse(block_.data() + begin, end - begin, offset, &event_);
    if (error && last && (extent_.lines > 0 || block_[begin] == '{')) {
      extent_.cut = true;
      return absl::OkStatus();
    }
    if (extent_.lines == 0) {
      if (error || event_.name != "log") return Bad("is no trace log (its first line is no \"log\" event)");
      const int64_t version = event_.Number("version");
      if (version > kLogVersion || version < 1) {
        return Bad(
            absl::StrCat("is a trace log of version ", version, "; this lathe reads version ", kLogVersion));
      }
    }
    if (error) return BadLine(offset, absl::StrCat("no JSON object (", simdjson::error_message(error), ")"));
    if (event_.name.empty()) return BadLine(offset, "an object without \"event\"");
    event_.line_number = ++extent_.lines;
    visit_(event_);
    return absl::OkStatus();
  }

  std::string name_;
  int file_;
  const std::function<void(const LogEvent&)>& visit_;
  std::vector<char> block_;
  size_t filled_ = 0;    // bytes of the file in the block
  size_t searched_ = 0;  // bytes at its front that are known to have no line break
  int64_t offset_ = 0;   // of the block in the file
  LineParser parser_;
  LogEvent event_;
  LogExtent extent_;
};

}  // namespace

struct LogFile::Handle {
  FileDescriptor file;
};

LogFile::LogFile(std::unique_ptr<Handle> handle, std::string name)
    : handle_(std::move(handle)), name_(std::move(name)) {}
LogFile::LogFile(LogFile&&) noexcept = default;
LogFile& LogFile::operator=(LogFile&&) noexcept = default;
LogFile::~LogFile() = default;

absl::StatusOr<LogFile> LogFile::Open(const std::string& path) {
  std::string name = path == "-" ? "the standard input" : path;
  absl::StatusOr<FileDescriptor> file = OpenFile(path, name);
  if (!file.ok()) return file.status();
  return LogFile(std::make_unique<Handle>(Handle{*std::move(file)}), std::move(name));
}

absl::StatusOr<LogExtent> LogFile::Visit(const std::function<void(const LogEvent&)>& visit) const {
  lseek(handle_->file.number(), 0, SEEK_SET);
  return LogWalk(name_, handle_->file.number(), visit).Run();
}

absl::StatusOr<LogExtent> ReadLog(const std::string& path,
                                  const std::function<void(const LogEvent&)>& visit) {
  const absl::StatusOr<LogFile> file = LogFile::Open(path);
  if (!file.ok()) return file.status();
  return file->Visit(visit);
}

std::string LogFile::Read(LogText text) const {
  if (!text.exists()) return "";
  std::string raw(static_cast<size_t>(text.size) + simdjson::SIMDJSON_PADDING, '\0');
  const ssize_t count =
      pread(handle_->file.number(), raw.data(), static_cast<size_t>(text.size), text.offset);
  if (count != text.size) return "";
  json::parser parser;
  json::document document;
  std::string_view value;
  if (parser.iterate(raw.data(), static_cast<size_t>(text.size), raw.size()).get(document)) return "";
  if (document.get_string().get(value)) return "";
  return std::string(value);
}

}  // namespace lathe::profile
