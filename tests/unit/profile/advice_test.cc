// Every reason that the recorder, the passes and the cache can give has advice of its own subject.
#include "src/profile/advice/advice.h"

#include <gtest/gtest.h>

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
                                Subject::CheckKept, Subject::Stored, Subject::Ended}) {
    const Advice& advice = AdviceFor(subject, "something that nobody says");
    EXPECT_EQ(advice.subject, subject);
    EXPECT_EQ(advice.pattern, "*");
    EXPECT_FALSE(advice.remedy.empty());
  }
}

TEST(Advice, KnowsEveryExitReason) {
#define EXIT_REASON(ID, TEXT) EXPECT_EQ(AdviceFor(Subject::Exit, TEXT).pattern, TEXT);
#include "src/script/loop_recorder/exit_reasons.def"
#undef EXIT_REASON
}

}  // namespace
}  // namespace lathe::profile
