// Every reason that the recorder, the passes and the cache can give has advice of its own subject.
#include "src/profile/advice/advice.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "src/recorder/log/end_reasons.h"

namespace lathe::profile {
namespace {

TEST(Advice, PatternsMatch) {
  EXPECT_TRUE(MatchesPattern("a*c", "abbc"));
  EXPECT_TRUE(MatchesPattern("*", ""));
  EXPECT_TRUE(MatchesPattern("a*", "a"));
  EXPECT_TRUE(MatchesPattern("*b*d", "abcbd"));
  EXPECT_FALSE(MatchesPattern("a", "ab"));
  EXPECT_FALSE(MatchesPattern("a*c", "abcd"));
  EXPECT_FALSE(MatchesPattern("", "x"));
}

// All subjects end with a row for the rest, so that advice is never missing.
TEST(Advice, AlwaysHasARow) {
  for (const Subject subject : {Subject::Abort, Subject::Miss, Subject::Exit, Subject::NotVectorised,
                                Subject::CheckKept, Subject::Stored, Subject::NotFused, Subject::Ended}) {
    const Advice& advice = AdviceFor(subject, "something that nobody says");
    EXPECT_EQ(advice.subject, subject);
    EXPECT_EQ(advice.pattern, "*");
    EXPECT_FALSE(advice.remedy.empty());
  }
}

// The strings that the sources of a folder, but one, give to a function: Abort("…"), or the beginning of
// Abort(StrCat("…".
std::set<std::string> WordsIn(const std::string& folder, const std::string& pattern,
                              const std::string& but = "") {
  std::set<std::string> words;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(LATHE_SOURCE_DIR) + "/" + folder)) {
    if (entry.path().extension() != ".cc" || entry.path().filename() == but) continue;
    std::ifstream stream(entry.path());
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    const std::regex regex(pattern);
    for (auto match = std::sregex_iterator(text.begin(), text.end(), regex); match != std::sregex_iterator();
         ++match) {
      words.insert((*match)[1]);
    }
  }
  return words;
}

// Of array operations; a loop's recording, and a function's, ends as it should.
TEST(Advice, KnowsEveryEndOfARecording) {
  const std::set<EndReason> general = {EndReason::kValue,     EndReason::kJit,      EndReason::kReturned,
                                       EndReason::kThread,    EndReason::kClosed,   EndReason::kJoined,
                                       EndReason::kUnhoisted, EndReason::kStatement};
  for (size_t k = 0; k < std::size(kEndReasonTexts); ++k) {
    const bool is_general = AdviceFor(Subject::Ended, kEndReasonTexts[k]).pattern == "*";
    EXPECT_EQ(is_general, general.contains(static_cast<EndReason>(k))) << kEndReasonTexts[k];
  }
}

TEST(Advice, KnowsEveryReasonForGivingUp) {
  const std::set<std::string> reasons =
      WordsIn("src/script/loop_recorder", "Abort\\((?:absl::StrCat\\()?\"([^\"]+)\"");
  ASSERT_GT(reasons.size(), 40u);
  for (const std::string& reason : reasons) {
    if (reason == "a ") continue;  // a value, and what it was assigned to
    EXPECT_NE(AdviceFor(Subject::Abort, reason).pattern, "*") << reason;
  }
  std::set<std::string> limits;
#define ABORT_REASON(ID, TEXT) limits.insert(TEXT);
#include "src/script/loop_recorder/abort_reasons.def"
#undef ABORT_REASON
  limits.erase("what the recorder cannot say");  // the operation stands in its place
  for (const std::string& reason : limits) {
    EXPECT_NE(AdviceFor(Subject::Abort, reason).pattern, "*") << reason;
  }
  EXPECT_NE(AdviceFor(Subject::Abort, "a list assigned to a part of an array").pattern, "*");
}

TEST(Advice, KnowsEveryKindOfReason) {
#define ABORT_REASON(ID, TEXT)                                       \
  if (std::string_view(#ID) != "Operation") {                        \
    EXPECT_NE(AdviceFor(Subject::Abort, TEXT).pattern, "*") << TEXT; \
  }
#include "src/script/loop_recorder/abort_reasons.def"
#undef ABORT_REASON
}

TEST(Advice, KnowsEveryReasonAgainstVectors) {
  // That a loop polls in each turn costs a branch: nothing to give advice on.
  const std::set<std::string> reasons =
      WordsIn("src/recorder/passes", "return \"((?:it|there|a|an|the|nothing) [^\"]+)\"", "loop_polls.cc");
  ASSERT_GT(reasons.size(), 10u);
  for (const std::string& reason : reasons) {
    const bool vectors = AdviceFor(Subject::NotVectorised, reason).pattern != "*";
    const bool checks = AdviceFor(Subject::CheckKept, reason).pattern != "*";
    EXPECT_TRUE(vectors || checks) << reason;
  }
}

TEST(Advice, SaysNothingTwice) {
  std::set<std::pair<Subject, std::string>> rows;
#define ADVICE(SUBJECT, PATTERN, WHY, REMEDY) \
  EXPECT_TRUE(rows.emplace(Subject::SUBJECT, PATTERN).second) << PATTERN;
#include "src/profile/advice/advice.def"
#undef ADVICE
}

TEST(Advice, KnowsEveryExitReason) {
#define EXIT_REASON(ID, TEXT) EXPECT_EQ(AdviceFor(Subject::Exit, TEXT).pattern, TEXT);
#include "src/script/loop_recorder/exit_reasons.def"
#undef EXIT_REASON
}

}  // namespace
}  // namespace lathe::profile
