// Advice: from a reason in the log to words for whoever wrote the script (advice.def).
#pragma once

#include <cstdint>
#include <string_view>

namespace lathe::profile {

enum class Subject : uint8_t { Abort, Miss, Exit, NotVectorised, CheckKept, Stored, NotFused, Ended };

struct Advice {
  Subject subject;
  std::string_view pattern;
  std::string_view meaning;
  std::string_view remedy;
};

// The first row of the subject whose pattern matches. There always is one.
const Advice& AdviceFor(Subject subject, std::string_view reason);

// Whether `text` matches the pattern, in which * stands for any text.
bool MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace lathe::profile
