// How long traces take to compile for each instruction set, on this machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "src/codegen/native_backend.h"
#include "src/recorder/passes/pass_driver.h"
#include "tests/support/trace_runner.h"

namespace lathe {
namespace {

std::vector<Trace> NestTraces() {
  std::vector<Trace> traces;
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    PassContext context;
    Trace trace = RandomTrace(seed);
    for (const TraceLevel level : {TraceLevel::kArray, TraceLevel::kNest})
      EXPECT_TRUE(RunPasses(level, trace, context).ok());
    traces.push_back(std::move(trace));
  }
  return traces;
}

double SecondsFor(const std::vector<Trace>& traces, std::string_view target) {
  const auto start = std::chrono::steady_clock::now();
  for (const Trace& trace : traces) EXPECT_TRUE(CompileForTarget(trace, target).ok());
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Array traces for AArch64 compile in at most half as much time again as for x86-64.
TEST(CompileTimeTest, NoInstructionSetIsSlowToCompileFor) {
  const std::vector<Trace> traces = NestTraces();
  double x64 = 1e9, arm = 1e9;
  for (int round = 0; round < 7; ++round) {
    x64 = std::min(x64, SecondsFor(traces, "avx2"));
    arm = std::min(arm, SecondsFor(traces, "aarch64"));
  }
  RecordProperty("x64_microseconds_a_trace", static_cast<int>(1e6 * x64 / 120));
  RecordProperty("aarch64_microseconds_a_trace", static_cast<int>(1e6 * arm / 120));
  EXPECT_LE(arm, 1.5 * x64) << x64 << " s and " << arm << " s";
}

}  // namespace
}  // namespace lathe
