// The C++ API: calls, checks of arguments, and elementwise operations against plain loops.
#include "lathe/ffi.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "lathe/engine.h"
#include "src/base/shared_library.h"

namespace lathe {
namespace {

double Doubled(double x) { return 2 * x; }
int calls = 0;
double Counted(double x) {
  ++calls;
  return x + calls;
}
int64_t Mixed(int8_t a, double b, uint16_t c) { return a * 1000 + static_cast<int64_t>(b) + c; }
float Narrow(float x, float y) { return x / y; }
bool IsOdd(int32_t x) { return x % 2 != 0; }
uint8_t Low(uint64_t x) { return static_cast<uint8_t>(x); }
double Total(const double* x, long n) {
  double sum = 0;
  for (long k = 0; k < n; ++k) sum += x[k];
  return sum;
}
void Fill(float* x, int n, float value) {
  for (int k = 0; k < n; ++k) x[k] = value;
}

ffi::Function Of(const char* declaration, auto* function) {
  return ffi::Function::At(declaration, reinterpret_cast<const void*>(function));
}

TEST(Function, OfALibrary) {
  const ffi::Function function("double j0(double)", "m");
  EXPECT_EQ(function(0.5).As<double>(), j0(0.5));
  EXPECT_EQ(function(2).As<double>(), j0(2.0));
  EXPECT_THROW(function(), Error);
  EXPECT_THROW(function("text"), Error);
  EXPECT_THROW(ffi::Function("double j0(double)", "no_such_library"), FileError);
  EXPECT_THROW(ffi::Function("double no_such_function(double)", "m"), Error);
  EXPECT_THROW(ffi::Function("double j0(double", "m"), ValueError);
  EXPECT_THROW(ffi::Function("int x; int y", "m"), ValueError);
  EXPECT_EQ(ffi::Function("unsigned long strlen(const char *)", "")("four").As<int>(), 4);
}

TEST(Function, ChecksArrays) {
  const ffi::Function total = Of("double total(const double x[n], long n)", Total);
  Array x = Arange(10.0, 20.0, 1.0, DType::kFloat64) * 2.0;  // pending
  EXPECT_EQ(total(x, 10).As<double>(), 290);
  EXPECT_THROW(total(x, 11), ValueError);
  Array every_second = x[{Slice{{}, {}, 2}}];
  EXPECT_THROW(total(every_second, 3), ValueError);
  Array floats = Zeros({10}, DType::kFloat32);
  EXPECT_THROW(total(floats, 3), DTypeError);
  const ffi::Function fill = Of("void fill(float x[n], int n, float value)", Fill);
  const Array before = floats + 1.0;  // recorded, and must not see what C writes
  fill(floats, 10, 3);
  EXPECT_EQ(Sum(floats).ToDouble(), 30);
  EXPECT_EQ(Sum(before).ToDouble(), 10);
  Array read_only = BroadcastTo(floats, {10});
  EXPECT_THROW(fill(read_only, 10, 3), ValueError);
  EXPECT_THROW(fill(floats, int64_t{1} << 40, 3), Error);
}

struct Point {
  double x;
  int32_t tag;
};
Point Mirror(Point p, double by) { return {by - p.x, -p.tag}; }

TEST(Function, PassesStructs) {
  const ffi::Function mirror =
      Of("typedef struct { double x; int tag; } point; point mirror(point p, double by)", Mirror);
  const Point p{3, 7};
  const auto q = mirror(ffi::Bytes::Of(p), 10.0).As<Point>();
  EXPECT_EQ(q.x, 7);
  EXPECT_EQ(q.tag, -7);
  EXPECT_THROW(mirror(1.0, 10.0), Error);
  EXPECT_THROW(mirror(ffi::Bytes{&p, 3}, 10.0), Error);
  struct Other {
    char c;
  };
  EXPECT_THROW(mirror(ffi::Bytes::Of(p), 10.0).As<Other>(), ValueError);
}

TEST(Function, TakesWhatStandsBehindDots) {
  const ffi::Function print("int snprintf(char *to, size_t size, const char *format, ...)", "");
  char text[64] = {};
  EXPECT_EQ(print(static_cast<void*>(text), sizeof text, "%ld %.2f %s %lu", -3, 0.5f, "word", 7u).As<int>(),
            14);
  EXPECT_STREQ(text, "-3 0.50 word 7");
  EXPECT_EQ(print(static_cast<void*>(text), sizeof text, "plain").As<int>(), 5);
  EXPECT_THROW(print(static_cast<void*>(text)), Error);
  EXPECT_THROW(print(static_cast<void*>(text), sizeof text, "%d", ffi::Bytes{text, 4}), Error);
}

TEST(Callback, IsCalledByC) {
  const ffi::Function sort(
      "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))", "");
  int calls_made = 0;
  const ffi::Callback compare(
      "int compare(const void *, const void *)", [&](std::span<const ffi::Result> given) {
        ++calls_made;
        const double a = *given[0].As<const double*>(), b = *given[1].As<const double*>();
        return ffi::Argument((a > b) - (a < b));
      });
  const std::vector<double> values = {3, 1, 2, -5};
  Array x = Array::FromValues(std::span<const double>(values), {4});
  sort(x, 4, 8, compare);
  EXPECT_EQ(x.ToVector<double>(), (std::vector<double>{-5, 1, 2, 3}));
  EXPECT_GT(calls_made, 2);
}

// What a callback throws comes out of the call; what it returns is checked.
TEST(Callback, ErrorsComeOutOfTheCall) {
  const ffi::Function sort(
      "void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))", "");
  const std::vector<double> values = {3, 1, 2, -5};
  Array x = Array::FromValues(std::span<const double>(values), {4});
  int calls_made = 0;
  const ffi::Callback broken("int compare(const void *, const void *)",
                             [&](std::span<const ffi::Result>) -> ffi::Argument {
                               ++calls_made;
                               throw IndexError("not today");
                             });
  EXPECT_THROW(sort(x, 4, 8, broken), IndexError);
  EXPECT_EQ(calls_made, 1);
  const ffi::Callback wrong("int compare(const void *, const void *)",
                            [](std::span<const ffi::Result>) { return ffi::Argument(int64_t{1} << 40); });
  EXPECT_THROW(sort(x, 4, 8, wrong), Error);
  sort(x, 0, 8, wrong);
  const auto nothing = [](std::span<const ffi::Result>) { return ffi::Argument(0); };
  EXPECT_THROW(ffi::Callback("int x", nothing), ValueError);
  EXPECT_THROW(ffi::Callback("int f(int, ...)", nothing), Error);
  EXPECT_THROW(ffi::Callback("typedef struct { int a; } s; int f(s)", nothing), Error);
  EXPECT_THROW(ffi::Callback("int f(int)", nullptr), ValueError);
}

class ElementwiseTest : public testing::TestWithParam<JitMode> {
 protected:
  ElementwiseTest() { Set(GetParam()); }
  ~ElementwiseTest() override { Set(JitMode::kOn); }
  static void Set(JitMode jit) {
    EngineOptions options;
    options.jit = jit;
    Configure(options);
  }
};

TEST_P(ElementwiseTest, FusesAndEqualsTheLoop) {
  const auto bessel = elementwise(ffi::Function("double j0(double) __attribute__((const, threadsafe))", "m"));
  for (const int64_t n : {0, 1, 2, 3, 4, 5, 7, 8, 31, 1000, 100000}) {
    const Array x = Linspace(-3, 5, n);
    const Array y = bessel(x * 2.0) + 1.0;
    ASSERT_EQ(y.size(), n);
    const std::vector<double> inputs = x.ToVector<double>(), outputs = y.ToVector<double>();
    for (size_t k = 0; k < inputs.size(); ++k)
      ASSERT_EQ(outputs[k], j0(inputs[k] * 2.0) + 1.0) << n << " " << k;
  }
}

TEST_P(ElementwiseTest, AnotherFunctionIsNoOtherTrace) {
  const auto doubled = elementwise(Of("double doubled(double) __attribute__((const))", Doubled));
  const auto bessel = elementwise(ffi::Function("double j1(double) __attribute__((const))", "m"));
  const Array x = Linspace(0, 1, 100).Eval();
  static_cast<void>(Copy(doubled(x)).Eval());
  const Counters before = ReadCounters();
  const Array y = Copy(bessel(x)).Eval();
  EXPECT_EQ(ReadCounters().traces_compiled, before.traces_compiled);
  EXPECT_EQ(y.item(std::array<int64_t, 1>{99}).To<double>(), j1(1.0));
}

TEST_P(ElementwiseTest, MixedTypes) {
  const auto mixed =
      elementwise(Of("long mixed(signed char a, double b, unsigned short c) __attribute__((const))", Mixed));
  const Array a = Cast(Arange(-5, 30), DType::kInt8);
  const Array result = mixed(a, Arange(0, 35) * 1.5, Cast(Arange(65500, 65535), DType::kUInt16));
  for (int64_t k = 0; k < 35; ++k) {
    EXPECT_EQ(
        result.item(std::array{k}).To<int64_t>(),
        Mixed(static_cast<int8_t>(k - 5), 1.5 * static_cast<double>(k), static_cast<uint16_t>(65500 + k)));
  }
  const auto narrow = elementwise(Of("float narrow(float, float) __attribute__((const))", Narrow));
  const Array x = Cast(Arange(1, 20), DType::kFloat32);
  const Array quotient = narrow(x, 3);
  EXPECT_EQ(quotient.dtype(), DType::kFloat32);
  EXPECT_EQ(quotient.ToVector<float>()[6], 7.0f / 3.0f);
  const auto odd = elementwise(Of("_Bool odd(int) __attribute__((const))", IsOdd));
  EXPECT_EQ(Sum(odd(Cast(Arange(0, 21), DType::kInt32))).item().To<int64_t>(), 10);
  const auto low = elementwise(Of("unsigned char low(unsigned long) __attribute__((const))", Low));
  EXPECT_EQ(low(Cast(Arange(250, 260), DType::kUInt64)).ToVector<uint8_t>()[7], 1);
  EXPECT_THROW(narrow(Linspace(0, 1, 5), 1.0), DTypeError);
  EXPECT_THROW(narrow(x), Error);
  EXPECT_THROW(narrow(x, Cast(Arange(0, 3), DType::kFloat32)), ShapeError);
}

TEST_P(ElementwiseTest, BroadcastsAndReduces) {
  const auto narrow = elementwise(Of("float narrow(float, float) __attribute__((const))", Narrow));
  const Array x = Cast(Arange(1, 7), DType::kFloat32),
              y = Cast(Reshape(Arange(1, 5), {4, 1}), DType::kFloat32);
  const Array table = narrow(x, y);
  EXPECT_EQ(table.shape(), (Shape{4, 6}));
  EXPECT_EQ(table.item(std::array<int64_t, 2>{2, 4}).To<float>(), 5.0f / 3.0f);
  EXPECT_EQ(Max(narrow(x, y)).item().To<float>(), 6.0f);
}

TEST_P(ElementwiseTest, WhatIsNotPureIsCalledOnceForEachElementInOrder) {
  const auto counted = elementwise(Of("double counted(double)", Counted));
  calls = 0;
  const Array y = counted(Zeros({3, 5}));
  EXPECT_EQ(calls, 15);
  EXPECT_EQ(y.item(std::array<int64_t, 2>{1, 2}).To<double>(), 8);
  const Array broadcast = counted(BroadcastTo(Zeros({1}), {9}));
  EXPECT_EQ(calls, 24);
  EXPECT_EQ(broadcast.ToVector<double>()[8], 24);
  const Array transposed = counted(Transpose(Zeros({3, 5})));
  EXPECT_EQ(transposed.item(std::array<int64_t, 2>{0, 1}).To<double>(), 26);
  calls = 0;
  EXPECT_EQ(counted(Array(Scalar::Of(1.0))).ToDouble(), 2.0);
  EXPECT_EQ(calls, 1);
}

INSTANTIATE_TEST_SUITE_P(Jit, ElementwiseTest, testing::Values(JitMode::kOff, JitMode::kOn, JitMode::kForce));

TEST(Elementwise, NeedsNumbers) {
  EXPECT_THROW(elementwise(Of("double total(const double *, long)", Total)), Error);
  EXPECT_THROW(elementwise(Of("void fill(float *, int, float)", Fill)), Error);
}

TEST(Library, CandidatesOfAName) {
  EXPECT_EQ(LibraryCandidates("./x.so"), std::vector<std::string>{"./x.so"});
  EXPECT_EQ(LibraryCandidates("libm.so.6"), std::vector<std::string>{"libm.so.6"});
  const std::vector<std::string> names = LibraryCandidates("m");
  EXPECT_EQ(names.front(), "libm.so");
  EXPECT_NE(std::find(names.begin(), names.end(), "libm.so.6"), names.end());
}

}  // namespace
}  // namespace lathe
