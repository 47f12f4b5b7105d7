// Strings and lists of the JSON writer.
#include "src/base/json_writer.h"

namespace lathe {
namespace {

// Bytes of the well-formed UTF-8 sequence that `text` begins with; 0 if it begins with none.
size_t SequenceLength(std::string_view text) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 && first <= 0xF4 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (first > 0xF4 || length == 0 || text.size() < length) return 0;
  for (size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what is beyond U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

}  // namespace

void JsonLine::Quote(std::string_view value) {
  static constexpr char kHex[] = "0123456789abcdef";
  text_ += '"';
  size_t plain = 0;  // what is not copied yet and needs no escape begins here
  for (size_t k = 0; k < value.size();) {
    const auto c = static_cast<unsigned char>(value[k]);
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
      ++k;
      continue;
    }
    const size_t length = SequenceLength(value.substr(k));
    if (length > 1) {
      k += length;
      continue;
    }
    text_.append(value, plain, k - plain);
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += static_cast<char>(c);
    } else if (c == '\n') {
      text_ += "\\n";
    } else if (c == '\t') {
      text_ += "\\t";
    } else if (length == 1) {
      text_ += "\\u00";
      text_ += kHex[c >> 4];
      text_ += kHex[c & 15];
    } else {
      text_ += "\xEF\xBF\xBD";
    }
    plain = ++k;
  }
  text_.append(value, plain);
  text_ += '"';
}

void JsonLine::Add(std::string_view key, std::span<const std::string> values) {
  Key(key);
  text_ += '[';
  for (size_t k = 0; k < values.size(); ++k) {
    if (k > 0) text_ += ',';
    Quote(values[k]);
  }
  text_ += ']';
}

void JsonLine::Add(std::string_view key, std::span<const int64_t> values) {
  Key(key);
  text_ += '[';
  for (size_t k = 0; k < values.size(); ++k) {
    if (k > 0) text_ += ',';
    text_ += std::to_string(values[k]);
  }
  text_ += ']';
}

}  // namespace lathe
