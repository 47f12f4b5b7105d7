// UTF-8: the encoding of every string. Code points are the units of indexing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lathe::script {

// Appends a code point.
inline void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xC0 | (code >> 6));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xE0 | (code >> 12));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    *out += static_cast<char>(0xF0 | (code >> 18));
    *out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    *out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// Bytes of the code point that starts at text[position]; 1 for bytes that start none.
inline size_t Utf8Length(std::string_view text, size_t position) {
  const auto c = static_cast<unsigned char>(text[position]);
  const size_t length = c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  return position + length <= text.size() ? length : 1;
}

// The code point that starts at text[position].
inline uint32_t DecodeUtf8(std::string_view text, size_t position) {
  const size_t length = Utf8Length(text, position);
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[position + k]); };
  if (length == 1) return byte(0);
  uint32_t code = byte(0) & (0xFFu >> (length + 1));
  for (size_t k = 1; k < length; ++k) code = (code << 6) | (byte(k) & 0x3Fu);
  return code;
}

// Byte offset of the code point number `index`, or the text's size past its end.
inline size_t Utf8Offset(std::string_view text, int64_t index) {
  size_t position = 0;
  for (; index > 0 && position < text.size(); --index) position += Utf8Length(text, position);
  return position;
}

}  // namespace lathe::script
