// The interpreter: the order of reductions against its definition, and random traces against themselves
// after passes: whatever a pass does, no bit of a result may change.
#include "src/recorder/interp/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "src/recorder/build/builder.h"
#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/passes/pass_driver.h"
#include "src/recorder/runtime/reduction_order.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

std::unique_ptr<Executable> MustCompile(const Trace& trace) {
  absl::StatusOr<std::unique_ptr<Executable>> executable = MakeInterpreter()->Compile(trace);
  EXPECT_TRUE(executable.ok()) << executable.status();
  return *std::move(executable);
}

Trace MustParse(std::string_view text) {
  absl::StatusOr<Trace> trace = ParseTrace(text);
  EXPECT_TRUE(trace.ok()) << trace.status();
  EXPECT_TRUE(Verify(*trace).ok()) << Verify(*trace);
  return *std::move(trace);
}

template <class T>
T SumByDefinition(const std::vector<T>& values, int64_t stride) {
  const auto add = [](T x, T y) { return x + y; };
  const auto leaf = [&](int64_t begin, int64_t n) {
    return CombineLeaf<T>(
        n, [&](int64_t k) { return values[static_cast<size_t>((begin + k) * stride)]; }, add);
  };
  return CombineTree<T>(0, static_cast<int64_t>(values.size()) / stride, leaf, add);
}

template <class T>
void CheckSums(const char* dtype) {
  const std::string type = dtype;
  const Trace trace = MustParse("trace @f(%n: dim, %x: " + type + "[%n] g) {\n  %0: " + type +
                                " = reduce.add %x over 0\n  ret %0\n}");
  Trace nest = trace;
  PassContext context;
  context.verify = true;
  ASSERT_TRUE(RunPasses(TraceLevel::kNest, nest, context).ok());
  const std::unique_ptr<Executable> executables[] = {MustCompile(trace), MustCompile(nest)};
  std::mt19937_64 random(1);
  for (const int64_t n :
       {1, 2, 7, 8, 9, 15, 16, 17, 127, 128, 129, 136, 255, 256, 257, 264, 1000, 1025, 4097, 100003}) {
    for (const int64_t stride : {1, 3}) {
      std::vector<T> values(static_cast<size_t>(n * stride));
      for (T& value : values) value = static_cast<T>(std::ldexp(static_cast<double>(random() >> 11), -50));
      T result = 0;
      Operand x{
          values.data(), 0, DTypeOf<T>::kValue, 1, false, {n}, {stride * static_cast<int64_t>(sizeof(T))}};
      Operand out{&result, 0, DTypeOf<T>::kValue, 0, false, {}, {}};
      for (const auto& executable : executables) {
        ASSERT_TRUE(executable->Run({&x, 1}, {&out, 1}, {&n, 1}, nullptr).ok());
        EXPECT_EQ(result, SumByDefinition(values, stride)) << n << " elements, stride " << stride;
      }
    }
  }
}

TEST(Interpreter, SumsFloatsInTheFixedOrder) {
  CheckSums<double>("f64");
  CheckSums<float>("f32");
}

// Each form of a random trace gives the same bits.
class RandomTraceTest : public testing::TestWithParam<uint64_t> {};

TEST_P(RandomTraceTest, PassesChangeNoBit) {
  for (uint64_t seed = GetParam() * 100; seed < GetParam() * 100 + 100; ++seed) {
    const Trace trace = RandomTrace(seed);
    const std::string text = PrintTrace(trace);
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
    ASSERT_TRUE(Verify(trace).ok()) << Verify(trace);
    const absl::StatusOr<Trace> again = ParseTrace(text);
    ASSERT_TRUE(again.ok()) << again.status();
    ASSERT_EQ(PrintTrace(*again), text);

    PassContext context;
    context.verify = true;
    Trace array = trace;
    absl::Status status = RunPasses(TraceLevel::kArray, array, context);
    ASSERT_TRUE(status.ok()) << status;
    Trace nest = array;
    status = RunPasses(TraceLevel::kNest, nest, context);
    ASSERT_TRUE(status.ok()) << status;
    std::mt19937_64 random(seed);
    static constexpr int64_t kExtents[] = {0, 1, 2, 3, 5, 8, 13, 17, 130, 300};
    for (int round = 0; round < 3; ++round) {
      const std::vector<int64_t> extents = {kExtents[random() % 6], kExtents[random() % 10]};
      const TraceInputs inputs(trace, extents, seed);
      const auto expected = inputs.Run(trace, *MustCompile(trace));
      ASSERT_TRUE(expected.ok()) << expected.status();
      const auto after_array = inputs.Run(trace, *MustCompile(array));
      ASSERT_TRUE(after_array.ok()) << after_array.status();
      EXPECT_TRUE(*after_array == *expected)
          << "array passes, extents " << extents[0] << " " << extents[1] << "\n"
          << PrintTrace(array);
      auto after_nest = inputs.Run(trace, *MustCompile(nest));
      ASSERT_TRUE(after_nest.ok()) << after_nest.status();
      EXPECT_TRUE(*after_nest == *expected)
          << "nest passes, extents " << extents[0] << " " << extents[1] << "\n"
          << PrintTrace(nest);
      const auto in_place = inputs.RunInPlace(nest, *MustCompile(nest));
      ASSERT_TRUE(in_place.ok()) << in_place.status();
      after_nest->resize(in_place->size());
      EXPECT_TRUE(*in_place == *after_nest) << "in place, extents " << extents[0] << " " << extents[1] << "\n"
                                            << PrintTrace(nest);
    }
    if (HasFailure()) return;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomTraceTest, testing::Range<uint64_t>(0, 10));

TEST(Interpreter, ReportsMissingMemory) {
  const Trace trace = MustParse(
      "trace @f(%n: dim, %s: f64) {\n  %0: f64[%n, %n, %n] = broadcast %s\n  %1: f64 = "
      "reduce.add %0 over 0, 1, 2\n  ret %1\n}");
  Operand scalar;
  scalar.is_scalar = true;
  double result = 0;
  Operand out;
  out.data = &result;
  const int64_t huge = int64_t{1} << 40;
  const absl::Status status = MustCompile(trace)->Run({&scalar, 1}, {&out, 1}, {&huge, 1}, nullptr);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

TEST(Interpreter, AnOutputMayBeAParameter) {
  const Trace trace = MustParse(
      "trace @f(%n: dim, %x: f64[%n]) {\n  %0: f64[%n] = neg %x\n  %1: f64[%n] = add %0, %x\n"
      "  %2: f64[%n] = sub %1, %0\n  ret %2\n}");
  Trace nest = trace;
  PassContext context;
  ASSERT_TRUE(RunPasses(TraceLevel::kNest, nest, context).ok());
  for (const Trace& form : {trace, nest}) {
    std::vector<double> values = {1, 2, 3};
    Operand x{values.data(), 0, DType::kFloat64, 1, false, {3}, {8}};
    const int64_t n = 3;
    RunStatistics statistics;
    ASSERT_TRUE(MustCompile(form)->Run({&x, 1}, {&x, 1}, {&n, 1}, &statistics).ok());
    EXPECT_EQ(values, (std::vector<double>{1, 2, 3}));
    EXPECT_GT(statistics.elements, 0);
    EXPECT_EQ(statistics.bytes, 48);
  }
}

}  // namespace
}  // namespace lathe
