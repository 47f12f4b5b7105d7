// Printing to the letter; expectations printed by NumPy 2.4.
#include "src/array/repr.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lathe/array.h"

namespace lathe {
namespace {

TEST(Repr, FloatsShareAFormat) {
  EXPECT_EQ(Array({1, 2.5, -3}).Repr(), "array([ 1. ,  2.5, -3. ])");
  EXPECT_EQ(Array({1e-5, 1}).Repr(), "array([1.e-05, 1.e+00])");
  EXPECT_EQ(Array({1e8, 1}).ToString(), "[1.e+08 1.e+00]");
  EXPECT_EQ(Array({0.1234567891, 100}).ToString(), "[  0.12345679 100.        ]");
  EXPECT_EQ(Array({std::nan(""), -HUGE_VAL, 1}).ToString(), "[ nan -inf   1.]");
}

TEST(Repr, OtherDtypesSaySo) {
  EXPECT_EQ(Cast(Array({1, 2}), DType::kFloat32).Repr(), "array([1., 2.], dtype=float32)");
  EXPECT_EQ((Array({1, 2}) > 1.5).Repr(), "array([False,  True])");
  EXPECT_EQ(Zeros({0}).Repr(), "array([], dtype=float64)");
  EXPECT_EQ(Zeros({0, 3}).Repr(), "array([], shape=(0, 3), dtype=float64)");
}

TEST(Repr, LongArraysAreSummarised) {
  EXPECT_EQ(Arange(int64_t{0}, int64_t{2000}).Repr(),
            "array([   0,    1,    2, ..., 1997, 1998, 1999], shape=(2000,))");
  EXPECT_EQ(Reshape(Arange(int64_t{0}, int64_t{6}), {2, 3}).ToString(), "[[0 1 2]\n [3 4 5]]");
}

TEST(Repr, ScalarsAreShortest) {
  EXPECT_EQ(FormatScalar(Scalar::Of(0.1), true), "np.float64(0.1)");
  EXPECT_EQ(FormatScalar(Scalar::Of(1e16), false), "1e+16");
  EXPECT_EQ(FormatScalar(Scalar::Of(0.1f), false), "0.1");
  EXPECT_EQ(FormatScalar(Scalar::Of(true), true), "np.True_");
  EXPECT_EQ(FormatPythonFloat(123456789012345680.0), "1.2345678901234568e+17");
}

}  // namespace
}  // namespace lathe
