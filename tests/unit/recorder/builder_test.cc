// The builder and the pass driver, where text cannot say it.
#include "src/recorder/build/builder.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "src/recorder/ir/parser.h"
#include "src/recorder/ir/printer.h"
#include "src/recorder/ir/verifier.h"
#include "src/recorder/passes/pass_driver.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

TEST(Builder, GrowsATraceOfNests) {
  Trace trace;
  trace.name = "f";
  Builder builder(&trace);
  const Dim n = Dim::Symbol(builder.AddDim("n"));
  const std::array<Dim, 1> dims = {n};
  const Ref x = builder.AddParam(DType::kFloat64, dims, Layout::Dense(1), "x");
  const Ref out = builder.Alloc(DType::kFloat64, dims);
  const Ref sum = builder.Alloc(DType::kFloat64, {});
  const std::vector<Ref> indices = builder.BeginNest(dims);
  const Ref value = builder.Load(x, indices);
  EXPECT_EQ(builder.Load(x, indices), value);
  const Ref square = *builder.Elementwise(Op::kMul, {value, value});
  EXPECT_EQ(*builder.Elementwise(Op::kMul, {value, value}), square);
  builder.Store(out, square, indices);
  builder.Accumulate(Op::kAdd, sum, square, {}, 1);
  builder.EndNest();
  const std::array<Ref, 2> results = {out, sum};
  builder.Return(results);
  EXPECT_TRUE(Verify(trace).ok()) << Verify(trace);
  EXPECT_EQ(PrintTrace(trace),
            "trace @f(%n: dim, %x: f64[%n]) {\n"
            "  %0: f64[%n] = alloc\n"
            "  %1: f64 = alloc\n"
            "  nest %2 < %n {\n"
            "    %3: f64 = load %x, %2\n"
            "    %4: f64 = mul %3, %3\n"
            "    store %0, %4, %2\n"
            "    accumulate.add %1, %4 over 0\n"
            "  }\n"
            "  ret %0, %1\n"
            "}\n");
}

TEST(Builder, InfersTypes) {
  Trace trace;
  Builder builder(&trace);
  const Dim n = Dim::Symbol(builder.AddDim("n"));
  const Dim m = Dim::Symbol(builder.AddDim("m"));
  const Dim one = Dim::Constant(1);
  const Ref x = builder.AddParam(DType::kInt32, std::array{n, one}, Layout::Dense(2), "x");
  const Ref y = builder.AddParam(DType::kInt32, std::array{m}, Layout::Dense(1), "y");
  const Ref z = builder.AddParam(DType::kInt64, std::array{m}, Layout::Dense(1), "z");
  const Ref less = *builder.Elementwise(Op::kLess, {x, y});
  EXPECT_EQ(trace.at(less).dtype, DType::kBool);
  EXPECT_TRUE(SameDims(trace.dims(less), std::array{n, m}));
  const Ref cast = *builder.Elementwise(Op::kCast, {x}, DType::kFloat32);
  EXPECT_EQ(trace.at(cast).dtype, DType::kFloat32);
  EXPECT_EQ(builder.Elementwise(Op::kAdd, {y, z}).status().message(), "operand 2 is i64, not i32");
  EXPECT_EQ(builder.Elementwise(Op::kDiv, {y, y}).status().message(), "div does not take i32");
}

TEST(Builder, ConstantsAreShared) {
  Trace trace;
  Builder builder(&trace, {false, false, false});
  const Ref one = builder.Constant(DType::kInt32, 1);
  EXPECT_EQ(builder.Constant(DType::kInt32, 1), one);
  EXPECT_NE(builder.Constant(DType::kInt64, 1), one);
  EXPECT_EQ(trace.size(), 2u);
}

TEST(PassDriver, TellsItsObserver) {
  absl::StatusOr<Trace> trace = ParseTrace(
      "trace @f(%n: dim, %x: f64[%n]) {\n  %0: f64[%n] = neg %x\n  %1: f64[%n] = neg %0\n  ret %1\n}");
  ASSERT_TRUE(trace.ok());
  std::vector<std::string> names;
  int64_t shrunk = 0;
  std::vector<bool> changed;
  PassContext context;
  context.observer = [&](const PassEvent& event) {
    names.emplace_back(event.name);
    EXPECT_GE(event.nanoseconds, 0);
    shrunk += event.ops_before - event.ops_after;
    changed.push_back(event.changed);
  };
  ASSERT_TRUE(RunPasses(TraceLevel::kArray, *trace, context).ok());
  EXPECT_EQ(names, (std::vector<std::string>{"fold", "simplify", "cse", "dce"}));
  EXPECT_EQ(shrunk, 2);
  EXPECT_EQ(changed, (std::vector<bool>{false, true, false, true}));
  EXPECT_EQ(context.reasons, (std::vector<std::string>{"dropped 1 dead instructions"}));
}

TEST(PassDriver, NamesTheGuiltyPass) {
  Trace trace;
  PassContext context;
  EXPECT_EQ(RunPass("no such", trace, context).code(), absl::StatusCode::kNotFound);
  absl::StatusOr<Trace> broken =
      ParseTrace("trace @f(%x: f64, %y: f32) {\n  %0: f64 = add %x, %y\n  ret %0\n}");
  ASSERT_TRUE(broken.ok());
  context.verify = true;
  const absl::Status status = RunPass("dce", *broken, context);
  EXPECT_TRUE(
      std::string(status.message()).starts_with("pass dce: %0 = add: operand 2 is f32, not f64\ntrace @f("))
      << status;
}

// Damaged text gives an error or another trace; neither reading nor checking it ever goes astray.
TEST(Parser, SurvivesDamagedText) {
  std::mt19937_64 random(7);
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Trace trace = RandomTrace(seed);
    PassContext context;
    if (seed % 2 == 0) {
      ASSERT_TRUE(RunPasses(TraceLevel::kNest, trace, context).ok());
    }
    const std::string text = PrintTrace(trace);
    for (int k = 0; k < 20; ++k) {
      std::string damaged = text;
      for (int changes = 0; changes < 3; ++changes) {
        const size_t at = random() % damaged.size();
        const size_t from = random() % text.size();
        switch (random() % 3) {
          case 0:
            damaged[at] = text[from];
            break;
          case 1:
            damaged.erase(at, random() % 8);
            break;
          default:
            damaged.insert(at, text.substr(from, random() % 12));
            break;
        }
        if (damaged.empty()) damaged = " ";
      }
      const absl::StatusOr<Trace> read = ParseTrace(damaged);
      if (!read.ok()) continue;
      if (Verify(*read).ok()) {
        EXPECT_TRUE(ParseTrace(PrintTrace(*read)).ok()) << damaged;
      }
    }
  }
}

}  // namespace
}  // namespace lathe
