// Look-up in the table.
#include "src/profile/advice/advice.h"

namespace lathe::profile {
namespace {

constexpr Advice kAdvice[] = {
#define ADVICE(SUBJECT, PATTERN, MEANING, REMEDY) {Subject::SUBJECT, PATTERN, MEANING, REMEDY},
#include "src/profile/advice/advice.def"
#undef ADVICE
};

}  // namespace

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

const Advice& AdviceFor(Subject subject, std::string_view reason) {
  for (const Advice& advice : kAdvice) {
    if (advice.subject == subject && MatchesPattern(advice.pattern, reason)) return advice;
  }
  static constexpr Advice kNone = {Subject::Abort, "*", "", ""};
  return kNone;
}

}  // namespace lathe::profile
