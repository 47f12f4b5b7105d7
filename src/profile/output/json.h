// A writer of a JSON document, nested as deep as one likes, into a string. Keys and values are added in
// order; commas see to themselves. Beside base's JsonFields, which writes the flat events of a log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::profile {

class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);
  JsonWriter& Number(int64_t value);
  JsonWriter& Real(double value);   // six digits; null if it is not finite
  JsonWriter& Exact(double value);  // all digits
  JsonWriter& Bool(bool value);
  JsonWriter& Null();

  // A key and its value.
  JsonWriter& Add(std::string_view key, std::string_view value) { return Key(key).String(value); }
  JsonWriter& Add(std::string_view key, const char* value) { return Key(key).String(value); }
  JsonWriter& Add(std::string_view key, const std::string& value) { return Key(key).String(value); }
  JsonWriter& Add(std::string_view key, int64_t value) { return Key(key).Number(value); }
  JsonWriter& Add(std::string_view key, int value) { return Key(key).Number(value); }
  JsonWriter& Add(std::string_view key, double value) { return Key(key).Real(value); }
  JsonWriter& Add(std::string_view key, bool value) { return Key(key).Bool(value); }

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  void Separate();  // a comma, where one is needed
  void Quote(std::string_view value);

  std::string text_;
  bool first_ = true;  // nothing stands in the innermost bracket yet
  bool after_key_ = false;
};

}  // namespace lathe::profile
