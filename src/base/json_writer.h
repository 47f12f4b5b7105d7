// A writer of one JSON object on one line, for the trace log: fields in the order they are added, nothing
// allocated but the text itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lathe {

class JsonLine {
 public:
  explicit JsonLine(std::string_view event) : text_("{\"event\":") { Quote(event); }

  JsonLine& Add(std::string_view key, std::string_view value) {
    Key(key);
    Quote(value);
    return *this;
  }
  JsonLine& Add(std::string_view key, int64_t value) {
    Key(key);
    text_ += std::to_string(value);
    return *this;
  }
  // The finished line, with its newline.
  std::string Finish() {
    text_ += "}\n";
    return std::move(text_);
  }

 private:
  void Key(std::string_view key) {
    text_ += ',';
    Quote(key);
    text_ += ':';
  }
  void Quote(std::string_view value) {
    static constexpr char kHex[] = "0123456789abcdef";
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (c == '\n') {
        text_ += "\\n";
      } else if (static_cast<unsigned char>(c) < 0x20) {
        text_ += "\\u00";
        text_ += kHex[(c >> 4) & 15];
        text_ += kHex[c & 15];
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }
  std::string text_;
};

}  // namespace lathe
