// The generator's streams against NumPy 2.4's np.random.default_rng; values printed by NumPy.
#include "lathe/random.h"

#include <gtest/gtest.h>

namespace lathe {
namespace {

TEST(Generator, RandomIsNumpysStream) {
  EXPECT_EQ(Generator(42).Random({3}).ToVector<double>(),
            (std::vector<double>{0.7739560485559633, 0.4388784397520523, 0.8585979199113825}));
}

TEST(Generator, StandardNormalIsNumpysStream) {
  EXPECT_EQ(
      Generator(1).StandardNormal({4}).ToVector<double>(),
      (std::vector<double>{0.345584192064786, 0.8216181435011584, 0.33043707618338714, -1.303157231604361}));
  // Far enough to have met the tail and both kinds of rejection.
  EXPECT_EQ(Sum(Generator(3).StandardNormal({1'000'000})).ToDouble(), 566.6718818452357);
}

TEST(Generator, IntegersAreNumpysStream) {
  EXPECT_EQ(Generator(7).Integers(0, 10, {8}).ToVector<int64_t>(),
            (std::vector<int64_t>{9, 6, 6, 8, 5, 7, 8, 2}));
  EXPECT_EQ(Generator(7).Integers(-5, int64_t{1} << 40, {2}).ToVector<int64_t>(),
            (std::vector<int64_t>{687299734000, 986497006766}));
}

TEST(Generator, UniformAndPermutationAreNumpysStreams) {
  EXPECT_EQ(Generator(5).Uniform(-2, 3, {2}).ToVector<double>(),
            (std::vector<double>{2.0250146187269014, 2.039703948682469}));
  EXPECT_EQ(Generator(5).Permutation(8).ToVector<int64_t>(), (std::vector<int64_t>{1, 4, 2, 3, 7, 5, 6, 0}));
}

TEST(Generator, EmptyRangesAreErrors) { EXPECT_THROW(Generator(1).Integers(3, 3, {1}), ValueError); }

}  // namespace
}  // namespace lathe
