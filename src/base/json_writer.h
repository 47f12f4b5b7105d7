// A writer of the fields of one flat JSON object: `,"key":value` for each, in the order in which they are
// added, nothing allocated but the text itself. Bytes that are not UTF-8 are written as U+FFFD, so that every
// line parses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lathe {

class JsonFields {
 public:
  JsonFields() { text_.reserve(kUsual); }
  // More fields will be added to a copy.
  JsonFields(const JsonFields& other) : JsonFields() { text_ += other.text_; }
  JsonFields& operator=(const JsonFields&) = default;
  JsonFields(JsonFields&&) noexcept = default;
  JsonFields& operator=(JsonFields&&) noexcept = default;
  ~JsonFields() = default;
  void Add(std::string_view key, std::string_view value) {
    Key(key);
    Quote(value);
  }
  void Add(std::string_view key, const char* value) { Add(key, std::string_view(value)); }
  void Add(std::string_view key, const std::string& value) { Add(key, std::string_view(value)); }
  void Add(std::string_view key, int64_t value);
  void Add(std::string_view key, bool value) {
    Key(key);
    text_ += value ? "true" : "false";
  }
  void Add(std::string_view key, std::span<const std::string> values);
  void Add(std::string_view key, std::span<const int64_t> values);
  const std::string& text() const { return text_; }

 private:
  static constexpr size_t kUsual = 240;  // bytes of most lines

  void Key(std::string_view key) {
    text_ += ",\"";
    text_ += key;
    text_ += "\":";
  }
  void Quote(std::string_view value);
  void Number(int64_t value);

  std::string text_;
};

}  // namespace lathe
