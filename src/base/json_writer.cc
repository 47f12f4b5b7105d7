// Strings and lists of the JSON writer.
#include "src/base/json_writer.h"

#include <charconv>
#include <cstring>

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

// How many bytes at the front are printable ASCII and need no escape, in steps of eight: no byte of `word`
// may have its top bit set, be below a space, a quote or a backslash (the usual tests for a zero byte).
size_t PlainBytes(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101u, kTops = 0x8080808080808080u;
  size_t k = 0;
  for (uint64_t word = 0; k + sizeof word <= text.size(); k += sizeof word) {
    std::memcpy(&word, text.data() + k, sizeof word);
    const auto has = [&](char c) {
      const uint64_t same = word ^ kOnes * static_cast<unsigned char>(c);
      return (same - kOnes) & ~same;
    };
    const uint64_t below = (word - kOnes * 0x20) & ~word;
    if (((word | below | has('"') | has('\\') | has('\x7f')) & kTops) != 0) break;
  }
  return k;
}

}  // namespace

void JsonFields::Quote(std::string_view value) {
  static constexpr char kHex[] = "0123456789abcdef";
  text_ += '"';
  size_t plain = 0;  // what is not copied yet and needs no escape begins here
  for (size_t k = PlainBytes(value); k < value.size();) {
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

void JsonFields::Number(int64_t value) {
  char digits[24];
  text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

// The commonest field: put together before it is appended.
void JsonFields::Add(std::string_view key, int64_t value) {
  char field[64];
  constexpr size_t kAround = 4, kDigits = 20;
  if (key.size() + kAround + kDigits > sizeof field) {
    Key(key);
    return Number(value);
  }
  char* end = field;
  *end++ = ',';
  *end++ = '"';
  std::memcpy(end, key.data(), key.size());
  end += key.size();
  *end++ = '"';
  *end++ = ':';
  text_.append(field, std::to_chars(end, field + sizeof field, value).ptr);
}

void JsonFields::Add(std::string_view key, std::span<const std::string> values) {
  Key(key);
  text_ += '[';
  for (size_t k = 0; k < values.size(); ++k) {
    if (k > 0) text_ += ',';
    Quote(values[k]);
  }
  text_ += ']';
}

void JsonFields::Add(std::string_view key, std::span<const int64_t> values) {
  Key(key);
  text_ += '[';
  for (size_t k = 0; k < values.size(); ++k) {
    if (k > 0) text_ += ',';
    Number(values[k]);
  }
  text_ += ']';
}

}  // namespace lathe
