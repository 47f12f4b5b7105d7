// LogEvent: one line of the trace log as its fields, valid while the line is being looked at. What the fields
// mean is known to the model, not here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/profile/log/log_text.h"

namespace lathe::profile {

struct LogField {
  enum class Kind : uint8_t { kNumber, kBool, kString, kNumbers, kStrings, kText, kOther };
  std::string_view key;
  Kind kind = Kind::kOther;
  int64_t number = 0;  // also 0 or 1 of a bool
  std::string_view string;
  std::vector<int64_t> numbers;
  std::vector<std::string_view> strings;
  LogText text;
};

class LogEvent {
 public:
  std::string_view name;
  int64_t line_number = 0;  // in the log, from 1

  // Values of fields; the fallback where there is none of that name and kind.
  int64_t Number(std::string_view key, int64_t fallback = 0) const {
    const LogField* field = Find(key);
    const bool fits =
        field && (field->kind == LogField::Kind::kNumber || field->kind == LogField::Kind::kBool);
    return fits ? field->number : fallback;
  }
  std::string_view String(std::string_view key) const {
    const LogField* field = Find(key);
    return field && field->kind == LogField::Kind::kString ? field->string : std::string_view();
  }
  std::vector<int64_t> Numbers(std::string_view key) const {
    const LogField* field = Find(key);
    return field && field->kind == LogField::Kind::kNumbers ? field->numbers : std::vector<int64_t>();
  }
  std::vector<std::string> Strings(std::string_view key) const {
    const LogField* field = Find(key);
    if (!field || field->kind != LogField::Kind::kStrings) return {};
    return {field->strings.begin(), field->strings.end()};
  }
  LogText Text(std::string_view key) const {
    const LogField* field = Find(key);
    return field && field->kind == LogField::Kind::kText ? field->text : LogText();
  }
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

  // The fields in the order of the line. The reader reuses them from line to line.
  const LogField* begin() const { return fields_.data(); }
  const LogField* end() const { return fields_.data() + count_; }
  void Clear() {
    count_ = 0;
    name = {};
  }
  LogField& Append(std::string_view key) {
    if (count_ == fields_.size()) fields_.emplace_back();
    LogField& field = fields_[count_++];
    field.key = key;
    field.kind = LogField::Kind::kOther;
    field.numbers.clear();
    field.strings.clear();
    return field;
  }

 private:
  const LogField* Find(std::string_view key) const {
    for (const LogField& field : *this) {
      if (field.key == key) return &field;
    }
    return nullptr;
  }
  std::vector<LogField> fields_;
  size_t count_ = 0;
};

}  // namespace lathe::profile
