// A writer of one JSON object on one line: fields in the order in which they are added, nothing allocated but
// the text itself. Bytes that are not UTF-8 are written as U+FFFD, so that every line parses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lathe {

class JsonLine {
 public:
  void Add(std::string_view key, std::string_view value) {
    Key(key);
    Quote(value);
  }
  void Add(std::string_view key, const char* value) { Add(key, std::string_view(value)); }
  void Add(std::string_view key, int64_t value) {
    Key(key);
    text_ += std::to_string(value);
  }
  void Add(std::string_view key, bool value) {
    Key(key);
    text_ += value ? "true" : "false";
  }
  void Add(std::string_view key, std::span<const std::string> values);
  void Add(std::string_view key, std::span<const int64_t> values);
  // The finished line, with its newline.
  std::string Finish() {
    text_ += "}\n";
    return std::move(text_);
  }

 private:
  void Key(std::string_view key) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_ += key;
    text_ += "\":";
  }
  void Quote(std::string_view value);

  std::string text_ = "{";
};

}  // namespace lathe
