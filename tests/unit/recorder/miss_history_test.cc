// Why a recording was not known.
#include "src/recorder/lazy/miss_history.h"

#include <gtest/gtest.h>

namespace lathe {
namespace {

TEST(MissHistory, ComparesARecordingWithoutOperations) {
  MissHistory history;
  const Recording nothing;
  EXPECT_EQ(history.Explain(nothing, Fingerprint()).reason, MissReason::kNew);
  history.Add(nothing, Fingerprint(), "t0");
  Fingerprint other;
  other.Add(1);
  EXPECT_EQ(history.Explain(nothing, other).nearest, "t0");
}

}  // namespace
}  // namespace lathe
