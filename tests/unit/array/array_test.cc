// The Array class: laziness that cannot be seen, views, assignment with overlap, dtypes, errors.
#include "lathe/array.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lathe/engine.h"
#include "lathe/jit.h"

namespace lathe {
namespace {

using Doubles = std::vector<double>;
using Integers = std::vector<int64_t>;

Array Range(int64_t n) { return Arange(int64_t{0}, n); }

template <class Function>
std::string MessageOf(const Function& function) {
  try {
    function();
  } catch (const Error& error) {
    return std::string(ErrorKindName(error.kind())) + ": " + error.what();
  }
  return "no error";
}

TEST(Array, ExpressionsAreLazyAndRight) {
  const Array a = {1, 2, 3};
  const Array b = a * 2.0 + a;
  EXPECT_TRUE(b.pending());
  EXPECT_EQ(b.ToVector<double>(), (Doubles{3, 6, 9}));
  EXPECT_FALSE(b.pending());
}

TEST(Array, PromotionFollowsNep50) {
  const Array i32 = Cast(Range(3), DType::kInt32);
  EXPECT_EQ((i32 + 1).dtype(), DType::kInt32);
  EXPECT_EQ((i32 * 1.5).dtype(), DType::kFloat64);
  EXPECT_EQ((Cast(i32, DType::kFloat32) * 1.5).dtype(), DType::kFloat32);
  EXPECT_EQ((i32 / i32).dtype(), DType::kFloat64);
  EXPECT_EQ((i32 < 2).dtype(), DType::kBool);
  EXPECT_EQ(MessageOf([&] { Cast(i32, DType::kUInt8) + 300; }),
            "OverflowError: Python integer 300 out of bounds for uint8");
}

TEST(Array, ViewsShareMemory) {
  Array a = Range(6);
  Array tail = a[{Slice{3, {}, 1}}];
  a += 10;
  EXPECT_EQ(tail.ToVector<int64_t>(), (Integers{13, 14, 15}));
  tail.Set({0}, -1);
  EXPECT_EQ(a.ToVector<int64_t>(), (Integers{10, 11, 12, -1, 14, 15}));
}

TEST(Array, PendingReadsSeeTheOldValue) {
  Array a = Range(4);
  const Array doubled = a * 2;
  a += 100;
  a.Set({Slice{0, 2, 1}}, 7);
  EXPECT_EQ(doubled.ToVector<int64_t>(), (Integers{0, 2, 4, 6}));
  EXPECT_EQ(a.ToVector<int64_t>(), (Integers{7, 7, 102, 103}));
}

TEST(Array, TwoNamesSeeAnInPlaceChange) {
  Array a = Range(3);
  const Array same = a;
  a *= 3;
  EXPECT_EQ(same.ToVector<int64_t>(), (Integers{0, 3, 6}));
}

TEST(Array, OverlappingAssignmentReadsBeforeItWrites) {
  Array a = Range(6);
  a.Set({Slice{1, {}, 1}}, a[{Slice{0, 5, 1}}]);
  EXPECT_EQ(a.ToVector<int64_t>(), (Integers{0, 0, 1, 2, 3, 4}));
  Array b = Range(5);
  b.Set({Slice{{}, {}, -1}}, b);
  EXPECT_EQ(b.ToVector<int64_t>(), (Integers{4, 3, 2, 1, 0}));
  Array c = Range(5);
  c.Set({Slice{1, 4, 1}}, c[{Slice{0, 3, 1}}] + c[{Slice{2, 5, 1}}]);
  EXPECT_EQ(c.ToVector<int64_t>(), (Integers{0, 2, 4, 6, 4}));
}

TEST(Array, ElementOfAnArrayIsAssignedThroughAViewOfRankZero) {
  const Array a = Range(3);
  const Array doubled = a * 2;
  Array element = a[{1}];
  element.Assign(Scalar::Of(int64_t{7}));
  EXPECT_EQ(a.ToVector<int64_t>(), (Integers{0, 7, 2}));
  EXPECT_EQ(doubled.ToVector<int64_t>(), (Integers{0, 2, 4}));
}

TEST(Array, BroadcastingAndAxisReductions) {
  const Array grid = Reshape(Range(12), {3, 4});
  const Array column = Reshape(Range(3), {3, 1});
  EXPECT_EQ(Sum(grid * column, {.axes = {0}}).ToVector<int64_t>(), (Integers{20, 23, 26, 29}));
  EXPECT_EQ(Sum(grid, {.axes = {1}, .keep_dims = true}).shape(), (Shape{3, 1}));
  EXPECT_EQ(Max(grid, {.axes = {-1}}).ToVector<int64_t>(), (Integers{3, 7, 11}));
  EXPECT_EQ(Mean(grid).ToDouble(), 5.5);
  EXPECT_EQ(ArgMax(grid).item().As<int64_t>(), 11);
  EXPECT_EQ(ArgMin(grid, 1).ToVector<int64_t>(), (Integers{0, 0, 0}));
  const Array centred = grid - Mean(grid, {.axes = {1}, .keep_dims = true});
  EXPECT_EQ(Sum(Abs(centred)).ToDouble(), 12.0);
}

TEST(Array, TransposedAndStridedOperands) {
  const Array grid = Reshape(Range(6), {2, 3});
  EXPECT_EQ((Transpose(grid) + 0).ToVector<int64_t>(), (Integers{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ((grid[{Slice{}, Slice{{}, {}, -2}}] * 1).ToVector<int64_t>(), (Integers{2, 0, 5, 3}));
  EXPECT_EQ(Reshape(Transpose(grid), {6}).ToVector<int64_t>(), (Integers{0, 3, 1, 4, 2, 5}));
}

TEST(Array, CreationMatchesNumpy) {
  EXPECT_EQ(Linspace(0, 1, 5).ToVector<double>(), (Doubles{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(Arange(0.0, 1.0, 0.25, DType::kFloat64).ToVector<double>(), (Doubles{0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(Arange(int64_t{5}, int64_t{0}, int64_t{-2}).ToVector<int64_t>(), (Integers{5, 3, 1}));
  EXPECT_EQ(Sum(Eye(4, 4, 1)).ToDouble(), 3);
  EXPECT_EQ(Full({2, 2}, Scalar::Of(7.0)).ToVector<double>(), (Doubles{7, 7, 7, 7}));
}

TEST(Array, JoinsAndProducts) {
  const Array a = Reshape(Range(4), {2, 2});
  const Array parts[] = {a, a * 10};
  EXPECT_EQ(Concatenate(parts, 1).ToVector<int64_t>(), (Integers{0, 1, 0, 10, 2, 3, 20, 30}));
  EXPECT_EQ(Stack(parts).shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(Matmul(a, a).ToVector<int64_t>(), (Integers{2, 3, 6, 11}));
  const Array f = Cast(a, DType::kFloat64);
  EXPECT_EQ(Matmul(f, Transpose(f)).ToVector<double>(), (Doubles{1, 3, 3, 13}));
  EXPECT_EQ(Matmul(f, Array({1, 1})).ToVector<double>(), (Doubles{1, 5}));
}

TEST(Array, ErrorsComeFromTheStatement) {
  const Array a = Range(3);
  EXPECT_EQ(MessageOf([&] { a + Range(2); }),
            "ValueError: operands could not be broadcast together with shapes (3,) (2,) ");
  EXPECT_EQ(MessageOf([&] { a[{5}]; }), "IndexError: index 5 is out of bounds for axis 0 with size 3");
  EXPECT_EQ(MessageOf([&] {
              Reshape(a, {2, 2});
            }),
            "ValueError: cannot reshape array of size 3 into shape (2,2)");
  EXPECT_EQ(MessageOf([&] { Max(Zeros({0})); }),
            "ValueError: zero-size array to reduction operation maximum which has no identity");
  EXPECT_EQ(MessageOf([&] { Zeros({1'000'000'000'000}); }),
            "MemoryError: Unable to allocate 7.28 TiB for an array with shape (1000000000000,) and data type "
            "float64");
  EXPECT_EQ(MessageOf([&] { Range(3) += 0.5; }),
            "TypeError: Cannot cast ufunc 'add' output from dtype('float64') to dtype('int64') with casting "
            "rule 'same_kind'");
}

TEST(Array, LongChainsFlushInPieces) {
  Array x = Zeros({10});
  for (int k = 0; k < 500; ++k) x = x + 1.0;
  EXPECT_EQ(x.item(std::array<int64_t, 1>{3}).As<double>(), 500);
}

TEST(Array, ChangingScalarsAndShapesDoNotRecompile) {
  Array a = Linspace(0, 1, 2000);
  a.Eval();
  (a * 1.25 + 3.5).Eval();
  const int64_t before = ReadCounters().traces_compiled;
  for (int k = 0; k < 20; ++k) (a * static_cast<double>(k) + 0.5).Eval();
  for (int64_t n = 1500; n < 1520; ++n) (a[{Slice{0, n, 1}}] * 2.0 + 0.5).Eval();
  EXPECT_EQ(ReadCounters().traces_compiled, before);
}

TEST(Jit, RecordsOncePerSignatureAndReplays) {
  int calls = 0;
  auto axpy = jit([&calls](const Array& a, const Array& x, const Array& y) {
    ++calls;
    return a * x + y;
  });
  const Array x = Linspace(0, 1, 11);
  for (int k = 0; k < 5; ++k) {
    const Array scale(Scalar::Of(static_cast<double>(k)));
    EXPECT_DOUBLE_EQ(Sum(axpy(scale, x, x)).ToDouble(), 5.5 * k + 5.5);
  }
  EXPECT_EQ(calls, 1);
  const Array longer = Linspace(0, 1, 21);
  axpy(Array(Scalar::Of(2.0)), longer, longer);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(axpy.recordings(), 2);
}

TEST(Jit, HandleRunsOnRawBuffers) {
  auto f = jit([](const Array& a, const Array& b) { return a * b + 1.0; });
  const Array a = {1, 2, 3};
  const CompiledHandle handle = f.Compile(a, a);
  const double left[] = {1, 2, 3};
  const double right[] = {4, 5, 6};
  double out[3];
  handle.Run({left, right}, {out});
  EXPECT_EQ(out[2], 19);
  EXPECT_THROW(handle.Run({left}, {out}), ValueError);
}

// Every call is bound anew to memory and scalars, and nothing of the last one stays: a counter, temporaries,
// a reduction, and rows that begin off a vector's alignment and are long enough for streaming stores.
TEST(Jit, HandlesKeepNothingBetweenRuns) {
  const int64_t n = (int64_t{1} << 21) + 3;
  JitFunction f([n](std::span<const Array> a) {
    const Array ramp = Cast(Arange(int64_t{0}, n), DType::kFloat64) * a[0];
    return std::vector<Array>{ramp + a[1], Sum(a[1] - Mean(a[1]))};
  });
  const CompiledHandle handle = f.CompileFor(std::array{Array(Scalar::Of(1.0)), Zeros({n})});
  std::vector<double> x(static_cast<size_t>(n), 2.0);
  std::vector<double> out(static_cast<size_t>(n) + 1);
  for (const double scale : {1.0, 2.0, 3.0}) {
    double sum = -1;
    double* const target = out.data() + (scale == 2.0);
    handle.Run({&scale, x.data()}, {target, &sum});
    EXPECT_EQ(sum, 0);
    for (const int64_t k : {int64_t{0}, int64_t{1}, n / 2, n - 1})
      EXPECT_EQ(target[k], static_cast<double>(k) * scale + 2.0);
  }
}

TEST(Array, PartsOfAnExpressionAreNotStored) {
  const Array a = Linspace(0, 1, 5000).Eval(), b = Linspace(1, 2, 5000).Eval();
  const int64_t before = ReadCounters().bytes_moved;
  EXPECT_GT(Sum((a - b) * (a + b) - Abs(a)).ToDouble(), -1e9);
  // Two operands read, one number written.
  EXPECT_LE(ReadCounters().bytes_moved - before, 2 * 5000 * 8 + 8);
  Array target = Copy(a).Eval();
  target.Set({Slice{0, 2500}}, (a * 2.0 + b)[{Slice{0, 2500}}]);
  EXPECT_EQ(target.ToVector<double>()[0], 1);
}

TEST(Jit, FunctionsThatLookAtValuesAreCalled) {
  int calls = 0;
  auto f = jit([&calls](const Array& a) {
    ++calls;
    return Sum(a).ToDouble() > 0 ? a * 2.0 : a * 3.0;
  });
  EXPECT_EQ(f(Array({1, 1})).ToVector<double>(), (Doubles{2, 2}));
  EXPECT_EQ(f(Array({-1, -1})).ToVector<double>(), (Doubles{-3, -3}));
  EXPECT_EQ(calls, 2);
  EXPECT_THROW(f.Compile(Array({1, 1})), ValueError);
}

}  // namespace
}  // namespace lathe
